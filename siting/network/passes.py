"""Compiled passes around the searches: from positions to nodes before, to sorted lists after.

Each reads and writes its arrays once. What several numpy calls would do in as many sweeps over
millions of rows, with arrays in between, takes a tenth of the time in one. The words are those of
`siting.network.kernels`; `siting.network.searches` has the same passes without numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from siting.network.compiled import compiled
from siting.network.kernels import COST_BITS, LOW, UNREACHABLE, UNREACHED, ZERO

_U = np.uint64
BYTE = _U(255)
_BLOCK = 4096


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
def stepped(cost_mm: Any, limits_mm: Any, weights: Any) -> Any:  # pragma: no cover
    """Weigh costs by zones: `weights[z]` where z limits lie below the cost.

    Some thousand at a time, whose zones stay in the innermost cache: a loop over one limit compares
    sixteen costs in an instruction, one over the limits of each cost none.
    """
    result = np.empty(len(cost_mm), np.float64)
    zone = np.empty(_BLOCK, np.uint16)
    for first in range(0, len(cost_mm), _BLOCK):
        costs = cost_mm[first : first + _BLOCK]
        zone[:] = 0
        for limit in limits_mm:
            for i in range(len(costs)):
                zone[i] += np.uint16(costs[i] > limit)
        for i in range(len(costs)):
            result[first + i] = weights[zone[i]]
    return result


@compiled
def _sorted(words: Any, spare: Any) -> Any:  # pragma: no cover
    """Sort words by their upper half, a byte at a time; bytes that all words share are skipped.

    Returns one of both arrays. A site's words fit the innermost cache, where this takes a third of
    the time of dealing the words of all sites to demand rows and back.
    """
    differ = ZERO
    for word in words:
        differ |= word ^ words[0]
    place = np.empty(256, np.int64)
    for shift in (_U(32), _U(40), _U(48), _U(56)):
        if (differ >> shift) & BYTE == ZERO:
            continue
        place[:] = 0
        for word in words:
            place[(word >> shift) & BYTE] += 1
        before = 0
        for byte in range(256):
            before, place[byte] = before + place[byte], before
        for word in words:
            byte = (word >> shift) & BYTE
            spare[place[byte]] = word
            place[byte] += 1
        words, spare = spare, words
    return words


@compiled
def by_site(number: Any, begin: Any, words: Any) -> Any:  # pragma: no cover
    """Bring what a search found into the order of sites, and each site's rows into theirs.

    `number[i]` is the site whose words, row << 32 | cost, start at `begin[i]`. Returns where each
    site's begin, rows, costs.
    """
    indptr = np.zeros(len(number) + 1, np.int64)
    longest = 0
    for i in range(len(number)):
        indptr[number[i] + 1] = begin[i + 1] - begin[i]
        longest = max(longest, begin[i + 1] - begin[i])
    indptr = np.cumsum(indptr)
    spare = np.empty(longest, np.uint64)
    rows, costs = np.empty(len(words), np.int32), np.empty(len(words), np.int32)
    for i in range(len(number)):
        first, last = begin[i], begin[i + 1]
        ordered = _sorted(words[first:last], spare[: last - first])
        first = indptr[number[i]]
        for at in range(len(ordered)):
            rows[first + at] = np.int32(ordered[at] >> COST_BITS)
            costs[first + at] = np.int32(ordered[at] & LOW)
    return indptr, rows, costs


@compiled
def in_order(number: Any, begin: Any, rows: Any, costs: Any) -> Any:  # pragma: no cover
    """Like `by_site`, where each site's rows are in their order already."""
    indptr = np.zeros(len(number) + 1, np.int64)
    for i in range(len(number)):
        indptr[number[i] + 1] = begin[i + 1] - begin[i]
    indptr = np.cumsum(indptr)
    row, cost = np.empty_like(rows), np.empty_like(costs)
    for i in range(len(number)):
        first, last = indptr[number[i]], indptr[number[i] + 1]
        row[first:last] = rows[begin[i] : begin[i + 1]]
        cost[first:last] = costs[begin[i] : begin[i + 1]]
    return indptr, row, cost
