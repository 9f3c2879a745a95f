"""The whole drawing: skeleton, faces, blocks with their layout, the noded network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from generator import compound, rural, skeleton, water, works
from generator.blocks import make_blocks
from generator.faces import find_faces
from generator.layout import Home
from generator.network import node
from generator.reach import reachable
from generator.skeleton import Road

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from generator.blocks import Block
    from generator.faces import Face
    from generator.layout import Layout
    from generator.skeleton import Skeleton
    from generator.space import Area

HOME_LEG_M = 40.0
SEEDS = {"bend": 5, "blocks": 11, "layout": 2020}
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
    "wetland": water.wetland,
    "lake": water.lake,
    "strip": water.strip,
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
    canals: list[tuple[str, Any]]
    homes: list[Home]
    water: list[tuple[str, Area]]


def build(drawing: dict[str, Any], styles: dict[str, Any], facts: dict[str, Any]) -> Town:
    """Draw the town from its data."""
    frame = skeleton.draw(drawing, facts["river"], np.random.default_rng(SEEDS["bend"]))
    faces = find_faces(drawing, frame)
    blocks, local = make_blocks(faces, np.random.default_rng(SEEDS["blocks"]))
    layouts = [
        LAYOUTS[b.use](b, styles, np.random.default_rng([SEEDS["layout"], b.number]))
        for b in blocks
    ]
    extent = shapely.union_all([f.land for f in faces]).buffer(2).buffer(-1)
    dry = extent.difference(frame.river.buffer(drawing["bank_road_m"] - 1.0))
    inner = [r for layout in layouts for r in layout.roads]
    streets = node(
        list(_clipped([*frame.roads, *local, *inner], dry)),
        skeleton.bridge(frame, facts["bridge"], drawing),
    )
    homes = [
        Home(at, kind, people, block.number)
        for block, layout in zip(blocks, layouts, strict=True)
        for at, kind, people in layout.homes
        if dry.contains(at)
    ]
    ponds = [
        (name, area)
        for block, layout in zip(blocks, layouts, strict=True)
        for name, area in water.names(block, layout)
    ]
    return Town(
        frame,
        faces,
        blocks,
        layouts,
        streets,
        skeleton.overhead(frame, drawing, extent),
        [*_beside_roads(frame, drawing, dry), *(("", c) for la in layouts for c in la.canals)],
        homes,
        [(facts["river"]["name"], frame.river), *ponds],
    )


def with_homes_in_reach(town: Town, walls: NDArray[np.object_]) -> Town:
    """Return the town without homes that no street reaches."""
    doors = np.array([h.at for h in town.homes])
    good = reachable(doors, town, walls, leg_m=HOME_LEG_M)
    return replace(town, homes=[h for h, ok in zip(town.homes, good, strict=True) if ok])


def _beside_roads(frame: Skeleton, drawing: dict[str, Any], dry: Area) -> Iterator[tuple[str, Any]]:
    """Yield the large canals that run beside a road."""
    for canal in drawing["canals"]:
        road = shapely.line_merge(frame.named(canal["road"]))
        line = shapely.offset_curve(road, canal["beside_m"]).simplify(1.5).intersection(dry)
        for part in shapely.get_parts(line):
            yield canal["name"], part


def _clipped(roads: list[Road], area: Area) -> Iterator[Road]:
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
