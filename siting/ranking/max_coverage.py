"""Maximal coverage (Church and ReVelle 1974): the p sites that reach most people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import block_array, csc_array, eye_array

from siting.ranking.choice import choice_of
from siting.ranking.core import Core, core_of
from siting.ranking.coverage import Coverage, coverage
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.exact import Child, Programme, child, solve
from siting.ranking.narrow import bounded, has_many_sites
from siting.ranking.prices import FREE, OPEN, Priced, Search
from siting.ranking.ranking import Proved, Ranking, ranking
from siting.ranking.search import heuristic
from siting.ranking.tree import prove, settled, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.choice import Choice
    from siting.ranking.cover_model import CoverModel


def max_coverage(
    model: CoverModel,
    *,
    sites: int | None = None,
    budget: int | None = None,
    effort: Effort = NORMAL,
    watch: Callable[[Search], bool] = lambda _: False,
) -> Ranking:
    """Choose the sites that cover most people, and bound how many any choice could cover.

    Parameters
    ----------
    model
        Cover sets; existing sites are open and count as covered before, must-have sites open.
    sites, budget
        Most sites to open, and most to pay for them (in units of `CoverModel.site_cost`), both
        with the must-have sites; None sets no limit.
    effort
        When to stop; never by a clock.
    watch
        Asked between steps with what is known; True stops the search.

    Returns
    -------
    Ranking
        Objective and bounds in people, those covered before included. Fewer than `sites` are
        chosen where a further one would gain nobody.

    Raises
    ------
    DataError
        If the must-have sites alone break the limits.
    """
    choice = choice_of(model, sites=sites, budget=budget)
    core = core_of(model)
    relaxation = coverage(core, choice)
    chosen = heuristic(core, choice, kicks=effort.kicks, seed=effort.seed)
    state = Search(chosen, core.value(chosen), core.total, watch=watch)
    with child(early=has_many_sites(relaxation) and effort.solver_entries > 0) as highs:
        root = bounded(relaxation, state, iterations=effort.iterations)
        tree = prove(relaxation, state, effort, root=root)
        claim = _finish(relaxation, state, root, effort, highs)
    proved = Proved(
        sites=choice.names(model, state.chosen),
        objective=core.base + state.value,
        bound=core.base + max(state.bound, state.value),
        claim=None if claim is None else core.base + claim,
        stopped=state.stopped,
        proof={
            "kind": "coverage",
            "scale": relaxation.scale,
            "cliques": choice.cliques_by_id(model),
            "tree": written(tree, lambda j: choice.name(model, j), relaxation.describe),
        },
    )
    return ranking("max-coverage", model, proved, parameters={"sites": sites, "budget": budget})


def _finish(
    relaxation: Coverage, state: Search, root: Priced, effort: Effort, highs: Child | None
) -> int | None:
    """Let HiGHS decide what the prices at the root leave open; returns its claim, if any.

    Sites that no better choice can open, or do without, are fixed first: what remains is small.
    """
    if state.closed or state.stopped:
        return None
    core = relaxation.core
    nothing = np.zeros(relaxation.sites, np.int64)
    fixed = settled(relaxation, root.prices, nothing, state.value)
    opened = np.flatnonzero(fixed == OPEN)
    sites = np.setdiff1d(np.flatnonzero(fixed == FREE), relaxation.choice.rivals_of(opened))
    rest, _ = relaxation.narrowed(sites, opened)
    if len(rest.core.row) > effort.solver_entries:
        return None
    answer = solve(
        coverage_programme(rest.core, rest.choice),
        nodes=effort.solver_nodes,
        stop=state.stop,
        by=highs,
    )
    if answer.opened is not None:
        chosen = np.union1d(opened, sites[answer.opened])
        state.take(chosen, core.value(chosen))
    if answer.infeasible:
        return state.value
    if answer.bound is None:
        return None
    claim = int(np.floor(rest.core.base - core.base - answer.bound + 1e-6))
    return max(claim, state.value)


def coverage_programme(core: Core, choice: Choice) -> Programme:
    """Write coverage as a mixed-integer programme: a row is covered only by an open site."""
    k, rows = choice.sites, len(core.weights)
    reach = csc_array((np.ones(len(core.row)), core.row, core.indptr), shape=(rows, k))
    limits, most = choice.rows()
    return Programme(
        cost=np.r_[np.zeros(k), -core.weights.astype(np.float64)],
        matrix=block_array([[-reach, eye_array(rows)], [limits, None]]).tocsc(),
        row_low=np.full(rows + len(most), -np.inf),
        row_high=np.r_[np.zeros(rows), most],
        low=np.zeros(k + rows),
        high=np.ones(k + rows),
        sites=k,
    )
