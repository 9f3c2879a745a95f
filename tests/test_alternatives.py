"""Alternatives, regret, removal, curves and explanations against all choices."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from brute import choices, cover_models, covered, served, standing, walks
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from siting.ranking.alternatives import Neighbourhood
from siting.ranking.capacitated import capacitated
from siting.ranking.checker import check
from siting.ranking.conjunctive import conjunctive
from siting.ranking.cover_model import EXISTING, cover_model
from siting.ranking.curve import coverage_curve, diminishing_point
from siting.ranking.effort import Effort
from siting.ranking.explain import (
    completed,
    new_rows,
    newly_covered,
    next_to_complete,
    overlaps,
    runners_up,
)
from siting.ranking.fairness import PARTS, worst_first
from siting.ranking.max_coverage import max_coverage
from siting.ranking.neighbours import plans_of
from siting.ranking.p_center import p_center
from siting.ranking.p_median import p_median
from siting.ranking.removal import as_choice, keep, losses
from siting.ranking.set_cover import set_cover, target_of

OWN = Effort(iterations=200, solver_entries=-1)


def town():
    """
    Four sites in a row; a and b, c and d reach the same large home, and a small one each::

        people   1  9  1  1  9  1
        a        x  x
        b           x  x
        c                 x  x
        d                    x  x  (costs in metres: 100 to the small home, 300 to the large)
    """
    pairs = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 3), (2, 4), (3, 4), (3, 5)]
    return cover_model(
        list("abcd"),
        *np.array(pairs).T,
        weights=[1, 9, 1, 1, 9, 1],
        cost_mm=[100, 300, 300, 100, 100, 300, 300, 100],
    )


def near(model, ranking, **options):
    plans = plans_of(model, ranking.certificate, before=ranking.covered_before, **options)
    return Neighbourhood(plans, model, ranking.sites)


def test_equal_plans_are_found_and_none_is_shared():
    found = near(town(), max_coverage(town(), sites=2)).alternatives()
    assert [" ".join(sites) for sites, _ in found.plans] == ["a c", "a d", "b c", "b d"]
    assert [worth for _, worth in found.plans] == [20, 20, 20, 20]
    assert found.shared == ()


def test_a_lost_site_has_a_replacement_and_a_price():
    found = near(town(), max_coverage(town(), sites=2)).regrets()
    assert [(one.site, one.replacement, one.worth) for one in found] == [
        ("a", "b", 20),
        ("c", "d", 20),
    ]


def total(model, chosen):
    walked = walks(model, chosen)
    return None if walked is None else -sum(w * c for w, c in walked)


def longest(model, chosen):
    walked = walks(model, chosen)
    return None if walked is None else -max((c for _, c in walked), default=0)


def whole(model, chosen, *, kinds=2):
    rows = model.covered.copy()
    for j in standing(model, chosen):
        rows[model.rows(j)] = True
    n = len(rows) // kinds
    return int(model.weights[:n][rows.reshape(kinds, n).all(axis=0)].sum())


def worst(model, chosen):
    rows = model.covered.copy()
    for j in standing(model, chosen):
        rows[model.rows(j)] = True
    shares = [
        int(model.weights[here & rows].sum()) * PARTS // int(model.weights[here].sum())
        for here in (np.arange(len(rows)) % 2 == street for street in (0, 1))
        if model.weights[here].sum()
    ]
    return min(shares, default=0)


def price(model, chosen):
    enough = covered(model, chosen) >= target_of(model, 0.7)
    return -int(model.site_cost[list(chosen)].sum()) if enough else None


class Worst:
    """`worst_first` as the other models answer; it has no certificate of that kind."""

    def __init__(self, model, **limits):
        streets = [f"S{i % 2}" for i in range(len(model.weights))]
        found = worst_first(model, streets, **limits)
        self.certificate, self.sites, self.covered_before = found.certificate, found.sites, 0
        self.objective, self.options = found.worst, {"streets": streets}


MODELS = {
    "max-coverage": (max_coverage, covered),
    "capacitated": (capacitated, served),
    "p-median": (p_median, total),
    "p-center": (p_center, longest),
    "conjunctive": (partial(conjunctive, kinds=2), whole),
    "worst-first": (Worst, worst),
    "set-cover": (
        lambda model, **_: set_cover(model, share=0.7, minimise="cost", effort=OWN),
        price,
    ),
}


@pytest.mark.parametrize("name", MODELS)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.differing_executors])
@given(
    model=cover_models(sites=6, rows=10, dense=(0.3, 0.7, 1.0)), margin=st.sampled_from([0, 0.2])
)
def test_other_plans_and_regrets_of_every_model(name, model, margin):
    solve, value = MODELS[name]
    if name == "conjunctive":
        model = replace(model, weights=np.tile(model.weights[: len(model.weights) // 2], 2))
        model = None if len(model.covered) % 2 else model
    assume(model is not None)
    limits = {} if name == "set-cover" else {"sites": 3}
    plans = {frozenset(c): value(model, c) for c in choices(model, **limits)}
    assume(plans)
    ranking = solve(model, **limits)
    assume(ranking.objective is not None)
    found = near(model, ranking, **getattr(ranking, "options", {}))
    names = model.site_ids
    told = found.plans.objective

    def objective(chosen):
        best = plans[frozenset(chosen)]
        sign = -1 if name in ("p-median", "p-center", "set-cover") else 1
        return None if best is None else sign * best / (PARTS if name == "worst-first" else 1)

    chosen = frozenset(names.index(s) for s in ranking.sites)
    others = found.alternatives(within=margin, most=20)
    assert {names.index(s) for s in others.plans[0][0]} == chosen
    won = abs(plans[chosen] - ranking.covered_before)
    for sites, worth in others.plans:
        plan = frozenset(names.index(s) for s in sites)
        assert told(worth) == objective(plan)
        assert plans[plan] >= plans[chosen] - margin * won
        assert set(others.shared) <= set(sites)
    assert len({sites for sites, _ in others.plans}) == len(others.plans) <= 20
    for one in found.regrets():
        lost = names.index(one.site)
        rest = chosen - {lost}
        instead = [v for p, v in plans.items() if rest <= p and lost not in p and len(p - rest) < 2]
        best = max((v for v in instead if v is not None), default=None)
        then = rest | ({names.index(one.replacement)} if one.replacement else set())
        assert (plans.get(then), told(one.worth)) == (
            best,
            None if best is None else objective(then),
        )


@settings(deadline=None, max_examples=60)
@given(cover_models(sites=6), st.integers(0, 3))
def test_the_least_needed_sites_are_those_whose_closing_loses_least(model, close):
    existing = [j for j in range(len(model.site_ids)) if model.status[j] == EXISTING]
    close = min(close, len(existing))
    ranking = keep(model, close=close)
    closing = as_choice(model)
    assert check(ranking.certificate, closing) == []
    kept = int((closing.status < 2).sum()) - close
    assert ranking.objective == max(covered(closing, c) for c in choices(closing, sites=kept))
    found, ids = near(closing, ranking), closing.site_ids
    chosen = {ids.index(site) for site in ranking.sites}
    for j in set(closing.free_sites().tolist()) - chosen:  # should it have to stay after all
        plans = [(chosen | {j}) - {i} for i in chosen if closing.status[i] == 0]
        best = max((covered(closing, plan) for plan in plans), default=ranking.objective)
        assert found.kept_instead(ids[j]).worth == best
    for line in losses(model).itertuples():
        j = model.site_ids.index(line.site)
        rows = model.covered.copy()
        for other in existing:
            if other != j:
                rows[model.rows(other)] = True
        mine = model.rows(j)
        assert line.loss == model.weights[mine[~rows[mine]]].sum()
        assert line.reached == model.weights[mine].sum()


def test_curve_and_its_bend():
    model = cover_model(list("abcd"), [0, 1, 2, 3], [0, 1, 2, 3], weights=[50, 40, 5, 5])
    curve = coverage_curve(model, up_to=4)
    assert curve.to_dict("list") == {
        "sites": [0, 1, 2, 3, 4],
        "covered": [0, 50, 90, 95, 100],
        "bound": [0, 50, 90, 95, 100],
        "gain": [0, 50, 40, 5, 5],
    }
    assert diminishing_point(curve) == 2


@settings(deadline=None, max_examples=25)
@given(cover_models(plain=True, sites=9, rows=30))
def test_the_curve_never_falls_and_stays_below_its_bound(model):
    curve = coverage_curve(model, up_to=5)
    assert curve["covered"].is_monotonic_increasing
    assert curve["bound"].is_monotonic_increasing
    assert (curve["covered"] <= curve["bound"]).all()


def test_whom_each_site_newly_covers():
    people = pd.DataFrame(
        {
            "street": ["N", "N", "N", "S", "S", "S"],
            "p80": [0, 2, 1, 0, 3, 0],
            "all": [1, 9, 1, 1, 9, 1],
        }
    )
    ranking = max_coverage(town(), sites=3)
    table = newly_covered(new_rows(town(), ranking.sites), ranking.sites, people)
    assert ranking.sites == ("a", "c", "b")
    assert table.to_dict("list") == {
        "site": ["a", "c", "b"],
        "street": ["N", "S", "N"],
        "p80": [2, 3, 1],
        "all": [10, 10, 1],
    }
    assert table["all"].tolist() == list(ranking.gains)


def test_overlaps_and_who_stands_in_the_way():
    ranking = max_coverage(town(), sites=2)
    assert overlaps(town(), ranking.sites).empty
    table = runners_up(town(), ranking.sites)
    assert table.to_dict("list") == {
        "site": ["b", "d"],
        "reached": [10, 10],
        "adds": [1, 1],
        "taken": [9, 9],
        "taken_by": ["a", "c"],
    }
    three = max_coverage(town(), sites=3)
    assert overlaps(town(), three.sites).iloc[0].tolist() == ["a", "b", 9]


@pytest.mark.parametrize("sites", [1, 2, 3])
def test_gains_of_all_sites_add_up(sites):
    ranking = max_coverage(town(), sites=sites)
    people = pd.DataFrame({"all": town().weights})
    fresh = new_rows(town(), ranking.sites)
    assert newly_covered(fresh, ranking.sites, people)["all"].sum() == ranking.objective


def test_people_are_completed_by_the_last_site_that_they_need():
    """Five lack a nursery (a), seven a nursery and a playground (b), nine a nursery, far from a."""
    model = cover_model(
        ["a", "b"], [0, 0, 1, 1], [0, 1, 4, 5], weights=[5, 7, 9] * 2, covered=[0, 0, 0, 1, 0, 0]
    )
    five, seven = (np.arange(6) == person for person in (0, 1))
    found = completed(model, ["a", "b"], kinds=2)
    assert [rows.tolist() for rows in found] == [five.tolist(), seven.tolist()]
    beaten = next_to_complete(model, ["a"], np.ones(6, bool), kinds=2)
    assert beaten.to_dict("records") == [
        {"site": "b", "reached": 16, "adds": 7, "taken": 0, "taken_by": ""}
    ]
