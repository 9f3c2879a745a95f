"""The searches of `siting.network.kernels` on scipy's Dijkstra, where numba is missing.

The same arguments and the same answers, a hundred times slower on large networks; and the passes
of `siting.network.passes` in numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from siting.network.kernels import COST_BITS, LOW, NODE, UNREACHABLE, UNREACHED, Links

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.ends import Ends, Sides
    from siting.network.streets import Inbound

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]
    Words = NDArray[np.uint64]

_TABLE = 2**24  # entries of the dense table that scipy fills for some sites at a time


def nearest(
    graph: Inbound, seed_node: Ints, seed_word: Words, cut: np.uint64, label: Words
) -> None:
    """Label each node as `kernels.nearest` does.

    Cost and facility go into one number, cost × facilities + facility, which a float64 holds
    exactly: the shortest path by that number is the cheapest, ties to the smallest facility.
    """
    n = len(label)
    keep = seed_word <= cut
    cost, facility = _cost(seed_word[keep]), _low(seed_word[keep])
    base = int(facility.max(initial=0)) + 1
    # One more node, from which every facility is as far as its seed.
    at, to, weight = _edges(graph)
    table = _graph(
        np.concatenate([at, np.full(len(cost), n)]),
        np.concatenate([to, seed_node[keep]]),
        np.concatenate([weight * base, cost * base + facility]),
        n + 1,
    )
    found = dijkstra(table, indices=n, limit=(int(cut >> COST_BITS) + 1) * base - 1)[:n]
    reached = np.flatnonzero(np.isfinite(found))
    number = found[reached].astype(np.int64)
    word = (number // base << 32 | number % base).astype(np.uint64)
    label[reached] = np.minimum(label[reached], word)


def cover(  # noqa: PLR0917 – called like the kernel
    graph: Inbound,
    sites: Longs,
    seed_node: Ints,
    seed_word: Words,
    cut: np.uint64,
    links: Links,
    pairs: Links,
    row_cut: Ints,
) -> tuple[Longs, Words, int]:
    """Find the demand rows of each site as `kernels.cover` does.

    Demand rows become nodes behind those of the streets, sites behind them, some at a time.
    """
    n, rows = len(graph.start) - 1, len(row_cut)
    at, to, weight = _edges(graph)
    at = np.concatenate([at, np.repeat(np.arange(n), np.diff(links.start))])
    to = np.concatenate([to, n + _low(links.word)])
    weight = np.concatenate([weight, _cost(links.word)])
    step = max(1, _TABLE // (n + rows + 1))
    begin, words, nodes = [np.zeros(1, np.int64)], [np.empty(0, np.uint64)], 0
    for first in range(0, len(sites), step):
        some = sites[first : first + step]
        own = n + rows + np.arange(len(some))
        keep = seed_word[some] <= cut
        table = _graph(
            np.concatenate([at, np.repeat(own, keep.sum(axis=1))]),
            np.concatenate([to, seed_node[some][keep]]),
            np.concatenate([weight, _cost(seed_word[some][keep])]),
            n + rows + len(some),
        )
        every = dijkstra(table, indices=own, limit=int(cut >> COST_BITS))
        nodes += int(np.isfinite(every[:, :n]).sum())
        costs = every[:, n : n + rows]
        for of_site, site in zip(costs, some.tolist(), strict=True):
            beside = pairs.word[pairs.start[site] : pairs.start[site + 1]]
            np.minimum.at(of_site, _low(beside), _cost(beside))
        site, row = np.nonzero(costs <= row_cut)
        begin.append(begin[-1][-1] + np.cumsum(np.bincount(site, minlength=len(some))))
        words.append((row.astype(np.uint64) << COST_BITS) | costs[site, row].astype(np.uint64))
    return np.concatenate(begin), np.concatenate(words), nodes


def ends(
    edge: Ints, offset: Ints, leg: Ints, sides: Sides
) -> tuple[Longs, Ints, Ints, Longs, Longs]:
    """Measure the way to the ends of edges as `passes.ends` does."""
    row = np.flatnonzero(edge >= 0)
    e, at, legs = edge[row], offset[row], leg[row].astype(np.int64)
    length = sides.length[e]
    by_u, by_v = (
        np.floor(cost[e].astype(np.float64) * at / length + 0.5).astype(np.int64)
        for cost in (sides.cost_u, sides.cost_v)
    )
    cost_u = np.where(at == length, UNREACHABLE, by_u + legs)
    cost_v = np.where(at == 0, UNREACHABLE, sides.cost_v[e] - by_v + legs)
    return row, sides.u[e], sides.v[e], cost_u, cost_v


def carried(label: Words, ends: Ends, rows: int) -> Words:
    """Carry labels on to rows as `passes.carried` does."""
    word = np.full(rows, UNREACHED, np.uint64)
    for node, cost in ((ends.u, ends.cost_u), (ends.v, ends.cost_v)):
        found = label[node] + (cost.astype(np.uint64) << COST_BITS)
        word[ends.row] = np.minimum(word[ends.row], found)
    return word


def parted(word: Words, cut_mm: Longs, cost_mm: Ints, facility: Ints) -> None:
    """Take words apart as `passes.parted` does."""
    cost = _cost(word)
    cost_mm[:] = np.where(cost <= cut_mm, cost, UNREACHABLE)
    facility[:] = np.where(cost <= cut_mm, _low(word), -1)


def dealt(number: Longs, word: Words, size: int) -> tuple[Longs, Words]:
    """Deal words to their numbers as `passes.dealt` does."""
    order = np.argsort(number, kind="stable")
    return np.searchsorted(number[order], np.arange(size + 1)), word[order]


def stepped(cost_mm: Ints, limits_mm: Ints, weights: Floats) -> Floats:
    """Weigh costs by zones as `passes.stepped` does."""
    return np.asarray(weights[np.searchsorted(limits_mm, cost_mm)])


def by_site(number: Longs, begin: Longs, words: Words) -> tuple[Longs, Ints, Ints]:
    """Sort what a search found as `passes.by_site` does."""
    count = np.diff(begin)
    words = words[np.lexsort((words, np.repeat(number, count)))]
    indptr = np.zeros(len(number) + 1, np.int64)
    indptr[number + 1] = count
    return np.cumsum(indptr), _cost(words).astype(np.int32), _low(words).astype(np.int32)


def _cost(word: Words) -> Longs:
    return (word >> COST_BITS).astype(np.int64)


def _low(word: Words) -> Longs:
    return (word & LOW).astype(np.int64)


def _edges(graph: Inbound) -> tuple[Longs, Longs, Longs]:
    at = np.repeat(np.arange(len(graph.start) - 1), np.diff(graph.start))
    return at, (graph.word & NODE).astype(np.int64), _cost(graph.word)


def _graph(at: Longs, to: Longs, weight: Longs, size: int) -> csr_array:
    """Build scipy's graph, of several equal edges the lightest (scipy would add them up)."""
    order = np.lexsort((weight, to, at))
    at, to, weight = at[order], to[order], weight[order]
    first = np.ones(len(at), bool)
    first[1:] = (at[1:] != at[:-1]) | (to[1:] != to[:-1])
    start = np.searchsorted(at[first], np.arange(size + 1))
    return csr_array((weight[first].astype(np.float64), to[first], start), shape=(size, size))
