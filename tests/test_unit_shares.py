"""Ages by shares of each unit, people over a raster or buildings; nobody lost on the way."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from siting.errors import DataError
from siting.layers.people import people_in
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec

METRIC = "EPSG:4549"
X, Y = 540_000, 3_354_000
ELDER = ["p60_64", "p65_79", "p80"]
CHILDREN = [f"p_{age}" for age in range(18)]
AGES = {"0-17岁": 20, "18-59岁": 60, "60岁以上": 20}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A street S with two communities, W and E, of 300 m × 300 m; N lies beside them, alone."""
    folder = tmp_path_factory.mktemp("place")
    squares = [(0, 600), (0, 300), (300, 600), (600, 900)]
    gpd.GeoDataFrame(
        {"代码": ["S", "W", "E", "N"], "名称": ["南街道", "西社区", "东社区", "北社区"],
         "层级": ["街道", "社区", "社区", "社区"], "上级": [None, "S", "S", None]},
        geometry=[shapely.box(X + a, Y, X + b, Y + 300) for a, b in squares], crs=METRIC,
    ).to_file(folder / "units.gpkg")  # fmt: skip
    return folder


def write_raster(path, band, *, size=100.0, nodata=-1.0):
    band = np.asarray(band, np.float32)
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=band.shape[0], width=band.shape[1],
        dtype="float32", nodata=nodata, crs=METRIC,
        transform=Affine(size, 0, X, 0, -size, Y + 300),
    ) as grid:  # fmt: skip
        grid.write(band, 1)


def read(place, **spec):
    return read_layers(
        {"residents": LayerSpec(**spec), "units": LayerSpec(path="units.gpkg")},
        base=place, crs=METRIC,
    )  # fmt: skip


def write_shares(place, rows):
    pd.DataFrame(rows).to_csv(place / "ages.csv", index=False)


def refusal(place, **spec):
    with pytest.raises(DataError) as caught:
        read(place, **spec)
    (problem,) = caught.value.problems
    assert all(problem.as_dict("zh").values())
    return problem


def by_unit(layers):
    table = layers.residents.assign(elder=layers.residents[ELDER].sum(axis=1),
                                    children=layers.residents[CHILDREN].sum(axis=1))  # fmt: skip
    return table.groupby("community")[["children", "p18_59", "elder"]].sum().T.to_dict("list")


def test_cells_of_a_raster_take_the_ages_of_their_unit(place):
    # one cell of 100 m lies half in W, half in E: cut at the border, each half has its own ages
    write_raster(place / "p.tif", [[10] * 9, [-1] * 9, [10] * 9])
    write_shares(place, [
        {"社区": "西社区", "0-17岁": "50%", "18-59岁": "30%", "60岁以上": "20%"},
        {"社区": "E", "0-17岁": "0.1", "18-59岁": "0.4", "60岁以上": "0.5"},
        {"社区": "N", "0-17岁": "0", "18-59岁": "1", "60岁以上": "0"},
    ])  # fmt: skip
    layers = read(place, path="p.tif", shares_by_unit="ages.csv")
    assert by_unit(layers) == {"W": [30, 18, 12], "E": [6, 24, 30], "N": [0, 60, 0]}
    assert {n["note"]: n["count"] for n in layers.notes}["shares-by-unit"] == 3
    assert [s["path"] for s in layers.sources] == ["units.gpkg", "p.tif", "ages.csv"]


def test_a_street_answers_for_its_communities_and_the_scenario_for_the_rest(place):
    write_raster(place / "p.tif", [[10] * 12])  # the last three cells lie in no unit
    write_shares(place, [{"街道": "南街道", "0-17岁": 20, "18-59岁": 60, "60岁以上": 20}])
    shares = {"0-17": 0.5, "18+": 0.5}
    layers = read(place, path="p.tif", shares_by_unit="ages.csv", shares=shares)
    assert by_unit(layers)["W"] == [6, 18, 6]
    assert by_unit(layers)["E"] == [6, 18, 6]
    assert by_unit(layers)["N"][0] == 15
    outside = layers.residents[layers.residents["outside"]]
    assert people_in(outside) == 30


def test_people_without_stated_ages_are_named_by_unit_and_number(place):
    write_raster(place / "p.tif", [[10] * 12])
    write_shares(place, [{"街道": "S", "0-17岁": 20, "18-59岁": 60, "60岁以上": 20}])
    problem = refusal(place, path="p.tif", shares_by_unit="ages.csv")
    assert problem.key == "shares-unit-missing"
    assert problem.found("en").startswith("60 people live where")
    assert "N: 30" in problem.found("en")


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"社区": "W", "0-17岁": 0.5, "18岁以上": 0.4}, "shares-row"),
        ({"社区": "无名", "0-17岁": 0.5, "18岁以上": 0.5}, "unit-unknown"),
        ({"社区": "W", "0-17岁": "少", "18岁以上": 0.5}, "cell-not-a-number"),
        ({"社区": "W", "人口": 5}, "shares-columns"),
        ({"社区": "W", "0-20岁": 0.5, "21岁以上": 0.5}, "shares-band"),
    ],
)
def test_faulty_tables_of_shares(place, row, key):
    write_raster(place / "p.tif", [[10]])
    write_shares(place, [row])
    with pytest.raises(DataError) as caught:
        read(place, path="p.tif", shares_by_unit="ages.csv")
    assert {p.key for p in caught.value.problems} == {key}


