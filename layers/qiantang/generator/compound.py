"""Residential compounds: a wall with gates, an inner loop, rows or rings of buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from generator.frame import Frame, across, chords, largest, upright
from generator.layout import Layout, between, rungs, site_of

if TYPE_CHECKING:
    import numpy as np

    from generator.blocks import Block

Styles = dict[str, dict[str, Any]]
LEAST_LOOP_M2 = 1500
WIDE_M = 260
LEAST_ROW_M = 25
DOOR_M = (9.0, 12.0)
LEAST_PLOT_SHARE = 0.6


def compound(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out a compound in rows or around a garden; too small a block stays open."""
    style = styles["compound"][block.use]
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    site = site_of(area, style["setback"])
    plot = None
    if rng.random() < style["plot"] and site.area > styles["plot"]["least_site_m2"]:
        plot = _service_plot(site, styles["plot"], rng)
    walled = largest(site.difference(plot)) if plot else site
    loop = largest(walled.buffer(-style["loop"]))
    if loop.area < LEAST_LOOP_M2:
        return lane_block(block, styles, rng)
    layout = Layout()
    garden = styles["garden"]
    if loop.area > garden["least_m2"] and rng.random() < style["garden"]:
        loop = _garden(layout, area, loop, style | garden, rng)
    else:
        loop = _rows(layout, area, loop, style, rng)
    if plot:
        _plot_gate(layout, area, loop, plot, styles["plot"])
    layout.enclose(walled)
    return layout.outward(frame)


def _service_plot(site: Any, style: dict[str, Any], rng: np.random.Generator) -> Any:
    """Return a place at a street side for a kindergarten or a shop, None where none fits."""
    west, south, east, north = site.bounds
    width, depth = rng.uniform(*style["side"], 2)
    u = between(west, east - width, rng.uniform(*style["along"]))
    low = rng.random() < 0.5
    notch = shapely.box(
        u, south - 1 if low else north - depth, u + width, south + depth if low else north + 1
    )
    plot = largest(shapely.intersection(site, notch))
    return plot if plot.area > LEAST_PLOT_SHARE * width * depth else None


def _plot_gate(layout: Layout, area: Any, loop: Any, plot: Any, style: dict[str, Any]) -> None:
    """Open a gate beside the plot, and set the plot's entrance towards that gate."""
    west, _, east, _ = plot.bounds
    eastward = plot.centroid.x < loop.centroid.x
    end = 0 if plot.centroid.y < loop.centroid.y else -1
    for away in (1.0, 1.5, 2.0, 2.5):
        u = east + away * style["gate"] if eastward else west - away * style["gate"]
        inner, outer = upright(loop, u=u), upright(area, u=u)
        if not inner.is_empty:
            way = shapely.LineString([inner.coords[end], outer.coords[end]])
            if way.length < style["gate_path"]:
                layout.street(way, "compound")
                break
    edge = upright(plot, u=east - style["entrance"] if eastward else west + style["entrance"])
    inset = style["entrance"] if end == 0 else edge.length - style["entrance"]
    layout.plots.append((plot, edge.interpolate(inset)))


def _rows(
    layout: Layout, area: Any, loop: Any, style: dict[str, Any], rng: np.random.Generator
) -> Any:
    """Set slab buildings in rows, with paths between them and one or two spines.

    Returns the area within the inner road.
    """
    loop = loop.simplify(3)
    layout.path(loop.exterior.coords, "compound")
    west, south, east, north = loop.bounds
    layout.street(upright(area, u=between(west, east, rng.uniform(0.38, 0.62))), "compound")
    if east - west > WIDE_M:
        layout.street(upright(loop, u=between(west, east, rng.uniform(0.12, 0.25))), "footway")
    heights = rungs(south, north, style["row"], rng)
    side_gate = int(rng.integers(len(heights)))
    for k, v in enumerate(heights):
        for path in chords(loop, v=v):
            if path.length > LEAST_ROW_M:
                layout.street(path, "compound")
                _buildings(layout, path, style, rng)
        if k == side_gate and not across(loop, v=v).is_empty:
            end = -int(rng.integers(2))
            layout.path([across(area, v=v).coords[end], across(loop, v=v).coords[end]], "compound")
    return loop


def _buildings(layout: Layout, path: Any, style: dict[str, Any], rng: np.random.Generator) -> None:
    """Set buildings north of a path; some doors have a path of their own."""
    v = path.coords[0][1]
    for u in rungs(path.coords[0][0], path.coords[-1][0], style["along"], rng):
        door = v + rng.uniform(*DOOR_M)
        if rng.random() < style["stub"]:
            layout.path([[u, v], [u, door]], "footway")
        layout.home(u, door + 2.5, style["kind"], style["people"] * rng.uniform(0.75, 1.25))


def _garden(
    layout: Layout, area: Any, loop: Any, style: dict[str, Any], rng: np.random.Generator
) -> Any:
    """Set towers between an outer loop and a garden, with paths across the garden.

    Returns the area within the outer loop.
    """
    outer = largest(loop.buffer(-style["round"]).buffer(style["round"]).simplify(2.5))
    inner = largest(outer.buffer(-style["depth"]).simplify(3))
    if inner.area < LEAST_LOOP_M2:
        inner = largest(outer.buffer(-style["depth"] / 2).simplify(3))
    ring, heart = outer.exterior, inner.exterior
    layout.path(ring.coords, "compound")
    layout.path(heart.coords, "footway")
    for s in rungs(0, ring.length, style["along"] * 1.1, rng):
        foot = ring.interpolate(s)
        spoke = shapely.LineString([foot, heart.interpolate(heart.project(foot))])
        chance = rng.random()
        if chance < style["spoke"]:
            layout.street(spoke, "footway")
        elif chance < 0.9:
            layout.path([foot, spoke.interpolate(min(14, spoke.length / 2))], "footway")
        door = spoke.interpolate(min(17, spoke.length * 0.6))
        layout.home(door.x + 3, door.y + 2, style["kind"], style["people"] * rng.uniform(0.9, 1.5))
    west, south, east, north = inner.bounds
    layout.street(upright(inner, u=between(west, east, rng.uniform(0.4, 0.6))), "footway")
    layout.street(across(inner, v=between(south, north, rng.uniform(0.4, 0.6))), "footway")
    _garden_gates(layout, area, outer, rng)
    return outer


def _garden_gates(layout: Layout, area: Any, outer: Any, rng: np.random.Generator) -> None:
    """Lead two or three gate roads from the outer loop to the streets around."""
    west, south, east, north = outer.bounds
    for side in rng.permutation(4)[: int(rng.integers(2, 4))]:
        share = rng.uniform(0.35, 0.65)
        if side < 2:
            u = between(west, east, share)
            chord, own = upright(area, u=u), upright(outer, u=u)
        else:
            v = between(south, north, share)
            chord, own = across(area, v=v), across(outer, v=v)
        end = -1 if side % 2 else 0
        layout.path([own.coords[end], chord.coords[end]], "compound")


def lane_block(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out an open block: lanes from street to street, houses along them, no wall."""
    style = styles["lanes"]
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    west, south, east, north = area.bounds
    for v in rungs(south, north, style["row"], rng):
        lane = across(area, v=v)
        if lane.length < LEAST_ROW_M:
            continue
        layout.street(lane, "lane")
        for u in rungs(lane.coords[0][0], lane.coords[-1][0], style["along"], rng):
            layout.home(u, v + 8, "compound", style["people"] * rng.uniform(0.6, 1.4))
    for u in rungs(west, east, style["cross"], rng):
        layout.street(upright(area, u=u), "lane")
    return layout.outward(frame)
