"""A block's own axes: u along its rows (roughly west to east), v across them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.space import Area


@dataclass(frozen=True)
class Frame:
    """Origin and turn of a block's own axes."""

    origin: NDArray[np.float64]
    turn: NDArray[np.float64]

    @classmethod
    def of(cls, area: Area) -> Frame:
        """Return axes along the sides of an area, u within 45 degrees of east."""
        ring = shapely.get_coordinates(shapely.minimum_rotated_rectangle(area))
        side = ring[1] - ring[0]
        angle = np.arctan2(side[1], side[0])
        angle -= np.round(angle / (np.pi / 2)) * (np.pi / 2)
        c, s = np.cos(angle), np.sin(angle)
        return cls(shapely.get_coordinates(area.centroid)[0], np.array([[c, -s], [s, c]]))

    def inward(self, geometry: Any) -> Any:
        """Carry a geometry into the block's axes."""
        return shapely.transform(geometry, lambda xy: (xy - self.origin) @ self.turn)

    def outward(self, geometry: Any) -> Any:
        """Carry a geometry back into the plane."""
        return shapely.transform(geometry, lambda uv: uv @ self.turn.T + self.origin)


def largest(area: Area) -> Any:
    """Return the largest simple part of an area, empty if there is none."""
    found = shapely.get_parts(area)
    return found[int(np.argmax(shapely.area(found)))] if len(found) else shapely.Polygon()


def across(area: Area, *, v: float) -> Any:
    """Return the longest chord of an area at height v, west to east."""
    west, _, east, _ = area.bounds
    return _longest(area, [[west - 1, v], [east + 1, v]])


def chords(area: Area, *, v: float) -> list[Any]:
    """Return all chords of an area at height v, west to east."""
    west, _, east, _ = area.bounds
    line = shapely.LineString([[west - 1, v], [east + 1, v]])
    found = shapely.get_parts(shapely.intersection(area, line))
    return sorted((c for c in found if c.geom_type == "LineString"), key=lambda c: c.bounds[0])


def upright(area: Area, *, u: float) -> Any:
    """Return the longest chord of an area at u, south to north."""
    _, south, _, north = area.bounds
    return _longest(area, [[u, south - 1], [u, north + 1]])


def _longest(area: Area, points: list[list[float]]) -> Any:
    chord = shapely.get_parts(shapely.intersection(area, shapely.LineString(points)))
    lines = [g for g in chord if g.geom_type == "LineString"]
    return max(lines, key=lambda g: g.length) if lines else shapely.LineString()
