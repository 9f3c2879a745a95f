"""Walking costs on the network, exact on edge positions: nearest facility, and cover sets.

A cost is what people walk **from demand to facility**: the leg to their street, their share of
its edge, the edges between, the share of the facility's edge and its leg. Searches run outward
from facilities over reversed edges, because there are fewer facilities than people.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from siting.network import kernels, searches
from siting.network.compiled import HAS_NUMBA
from siting.network.ends import beside_each_other, ends_of, high, low
from siting.network.kernels import COST_BITS, LOW, UNREACHABLE, UNREACHED, Links
from siting.network.straight import OnSite, on_site_pairs, straight_nearest
from siting.network.streets import to_mm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import ArrayLike, NDArray

    from siting.network.snap import Positions
    from siting.network.streets import Streets

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]
    Words = NDArray[np.uint64]

__all__ = [
    "PAIRS_AT_ONCE",
    "UNREACHABLE",
    "CoverSets",
    "Nearest",
    "OnSite",
    "cover_parts",
    "cover_sets",
    "nearest_costs",
    "on_site_pairs",
    "straight_nearest",
]

_search: Any = kernels if HAS_NUMBA else searches
PAIRS_AT_ONCE = 2**21
"""Pairs of demand and site in one part of `cover_parts`; in the making each takes 40 bytes."""

_PROBE = 256  # sites in the first part, which tells how many pairs a site has
_WORTH_THREADS = 100_000  # nodes; below, starting threads costs more than they save


class Nearest(NamedTuple):
    """Cost of each demand row to its nearest facility, and that facility.

    `UNREACHABLE` and −1 where there is none.
    """

    cost_mm: Ints
    facility: Ints


@dataclass(frozen=True, eq=False)
class CoverSets:
    """Demand within the cutoff of each site, as sparse rows.

    Site s covers the demand rows `demand[indptr[s]:indptr[s + 1]]`, ascending, at `cost_mm`.
    """

    indptr: Longs
    demand: Ints
    cost_mm: Ints


def nearest_costs(
    streets: Streets,
    *,
    demand: Positions,
    facilities: Positions,
    limit_m: float | None = None,
    on_site: OnSite | None = None,
    threads: int | None = None,
) -> Nearest:
    """Find the nearest facility of each demand row; ties go to the smallest row.

    Parameters
    ----------
    limit_m
        Costs above it are `UNREACHABLE`; a limit makes the search faster.
    on_site
        Pairs that share premises, for which a shorter straight walk counts instead.
    threads
        Searches side by side (default: two on large networks); the result is the same.
    """
    cut_mm = UNREACHABLE - 1 if limit_m is None else int(to_mm(limit_m))
    label = _labels(streets, facilities, cut_mm, threads)
    word = np.full(len(demand), UNREACHED, np.uint64)
    leaving = ends_of(streets, demand, arriving=False)
    for node, cost in ((leaving.u, leaving.cost_u), (leaving.v, leaving.cost_v)):
        word[leaving.row] = np.minimum(word[leaving.row], label[node] + high(cost))
    beside = beside_each_other(streets, demand, facilities, on_site)
    np.minimum.at(word, beside.demand, high(beside.cost_mm) | low(beside.facility))
    cost_mm = word >> COST_BITS
    found = cost_mm <= np.uint64(cut_mm)
    return Nearest(
        np.where(found, cost_mm, UNREACHABLE).astype(np.int32),
        np.where(found, (word & LOW).astype(np.int64), -1).astype(np.int32),
    )


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
    is covered by none).
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
    cut = (
        np.full(rows, to_mm(cutoff_m)) if cutoff_m is not None else np.asarray(cutoff_mm, np.int64)
    )
    return cut.clip(-1, UNREACHABLE - 1).astype(np.int32)


def _cut(cut_mm: int) -> np.uint64:
    return np.uint64((cut_mm << 32) | 0xFFFFFFFF)


def _labels(streets: Streets, facilities: Positions, cut_mm: int, threads: int | None) -> Words:
    """Label each node with cost << 32 | facility of its nearest facility."""
    ends = ends_of(streets, facilities, arriving=True)
    # Edges follow the Hilbert order of their nodes, so that searches that follow each other read
    # the same part of memory.
    order = np.argsort(facilities.edge[ends.row], kind="stable")
    node = np.column_stack([ends.u, ends.v])[order].ravel()
    cost = np.column_stack([ends.cost_u, ends.cost_v])[order].ravel()
    word = high(cost) | low(np.repeat(ends.row[order], 2))
    graph, nodes = streets.inbound, len(streets.node_x_mm)

    def search(part: tuple[int, int]) -> Words:
        label = np.full(nodes, UNREACHED, np.uint64)
        chosen = slice(2 * part[0], 2 * part[1])
        seeds = node[chosen], word[chosen]
        _search.nearest(graph, *seeds, _cut(cut_mm), label)
        return label

    workers = _workers(threads, nodes)
    with ThreadPoolExecutor(workers) as pool:
        first, *others = pool.map(search, _split(len(order), workers))
    for other in others:
        np.minimum(first, other, out=first)
    return first


def _workers(threads: int | None, nodes: int) -> int:
    if threads is not None:
        return threads
    return 2 if nodes >= _WORTH_THREADS else 1


def _split(count: int, parts: int) -> list[tuple[int, int]]:
    """Cut 0 … count into at most `parts` pieces of about equal size."""
    parts = max(1, min(parts, count))
    return list(pairwise(count * i // parts for i in range(parts + 1)))


def _links(streets: Streets, demand: Positions) -> Links:
    """List the demand beside each node, at either end of its edge."""
    ends = ends_of(streets, demand, arriving=False)
    node = np.concatenate([ends.u, ends.v])
    word = high(np.concatenate([ends.cost_u, ends.cost_v])) | low(np.tile(ends.row, 2))
    return Links(*_search.dealt(node, word, len(streets.node_x_mm)))


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
    cut = _cut(max(int(row_cut.max(initial=0)), 0))

    def search(part: tuple[int, int]) -> CoverSets:
        chosen = slice(*part)
        order = np.argsort(sites.edge[chosen], kind="stable")
        pairs = Links(start_beside[part[0] : part[1] + 1], word_beside)
        found = _search.cover(graph, order, node[chosen], word[chosen], cut, links, pairs, row_cut)
        return CoverSets(*found)

    first = search((0, min(_PROBE, len(sites))))
    yield first
    workers = _workers(threads, len(streets.node_x_mm))
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
