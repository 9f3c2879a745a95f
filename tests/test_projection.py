"""The page's plane: within a twentieth of a millimetre of PROJ, there and back."""

import numpy as np
import pytest
from pyproj import Transformer

from siting.report.projection import TOLERANCE_MM, local_plane

PLACES = {
    "EPSG:5325": (1_430_000_000, 80_000_000, 2_010_000_000, 500_000_000),  # all of Iceland
    "EPSG:4547": (100_000_000, 2_900_000_000, 1_000_000_000, 3_800_000_000),  # two provinces
    "EPSG:4549": (528_000_000, 3_345_000_000, 572_000_000, 3_365_000_000),  # Qiantang
    "EPSG:3057": (330_000_000, 385_000_000, 380_000_000, 425_000_000),  # Reykjavík
}


@pytest.mark.parametrize("crs", sorted(PLACES))
def test_positions_agree_with_proj(crs):
    x0, y0, x1, y1 = PLACES[crs]
    plane = local_plane(crs, bounds_mm=PLACES[crs])
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, x1 - x0, 2000), rng.uniform(0, y1 - y0, 2000)
    lon, lat = plane.to_lonlat(x, y)
    inverse = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    east, north = inverse.transform(lon, lat)
    assert np.abs(east * 1000 - x0 - x).max() < TOLERANCE_MM
    assert np.abs(north * 1000 - y0 - y).max() < TOLERANCE_MM
    back_x, back_y = plane.from_lonlat(lon, lat)
    assert max(np.abs(back_x - x).max(), np.abs(back_y - y).max()) < TOLERANCE_MM


def test_a_district_needs_no_high_degree():
    degrees = {crs: local_plane(crs, bounds_mm=box).to_lonlat.degree for crs, box in PLACES.items()}
    assert degrees["EPSG:4549"] == degrees["EPSG:3057"] == 5
    assert max(degrees.values()) > 5


def test_a_whole_millimetre_survives_nine_decimals():
    """A position exported with nine decimals falls on the same millimetre in Python."""
    crs, bounds = "EPSG:4549", PLACES["EPSG:4549"]
    plane = local_plane(crs, bounds_mm=bounds)
    rng = np.random.default_rng(2)
    x = rng.integers(0, bounds[2] - bounds[0], 500).astype(float)
    y = rng.integers(0, bounds[3] - bounds[1], 500).astype(float)
    lon, lat = (np.round(axis, 9) for axis in plane.to_lonlat(x, y))
    east, north = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    assert np.array_equal(np.floor(east * 1000 + 0.5) - bounds[0], x)
    assert np.array_equal(np.floor(north * 1000 + 0.5) - bounds[1], y)


def test_an_area_too_large_is_refused():
    with pytest.raises(ValueError, match="errs by"):
        local_plane(
            "EPSG:4549", bounds_mm=(-1_500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000)
        )
