"""Cover sets: who is within the cutoff of each site, with exact costs (`siting.network.costs`)."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.network import engine
from siting.network.ends import beside_each_other, ends_of
from siting.network.engine import high, low
from siting.network.kernels import UNREACHABLE, UNREACHED, Links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from siting.network.snap import Positions
    from siting.network.straight import OnSite
    from siting.network.streets import Streets

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]

PAIRS_AT_ONCE = 2**20
"""Pairs of demand and site in one part of `cover_parts`; in the making each takes 24 bytes."""

_PROBE = 128  # sites that tell how many pairs a site has, and the fewest in a part
_NEAR = 5000  # nodes within reach of a site, up to which sites are searched together


@dataclass(frozen=True, eq=False)
class CoverSets:
    """Demand within the cutoff of each site, as sparse rows.

    Site s covers the demand rows `demand[indptr[s]:indptr[s + 1]]`, ascending, at `cost_mm`.
    """

    indptr: Longs
    demand: Ints
    cost_mm: Ints


def cover_sets(
    streets: Streets,
    *,
    demand: Positions,
    sites: Positions,
    cutoff_m: float | None = None,
    cutoff_mm: ArrayLike | None = None,
    on_site: OnSite | None = None,
    threads: int | None = None,
) -> CoverSets:
    """Find the demand within the cutoff of each site, with costs from demand to site.

    Give one cutoff for all, `cutoff_m`, or one per demand row, `cutoff_mm` (negative: that row
    is covered by none). Takes eight bytes a pair, and per thread four bytes a node, eight a demand
    row and what `PAIRS_AT_ONCE` says.
    """
    row_cut = _row_cut(len(demand), cutoff_m, cutoff_mm)
    found = _cover(streets, demand, sites, row_cut=row_cut, on_site=on_site, threads=threads)
    return _joined(*found)


def cover_parts(
    streets: Streets,
    *,
    demand: Positions,
    sites: Positions,
    cutoff_m: float | None = None,
    cutoff_mm: ArrayLike | None = None,
    on_site: OnSite | None = None,
    threads: int | None = None,
) -> Iterator[CoverSets]:
    """Yield `cover_sets` for some sites after the other, where eight bytes a pair are too many.

    Each part holds about `PAIRS_AT_ONCE` pairs of demand and site.
    """
    row_cut = _row_cut(len(demand), cutoff_m, cutoff_mm)
    return _cover(streets, demand, sites, row_cut=row_cut, on_site=on_site, threads=threads)[1]


def _row_cut(rows: int, cutoff_m: float | None, cutoff_mm: ArrayLike | None) -> Ints:
    return np.asarray(engine.cuts((1, rows), cutoff_m, cutoff_mm)[0], np.int32)


def _links(streets: Streets, demand: Positions) -> Links:
    """List the demand beside each node, at either end of its edge."""
    ends = ends_of(streets, demand, arriving=False)
    node = np.concatenate([ends.u, ends.v])
    cost = np.concatenate([ends.cost_u, ends.cost_v])
    word = high(cost) | low(np.tile(ends.row, 2))
    worth = cost < UNREACHABLE
    return Links(*engine.around.dealt(node[worth], word[worth], len(streets.node_x_mm)))


def _cover(
    streets: Streets,
    demand: Positions,
    sites: Positions,
    *,
    row_cut: Ints,
    on_site: OnSite | None,
    threads: int | None,
) -> tuple[float, Iterator[CoverSets]]:
    """Yield the cover sets of the sites in their order, some thousand at a time.

    And say first how many pairs to expect, by some sites from everywhere. These also tell how far
    searches go: near ones are made for eight sites together.
    """
    ends = ends_of(streets, sites, arriving=True)
    node = np.zeros((len(sites), 2), np.int32)
    node[ends.row] = np.column_stack([ends.u, ends.v])
    word = np.full((len(sites), 2), UNREACHED, np.uint64)
    word[ends.row] = high(np.column_stack([ends.cost_u, ends.cost_v]))
    beside = beside_each_other(streets, demand, sites, on_site)
    word_beside = high(beside.cost_mm) | low(beside.demand)
    start_beside = np.searchsorted(beside.facility, np.arange(len(sites) + 1))
    graph, links = streets.inbound, _links(streets, demand)
    cut = engine.within(int(row_cut.max(initial=0)))

    def one_by_one(order: Longs, chosen: slice, start: Longs) -> tuple[CoverSets, int]:
        own, pairs = (node[chosen], word[chosen]), Links(start, word_beside)
        begin, words, nodes = engine.search.cover(graph, order, *own, cut, links, pairs, row_cut)
        return CoverSets(*engine.around.by_site(order, begin, words)), nodes

    def together(order: Longs, chosen: slice, start: Longs) -> CoverSets:
        own, pairs = (node[chosen], word[chosen]), Links(start, word_beside)
        room = rooms.pop() if rooms else engine.together.room(graph, len(row_cut))
        *found, room = engine.together.cover(graph, order, *own, cut, links, pairs, row_cut, room)
        sets = CoverSets(*engine.around.in_order(order, *found))
        rooms.append(room)
        return sets

    rooms: list[Any] = []  # one for each search under way; taking and giving back is atomic
    probe = slice(0, None, max(len(sites) // _PROBE, min(len(sites), 64), 1))
    count = len(range(len(sites))[probe])
    tried, nodes = one_by_one(np.arange(count), probe, np.zeros(count + 1, np.int64))
    near = engine.together is not None and nodes <= _NEAR * count

    def part(ends: tuple[int, int]) -> CoverSets:
        chosen, start = slice(*ends), start_beside[ends[0] : ends[1] + 1]
        order = np.argsort(sites.edge[chosen], kind="stable")
        return together(order, chosen, start) if near else one_by_one(order, chosen, start)[0]

    def parts() -> Iterator[CoverSets]:
        workers = engine.workers(threads, len(streets.node_x_mm))
        share = -(-len(sites) // workers)
        step = max(_PROBE, min(share, PAIRS_AT_ONCE * count // max(len(tried.demand), 1)))
        starts = range(0, max(len(sites), 1), step)
        with ThreadPoolExecutor(workers) as pool:
            tasks = (pool.submit(part, (at, min(at + step, len(sites)))) for at in starts)
            # No more parts in the making than there are workers, and one with whoever takes them.
            waiting = deque(islice(tasks, workers))
            while waiting:
                found = waiting.popleft().result()
                waiting.extend(islice(tasks, 1))
                yield found

    return len(tried.demand) * len(sites) / max(count, 1), parts()


def _joined(pairs: float, parts: Iterator[CoverSets]) -> CoverSets:
    """Chain the parts as they come, into room for the pairs to expect.

    What is taken at most is the result and the parts in the making: pages that nothing was written
    to take no memory, and giving up what was too much hands pages back.
    """
    room = int(pairs * 1.2)
    demand, cost = np.empty(room, np.int32), np.empty(room, np.int32)
    indptr, end = [np.zeros(1, np.int64)], 0
    for part in parts:
        at, end = end, end + len(part.demand)
        if end > len(demand):
            demand.resize(end, refcheck=False)
            cost.resize(end, refcheck=False)
        demand[at:end], cost[at:end] = part.demand, part.cost_mm
        indptr.append(part.indptr[1:] + at)
    demand.resize(end, refcheck=False)
    cost.resize(end, refcheck=False)
    return CoverSets(np.concatenate(indptr), demand, cost)
