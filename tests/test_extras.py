"""Registers, named areas, bus lines and stops: what some rules alone ask for."""

import geopandas as gpd
import pytest
import shapely

from siting.errors import DataError
from siting.layers.model import no_rows
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec

CRS = "EPSG:4549"
X, Y = 500_000, 3_350_000
REGISTER = """条款,事项,名称,数值,年份,状态
Q07,母婴室,车站,无,2019,运营
Q07,母婴室,公园,有,2020,
Q24,职教城,职教城,,2025,位置未知
Q39,覆盖率,全区,612/1180,2020,已投用
J28,管理率,全市,70.6%,2020,未评估
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "registers.csv").write_text(REGISTER, encoding="utf-8-sig")
    (tmp_path / "lines.csv").write_text(
        "线路编号,名称,学校,开通年份,状态\nL2,二号线,PS2,2020,运营\nL1,一号线,PS1,2022,规划\n",
        encoding="utf-8",
    )
    rows = [("L2", 2), ("L1", 1), ("L2", 1)]
    stops = "".join(f"{line},{n},{line}-{n},120.0{n},30.2\n" for line, n in rows)
    (tmp_path / "stops.csv").write_text("线路编号,站序,站点,经度,纬度\n" + stops, encoding="utf-8")
    units = gpd.GeoDataFrame(
        {"code": ["A", "B"], "name": ["东村", "西村"], "level": "community"},
        geometry=[shapely.box(X + k * 100, Y, X + k * 100 + 100, Y + 100) for k in (0, 1)],
        crs=CRS,
    )
    units.to_file(tmp_path / "units.gpkg", engine="pyogrio")
    areas = gpd.GeoDataFrame(
        {"id": ["N1", "N2"], "area_m2": [None, 7.0], "community": [None, "东村"]},
        geometry=[shapely.box(X + 120, Y + 10, X + 140, Y + 30)] * 2,
        crs=CRS,
    )
    areas.to_file(tmp_path / "areas.gpkg", engine="pyogrio")
    return tmp_path


def read(place, **specs):
    return read_layers(specs, base=place, crs=CRS)


def test_a_register_keeps_what_people_wrote(place):
    table = read(place, registers=LayerSpec(path="registers.csv")).registers
    assert "geometry" not in table
    assert table["value"].tolist()[:2] == ["无", "有"]  # an answer, and no gap
    assert table["value"].isna().tolist() == [False, False, True, False, False]
    assert table["value"].tolist()[3:] == ["612/1180", "70.6%"]
    known = table["status"].fillna("").tolist()
    assert known == ["operating", "", "unlocated", "operating", "unassessed"]


def test_a_word_that_is_no_status_is_named(place):
    text = REGISTER.replace("位置未知", "大概")
    (place / "registers.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read(place, registers=LayerSpec(path="registers.csv"))
    (problem,) = caught.value.problems
    assert problem.key == "cell-choice"
    assert "大概" in problem.found("zh")


def test_lines_and_stops_are_in_order(place):
    layers = read(
        place,
        lines=LayerSpec(path="lines.csv"),
        stops=LayerSpec(path="stops.csv", crs="EPSG:4490"),
    )
    assert layers.lines["id"].tolist() == ["L1", "L2"]
    assert layers.lines["status"].tolist() == ["planned", "operating"]
    found = zip(layers.stops["line"], layers.stops["order"], strict=True)
    assert list(found) == [("L1", 1), ("L2", 1), ("L2", 2)]
    assert layers.stops.crs == CRS
    assert not layers.stops.geometry.isna().any()


def test_areas_have_units_and_a_size(place):
    layers = read(
        place,
        units=LayerSpec(path="units.gpkg"),
        areas={"new_housing": LayerSpec(path="areas.gpkg")},
    )
    table = layers.areas["new_housing"]
    assert table["area_m2"].tolist() == [400.0, 7.0]
    assert table["community"].tolist() == ["B", "A"]  # by place; the one that is named stands


def test_what_a_scenario_does_not_name_is_empty(place):
    layers = read(place, units=LayerSpec(path="units.gpkg"))
    assert layers.areas == {}
    assert len(layers.registers) == len(layers.lines) == len(layers.stops) == 0
    assert list(layers.registers.columns) == list(no_rows("registers").columns)
