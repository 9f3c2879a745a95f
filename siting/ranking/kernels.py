"""The few loops that numpy cannot say: compiled, over plain integer arrays in CSR form.

Everything here is exact integer arithmetic, so that a ranking is the same on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.network.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Index = NDArray[np.int32]


@compiled
def sums(indptr: Ints, index: Index | Ints, value: Ints) -> Ints:
    """Add `value[index]` within each row of a CSR structure."""
    total = np.zeros(len(indptr) - 1, np.int64)
    for j in range(len(indptr) - 1):
        s = 0
        for e in range(indptr[j], indptr[j + 1]):
            s += value[index[e]]
        total[j] = s
    return total


@compiled
def counts(indptr: Ints, index: Index, chosen: Ints, n: int) -> Ints:
    """Count how many of the `chosen` rows hold each of the `n` columns."""
    count = np.zeros(n, np.int64)
    for j in chosen:
        for e in range(indptr[j], indptr[j + 1]):
            count[index[e]] += 1
    return count


@compiled
def spread(indptr: Ints, index: Index, share: Ints, n: int) -> Ints:
    """Add the share of each row to the columns that it holds; rows without a share cost nothing."""
    total = np.zeros(n, np.int64)
    for j in range(len(indptr) - 1):
        if share[j]:
            for e in range(indptr[j], indptr[j + 1]):
                total[index[e]] += share[j]
    return total


@compiled
def transposed(indptr: Ints, index: Index, n: int) -> tuple[Ints, Index, Ints]:
    """Turn rows → columns into columns → rows; the last array is where each entry stood."""
    start = np.zeros(n + 1, np.int64)
    for e in range(len(index)):
        start[index[e] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    at = start[:-1].copy()
    row = np.empty(len(index), np.int32)
    entry = np.empty(len(index), np.int64)
    for j in range(len(indptr) - 1):
        for e in range(indptr[j], indptr[j + 1]):
            i = index[e]
            row[at[i]] = j
            entry[at[i]] = e
            at[i] += 1
    return start, row, entry


@compiled
def cover(  # noqa: PLR0917 - compiled code takes arrays by position
    indptr: Ints,
    index: Index,
    by_row: Ints,
    site: Index,
    weight: Ints,
    gain: Ints,
    count: Ints,
    opened: int,
) -> None:
    """Open a site: raise `count` of its rows, and take newly covered rows out of every `gain`."""
    for e in range(indptr[opened], indptr[opened + 1]):
        i = index[e]
        count[i] += 1
        if count[i] == 1:
            for q in range(by_row[i], by_row[i + 1]):
                gain[site[q]] -= weight[i]


@compiled
def swap_search(  # noqa: PLR0912, PLR0915, PLR0917, C901 - one hot loop, kept whole for the compiler
    indptr: Ints,
    index: Index,
    weight: Ints,
    rival_ptr: Ints,
    rival: Index,
    cost: Ints,
    budget: int,
    chosen: Ints,
) -> int:
    """Swap one chosen site for one other as long as that covers more; change `chosen` in place.

    Candidates are tried in turn, each against the chosen site that is cheapest to lose
    (one-interchange). A swap must keep within `budget` and must not put two rivals together.
    Returns the number of swaps.
    """
    p = len(chosen)
    k = len(indptr) - 1
    count = np.zeros(len(weight), np.int64)
    owner = np.zeros(len(weight), np.int64)  # sum of the places that cover a row: its one owner
    place = np.full(k, -1, np.int64)
    blocked = np.zeros(k, np.int64)
    loss = np.zeros(p, np.int64)
    shared = np.zeros(p, np.int64)
    spent = 0
    for s in range(p):
        j = chosen[s]
        place[j] = s
        spent += cost[j]
        for e in range(indptr[j], indptr[j + 1]):
            count[index[e]] += 1
            owner[index[e]] += s
        for q in range(rival_ptr[j], rival_ptr[j + 1]):
            blocked[rival[q]] += 1
    for i in range(len(weight)):
        if count[i] == 1:
            loss[owner[i]] += weight[i]
    swaps = 0
    idle = 0
    a = 0
    while idle < k:
        if place[a] < 0 and blocked[a] <= 1:
            gain = 0
            for e in range(indptr[a], indptr[a + 1]):
                i = index[e]
                if count[i] == 0:
                    gain += weight[i]
                elif count[i] == 1:
                    shared[owner[i]] += weight[i]
            only = -1  # the one rival among the chosen, which alone may make room
            if blocked[a] == 1:
                for q in range(rival_ptr[a], rival_ptr[a + 1]):
                    if place[rival[q]] >= 0:
                        only = place[rival[q]]
            best = -1
            least = 0
            for s in range(p):
                net = loss[s] - shared[s]
                shared[s] = 0
                fits = spent - cost[chosen[s]] + cost[a] <= budget
                if fits and (only < 0 or only == s) and (best < 0 or net < least):
                    best = s
                    least = net
            if best >= 0 and gain > least:
                b = chosen[best]
                spent += cost[a] - cost[b]
                for e in range(indptr[b], indptr[b + 1]):
                    i = index[e]
                    if count[i] == 1:
                        loss[best] -= weight[i]
                    count[i] -= 1
                    owner[i] -= best
                    if count[i] == 1:
                        loss[owner[i]] += weight[i]
                for e in range(indptr[a], indptr[a + 1]):
                    i = index[e]
                    if count[i] == 1:
                        loss[owner[i]] -= weight[i]
                    count[i] += 1
                    owner[i] += best
                    if count[i] == 1:
                        loss[best] += weight[i]
                for q in range(rival_ptr[b], rival_ptr[b + 1]):
                    blocked[rival[q]] -= 1
                for q in range(rival_ptr[a], rival_ptr[a + 1]):
                    blocked[rival[q]] += 1
                place[b] = -1
                place[a] = best
                chosen[best] = a
                swaps += 1
                idle = 0
        idle += 1
        a = a + 1 if a + 1 < k else 0
    return swaps


@compiled
def filled(
    indptr: Ints, row: Index, worth: Ints, people: Ints, capacity: Ints
) -> tuple[Ints, Ints]:
    """Fill each site with the people who are worth most, as far as its capacity goes.

    Returns what each site is worth in all, and how many people of each pair it takes.
    """
    total = np.zeros(len(indptr) - 1, np.int64)
    taken = np.zeros(len(row), np.int64)
    for j in range(len(indptr) - 1):
        begin = indptr[j]
        members = row[begin : indptr[j + 1]]
        left = capacity[j]
        for e in np.argsort(-worth[members], kind="mergesort"):
            i = members[e]
            if left <= 0 or worth[i] <= 0:
                break
            taken[begin + e] = min(left, people[i])
            left -= taken[begin + e]
            total[j] += taken[begin + e] * worth[i]
    return total, taken
