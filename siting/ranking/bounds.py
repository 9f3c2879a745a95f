"""Upper bounds on coverage that anyone can recompute: Lagrangian duality in whole numbers.

For prices ``u ≥ 0`` per merged row and ``m ≥ 0`` per side constraint ``a x ≤ b`` no choice x of at
most p sites covers more than::

    L(u, m) = Σ_rows max(0, w − u) + Σ_side m b + the p largest positive of (Σ_rows of site u − m a)

(Cornuéjols, Fisher and Nemhauser 1977; Galvão and ReVelle 1996). All prices are whole numbers in
units of 1/scale person, so the bound is exact: no rounding has to be believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.ranking.kernels import counts, sums
from siting.ranking.search import UNLIMITED, Limits, improve

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.core import Core
    from siting.ranking.cover_model import Ints

SCALE = 1000
BUDGET_PARTS = 10_000
"""The budget counts in this many parts, prices rounded down: never stricter than the truth."""
_SMOOTH = 4096
"""Directions of descent are averaged in fixed point, in units of 1/4096."""
_MEMORY = 32
"""A new subgradient enters the average with a weight of 1/32."""
_PATIENCE, _SHORTER, _SHORTEST = 6, 0.75, 1e-4
"""Steps without a better bound before they are shortened, by how much, and when to give up."""


@dataclass
class Search:
    """What a search knows at any moment; it can be stopped and asked between two steps.

    `value` and `chosen` are the best choice found (people beyond the base); `total` is the least
    bound in 1/scale person, reached at the prices `rows`, `cliques` and `budget`.
    """

    chosen: Ints
    value: int
    scale: int
    total: int
    rows: Ints
    cliques: Ints
    budget: int = 0

    @property
    def bound(self) -> int:
        """Return the bound in whole people beyond the base."""
        return self.total // self.scale

    @property
    def closed(self) -> bool:
        """Say whether the choice is proved to be the best."""
        return self.bound <= self.value


def start_search(core: Core, chosen: Ints, cliques: list[Ints]) -> Search:
    """Begin with prices of zero: everybody whom a free site reaches."""
    people = int(core.weights.sum())
    scale = max(1, min(SCALE, 2**52 // max(people, 1)))
    zero = np.zeros(len(core.weights), np.int64)
    return Search(
        chosen, core.value(chosen), scale, people * scale, zero, np.zeros(len(cliques), np.int64)
    )


def largest(values: Ints, count: int) -> Ints:
    """Return the positions of the `count` largest positive values; ties to the smaller position."""
    if count >= len(values):
        return np.flatnonzero(values > 0)
    if count <= 0:
        return np.zeros(0, np.int64)
    threshold = np.partition(values, len(values) - count)[len(values) - count]
    above = np.flatnonzero(values > threshold)
    level = np.flatnonzero(values == threshold)[: count - len(above)]
    picked: Ints = np.sort(np.concatenate([above, level]))
    return np.asarray(picked[values[picked] > 0])


def cliques_of(core: Core) -> list[Ints]:
    """Cover all pairs of rivals by groups of mutual rivals, of which at most one may open."""
    mates = [set(core.rivals(j).tolist()) for j in range(len(core.site))]
    done: set[tuple[int, int]] = set()
    groups = []
    for a in range(len(mates)):
        for b in sorted(m for m in mates[a] if m > a):
            if (a, b) in done:
                continue
            group = [a, b]
            for c in sorted(mates[a] & mates[b]):
                if all(c in mates[g] for g in group):
                    group.append(c)
            group.sort()
            done |= {(x, y) for i, x in enumerate(group) for y in group[i + 1 :]}
            groups.append(np.array(group, np.int64))
    return groups


def budget_parts(cost: Ints, budget: int) -> tuple[Ints, int]:
    """Express prices in parts of the budget, rounded down; returns them and the limit."""
    return (cost * BUDGET_PARTS // budget, BUDGET_PARTS) if budget else (cost, 0)


def descend(
    core: Core,
    limits: Limits,
    cliques: list[Ints],
    state: Search,
    *,
    iterations: int,
    watch: Callable[[Search], bool] = lambda _: False,
) -> None:
    """Lower the bound in `state`, and raise its choice on the way.

    The volume algorithm (Barahona and Anbil 2000): steps from the best prices along an average of
    the subgradients, in fixed point. Every tenth choice that the prices suggest is improved by
    swaps. Stops when the bound meets the choice, when the steps have become too short, after
    `iterations`, or when `watch` says so.
    """
    member = np.concatenate([*cliques, np.zeros(0, np.int64)]).astype(np.int32)
    group_ptr = np.r_[0, np.cumsum([len(c) for c in cliques])].astype(np.int64)
    weights = core.weights * state.scale
    u, m = weights // 2, np.zeros(len(cliques), np.int64)
    center, least = (u, m), np.iinfo(np.int64).max
    du, dm = np.zeros_like(u), np.zeros_like(m)
    reach, stall = 1.0, 0
    for step in range(iterations):
        worth = sums(core.indptr, core.row, u)
        np.subtract.at(worth, member, np.repeat(m, np.diff(group_ptr)))
        picked, price, inner = inner_choice(core, limits, worth)
        total = int(np.maximum(weights - u, 0).sum()) + int(m.sum()) + inner
        opened = np.zeros(len(core.site), np.int64)
        opened[picked] = 1
        gu = _SMOOTH * (counts(core.indptr, core.row, picked, len(u)) - (weights > u))
        gm = _SMOOTH * (1 - sums(group_ptr, member, opened))
        du, dm = (gu, gm) if step == 0 else (du + (gu - du) // _MEMORY, dm + (gm - dm) // _MEMORY)
        if total < least:
            reach = min(reach * 1.1, 2.0) if int(du @ gu) + int(dm @ gm) > 0 else reach
            center, least, stall = (u, m), total, 0
            if total < state.total:
                state.total, state.rows, state.cliques, state.budget = total, u, m, price
        else:
            stall += 1
            if stall == _PATIENCE:
                reach, stall = reach * _SHORTER, 0
        if step % 10 == 0:
            offer(core, limits, state, picked)
        norm = int(du @ du) + int(dm @ dm)
        if state.closed or watch(state) or reach < _SHORTEST or norm == 0:
            break
        length = reach * max(least - state.value * state.scale, 1) * _SMOOTH / norm
        u = np.clip(center[0] - np.floor(length * du + 0.5).astype(np.int64), 0, weights)
        m = np.maximum(center[1] - np.floor(length * dm + 0.5).astype(np.int64), 0)


def inner_choice(core: Core, limits: Limits, worth: Ints) -> tuple[Ints, int, int]:
    """Choose the most valuable sites at the given prices, the budget priced at its best.

    Returns
    -------
    tuple
        The sites, the price of one part of the budget, and the value that they and it add to
        the bound.
    """
    if limits.budget >= UNLIMITED:
        picked = largest(worth, limits.count)
        return picked, 0, int(worth[picked].sum())
    part, limit = budget_parts(core.cost, limits.budget)

    def at(price: int) -> tuple[Ints, int, int]:
        net = worth - price * part
        picked = largest(net, limits.count)
        return picked, price, int(net[picked].sum()) + price * limit

    low, high = -1, int(worth.max(initial=0)) + 1
    while high - low > 1:  # the least price at which the choice keeps within the budget
        middle = (low + high) // 2
        if int(part[at(middle)[0]].sum()) <= limit:
            high = middle
        else:
            low = middle
    return min((at(p) for p in (low, high) if p >= 0), key=lambda found: found[2])


def offer(core: Core, limits: Limits, state: Search, picked: Ints) -> None:
    """Make a choice that keeps the limits out of `picked`, improve it, and keep it if better."""
    feasible: list[int] = []
    shut: set[int] = set()
    left = limits.budget
    for j in picked.tolist():
        if j not in shut and core.cost[j] <= left and len(feasible) < limits.count:
            feasible.append(j)
            left -= int(core.cost[j])
            shut.update(core.rivals(j).tolist())
    trial = improve(core, limits, np.array(feasible, np.int64))
    value = core.value(trial)
    if value > state.value:
        state.chosen, state.value = np.sort(trial), value
