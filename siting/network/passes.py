"""Compiled passes around the searches: from positions to nodes before, to sorted lists after.

Each reads and writes its arrays once. What several numpy calls would do in as many sweeps over
millions of rows, with arrays in between, takes a tenth of the time in one. The words are those of
`siting.network.kernels`; `siting.network.searches` has the same passes without numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from siting.network.compiled import compiled
from siting.network.kernels import COST_BITS, LOW, ONE, UNREACHABLE, UNREACHED

_U = np.uint64


@compiled
def ends(edge: Any, offset: Any, leg: Any, sides: Any) -> Any:  # pragma: no cover
    """Cost between the two ends of their edges and the placed rows (`siting.network.ends`).

    `sides.cost_u` is what the whole edge costs in the direction in which its end u is used,
    `sides.cost_v` in the other. A row that stands at one end needs the other end for nothing: the
    search walks the edge by itself. So the other end costs `UNREACHABLE` there, and is left out.
    """
    size = 0
    row = np.empty(len(edge), np.int64)
    u, v = np.empty(len(edge), np.int32), np.empty(len(edge), np.int32)
    cost_u, cost_v = np.empty(len(edge), np.int64), np.empty(len(edge), np.int64)
    for i in range(len(edge)):
        e = edge[i]
        if e < 0:
            continue
        length, at = sides.length[e], offset[i]
        row[size], u[size], v[size] = i, sides.u[e], sides.v[e]
        by_u = np.int64(np.floor(np.float64(sides.cost_u[e]) * at / length + 0.5))
        by_v = sides.cost_v[e] - np.int64(np.floor(np.float64(sides.cost_v[e]) * at / length + 0.5))
        cost_u[size] = UNREACHABLE if at == length else by_u + leg[i]
        cost_v[size] = UNREACHABLE if at == 0 else by_v + leg[i]
        size += 1
    return row[:size], u[:size], v[:size], cost_u[:size], cost_v[:size]


@compiled
def carried(label: Any, ends: Any, rows: Any) -> Any:  # pragma: no cover
    """Carry the labels of nodes on to the rows on their edges: the smaller word of both ends."""
    word = np.full(rows, UNREACHED, np.uint64)
    for i in range(len(ends.row)):
        by_u = label[ends.u[i]] + (_U(ends.cost_u[i]) << COST_BITS)
        by_v = label[ends.v[i]] + (_U(ends.cost_v[i]) << COST_BITS)
        word[ends.row[i]] = min(by_u, by_v, UNREACHED)
    return word


@compiled
def parted(word: Any, cut_mm: Any, cost_mm: Any, facility: Any) -> None:  # pragma: no cover
    """Take words apart into costs and facilities, where the cost is within the row's cutoff."""
    for row in range(len(word)):
        cost = np.int64(word[row] >> COST_BITS)
        within = cost <= cut_mm[row]
        cost_mm[row] = cost if within else UNREACHABLE
        facility[row] = np.int32(word[row] & LOW) if within else -1


@compiled
def dealt(number: Any, word: Any, size: Any) -> Any:  # pragma: no cover
    """Deal words to their numbers 0 … size - 1, keeping their order: a sort by counting."""
    start = np.zeros(size + 1, np.int64)
    for n in number:
        start[n + 1] += 1
    start = np.cumsum(start)
    place = start[:-1].copy()
    result = np.empty(len(word), np.uint64)
    for i in range(len(word)):
        n = number[i]
        result[place[n]] = word[i]
        place[n] += 1
    return start, result


@compiled
def by_site(number: Any, begin: Any, words: Any, demand: Any) -> Any:  # pragma: no cover
    """Sort what a search found by site, then by demand row, in two passes of counting.

    `number[i]` is the site whose words, row << 32 | cost, start at `begin[i]`. Dealing the words to
    demand rows and back to sites brings each site's rows in order, three times faster than sorting
    each site's. Returns where each site's begin, rows, costs.
    """
    start = np.zeros(demand + 1, np.int64)
    indptr = np.zeros(len(number) + 1, np.int64)
    for i in range(len(number)):
        indptr[number[i] + 1] = begin[i + 1] - begin[i]
        for at in range(begin[i], begin[i + 1]):
            start[(words[at] >> COST_BITS) + ONE] += 1
    start = np.cumsum(start)
    indptr = np.cumsum(indptr)
    dealt = np.empty(len(words), np.uint64)
    for i in range(len(number)):
        for at in range(begin[i], begin[i + 1]):
            row = words[at] >> COST_BITS
            dealt[start[row]] = (_U(number[i]) << COST_BITS) | (words[at] & LOW)
            start[row] += 1
    rows, costs = np.empty(len(words), np.int32), np.empty(len(words), np.int32)
    place = indptr[:-1].copy()
    at = 0
    for row in range(demand):
        while at < start[row]:
            site = dealt[at] >> COST_BITS
            rows[place[site]] = row
            costs[place[site]] = np.int32(dealt[at] & LOW)
            place[site] += 1
            at += 1
    return indptr, rows, costs
