"""Walking costs on the network, exact on edge positions: the nearest facilities.

A cost is what people walk **from demand to facility**: the leg to their street, their share of
its edge, the edges between, the share of the facility's edge and its leg. Searches run outward
from facilities over reversed edges, because there are fewer facilities than people. Costs of all
pairs within a cutoff: `siting.network.cover`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from siting.network import engine
from siting.network.cover import PAIRS_AT_ONCE, CoverSets, cover_parts, cover_sets
from siting.network.ends import beside_each_other, ends_of
from siting.network.engine import high, low
from siting.network.kernels import LOW, UNREACHABLE, UNREACHED
from siting.network.straight import OnSite, on_site_pairs, straight_nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from siting.network.snap import Positions
    from siting.network.streets import Streets

    Ints = NDArray[np.int32]
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


class Nearest(NamedTuple):
    """Cost of each demand row to its nearest facility, and that facility.

    `UNREACHABLE` and −1 where there is none.
    """

    cost_mm: Ints
    facility: Ints


def nearest_costs(
    streets: Streets,
    *,
    demand: Positions,
    facilities: Positions,
    categories: Sequence[ArrayLike] | None = None,
    limit_m: float | None = None,
    cutoff_mm: ArrayLike | None = None,
    on_site: OnSite | None = None,
    threads: int | None = None,
) -> Nearest:
    """Find the nearest facility of each demand row; ties go to the smallest row.

    With `categories`, find the nearest of each category at once: the answer's arrays then have one
    row per category, and what the questions share is worked out only once. Several cutoffs of one
    category need no more than its largest: a demand row is within each that its cost is within.

    Parameters
    ----------
    categories
        Rows of `facilities` (numbers or a mask) in each of the k categories, which may overlap. The
        facilities in the answer are rows of `facilities` still.
    limit_m
        Costs above it are `UNREACHABLE`; a limit makes the search faster.
    cutoff_mm
        The same in whole millimetres, for each category, each demand row or both: anything that
        broadcasts to categories × demand rows, such as ``[[300_000], [500_000]]`` for two
        categories, or one number per demand row. Negative: that row is out of reach.
    on_site
        Pairs that share premises, for which a shorter straight walk counts instead.
    threads
        Searches side by side (default: two on large networks); the result is the same.

    Returns
    -------
    Nearest
        Arrays of demand rows; with `categories`, of k × demand rows.
    """
    every = np.ones(len(facilities), bool)
    members = [every] if categories is None else [_member(c, len(facilities)) for c in categories]
    cuts = engine.cuts((len(members), len(demand)), limit_m, cutoff_mm)
    seeds, leaving = _seeds(streets, facilities), ends_of(streets, demand, arriving=False)
    beside = beside_each_other(streets, demand, facilities, on_site)
    result = Nearest(np.empty(cuts.shape, np.int32), np.empty(cuts.shape, np.int32))
    workers = engine.workers(threads, len(streets.node_x_mm))
    # Categories side by side; the searches of a single one, where there is no other.
    parts = workers if len(members) == 1 else 1

    def answer(category: int) -> None:
        member, cut_mm = members[category], cuts[category].copy()
        label = _labels(streets, seeds.among(member), int(cut_mm.max(initial=-1)), parts)
        word = engine.around.carried(label, leaving, len(demand))
        pair = np.flatnonzero(member[beside.facility])
        near = high(beside.cost_mm[pair]) | low(beside.facility[pair])
        np.minimum.at(word, beside.demand[pair], near)
        engine.around.parted(word, cut_mm, result.cost_mm[category], result.facility[category])

    engine.side_by_side(answer, range(len(members)), workers)
    return Nearest(result.cost_mm[0], result.facility[0]) if categories is None else result


def _member(category: ArrayLike, facilities: int) -> NDArray[np.bool_]:
    rows = np.asarray(category)
    member = np.zeros(facilities, bool)
    member[rows if rows.size else slice(0)] = True  # an empty list has no type to index with
    return member


class _Seeds(NamedTuple):
    """Where searches begin: two rows per placed facility, the ends of its edge."""

    node: Ints
    word: Words

    def among(self, member: NDArray[np.bool_]) -> _Seeds:
        chosen = member[(self.word & LOW).astype(np.int64)]
        return _Seeds(self.node[chosen], self.word[chosen])


def _seeds(streets: Streets, facilities: Positions) -> _Seeds:
    ends = ends_of(streets, facilities, arriving=True)
    # Edges follow the Hilbert order of their nodes, so that searches that follow each other read
    # the same part of memory.
    order = np.argsort(facilities.edge[ends.row], kind="stable")
    node = np.column_stack([ends.u, ends.v])[order].ravel()
    cost = np.column_stack([ends.cost_u, ends.cost_v])[order].ravel()
    return _Seeds(node, high(cost) | low(np.repeat(ends.row[order], 2)))


def _labels(streets: Streets, seeds: _Seeds, cut_mm: int, parts: int) -> Words:
    """Label each node with cost << 32 | facility of its nearest facility."""

    def search(part: tuple[int, int]) -> Words:
        label = np.full(len(streets.node_x_mm), UNREACHED, np.uint64)
        chosen = slice(2 * part[0], 2 * part[1])
        own = seeds.node[chosen], seeds.word[chosen]
        engine.search.nearest(streets.inbound, *own, engine.within(cut_mm), label)
        return label

    first, *others = engine.side_by_side(search, engine.split(len(seeds.node) // 2, parts), parts)
    for other in others:
        np.minimum(first, other, out=first)
    return first
