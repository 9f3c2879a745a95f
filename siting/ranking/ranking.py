"""`Ranking`: what every model of this floor answers, and the certificate that goes with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from siting.ranking.cover_model import EXISTING, digest
from siting.ranking.kernels import counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.ranking.cover_model import CoverModel, Ints

Status = Literal["optimal", "feasible", "stopped", "infeasible", "not-found"]
SCHEMA = "siting-certificate/1"


@dataclass(frozen=True)
class Ranking:
    """A choice of sites, how good it is, and what proves that.

    Attributes
    ----------
    model
        ``max-coverage``, ``set-cover``, ``p-median``, ``p-center`` or ``capacitated``.
    sites
        The sites to open, most useful first: each has the largest gain after those before it.
    gains
        People whom each site newly covers, given those before it.
    covered_before
        People covered without any of them.
    objective
        What the model measures: people (coverage), cost of the sites (set cover), people × cost
        (p-median) or cost (p-center). None where no choice is possible.
    certified_bound
        The best that any choice could reach, recomputable from the cover sets alone.
    solver_bound
        What the solver claims, which nobody else has checked; None if none was asked.
    status
        ``optimal`` (one of the two bounds meets the objective; the certificate says which),
        ``feasible``, ``stopped`` (by clock or key), ``infeasible`` (proved), or ``not-found`` (no
        choice serves everybody as far as the search went).
    certificate
        A small dictionary for `siting.ranking.checker`.
    unserved
        Demand rows that no site can serve, where that makes the model infeasible.
    """

    model: str
    sites: tuple[str, ...]
    gains: tuple[int, ...]
    covered_before: int
    objective: int | None
    certified_bound: int | None
    solver_bound: int | None
    status: Status
    certificate: dict[str, Any] = field(repr=False)
    unserved: tuple[int, ...] = ()

    @property
    def gap(self) -> float | None:
        """Return how far the certified bound lies from the objective."""
        return relative_gap(self.objective, self.certified_bound)

    @property
    def covered(self) -> tuple[int, ...]:
        """Return the people covered after each site."""
        return tuple(int(c) for c in self.covered_before + np.cumsum(self.gains, dtype=np.int64))


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """Return the distance of two figures as a share of the larger: 0 is proved, 1 is nothing."""
    if objective is None or bound is None:
        return None
    largest = max(objective, bound)
    return abs(bound - objective) / largest if largest else 0.0


def in_order_of_gain(
    model: CoverModel, chosen: Iterable[str]
) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """Order sites by marginal gain in people, ties by id.

    Returns
    -------
    tuple
        The sites, the gain of each after those before it, and the people covered before.
    """
    existing = np.flatnonzero(model.status == EXISTING)
    n = len(model.weights)
    seen = model.covered | (counts(model.indptr, model.demand, existing, n) > 0)
    before = int(model.weights[seen].sum())
    at = {site: j for j, site in enumerate(model.site_ids)}
    left = sorted(at[site] for site in chosen)
    sites, gains = [], []
    while left:
        gain = [int(model.weights[r[~seen[r]]].sum()) for r in map(model.rows, left)]
        best = int(np.argmax(gain))
        j = left.pop(best)
        seen[model.rows(j)] = True
        sites.append(model.site_ids[j])
        gains.append(gain[best])
    return tuple(sites), tuple(gains), before


@dataclass(frozen=True)
class Proved:
    """What a search brings home, before it is put in order and written down.

    `gains` and `before` are given where they are not simply people newly covered; then `sites` are
    in order already.
    """

    sites: list[str]
    objective: int | None
    bound: int | None
    claim: int | None
    stopped: bool
    proof: dict[str, Any]
    gains: tuple[int, ...] | None = None
    before: int = 0


def ranking(name: str, model: CoverModel, proved: Proved, *, parameters: dict[str, Any]) -> Ranking:
    """Put a result in order, and write its certificate: no clock, no machine, no order of work."""
    if proved.gains is None:
        sites, gains, before = in_order_of_gain(model, proved.sites)
    else:
        sites, gains, before = tuple(proved.sites), proved.gains, proved.before
    found = proved.objective is not None
    by_certificate = found and proved.objective == proved.bound
    by_solver = found and proved.objective == proved.claim
    status: Status = "stopped" if proved.stopped else "feasible"
    if by_certificate or by_solver:
        status = "optimal"
    elif not found:
        status = "not-found"
    written = {
        "schema": SCHEMA,
        "model": name,
        "cover_sets_sha256": digest(model),
        "parameters": parameters,
        "sites": sorted(sites),
        "objective": proved.objective,
        "certified_bound": proved.bound,
        "gap": relative_gap(proved.objective, proved.bound),
        "solver": None if proved.claim is None else "HiGHS",
        "solver_bound": proved.claim,
        "status": status,
        "proved_by": "certificate" if by_certificate else "solver" if by_solver else None,
        "proof": proved.proof,
    }
    return Ranking(
        model=name,
        sites=sites,
        gains=gains,
        covered_before=before,
        objective=proved.objective,
        certified_bound=proved.bound,
        solver_bound=proved.claim,
        status=status,
        certificate=written,
    )


def infeasible(
    name: str,
    model: CoverModel,
    parameters: dict[str, Any],
    *,
    unserved: Ints,
    proved: Proved | None = None,
) -> Ranking:
    """Say that no choice of sites can serve everybody, and which demand rows are left.

    `proved` holds the bound that shows it, where that is not plain from the rows themselves.
    """
    shown = proved or Proved([], None, None, None, stopped=False, proof={"kind": "no-site-reaches"})
    answer = ranking(name, model, shown, parameters=parameters)
    written = answer.certificate | {"status": "infeasible", "unserved": unserved.tolist()}
    return replace(
        answer, status="infeasible", certificate=written, unserved=tuple(unserved.tolist())
    )
