"""The loops of the p-median: cheapest open site of each row, and swaps (Whitaker 1983)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.network.compiled import compiled

if TYPE_CHECKING:
    from siting.ranking.cover_model import Index, Ints


@compiled
def savings(indptr: Ints, row: Index, cost: Ints, price: Ints) -> Ints:
    """Add up what each site would save against `price`, over its rows."""
    total = np.zeros(len(indptr) - 1, np.int64)
    for j in range(len(indptr) - 1):
        s = 0
        for e in range(indptr[j], indptr[j + 1]):
            s += max(0, price[row[e]] - cost[e])
        total[j] = s
    return total


@compiled
def demanded(indptr: Ints, row: Index, cost: Ints, price: Ints, share: Ints) -> Ints:
    """Add to each row the shares of the sites that would save it something."""
    total = np.zeros(len(price), np.int64)
    for j in range(len(indptr) - 1):
        if share[j]:
            for e in range(indptr[j], indptr[j + 1]):
                if price[row[e]] > cost[e]:
                    total[row[e]] += share[j]
    return total


@compiled
def two_nearest(  # noqa: PLR0917 - compiled code takes arrays by position
    indptr: Ints, row: Index, cost: Ints, base: Ints, penalty: Ints, chosen: Ints,
    owner: Ints, first: Ints, second: Ints,
) -> None:  # fmt: skip
    """Find the cheapest and second cheapest service of each row; `base` is owned by nobody (−1)."""
    for i in range(len(base)):
        owner[i] = -1
        first[i] = base[i]
        second[i] = penalty[i]
    for s in range(len(chosen)):
        for e in range(indptr[chosen[s]], indptr[chosen[s] + 1]):
            i = row[e]
            c = cost[e]
            if c < first[i]:
                second[i] = first[i]
                first[i] = c
                owner[i] = s
            elif c < second[i]:
                second[i] = c


@compiled
def median_swaps(  # noqa: PLR0912, PLR0915, PLR0917, C901 - one hot loop, kept whole for the compiler
    indptr: Ints, row: Index, cost: Ints, base: Ints, penalty: Ints,
    rival_ptr: Ints, rival: Index, price: Ints, budget: int, chosen: Ints,
) -> int:  # fmt: skip
    """Swap one chosen site for one other as long as that saves cost; change `chosen` in place.

    `cost` is people × cost of each pair, `base` that of existing sites (or the penalty of nobody).
    A swap keeps within `budget` and puts no two rivals together. Returns the number of swaps.
    """
    p = len(chosen)
    k = len(indptr) - 1
    owner = np.empty(len(base), np.int64)
    first = np.empty(len(base), np.int64)
    second = np.empty(len(base), np.int64)
    place = np.full(k, -1, np.int64)
    blocked = np.zeros(k, np.int64)
    loss = np.zeros(p, np.int64)
    shared = np.zeros(p, np.int64)
    spent = 0
    for s in range(p):
        place[chosen[s]] = s
        spent += price[chosen[s]]
        for q in range(rival_ptr[chosen[s]], rival_ptr[chosen[s] + 1]):
            blocked[rival[q]] += 1
    swaps = 0
    idle = 0
    a = 0
    stale = True
    while idle < k:
        if stale:
            two_nearest(indptr, row, cost, base, penalty, chosen, owner, first, second)
            loss[:] = 0
            for i in range(len(base)):
                if owner[i] >= 0:
                    loss[owner[i]] += second[i] - first[i]
            stale = False
        if place[a] < 0 and blocked[a] <= 1:
            gain = 0
            for e in range(indptr[a], indptr[a + 1]):
                i = row[e]
                if cost[e] < first[i]:
                    gain += first[i] - cost[e]
                    if owner[i] >= 0:
                        shared[owner[i]] += second[i] - first[i]
                elif cost[e] < second[i] and owner[i] >= 0:
                    shared[owner[i]] += second[i] - cost[e]
            only = -1
            if blocked[a] == 1:
                for q in range(rival_ptr[a], rival_ptr[a + 1]):
                    if place[rival[q]] >= 0:
                        only = place[rival[q]]
            best = -1
            least = 0
            for s in range(p):
                net = loss[s] - shared[s]
                shared[s] = 0
                fits = spent - price[chosen[s]] + price[a] <= budget
                if fits and (only < 0 or only == s) and (best < 0 or net < least):
                    best = s
                    least = net
            if best >= 0 and gain > least:
                b = chosen[best]
                spent += price[a] - price[b]
                for q in range(rival_ptr[b], rival_ptr[b + 1]):
                    blocked[rival[q]] -= 1
                for q in range(rival_ptr[a], rival_ptr[a + 1]):
                    blocked[rival[q]] += 1
                place[b] = -1
                place[a] = best
                chosen[best] = a
                swaps += 1
                idle = 0
                stale = True
        idle += 1
        a = a + 1 if a + 1 < k else 0
    return swaps
