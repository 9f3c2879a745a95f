"""Coordinates: degrees at the edges, metres inside, and the gentle bend that roads have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

DEGREES = "EPSG:4490"
METRES = "EPSG:4549"
DEGREE_DECIMALS = 7
_IN = Transformer.from_crs(DEGREES, METRES, always_xy=True)
_OUT = Transformer.from_crs(METRES, DEGREES, always_xy=True)

Line = shapely.LineString
Area = shapely.Polygon | shapely.MultiPolygon


def to_metres(geometry: Any) -> Any:
    """Project geometries from degrees to metres."""
    return shapely.transform(geometry, _IN.transform, interleaved=False)


def to_degrees(geometry: Any) -> Any:
    """Project geometries from metres to degrees, rounded to about a centimetre."""

    def out(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Any, Any]:
        lon, lat = _OUT.transform(x, y)
        return np.round(lon, DEGREE_DECIMALS), np.round(lat, DEGREE_DECIMALS)

    return shapely.transform(geometry, out, interleaved=False)


def point_m(lon_lat: Sequence[float]) -> shapely.Point:
    """Return a position in metres."""
    return shapely.Point(*_IN.transform(lon_lat[0], lon_lat[1]))


def line_m(points: Sequence[Sequence[float]]) -> Line:
    """Return a line in metres."""
    return to_metres(shapely.LineString(points))


def make_bend(
    rng: np.random.Generator, *, amplitude_m: float, wavelength_m: Sequence[float], waves: int
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return a smooth displacement of the plane: a sum of long waves.

    It is small against its wavelengths, so that it never folds the plane: lines that cross still
    cross once, lines that meet still meet.
    """
    length = rng.uniform(*wavelength_m, waves)
    heading = rng.uniform(0, 2 * np.pi, waves)
    phase = rng.uniform(0, 2 * np.pi, waves)
    push = rng.uniform(0, 2 * np.pi, waves)
    size = amplitude_m * length / length.sum()
    wave = 2 * np.pi / length * np.array([np.cos(heading), np.sin(heading)])

    def bend(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        height = np.sin(xy @ wave + phase) * size
        return xy + np.column_stack([height @ np.cos(push), height @ np.sin(push)])

    return bend


def tilt(geometry: Any, *, centre: shapely.Point, degrees: float) -> Any:
    """Turn a geometry about a centre (anticlockwise positive)."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    origin = np.array([centre.x, centre.y])
    return shapely.transform(geometry, lambda xy: (xy - origin) @ turn + origin)


def parts(geometry: Any, kind: str) -> list[Any]:
    """Return the simple parts of one type (`LineString`, `Polygon`, `Point`) of a geometry."""
    return [g for g in shapely.get_parts(geometry) if g.geom_type == kind]
