"""Places by price: a fast assignment that carries a bound on what is left to gain."""

# ruff: noqa: PLR0917 – compiled functions take their arguments by position.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from siting.network.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Longs = NDArray[np.int64]

_ROUNDS = 300
_PATIENCE = 5  # rounds without a better bound before prices move in smaller steps
_FILL_EVERY = 20
_GOOD_ENOUGH = 0.001


class Pairs(NamedTuple):
    """Demand and sites within reach of each other, by demand: row d owns start[d]:start[d + 1]."""

    start: Longs
    demand: Longs
    site: Longs
    cost_mm: Longs


def fill_by_price(pairs: Pairs, people: Longs, places: Longs) -> tuple[Longs, int]:
    """Let sites that are asked for too much raise the price of a place, in millimetres of walking.

    With any prices, people who each choose the cheapest walk plus price bound what every
    assignment costs (Lagrangian relaxation of the capacities). From time to time people come in
    order of what waiting would cost them and fill the sites; the best filling is the answer.
    Staying without a place counts as a long walk.
    """
    stay = 3 * int(pairs.cost_mm.max(initial=0)) + 1
    price = np.zeros(len(places), np.int64)
    best_price, bound, stale, stride = price, -1, 0, 1.0
    flow = np.zeros(len(pairs.demand), np.int64)
    least = stay * int(people.sum())
    for turn in range(_ROUNDS):
        value, load = _choose(pairs, people, price, stay)
        value -= int((places * price).sum())
        if value > bound:
            bound, best_price, stale = value, price, 0
        else:
            stale += 1
        if turn % _FILL_EVERY == 0:
            flow, least = _better(flow, least, pairs, people, places, price, stay)
        excess = (load - places).astype(np.float64)
        excess[(price == 0) & (excess < 0)] = 0
        if least - bound <= _GOOD_ENOUGH * least or not excess.any():
            break
        if stale > _PATIENCE:
            price, stale, stride = best_price, 0, 0.6 * stride
            continue
        step = stride * max(least - bound, 1.0) / (excess @ excess)
        price = np.maximum(0, price + np.round(step * excess).astype(np.int64))
    flow, _ = _better(flow, least, pairs, people, places, best_price, stay)
    _make_room(pairs, people, places, flow, _by_site(pairs, len(places)))
    left = int(people.sum() - flow.sum())
    return flow, max(0, bound - stay * left)


def _better(
    flow: Longs, least: int, pairs: Pairs, people: Longs, places: Longs, price: Longs, stay: int
) -> tuple[Longs, int]:
    """Fill the sites at these prices; keep the cheaper of this filling and the one before."""
    order = np.argsort(-_regret(pairs, price, stay), kind="stable")
    filled = _fill(pairs, people, places, price, order, stay)
    cost = int((filled * (pairs.cost_mm - stay)).sum()) + stay * int(people.sum())
    return (filled, cost) if cost < least else (flow, least)


@compiled
def _choose(pairs: Any, people: Any, price: Any, stay: Any) -> Any:  # pragma: no cover
    """Let everybody choose the cheapest walk plus price: cost of all choices, demand per site."""
    value = 0
    load = np.zeros(len(price), np.int64)
    for row in range(len(people)):
        best, chosen = stay, -1
        for pair in range(pairs.start[row], pairs.start[row + 1]):
            cost = pairs.cost_mm[pair] + price[pairs.site[pair]]
            if cost < best:
                best, chosen = cost, pairs.site[pair]
        value += people[row] * best
        if chosen >= 0:
            load[chosen] += people[row]
    return value, load


@compiled
def _regret(pairs: Any, price: Any, stay: Any) -> Any:  # pragma: no cover
    """Measure what each row would lose by taking its second choice."""
    regret = np.zeros(len(pairs.start) - 1, np.int64)
    for row in range(len(regret)):
        best, second = stay, stay
        for pair in range(pairs.start[row], pairs.start[row + 1]):
            cost = pairs.cost_mm[pair] + price[pairs.site[pair]]
            if cost < best:
                best, second = cost, best
            elif cost < second:
                second = cost
        regret[row] = second - best
    return regret


