"""`CoverModel`: who is reached from where, as plain arrays; every model starts here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike

Ints = NDArray[np.int64]
Index = NDArray[np.int32]
Flags = NDArray[np.bool_]

STATUSES = ("free", "must", "never", "existing")
FREE, MUST, NEVER, EXISTING = range(4)


@dataclass(frozen=True, eq=False)
class CoverModel:
    """The cover sets of k sites over n demand rows, in CSR form by site.

    Attributes
    ----------
    site_ids
        Names of the sites, ascending; ties are always broken towards the smaller one.
    indptr, demand
        Site j reaches the rows ``demand[indptr[j]:indptr[j + 1]]``, ascending (int64 k + 1, int32).
    weights
        People (or any integer value) of each demand row, ≥ 0 (int64 n).
    covered
        Rows served already by something outside the model (bool n).
    status
        `FREE`, `MUST` (opens), `NEVER` (stays shut) or `EXISTING` (open, not counted) (int8 k).
    site_cost
        Price of opening each site in whole units of the budget (int64 k).
    conflicts
        Pairs of sites that may not both open, smaller index first, ascending (int32 m × 2).
    cost_mm
        Cost of each pair, beside `demand`; only the models that weigh costs need it (int64).
    capacity
        People each site can serve (int64 k), or None where capacity does not bind.
    """

    site_ids: tuple[str, ...]
    indptr: Ints
    demand: Index
    weights: Ints
    covered: Flags
    status: NDArray[np.int8]
    site_cost: Ints
    conflicts: Index
    cost_mm: Ints | None = None
    capacity: Ints | None = None

    def rows(self, site: int) -> Index:
        """Return the demand rows that `site` reaches."""
        return self.demand[self.indptr[site] : self.indptr[site + 1]]

    def free_sites(self) -> Ints:
        """Return the sites open to choice: free, and no rival of one that is open in any case."""
        fixed = (self.status == MUST) | (self.status == EXISTING)
        a, b = self.conflicts[:, 0], self.conflicts[:, 1]
        free = self.status == FREE
        free[b[fixed[a]]] = False
        free[a[fixed[b]]] = False
        return np.flatnonzero(free)

    def with_status(self, changes: Mapping[str, int]) -> CoverModel:
        """Return the model with the status of some sites changed."""
        at = {site: j for j, site in enumerate(self.site_ids)}
        status = self.status.copy()
        for site, value in changes.items():
            status[at[site]] = value
        return replace(self, status=status)


def cover_model(
    site_ids: Sequence[str],
    site: ArrayLike,
    demand: ArrayLike,
    *,
    weights: ArrayLike,
    covered: ArrayLike | None = None,
    status: ArrayLike | None = None,
    site_cost: ArrayLike | None = None,
    conflicts: ArrayLike | None = None,
    cost_mm: ArrayLike | None = None,
    capacity: ArrayLike | None = None,
) -> CoverModel:
    """Build a `CoverModel` from pairs in any order.

    Parameters
    ----------
    site_ids
        k distinct names, in the order to which `site`, `status`, `site_cost`, `conflicts` and
        `capacity` refer; the model sorts them.
    site, demand
        One entry per pair: position of the site, and demand row. A pair given twice counts once,
        at its least cost.
    weights
        People per demand row; fixes n.
    covered, status, site_cost, conflicts, cost_mm, capacity
        See `CoverModel`. By default nothing is covered, every site is free and costs 1.

    Raises
    ------
    ValueError
        If the arrays do not fit together.
    """
    k, n = len(site_ids), len(np.asarray(weights))
    order = np.array(sorted(range(k), key=site_ids.__getitem__), np.int64)
    names = tuple(site_ids[j] for j in order)
    if len(set(names)) < k:
        raise ValueError("a site id stands twice")
    rank = np.empty(k, np.int64)
    rank[order] = np.arange(k)
    of_site, of_demand, cost = _sorted_pairs(
        rank[_ints(site, "site", below=k)], _ints(demand, "demand", below=n), cost_mm
    )
    pairs = np.zeros((0, 2), np.int64) if conflicts is None else np.asarray(conflicts, np.int64)
    pairs = np.sort(rank[pairs.reshape(-1, 2)], axis=1)
    indptr = np.zeros(k + 1, np.int64)
    np.cumsum(np.bincount(of_site, minlength=k), out=indptr[1:])
    return CoverModel(
        site_ids=names,
        indptr=indptr,
        demand=of_demand.astype(np.int32),
        weights=_ints(weights, "weights"),
        covered=np.zeros(n, np.bool_) if covered is None else _fit(covered, n).astype(np.bool_),
        status=(np.zeros(k) if status is None else _fit(status, k)[order]).astype(np.int8),
        site_cost=_ints(
            np.ones(k) if site_cost is None else _fit(site_cost, k)[order], "site_cost"
        ),
        conflicts=np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0).astype(np.int32),
        cost_mm=cost,
        capacity=None if capacity is None else _ints(_fit(capacity, k)[order], "capacity"),
    )


def _ints(values: ArrayLike, name: str, *, below: int | None = None) -> Ints:
    """Return whole numbers ≥ 0 as int64, or say that they are not."""
    given = np.asarray(values)
    whole = given.astype(np.int64)
    if np.any(whole != given) or np.any(whole < 0):
        raise ValueError(f"{name} must be whole numbers, not negative")
    if below is not None and np.any(whole >= below):
        raise ValueError(f"{name} points beyond the last of {below}")
    return whole


def _fit(values: ArrayLike, length: int) -> NDArray[np.generic]:
    given = np.asarray(values)
    if given.shape != (length,):
        raise ValueError(f"expected {length} values, found {given.shape}")
    return given


def _sorted_pairs(
    site: Ints, demand: Ints, cost_mm: ArrayLike | None
) -> tuple[Ints, Ints, Ints | None]:
    """Sort pairs by site and row, and keep the cheapest of equal ones."""
    if len(site) != len(demand):
        raise ValueError("site and demand must be equally long")
    cost = None if cost_mm is None else _ints(_fit(cost_mm, len(site)), "cost_mm")
    key = site * (int(demand.max(initial=0)) + 1) + demand
    if np.any(np.diff(key) <= 0):
        order = np.argsort(key, kind="stable") if cost is None else np.lexsort((cost, key))
        order = order[np.r_[True, np.diff(key[order]) > 0]] if len(key) else order
        site, demand = site[order], demand[order]
        cost = None if cost is None else cost[order]
    return site, demand, cost


def within(model: CoverModel, cutoff_mm: ArrayLike) -> CoverModel:
    """Keep the pairs whose cost is at most the cutoff: one for all, or one per demand row."""
    if model.cost_mm is None:
        raise ValueError("the model has no costs")
    limit = np.broadcast_to(np.asarray(cutoff_mm, np.int64), model.weights.shape)
    keep = model.cost_mm <= limit[model.demand]
    return replace(
        model,
        indptr=np.r_[0, np.cumsum(keep)][model.indptr],
        demand=model.demand[keep],
        cost_mm=model.cost_mm[keep],
    )


def covered_by(model: CoverModel, sites: Iterable[str]) -> int:
    """Return the people of one rule whom `sites`, existing ones and others outside cover."""
    at = {site: j for j, site in enumerate(model.site_ids)}
    opened = np.zeros(len(model.site_ids), np.bool_)
    opened[[at[site] for site in sites]] = True
    opened |= model.status == EXISTING
    rows = model.covered.copy()
    for j in np.flatnonzero(opened).tolist():
        rows[model.rows(j)] = True
    return int(model.weights[rows].sum())


def digest(model: CoverModel) -> str:
    """Return the sha256 of everything that decides a ranking, as docs/method.md defines it.

    Site ids, one a line in UTF-8; then each array as little-endian int64, after a line with its
    name and length. A missing array is left out.
    """
    sha = hashlib.sha256("".join(f"{site}\n" for site in model.site_ids).encode())
    for name in (
        "indptr", "demand", "weights", "covered", "status", "site_cost", "conflicts", "cost_mm",
        "capacity",
    ):  # fmt: skip
        array = getattr(model, name)
        if array is not None:
            sha.update(f"{name} {array.size}\n".encode())
            sha.update(np.ascontiguousarray(array, "<i8").tobytes())
    return sha.hexdigest()
