"""The river, the arterial roads, the bridge, and what passes over or under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.interpolate import make_interp_spline

from generator.space import line_m, make_bend, parts, point_m, tilt, to_metres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from generator.space import Area, Line

DENSIFY_M = 180
MIN_ROAD_M = 150
OVERLAP_M = 0.5  # grids reach this far into each other, so that their lines cross
BEYOND_M = 6000  # the river is drawn on beyond the frame
DECK_STEP_M = 500
ELEVATED_SHIFT_M = 7


@dataclass(frozen=True)
class Road:
    """A line of the road network and its class."""

    line: Line
    grade: str
    name: str = ""


@dataclass(frozen=True)
class Skeleton:
    """River, land of either bank, arterial roads; `place` bends a drawing of a named grid."""

    river: Area
    centreline: Line
    banks: dict[str, Area]
    roads: tuple[Road, ...]
    ways: tuple[Road, ...]
    place: Callable[[Any, str], Any]

    def named(self, name: str) -> Any:
        """Return all lines of one name."""
        return shapely.union_all([r.line for r in self.roads if r.name == name])


def draw(drawing: dict[str, Any], river: dict[str, Any], rng: np.random.Generator) -> Skeleton:
    """Draw river, banks, arterial and riverside roads, motorways and railways in metres."""
    band, centreline = _river(river)
    frame = to_metres(shapely.segmentize(shapely.box(*drawing["frame"]), 0.01))
    banks = dict(zip(("left", "right"), _shores(frame, band), strict=True))
    bend = make_bend(rng, **drawing["bend"])
    grids = {g["name"]: g for g in drawing["grid"]}

    def place(geometry: Any, name: str) -> Any:
        grid = grids[name]
        turned = tilt(
            shapely.segmentize(to_metres(geometry), DENSIFY_M),
            centre=point_m(grid["centre"]),
            degrees=grid["tilt_deg"],
        )
        return shapely.transform(turned, bend)

    roads: list[Road] = []
    taken = shapely.Polygon()
    for name, grid in grids.items():
        region = banks[grid["bank"]].difference(taken.buffer(-OVERLAP_M))
        if "region" in grid:
            region = region.intersection(place(shapely.Polygon(grid["region"]), name))
            region = region.buffer(OVERLAP_M)
        roads += _grid_roads(grid, region, place)
        if "bank_road" in grid:
            roads += _bank_roads(grid, band, banks[grid["bank"]], drawing["bank_road_m"])
        taken = taken.union(region)
    ways = (
        Road(place(shapely.LineString(w["points"]), w["grid"]), w["class"], w["name"])
        for w in drawing["ways"]
    )
    return Skeleton(band, centreline, banks, tuple(roads), tuple(ways), place)


def _river(river: dict[str, Any]) -> tuple[Area, Line]:
    """Return the river as a smooth band of varying width, and its centreline (metres)."""
    points = _carried_on(shapely.get_coordinates(line_m(river["centreline"])))
    width = np.asarray(river["width_m"], dtype=float)
    width = np.r_[width[0], width, width[-1]]
    step = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    smooth = make_interp_spline(step, points, k=3)
    at = np.linspace(0, step[-1], 400)
    centre, tangent = smooth(at), smooth(at, 1)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]]) / np.hypot(*tangent.T)[:, None]
    half = np.interp(at, step, width)[:, None] / 2
    band = shapely.Polygon(np.vstack([centre + normal * half, (centre - normal * half)[::-1]]))
    return shapely.make_valid(band), shapely.LineString(centre)


def _carried_on(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Carry a line on beyond both ends."""
    head, tail = points[0] - points[1], points[-1] - points[-2]
    first = points[0] + head / np.hypot(*head) * BEYOND_M
    last = points[-1] + tail / np.hypot(*tail) * BEYOND_M
    return np.vstack([first, points, last])


def _shores(frame: Area, band: Area) -> list[Area]:
    """Return the land on the left (north-western) and right bank within the frame."""
    land = parts(shapely.difference(frame, band), "Polygon")
    return sorted(sorted(land, key=lambda p: -p.area)[:2], key=lambda p: p.centroid.x)


