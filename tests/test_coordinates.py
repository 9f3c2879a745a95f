"""Coordinates only as declared: names of systems, zones and axes, areas of use."""

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from siting.errors import DataError
from siting.layers.coordinates import degrees, known_crs, metric_crs, scale_error, to_metric
from siting.layers.model import Notes
from siting.layers.shifted import gcj02_from_wgs84

METRIC = "EPSG:4549"
LON, LAT = 120.35, 30.30
X, Y = Transformer.from_crs("EPSG:4490", METRIC, always_xy=True).transform(LON, LAT)


def move(x, y, crs, *, notes=None):
    shapes = np.array([shapely.Point(x, y)], dtype=object)
    moved = to_metric(
        shapes, crs=known_crs(crs, where="f"), metric=METRIC, where="f.csv",
        rows=pd.Index([5]), notes=notes or Notes("f.csv"),
    )  # fmt: skip
    return moved[0].x, moved[0].y


def refusal(call):
    with pytest.raises(DataError) as caught:
        call()
    return [p.key for p in caught.value.problems]


@pytest.mark.parametrize(
    ("declared", "known"),
    [
        ("EPSG:4490", "EPSG:4490"),
        ("4549", "EPSG:4549"),
        ("CGCS2000", "EPSG:4490"),
        ("高德", "GCJ-02"),
        ("gcj02", "GCJ-02"),
        ("百度", "BD-09"),
        ("WGS84", "EPSG:4326"),
        ("epsg:4528", "EPSG:4528"),
    ],
)
def test_names(declared, known):
    assert known_crs(declared, where="f") == known


@pytest.mark.parametrize(
    "declared",
    ["EPSG:4214", "EPSG:2437", "EPSG:4610", "EPSG:2385", "北京54", "西安80坐标系", "杭州城市坐标系",
     'LOCAL_CS["杭州独立",UNIT["metre",1]]', "地方坐标系"],
)  # fmt: skip
def test_refused_systems(declared):
    assert refusal(lambda: known_crs(declared, where="f")) == ["crs-refused"]


def test_unknown_and_unmetric_systems():
    assert refusal(lambda: known_crs("EPSG:99999", where="f")) == ["crs-unknown"]
    assert refusal(lambda: known_crs("火星", where="f")) == ["crs-unknown"]
    for crs in ("EPSG:4490", "GCJ-02", "EPSG:2263"):  # the last measures feet
        assert refusal(lambda crs=crs: metric_crs(crs, where="s")) == ["crs-not-metric"]


def test_degrees_and_metres_agree():
    assert move(LON, LAT, "EPSG:4490") == pytest.approx((X, Y), abs=1e-6)
    assert move(LON, LAT, "EPSG:4326") == pytest.approx((X, Y), abs=0.5)
    assert move(X, Y, METRIC) == (X, Y)


def test_gauss_krueger_golden():
    # central meridian 120°E, false easting 500 km: the meridian itself, and its mirror image
    assert move(120.0, 30.0, "EPSG:4490")[0] == pytest.approx(500_000, abs=1e-6)
    west, east = move(119.5, 30.0, "EPSG:4490"), move(120.5, 30.0, "EPSG:4490")
    assert west[0] + east[0] == pytest.approx(1_000_000, abs=1e-6)
    assert west[1] == pytest.approx(east[1], abs=1e-6)
    # half a degree of longitude along the 30th parallel of the CGCS2000 ellipsoid
    assert east[0] - 500_000 == pytest.approx(48_243.4, abs=1)


def test_zone_number_before_the_easting():
    notes = Notes("f.csv")
    assert move(40e6 + X, Y, "EPSG:4528") == pytest.approx((X, Y), abs=1e-6)
    assert move(40e6 + X, Y, METRIC, notes=notes) == pytest.approx((X, Y), abs=1e-6)
    assert [n["note"] for n in notes.as_list()] == ["zone-prefix"]
    assert refusal(lambda: move(41e6 + X, Y, METRIC)) == ["zone-wrong"]


def test_surveyors_axes_are_mended_and_told():
    notes = Notes("f.csv")
    assert move(Y, X, METRIC, notes=notes) == pytest.approx((X, Y))
    assert move(Y, 40e6 + X, METRIC, notes=notes) == pytest.approx((X, Y))
    assert {n["note"]: n["count"] for n in notes.as_list()} == {
        "axes-swapped": 2,
        "zone-prefix": 1,
    }


def test_a_zone_number_that_the_declared_system_wants_is_added():
    notes = Notes("f.csv")
    assert move(X, Y, "EPSG:4528", notes=notes) == pytest.approx((X, Y), abs=1e-6)
    assert [(n["note"], n["example"]) for n in notes.as_list()] == [("zone-missing", "40")]


def test_degrees_in_the_other_order_are_exchanged_and_told():
    notes = Notes("f.csv")
    assert move(LAT, LON, "EPSG:4490", notes=notes) == pytest.approx(move(LON, LAT, "EPSG:4490"))
    assert [(n["note"], n["example"]) for n in notes.as_list()] == [("pair-order", "30.3, 120.35")]


def test_positions_outside_the_area_of_use():
    assert refusal(lambda: move(0.0, 0.0, "EPSG:4490")) == ["position-outside"]
    assert refusal(lambda: move(103.0, 30.0, "EPSG:4490")) == ["position-outside"]


def test_shifted_input_is_moved_back():
    notes = Notes("f.csv")
    gcj = gcj02_from_wgs84(np.array([LON]), np.array([LAT]))
    found = move(gcj[0][0], gcj[1][0], "GCJ-02", notes=notes)
    assert found == pytest.approx((X, Y), abs=0.5)
    assert notes.as_list()[0] == {
        "note": "shifted-crs", "where": "f.csv", "column": "", "count": 1, "example": "GCJ-02",
    }  # fmt: skip


def test_missing_positions_stay_missing():
    shapes = np.array([None, shapely.Point(LON, LAT)], dtype=object)
    moved = to_metric(
        shapes, crs="EPSG:4490", metric=METRIC, where="f", rows=pd.Index([1, 2]), notes=Notes("f")
    )
    assert moved[0] is None
    assert moved[1].x == pytest.approx(X)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("120.35", 120.35),
        ("120.35°", 120.35),
        ("120°21′00″", 120.35),
        ("120°21'36.0\"E", 120.36),
        ("东经120度21分36秒", 120.36),
        ("N30°18′", None),
        ("-21.9", -21.9),
        ("21.9W", -21.9),
        ("３０．３", 30.3),
        ("abc", None),
    ],
)
def test_degrees(text, value):
    assert degrees(text) == (None if value is None else pytest.approx(value))


def test_scale_error_grows_with_the_distance_from_the_meridian():
    middle = scale_error(METRIC, x=500_000, y=Y)
    edge = scale_error(METRIC, x=500_000 + 140_000, y=Y)
    assert middle < 1e-9
    assert 1e-4 < edge < 3e-4
