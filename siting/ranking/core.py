"""The core of a coverage model: what is left to decide once the fixed part is taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.ranking.cover_model import (
    EXISTING,
    FREE,
    MUST,
    CoverModel,
    Flags,
    Index,
    Ints,
)
from siting.ranking.kernels import counts, sums, transposed


@dataclass(frozen=True, eq=False)
class Core:
    """Free sites over merged rows; rows that the same free sites reach are one row.

    Attributes
    ----------
    must, site
        Model positions of the sites that open in any case, and of those open to choice.
    indptr, row
        Rows of each site, in CSR form.
    by_row, row_site
        Sites of each row, in CSR form.
    weights
        People of each merged row.
    first
        Smallest demand row of each merged row; merged rows stand in this order.
    base
        People covered whatever is chosen: by existing and must-have sites, or already.
    cost
        Price of each site.
    rival_ptr, rival
        Sites that may not open beside each site, in CSR form, both directions.
    """

    must: Ints
    site: Ints
    indptr: Ints
    row: Index
    by_row: Ints
    row_site: Index
    weights: Ints
    first: Ints
    base: int
    cost: Ints
    rival_ptr: Ints
    rival: Index

    def value(self, chosen: Ints) -> int:
        """Return the people whom `chosen` cover beyond the base."""
        reached = counts(self.indptr, self.row, chosen, len(self.weights)) > 0
        return int(self.weights[reached].sum())

    def rivals(self, site: int) -> Index:
        """Return the sites that may not open beside `site`."""
        return self.rival[self.rival_ptr[site] : self.rival_ptr[site + 1]]


def core_of(model: CoverModel) -> Core:
    """Take out what is fixed, and merge the demand rows that the same free sites reach."""
    fixed = np.flatnonzero((model.status == MUST) | (model.status == EXISTING))
    served = model.covered | (counts(model.indptr, model.demand, fixed, len(model.weights)) > 0)
    free = model.status == FREE
    free[_rivals_of(model, fixed)] = False
    open_rows = ~served & (model.weights > 0)
    of_site = np.repeat(np.arange(len(free)), np.diff(model.indptr))
    keep = free[of_site] & open_rows[model.demand]
    site = np.flatnonzero(free)
    renamed = np.cumsum(free) - 1
    indptr = np.r_[0, np.cumsum(np.bincount(renamed[of_site[keep]], minlength=len(site)))]
    by_row, row_site, _ = transposed(indptr.astype(np.int64), model.demand[keep], len(served))
    by_row, row_site, weights, first = merge_rows(by_row, row_site, model.weights)
    indptr, row, _ = transposed(by_row, row_site, len(site))
    rival_ptr, rival = _rival_lists(model, free, renamed)
    return Core(
        must=np.flatnonzero(model.status == MUST),
        site=site,
        indptr=indptr,
        row=row,
        by_row=by_row,
        row_site=row_site,
        weights=weights,
        first=first,
        base=int(model.weights[served].sum()),
        cost=model.site_cost[site],
        rival_ptr=rival_ptr,
        rival=rival,
    )


def _rivals_of(model: CoverModel, fixed: Ints) -> Ints:
    is_fixed = np.zeros(len(model.site_ids), np.bool_)
    is_fixed[fixed] = True
    a, b = model.conflicts[:, 0], model.conflicts[:, 1]
    rivals: Ints = np.r_[b[is_fixed[a]], a[is_fixed[b]]].astype(np.int64)
    return rivals


def _rival_lists(model: CoverModel, free: Flags, renamed: Ints) -> tuple[Ints, Index]:
    both = model.conflicts[free[model.conflicts].all(axis=1)]
    pairs = renamed[np.concatenate([both, both[:, ::-1]])]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    start = np.cumsum(np.bincount(pairs[:, 0], minlength=int(free.sum())))
    return np.r_[0, start].astype(np.int64), pairs[:, 1].astype(np.int32)


def merge_rows(by_row: Ints, row_site: Index, weights: Ints) -> tuple[Ints, Index, Ints, Ints]:
    """Merge rows with the same list of sites; drop rows without any.

    Rows are brought together by two 64-bit hashes and then compared entry by entry, so that a
    collision can at worst leave two rows apart, never merge what differs.

    Returns
    -------
    tuple
        CSR of the merged rows (indptr, sites), their added weights, and the smallest row of each.
    """
    length = np.diff(by_row)
    filled = np.flatnonzero(length)
    if not len(filled):
        return np.zeros(1, np.int64), row_site[:0], weights[:0], filled
    code = np.random.default_rng(0).integers(1, 2**63, (2, int(row_site.max()) + 1), np.uint64)
    hashes = [np.add.reduceat(c[row_site], by_row[filled]) for c in code]
    order = np.lexsort((hashes[1], hashes[0], length[filled]))
    fresh = ~_same_as_previous(by_row, row_site, filled[order], [h[order] for h in hashes])
    starts = np.flatnonzero(fresh)
    merged = np.add.reduceat(weights[filled[order]], starts)
    first = filled[order][starts]  # lexsort is stable: the first of a run is the smallest row
    rank = np.argsort(first)
    first, merged = first[rank], merged[rank]
    size = length[first]
    indptr = np.r_[0, np.cumsum(size)]
    entries = np.repeat(by_row[first] - indptr[:-1], size) + np.arange(indptr[-1])
    return indptr, row_site[entries], merged, first


def _same_as_previous(by_row: Ints, row_site: Index, rows: Ints, hashes: list[Ints]) -> Flags:
    """Say for each row whether it lists the same sites as the row before it."""
    size = np.diff(by_row)[rows]
    same: Flags = np.r_[False, size[1:] == size[:-1]]
    for value in hashes:
        same[1:] &= value[1:] == value[:-1]
    later = np.flatnonzero(same)
    if not len(later):
        return same
    ends = np.cumsum(size[later])
    step = np.arange(ends[-1]) - np.repeat(ends - size[later], size[later])
    here = row_site[np.repeat(by_row[rows[later]], size[later]) + step]
    there = row_site[np.repeat(by_row[rows[later - 1]], size[later]) + step]
    same[later] = np.logical_and.reduceat(here == there, ends - size[later])
    return same


def site_gains(core: Core) -> Ints:
    """Return the people whom each site would cover alone, beyond the base."""
    gains: Ints = sums(core.indptr, core.row, core.weights)
    return gains
