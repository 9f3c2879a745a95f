"""Drawings of what is reached: streets cut at the exact cutoff, and areas around them.

Polygons are for the eye. They surround the reached streets at `BUFFER_M`; whether a person is
covered is decided by costs, never by these polygons.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.network import engine
from siting.network.costs import cover_sets, nearest_costs
from siting.network.ends import ranges
from siting.network.kernels import UNREACHABLE
from siting.network.noding import to_mm
from siting.network.outlines import CELL_M, strip
from siting.network.snap import Positions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from siting.network.joints import Parts
    from siting.network.streets import Streets

    Floats = NDArray[np.float64]
    Longs = NDArray[np.int64]


class Stretches(NamedTuple):
    """Reached stretches of edges, from and to a length along the edge; `owner` is whose."""

    owner: Longs
    edge: Longs
    from_mm: Floats
    to_mm: Floats


def reached_edges(
    streets: Streets, facilities: Positions, *, cutoff_m: float
) -> shapely.MultiLineString:
    """Draw the streets from which some facility is within the cutoff, cut at the exact place."""
    parts = _reached(streets, facilities, int(to_mm(cutoff_m)))
    xy, start = _lines(streets, parts)
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (start,))
    return shapely.MultiLineString(list(lines))


def service_area(
    streets: Streets,
    *,
    facilities: Positions,
    cutoff_m: float,
    cell_m: float = CELL_M,
    exact: bool = False,
) -> shapely.Polygon | shapely.MultiPolygon:
    """Draw the area around the streets from which some facility is within the cutoff.

    The area of a larger cutoff contains that of a smaller one.

    Parameters
    ----------
    cell_m
        Grid of the distance field: coarser is faster, with fewer corners. Nothing else is
        simplified.
    exact
        Buffer the streets with exact geometry instead: slow, for comparison.
    """
    parts = _reached(streets, facilities, int(to_mm(cutoff_m)))
    return strip(*_lines(streets, parts), cell_m=cell_m, exact=exact)


def isochrones(
    streets: Streets,
    *,
    facilities: Positions,
    cutoffs_m: Sequence[float],
    cell_m: float = CELL_M,
    exact: bool = False,
    crs: Any = None,
    threads: int | None = None,
) -> gpd.GeoDataFrame:
    """Draw the area within each cutoff of each facility, as `service_area` does for all.

    Parameters
    ----------
    cutoffs_m
        The area of a larger one contains that of a smaller one.
    cell_m, exact
        As for `service_area`.
    threads
        Areas drawn side by side (default: two on large networks); the result is the same.

    Returns
    -------
    GeoDataFrame
        `facility` (row), `cutoff_m`, geometry; empty polygons for facilities not placed.
    """
    tables = []
    rows = np.arange(len(facilities))
    workers = engine.workers(threads, len(streets.node_x_mm))
    for cutoff_m in cutoffs_m:
        parts = _reached_by_each(streets, facilities, int(to_mm(cutoff_m)))
        xy, start = _lines(streets, parts)
        first, end = (np.searchsorted(parts.owner, rows, side=side) for side in ("left", "right"))
        lines = [start[a : b + 1] for a, b in zip(first, end, strict=True)]
        draw = partial(strip, xy, cell_m=cell_m, exact=exact)
        areas = engine.side_by_side(draw, lines, workers)
        tables.append(pd.DataFrame({"facility": rows, "cutoff_m": cutoff_m, "geometry": areas}))
    table = pd.concat(tables).sort_values(["facility", "cutoff_m"], ignore_index=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def _reached(streets: Streets, facilities: Positions, cut_mm: int) -> Stretches:
    """Cut all edges where the nearest of the facilities is within the cutoff."""
    nodes = _node_positions(streets)
    cost = nearest_costs(
        streets, demand=nodes, facilities=facilities, limit_m=cut_mm / 1000
    ).cost_mm.astype(np.int64)
    left = np.where(cost == UNREACHABLE, -1, cut_mm - cost)
    u, v = streets.parts.u, streets.parts.v
    part = np.flatnonzero((left[u] >= 0) | (left[v] >= 0))
    ends = _cut(streets.parts, part * 0, part, left[u[part]], left[v[part]])
    around = _around(streets, facilities, cut_mm)
    return _joined(ends, around._replace(owner=around.owner * 0))


def _reached_by_each(streets: Streets, facilities: Positions, cut_mm: int) -> Stretches:
    """Cut the edges within the cutoff of each facility; sorted by facility."""
    parts = streets.parts
    sets = cover_sets(
        streets, demand=_node_positions(streets), sites=facilities, cutoff_m=cut_mm / 1000
    )
    # Every part of an edge is seen from those of its ends that are reached.
    m = len(parts.u)
    end = np.concatenate([parts.u, parts.v])
    order = np.argsort(end, kind="stable")
    first = np.searchsorted(end[order], np.arange(len(streets.node_x_mm) + 1))
    count = np.diff(first)[sets.demand]
    seen = order[ranges(first[sets.demand], count)]
    owner = np.repeat(np.repeat(np.arange(len(facilities)), np.diff(sets.indptr)), count)
    left = np.repeat(cut_mm - sets.cost_mm.astype(np.int64), count)
    key, place = np.unique(owner * m + seen % m, return_inverse=True)
    left_u, left_v = np.full(len(key), -1, np.int64), np.full(len(key), -1, np.int64)
    from_u = seen < m
    left_u[place[from_u]] = left[from_u]
    left_v[place[~from_u]] = left[~from_u]
    ends = _cut(parts, key // m, key % m, left_u, left_v)
    return _joined(ends, _around(streets, facilities, cut_mm))


def _node_positions(streets: Streets) -> Positions:
    """Put a position on every node, at the beginning or end of a part of an edge."""
    parts, n = streets.parts, len(streets.node_x_mm)
    edge, offset = np.empty(n, np.int32), np.zeros(n, np.int32)
    edge[parts.v], offset[parts.v] = parts.edge, parts.to_mm
    edge[parts.u], offset[parts.u] = parts.edge, parts.from_mm
    return Positions(
        x_mm=streets.node_x_mm,
        y_mm=streets.node_y_mm,
        edge=edge,
        offset_mm=offset,
        leg_mm=np.zeros(n, np.int32),
        component=streets.component,
        reason=np.full(n, "placed"),
    )


def _cut(parts: Parts, owner: Longs, part: Longs, left_u: Longs, left_v: Longs) -> Stretches:
    """Cut edges at what is left of the cutoff at their ends (negative: not reached there)."""
    edge, start = parts.edge[part], parts.from_mm[part].astype(np.float64)
    length = parts.to_mm[part] - start
    # People on the edge walk against it to u, along it to v.
    to_u = np.minimum(length, left_u * length / parts.cost_vu_mm[part])
    to_v = np.maximum(0.0, length - left_v * length / parts.cost_uv_mm[part])
    whole = to_u >= to_v
    near_u, near_v = whole | (to_u > 0), ~whole & (to_v < length)
    end = start + length
    return Stretches(
        np.concatenate([owner[near_u], owner[near_v]]),
        np.concatenate([edge[near_u], edge[near_v]]),
        np.concatenate([start[near_u], (start + to_v)[near_v]]),
        np.concatenate([np.where(whole, end, start + to_u)[near_u], end[near_v]]),
    )


def _around(streets: Streets, facilities: Positions, cut_mm: int) -> Stretches:
    """Take the stretch of its own edge around each facility."""
    row = np.flatnonzero((facilities.edge >= 0) & (facilities.leg_mm <= cut_mm))
    edge = facilities.edge[row].astype(np.int64)
    length = streets.length_mm[edge].astype(np.float64)
    left = cut_mm - facilities.leg_mm[row]
    offset = facilities.offset_mm[row]
    return Stretches(
        row,
        edge,
        np.maximum(0.0, offset - left * length / streets.cost_uv_mm[edge]),
        np.minimum(length, offset + left * length / streets.cost_vu_mm[edge]),
    )


def _joined(one: Stretches, other: Stretches) -> Stretches:
    """Join stretches, sorted by owner, edge and place; single points are none."""
    owner, edge, start, end = (np.concatenate(pair) for pair in zip(one, other, strict=True))
    order = np.lexsort((end, start, edge, owner))
    order = order[end[order] > start[order]]
    return Stretches(owner[order], edge[order], start[order], end[order])


def _lines(streets: Streets, parts: Stretches) -> tuple[Floats, Longs]:
    """Draw stretches of edges: coordinates in metres, and where each line's begin."""
    # One key for all vertices: edges one after the other along a single axis.
    length = streets.length_mm.astype(np.float64)
    base = np.cumsum(length + 1) - (length + 1)
    edge_of = np.repeat(np.arange(len(base)), np.diff(streets.vertex_start))
    axis = base[edge_of] + streets.vertex_at_mm
    first = np.searchsorted(axis, base[parts.edge] + parts.from_mm, side="right")
    last = np.searchsorted(axis, base[parts.edge] + parts.to_mm, side="left")
    count = last - first + 2
    start = np.concatenate([[0], np.cumsum(count)])
    vertex = np.column_stack([streets.vertex_x_mm, streets.vertex_y_mm]).astype(np.float64)
    xy = np.empty((start[-1], 2))
    inner = np.ones(len(xy), bool)
    inner[start[:-1]] = inner[start[1:] - 1] = False
    xy[inner] = vertex[ranges(first, last - first)]
    for rows, at, after in (
        (start[:-1], parts.from_mm, first),
        (start[1:] - 1, parts.to_mm, last),
    ):
        a, b = vertex[after - 1], vertex[after]
        span = (streets.vertex_at_mm[after] - streets.vertex_at_mm[after - 1]).astype(np.float64)
        share = (at - streets.vertex_at_mm[after - 1]) / span
        xy[rows] = a + share[:, None] * (b - a)
    return xy / 1000, start
