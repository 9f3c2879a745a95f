"""Between positions and the ends of their edges, and between positions that need no search."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from siting.network import engine

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

    A part of an edge costs its share of the edge, rounded half up; both parts make the whole.
    """
    forth, back = streets.cost_uv_mm, streets.cost_vu_mm
    costs = (forth, back) if arriving else (back, forth)
    sides = Sides(streets.edge_u, streets.edge_v, streets.length_mm, *costs)
    return Ends(*engine.around.ends(positions.edge, positions.offset_mm, positions.leg_mm, sides))


def _shares(streets: Streets, positions: Positions, row: Longs) -> tuple[Longs, Longs]:
    """Cost from the edge's node u to the position of each row, and back to u, without the leg."""
    edge = positions.edge[row]
    length = streets.length_mm[edge].astype(np.float64)
    offset = positions.offset_mm[row].astype(np.float64)
    out, back = (
        np.floor(cost[edge].astype(np.float64) * offset / length + 0.5).astype(np.int64)
        for cost in (streets.cost_uv_mm, streets.cost_vu_mm)
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
