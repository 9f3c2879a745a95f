"""Which model answers a ranking, and what every answer has in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from siting.ranking.capacitated import capacitated
from siting.ranking.checker import Finding, check, check_worst_first
from siting.ranking.conjunctive import conjunctive
from siting.ranking.cover_model import covered_by
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.fairness import Fair, worst_first
from siting.ranking.max_coverage import max_coverage
from siting.ranking.p_center import p_center
from siting.ranking.p_median import p_median
from siting.ranking.ranking import in_order_of_gain
from siting.ranking.removal import as_choice, keep
from siting.ranking.set_cover import set_cover
from siting.ranking.standing import places_task, standing_task
from siting.ranking.tasks import AS_IS, Task, Variation, is_conjunctive, task
from siting.ranking.together import conjunctive_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from siting.access.study import Study
    from siting.ranking.cover_model import CoverModel
    from siting.ranking.ranking import Ranking
    from siting.ranking.sites import Sites
    from siting.ranking.tasks import Readings
    from siting.scenario.model import Rank

_SOLVERS: dict[str, Callable[..., Ranking]] = {
    "p-median": p_median, "p-center": p_center, "capacitated": capacitated,
}  # fmt: skip
_MEASURED = ("p-median", "p-center")


@dataclass(frozen=True)
class Outcome:
    """One answer.

    Attributes
    ----------
    task
        Whom each site would newly cover, whatever the model measures.
    sites
        The sites to open (for a removal: to keep), those first that newly cover most.
    gains, before
        People newly covered by each site after those before it, and people covered before all.
    people
        People who count.
    certificate, certified
        The proof, and the cover sets that it speaks of.
    ranking
        The model's own answer; None where the worst street goes first.
    fair, streets
        Where the worst street goes first: its answer, and the street of each row of `certified`.
    """

    task: Task
    sites: tuple[str, ...]
    gains: tuple[int, ...]
    before: int
    people: int
    certificate: dict[str, Any]
    certified: CoverModel
    ranking: Ranking | None = None
    fair: Fair | None = None
    streets: tuple[str, ...] = ()

    @property
    def covered(self) -> list[int]:
        """People covered with each site and those before it."""
        return [self.before + int(gain) for gain in np.cumsum(self.gains, dtype=np.int64)]

    def check(self, certificate: dict[str, Any]) -> list[Finding]:
        """Check a certificate, of then or of now, against the cover sets of now."""
        if self.fair is not None:
            return check_worst_first(certificate, self.certified, self.streets)
        return check(certificate, self.certified)


def answer(
    rank: Rank,
    readings: Readings,
    study: Study,
    sites: Sites,
    variation: Variation = AS_IS,
    *,
    effort: Effort = NORMAL,
) -> Outcome:
    """Answer one [[rank]] block under one reading of each of its rules.

    Parameters
    ----------
    rank, readings, sites
        The question, the evaluation of each of its rules, and the candidates.
    variation
        How the town differs from the data.
    effort
        When to stop; never by a clock.
    """
    if rank.removal:
        standing = standing_task(rank, readings, study, variation)
        kept = keep(standing.model, close=rank.most or 0, effort=effort)
        return _own_order(standing, kept, as_choice(standing.model))
    if is_conjunctive(rank):
        whole = conjunctive_task(rank, readings, study, sites, variation)
        return _conjunctive(whole, rank, effort)
    opening = task(rank, readings, study, sites, variation)
    if rank.model == "worst-street-first":
        return _fair(opening, rank, study, effort)
    if rank.model == "set-cover":
        share = 1.0 if rank.target is None else rank.target
        found = set_cover(opening.model, share=share, minimise=_price(opening), effort=effort)
        return _by_coverage(opening, found, opening.model)
    solve = partial(_SOLVERS.get(rank.model, max_coverage), sites=rank.most, budget=rank.budget)
    if rank.model == "capacitated":
        places = places_task(rank, readings, study, sites, variation, opening=opening).model
        return _own_order(opening, solve(places, effort=effort), places)
    measured = rank.model in _MEASURED
    certified = (
        task(rank, readings, study, sites, variation, measured=True).model
        if measured
        else opening.model
    )
    return _by_coverage(opening, solve(certified, effort=effort), certified)


def _conjunctive(whole: Task, rank: Rank, effort: Effort) -> Outcome:
    kinds = int(whole.asked.max()) + 1
    found = conjunctive(
        whole.model, kinds=kinds, sites=rank.most, budget=rank.budget, effort=effort
    )
    return _own_order(whole, found, whole.model, kinds=kinds)


def _price(opening: Task) -> Literal["cost", "sites"]:
    """Minimise the cost where sites differ in it, else their number."""
    return "cost" if len(set(opening.model.site_cost.tolist())) > 1 else "sites"


def _own_order(task: Task, found: Ranking, certified: CoverModel, kinds: int = 1) -> Outcome:
    people = int(task.people[: len(task.people) // kinds].sum())
    return Outcome(
        task, found.sites, found.gains, found.covered_before, people, found.certificate,
        certified, found,
    )  # fmt: skip


def _by_coverage(task: Task, found: Ranking, certified: CoverModel) -> Outcome:
    """List the sites by what they newly cover, whatever the model measures."""
    order, gains, before = order_of(task, found.sites)
    people = int(task.people.sum())
    return Outcome(task, order, gains, before, people, found.certificate, certified, found)


def order_of(task: Task, sites: Iterable[str]) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """Order sites by what they gain as they are weighed, and count that in people, each as one."""
    order, _, _ = in_order_of_gain(task.model, sites)
    after = [covered_by(task.unweighted, order[:count]) for count in range(len(order) + 1)]
    return order, tuple(np.diff(after).tolist()), after[0]


def _fair(opening: Task, rank: Rank, study: Study, effort: Effort) -> Outcome:
    units = study.layers.units
    names = dict(zip(units["code"], units["name"], strict=True))
    home = study.units("street").map(names).fillna("–").to_numpy(object)
    streets = tuple(home[opening.demand].tolist())
    fair = worst_first(opening.model, streets, sites=rank.most, budget=rank.budget, effort=effort)
    order, gains, before = order_of(opening, fair.sites)
    return Outcome(
        opening, order, gains, before, int(opening.people.sum()), fair.certificate, opening.model,
        fair=fair, streets=streets,
    )  # fmt: skip
