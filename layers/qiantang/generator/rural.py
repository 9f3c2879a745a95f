"""Villages strung along canals, and the fields between them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.ops import substring

from generator.frame import Frame, across, upright
from generator.layout import Layout, rungs

if TYPE_CHECKING:
    from generator.blocks import Block
    from generator.compound import Styles

LEAST_LANE_M = 150
CANAL_END_M = 14


def village(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out lanes along canals, houses in ribbons, cross lanes over small bridges."""
    style = styles["village"]
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    _, south, _, north = area.bounds
    chords = [across(area, v=v) for v in rungs(south, north, style["lane"], rng)]
    lanes = [_wavy(c, rng) for c in chords if c.length > LEAST_LANE_M]
    centre = rng.uniform(0.3, 0.7)
    for k, lane in enumerate(lanes):
        layout.street(lane, "lane")
        if k % 2 == 0:
            layout.canals.append(_beside(lane, -style["canal"]))
        _ribbon(layout, lane, centre, style, rng)
    for below, above in pairwise(lanes):
        _cross(layout, below, above, style, rng)
    for lane, end in [(lanes[0], 0), (lanes[-1], -1)] if lanes else []:
        _to_edge(layout, area, lane, end=end, style=style, rng=rng)
    return layout.outward(frame)


def _wavy(chord: Any, rng: np.random.Generator) -> Any:
    """Bend a lane a little, as a canal bank is bent; both ends stay."""
    (west, v), (east, _) = chord.coords[0], chord.coords[-1]
    u = np.linspace(west, east, max(3, int((east - west) / 130)))
    wave = np.sin((u - west) / (east - west) * np.pi * rng.integers(1, 4)) * rng.uniform(-16, 16)
    return shapely.LineString(np.column_stack([u, v + wave]))


def _beside(line: Any, by_m: float) -> Any:
    """Return a parallel line, a little shorter at both ends (left positive)."""
    return shapely.offset_curve(substring(line, CANAL_END_M, line.length - CANAL_END_M), by_m)


def _ribbon(
    layout: Layout, lane: Any, centre: float, style: dict[str, Any], rng: np.random.Generator
) -> None:
    """Set houses along a lane, thinner away from the village centre; some in a second row."""
    reach = rng.uniform(0.3, 0.5)

    def people() -> float:
        return float(style["people"] * rng.uniform(0.5, 1.5))

    for s in rungs(0, lane.length, style["house"], rng):
        if abs(s / lane.length - centre) > reach and rng.random() < 0.75:
            continue
        foot = lane.interpolate(s)
        if rng.random() >= style["spur"]:
            layout.home(foot.x, foot.y + 11, "village", people())
            continue
        deep = rng.uniform(*style["spur_length"])
        layout.path([foot, (foot.x, foot.y + deep)], "lane")
        layout.home(foot.x + 9, foot.y + deep - 4, "village", people())
        if deep > style["spur_length"][1] * 0.65:
            layout.home(foot.x - 9, foot.y + deep / 2, "village", people())


def _cross(
    layout: Layout, below: Any, above: Any, style: dict[str, Any], rng: np.random.Generator
) -> None:
    """Join two lanes by cross lanes at irregular distances."""
    west = max(below.coords[0][0], above.coords[0][0])
    east = min(below.coords[-1][0], above.coords[-1][0])
    for u in rungs(west, east, style["cross"], rng):
        if rng.random() < 0.82:
            ends = [_at(below, u), _at(above, u + rng.uniform(-12, 12))]
            layout.path(ends, "lane" if rng.random() < 0.7 else "path")


def _at(lane: Any, u: float) -> list[float]:
    """Return the point of a lane at u."""
    xy = shapely.get_coordinates(lane)
    return [u, float(np.interp(u, xy[:, 0], xy[:, 1]))]


def _to_edge(
    layout: Layout,
    area: Any,
    lane: Any,
    *,
    end: int,
    style: dict[str, Any],
    rng: np.random.Generator,
) -> None:
    """Join an outermost lane to the section road beyond it (`end` 0: south, -1: north)."""
    for u in rungs(lane.coords[0][0], lane.coords[-1][0], style["edge"], rng):
        chord = upright(area, u=u)
        if not chord.is_empty:
            layout.path([_at(lane, u), chord.coords[end]], "lane")


def fields(block: Block, styles: Styles, rng: np.random.Generator) -> Layout:
    """Lay out a farm: a few tracks from road to road, each with a canal, and few houses."""
    style = styles["farm"]
    frame = Frame.of(block.area)
    area = frame.inward(block.area)
    layout = Layout()
    _, south, _, north = area.bounds
    for v in rungs(south, north, style["track"], rng):
        track = across(area, v=v)
        if track.length < LEAST_LANE_M:
            continue
        layout.street(track, "path")
        layout.canals.append(_beside(track, 12))
        for s in rungs(0, track.length, style["house"], rng):
            if rng.random() < style["houses"]:
                foot = track.interpolate(s)
                people = styles["village"]["people"] * rng.uniform(0.3, 0.9)
                layout.home(foot.x, foot.y - 10, "village", people)
    return layout.outward(frame)
