"""map.html before any browser opens it: what it embeds, and that data stays data."""

import dataclasses
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from result_fixture import UNREACHABLE, sample_result
from test_payload import unpack

from siting.access.verdicts import CLASSES
from siting.report.jsontext import for_html
from siting.report.map import SCRIPTS, map_page, script_text
from siting.report.mapdata import map_data
from siting.report.mapground import STREET_CLASSES, plane_of


@pytest.fixture(scope="module")
def data():
    return map_data(sample_result())


@pytest.fixture(scope="module")
def arrays(data):
    return {name: np.array(values) for name, values in unpack(data["packed"]).items()}


def test_people_of_every_verdict_are_those_of_the_table(data, arrays):
    verdicts = sample_result().verdicts
    for rule in data["rules"]:
        for part in rule["shown"]:
            rows = verdicts[(verdicts["rule"] == rule["id"]) & (verdicts["part"] == part)]
            key = f"rows.{rule['id']}.{part}"
            people = np.bincount(
                arrays[f"{key}.verdict"], arrays[f"{key}.people"], minlength=len(CLASSES)
            )
            expected = rows.groupby("verdict")["people"].sum()
            assert people.tolist() == [expected.get(verdict, 0) for verdict in CLASSES]


def test_costs_facilities_and_points_are_embedded_exactly(data, arrays):
    result = sample_result()
    rows = result.verdicts[result.verdicts["part"] == "nursery"]
    key = "rows.child-circle-5min.nursery"
    cost = rows["cost_mm"].to_numpy()
    assert arrays[f"{key}.cost_mm"].tolist() == np.where(cost < UNREACHABLE, cost, -1).tolist()
    names = [result.facilities["id"].iloc[i] if i >= 0 else "" for i in arrays[f"{key}.facility"]]
    assert names == rows["facility"].tolist()
    x = arrays["demand.x"] + data["plane"]["origin_mm"][0]
    assert x.tolist() == result.demand["x_mm"].tolist()


def test_the_headline_comes_first_and_a_single_part_stands_alone(data):
    shown = {rule["id"]: rule["shown"] for rule in data["rules"]}
    assert shown == {
        "child-circle-5min": ["all", "nursery", "kindergarten", "play_space"],
        "elder-home-by-density": ["all", "high", "medium"],
        "nursery-in-every-street": [],
    }


def test_every_street_has_a_class_that_the_page_can_draw(arrays):
    assert set(arrays["streets.class"]) <= set(range(len(STREET_CLASSES)))
    base = re.search(r"const STREETS = \{(.*?)\n  \};", script_text(), re.DOTALL)[1]
    assert re.findall(r"^    (\w+):", base, re.MULTILINE) == STREET_CLASSES


def test_every_word_that_the_scripts_ask_for_exists(data):
    asked = set(re.findall(r'app\.say\("(\w+)"', script_text()))
    assert asked
    assert asked <= set(data["words"]["map"])
    families = set(re.findall(r'app\.word\("(\w+)"', script_text()))
    assert families <= set(data["words"])


def test_scripts_never_parse_text_as_markup():
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert forbidden not in script_text()
    assert len(SCRIPTS) == len(set(SCRIPTS))


@pytest.mark.parametrize("text", ["</script><script>x()", "<!--", "\u2028"])
def test_json_cannot_end_its_element(text):
    written = for_html({"name": text})
    assert "<" not in written
    assert "\u2028" not in written
    assert json.loads(written) == {"name": text}


def test_missing_figures_are_refused_by_json():
    with pytest.raises(ValueError, match="JSON"):
        for_html({"value": float("nan")})


def test_the_page_is_the_same_on_every_run():
    page = map_page(sample_result(), lang="zh")
    assert page == map_page(sample_result(), lang="zh")
    assert '<html lang="zh-CN">' in page
    assert page.count("<script>") == 3


def test_a_place_without_streets_has_no_map():
    with pytest.raises(ValueError, match="no map"):
        map_data(dataclasses.replace(sample_result(), streets=None))


def test_the_plane_holds_everything(arrays):
    plane = plane_of(sample_result())
    for name in ("streets", "demand", "units"):
        half_x, half_y = plane.to_lonlat.half
        assert (arrays[f"{name}.x"] <= 2 * half_x).all()
        assert (arrays[f"{name}.y"] <= 2 * half_y).all()


def test_areas_without_a_neighbour_are_gaps_with_their_outline():
    """A rule about areas has a place among the map's rules as long as it has gaps."""
    result = sample_result()
    measure = result.measures[0]
    lacking = result.gaps.head(2).assign(rule=measure["id"], facility_kind="nursery")
    points = gpd.GeoSeries(gpd.points_from_xy(lacking["lon"], lacking["lat"]), crs="EPSG:4490")
    shapes = points.to_crs(result.scenario["crs"]).buffer(120, cap_style="square")
    areas = {"new_housing": gpd.GeoDataFrame({"id": ["a"]}, geometry=shapes.iloc[:1].to_list())}
    layers = type(result.layers)(**vars(result.layers) | {"areas": areas})
    gaps = pd.concat([result.gaps, lacking], ignore_index=True)
    data = map_data(dataclasses.replace(result, gaps=gaps, layers=layers))
    rule = data["rules"][-1]
    assert (rule["id"], rule["shown"], rule["found"]["zh"]) == (measure["id"], [], "60.0%")
    assert rule["parts"][0]["facility_kind"] == "nursery"
    arrays = unpack(data["packed"])
    assert data["gaps"]["zones"] == [len(gaps) - 2, len(gaps) - 1]
    assert len(arrays["zones.shape"]) == 3  # two gaps; of one no area is known
    assert arrays["zones.shape"][1] == arrays["zones.shape"][2] == 1
    assert len(arrays["zones.x"]) == 5
