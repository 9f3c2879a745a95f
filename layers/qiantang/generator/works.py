"""Campuses, works, parks, civic and empty blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from generator.frame import Frame, across, largest, upright
from generator.layout import Layout, open_walls, rungs, site_of

if TYPE_CHECKING:
    from generator.blocks import Block


HALLS_SHARE = 0.4  # of works house some of their workers


def campus(block: Block, rng: np.random.Generator) -> Layout:
    """Lay out a university: fence and gates, ring road, axis, halls of residence at one end."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    site = site_of(area, 22)
    layout = Layout()
    loop = largest(site.buffer(-32).simplify(4))
    layout.street(shapely.LineString(loop.exterior.coords), "compound")
    west, south, east, north = loop.bounds
    halls_east = rng.random() < 0.5
    border = east - (east - west) * 0.34 if halls_east else west + (east - west) * 0.34
    study = shapely.box(*((west, south, border, north) if halls_east else (border, south, east, north)))
    halls = shapely.box(*((border, south, east, north) if halls_east else (west, south, border, north)))
    _study(layout, area, loop, shapely.intersection(loop, study), rng)
    _halls(layout, area, loop, shapely.intersection(loop, halls), rng)
    open_walls(layout, site)
    return layout.outward(frame)


def _study(
    layout: Layout, area: Any, loop: Any, part: Any, rng: np.random.Generator
) -> None:
    """Axis from gate to gate, cross walks, diagonals over the lawns."""
    west, south, east, north = part.bounds
    axis = (west + east) / 2 + rng.uniform(-25, 25)
    layout.street(upright(area, u=axis), "compound")
    heights = rungs(south, north, 112, rng)
    for v in heights:
        layout.street(across(loop, v=v), "footway")
    uprights = [u for u in rungs(west, east, 125, rng) if abs(u - axis) > 35]
    for u in uprights:
        layout.street(upright(part, u=u), "footway")
    columns = sorted([*uprights, axis])
    for left, right in zip(columns, columns[1:], strict=False):
        for low, high in zip(heights, heights[1:], strict=False):
            if rng.random() < 0.45:
                corners = [[left, low], [right, high]]
                if rng.random() < 0.5:
                    corners = [[left, high], [right, low]]
                layout.street(shapely.LineString(corners), "footway")


def _halls(layout: Layout, area: Any, loop: Any, part: Any, rng: np.random.Generator) -> None:
    """Halls of residence in rows, with a gate of their own."""
    west, south, east, north = part.bounds
    for v in rungs(south, north, 62, rng):
        path = across(part, v=v)
        if path.length < 40:
            continue
        layout.street(path, "footway")
        for u in rungs(path.coords[0][0], path.coords[-1][0], 85, rng):
            if rng.random() < 0.3:
                layout.street(shapely.LineString([[u, v], [u, v + 10]]), "footway")
            layout.homes.append((u, v + 13, "dormitory", 700 * rng.uniform(0.7, 1.3)))
    v = south + (north - south) * rng.uniform(0.4, 0.6)
    chord = across(area, v=v)
    own = across(loop, v=v)
    layout.street(shapely.LineString([chord.coords[0], own.coords[0]]), "compound")
    layout.street(shapely.LineString([own.coords[-1], chord.coords[-1]]), "compound")


def works(block: Block, rng: np.random.Generator) -> Layout:
    """Lay out factories: plots with a fence, one or two gates, a yard road; few people."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    site = site_of(area, 18)
    layout = Layout()
    if site.area < 9000:
        return layout
    loop = largest(site.buffer(-26).simplify(5))
    west, south, east, north = loop.bounds
    layout.street(shapely.LineString(loop.exterior.coords), "compound")
    for u in rungs(west, east, 240, rng):
        layout.street(upright(loop, u=u), "compound")
    u = west + (east - west) * rng.uniform(0.3, 0.7)
    chord, own = upright(area, u=u), upright(loop, u=u)
    end = 0 if rng.random() < 0.5 else -1
    layout.street(shapely.LineString([own.coords[end], chord.coords[end]]), "compound")
    if east - west > 400:
        v = south + (north - south) * rng.uniform(0.3, 0.7)
        chord, own = across(area, v=v), across(loop, v=v)
        layout.street(shapely.LineString([own.coords[-1], chord.coords[-1]]), "compound")
    if rng.random() < HALLS_SHARE:
        path = across(loop, v=south + 24)
        layout.street(path, "footway")
        for u in rungs(path.coords[0][0], path.coords[-1][0], 55, rng)[: int(rng.integers(4, 9))]:
            layout.homes.append((u, south + 34, "worker_housing", 190 * rng.uniform(0.6, 1.4)))
    open_walls(layout, site)
    return layout.outward(frame)


def park(block: Block, rng: np.random.Generator) -> Layout:
    """Lay out a park: a loop, walks across it, an entrance on each side."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    loop = largest(area.buffer(-45).simplify(6))
    if loop.area < 2500:
        return layout
    layout.street(shapely.LineString(loop.exterior.coords), "footway")
    west, south, east, north = loop.bounds
    layout.street(upright(area, u=west + (east - west) * rng.uniform(0.3, 0.7)), "footway")
    layout.street(across(area, v=south + (north - south) * rng.uniform(0.3, 0.7)), "footway")
    return layout.outward(frame)


def civic(block: Block, rng: np.random.Generator) -> Layout:
    """Lay out shops, offices and public buildings: open walks through the block."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    west, south, east, north = area.bounds
    for u in rungs(west, east, 110, rng):
        layout.street(upright(area, u=u), "footway")
    for v in rungs(south, north, 120, rng):
        layout.street(across(area, v=v), "footway")
    return layout.outward(frame)


def empty(block: Block, rng: np.random.Generator) -> Layout:
    """Leave a vacant block empty, sometimes with a trodden path."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    if rng.random() < 0.35:
        west, _, east, _ = area.bounds
        layout.street(upright(area, u=west + (east - west) * rng.uniform(0.3, 0.7)), "path")
    return layout.outward(frame)
