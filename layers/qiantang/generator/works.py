"""Campuses, works, parks, civic and empty blocks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import shapely

from generator.frame import Frame, across, largest, upright
from generator.layout import Layout, between, rungs, site_of

if TYPE_CHECKING:
    import numpy as np

    from generator.blocks import Block
    from generator.compound import Styles

LEAST_ROW_M = 40
LEAST_PARK_M2 = 2500
LONG_WORKS_M = 400
HALL_PEOPLE = 1.0  # students are shared out by campus, halls of one campus alike


def campus(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out a university: fence and gates, ring road, axis, halls of residence at one end."""
    style = styles["campus"]
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    site = site_of(area, style["setback"])
    layout = Layout()
    loop = largest(site.buffer(-style["loop"]).simplify(4))
    layout.path(loop.exterior.coords, "compound")
    west, south, east, north = loop.bounds
    border = between(west, east, 1 - style["halls"])
    parts = [shapely.box(west, south, border, north), shapely.box(border, south, east, north)]
    if rng.random() < 0.5:
        border = between(west, east, style["halls"])
        parts = [shapely.box(border, south, east, north), shapely.box(west, south, border, north)]
    _study(layout, area, loop, shapely.intersection(loop, parts[0]), style=style, rng=rng)
    _halls(layout, area, loop, shapely.intersection(loop, parts[1]), style=style, rng=rng)
    layout.enclose(site)
    return layout.outward(frame)


def _study(
    layout: Layout,
    area: Any,
    loop: Any,
    part: Any,
    *,
    style: dict[str, Any],
    rng: np.random.Generator,
) -> None:
    """Lead an axis from gate to gate, cross walks, and diagonals over the lawns."""
    west, south, east, north = part.bounds
    axis = between(west, east, rng.uniform(0.45, 0.55))
    layout.street(upright(area, u=axis), "compound")
    heights = rungs(south, north, style["walk"], rng)
    for v in heights:
        layout.street(across(loop, v=v), "footway")
    columns = [u for u in rungs(west, east, style["column"], rng) if abs(u - axis) > 35]
    for u in columns:
        layout.street(upright(part, u=u), "footway")
    for left, right in pairwise(sorted([*columns, axis])):
        for low, high in pairwise(heights):
            if rng.random() < style["lawn"]:
                ends = [low, high] if rng.random() < 0.5 else [high, low]
                layout.path([[left, ends[0]], [right, ends[1]]], "footway")


def _halls(
    layout: Layout,
    area: Any,
    loop: Any,
    part: Any,
    *,
    style: dict[str, Any],
    rng: np.random.Generator,
) -> None:
    """Set halls of residence in rows, with a gate of their own."""
    _, south, _, north = part.bounds
    for v in rungs(south, north, style["hall_row"], rng):
        path = across(part, v=v)
        if path.length < LEAST_ROW_M:
            continue
        layout.street(path, "footway")
        for u in rungs(path.coords[0][0], path.coords[-1][0], style["hall"], rng):
            if rng.random() < 0.3:
                layout.path([[u, v], [u, v + 10]], "footway")
            layout.home(u, v + 13, "dormitory", HALL_PEOPLE * rng.uniform(0.7, 1.3))
    v = between(south, north, rng.uniform(0.4, 0.6))
    for end in (0, -1):
        layout.path([across(area, v=v).coords[end], across(loop, v=v).coords[end]], "compound")


def works(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out factories: a fence, one or two gates, a yard road; few people live there."""
    style = styles["works"]
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    site = site_of(area, style["setback"])
    layout = Layout()
    if site.area < style["least_site_m2"]:
        return layout
    loop = largest(site.buffer(-style["loop"]).simplify(5))
    west, south, east, north = loop.bounds
    layout.path(loop.exterior.coords, "compound")
    for u in rungs(west, east, style["aisle"], rng):
        layout.street(upright(loop, u=u), "compound")
    u, v = between(west, east, rng.uniform(0.3, 0.7)), between(south, north, rng.uniform(0.3, 0.7))
    end = -int(rng.integers(2))
    layout.path([upright(loop, u=u).coords[end], upright(area, u=u).coords[end]], "compound")
    if east - west > LONG_WORKS_M:
        layout.path([across(loop, v=v).coords[-1], across(area, v=v).coords[-1]], "compound")
    if rng.random() < style["halls"]:
        path = across(loop, v=south + 24)
        layout.street(path, "footway")
        doors = rungs(path.coords[0][0], path.coords[-1][0], style["hall"], rng)
        for u in doors[: int(rng.integers(4, 9))]:
            people = style["people"] * rng.uniform(0.6, 1.4)
            layout.home(u, south + 34, "worker_housing", people)
    layout.enclose(site)
    return layout.outward(frame)


def park(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out a park: a loop, walks across it, an entrance on each side."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    loop = largest(area.buffer(-styles["park"]["loop"]).simplify(6))
    if loop.area < LEAST_PARK_M2:
        return layout
    layout.path(loop.exterior.coords, "footway")
    west, south, east, north = loop.bounds
    layout.street(upright(area, u=between(west, east, rng.uniform(0.3, 0.7))), "footway")
    layout.street(across(area, v=between(south, north, rng.uniform(0.3, 0.7))), "footway")
    return layout.outward(frame)


def civic(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out shops, offices and public buildings: open walks through the block."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    west, south, east, north = area.bounds
    for u in rungs(west, east, styles["civic"]["walk"], rng):
        layout.street(upright(area, u=u), "footway")
    for v in rungs(south, north, styles["civic"]["walk"], rng):
        layout.street(across(area, v=v), "footway")
    return layout.outward(frame)


def empty(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Leave a vacant block empty, sometimes with a trodden path."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    if rng.random() < styles["vacant"]["trodden"]:
        west, _, east, _ = area.bounds
        layout.street(upright(area, u=between(west, east, rng.uniform(0.3, 0.7))), "path")
    return layout.outward(frame)
