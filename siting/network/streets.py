"""Streets as plain arrays: what every cost, snap and drawing of the network reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from siting.network.joints import NO_JOINTS, Joints, Parts, parts_of
from siting.network.kernels import COST_BITS, DEAD_END

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]


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