@compiled
def _fill(
    pairs: Any, people: Any, places: Any, price: Any, order: Any, stay: Any
) -> Any:  # pragma: no cover
    """Let people come in order, each to the cheapest site that has room."""
    room = places.copy()
    flow = np.zeros(len(pairs.demand), np.int64)
    for row in order:
        left = people[row]
        while left > 0:
            best, chosen = stay, -1
            for pair in range(pairs.start[row], pairs.start[row + 1]):
                site = pairs.site[pair]
                if room[site] > 0 and pairs.cost_mm[pair] + price[site] < best:
                    best, chosen = pairs.cost_mm[pair] + price[site], pair
            if chosen < 0:
                break
            moved = min(left, room[pairs.site[chosen]])
            flow[chosen] += moved
            room[pairs.site[chosen]] -= moved
            left -= moved
    return flow


class _BySite(NamedTuple):
    """Pairs listed by site: site s has the pairs pair[start[s]:start[s + 1]]."""

    start: Longs
    pair: Longs


def _by_site(pairs: Pairs, sites: int) -> _BySite:
    pair = np.argsort(pairs.site, kind="stable")
    return _BySite(np.searchsorted(pairs.site[pair], np.arange(sites + 1)), pair)


@compiled
def _make_room(
    pairs: Any, people: Any, places: Any, flow: Any, by_site: Any
) -> None:  # pragma: no cover
    """Serve those left over by moving others on, along shortest chains, until no chain helps.

    Augmenting paths of a maximum flow: when none is left, nobody more can be served.
    """
    left, room = people.copy(), places.copy()
    for pair in range(len(flow)):
        left[pairs.demand[pair]] -= flow[pair]
        room[pairs.site[pair]] -= flow[pair]
    come = np.empty(len(places), np.int64)
    leave = np.empty(len(places), np.int64)
    while True:
        end = _find_chain(pairs, flow, left, room, by_site, come, leave)
        if end < 0:
            return
        _move_on(pairs, flow, left, room, end, come, leave)


@compiled
def _find_chain(
    pairs: Any, flow: Any, left: Any, room: Any, by_site: Any, come: Any, leave: Any
) -> Any:  # pragma: no cover
    """Search breadth first for a site with room; −1 if no chain of moves leads to one.

    `come[site]` is the pair by which people would come to a site, `leave[site]` the pair they
    would give up for it (−1: they have no place yet).
    """
    come[:] = -1
    seen = left > 0
    queue = np.empty(len(room), np.int64)
    size = 0
    for row in np.flatnonzero(seen):
        size = _visit(pairs, row, -1, come, leave, queue, size)
    at = 0
    while at < size:
        site = queue[at]
        at += 1
        if room[site] > 0:
            return site
        for i in range(by_site.start[site], by_site.start[site + 1]):
            pair = by_site.pair[i]
            row = pairs.demand[pair]
            if flow[pair] > 0 and not seen[row]:
                seen[row] = True
                size = _visit(pairs, row, pair, come, leave, queue, size)
    return -1


@compiled
def _visit(
    pairs: Any, row: Any, leaving: Any, come: Any, leave: Any, queue: Any, size: Any
) -> Any:  # pragma: no cover
    """Queue the sites that people of a row could come to."""
    for pair in range(pairs.start[row], pairs.start[row + 1]):
        site = pairs.site[pair]
        if come[site] < 0:
            come[site] = pair
            leave[site] = leaving
            queue[size] = site
            size += 1
    return size


@compiled
def _move_on(
    pairs: Any, flow: Any, left: Any, room: Any, end: Any, come: Any, leave: Any
) -> None:  # pragma: no cover
    """Move as many people along a chain as every step of it allows."""
    moved = room[end]
    site = end
    while leave[site] >= 0:
        moved = min(moved, flow[leave[site]])
        site = pairs.site[leave[site]]
    first = pairs.demand[come[site]]
    moved = min(moved, left[first])
    left[first] -= moved
    room[end] -= moved
    flow[come[site]] += moved
    while end != site:
        flow[come[end]] += moved
        flow[leave[end]] -= moved
        end = pairs.site[leave[end]]
