"""Places, not only distances: floating catchments, and who is left without a place.

`accessibility` shares the places of each site among the people around it (E2SFCA). `assign` gives
people places one by one: as many people as possible, then as near as possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from siting.access.prices import Pairs, fill_by_price
from siting.network import engine
from siting.network.costs import UNREACHABLE, CoverSets
from siting.network.noding import to_mm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Longs = NDArray[np.int64]
    Weight = Callable[[NDArray[np.int32]], Floats]


def step_weights(steps: Sequence[tuple[float, float]]) -> Weight:
    """Weigh costs by steps: pairs of a limit in metres and the weight up to it, ascending.

    Luo & Qi (2009) use three zones, for example ``[(300, 1), (500, 0.68), (1000, 0.22)]``.
    Beyond the last limit people weigh nothing.
    """
    limits_mm = to_mm([limit for limit, _ in steps]).clip(max=UNREACHABLE).astype(np.int32)
    weights = np.array([*(float(weight) for _, weight in steps), 0.0])

    def weigh(cost_mm: NDArray[np.int32]) -> Floats:
        return np.asarray(engine.around.stepped(cost_mm, limits_mm, weights))

    return weigh


def gaussian_weights(cutoff_m: float) -> Weight:
    """Weigh costs by a bell that falls from 1 to 0 at the cutoff (Dai 2010)."""

    def weigh(cost_mm: NDArray[np.int32]) -> Floats:
        bell = np.exp(-0.5 * (cost_mm / (cutoff_m * 1000)) ** 2)
        return np.asarray(np.maximum(0.0, (bell - np.exp(-0.5)) / (1 - np.exp(-0.5))))

    return weigh


class Accessibility(NamedTuple):
    """Places within reach per person of each demand row, and places per person of each site."""

    places: Floats
    ratio: Floats


def accessibility(
    sets: CoverSets, *, people: ArrayLike, capacity: ArrayLike, weight: Weight
) -> Accessibility:
    """Measure access by the enhanced two-step floating catchment area (Luo & Qi 2009).

    First each site divides its capacity by the weighted people around it; then each person adds
    up the weighted ratios of the sites within reach. Weighted by people, the result adds up to
    the capacity of all sites that reach anyone.

    Parameters
    ----------
    people, capacity
        People of each demand row, places of each site.
    weight
        Weights of costs, as `step_weights` or `gaussian_weights` make them.
    """
    demand = np.asarray(people, np.float64)
    # scipy widens both index arrays to the wider of the two: twice the time for nothing.
    narrow = len(sets.demand) <= np.iinfo(np.int32).max
    start = sets.indptr.astype(np.int32) if narrow else sets.indptr
    shape = (len(start) - 1, len(demand))
    table = csr_array((weight(sets.cost_mm), sets.demand, start), shape=shape)
    around = table @ demand
    ratio = np.divide(capacity, around, out=np.zeros(len(around)), where=around > 0)
    return Accessibility(table.T @ ratio, ratio)


@dataclass(frozen=True, eq=False)
class Assignment:
    """Who goes where.

    Attributes
    ----------
    demand, site, people
        How many people of a demand row take places of a site; sorted by demand, then site.
    unserved
        People of each demand row who are left without a place.
    load
        People at each site.
    walked_mm
        Cost of all walks together.
    bound_mm
        No assignment of as many people walks less than this.
    """

    demand: Longs
    site: Longs
    people: Longs
    unserved: Longs
    load: Longs
    walked_mm: int
    bound_mm: int

    @property
    def gap(self) -> float:
        """How much less walking an assignment of as many people could have, at most."""
        return (self.walked_mm - self.bound_mm) / self.walked_mm if self.walked_mm else 0.0


def assign(
    sets: CoverSets, *, people: ArrayLike, capacity: ArrayLike, exact: bool = True
) -> Assignment:
    """Give as many people a place within reach as can have one, with the least walking.

    A demand row may be split among sites. Whether anyone more could be served is always answered
    exactly.

    Parameters
    ----------
    people, capacity
        People of each demand row, places of each site; whole numbers.
    exact
        Least walking by minimum-cost flow. Otherwise by prices of the sites' places: faster on
        large cases, and `Assignment.bound_mm` says how much could be left to gain.
    """
    demand, places = np.asarray(people, np.int64), np.asarray(capacity, np.int64)
    pairs = _pairs(sets, demand)
    if exact:
        flow = _least_walking(pairs, demand, places)
        bound = int((flow * pairs.cost_mm).sum())
    else:
        flow, bound = fill_by_price(pairs, demand, places)
    used = flow > 0
    unserved, load = demand.copy(), np.zeros(len(places), np.int64)
    np.subtract.at(unserved, pairs.demand[used], flow[used])
    np.add.at(load, pairs.site[used], flow[used])
    return Assignment(
        demand=pairs.demand[used],
        site=pairs.site[used],
        people=flow[used],
        unserved=unserved,
        load=load,
        walked_mm=int((flow * pairs.cost_mm).sum()),
        bound_mm=bound,
    )


def _pairs(sets: CoverSets, people: Longs) -> Pairs:
    site = np.repeat(np.arange(len(sets.indptr) - 1), np.diff(sets.indptr))
    order = np.lexsort((site, sets.demand))
    demand = sets.demand[order].astype(np.int64)
    start = np.searchsorted(demand, np.arange(len(people) + 1))
    return Pairs(start, demand, site[order], sets.cost_mm[order].astype(np.int64))


def _least_walking(pairs: Pairs, people: Longs, places: Longs) -> Longs:
    """Solve the flow from all people through pairs and sites; return the flow of each pair."""
    from ortools.graph.python import min_cost_flow  # noqa: PLC0415 – only where it is needed

    rows, sites = len(people), len(places)
    source, sink = rows + sites, rows + sites + 1
    flow = min_cost_flow.SimpleMinCostFlow()
    tail = np.concatenate([pairs.demand, np.full(rows, source), rows + np.arange(sites)])
    head = np.concatenate([rows + pairs.site, np.arange(rows), np.full(sites, sink)])
    room = np.concatenate([people[pairs.demand], people, places])
    cost = np.concatenate([pairs.cost_mm, np.zeros(rows + sites, np.int64)])
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tail, head, room, cost)
    total = int(people.sum())
    flow.set_nodes_supplies(np.array([source, sink]), np.array([total, -total]))
    status = flow.solve_max_flow_with_min_cost()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"minimum-cost flow ended with status {status}")
    return np.asarray(flow.flows(arcs[: len(pairs.demand)]), np.int64)


def warm_up() -> None:
    """Compile what `assign` needs on one street with one school, so that no run waits for it."""
    one = CoverSets(np.array([0, 1]), np.zeros(1, np.int32), np.zeros(1, np.int32))
    assign(one, people=[1], capacity=[1], exact=False)
