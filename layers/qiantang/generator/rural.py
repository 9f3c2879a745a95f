"""Villages strung along canals, fields and wetlands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from generator.frame import Frame, across
from generator.layout import Layout, rungs

if TYPE_CHECKING:
    from generator.blocks import Block

LANE_STEP_M = 185
HOUSE_STEP_M = 84
CROSS_STEP_M = 210
PEOPLE = 42


def village(block: Block, rng: np.random.Generator) -> Layout:
    """Lay out lanes along canals, houses in ribbons, cross lanes over small bridges."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    _, south, _, north = area.bounds
    lanes = []
    for v in rungs(south, north, LANE_STEP_M, rng):
        chord = across(area, v=v)
        if chord.length > 150:
            lanes.append(_wavy(chord, rng))
    centre = rng.uniform(0.3, 0.7)
    for k, lane in enumerate(lanes):
        layout.street(lane, "lane")
        if k % 2 == 0:
            layout.canals.append(shapely.offset_curve(_inner(lane, 14), -17))
        _ribbon(layout, lane, centre, rng)
    for below, above in zip(lanes, lanes[1:], strict=False):
        _cross(layout, below, above, rng)
    if lanes:
        _to_edge(layout, area, lanes, rng)
    return layout.outward(frame)


def _wavy(chord: Any, rng: np.random.Generator) -> Any:
    """Bend a lane a little, as a canal bank is bent; both ends stay."""
    (west, v), (east, _) = chord.coords[0], chord.coords[-1]
    u = np.linspace(west, east, max(3, int((east - west) / 130)))
    wave = np.sin((u - west) / (east - west) * np.pi * rng.integers(1, 4)) * rng.uniform(-16, 16)
    return shapely.LineString(np.column_stack([u, v + wave]))


def _inner(line: Any, by_m: float) -> Any:
    """Shorten a line at both ends."""
    from shapely.ops import substring

    return substring(line, by_m, line.length - by_m)


def _ribbon(layout: Layout, lane: Any, centre: float, rng: np.random.Generator) -> None:
    """Set houses along a lane, thinner away from the village centre; some in a second row."""
    reach = rng.uniform(0.3, 0.5)
    for s in rungs(0, lane.length, HOUSE_STEP_M, rng):
        if abs(s / lane.length - centre) > reach and rng.random() < 0.75:
            continue
        foot = lane.interpolate(s)
        if rng.random() < 0.30:
            deep = rng.uniform(35, 85)
            layout.street(shapely.LineString([foot, (foot.x, foot.y + deep)]), "lane")
            layout.homes.append((foot.x + 9, foot.y + deep - 4, "village", _people(rng)))
            if deep > 55:
                layout.homes.append((foot.x - 9, foot.y + deep / 2, "village", _people(rng)))
        else:
            layout.homes.append((foot.x, foot.y + 11, "village", _people(rng)))


def _people(rng: np.random.Generator) -> float:
    return PEOPLE * rng.uniform(0.5, 1.5)


def _cross(layout: Layout, below: Any, above: Any, rng: np.random.Generator) -> None:
    """Join two lanes by cross lanes at irregular distances."""
    west = max(below.coords[0][0], above.coords[0][0])
    east = min(below.coords[-1][0], above.coords[-1][0])
    for u in rungs(west, east, CROSS_STEP_M, rng):
        if rng.random() < 0.82:
            ends = [_at(below, u), _at(above, u + rng.uniform(-12, 12))]
            layout.street(shapely.LineString(ends), "lane" if rng.random() < 0.7 else "path")


def _at(lane: Any, u: float) -> Any:
    xy = shapely.get_coordinates(lane)
    return [u, float(np.interp(u, xy[:, 0], xy[:, 1]))]


def _to_edge(layout: Layout, area: Any, lanes: list[Any], rng: np.random.Generator) -> None:
    """Join the outermost lanes to the section roads north and south."""
    from generator.frame import upright

    for lane, end in ((lanes[0], 0), (lanes[-1], -1)):
        west, east = lane.coords[0][0], lane.coords[-1][0]
        for u in rungs(west, east, 380, rng):
            chord = upright(area, u=u)
            if not chord.is_empty:
                layout.street(shapely.LineString([_at(lane, u), chord.coords[end]]), "lane")


def fields(block: Block, rng: np.random.Generator) -> Layout:
    """Lay out a farm: a few tracks from road to road and a handful of houses."""
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    _, south, _, north = area.bounds
    for v in rungs(south, north, 420, rng)[:3]:
        track = across(area, v=v)
        if track.length > 150:
            layout.street(track, "path")
            layout.canals.append(shapely.offset_curve(_inner(track, 20), 12))
            for s in rungs(0, track.length, 330, rng):
                if rng.random() < 0.25:
                    foot = track.interpolate(s)
                    layout.homes.append((foot.x, foot.y - 10, "village", _people(rng) * 0.6))
    return layout.outward(frame)
