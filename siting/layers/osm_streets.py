"""Walking streets from OpenStreetMap: who may walk where, and where closed gates cut a way.

Lines that share an OSM node share exactly equal coordinates, also after projection to whole
millimetres, and that is how the network joins them; two nodes drawn on the very same spot (rare)
are joined as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.layers.osm import WGS84, inside_box, meanings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.osm import Box, Extract, Numbers, Objects, Shapes, Tags

GATE_GAP_DEGREES = 5e-6  # half a metre: how far a way ends before a closed gate


def walking_streets(extract: Extract) -> gpd.GeoDataFrame:
    """Return the lines that people walk, cut at the box and at closed gates, in degrees.

    Columns `class`, `name`, `walkable`; steps, tracks and service roads are in, ferries and what
    is not built are out, what is closed to people on foot has `walkable` no.
    """
    walk = meanings()["walk"]
    lines = extract.lines
    chosen = [
        i
        for i, tags in enumerate(lines.tags)
        if tags.get("highway") in (*walk["open"], *walk["closed"])
    ]
    tags = [lines.tags[i] for i in chosen]
    xy, line = lines.vertices(chosen)
    xy, line, run = _clip(xy, line, extract.box)
    gates = closed_gates(extract.gates)
    shapes, of_run = _cut_at(xy, run, gates)
    row = line[np.searchsorted(run, of_run)]
    table = pd.DataFrame(
        {
            "class": [t["highway"] for t in tags],
            "name": [t.get("name") for t in tags],
            "walkable": [walkable(t) for t in tags],
        }
    ).astype({"class": "str", "name": "str"})
    return gpd.GeoDataFrame(table.iloc[row].reset_index(drop=True), geometry=shapes, crs=WGS84)


def walkable(tags: Tags) -> bool:
    """Tell whether the law and the road let people on foot use a way."""
    walk = meanings()["walk"]
    foot, access = tags.get("foot"), tags.get("access")
    if foot in walk["foot_open"]:
        return True
    if foot in walk["foot_closed"] or access in walk["access_closed"]:
        return False
    if tags.get("motorroad") == "yes" or tags["highway"] in walk["closed"]:
        return False
    pavement = tags.get("sidewalk", "no") not in ("no", "none")
    return tags.get("tunnel", "no") == "no" or pavement or tags["highway"] not in walk["in_tunnel"]


def closed_gates(points: Objects) -> Numbers:
    """Return the positions of gates and the like that let nobody pass, in degrees."""
    walk = meanings()["walk"]
    closed = [
        i
        for i, tags in enumerate(points.tags)
        if tags.get("barrier") in walk["gates"]
        and tags.get("foot") not in walk["foot_open"]
        and (tags.get("foot") or tags.get("access"))
        in (*walk["foot_closed"], *walk["access_closed"])
    ]
    return np.asarray(shapely.get_coordinates(points.shapes(closed)))


def _clip(
    xy: Numbers, line: NDArray[np.int64], box: Box | None
) -> tuple[Numbers, NDArray[np.int64], NDArray[np.int64]]:
    """Keep the vertices inside the box, and number the runs of neighbours among them.

    A run of one vertex is no line and is left out.
    """
    inside = np.ones(len(xy), bool) if box is None else inside_box(xy, box)
    breaks = np.r_[True, (line[1:] != line[:-1]) | ~inside[:-1]]
    run = np.cumsum(breaks)[inside]
    xy, line = xy[inside], line[inside]
    long = np.bincount(run, minlength=run[-1] + 1 if len(run) else 0)[run] > 1
    _, run = np.unique(run[long], return_inverse=True)
    return xy[long], line[long], run


def _cut_at(
    xy: Numbers, run: NDArray[np.int64], gates: Numbers
) -> tuple[Shapes, NDArray[np.int64]]:
    """Build one line per run, ending half a metre short of every closed gate on it.

    Returns the lines and the run of each.
    """
    # ten-millionths of a degree are OSM's own unit, so equal nodes give equal numbers
    at_gate = np.isin(_node_keys(xy), _node_keys(gates)) if len(gates) else np.zeros(len(xy), bool)
    if not at_gate.any():
        return shapely.linestrings(xy, indices=run), np.unique(run)
    # a gate within a run becomes two vertices: the end of one part and the start of the next
    copies = 1 + (at_gate & np.r_[False, run[1:] == run[:-1]] & np.r_[run[1:] == run[:-1], False])
    source = np.repeat(np.arange(len(xy)), copies)
    second = np.r_[False, source[1:] == source[:-1]]
    part = np.cumsum(second | np.r_[True, run[source][1:] != run[source][:-1]]) - 1
    moved = xy[source]
    starts = np.r_[True, part[1:] != part[:-1]]
    ends = np.r_[starts[1:], True]
    for which, step in ((starts, 1), (ends, -1)):
        at = np.flatnonzero(which & at_gate[source])
        towards = xy[source[at] + step] - xy[source[at]]
        length = np.sqrt((towards**2).sum(axis=1))[:, None]
        moved[at] += towards * np.minimum(0.4, GATE_GAP_DEGREES / np.maximum(length, 1e-12))
    firsts = np.flatnonzero(starts)
    return shapely.linestrings(moved, indices=part), run[source[firsts]]


def _node_keys(xy: Numbers) -> NDArray[np.int64]:
    units = np.rint(xy * 1e7).astype(np.int64)
    return units[:, 0] * 10_000_000_000 + units[:, 1]