def test_totals_of_a_unit_follow_a_raster(place):
    # W has people in its first column of cells only, three times as many in the south
    cells = np.zeros((3, 9))
    cells[0, 0], cells[2, 0] = 2.5, 7.5
    write_raster(place / "p.tif", cells)
    pd.DataFrame([{"社区": "W"} | AGES, {"社区": "E"} | AGES]).to_csv(
        place / "totals.csv", index=False
    )
    (place / "both").mkdir()
    write_raster(place / "both" / "x_f_0_2020.tif", cells / 2)
    write_raster(place / "both" / "x_m_0_2020.tif", cells / 2)
    layers = read(place, path="totals.csv", over=LayerSpec(path="p.tif"))
    folder = read(place, path="totals.csv", over=LayerSpec(path="both"))
    assert folder.residents.equals(layers.residents)
    west = layers.residents[layers.residents["community"] == "W"].sort_values("p18_59")
    assert west["p18_59"].tolist() == [15, 45]
    assert west.geometry.y.round().tolist() == [Y + 250, Y + 50]
    assert (west.geometry.x < X + 100).all()
    assert {n["note"]: n["count"] for n in layers.notes}["people-no-homes"] == 1  # nobody in E
    assert len(layers.residents) == 2 + 9


def test_a_cell_on_a_border_gives_each_side_its_part(place):
    cells = np.zeros((1, 4))
    cells[0, 1] = 8  # of 200 m: half of it in each community
    write_raster(place / "p.tif", cells, size=200.0)
    pd.DataFrame([{"社区": "W"} | AGES, {"社区": "E"} | AGES]).to_csv(
        place / "totals.csv", index=False
    )
    layers = read(place, path="totals.csv", over=LayerSpec(path="p.tif"))
    assert sorted(layers.residents.geometry.x.round()) == [X + 250, X + 350]
    assert layers.residents["p18_59"].tolist() == [60, 60]


def test_buildings_of_unknown_use_take_people_only_where_there_are_no_homes(place):
    spots = [(10, 10, "apartments"), (100, 100, "yes"), (350, 50, "yes"), (400, 200, "yes"),
             (450, 100, "warehouse")]  # fmt: skip
    gpd.GeoDataFrame(
        {"building": [use for *_, use in spots]},
        geometry=[shapely.box(X + x, Y + y, X + x + 10, Y + y + 10) for x, y, _ in spots],
        crs=METRIC,
    ).to_file(place / "buildings.gpkg")
    pd.DataFrame([{"社区": "W"} | AGES, {"社区": "E"} | AGES]).to_csv(
        place / "totals.csv", index=False
    )
    over = LayerSpec(path="buildings.gpkg", fields={"kind": "building"})
    layers = read(place, path="totals.csv", over=over)
    assert layers.residents.groupby("community").size().to_dict() == {"E": 2, "W": 1}
    assert layers.residents.groupby("community")["p18_59"].sum().to_dict() == {"E": 60, "W": 60}


def test_the_ledger_says_where_everybody_is(place):
    rows = [{"编号": i, "经度": x, "纬度": Y + 50} | AGES
            for i, x in enumerate([X + 50, X + 5000, None])]  # fmt: skip
    rows[2]["纬度"] = None
    pd.DataFrame(rows).to_csv(place / "points.csv", index=False)
    layers = read(place, path="points.csv", crs=METRIC)
    assert layers.sources[-1]["people"] == {
        "source": 300, "inside": 100, "outside": 100, "without_position": 100,
    }  # fmt: skip


def test_a_total_beside_every_age_must_be_their_sum(place):
    ages = {f"{age}岁": 1 for age in range(18)} | {"18-59岁": 60, "60-64岁": 5, "65-79岁": 6,
                                                   "80岁以上": 7}  # fmt: skip
    row = {"编号": 1, "经度": X + 50, "纬度": Y + 50, "常住人口": 96} | ages
    pd.DataFrame([row]).to_csv(place / "points.csv", index=False)
    assert people_in(read(place, path="points.csv", crs=METRIC).residents) == 96
    pd.DataFrame([row | {"常住人口": 97}]).to_csv(place / "points.csv", index=False)
    problem = refusal(place, path="points.csv", crs=METRIC)
    assert (problem.key, problem.where) == ("people-exceed", "points.csv:2 常住人口")


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    cells=st.lists(st.floats(0, 300, width=32), min_size=1, max_size=30),
    size=st.sampled_from([40.0, 130.0, 700.0]),
    young=st.integers(0, 100),
)
def test_nobody_is_lost_between_raster_and_ages(place, cells, size, young):
    if sum(np.float64(np.array(cells, np.float32))) < 1:
        return
    write_raster(place / "p.tif", np.array([cells]), size=size)
    write_shares(place, [{"社区": unit, "0-17岁": young, "18岁以上": 100 - young}
                         for unit in "WE"])  # fmt: skip
    layers = read(place, path="p.tif", shares_by_unit="ages.csv", shares={"0+": 1.0})
    total = np.floor(np.array(cells, np.float32).astype(np.float64).sum() + 0.5)
    assert people_in(layers.residents) == total
    assert layers.sources[1]["people"]["source"] == total
