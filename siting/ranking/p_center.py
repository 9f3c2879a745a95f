"""p-center (Hakimi 1964; Minieka 1970): the p sites whose farthest served person is nearest.

A radius can be kept if a set cover within it needs no more than p sites; so the best radius is
found by bisecting the costs that occur. The bound: within the next smaller one, every cover needs
more than p sites, as the prices of that set cover prove.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from siting.ranking.choice import choice_of
from siting.ranking.cover_model import EXISTING, MUST, within
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.max_coverage import max_coverage
from siting.ranking.ranking import Proved, Ranking, infeasible, ranking
from siting.ranking.set_cover import rows_without, rows_without_site, set_cover

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import CoverModel, Ints
    from siting.ranking.prices import Search

_DECISIONS = 20
"""The effort is shared among about so many set covers."""


def p_center(
    model: CoverModel,
    *,
    sites: int | None = None,
    budget: int | None = None,
    effort: Effort = NORMAL,
    watch: Callable[[Search], bool] = lambda _: False,
) -> Ranking:
    """Choose the sites that minimise the largest cost to the cheapest open site.

    Parameters
    ----------
    model
        Pairs with costs; rows already covered, or without people, are left out. Existing sites are
        open, must-have sites open.
    sites, budget
        Most sites, or most money; exactly one of the two.
    effort, watch
        See `max_coverage`.

    Returns
    -------
    Ranking
        Objective and bound as a cost. Status ``infeasible``, with the rows in `unserved`, if
        somebody has no site at all, or if no choice within the limit serves everybody.
    """
    if (sites is None) == (budget is None):
        raise ValueError("give either sites or budget")
    parameters = {"sites": sites, "budget": budget}
    choice = choice_of(model, sites=sites, budget=budget)
    if len(alone := rows_without_site(model)):
        return infeasible("p-center", model, parameters, unserved=alone)
    usable = np.concatenate([choice.must, choice.site])
    minimise: Literal["sites", "cost"] = "cost" if sites is None else "sites"
    limit = min(
        (budget or 0, int(model.site_cost[usable].sum())) if sites is None else (sites, len(usable))
    )
    stopped = False

    def observed(state: Search) -> bool:
        nonlocal stopped
        stopped = stopped or watch(state)
        return stopped

    radii = _radii(model)
    answers: dict[int, Ranking] = {}
    low, high, middle = -1, len(radii), len(radii) - 1  # first: is there any choice at all?
    while high - low > 1 and not (stopped and answers):
        answers[middle] = set_cover(
            within(model, radii[middle]),
            minimise=minimise,
            decide=limit,
            effort=replace(effort, operations=effort.operations // _DECISIONS),
            watch=observed,
        )
        objective = answers[middle].objective
        kept = objective is not None and objective <= limit
        low, high = (low, middle) if kept else (middle, high)
        middle = (low + high) // 2
    return _answer(model, parameters, radii, answers, high, limit=limit, stopped=stopped)


def _answer(
    model: CoverModel,
    parameters: dict[str, Any],
    radii: Ints,
    answers: dict[int, Ranking],
    best: int,
    *,
    limit: int,
    stopped: bool,
) -> Ranking:
    """Say which radius is kept, and up to which one no choice can."""

    def first_possible(bound: Callable[[Ranking], int | None]) -> int:
        beyond = [m for m, found in answers.items() if (bound(found) or 0) > limit]
        return max(beyond, default=-1) + 1

    certified = first_possible(lambda found: found.certified_bound)
    claimed = first_possible(lambda found: found.solver_bound)
    refuted = answers.get(certified - 1)
    proof = {
        "kind": "p-center",
        "radius": None if refuted is None else int(radii[certified - 1]),
        "cover": None if refuted is None else refuted.certificate["proof"],
    }
    found = answers.get(best)
    proved = Proved(
        sites=list(found.sites) if found else [],
        objective=int(radii[best]) if found else None,
        bound=int(radii[certified]) if certified < len(radii) else None,
        claim=int(radii[claimed]) if certified < claimed < len(radii) else None,
        stopped=stopped,
        proof=proof,
    )
    if certified == len(radii):
        most = max_coverage(model, sites=parameters["sites"], budget=parameters["budget"])
        left = rows_without(model, most.sites)
        return infeasible("p-center", model, parameters, unserved=left, proved=proved)
    return ranking("p-center", model, proved, parameters=parameters)


def _radii(model: CoverModel) -> Ints:
    """Return the costs that may be the answer: from the least possible to that of fixed sites."""
    if model.cost_mm is None:
        raise ValueError("the model has no costs")
    of_site = np.repeat(np.arange(len(model.site_ids)), np.diff(model.indptr))
    needed = (model.weights > 0) & ~model.covered
    open_sites = (model.status == MUST) | (model.status == EXISTING)
    open_sites[model.free_sites()] = True
    usable = open_sites[of_site] & needed[model.demand]
    cheapest = np.full(len(model.weights), np.iinfo(np.int64).max)
    np.minimum.at(cheapest, model.demand[usable], model.cost_mm[usable])
    fixed = usable & np.isin(model.status[of_site], (MUST, EXISTING))
    standing = np.full(len(model.weights), np.iinfo(np.int64).max)
    np.minimum.at(standing, model.demand[fixed], model.cost_mm[fixed])
    least = cheapest[needed].max(initial=0)
    most = standing[needed].max(initial=0)
    costs = model.cost_mm[usable]
    return np.unique(np.r_[least, costs[(costs >= least) & (costs <= most)]])
