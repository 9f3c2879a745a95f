"""Every model against all choices of small instances, and its certificate against the checker."""

import json
from math import ceil

import numpy as np
import pytest
from brute import LIMITS, choices, cover_models, covered, served, walks
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.ranking.capacitated import capacitated
from siting.ranking.checker import check
from siting.ranking.cover_model import cover_model
from siting.ranking.effort import Effort
from siting.ranking.p_center import p_center
from siting.ranking.p_median import p_median
from siting.ranking.set_cover import set_cover

OWN = Effort(iterations=200, solver_entries=-1)  # by prices and branching alone
SOLVER = Effort(operations=1, iterations=5)  # leave as much as possible to HiGHS
ONE_LIMIT = st.one_of(
    st.fixed_dictionaries({"sites": st.integers(0, 5)}),
    st.fixed_dictionaries({"budget": st.integers(0, 25)}),
)


def claims(found, model):
    """Return status and objective of an answer, and what the checker finds, also after JSON."""
    return found.status, found.objective, check(json.loads(json.dumps(found.certificate)), model)


def right(values, best):
    """Return what a model must claim, given the values of all choices."""
    return ("optimal", best(values), []) if values else ("infeasible", None, [])


def total(walked):
    return sum(w * c for w, c in walked)


def longest(walked):
    return max((c for _, c in walked), default=0)


def answer(solve, model, values, **options):
    """Solve; an error is right only where no choice is possible."""
    try:
        return solve(model, **options)
    except DataError:
        assert not values
        return None


@settings(deadline=None, max_examples=120)
@given(
    cover_models(dense=(0.3, 0.5, 0.7)),
    st.sampled_from([1.0, 0.9, 0.7, 0.3]),
    st.sampled_from(["sites", "cost"]),
)
def test_set_cover(model, share, minimise):
    target = ceil(round(share * 10) * int(model.weights.sum()) / 10)
    values = [
        len(chosen) if minimise == "sites" else int(model.site_cost[list(chosen)].sum())
        for chosen in choices(model)
        if covered(model, chosen) >= target
    ]
    found = answer(set_cover, model, values, share=share, minimise=minimise, effort=OWN)
    if found is None:
        return
    expected = right(values, min)
    if not values and found.status == "not-found":  # conflicts forbid it, and nothing is claimed
        expected = ("not-found", None, [])
    assert claims(found, model) == expected


@settings(deadline=None, max_examples=60)
@given(cover_models(rows=10, dense=(0.3, 0.6, 1.0)), LIMITS)
def test_p_median(model, limits):
    values = [total(w) for c in choices(model, **limits) if (w := walks(model, c)) is not None]
    found = answer(p_median, model, values, effort=OWN, **limits)
    if found is not None:
        assert claims(found, model) == right(values, min)


@settings(deadline=None, max_examples=100)
@given(cover_models(rows=10, dense=(0.3, 0.6, 1.0)), ONE_LIMIT)
def test_p_center(model, limits):
    values = [longest(w) for c in choices(model, **limits) if (w := walks(model, c)) is not None]
    found = answer(p_center, model, values, effort=OWN, **limits)
    if found is not None:
        assert claims(found, model) == right(values, min)


@settings(deadline=None, max_examples=30)
@given(cover_models(sites=5, rows=8, dense=(0.3, 0.6, 1.0)), LIMITS)
def test_capacitated(model, limits):
    values = [served(model, chosen) for chosen in choices(model, **limits)]
    found = answer(capacitated, model, values, effort=OWN, **limits)
    if found is None:
        return
    assert claims(found, model) == right(values, max)
    assert found.covered_before + sum(found.gains) == found.objective


@pytest.mark.parametrize(
    ("solve", "value", "best"),
    [
        (p_median, lambda m, c: total(walks(m, c)), min),
        (p_center, lambda m, c: longest(walks(m, c)), min),
        (capacitated, served, max),
    ],
)
def test_solver_closes_what_the_prices_leave_open(solve, value, best):
    rng = np.random.default_rng(11)
    site, demand = np.nonzero(np.ones((8, 15)))
    model = cover_model(
        list("abcdefgh"),
        site,
        demand,
        weights=rng.integers(1, 20, 15),
        cost_mm=rng.integers(0, 90, 120),
        capacity=rng.integers(10, 50, 8),
    )
    found = solve(model, sites=3, effort=SOLVER)
    assert found.objective == best(value(model, c) for c in choices(model, sites=3) if c)
    assert found.status == "optimal"
    assert check(found.certificate, model) == []


def test_solver_closes_set_cover():
    rng = np.random.default_rng(5)
    site, demand = np.nonzero(rng.random((12, 30)) < 0.3)
    model = cover_model([f"{j:02}" for j in range(12)], site, demand, weights=np.ones(30))
    found = set_cover(model, share=0.9, effort=SOLVER)
    assert found.objective == min(len(c) for c in choices(model) if covered(model, c) >= 27)
    assert found.status == "optimal"


def line():
    """
    Five homes and three sites on a line, a kilometre apart; two people in each home::

        a     b     c
        0  1  2  3  4
    """
    home = np.arange(5)
    pairs = [(s, h, abs(h - 2 * s)) for s in range(3) for h in home]
    site, demand, cost = np.array(pairs).T
    return cover_model(["a", "b", "c"], site, demand, weights=[2] * 5, cost_mm=cost * 1000)


def test_median_and_center_of_a_line():
    assert p_median(line(), sites=1).sites == ("b",)
    assert p_median(line(), sites=1).objective == 2 * (2 + 1 + 0 + 1 + 2) * 1000
    assert p_center(line(), sites=1).objective == 2000
    assert p_center(line(), sites=3).objective == 1000


def test_rows_without_a_site_are_named():
    model = cover_model(["a"], [0], [0], weights=[1, 1, 0], cost_mm=[5], capacity=[1])
    for found in (set_cover(model), p_median(model, sites=1), p_center(model, sites=1)):
        assert (found.status, found.unserved) == ("infeasible", (1,))
        assert check(found.certificate, model) == []


def test_too_few_sites_for_everybody_is_proved():
    model = cover_model(["a", "b"], [0, 1], [0, 1], weights=[1, 1], cost_mm=[5, 5])
    for solve in (p_median, p_center):
        found = solve(model, sites=1)
        assert (found.status, found.objective) == ("infeasible", None)
        assert check(found.certificate, model) == []
