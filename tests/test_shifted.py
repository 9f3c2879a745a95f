"""GCJ-02 and BD-09 against published pairs, and their inverse everywhere in the country."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.layers.shifted import bd09_from_gcj02, gcj02_from_bd09, gcj02_from_wgs84, wgs84_from

# Published test pairs of the public formula (WGS-84 lat, lon; GCJ-02 lat, lon).
GCJ_PAIRS = [
    (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
    (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
    (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),
]
# Published for GCJ-02 → BD-09 (lon, lat), and for its one-step inverse, good to half a metre.
BD_PAIR = ((116.404, 39.915), (116.41036949371029, 39.92133699351021))
BD_INVERSE = ((116.404, 39.915), (116.39762729119315, 39.90865673957631))
METRES_PER_DEGREE = 111_320


def metres(lon, lat, lon2, lat2):
    east = (lon - lon2) * np.cos(np.radians(lat))
    return float(np.sqrt(east**2 + (lat - lat2) ** 2) * METRES_PER_DEGREE)


@pytest.mark.parametrize(("lat", "lon", "gcj_lat", "gcj_lon"), GCJ_PAIRS)
def test_published_pairs(lat, lon, gcj_lat, gcj_lon):
    shifted = gcj02_from_wgs84(np.array([lon]), np.array([lat]))
    assert metres(shifted[0][0], shifted[1][0], gcj_lon, gcj_lat) < 0.001
    found = wgs84_from("GCJ-02", np.array([gcj_lon]), np.array([gcj_lat]))
    assert metres(found[0][0], found[1][0], lon, lat) < 0.001


def test_published_baidu_pairs():
    (lon, lat), expected = BD_PAIR
    shown = bd09_from_gcj02(np.array([lon]), np.array([lat]))
    assert metres(shown[0][0], shown[1][0], *expected) < 0.001
    (lon, lat), expected = BD_INVERSE
    found = gcj02_from_bd09(np.array([lon]), np.array([lat]))
    assert metres(found[0][0], found[1][0], *expected) < 0.5


@settings(deadline=None, max_examples=200)
@given(lon=st.floats(74, 135), lat=st.floats(18, 53))
def test_inverse_within_a_centimetre(lon, lat):
    x, y = np.array([lon]), np.array([lat])
    gcj = gcj02_from_wgs84(x, y)
    for system, shown in (("GCJ-02", gcj), ("BD-09", bd09_from_gcj02(*gcj))):
        back = wgs84_from(system, *shown)
        assert metres(back[0][0], back[1][0], lon, lat) < 0.01


def test_size_of_the_shift_at_xiasha():
    x, y = np.array([120.3205]), np.array([30.3035])
    gcj = gcj02_from_wgs84(x, y)
    assert 480 < metres(x[0], y[0], gcj[0][0], gcj[1][0]) < 530
    bd = bd09_from_gcj02(*gcj)
    assert 1100 < metres(x[0], y[0], bd[0][0], bd[1][0]) < 1200


def test_no_shift_abroad():
    lon, lat = gcj02_from_wgs84(np.array([-21.9]), np.array([64.1]))
    assert (lon[0], lat[0]) == (-21.9, 64.1)
