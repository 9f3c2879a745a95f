"""A place's folder read whole; bad input named with file, row, column and remedy."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from siting.errors import DataError
from siting.layers.read import read_layers
from siting.layers.residents import age_columns
from siting.layers.shifted import gcj02_from_wgs84
from siting.scenario.model import LayerSpec

METRIC = "EPSG:4549"
HEADINGS = [f"{age}岁" for age in range(18)] + ["18-59岁", "60-64岁", "65-79岁", "80岁以上"]


def resident(name, lon, lat, *, people=1):
    return {"编号": name, "经度": lon, "纬度": lat} | dict.fromkeys(HEADINGS, people)


@pytest.fixture
def place(tmp_path):
    """A place with one street, two communities, two homes and two kindergartens."""
    residents = [resident("b", 120.345, 30.300), resident("a", 120.355, 30.300, people=2)]
    pd.DataFrame(residents).to_csv(tmp_path / "residents.csv", index=False)
    kindergartens = [
        {"名称": "一园", "经度": 120.345, "纬度": 30.3005, "学位数": "1,200", "普惠": "是"},
        {"名称": "二园", "经度": 120.355, "纬度": 30.3005, "学位数": "90", "普惠": ""},
    ]
    pd.DataFrame(kindergartens).to_csv(tmp_path / "kindergartens.csv", index=False)
    gpd.GeoDataFrame(
        {"代码": ["S", "W", "E"], "名称": ["南街道", "西社区", "东社区"],
         "层级": ["街道", "社区", "社区"], "上级": [None, "S", "S"]},
        geometry=[shapely.box(west, 30.29, east, 30.31)
                  for west, east in ((120.34, 120.36), (120.34, 120.35), (120.35, 120.36))],
        crs="EPSG:4490",
    ).to_file(tmp_path / "units.gpkg")  # fmt: skip
    gpd.GeoDataFrame(
        {"道路等级": ["支路", "快速路"]},
        geometry=[shapely.LineString([(120.345, 30.3), (120.355, 30.3)]),
                  shapely.LineString([(120.345, 30.305), (120.355, 30.305)])],
        crs="EPSG:4490",
    ).to_file(tmp_path / "streets.geojson")  # fmt: skip
    return tmp_path


def specs(**changed):
    given = {
        "residents": LayerSpec(path="residents.csv", crs="EPSG:4490"),
        "units": LayerSpec(path="units.gpkg"),
        "streets": LayerSpec(path="streets.geojson"),
        "facilities": [LayerSpec(path="kindergartens.csv", kind="kindergarten", crs="EPSG:4490")],
    }
    return {key: value for key, value in (given | changed).items() if value is not None}


def read(place, **changed):
    return read_layers(specs(**changed), base=place, crs=METRIC)


def rewrite(place, name, change):
    table = pd.read_csv(place / name, dtype=str, keep_default_na=False)
    changed = change(table)
    table = table if changed is None else changed
    table.to_csv(place / name, index=False)


def refusals(place, **changed):
    with pytest.raises(DataError) as caught:
        read(place, **changed)
    assert caught.value.exit_code == 4
    for problem in caught.value.problems:
        for lang in ("zh", "en"):
            said = problem.as_dict(lang)
            assert all(said.values()), said
            assert "{" not in said["found"], said
    return [(p.key, p.where) for p in caught.value.problems]


def test_layers_complete_each_other(place):
    layers = read(place)
    assert layers.residents["id"].tolist() == ["a", "b"]
    assert layers.residents["community"].tolist() == ["E", "W"]
    assert layers.residents["street"].tolist() == ["S", "S"]
    assert layers.facilities["places"].tolist() == [1200, 90]
    assert layers.facilities["inclusive"].isna().tolist() == [False, True]  # empty is unknown
    assert layers.facilities["status"].tolist() == ["operating", "operating"]
    assert layers.streets["walkable"].tolist() == [True, False]
    assert layers.units["code"].tolist() == ["E", "S", "W"]
    assert layers.units["land_km2"].sum() == pytest.approx(2 * 4.26, rel=0.01)
    for table in (layers.barriers, layers.water, layers.parcels):
        assert len(table) == 0
        assert str(table.crs) == METRIC
    people = layers.residents[[key for key, _, _ in age_columns()]]
    assert people.to_numpy().sum() == 3 * len(HEADINGS)


def test_sources_and_notes_are_plain_data(place):
    (place / "sources.toml").write_text(
        '["kindergartens.csv"]\nprovider = "教育局"\ndate = 2020-11-01\n', encoding="utf-8"
    )
    layers = read(place)
    (source,) = [s for s in layers.sources if s["path"] == "kindergartens.csv"]
    assert source["rows"] == 2
    assert source["crs"] == "EPSG:4490"
    assert len(source["sha256"]) == 64
    assert source["provider"] == "教育局"
    assert source["date"] == "2020-11-01"
    noted = {(n["where"], n["note"], n["column"]): n["count"] for n in layers.notes}
    assert noted["kindergartens.csv", "thousands", "places"] == 1
    assert noted["kindergartens.csv", "id-made", ""] == 2


def test_what_is_not_used_and_what_is_filled_in_is_told(place):
    rewrite(place, "kindergartens.csv", lambda t: t.assign(园长="张", 状态=["", "关闭"], 类型="x"))
    noted = {n["note"]: n for n in read(place).notes if n["where"] == "kindergartens.csv"
             if n["column"] in ("", "status")}  # fmt: skip
    assert (noted["column-unused"]["count"], noted["column-unused"]["example"]) == (2, "园长, 类型")
    assert (noted["default"]["count"], noted["default"]["example"]) == (1, "operating")


def test_order_of_rows_does_not_matter(place):
    before = read(place)
    for name in ("kindergartens.csv", "residents.csv"):
        rewrite(place, name, lambda t: t.iloc[::-1])
    after = read(place)
    for name in ("residents", "facilities"):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name))


def test_shifted_facilities_land_where_they_are(place):
    before = read(place)

    def shift(table):
        lon, lat = table["经度"].astype(float), table["纬度"].astype(float)
        table["经度"], table["纬度"] = gcj02_from_wgs84(lon.to_numpy(), lat.to_numpy())

    rewrite(place, "kindergartens.csv", shift)
    spec = LayerSpec(path="kindergartens.csv", kind="kindergarten", crs="GCJ-02")
    after = read(place, facilities=[spec])
    moved = before.facilities.geometry.distance(after.facilities.geometry)
    assert moved.max() < 0.5


def test_a_column_or_heading_may_declare_the_crs(place):
    rewrite(place, "kindergartens.csv", lambda t: t.insert(0, "坐标系", "CGCS2000"))
    spec = LayerSpec(path="kindergartens.csv", kind="kindergarten")
    assert len(read(place, facilities=[spec]).facilities) == 2


def test_one_cell_with_both_coordinates_in_either_order(place):
    def join(table):
        table["坐标"] = ["120.345,30.3005", "30.3005，120.355"]
        del table["经度"], table["纬度"]

    before = read(place)
    rewrite(place, "kindergartens.csv", join)
    after = read(place)
    assert before.facilities.geometry.distance(after.facilities.geometry).max() < 1e-6
    assert any(n["note"] == "pair-order" for n in after.notes)


def test_a_facility_without_a_position_is_kept_and_told(place):
    def blank(table):
        table.loc[0, ["经度", "纬度"]] = ""

    rewrite(place, "kindergartens.csv", blank)
    layers = read(place)
    assert layers.facilities.geometry.isna().tolist() == [True, False]
    assert any(n["note"] == "position-missing" for n in layers.notes)


def test_lines_of_several_parts_are_taken_apart_and_broken_areas_mended(place):
    gpd.GeoDataFrame(
        {"name": ["x", None]},
        geometry=[shapely.MultiLineString([[(120.341, 30.3, 5), (120.342, 30.3, 5)],
                                           [(120.343, 30.3, 5), (120.344, 30.3, 5)]]), None],
        crs="EPSG:4490",
    ).to_file(place / "walls.gpkg")  # fmt: skip
    bow_tie = shapely.Polygon([(120.341, 30.291), (120.343, 30.293), (120.343, 30.291),
                               (120.341, 30.293)])  # fmt: skip
    gpd.GeoDataFrame({"name": ["lake"]}, geometry=[bow_tie], crs="EPSG:4490").to_file(
        place / "water.gpkg"
    )
    layers = read(place, barriers=LayerSpec(path="walls.gpkg"), water=LayerSpec(path="water.gpkg"))
    assert len(layers.barriers) == 2
    assert layers.barriers["kind"].tolist() == ["wall", "wall"]
    assert layers.water.geometry.is_valid.all()
    noted = {n["note"]: n["count"] for n in layers.notes}
    once = ("geometry-missing", "geometry-mended", "geometry-parts", "geometry-flat")
    assert [noted[key] for key in once] == [1, 1, 1, 1]


# Bad input, each with its problem and place.


def test_missing_file(place):
    assert refusals(place, streets=LayerSpec(path="street.gpkg")) == [
        ("layer-missing", "street.gpkg")
    ]


def test_wrong_column(place):
    spec = LayerSpec(path="residents.csv", crs="EPSG:4490", fields={"p80": "八十岁"})
    assert refusals(place, residents=spec) == [("field-missing", "residents.csv")]
    rewrite(place, "residents.csv", lambda t: t.drop(columns="3岁"))
    assert refusals(place) == [("ages-missing", "residents.csv")]


def test_no_crs(place):
    spec = LayerSpec(path="residents.csv")
    assert refusals(place, residents=spec) == [("crs-missing", "residents.csv")]


def test_swapped_coordinates(place):
    def swap(table):
        table["经度"], table["纬度"] = table["纬度"].copy(), table["经度"].copy()

    before = read(place).facilities
    rewrite(place, "kindergartens.csv", swap)
    layers = read(place)
    assert layers.facilities.geometry.geom_equals(before.geometry).all()
    assert {n["note"]: n["count"] for n in layers.notes}["pair-order"] == 2


def test_negative_and_broken_people(place):
    def spoil(table):
        table.loc[0, "3岁"] = "-4"
        table.loc[1, "80岁以上"] = "many"

    rewrite(place, "residents.csv", spoil)
    assert refusals(place) == [("cell-not-a-number", "residents.csv:3 80岁以上")]
    rewrite(place, "residents.csv", lambda t: t.replace("many", "1"))
    assert refusals(place) == [("cell-negative", "residents.csv:2 3岁")]


def test_empty_layer(place):
    rewrite(place, "kindergartens.csv", lambda t: t.iloc[:0])
    assert refusals(place) == [("layer-empty", "kindergartens.csv")]


def test_problems_of_all_layers_come_together(place):
    found = refusals(
        place,
        residents=LayerSpec(path="none.csv"),
        streets=LayerSpec(path="units.gpkg"),
        facilities=[LayerSpec(path="kindergartens.csv")],
    )
    assert [key for key, _ in found] == ["layer-missing", "geometry-type", "crs-missing"]


def test_the_same_identifier_in_two_files(place):
    rewrite(place, "kindergartens.csv", lambda t: t.insert(0, "编号", ["K1", "K2"]))
    spec = LayerSpec(path="kindergartens.csv", kind="kindergarten", crs="EPSG:4490")
    (found,) = refusals(place, facilities=[spec, spec])
    assert found[0] == "key-twice"


def test_unknown_unit_name(place):
    rewrite(place, "residents.csv", lambda t: t.insert(1, "社区", ["西社区", "中社区"]))
    ((key, where),) = refusals(place)
    assert key == "unit-unknown"
    assert where == "residents.csv:3 社区"


def test_coordinates_of_nonsense(place):
    def spoil(table):
        table.loc[0, "经度"] = "somewhere"

    rewrite(place, "kindergartens.csv", spoil)
    assert refusals(place) == [("cell-not-a-coordinate", "kindergartens.csv:2 经度")]
    rewrite(place, "kindergartens.csv", lambda t: t.replace("somewhere", ""))
    assert refusals(place) == [("position-half", "kindergartens.csv:2 经度, 纬度")]


def test_metric_crs_is_required(place):
    with pytest.raises(DataError) as caught:
        read_layers(specs(), base=place, crs="EPSG:4490")
    assert caught.value.problems[0].key == "crs-not-metric"


def test_numbers_stay_numbers(place):
    layers = read(place)
    assert layers.residents["p_0"].dtype == "Int64"
    assert np.issubdtype(layers.residents["outside"].to_numpy(bool).dtype, np.bool_)
