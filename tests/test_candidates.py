import geopandas as gpd
import pandas as pd
import pytest
import shapely

from siting.plan.vocabulary import kinds
from siting.ranking.candidates import (
    _data,
    along_streets,
    apart_from,
    clear_of,
    conflicts,
    from_parcels,
    from_spare_places,
    noise_flags,
    on_grid,
    within_district,
)

CRS = "EPSG:4549"


def layer(rows, shapes, **columns):
    return gpd.GeoDataFrame(rows | columns, geometry=shapes, crs=CRS)


def parcels():
    """
    Six squares in a row, 100 m apart::

        p1 A33 6000 m²   p2 A6 9000   p3 080404 5000   p4 080404 unknown   p5 R22 7000   p6 B1
    """
    return layer(
        {
            "id": ["p1", "p2", "p3", "p4", "p5", "p6"],
            "name": ["一", "二", "三", "四", "五", "六"],
            "land_use": ["A33", "A6", "080404", "080404", "R22", "B1"],
            "area_m2": pd.array([6000, 9000, 5000, None, 7000, 9000], "Int64"),
            "community": "c",
            "street": "s",
        },
        [shapely.box(100 * i, 0, 100 * i + 20, 20) for i in range(6)],
    )


def test_parcels_by_land_use_and_area():
    found = from_parcels(parcels(), kind="kindergarten")
    assert found.sites["id"].tolist() == ["p1", "p5"]
    assert found.excluded[["id", "reason"]].to_numpy().tolist() == [
        ["p2", "land-use"],
        ["p3", "too-small"],
        ["p4", "area-unknown"],
        ["p6", "land-use"],
    ]
    assert found.reasons("en")[:2] == [
        "land use A6 does not suit",
        "5,000 m², less than 5,240 m²",
    ]
    assert found.reasons("zh")[1] == "用地面积 5,000 ㎡，小于 5,240 ㎡"


def test_a_scenario_may_ask_for_other_codes_and_areas():
    found = from_parcels(parcels(), kind="kindergarten", land_use=["08"], min_area_m2=0)
    assert found.sites["id"].tolist() == ["p3", "p4"]
    small = from_parcels(parcels(), kind="elder_home", scale="embedded")
    assert small.sites["id"].tolist() == ["p2", "p5"]


def test_suitability_names_known_kinds_and_cites_every_figure():
    for kind, entry in _data("suitability.toml").items():
        assert kind in kinds()
        assert entry["land_use"]
        assert "standard" in entry["scale"]
        for scale in entry["scale"].values():
            assert scale["zh"]
            assert scale["en"]
            if "min_area_m2" in scale:
                assert set(scale["source"]) == {"document", "clause", "confidence"}
                assert scale["source"]["confidence"] in "ABG"


def kindergartens():
    rows = [
        ("k1", "operating", 300, 270, False),
        ("k2", "operating", 300, 290, False),
        ("k3", "operating", 300, None, None),
        ("k4", "closed", 300, 0, False),
        ("k5", "operating", 300, 200, True),
        ("k6", "operating", 240, 220, None),
    ]
    table = pd.DataFrame(rows, columns=["id", "status", "places", "enrolled", "has_nursery"])
    table = table.astype({"places": "Int64", "enrolled": "Int64", "has_nursery": "boolean"})
    columns = {name: table[name] for name in table}
    return layer(
        columns | {"kind": "kindergarten", "name": table["id"].str.upper()},
        shapely.points([(200 * i, 50) for i in range(6)]),
    )


def test_kindergartens_with_spare_places():
    found = from_spare_places(kindergartens())
    assert found.sites[["id", "places"]].to_numpy().tolist() == [["k1", 30], ["k6", 20]]
    assert found.excluded[["id", "reason"]].to_numpy().tolist() == [
        ["k2", "no-spare-places"],
        ["k3", "places-unknown"],
        ["k4", "not-operating"],
        ["k5", "has-nursery"],
    ]
    assert found.reasons("en")[0] == "10 spare places, fewer than 20"


