"""Several rules, conjunctions of kinds, and the worst street first."""

import copy
import json
from fractions import Fraction
from itertools import combinations

import numpy as np
from brute import LIMITS, choices, cover_models, covered, standing
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.ranking.checker import check, check_worst_first
from siting.ranking.conjunctive import conjunctive
from siting.ranking.cover_model import cover_model, covered_by
from siting.ranking.effort import Effort
from siting.ranking.fairness import worst_first
from siting.ranking.max_coverage import max_coverage
from siting.ranking.weights import strictly

OWN = Effort(iterations=200, solver_entries=-1)


@st.composite
def two_rules(draw):
    """Two rules over the same sites."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    k, n = 6, 10
    models = []
    for _ in range(2):
        site, demand = np.nonzero(rng.random((k, n)) < 0.3)
        models.append(cover_model(list("abcdef"), site, demand, weights=rng.integers(0, 20, n)))
    return models


def stacked(models, weights):
    """Put the demand of several rules below one another, each person weighing as the rule does."""
    pairs = [(np.repeat(range(6), np.diff(m.indptr)), m.demand) for m in models]
    return cover_model(
        models[0].site_ids,
        np.concatenate([site for site, _ in pairs]),
        np.concatenate([row + 10 * at for at, (_, row) in enumerate(pairs)]),
        weights=np.concatenate([m.weights * w for m, w in zip(models, weights, strict=True)]),
    )


@settings(deadline=None, max_examples=40)
@given(two_rules(), st.sampled_from([(1, 1), (2, 3), (1, 4)]), st.integers(1, 3))
def test_weighted_rules(models, weights, count):
    found = max_coverage(stacked(models, weights), sites=count)
    values = [
        sum(w * covered(m, c) for w, m in zip(weights, models, strict=True))
        for c in choices(models[0], sites=count)
    ]
    each = [covered_by(m, found.sites) for m in models]
    assert found.objective == max(values) == sum(w * c for w, c in zip(weights, each, strict=True))


@settings(deadline=None, max_examples=40)
@given(two_rules(), st.integers(1, 3))
def test_one_rule_strictly_before_the_other(models, count):
    weights = strictly([int(model.weights.sum()) for model in models])
    found = max_coverage(stacked(models, weights), sites=count)
    best = max(tuple(covered(m, c) for m in models) for c in choices(models[0], sites=count))
    assert tuple(covered_by(m, found.sites) for m in models) == best


def whole(model, kinds, chosen):
    """Return the people who have every kind."""
    rows = model.covered.copy()
    for j in standing(model, chosen):
        rows[model.rows(j)] = True
    n = len(rows) // kinds
    return int(model.weights[:n][rows.reshape(kinds, n).all(axis=0)].sum())


@st.composite
def conjunctions(draw):
    kinds = draw(st.integers(1, 3))
    model = draw(cover_models(sites=8, rows=7, dense=(0.3, 0.6)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, k = len(model.weights), len(model.site_ids)
    site, demand = np.nonzero(rng.random((k, n * kinds)) < 0.5)
    return kinds, cover_model(
        model.site_ids,
        site,
        demand,
        weights=np.tile(model.weights, kinds),
        covered=rng.random(n * kinds) < 0.2,
        status=model.status,
        site_cost=model.site_cost,
        conflicts=model.conflicts,
    )


@settings(deadline=None, max_examples=80)
@given(conjunctions(), LIMITS)
def test_conjunctive_rules(drawn, limits):
    kinds, model = drawn
    values = [whole(model, kinds, c) for c in choices(model, **limits)]
    try:
        found = conjunctive(model, kinds=kinds, effort=OWN, **limits)
    except DataError:
        assert not values
        return
    assert found.objective == max(values) == found.certified_bound
    assert found.covered_before + sum(found.gains) == found.objective
    assert check(json.loads(json.dumps(found.certificate)), model) == []
    false = copy.deepcopy(found.certificate) | {"objective": found.objective + 1}
    assert check(false, model)


def test_gains_of_a_conjunction_may_grow():
    """One person needs a nursery (site a) and a playground (site b): alone, neither helps."""
    model = cover_model(["a", "b"], [0, 1], [0, 1], weights=[5, 5])
    assert conjunctive(model, kinds=2, sites=1).objective == 0
    found = conjunctive(model, kinds=2, sites=2)
    assert (found.objective, found.gains, found.status) == (5, (0, 5), "optimal")


def test_solver_closes_a_conjunction():
    rng = np.random.default_rng(3)
    site, demand = np.nonzero(rng.random((10, 40)) < 0.4)
    model = cover_model(
        [f"{j}" for j in range(10)], site, demand, weights=np.tile(rng.integers(1, 9, 20), 2)
    )
    found = conjunctive(model, kinds=2, sites=3, effort=Effort(operations=1, iterations=3))
    best = max(whole(model, 2, set(c)) for c in combinations(range(10), 3))
    assert (found.objective, found.status) == (best, "optimal")


def shares(model, street, chosen):
    """Return the shares of the streets with people, least first."""
    rows = model.covered.copy()
    for j in standing(model, chosen):
        rows[model.rows(j)] = True
    found = []
    for name in sorted(set(street)):
        here = np.array(street) == name
        people = int(model.weights[here].sum())
        if people:
            found.append(Fraction(int(model.weights[here & rows].sum()), people))
    return sorted(found)


@settings(deadline=None, max_examples=40)
@given(cover_models(sites=6), st.integers(1, 3), st.integers(1, 3))
def test_worst_street_first(model, count, streets):
    street = [f"S{i % streets}" for i in range(len(model.weights))]
    every = [shares(model, street, c) for c in choices(model, sites=count)]
    try:
        found = worst_first(model, street, sites=count)
    except DataError:
        assert not every
        return
    if not every[0]:
        return
    best = max(every)
    chosen = {model.site_ids.index(site) for site in found.sites}
    assert found.worst == shares(model, street, chosen)[0] <= best[0] <= found.worst_bound
    assert check_worst_first(json.loads(json.dumps(found.certificate)), model, street) == []
    assert found.price >= 0
    for key in ("objective", "certified_bound"):
        up, down = found.certificate[key]
        false = copy.deepcopy(found.certificate) | {key: [up + 1, down]}
        assert check_worst_first(false, model, street)


def test_the_small_street_is_served_first():
    """a covers 90 of 100 people in N, b covers 5 of 10 in S: one site only."""
    model = cover_model(["a", "b"], [0, 1], [0, 2], weights=[90, 10, 5, 5])
    found = worst_first(model, ["N", "N", "S", "S"], sites=1)
    assert max_coverage(model, sites=1).sites == ("a",)
    assert found.worst == 0
    found = worst_first(model, ["N", "N", "S", "S"], sites=2)
    assert (found.sites, found.worst, found.price) == (("a", "b"), Fraction(1, 2), 0)
    assert found.streets["street"].tolist() == ["S", "N"]
