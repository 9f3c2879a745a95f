"""The whole drawing: faces with their zone and street, blocks with their layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from generator import compound, rural, skeleton, works
from generator.blocks import Block, Face, make_blocks
from generator.frame import largest
from generator.layout import Home
from generator.network import node
from generator.skeleton import Road
from generator.space import line_m

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generator.layout import Layout
    from generator.skeleton import Skeleton
    from generator.space import Area

SEEDS = {"bend": 5, "blocks": 11, "layout": 2020}
STRIP_M = 75
MOTORWAY_M = 24
MIN_PIECE_M2 = 3000
MAX_FACE_M2 = 8e6  # what is larger is the open land beyond the drawing
ELEVATED_SHIFT_M = 7
LAYOUTS = {
    "tower": compound.compound,
    "midrise": compound.compound,
    "resettle": compound.compound,
    "oldtown": compound.lane_block,
    "campus": works.campus,
    "industry": works.works,
    "park": works.park,
    "civic": works.civic,
    "vacant": works.empty,
    "village": rural.village,
    "farm": rural.fields,
    "wetland": works.empty,
    "strip": works.empty,
}


@dataclass(frozen=True)
class Town:
    """Everything that has a place: the later modules read from here (metres)."""

    skeleton: Skeleton
    faces: list[Face]
    blocks: list[Block]
    layouts: list[Layout]
    streets: list[Road]
    overhead: list[Road]
    homes: list[Home]


def build(drawing: dict[str, Any], facts: dict[str, Any]) -> Town:
    """Draw the town from its data."""
    frame = skeleton.draw(drawing, facts["river"], np.random.default_rng(SEEDS["bend"]))
    motorways = [
        Road(frame.place(shapely.LineString(m["points"]), m["grid"]), m["class"], m["name"])
        for m in drawing["motorways"]
    ]
    faces = _faces(drawing, frame, motorways)
    blocks, local = make_blocks(faces, np.random.default_rng(SEEDS["blocks"]))
    layouts = [
        LAYOUTS[b.use](b, np.random.default_rng([SEEDS["layout"], b.number])) for b in blocks
    ]
    extent = shapely.union_all([f.land for f in faces]).buffer(2).buffer(-1)
    dry = extent.difference(frame.river.buffer(drawing["bank_road_m"] - 1.0))
    banks = [r for g in drawing["grid"][:2] for r in _bank(frame, g, drawing)]
    inner = [r for layout in layouts for r in layout.roads]
    streets = node(
        list(_clipped([*frame.roads, *banks, *local, *inner], dry)), [_bridge(facts, frame)]
    )
    homes = [
        Home(shapely.Point(x, y), kind, people, b.number)
        for b, layout in zip(blocks, layouts, strict=True)
        for x, y, kind, people in layout.homes
        if dry.contains(shapely.Point(x, y))
    ]
    overhead = [*motorways, *_elevated(drawing, frame, extent)]
    return Town(frame, faces, blocks, layouts, streets, overhead, homes)


def _bank(frame: Skeleton, grid: dict[str, Any], drawing: dict[str, Any]) -> list[Road]:
    return skeleton.bank_roads(frame, grid, drawing["bank_road_m"])


def _bridge(facts: dict[str, Any], frame: Skeleton) -> Road:
    """Return the bridge between the ends of the two roads that it joins."""
    head, tail = shapely.points(shapely.get_coordinates(line_m(facts["bridge"]["line"])))

    def nearest(name: str, to: shapely.Point) -> shapely.Point:
        road = shapely.union_all([r.line for r in frame.roads if r.name == name])
        return shapely.shortest_line(road, to).interpolate(0)

    ends = [
        nearest(facts["bridge"]["from_road"], head),
        nearest(facts["bridge"]["to_road"], tail),
    ]
    return Road(shapely.segmentize(shapely.LineString(ends), 500), "bridge", facts["bridge"]["name"])


def _elevated(drawing: dict[str, Any], frame: Skeleton, extent: Area) -> Iterable[Road]:
    """Yield the expressways above ordinary roads."""
    for way in drawing["elevated"]:
        for road in frame.roads:
            if road.name == way["above"]:
                line = shapely.offset_curve(road.line, ELEVATED_SHIFT_M).simplify(2)
                for part in shapely.get_parts(line.intersection(extent)):
                    yield Road(part, "trunk", way["name"])


def _clipped(roads: list[Road], area: Area) -> Iterable[Road]:
    """Yield roads cut to an area."""
    shapely.prepare(area)
    inside = shapely.contains(area, [r.line for r in roads])
    for road, whole in zip(roads, inside, strict=True):
        if whole:
            yield road
        else:
            for part in shapely.get_parts(shapely.line_merge(road.line.intersection(area))):
                if part.geom_type == "LineString" and part.length > 2:
                    yield Road(part, road.grade, road.name)


def _faces(drawing: dict[str, Any], frame: Skeleton, motorways: list[Road]) -> list[Face]:
    """Find the faces of both banks and read their places off the drawing.

    Faces outside the district are kept up to the width of the ring.
    """

    def placed(key: str) -> list[tuple[dict[str, Any], str, Any]]:
        return [
            (entry, grid["bank"], frame.place(shapely.Polygon(_corners(entry)), grid["name"]))
            for grid in drawing["grid"]
            for entry in grid[key]
        ]

    def spots(key: str) -> list[tuple[dict[str, Any], Any]]:
        return [
            (e, frame.place(shapely.Point(e["at"]), e.get("grid", "下沙"))) for e in drawing[key]
        ]

    zones, outlines = placed("zones"), placed("outlines")
    hearts, campuses = spots("hearts"), spots("campuses")
    verge = shapely.union_all([m.line for m in motorways if m.grade == "motorway"])
    verge = verge.buffer(MOTORWAY_M)
    faces: list[Face] = []
    for bank, land in _pieces(drawing, frame, motorways):
        inner = land.representative_point()
        outline = next((e for e, b, o in outlines if b == bank and o.contains(inner)), None)
        zone = min(
            (z for z in zones if z[1] == bank and z[0].get("outer", False) == (outline is None)),
            key=lambda z: z[2].distance(inner),
        )[0]
        area = largest(land.difference(verge))
        if land.area > MAX_FACE_M2 or area.area < MIN_PIECE_M2:
            continue
        heart, campus = (
            next((e for e, at in kind if land.contains(at)), None) for kind in (hearts, campuses)
        )
        strip = land.buffer(-STRIP_M).is_empty and land.distance(frame.river) < STRIP_M
        whole = "strip" if strip else "campus" if campus else ""
        street = outline["street"] if outline else ""
        faces.append(Face(len(faces), land, area, bank, street, zone, whole, heart, campus))
    district = shapely.union_all([f.land for f in faces if f.street])
    return [f for f in faces if f.street or f.land.centroid.distance(district) < drawing["ring_m"]]


def _corners(entry: dict[str, Any]) -> Any:
    """Return the drawn ring of an outline, or the corners of a zone's box."""
    return entry["ring"] if "ring" in entry else shapely.box(*entry["box"]).exterior.coords


def _pieces(
    drawing: dict[str, Any], frame: Skeleton, motorways: list[Road]
) -> Iterable[tuple[str, Area]]:
    """Yield the pieces of land between roads, motorways and water, bank by bank."""
    for grid in drawing["grid"]:
        if "bank_road" in grid:
            cuts = (*frame.roads, *motorways, *_bank(frame, grid, drawing))
            for land in skeleton.faces(cuts, frame.banks[grid["bank"]]):
                yield grid["bank"], land