def test_points_along_walkable_streets():
    streets = layer(
        {"walkable": pd.array([True, False, None], "boolean")},
        [
            shapely.LineString([(0, 5), (1000, 5)]),
            shapely.LineString([(0, 300), (1000, 300)]),
            shapely.LineString([(0, 600), (1000, 600)]),
        ],
    )
    found = along_streets(streets, spacing_m=100)
    points = shapely.get_coordinates(found.sites.geometry)
    assert (points[:, 1] == 5).all()
    assert sorted(points[:, 0].tolist()) == list(range(0, 1001, 100))
    again = along_streets(streets.iloc[::-1], spacing_m=100)
    assert again.sites["id"].tolist() == found.sites["id"].tolist()


def test_grid_within_an_area():
    area = layer({"code": ["a"]}, [shapely.box(0, 0, 400, 200)])
    found = on_grid(area, spacing_m=100)
    assert len(found.sites) == 8
    assert found.sites.within(area.union_all()).all()


@pytest.fixture
def found():
    return from_parcels(parcels(), kind="elder_home", land_use=["A", "0", "R", "B"], min_area_m2=0)


def test_water_barriers_and_the_district(found):
    water = layer({"name": ["河"]}, [shapely.box(90, -10, 130, 30)])
    barriers = layer(
        {"kind": ["motorway", "wall"]},
        [shapely.LineString([(210, -50), (210, 50)]), shapely.LineString([(310, -50), (310, 50)])],
    )
    clear = clear_of(found, water=water, barriers=barriers)
    assert clear.sites["id"].tolist() == ["p1", "p4", "p5", "p6"]
    assert clear.excluded["reason"].tolist() == ["in-water", "on-barrier"]
    district = layer({"code": ["d"]}, [shapely.box(-50, -50, 450, 50)])
    inside = within_district(clear, district)
    assert inside.sites["id"].tolist() == ["p1", "p4", "p5"]
    assert inside.excluded["reason"].tolist() == ["in-water", "on-barrier", "outside"]
    assert inside.reasons("en")[-1] == "outside the district"


def test_too_close_to_the_same_kind(found):
    homes = layer(
        {"id": ["e1", "k1"], "name": ["安康", "幼"], "kind": ["elder_home", "kindergarten"]},
        shapely.points([(10, 110), (210, 10)]),
    )
    apart = apart_from(found, homes, kind="elder_home", least_m=120)
    assert apart.excluded[["id", "reason"]].to_numpy().tolist() == [["p1", "too-close"]]
    assert apart.reasons("zh") == ["距同类设施 安康 仅 100 米"]
    assert apart_from(found, homes, kind="elder_home", least_m=100).excluded.empty


def test_noise_is_a_flag_not_an_exclusion(found):
    barriers = layer({"kind": ["railway"]}, [shapely.LineString([(0, 320), (10, 320)])])
    table = noise_flags(found, barriers, kind="kindergarten")
    assert table["id"].tolist() == []
    barriers = layer({"kind": ["railway"]}, [shapely.LineString([(0, 310), (600, 310)])])
    table = noise_flags(found, barriers, kind="kindergarten")
    assert table["id"].tolist() == ["p1", "p2", "p3", "p4", "p5", "p6"]
    assert "290 m from a railway, less than 300 m" in table["en"].iloc[0]
    assert "距铁路 290 米" in table["zh"].iloc[0]
    assert noise_flags(found, barriers, kind="elder_home").empty


def test_spacing_becomes_conflicts(found):
    assert conflicts(found.sites, least_m=100).tolist() == []
    pairs = conflicts(found.sites, least_m=150).tolist()
    assert pairs == [[i, i + 1] for i in range(5)]
    assert conflicts(found.sites[:0], least_m=150).shape == (0, 2)
