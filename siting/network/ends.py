"""Between positions and the ends of their edges, and between positions that need no search."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from siting.network import engine
from siting.network.joints import share, stops_beside
from siting.network.kernels import UNREACHABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.snap import Positions
    from siting.network.straight import OnSite
    from siting.network.streets import Streets

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]


class Sides(NamedTuple):
    """Both end nodes of each edge, its length, and its cost in the direction each is used in."""

    u: Ints
    v: Ints
    length: Ints
    cost_u: Ints
    cost_v: Ints


class Ends(NamedTuple):
    """Placed rows, and what it costs to get between them and the ends of their edges.

    An end that is not worth asking costs `UNREACHABLE`: the row stands at the other one.
    """

    row: Longs
    u: Ints
    v: Ints
    cost_u: Longs
    cost_v: Longs


def ends_of(streets: Streets, positions: Positions, *, arriving: bool) -> Ends:
    """Return the cost from an edge's ends to positions (arriving) or from them, with their legs.

    A part of an edge costs its share of the edge, rounded half up; both parts make the whole. On
    an edge with joints the ends are the nodes beside the position.
    """
    forth, back = streets.cost_uv_mm, streets.cost_vu_mm
    costs = (forth, back) if arriving else (back, forth)
    sides = Sides(streets.edge_u, streets.edge_v, streets.length_mm, *costs)
    ends = engine.around.ends(positions.edge, positions.offset_mm, positions.leg_mm, sides)
    return _between_joints(streets, positions, Ends(*ends), sides)


def _between_joints(streets: Streets, positions: Positions, ends: Ends, sides: Sides) -> Ends:
    """Put the nodes beside them in place of the ends of edges that have joints."""
    if not len(streets.joints.edge):
        return ends
    chosen = np.flatnonzero(np.isin(positions.edge[ends.row], streets.joints.edge))
    row = ends.row[chosen]
    edge, at = positions.edge[row], positions.offset_mm[row]
    stops = stops_beside(streets, edge, at)
    length = sides.length[edge]
    by_u, by_v = (
        np.abs(share(cost[edge], at, length) - share(cost[edge], stop_mm, length))
        + positions.leg_mm[row]
        for cost, stop_mm in ((sides.cost_u, stops.before_mm), (sides.cost_v, stops.after_mm))
    )
    at_next = (at == stops.after_mm) & (at > stops.before_mm)
    u, v = ends.u.copy(), ends.v.copy()
    cost_u, cost_v = ends.cost_u.copy(), ends.cost_v.copy()
    u[chosen], v[chosen] = stops.before, stops.after
    cost_u[chosen] = np.where(at_next, UNREACHABLE, by_u)
    cost_v[chosen] = np.where(at == stops.before_mm, UNREACHABLE, by_v)
    return Ends(ends.row, u, v, cost_u, cost_v)


def _shares(streets: Streets, positions: Positions, row: Longs) -> tuple[Longs, Longs]:
    """Cost from the edge's node u to the position of each row, and back to u, without the leg."""
    edge = positions.edge[row]
    offset, length = positions.offset_mm[row], streets.length_mm[edge]
    out, back = (
        share(cost[edge], offset, length) for cost in (streets.cost_uv_mm, streets.cost_vu_mm)
    )
    return out, back


class Beside(NamedTuple):
    """Pairs whose cost needs no search: on one edge, or on one site. Sorted by facility."""

    demand: Longs
    facility: Longs
    cost_mm: Longs


def beside_each_other(
    streets: Streets, demand: Positions, facilities: Positions, on_site: OnSite | None
) -> Beside:
    """List the pairs that stand on one edge, walking along it, and those that share premises."""
    places = np.flatnonzero(facilities.edge >= 0)
    places = places[np.argsort(facilities.edge[places], kind="stable")]
    served = np.zeros(len(streets.edge_u) + 1, bool)  # the last one stands for "not placed"
    served[facilities.edge[places]] = True
    rows = np.flatnonzero(served[demand.edge])
    first, end = (
        np.searchsorted(facilities.edge[places], demand.edge[rows], side=side)
        for side in ("left", "right")
    )
    row = np.repeat(rows, end - first)
    place = places[ranges(first, end - first)]
    (out_a, back_a), (out_b, back_b) = (
        _shares(streets, demand, row),
        _shares(streets, facilities, place),
    )
    onward = demand.offset_mm[row] <= facilities.offset_mm[place]
    along = np.where(onward, out_b - out_a, back_a - back_b)
    cost = along + demand.leg_mm[row] + facilities.leg_mm[place]
    if on_site is not None:
        row = np.concatenate([row, on_site.demand])
        place = np.concatenate([place, on_site.facility])
        cost = np.concatenate([cost, on_site.straight_mm])
    order = np.lexsort((row, place))
    return Beside(row[order], place[order], cost[order])


def ranges(first: Longs, count: Longs) -> Longs:
    """Concatenate the ranges first … first + count of all rows."""
    before = np.cumsum(count) - count
    result: Longs = np.arange(int(count.sum())) + np.repeat(first - before, count)
    return result
