"""Set cover (Toregas et al. 1971): the fewest or cheapest sites for everybody, or a share."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Literal

import numpy as np

from siting.ranking.choice import choice_of
from siting.ranking.core import core_of
from siting.ranking.cover_model import EXISTING, MUST
from siting.ranking.covering import SetCover, cover_programme, covering
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.exact import solve
from siting.ranking.kernels import counts
from siting.ranking.prices import Search, descend
from siting.ranking.ranking import Proved, Ranking, infeasible, ranking
from siting.ranking.tree import prove, written
from siting.ranking.weighting import cheaper_cover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from siting.ranking.cover_model import CoverModel, Ints

_FIRST, _MORE = 1_000, 6_000
"""Steps of the search for cheaper covers before there are prices, and where these leave a gap."""


def set_cover(
    model: CoverModel,
    *,
    share: float = 1.0,
    minimise: Literal["sites", "cost"] = "sites",
    decide: int | None = None,
    effort: Effort = NORMAL,
    watch: Callable[[Search], bool] = lambda _: False,
) -> Ranking:
    """Choose the fewest (or cheapest) sites that cover everybody, or a share of all people.

    Parameters
    ----------
    model
        Cover sets; existing sites are open and not counted, must-have sites open and count.
    share
        Share of all people, those covered already included, who must be covered.
    minimise
        Number of sites, or their cost.
    decide
        Stop as soon as it is clear whether the objective can be at most this.
    effort, watch
        See `max_coverage`.

    Returns
    -------
    Ranking
        Objective and bound in sites or cost. Status ``infeasible``, with the rows in `unserved`, if
        too many people have no site at all.
    """
    choice, core = choice_of(model), core_of(model)
    spare = core.base + core.total - target_of(model, share)
    parameters = {"share": share, "minimise": minimise}
    if spare < 0:
        return infeasible("set-cover", model, parameters, unserved=rows_without_site(model))
    cost = choice.cost if minimise == "cost" else np.ones_like(choice.cost)
    cliques = choice.cliques_by_id(model)
    relaxation = covering(core, choice, cost, spare=spare)
    fixed = int(model.site_cost[choice.must].sum()) if minimise == "cost" else len(choice.must)

    def enough(state: Search) -> bool:
        clear = decide is not None and not fixed - state.value > decide >= fixed - state.bound
        return clear or watch(state)

    state = Search(*relaxation.offer(np.zeros(0, np.int64)), bound=0, watch=enough)
    aim = 0 if decide is None else decide - fixed
    _look_further(relaxation, state, aim=aim, steps=_FIRST)
    root = descend(
        relaxation,
        state,
        iterations=effort.iterations,
        fixed=np.zeros(relaxation.sites, np.int64),
        root=True,
    )
    _look_further(relaxation, state, aim=aim, steps=_MORE)
    tree = prove(relaxation, state, effort, root=root, afresh=True)
    claim = _finish(relaxation, state, effort)
    found = state.value > relaxation.impossible
    choice = relaxation.choice
    proved = Proved(
        sites=choice.names(model, state.chosen) if found else [],
        objective=fixed - state.value if found else None,
        bound=fixed - max(state.bound, state.value),
        claim=None if claim is None else fixed - claim,
        stopped=state.stopped,
        proof={
            "kind": "set-cover",
            "scale": relaxation.scale,
            "cliques": cliques,
            "reduced": [step.written(model.site_ids) for step in relaxation.rounds],
            "tree": written(tree, lambda j: choice.name(model, j), relaxation.describe),
        },
    )
    return ranking("set-cover", model, proved, parameters=parameters)


def target_of(model: CoverModel, share: float) -> int:
    """Return how many people a share of all of them is, rounded up."""
    return ceil(Fraction(str(share)) * int(model.weights.sum()))


def rows_without_site(model: CoverModel) -> Ints:
    """Return the rows with people whom nothing reaches that is or may be open."""
    must = np.flatnonzero(model.status == MUST)
    return rows_without(model, [model.site_ids[j] for j in (*model.free_sites(), *must)])


def rows_without(model: CoverModel, sites: Iterable[str]) -> Ints:
    """Return the rows with people whom neither `sites` nor existing ones reach."""
    at = {site: j for j, site in enumerate(model.site_ids)}
    existing = np.flatnonzero(model.status == EXISTING)
    opened = np.array([*existing, *(at[site] for site in sites)], np.int64)
    reached = counts(model.indptr, model.demand, opened, len(model.weights)) > 0
    return np.flatnonzero(~reached & ~model.covered & (model.weights > 0))


def _look_further(relaxation: SetCover, state: Search, *, aim: int, steps: int) -> None:
    """Look for a cheaper cover: until it costs no more than `aim`, or than the bound allows."""
    if state.closed or state.stopped or state.value <= relaxation.impossible:
        return
    core, choice = relaxation.core, relaxation.choice
    each = relaxation.sites + 2 * len(core.row) ** 2 // (relaxation.sites * len(core.weights))
    found = cheaper_cover(
        core.indptr, core.row, core.by_row, core.row_site, core.weights, relaxation.cost,
        choice.rival_ptr, choice.rival, state.chosen, relaxation.spare,
        max(-state.bound, aim), steps,
    )  # fmt: skip
    state.work += steps * each
    state.take(found, -int(relaxation.cost[found].sum()))


def _finish(relaxation: SetCover, state: Search, effort: Effort) -> int | None:
    """Ask HiGHS for what the prices leave open; returns its claim, turned round, if any."""
    if state.closed or state.stopped:
        return None
    if len(relaxation.core.row) > effort.solver_entries:
        return None
    answer = solve(cover_programme(relaxation), nodes=effort.solver_nodes, stop=state.stop)
    if answer.opened is not None:
        state.take(*relaxation.offer(answer.opened))
    return None if answer.bound is None else -int(np.ceil(answer.bound - 1e-6))
