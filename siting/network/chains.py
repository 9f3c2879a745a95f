"""Streets from straight segments: every chain between two junctions becomes one edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siting.network.compiled import compiled
from siting.network.noding import LEVEL, Pieces, Segments, node_segments
from siting.network.streets import Streets

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Longs = NDArray[np.int64]


def build_streets(
    *,
    x_mm: ArrayLike,
    y_mm: ArrayLike,
    segment_u: ArrayLike,
    segment_v: ArrayLike,
    segment_line: ArrayLike,
    factor_uv_permille: ArrayLike | None = None,
    factor_vu_permille: ArrayLike | None = None,
) -> Streets:
    """Build the network from straight segments; the order of the input does not matter.

    Nodes with equal coordinates are one node, zero-length segments are dropped, segments drawn
    twice become one with the smaller factor. Chains of degree-2 nodes are contracted where the
    factors do not change along them.

    Parameters
    ----------
    x_mm, y_mm
        Nodes, whole millimetres.
    segment_u, segment_v
        End nodes of each segment.
    segment_line
        Row of the line each segment comes from.
    factor_uv_permille, factor_vu_permille
        Cost over length in each direction, in whole thousandths (steps 1500, say).

    Raises
    ------
    DataError
        Nothing is left to walk on, or a factor is not positive.
    """
    segments = Segments(
        x_mm=np.asarray(x_mm, np.int64),
        y_mm=np.asarray(y_mm, np.int64),
        segment_u=np.asarray(segment_u, np.int64),
        segment_v=np.asarray(segment_v, np.int64),
        segment_line=np.asarray(segment_line, np.int64),
    )
    level = np.full(len(segments["segment_u"]), LEVEL)
    forth = level if factor_uv_permille is None else np.asarray(factor_uv_permille, np.int64)
    back = level if factor_vu_permille is None else np.asarray(factor_vu_permille, np.int64)
    return _contract(node_segments(segments, forth=forth, back=back))


def _contract(pieces: Pieces) -> Streets:
    """Join the segments of each chain of degree-2 nodes into one edge."""
    n, count = len(pieces.x), len(pieces.u)
    # Each segment seen from both ends: sorted by node, then by neighbour.
    at = np.concatenate([pieces.u, pieces.v])
    to = np.concatenate([pieces.v, pieces.u])
    order = np.lexsort((to, at))
    at, to, segment = at[order], to[order], np.tile(np.arange(count), 2)[order]
    leaving = np.concatenate([pieces.forth, pieces.back])[order]
    coming = np.concatenate([pieces.back, pieces.forth])[order]
    start = np.searchsorted(at, np.arange(n + 1))

    keep = np.diff(start) != 2  # noqa: PLR2004
    a = start[:-1][~keep]
    keep[~keep] = (leaving[a] != coming[a + 1]) | (coming[a] != leaving[a + 1])
    graph = coo_array((np.ones(count, np.int8), (pieces.u, pieces.v)), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    # Labels in the order of each component's first node; that node anchors an isolated ring.
    _, anchor, component, size = np.unique(
        component, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.argsort(np.argsort(anchor))
    anchored = np.zeros(len(anchor), bool)
    anchored[component[keep]] = True
    keep[anchor[~anchored]] = True

    chain, chain_start, piece = _walk_chains(start, to, segment, keep, count)
    return _from_chains(
        pieces,
        chain=chain,
        chain_start=chain_start,
        piece=piece,
        keep=keep,
        component=rank[component],
        size=size[np.argsort(anchor)],
    )


@compiled
def _walk_chains(
    start: Any, to: Any, segment: Any, keep: Any, count: int
) -> tuple[Any, Any, Any]:  # pragma: no cover
    """Follow every chain of contracted nodes once, from its smaller end.

    Returns the nodes of all chains, where each chain starts, and the segment by which each node
    was reached (−1 at a start).
    """
    used = np.zeros(count, np.bool_)
    chain = np.empty(2 * count, np.int64)
    chain_start = np.empty(count + 1, np.int64)
    via = np.full(2 * count, -1, np.int64)
    chains = 0
    size = 0
    for node in range(len(keep)):
        if not keep[node]:
            continue
        for first in range(start[node], start[node + 1]):
            if used[segment[first]]:
                continue
            chain_start[chains] = size
            chains += 1
            chain[size] = node
            size += 1
            step = first
            while True:
                used[segment[step]] = True
                here = to[step]
                chain[size] = here
                via[size] = segment[step]
                size += 1
                if keep[here]:
                    break
                other = start[here]
                if segment[other] == segment[step]:
                    other += 1
                step = other
    chain_start[chains] = size
    return chain[:size], chain_start[: chains + 1], via[:size]


def _from_chains(
    pieces: Pieces,
    *,
    chain: Longs,
    chain_start: Longs,
    piece: Longs,
    keep: NDArray[np.bool_],
    component: Longs,
    size: Longs,
) -> Streets:
    """Add up the segments of each chain into one edge."""
    x, y = pieces.x, pieces.y
    step = np.flatnonzero(piece >= 0)
    piece = piece[step]
    a, b = chain[step - 1], chain[step]
    length = rounded_length(x[b] - x[a], y[b] - y[a])
    forth = np.where(a < b, pieces.forth[piece], pieces.back[piece])
    back = np.where(a < b, pieces.back[piece], pieces.forth[piece])
    first_step = chain_start[:-1] - np.arange(len(chain_start) - 1)

    walked = np.zeros(len(chain), np.int64)
    walked[step] = length
    at = np.cumsum(walked)
    at -= np.repeat(at[chain_start[:-1]], np.diff(chain_start))
    node = np.cumsum(keep) - 1
    return Streets(
        node_x_mm=x[keep],
        node_y_mm=y[keep],
        edge_u=node[chain[chain_start[:-1]]].astype(np.int32),
        edge_v=node[chain[chain_start[1:] - 1]].astype(np.int32),
        length_mm=np.add.reduceat(length, first_step).astype(np.int32),
        cost_uv_mm=np.add.reduceat(scaled(length, forth), first_step).astype(np.int32),
        cost_vu_mm=np.add.reduceat(scaled(length, back), first_step).astype(np.int32),
        vertex_start=chain_start,
        vertex_x_mm=x[chain],
        vertex_y_mm=y[chain],
        vertex_at_mm=at.astype(np.int32),
        component=component[keep].astype(np.int32),
        component_size=size,
        edge_line=pieces.line[piece[first_step]],
        source_nodes=len(x),
    )


def rounded_length(dx: Longs, dy: Longs) -> Longs:
    """Return the lengths of straight pieces, rounded half up."""
    dx_mm, dy_mm = dx.astype(np.float64), dy.astype(np.float64)
    return np.floor(np.sqrt(dx_mm * dx_mm + dy_mm * dy_mm) + 0.5).astype(np.int64)


def scaled(length: Longs, permille: Longs) -> Longs:
    """Return lengths times thousandths, rounded half up."""
    return (length * permille + LEVEL // 2) // LEVEL
