"""Tables without coordinates stand on the parcels or in the units that they name, or nowhere."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from siting.errors import DataError
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec

METRIC = "EPSG:4549"
X, Y = 540_000, 3_354_000
AGES = {"0-17岁": 20, "18-59岁": 60, "60岁以上": 20}


@pytest.fixture
def place(tmp_path):
    """Two communities of 300 m × 300 m side by side, a parcel in each, a street along them."""
    gpd.GeoDataFrame(
        {"代码": ["W", "E"], "名称": ["西社区", "东社区"], "层级": ["社区", "社区"]},
        geometry=[shapely.box(X + a, Y, X + a + 300, Y + 300) for a in (0, 300)], crs=METRIC,
    ).to_file(tmp_path / "units.gpkg")  # fmt: skip
    gpd.GeoDataFrame(
        {"地块编号": ["XS-01", "XS-02"]},
        geometry=[shapely.box(X + a, Y, X + a + 40, Y + 40) for a in (100, 400)], crs=METRIC,
    ).to_file(tmp_path / "parcels.gpkg")  # fmt: skip
    gpd.GeoDataFrame(
        {"class": ["支路"]}, geometry=[shapely.LineString([(X, Y), (X + 600, Y)])], crs=METRIC
    ).to_file(tmp_path / "streets.gpkg")
    return tmp_path


def read(place, **tables):
    """Read tables given as rows, by the name of their layer."""
    specs = {name: LayerSpec(path=f"{name}.gpkg") for name in ("units", "parcels", "streets")}
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(place / f"{name}.csv", index=False)
        spec = LayerSpec(path=f"{name}.csv")
        specs[name] = [spec] if name == "facilities" else spec
    return read_layers(specs, base=place, crs=METRIC)


def test_facilities_stand_on_their_parcels(place):
    rows = [{"名称": "一园", "类型": "幼儿园", "地块编号": "xs-02"},
            {"名称": "二园", "类型": "幼儿园", "地块编号": ""}]  # fmt: skip
    found = read(place, facilities=rows).facilities
    first = found[found["name"] == "一园"].iloc[0]
    assert first.geometry.within(shapely.box(X + 400, Y, X + 440, Y + 40))
    assert (first["community"], first["position"]) == ("E", "approximate")
    assert found[found["name"] == "二园"].geometry.isna().all()


def test_facilities_stand_in_the_units_that_they_name(place):
    rows = [{"名称": "一园", "类型": "幼儿园", "社区": "东社区"}]
    (found,) = read(place, facilities=rows).facilities.itertuples()
    assert found.geometry.within(shapely.box(X + 300, Y, X + 600, Y + 300))
    assert (found.community, found.position) == ("E", "schematic")


def test_areas_are_the_units_and_parcels_that_they_name(place):
    pd.DataFrame([{"编号": "N1", "社区": "东社区", "户数": 9}]).to_csv(place / "a.csv", index=False)
    pd.DataFrame([{"编号": "N2", "地块编号": "XS-01"}]).to_csv(place / "b.csv", index=False)
    specs = {n: LayerSpec(path=f"{n}.gpkg") for n in ("units", "parcels", "streets")}
    named = {name: LayerSpec(path=f"{name}.csv") for name in "ab"}
    areas = read_layers(specs | {"areas": named}, base=place, crs=METRIC).areas
    assert areas["a"]["area_m2"].tolist() == [90_000]
    assert areas["b"]["area_m2"].tolist() == [1_600]
    assert (areas["a"]["community"].item(), areas["b"]["community"].item()) == ("E", "W")


def test_residents_live_on_their_parcels(place):
    rows = [{"楼栋": "一", "地块编号": "XS-01"} | AGES, {"楼栋": "二", "地块编号": "XS-02"} | AGES]
    found = read(place, residents=rows).residents
    assert found["community"].tolist() == ["W", "E"]
    assert found["p18_59"].tolist() == [60, 60]


def test_an_unknown_parcel_is_named_under_its_own_heading(place):
    with pytest.raises(DataError) as caught:
        read(place, residents=[{"地块编号": "XS-09"} | AGES])
    (problem,) = caught.value.problems
    assert (problem.key, problem.where) == ("parcel-unknown", "residents.csv:2 地块编号")


def test_a_place_without_geometry(tmp_path):
    """Neither residents nor streets: units and facilities are tables, and nothing has a place."""
    (tmp_path / "counties.csv").write_text(
        "区县代码,区县,市本级,常住人口,0-14岁,60岁以上,65岁以上,地区生产总值(亿元)\n"
        "330402,南湖区,是,866000,107867,163816,119363,\n"
        '330481,海宁市,否,"1,076,199",120611,203763,146547,1247.0\n',
        encoding="gb18030",
    )
    (tmp_path / "homes.csv").write_text(
        "编号,名称,类型,区县,床位数\nE1,第一敬老院,敬老院,海宁市,120\n", encoding="utf-8"
    )
    layers = read_layers(
        {"units": LayerSpec(path="counties.csv", level="county"),
         "facilities": [LayerSpec(path="homes.csv")]},
        base=tmp_path, crs=METRIC,
    )  # fmt: skip
    units = layers.units
    assert units["code"].tolist() == ["330402", "330481"]
    assert units["level"].tolist() == ["county"] * 2
    assert units["central"].tolist() == [True, False]
    assert units["pop"].tolist() == [866000, 1076199]
    assert units[["p0_14", "p60", "p65"]].iloc[1].tolist() == [120611, 203763, 146547]
    assert units["gdp"].isna().tolist() == [True, False]
    assert units.geometry.isna().all()
    assert layers.facilities["county"].tolist() == ["330481"]  # by its code
    assert layers.facilities.geometry.isna().all()
    assert layers.facilities["beds"].tolist() == [120]
    assert [s["crs"] for s in layers.sources] == ["", ""]
    assert not any(n["note"] == "position-missing" for n in layers.notes)


def test_an_unknown_county_is_a_fault(tmp_path):
    (tmp_path / "c.csv").write_text("区县代码,区县,层级\n330402,南湖区,县\n", encoding="utf-8")
    (tmp_path / "f.csv").write_text("名称,类型,区县\n甲,敬老院,北湖区\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_layers(
            {"units": LayerSpec(path="c.csv", level="county"),
             "facilities": [LayerSpec(path="f.csv")]},
            base=tmp_path, crs=METRIC,
        )  # fmt: skip
    assert [(p.key, p.where) for p in caught.value.problems] == [("unit-unknown", "f.csv:2 区县")]
