"""Residential compounds: a wall with gates, a loop, rows of buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from generator.frame import Frame, across, largest, upright
from generator.layout import Layout, open_walls, rungs, site_of

if TYPE_CHECKING:
    from generator.blocks import Block

# setback of the wall, distance of the loop from the wall, distance of rows, of buildings in a
# row, how often a building has a path of its own to its door, people per building (E)
STYLES: dict[str, dict[str, float]] = {
    "tower": dict(setback=17, loop=20, row=58, along=52, stub=0.42, people=235),
    "midrise": dict(setback=14, loop=15, row=46, along=46, stub=0.30, people=105),
    "resettle": dict(setback=14, loop=14, row=42, along=44, stub=0.26, people=150),
}
KINDS = {"tower": "compound", "midrise": "compound", "resettle": "resettlement"}


def compound(block: Block, rng: np.random.Generator) -> Layout:
    """Lay out a compound in rows or around a garden."""
    style = STYLES[block.use]
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    site = site_of(area, style["setback"])
    loop_area = largest(site.buffer(-style["loop"], join_style="round"))
    if loop_area.area < 1500:
        return lane_block(block, rng)
    layout = Layout()
    garden = block.use == "tower" and loop_area.area > 16000 and rng.random() < 0.5
    if garden:
        _garden(layout, area, loop_area, style, rng)
    else:
        _rows(layout, area, loop_area, style, rng)
    kind = KINDS[block.use]
    layout.homes = [(u, v, kind, w) for u, v, _, w in layout.homes]
    open_walls(layout, site)
    return layout.outward(frame)


def _rows(
    layout: Layout, area: Any, loop: Any, style: dict[str, float], rng: np.random.Generator
) -> None:
    """Slab buildings in parallel rows, paths between them, one or two spines."""
    loop = loop.simplify(3)
    layout.street(shapely.LineString(loop.exterior.coords), "compound")
    west, south, east, north = loop.bounds
    spine = west + (east - west) * rng.uniform(0.38, 0.62)
    layout.street(upright(area, u=spine), "compound")
    if east - west > 260:
        layout.street(upright(loop, u=west + (east - west) * rng.uniform(0.12, 0.25)), "footway")
    heights = rungs(south, north, style["row"], rng)
    side_gate = int(rng.integers(len(heights)))
    for k, v in enumerate(heights):
        path = across(loop, v=v)
        if path.length < 25:
            continue
        through = k == side_gate and rng.random() < 0.75
        if through:
            chord = across(area, v=v)
            ends = [chord.coords[0], path.coords[-1]] if rng.random() < 0.5 else [
                path.coords[0], chord.coords[-1]
            ]
            layout.street(shapely.LineString(ends), "compound")
        else:
            layout.street(path, "compound")
        _buildings(layout, path, style, rng)


def _buildings(
    layout: Layout, path: Any, style: dict[str, float], rng: np.random.Generator
) -> None:
    """Set buildings north of a path; some doors have a path of their own."""
    west, east = path.coords[0][0], path.coords[-1][0]
    v = path.coords[0][1]
    for u in rungs(west, east, style["along"], rng):
        own = rng.random() < style["stub"]
        door = v + rng.uniform(9, 12)
        if own:
            layout.street(shapely.LineString([[u, v], [u, door]]), "footway")
        people = style["people"] * rng.uniform(0.75, 1.25)
        layout.homes.append((u, door + 2.5, "", people))


def _garden(
    layout: Layout, area: Any, loop: Any, style: dict[str, float], rng: np.random.Generator
) -> None:
    """Towers between an outer loop and a garden, paths across the garden."""
    outer = loop.buffer(-12).buffer(12).simplify(2.5)
    inner = largest(outer.buffer(-46, join_style="round").simplify(3))
    ring = outer.exterior
    layout.street(shapely.LineString(ring.coords), "compound")
    if inner.is_empty or inner.area < 900:
        inner = largest(outer.buffer(-26).simplify(3))
    heart = inner.exterior
    layout.street(shapely.LineString(heart.coords), "footway")
    step = style["along"] * 1.1
    for s in rungs(0, ring.length, step, rng):
        foot = ring.interpolate(s)
        near = heart.interpolate(heart.project(foot))
        spoke = shapely.LineString([foot, near])
        if rng.random() < 0.55:
            layout.street(spoke, "footway")
        elif rng.random() < 0.8:
            layout.street(
                shapely.LineString([foot, spoke.interpolate(min(14, spoke.length / 2))]), "footway"
            )
        door = spoke.interpolate(min(17, spoke.length * 0.6))
        layout.homes.append((door.x + 3, door.y + 2, "", style["people"] * rng.uniform(0.9, 1.5)))
    west, south, east, north = inner.bounds
    layout.street(upright(inner, u=(west + east) / 2 + rng.uniform(-9, 9)), "footway")
    layout.street(across(inner, v=(south + north) / 2 + rng.uniform(-9, 9)), "footway")
    _garden_gates(layout, area, outer, rng)


def _garden_gates(layout: Layout, area: Any, outer: Any, rng: np.random.Generator) -> None:
    """Lead two to four gate roads from the outer loop to the streets around."""
    west, south, east, north = outer.bounds
    sides = [0, 1, 2, 3]
    for side in rng.permutation(sides)[: int(rng.integers(2, 4))]:
        if side < 2:
            u = west + (east - west) * rng.uniform(0.35, 0.65)
            chord, own = upright(area, u=u), upright(outer, u=u)
        else:
            v = south + (north - south) * rng.uniform(0.35, 0.65)
            chord, own = across(area, v=v), across(outer, v=v)
        end = 0 if side in (0, 2) else -1
        layout.street(shapely.LineString([own.coords[end], chord.coords[end]]), "compound")


def lane_block(block: Block, rng: np.random.Generator, people: float = 70) -> Layout:
    """Lay out an open block: lanes from street to street, houses along them, no wall."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    west, south, east, north = area.bounds
    heights = rungs(south, north, 38, rng)
    uprights = rungs(west, east, 95, rng)
    for v in heights:
        lane = across(area, v=v)
        if lane.length < 20:
            continue
        layout.street(lane, "lane")
        for u in rungs(lane.coords[0][0], lane.coords[-1][0], 36, rng):
            layout.homes.append((u, v + 8, "compound", people * rng.uniform(0.6, 1.4)))
    for u in uprights:
        layout.street(upright(area, u=u), "lane")
    return layout.outward(frame)
