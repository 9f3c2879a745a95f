"""The shifted coordinate systems of Chinese web maps, and their inverse.

GCJ-02 moves a position by some 500 m through a public formula of sines over the Krassovsky
ellipsoid; BD-09 moves it once more. There is no closed inverse: the shift at the unknown position
is found by fixed-point iteration, which contracts by three orders of magnitude a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Degrees = NDArray[np.float64]

KRASSOVSKY_A = 6378245.0
KRASSOVSKY_E2 = 0.00669342162296594323
BAIDU_ANGLE = np.pi * 3000.0 / 180.0
BAIDU_LON, BAIDU_LAT = 0.0065, 0.006
# The shift applies within this box only; beyond it the services show plain WGS-84.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
STEPS = 6


def gcj02_from_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Shift WGS-84 degrees to GCJ-02."""
    d_lon, d_lat = _shift(lon, lat)
    return lon + d_lon, lat + d_lat


def wgs84_from_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Find the WGS-84 degrees that GCJ-02 shows at (`lon`, `lat`), to less than a millimetre."""
    wgs_lon, wgs_lat = lon, lat
    for _ in range(STEPS):
        d_lon, d_lat = _shift(wgs_lon, wgs_lat)
        wgs_lon, wgs_lat = lon - d_lon, lat - d_lat
    return wgs_lon, wgs_lat


def bd09_from_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Shift GCJ-02 degrees to BD-09."""
    radius = np.sqrt(lon * lon + lat * lat) + 2e-5 * np.sin(lat * BAIDU_ANGLE)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * BAIDU_ANGLE)
    return radius * np.cos(angle) + BAIDU_LON, radius * np.sin(angle) + BAIDU_LAT


def gcj02_from_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Find the GCJ-02 degrees that BD-09 shows at (`lon`, `lat`)."""
    gcj_lon, gcj_lat = lon, lat
    for _ in range(STEPS):
        shown_lon, shown_lat = bd09_from_gcj02(gcj_lon, gcj_lat)
        gcj_lon, gcj_lat = gcj_lon + lon - shown_lon, gcj_lat + lat - shown_lat
    return gcj_lon, gcj_lat


def wgs84_from(system: str, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Turn degrees of ``"GCJ-02"`` or ``"BD-09"`` into WGS-84."""
    if system == "BD-09":
        lon, lat = gcj02_from_bd09(lon, lat)
    return wgs84_from_gcj02(lon, lat)


def _shift(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    d_lat += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    d_lon += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    radians = lat / 180.0 * np.pi
    magic = 1.0 - KRASSOVSKY_E2 * np.sin(radians) ** 2
    meridian = KRASSOVSKY_A * (1.0 - KRASSOVSKY_E2) / (magic * np.sqrt(magic))
    parallel = KRASSOVSKY_A / np.sqrt(magic) * np.cos(radians)
    west, south, east, north = CHINA
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return (
        np.where(inside, d_lon * 180.0 / (parallel * np.pi), 0.0),
        np.where(inside, d_lat * 180.0 / (meridian * np.pi), 0.0),
    )
