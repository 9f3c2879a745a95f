"""Noding: places where streets meet, numbered along a Hilbert curve, and the pieces between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import numpy as np
import shapely

from siting.errors import DataError, problem
from siting.network.compiled import compiled

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    Longs = NDArray[np.int64]

LEVEL = 1000
"""Factor of level walking, in thousandths: a cost equal to the length."""

_REACH_BITS = 31  # two of these make a key of 62 bits; 2³¹ mm is 2,147 km


class Segments(TypedDict):
    """Straight pieces of street between noded points: the input of `build_streets`."""

    x_mm: NDArray[np.int64]
    y_mm: NDArray[np.int64]
    segment_u: NDArray[np.int64]
    segment_v: NDArray[np.int64]
    segment_line: NDArray[np.int64]


def to_mm(metres: ArrayLike) -> Longs:
    """Round coordinates in metres to whole millimetres, half up."""
    return np.floor(np.asarray(metres, dtype=np.float64) * 1000 + 0.5).astype(np.int64)


def segments_from_lines(
    lines: gpd.GeoDataFrame | gpd.GeoSeries, *, walkable: ArrayLike | None = None
) -> Segments:
    """Take the straight pieces of lines in a metric CRS.

    Streets join where they share a vertex, and only there: a bridge crosses without joining.

    Parameters
    ----------
    lines
        LineStrings or MultiLineStrings; missing and empty ones are skipped.
    walkable
        One boolean per line; lines that are not walkable are left out.
    """
    geometry = np.asarray(lines.geometry.array)
    row = np.arange(len(geometry), dtype=np.int64)
    if walkable is not None:
        chosen = np.asarray(walkable, dtype=bool)
        geometry, row = geometry[chosen], row[chosen]
    parts, part_row = shapely.get_parts(geometry, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    start = np.flatnonzero(part[:-1] == part[1:])
    return Segments(
        x_mm=to_mm(xy[:, 0]),
        y_mm=to_mm(xy[:, 1]),
        segment_u=start,
        segment_v=start + 1,
        segment_line=row[part_row[part[start]]],
    )


class Pieces(NamedTuple):
    """Nodes, and distinct segments from their smaller to their larger node with two factors."""

    x: Longs
    y: Longs
    u: Longs
    v: Longs
    forth: Longs
    back: Longs
    line: Longs


def node_segments(segments: Segments, *, forth: Longs, back: Longs) -> Pieces:
    """Merge equal places into one node and equal segments into the cheapest; drop the empty ones.

    `forth` and `back` are the factors from u to v and from v to u.
    """
    x, y, line = segments["x_mm"], segments["y_mm"], segments["segment_line"]
    u, v = segments["segment_u"], segments["segment_v"]
    bad = int(((forth <= 0) | (back <= 0)).sum())
    if bad:
        raise DataError(problem("street-factor", "streets", count=bad))
    moves = np.flatnonzero((x[u] != x[v]) | (y[u] != y[v]))
    if not len(moves):
        raise DataError(problem("no-streets", "streets"))
    u, v, forth, back, line = (a[moves] for a in (u, v, forth, back, line))
    x, y, node = _merge_nodes(x, y, np.concatenate([u, v]))
    return Pieces(x, y, *_merge_segments(node[u], node[v], forth, back, line))


def _merge_nodes(x: Longs, y: Longs, ends: Longs) -> tuple[Longs, Longs, Longs]:
    """Give one number, in Hilbert order, to each place where a segment ends."""
    used = np.zeros(len(x), bool)
    used[ends] = True
    old = np.flatnonzero(used)
    x, y = x[old], y[old]
    east, north = x - x.min(), y - y.min()
    bits = int(max(east.max(), north.max())).bit_length()
    if bits > _REACH_BITS:
        raise DataError(problem("streets-too-wide", "streets", km=2**bits // 10**6))
    # At a millimetre a place on the curve, equal keys are equal places.
    _, first, number = np.unique(hilbert(east, north, bits), return_index=True, return_inverse=True)
    node = np.full(len(used), -1, np.int64)
    node[old] = number
    return x[first], y[first], node


def _merge_segments(
    u: Longs, v: Longs, forth: Longs, back: Longs, line: Longs
) -> tuple[Longs, Longs, Longs, Longs, Longs]:
    """Turn segments to run from the smaller node, and reduce equal ones to their cheapest."""
    swap = u > v
    low, high = np.minimum(u, v), np.maximum(u, v)
    forth, back = np.where(swap, back, forth), np.where(swap, forth, back)
    order = np.lexsort((line, high, low))
    low, high, forth, back, line = (a[order] for a in (low, high, forth, back, line))
    first = np.ones(len(low), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    start = np.flatnonzero(first)
    cheapest_forth = np.minimum.reduceat(forth, start)
    cheapest_back = np.minimum.reduceat(back, start)
    return low[start], high[start], cheapest_forth, cheapest_back, line[start]


@compiled
def hilbert(x: Any, y: Any, bits: Any) -> Any:  # pragma: no cover
    """Return the place of points along a Hilbert curve over a square of 2^bits places a side.

    Neighbours along the curve are neighbours in space. Searches read a node and its neighbours
    together; in this order they share cache lines.
    """
    key = np.zeros(len(x), np.int64)
    for i in range(len(x)):
        a, b = x[i], y[i]
        for bit in range(bits - 1, -1, -1):
            right, upper = (a >> bit) & 1, (b >> bit) & 1
            key[i] = (key[i] << 2) | ((3 * right) ^ upper)
            if not upper:
                if right:
                    a, b = ~a, ~b
                a, b = b, a
    return key
