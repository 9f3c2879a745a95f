"""What a block brings to the map: streets, walls with gates, homes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from generator.frame import across, largest, upright
from generator.skeleton import Road

if TYPE_CHECKING:
    from generator.frame import Frame
    from generator.space import Line

GATE_M = 6.0


@dataclass(frozen=True)
class Home:
    """A building or a group of houses: the people stand at its door."""

    at: shapely.Point
    kind: str
    weight: float
    block: int


@dataclass
class Layout:
    """Lines and homes of one block, in its own axes until `outward` is called."""

    roads: list[Road] = field(default_factory=list)
    walls: list[Line] = field(default_factory=list)
    homes: list[tuple[float, float, str, float]] = field(default_factory=list)
    gates: list[shapely.Point] = field(default_factory=list)
    canals: list[Line] = field(default_factory=list)

    def street(self, line: Any, grade: str, name: str = "") -> None:
        """Add a line if there is one."""
        if line is not None and not line.is_empty and line.length > 1:
            self.roads.append(Road(line, grade, name))

    def outward(self, frame: Frame) -> Layout:
        """Carry everything from the block's axes into the plane."""
        spots = shapely.points([h[:2] for h in self.homes]) if self.homes else []
        return Layout(
            [Road(frame.outward(r.line), r.grade, r.name) for r in self.roads],
            [frame.outward(w) for w in self.walls],
            [
                (p.x, p.y, h[2], h[3])
                for p, h in zip([frame.outward(s) for s in spots], self.homes, strict=True)
            ],
            [frame.outward(g) for g in self.gates],
            [frame.outward(c) for c in self.canals],
        )


def site_of(area: Any, setback_m: float) -> Any:
    """Return the walled site inside a block: set back from the middle of its streets."""
    site = largest(area.buffer(-setback_m, join_style="mitre"))
    return largest(site.simplify(4).buffer(0)) if not site.is_empty else site


def gate(layout: Layout, area: Any, site: Any, *, side: str, at: float) -> None:
    """Lead a path from inside the site through its wall to the street.

    `side` names the wall (north, south, west, east), `at` the share along it.
    """
    west, south, east, north = site.bounds
    if side in ("north", "south"):
        u = west + at * (east - west)
        chord, wall = upright(area, u=u), upright(site, u=u)
    else:
        v = south + at * (north - south)
        chord, wall = across(area, v=v), across(site, v=v)
    if chord.is_empty or wall.is_empty:
        return
    end = -1 if side in ("north", "east") else 0
    layout.gates.append(shapely.Point(wall.coords[end]))


def open_walls(layout: Layout, site: Any) -> None:
    """Build the wall of a site with real gaps where a street passes."""
    ring = shapely.LineString(site.exterior.coords)
    lines = shapely.union_all([r.line for r in layout.roads])
    crossings = shapely.intersection(ring, lines)
    gaps = crossings.buffer(GATE_M) if not crossings.is_empty else shapely.Polygon()
    left = shapely.difference(ring, gaps)
    merged = shapely.line_merge(left) if left.geom_type == "MultiLineString" else left
    layout.walls += [w for w in shapely.get_parts(merged) if w.length > 4]
    layout.gates += [
        p.centroid for p in shapely.get_parts(crossings) if p.geom_type in ("Point", "LineString")
    ]


def rungs(low: float, high: float, step: float, rng: np.random.Generator) -> list[float]:
    """Return evenly spread values strictly between two ends, slightly shaken."""
    count = max(1, round((high - low) / step) - 1)
    even = low + (high - low) * np.arange(1, count + 1) / (count + 1)
    return list(even + rng.uniform(-0.08, 0.08, count) * step)