def _grid_roads(grid: dict[str, Any], region: Area, place: Any) -> Iterator[Road]:
    """Yield the lines of one grid, clipped to its region."""
    for grade, name, points in _grid_lines(grid):
        line = place(shapely.LineString(points), grid["name"])
        for part in parts(shapely.intersection(line, region), "LineString"):
            if part.length > MIN_ROAD_M:
                yield Road(part, grade, name)


def _grid_lines(grid: dict[str, Any]) -> Iterator[tuple[str, str, list[list[float]]]]:
    """Yield class, name and points of the drawn lines; some change their name on the way."""
    for road in grid["north_south"]:
        low, high = road["lat"]
        turn = road.get("north_of", {"lat": high, "name": road["name"]})
        yield road["class"], road["name"], [[road["lon"], low], [road["lon"], turn["lat"]]]
        if turn["lat"] < high:
            yield road["class"], turn["name"], [[road["lon"], turn["lat"]], [road["lon"], high]]
    for road in grid["east_west"]:
        west, east = road["lon"]
        yield road["class"], road["name"], [[west, road["lat"]], [east, road["lat"]]]


def _bank_roads(grid: dict[str, Any], band: Area, shore: Area, inland_m: float) -> Iterator[Road]:
    """Yield the road that follows the water of one bank."""
    edge = band.buffer(inland_m).boundary.intersection(shore.buffer(-OVERLAP_M))
    for part in parts(shapely.line_merge(edge), "LineString"):
        if part.length > MIN_ROAD_M:
            yield Road(part.simplify(3), grid["bank_road"]["class"], grid["bank_road"]["name"])


def bridge(skeleton: Skeleton, bridge: dict[str, Any], drawing: dict[str, Any]) -> list[Road]:
    """Return the bridge, as long as published, and its stairs to the riverside roads.

    It passes over everything else; only its ends and its stairs join it to the streets.
    """
    head, tail = shapely.points(shapely.get_coordinates(line_m(bridge["line"])))
    land_tail = shapely.shortest_line(skeleton.named(bridge["to_road"]), tail).interpolate(0)
    reach = land_tail.buffer(bridge["length_m"], quad_segs=256).exterior
    starts = parts(shapely.intersection(skeleton.named(bridge["from_road"]), reach), "Point")
    land_head = min(starts, key=lambda p: p.distance(head))
    deck = shapely.LineString([land_head, land_tail])
    names = {g["bank_road"]["name"] for g in drawing["grid"] if "bank_road" in g}
    crossings = sorted(
        deck.project(shapely.intersection(deck, skeleton.named(name)).centroid) for name in names
    )
    landings = [
        crossings[0] + drawing["bridge_stairs_m"],
        crossings[-1] - drawing["bridge_stairs_m"],
    ]
    along = np.unique(np.r_[np.arange(0, deck.length, DECK_STEP_M), landings, deck.length])
    line = shapely.LineString([deck.interpolate(a) for a in along])
    stairs = [
        Road(
            shapely.LineString([deck.interpolate(a), deck.interpolate(c)]),
            "footway",
            f"{bridge['name']}梯道",
        )
        for a, c in zip(landings, (crossings[0], crossings[-1]), strict=True)
    ]
    return [Road(line, "bridge", bridge["name"]), *stairs]


def overhead(skeleton: Skeleton, drawing: dict[str, Any], extent: Area) -> list[Road]:
    """Return what nobody walks on: motorways, tunnels, expressways on piers above roads."""
    lines = [w for w in skeleton.ways if w.grade != "railway"]
    for way in drawing["elevated"]:
        above = shapely.line_merge(skeleton.named(way["above"]))
        line = shapely.offset_curve(above, ELEVATED_SHIFT_M).simplify(2).intersection(extent)
        lines += [Road(part, "trunk", way["name"]) for part in parts(line, "LineString")]
    return lines
