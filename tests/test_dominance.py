"""Rows and sites that a cover can do without: against sets, and against all choices."""

from dataclasses import replace
from itertools import combinations

import numpy as np
from brute import cover_models
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.ranking.choice import choice_of
from siting.ranking.core import core_of
from siting.ranking.covering import SetCover, covering
from siting.ranking.dominance import KEPT, dominated, implied


@settings(deadline=None, max_examples=80)
@given(cover_models(sites=8, rows=20, plain=True))
def test_a_row_is_implied_by_one_whose_sites_are_among_its_own(model):
    core = core_of(model)
    order = np.argsort(np.diff(core.by_row), kind="stable")
    by = implied(core.indptr, core.row, core.by_row, core.row_site, order)
    lists = [set(part.tolist()) for part in np.split(core.row_site, core.by_row[1:-1])]
    if not len(core.weights):
        return
    expected = [any(other < mine for other in lists) for mine in lists]
    assert (by != KEPT).tolist() == expected
    assert all(lists[q] < lists[i] and by[q] == KEPT for i, q in enumerate(by) if q != KEPT)
    kept = np.flatnonzero(by == KEPT)
    assert core.only(kept).weights.tolist() == core.weights[kept].tolist()
    assert [
        set(r.tolist()) for r in np.split(core.only(kept).row_site, core.only(kept).by_row[1:-1])
    ] == [lists[i] for i in kept]


@settings(deadline=None, max_examples=80)
@given(cover_models(sites=8, rows=20, plain=True, dense=(0.15, 0.5)), st.data())
def test_a_site_is_needless_beside_one_that_reaches_all_its_rows_for_no_more(model, data):
    core, cost = core_of(model), model.site_cost
    alone = np.array([data.draw(st.booleans()) for _ in core.site], bool)
    by = dominated(core.indptr, core.row, core.by_row, core.row_site, cost, alone)
    rows = [set(part.tolist()) for part in np.split(core.row, core.indptr[1:-1])]

    def better(k, j):
        return alone[k] and rows[j] <= rows[k] and (cost[k], -len(rows[k]), k) < (
            cost[j], -len(rows[j]), j,
        )  # fmt: skip

    sites = range(len(rows))
    expected = [not rows[j] or any(better(k, j) for k in sites if k != j) for j in sites]
    assert (by != KEPT).tolist() == expected
    assert all(better(k, j) and (by[k] == KEPT or k > j) for j, k in enumerate(by) if k >= 0)


def least_cost(relaxation):
    """Return the least cost of all allowed choices that leave out few enough; None for none."""
    core, sites = relaxation.core, range(relaxation.sites)
    costs = [
        int(relaxation.cost[list(chosen)].sum())
        for count in range(relaxation.sites + 1)
        for chosen in combinations(sites, count)
        if core.total - core.value(np.array(chosen, np.int64)) <= relaxation.spare
        and not set(chosen) & set(relaxation.choice.rivals_of(np.array(chosen, int)).tolist())
    ]
    return min(costs, default=None)


@settings(deadline=None, max_examples=150)
@given(cover_models(dense=(0.3, 0.5, 0.7)), st.booleans(), st.sampled_from([0, 0, 10, 40]))
def test_a_reduced_cover_costs_the_same(model, by_cost, spare):
    model = replace(model, status=np.zeros_like(model.status))
    core, choice = core_of(model), choice_of(model)
    cost = choice.cost if by_cost else np.ones_like(choice.cost)
    whole = SetCover(core, choice, cost, np.arange(len(cost)), [], spare, 0, 1)
    rest = covering(core, choice, cost, spare=spare)
    assert least_cost(rest) == least_cost(whole)
    assert rest.cost.tolist() == cost[rest.kept].tolist()
    assert rest.choice.site.tolist() == choice.site[rest.kept].tolist()
    again = covering(rest.core, rest.choice, rest.cost, spare=spare)
    assert (again.sites, again.core.row.tolist()) == (rest.sites, rest.core.row.tolist())
