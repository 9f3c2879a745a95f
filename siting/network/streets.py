"""Streets as plain arrays: what every cost, snap and drawing of the network reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siting.network.compiled import compiled
from siting.network.joints import NO_JOINTS, Joints, Parts, parts_of
from siting.network.kernels import COST_BITS, DEAD_END
from siting.network.noding import (
    LEVEL,
    Pieces,
    Segments,
    node_segments,
    segments_from_lines,
    to_mm,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]

__all__ = ["Inbound", "Segments", "Streets", "build_streets", "segments_from_lines", "to_mm"]


class Inbound(NamedTuple):
    """For each node the ways into it, of parallel ones the cheapest, no self-loops.

    `word[start[n]:start[n + 1]]` holds the neighbours from which people walk to node n, packed as
    `siting.network.kernels` describes; `room` is more than any node has neighbours.
    """

    start: Ints
    word: NDArray[np.uint64]
    room: int


@dataclass(frozen=True, eq=False)
class Streets:
    """A walking network after contraction of its degree-2 chains.

    Nodes stand in Hilbert order; an edge runs from its smaller node `edge_u` to `edge_v`. Parallel
    edges and self-loops stay, because points can lie on them.

    Attributes
    ----------
    node_x_mm, node_y_mm
        Positions of the n nodes.
    edge_u, edge_v
        End nodes of the m edges.
    length_mm
        Sum of the edge's source segments, each rounded once.
    cost_uv_mm, cost_vu_mm
        Walking cost in each direction.
    vertex_start
        Where each edge's polyline starts in the vertex arrays (m + 1).
    vertex_x_mm, vertex_y_mm, vertex_at_mm
        Polylines from u to v, and the length up to each vertex.
    component, component_size
        Connected component of each node, and its size in source nodes: counted before
        contraction, so that drawing a street with more or fewer vertices moves no one between
        "placed" and "undetermined" because of how we simplify.
    edge_line
        Row of the source line of the edge's first segment.
    source_nodes
        Number of nodes before contraction.
    joints
        Nodes inside edges, where links begin and end (`siting.network.links`).
    """

    node_x_mm: Longs
    node_y_mm: Longs
    edge_u: Ints
    edge_v: Ints
    length_mm: Ints
    cost_uv_mm: Ints
    cost_vu_mm: Ints
    vertex_start: Longs
    vertex_x_mm: Longs
    vertex_y_mm: Longs
    vertex_at_mm: Ints
    component: Ints
    component_size: Longs
    edge_line: Longs
    source_nodes: int
    joints: Joints = NO_JOINTS

    @cached_property
    def parts(self) -> Parts:
        """Edges from node to node: whole, or divided at their joints."""
        return parts_of(self)

    @cached_property
    def inbound(self) -> Inbound:
        """Reversed edges, packed for searches outward from facilities."""
        parts = self.parts
        at = np.concatenate([parts.v, parts.u])
        to = np.concatenate([parts.u, parts.v])
        cost = np.concatenate([parts.cost_uv_mm, parts.cost_vu_mm])
        order = np.lexsort((cost, to, at))
        order = order[at[order] != to[order]]
        at, to, cost = at[order], to[order], cost[order]
        cheapest = np.ones(len(at), bool)
        cheapest[1:] = (at[1:] != at[:-1]) | (to[1:] != to[:-1])
        at, to, cost = at[cheapest], to[cheapest], cost[cheapest]
        start = np.searchsorted(at, np.arange(len(self.node_x_mm) + 1))
        neighbours = np.diff(start)
        word = (cost.astype(np.uint64) << COST_BITS) | to.astype(np.uint64)
        word[neighbours[to] == 1] |= DEAD_END
        return Inbound(start.astype(np.int32), word, int(neighbours.max(initial=0)) + 1)

    @cached_property
    def piece_vertex(self) -> Longs:
        """First vertex of each straight piece of an edge's polyline."""
        inner = np.ones(len(self.vertex_x_mm), bool)
        inner[self.vertex_start[1:] - 1] = False
        return np.flatnonzero(inner)

    @cached_property
    def piece_edge(self) -> Ints:
        """Edge of each straight piece."""
        edge = np.arange(len(self.edge_u), dtype=np.int32)
        return np.repeat(edge, np.diff(self.vertex_start) - 1)

    @cached_property
    def pieces(self) -> shapely.STRtree:
        """Index of the straight pieces, in millimetres."""
        a = self.piece_vertex
        xy = np.column_stack([self.vertex_x_mm, self.vertex_y_mm]).astype(np.float64)
        return shapely.STRtree(shapely.linestrings(np.stack([xy[a], xy[a + 1]], axis=1)))

    def __getstate__(self) -> dict[str, Any]:
        """Send the arrays only; a worker rebuilds the indices it needs."""
        return {name: getattr(self, name) for name in type(self).__dataclass_fields__}


def no_streets() -> Streets:
    """Return the network of a place without geometry: nothing stands on it."""
    longs, ints = np.zeros(0, np.int64), np.zeros(0, np.int32)
    return Streets(
        node_x_mm=longs,
        node_y_mm=longs,
        edge_u=ints,
        edge_v=ints,
        length_mm=ints,
        cost_uv_mm=ints,
        cost_vu_mm=ints,
        vertex_start=np.zeros(1, np.int64),
        vertex_x_mm=longs,
        vertex_y_mm=longs,
        vertex_at_mm=ints,
        component=ints,
        component_size=longs,
        edge_line=longs,
        source_nodes=0,
    )


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
