"""Joints: places inside edges where links begin and end. No edge is cut for them.

An edge keeps its number, polyline and costs, and so does every place on it; what a link adds are
nodes, ways between neighbouring ones, and an edge of its own. Hence no walk between places that
stay becomes longer by a link, and a page that adds links to a network in hand has the numbers of
a network built with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.streets import Streets

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]


class Joints(NamedTuple):
    """Nodes inside edges: edge, length along it from its node u; sorted by both."""

    edge: Ints
    offset_mm: Ints
    node: Ints


NO_JOINTS = Joints(*(np.zeros(0, np.int32) for _ in range(3)))


class Parts(NamedTuple):
    """Edges as they are walked, from node to node: whole, or divided at their joints."""

    u: Ints
    v: Ints
    cost_uv_mm: Ints
    cost_vu_mm: Ints
    edge: Longs
    from_mm: Ints
    to_mm: Ints


def share(cost_mm: Ints, offset_mm: Ints, length_mm: Ints) -> Longs:
    """Return what the first part of an edge costs, rounded half up; the rest costs the rest."""
    part = cost_mm.astype(np.float64) * offset_mm.astype(np.float64) / length_mm.astype(np.float64)
    return np.floor(part + 0.5).astype(np.int64)


def parts_of(streets: Streets) -> Parts:
    """Divide the edges of a network at their joints; the parts of an edge follow one another."""
    joints = streets.joints
    edge = np.arange(len(streets.edge_u), dtype=np.int64)
    start = np.zeros(len(edge), np.int32)
    costs = streets.cost_uv_mm, streets.cost_vu_mm
    if not len(joints.edge):
        return Parts(streets.edge_u, streets.edge_v, *costs, edge, start, streets.length_mm)
    # A part begins at every edge's start and at every joint, and ends where the next begins.
    edge = np.concatenate([edge, joints.edge])
    start = np.concatenate([start, joints.offset_mm])
    node = np.concatenate([streets.edge_u, joints.node])
    order = np.lexsort((start, edge))
    edge, start, node = edge[order], start[order], node[order]
    last = np.append(edge[1:] != edge[:-1], True)
    end = np.where(last, streets.length_mm[edge], np.roll(start, -1))
    other = np.where(last, streets.edge_v[edge], np.roll(node, -1))
    length = streets.length_mm[edge]
    forth, back = (
        (share(cost[edge], end, length) - share(cost[edge], start, length)).astype(np.int32)
        for cost in costs
    )
    return Parts(node, other, forth, back, edge, start, end)


class Stops(NamedTuple):
    """The nodes beside places on edges, before and after them, and where those stand."""

    before: Ints
    before_mm: Ints
    after: Ints
    after_mm: Ints


def stops_beside(streets: Streets, edge: Ints, offset_mm: Ints) -> Stops:
    """Find the nodes between which places stand: ends of their edges, or joints."""
    joints = streets.joints
    of_joint = joints.edge.astype(np.int64) << 32 | joints.offset_mm
    of_place = edge.astype(np.int64) << 32 | offset_mm
    low = np.searchsorted(of_joint, of_place, side="right") - 1
    high = np.searchsorted(of_joint, of_place, side="left")
    has_low = (low >= 0) & (joints.edge[low] == edge)
    high_row = np.minimum(high, len(of_joint) - 1)
    has_high = (high < len(of_joint)) & (joints.edge[high_row] == edge)
    return Stops(
        np.where(has_low, joints.node[low], streets.edge_u[edge]),
        np.where(has_low, joints.offset_mm[low], 0),
        np.where(has_high, joints.node[high_row], streets.edge_v[edge]),
        np.where(has_high, joints.offset_mm[high_row], streets.length_mm[edge]),
    )
