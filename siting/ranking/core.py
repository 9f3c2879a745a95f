"""The core of a coverage model: what is left to decide once the fixed part is taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from siting.ranking.cover_model import (
    EXISTING,
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
    site
        Model positions of the sites open to choice.
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
    """

    site: Ints
    indptr: Ints
    row: Index
    by_row: Ints
    row_site: Index
    weights: Ints
    first: Ints
    base: int

    def only(self, rows: Ints) -> Core:
        """Return the core with some of its rows."""
        size = np.diff(self.by_row)[rows]
        by_row = np.r_[0, np.cumsum(size)].astype(np.int64)
        entries = np.repeat(self.by_row[rows] - by_row[:-1], size) + np.arange(by_row[-1])
        row_site = self.row_site[entries]
        indptr, row, _ = transposed(by_row, row_site, len(self.site))
        return replace(
            self,
            indptr=indptr,
            row=row,
            by_row=by_row,
            row_site=row_site,
            weights=self.weights[rows],
            first=self.first[rows],
        )

    def value(self, chosen: Ints) -> int:
        """Return the people whom `chosen` cover beyond the base."""
        reached = counts(self.indptr, self.row, chosen, len(self.weights)) > 0
        return int(self.weights[reached].sum())


def core_of(model: CoverModel) -> Core:
    """Take out what is fixed, and merge the demand rows that the same free sites reach."""
    fixed = np.flatnonzero((model.status == MUST) | (model.status == EXISTING))
    served = model.covered | (counts(model.indptr, model.demand, fixed, len(model.weights)) > 0)
    site = model.free_sites()
    free = np.zeros(len(model.site_ids), np.bool_)
    free[site] = True
    of_site = np.repeat(np.arange(len(free)), np.diff(model.indptr))
    keep = free[of_site] & (~served & (model.weights > 0))[model.demand]
    renamed = (np.cumsum(free) - 1)[of_site[keep]]
    indptr = np.r_[0, np.cumsum(np.bincount(renamed, minlength=len(site)))].astype(np.int64)
    by_row, row_site, _ = transposed(indptr, model.demand[keep], len(served))
    by_row, row_site, weights, first = merge_rows(by_row, row_site, model.weights)
    indptr, row, _ = transposed(by_row, row_site, len(site))
    return Core(
        site=site,
        indptr=indptr,
        row=row,
        by_row=by_row,
        row_site=row_site,
        weights=weights,
        first=first,
        base=int(model.weights[served].sum()),
    )


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
