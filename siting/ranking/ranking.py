"""`Ranking`: what every model of this floor answers, and the certificate that goes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from siting.ranking.cover_model import EXISTING, digest
from siting.ranking.kernels import counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.ranking.cover_model import CoverModel

Status = Literal["optimal", "feasible", "stopped", "infeasible"]
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
        ``feasible``, ``stopped`` (by clock or key) or ``infeasible``.
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
    solver_bound: float | None
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


def certificate(
    name: str,
    model: CoverModel,
    *,
    parameters: dict[str, Any],
    sites: Iterable[str],
    objective: int | None,
    certified_bound: int | None,
    solver_bound: float | None,
    solver: str,
    status: Status,
    proof: dict[str, Any],
) -> dict[str, Any]:
    """Write down a result so that somebody else can check it. No clock, no machine, no order."""
    return {
        "schema": SCHEMA,
        "model": name,
        "cover_sets_sha256": digest(model),
        "parameters": parameters,
        "sites": sorted(sites),
        "objective": objective,
        "certified_bound": certified_bound,
        "gap": relative_gap(objective, certified_bound),
        "solver_bound": solver_bound,
        "solver_bound_is": "claim",
        "solver": solver,
        "status": status,
        "proof": proof,
    }
