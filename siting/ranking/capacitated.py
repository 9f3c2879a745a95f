"""Capacitated coverage: the p sites whose places serve most people within reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.ranking.choice import choice_of
from siting.ranking.cover_model import EXISTING, FREE, NEVER
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.exact import solve
from siting.ranking.places import places, places_programme
from siting.ranking.prices import Search
from siting.ranking.ranking import Proved, Ranking, ranking
from siting.ranking.tree import prove, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import CoverModel
    from siting.ranking.places import Capacitated


def capacitated(
    model: CoverModel,
    *,
    sites: int | None = None,
    budget: int | None = None,
    effort: Effort = NORMAL,
    watch: Callable[[Search], bool] = lambda _: False,
) -> Ranking:
    """Choose the sites whose places serve most people.

    Parameters
    ----------
    model
        Cover sets with a capacity for every site. Sizes of one site are several sites in conflict.
    sites, budget, effort, watch
        See `max_coverage`.

    Returns
    -------
    Ranking
        Objective and bound in people served, those already covered included.
    """
    choice = choice_of(model, sites=sites, budget=budget)
    relaxation = places(model, choice)
    base = int(model.weights[model.covered].sum())
    nothing = np.zeros(0, np.int64)
    everybody = int(relaxation.weights.sum())
    state = Search(*relaxation.offer(nothing), bound=everybody, watch=watch)
    tree = prove(relaxation, state, effort)
    claim = _finish(relaxation, state, effort)
    order, gains, before = _in_order_of_gain(model, choice.names(model, state.chosen))
    proved = Proved(
        sites=order,
        objective=base + state.value,
        bound=base + max(state.bound, state.value),
        claim=None if claim is None else base + claim,
        stopped=state.stopped,
        proof={
            "kind": "capacitated",
            "scale": relaxation.scale,
            "cliques": choice.cliques_by_id(model),
            "tree": written(tree, lambda j: choice.name(model, j), relaxation.describe),
        },
        gains=gains,
        before=base + before,
    )
    return ranking("capacitated", model, proved, parameters={"sites": sites, "budget": budget})


def _in_order_of_gain(
    model: CoverModel, chosen: list[str]
) -> tuple[list[str], tuple[int, ...], int]:
    """Order sites by the people whom each serves after those before it; and those before all."""
    rest = {
        site: NEVER
        for site, status in zip(model.site_ids, model.status, strict=True)
        if status != EXISTING
    }
    alone = model.with_status(rest | dict.fromkeys(chosen, FREE))
    choice = choice_of(alone)
    relaxation = places(alone, choice)
    useful = relaxation.filled_up(np.zeros(0, np.int64))
    order = np.r_[useful, np.setdiff1d(np.arange(choice.sites), useful)]
    served = [relaxation.value(order[:count]) for count in range(len(order) + 1)]
    return choice.names(alone, order), tuple(np.diff(served).tolist()), served[0]


def _finish(relaxation: Capacitated, state: Search, effort: Effort) -> int | None:
    """Ask HiGHS for what the prices leave open; returns its claim, if any."""
    if state.closed or state.stopped or len(relaxation.row) > effort.solver_entries:
        return None
    programme = places_programme(relaxation)
    answer = solve(programme, nodes=effort.solver_nodes, stop=state.stop)
    if answer.opened is not None:
        state.take(*relaxation.offer(answer.opened))
    return None if answer.bound is None else int(np.floor(-answer.bound + 1e-6))
