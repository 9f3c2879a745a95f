"""Maximal coverage (Church and ReVelle 1974): the p sites that reach most people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.errors import DataError, Problem, problem, raise_all
from siting.ranking.bounds import Search, cliques_of, descend, start_search
from siting.ranking.core import Core, core_of
from siting.ranking.cover_model import EXISTING, MUST
from siting.ranking.ranking import Ranking, certificate, in_order_of_gain
from siting.ranking.search import UNLIMITED, Limits, heuristic

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import CoverModel


def max_coverage(
    model: CoverModel,
    *,
    sites: int | None = None,
    budget: int | None = None,
    iterations: int = 1000,
    kicks: int = 0,
    seed: int = 0,
    watch: Callable[[Search], bool] = lambda _: False,
) -> Ranking:
    """Choose the sites that cover most people, and bound how many any choice could cover.

    Parameters
    ----------
    model
        Cover sets; existing sites are open and count as covered before, must-have sites open.
    sites, budget
        Most sites to open, and most to pay for them (in units of `CoverModel.site_cost`), both
        with the must-have sites; at least one of the two.
    iterations, kicks, seed
        Effort: steps of the bound, and random kicks of the search. Never a clock.
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
    core = core_of(model)
    limits = limits_of(model, core, sites=sites, budget=budget)
    cliques = cliques_of(core)
    state = start_search(core, heuristic(core, limits, kicks=kicks, seed=seed), cliques)
    stopped = False
    try:
        descend(core, limits, cliques, state, iterations=iterations, watch=watch)
    except KeyboardInterrupt:
        stopped = True
    chosen = [model.site_ids[j] for j in (*core.must, *core.site[state.chosen])]
    order, gains, before = in_order_of_gain(model, chosen)
    objective, bound = core.base + state.value, core.base + state.bound
    status: Any = "optimal" if bound <= objective else "stopped" if stopped else "feasible"
    proof = {
        "kind": "coverage-prices",
        "scale": state.scale,
        "rows": state.rows.tolist(),
        "cliques": [[model.site_ids[j] for j in core.site[c]] for c in cliques],
        "clique_prices": state.cliques.tolist(),
        "budget_price": state.budget,
    }
    return Ranking(
        model="max-coverage",
        sites=order,
        gains=gains,
        covered_before=before,
        objective=objective,
        certified_bound=max(bound, objective),
        solver_bound=None,
        status=status,
        certificate=certificate(
            "max-coverage",
            model,
            parameters={"sites": sites, "budget": budget},
            sites=order,
            objective=objective,
            certified_bound=max(bound, objective),
            solver_bound=None,
            solver="swaps and Lagrangian bound",
            status=status,
            proof=proof,
        ),
    )


def limits_of(model: CoverModel, core: Core, *, sites: int | None, budget: int | None) -> Limits:
    """Take the must-have sites out of the limits, or say why that cannot be done."""
    if sites is None and budget is None:
        raise ValueError("give sites, budget or both")
    must = [model.site_ids[j] for j in core.must]
    price = int(model.site_cost[core.must].sum())
    problems: list[Problem] = []
    if sites is not None and len(must) > sites:
        problems.append(problem("ranking-must-count", "sites", must=", ".join(must), sites=sites))
    if budget is not None and price > budget:
        problems.append(
            problem(
                "ranking-must-budget", "budget", must=", ".join(must), cost=price, budget=budget
            )
        )
    fixed = {j for j in range(len(model.site_ids)) if model.status[j] in (MUST, EXISTING)}
    for a, b in model.conflicts.tolist():
        if {a, b} <= fixed and MUST in model.status[[a, b]]:
            problems.append(
                problem("ranking-must-conflict", model.site_ids[a], other=model.site_ids[b])
            )
    raise_all(problems, DataError)
    return Limits(
        count=len(core.site) if sites is None else sites - len(must),
        budget=UNLIMITED if budget is None else budget - price,
    )
