"""Cover sets: who is within the cutoff of each site, with exact costs (`siting.network.costs`)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.network import engine
from siting.network.ends import beside_each_other, ends_of
from siting.network.engine import high, low
from siting.network.kernels import UNREACHABLE, UNREACHED, Links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import ArrayLike, NDArray

    from siting.network.snap import Positions
    from siting.network.straight import OnSite
    from siting.network.streets import Streets

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]

PAIRS_AT_ONCE = 2**20
"""Pairs of demand and site in one part of `cover_parts`; in the making each takes 24 bytes."""

_PROBE = 256  # sites in the first part, which tells how many pairs a site has


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
    parts = _cover(streets, demand, sites, row_cut=row_cut, on_site=on_site, threads=threads)
    return _joined(parts)


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
    return _cover(streets, demand, sites, row_cut=row_cut, on_site=on_site, threads=threads)


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
) -> Iterator[CoverSets]:
    """Yield the cover sets of the sites in their order, some thousand at a time."""
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

    def search(part: tuple[int, int]) -> CoverSets:
        chosen = slice(*part)
        order = np.argsort(sites.edge[chosen], kind="stable")
        pairs = Links(start_beside[part[0] : part[1] + 1], word_beside)
        found = engine.search.cover(
            graph, order, node[chosen], word[chosen], cut, links, pairs, row_cut
        )
        return CoverSets(*engine.around.by_site(order, *found))

    first = search((0, min(_PROBE, len(sites))))
    yield first
    workers = engine.workers(threads, len(streets.node_x_mm))
    share = -(-(len(sites) - _PROBE) // workers)
    step = max(_PROBE, min(share, PAIRS_AT_ONCE * _PROBE // max(len(first.demand), 1)))
    starts = range(_PROBE, len(sites), step)
    with ThreadPoolExecutor(workers) as pool:
        # No more parts in the air than there are workers: results wait for whoever takes them.
        for i in range(0, len(starts), workers):
            parts = [(at, min(at + step, len(sites))) for at in starts[i : i + workers]]
            yield from pool.map(search, parts)


def _joined(parts: Iterable[CoverSets]) -> CoverSets:
    """Chain the parts as they come.

    Resizing hands pages over instead of copying them: what is taken at most is the result and the
    parts in the making.
    """
    indptr = [np.zeros(1, np.int64)]
    demand, cost = np.empty(0, np.int32), np.empty(0, np.int32)
    for part in parts:
        at, end = len(demand), len(demand) + len(part.demand)
        demand.resize(end, refcheck=False)
        cost.resize(end, refcheck=False)
        demand[at:], cost[at:] = part.demand, part.cost_mm
        indptr.append(part.indptr[1:] + at)
    return CoverSets(np.concatenate(indptr), demand, cost)
