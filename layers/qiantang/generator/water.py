"""The lake, the ponds of the wetlands, the green strip along the river."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from generator.facts import NATURE
from generator.frame import Frame, across, largest, upright
from generator.layout import Layout, between
from generator.space import METRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.blocks import Block
    from generator.compound import Styles

SHORE_WALK_M = 14


def lake(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:  # noqa: ARG001
    """Lay out a lake park: water in the middle, a walk along the shore, ways to the streets."""
    mark = block.face.lake
    assert mark is not None  # noqa: S101  the face is a lake because it holds the mark
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    water = largest(area.buffer(-mark["shore_m"])).buffer(-45).buffer(45, quad_segs=4)
    layout = Layout(ponds=[water.simplify(3)])
    shore = largest(water.buffer(SHORE_WALK_M).simplify(3))
    layout.path(shore.exterior.coords, "footway")
    west, south, east, north = shore.bounds
    for share in styles["lake"]["ways"]:
        for line, own in (
            (
                upright(area, u=between(west, east, share)),
                upright(shore, u=between(west, east, share)),
            ),
            (
                across(area, v=between(south, north, share)),
                across(shore, v=between(south, north, share)),
            ),
        ):
            for end in (0, -1):
                layout.path([own.coords[end], line.coords[end]], "footway")
    return layout.outward(frame)


def wetland(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out a wetland: a few ponds and a path between them."""
    style = styles["wetland"]
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    west, south, east, north = area.bounds
    middle = between(south, north, rng.uniform(0.45, 0.55))
    layout = Layout()
    layout.street(across(area, v=middle), "path")
    for k in range(style["ponds"]):
        at = between(west, east, (k + rng.uniform(0.3, 0.7)) / style["ponds"])
        v = between(south, middle, 0.5) if rng.random() < 0.5 else between(middle, north, 0.5)
        long, short = rng.uniform(*style["pond"], 2)
        turn = np.linspace(0, 2 * np.pi, 15)[:-1]
        reach = rng.uniform(0.75, 1.15, len(turn))
        ring = np.column_stack([at + long * np.cos(turn) * reach, v + short * np.sin(turn) * reach])
        pond = shapely.intersection(shapely.Polygon(ring), area.buffer(-30))
        layout.ponds += [p for p in shapely.get_parts(pond) if p.area > style["least_m2"]]
    return layout.outward(frame)


def strip(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:  # noqa: ARG001
    """Leave the strip between the riverside road and the water open."""
    return Layout()


def names(block: Block, layout: Layout) -> Iterator[tuple[str, Any]]:
    """Yield the ponds of a block with their names."""
    for pond in layout.ponds:
        yield (block.face.lake["name"] if block.face.lake else "", pond)


def water_table(areas: list[tuple[str, Any]]) -> gpd.GeoDataFrame:
    """Return river, lake and ponds."""
    rows = [{"name": name, "data_nature": NATURE, "geometry": area} for name, area in areas]
    return gpd.GeoDataFrame(rows, crs=METRES)
