"""Unit totals without coordinates: joined by code or name, spread over buildings, never doubled."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from siting.errors import DataError
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec

METRIC = "EPSG:4549"
SHARES = {"0-17": 0.2, "18-59": 0.6, "60+": 0.2}
AGES = {"0-17岁": 20, "18-59岁": 60, "60岁以上": 20}
X, Y = 540_000, 3_354_000


@pytest.fixture
def place(tmp_path):
    """A street S of two communities, W and E, each a square of 300 m, with three buildings."""
    squares = [(0, 600), (0, 300), (300, 600)]
    gpd.GeoDataFrame(
        {"代码": ["S", "W", "E"], "名称": ["南街道", "西社区", "东社区"],
         "层级": ["街道", "社区", "社区"], "上级": [None, "S", "S"]},
        geometry=[shapely.box(X + a, Y, X + b, Y + 300) for a, b in squares], crs=METRIC,
    ).to_file(tmp_path / "units.gpkg")  # fmt: skip
    spots = [(10, 10), (200, 200), (100, 200)]
    gpd.GeoDataFrame(
        {"层数": [1, 3, None], "类型": ["住宅", "住宅", "厂房"]},
        geometry=[shapely.box(X + x, Y + y, X + x + 10, Y + y + 10) for x, y in spots],
        crs=METRIC,
    ).to_file(tmp_path / "buildings.gpkg")  # fmt: skip
    return tmp_path


def read(place, rows, *, buildings=False, **spec):
    pd.DataFrame(rows).to_csv(place / "totals.csv", index=False)
    if buildings:
        spec["over"] = LayerSpec(path="buildings.gpkg")
    given = {
        "residents": LayerSpec(path="totals.csv", **spec), "units": LayerSpec(path="units.gpkg"),
    }  # fmt: skip
    return read_layers(given, base=place, crs=METRIC)


def refusal(place, rows, **options):
    with pytest.raises(DataError) as caught:
        read(place, rows, **options)
    return [(p.key, p.where) for p in caught.value.problems]


def test_totals_by_code_and_by_name_lie_in_their_units(place):
    rows = [{"社区代码": "W"} | AGES, {"社区代码": "东社区"} | AGES]
    layers = read(place, rows)
    people = layers.residents.groupby("community")["p18_59"].sum()
    assert people.to_dict() == {"E": 60, "W": 60}
    assert layers.residents["street"].unique().tolist() == ["S"]
    assert len(layers.residents) == 18  # nine cells of 100 m each
    assert any(n["note"] == "joined-by-code" for n in layers.notes)


def test_people_live_in_the_homes_of_their_unit(place):
    rows = [{"社区": "西社区"} | AGES, {"社区": "东社区"} | AGES]
    layers = read(place, rows, buildings=True)
    west = layers.residents[layers.residents["community"] == "W"]
    assert sorted(west["p18_59"]) == [15, 45]  # one storey and three; the works take nobody
    assert layers.residents["p18_59"].sum() == 120
    assert {n["note"] for n in layers.notes} >= {"homes-by-use", "people-no-homes"}


def test_totals_with_shares_of_ages(place):
    layers = read(place, [{"社区": "西社区", "常住人口": 1003}], shares=SHARES)
    people = [key for key in layers.residents if key[:2] in ("p_", "p1", "p6", "p8")]
    assert layers.residents[people].to_numpy().sum() == 1003
    assert layers.residents["p18_59"].sum() == 602


def test_the_total_of_the_sheet_must_be_the_sum_of_its_rows(place):
    rows = [{"社区": "西社区"} | AGES, {"社区": "东社区"} | AGES]
    right = {"社区": "合计"} | {age: 2 * n for age, n in AGES.items()}
    assert len(read(place, [*rows, right]).residents) == 18
    wrong = right | {"18-59岁": 121}
    assert refusal(place, [*rows, wrong]) == [("people-sum", "totals.csv:4 18-59岁")]
    part = {"社区": "合计"} | AGES  # of the row above it
    assert len(read(place, [rows[0], part, rows[1], part]).residents) == 18
    assert len(read(place, [rows[0], part, rows[1], part, right]).residents) == 18
    faults = refusal(place, [rows[0], part, rows[1], part | {"18-59岁": 61}])
    assert faults == [("people-sum", "totals.csv:5 18-59岁")]


def test_the_total_of_the_scenario_must_be_the_sum_of_the_layer(place):
    assert refusal(place, [{"社区": "W"} | AGES], total=101) == [("people-sum", "totals.csv")]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"社区": "北社区"} | AGES], ("unit-unknown", "totals.csv:2 社区")),
        ([{"社区": "W"} | AGES, {"社区": ""} | AGES], ("unit-unnamed", "totals.csv:3 社区")),
        ([{"社区": "W", "街道": ""} | AGES, {"社区": "", "街道": "S"} | AGES],
         ("unit-and-parts", "totals.csv:3 街道")),
        ([{"地名": "W"} | AGES], ("position-columns", "totals.csv")),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_placed(place, rows, fault):
    assert refusal(place, rows) == [fault]
