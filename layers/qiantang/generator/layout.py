"""What a block brings to the map: streets, walls with gates, homes, service plots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from generator.frame import largest
from generator.skeleton import Road

if TYPE_CHECKING:
    from generator.frame import Frame


@dataclass(frozen=True)
class Home:
    """A building or a group of houses: the people stand at its door."""

    at: shapely.Point
    kind: str
    people: float
    block: int


@dataclass
class Layout:
    """Lines and places of one block, in the block's own axes while it is drawn.

    `homes` holds door, kind and people; `plots` holds service plots and their entrances.
    """

    roads: list[Road] = field(default_factory=list)
    walls: list[Any] = field(default_factory=list)
    canals: list[Any] = field(default_factory=list)
    gates: list[Any] = field(default_factory=list)
    homes: list[tuple[Any, str, float]] = field(default_factory=list)
    plots: list[tuple[Any, Any]] = field(default_factory=list)
    ponds: list[Any] = field(default_factory=list)

    def street(self, line: Any, grade: str) -> None:
        """Add a line if there is one."""
        if not line.is_empty and line.length > 1:
            self.roads.append(Road(line, grade))

    def path(self, points: Any, grade: str) -> None:
        """Add a line through points."""
        self.street(shapely.LineString(points), grade)

    def home(self, u: float, v: float, kind: str, people: float) -> None:
        """Add a home with its door at (u, v)."""
        self.homes.append((shapely.Point(u, v), kind, people))

    def enclose(self, site: Any) -> None:
        """Wall a site in; its gates are where the block's streets pass."""
        ring = shapely.LineString(site.exterior.coords)
        passes = shapely.intersection(ring, shapely.union_all([r.line for r in self.roads]))
        self.walls.append(ring)
        self.gates += [p.centroid for p in shapely.get_parts(passes)]

    def outward(self, frame: Frame) -> Layout:
        """Carry everything from the block's axes into the plane."""
        return Layout(
            [Road(frame.outward(r.line), r.grade, r.name) for r in self.roads],
            [frame.outward(w) for w in self.walls],
            [frame.outward(c) for c in self.canals],
            [frame.outward(g) for g in self.gates],
            [(frame.outward(p), kind, people) for p, kind, people in self.homes],
            [(frame.outward(a), frame.outward(e)) for a, e in self.plots],
            [frame.outward(p) for p in self.ponds],
        )


def site_of(area: Any, setback_m: float) -> Any:
    """Return the site inside a block: set back from the middle of its streets."""
    site = largest(area.buffer(-setback_m, join_style="mitre"))
    return largest(site.simplify(4).buffer(0))


def rungs(low: float, high: float, step: float, rng: np.random.Generator) -> list[float]:
    """Return evenly spread values strictly between two ends, slightly shaken."""
    count = max(1, round((high - low) / step) - 1)
    even = low + (high - low) * np.arange(1, count + 1) / (count + 1)
    return [float(x) for x in even + rng.uniform(-0.08, 0.08, count) * step]


def between(low: float, high: float, share: float) -> float:
    """Return the value at a share of the way."""
    return low + (high - low) * share
