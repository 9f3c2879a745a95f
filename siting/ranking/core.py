"""The core of a coverage model: what is left to decide once the fixed part is taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from siting.ranking.cover_model import (
    EXISTING,
    MUST,
    CoverModel,
    Index,
    Ints,
)
from siting.ranking.kernels import counts, sums, transposed
from siting.ranking.merging import Merged, merge_rows


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
        People of each merged row; merged rows stand in the order of their first demand rows.
    base
        People covered whatever is chosen: by existing and must-have sites, or already.
    """

    site: Ints
    indptr: Ints
    row: Index
    by_row: Ints
    row_site: Index
    weights: Ints
    base: int

    @property
    def total(self) -> int:
        """Return the people of all rows."""
        return int(self.weights.sum())

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
        )

    def among(self, sites: Ints) -> Core:
        """Return the core with some of its sites, ascending; its rows stay as they are."""
        size = np.diff(self.indptr)[sites]
        indptr = np.r_[0, np.cumsum(size)].astype(np.int64)
        row = self.row[np.repeat(self.indptr[sites] - indptr[:-1], size) + np.arange(indptr[-1])]
        by_row, row_site, _ = transposed(indptr, row, len(self.weights))
        return replace(
            self, site=self.site[sites], indptr=indptr, row=row, by_row=by_row, row_site=row_site
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
    rows = merge_rows(model.indptr, model.demand, np.where(served, 0, model.weights), site)
    return core_over(site, rows, base=int(model.weights[served].sum()))


def core_over(site: Ints, rows: Merged, *, base: int) -> Core:
    """Build the core of some sites over merged rows."""
    by_row, row_site, _ = transposed(rows.indptr, rows.row, len(rows.weights))
    return Core(site, rows.indptr, rows.row, by_row, row_site, rows.weights, base)


def site_gains(core: Core) -> Ints:
    """Return the people whom each site would cover alone, beyond the base."""
    gains: Ints = sums(core.indptr, core.row, core.weights)
    return gains
