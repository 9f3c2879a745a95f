"""The river, the arterial roads and the faces between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from generator.space import line_m, make_bend, parts, point_m, tilt, to_metres
from scipy.interpolate import make_interp_spline

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.space import Area, Line
    from numpy.typing import NDArray

DENSIFY_M = 120
MIN_ROAD_M = 150
MIN_FACE_M2 = 4000
OVERLAP_M = 0.5


@dataclass(frozen=True)
class Road:
    """A line of the road network before noding."""

    line: Line
    grade: str
    name: str = ""


@dataclass(frozen=True)
class Skeleton:
    """Water, banks, arterial roads and the land of either bank."""

    river: Area
    centreline: Line
    banks: dict[str, Area]
    roads: tuple[Road, ...]
    place: Callable[[Any, str], Any]


def river_polygon(points: NDArray[np.float64], width_m: NDArray[np.float64]) -> tuple[Area, Line]:
    """Return the river as a smooth band of varying width, and its centreline (metres)."""
    step = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    smooth = make_interp_spline(step, points, k=3)
    at = np.linspace(0, step[-1], 400)
    centre = smooth(at)
    tangent = smooth(at, 1)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]]) / np.hypot(*tangent.T)[:, None]
    half = np.interp(at, step, width_m)[:, None] / 2
    band = shapely.Polygon(np.vstack([centre + normal * half, (centre - normal * half)[::-1]]))
    return shapely.make_valid(band), shapely.LineString(centre)


def _stretch(points: NDArray[np.float64], by_m: float) -> NDArray[np.float64]:
    """Carry a line on beyond both ends."""
    head = points[0] - points[1]
    tail = points[-1] - points[-2]
    first = points[0] + head / np.hypot(*head) * by_m
    last = points[-1] + tail / np.hypot(*tail) * by_m
    return np.vstack([first, points, last])


def draw(drawing: dict[str, Any], river: dict[str, Any], rng: np.random.Generator) -> Skeleton:
    """Draw river, banks and arterial roads in metres."""
    course = shapely.get_coordinates(line_m(river["centreline"]))
    width = np.asarray(river["width_m"], dtype=float)
    band, centreline = river_polygon(_stretch(course, 6000), np.r_[width[0], width, width[-1]])
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
            region = region.intersection(place(shapely.Polygon(grid["region"]), name).buffer(OVERLAP_M))
        roads += _grid_roads(grid, region, place)
        taken = taken.union(region)
    return Skeleton(band, centreline, banks, tuple(roads), place)


def _shores(frame: Area, band: Area) -> list[Area]:
    """Return the land on the left (north-western) and right bank within the frame."""
    land = parts(shapely.difference(frame, band), "Polygon")
    return sorted(sorted(land, key=lambda p: -p.area)[:2], key=lambda p: p.centroid.x)


def _grid_roads(grid: dict[str, Any], region: Area, place: Any) -> list[Road]:
    """Return the lines of one grid, clipped to its region."""
    drawn = []
    for road in grid["north_south"]:
        low, high = road["lat"]
        turn = road.get("north_of", {"lat": high, "name": road["name"]})
        drawn.append((road["class"], road["name"], [[road["lon"], low], [road["lon"], turn["lat"]]]))
        if turn["lat"] < high:
            line = [[road["lon"], turn["lat"]], [road["lon"], high]]
            drawn.append((road["class"], turn["name"], line))
    for road in grid["east_west"]:
        west, east = road["lon"]
        drawn.append((road["class"], road["name"], [[west, road["lat"]], [east, road["lat"]]]))
    return [
        Road(part, grade, name)
        for grade, name, points in drawn
        for part in parts(
            shapely.intersection(place(shapely.LineString(points), grid["name"]), region),
            "LineString",
        )
        if part.length > MIN_ROAD_M
    ]


def bank_roads(skeleton: Skeleton, grid: dict[str, Any], inland_m: float) -> list[Road]:
    """Return the road that follows the water of one bank."""
    shore = skeleton.banks[grid["bank"]]
    edge = skeleton.river.buffer(inland_m).boundary.intersection(shore.buffer(-5))
    return [
        Road(part.simplify(3), grid["bank_road"]["class"], grid["bank_road"]["name"])
        for part in parts(shapely.line_merge(edge), "LineString")
        if part.length > MIN_ROAD_M
    ]


def faces(roads: tuple[Road, ...], shore: Area) -> list[Any]:
    """Return the faces between roads and water, west to east then south to north."""
    own = [r.line for r in roads if r.line.intersects(shore)]
    net = shapely.union_all([*own, shore.boundary], grid_size=0.01)
    found = [f for f in shapely.get_parts(shapely.polygonize([net])) if f.area > MIN_FACE_M2]
    return sorted(found, key=lambda f: (round(f.centroid.x), round(f.centroid.y)))
