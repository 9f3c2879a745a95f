"""Prices, best choices under limits, and trees: the parts that every bound is made of."""

from itertools import combinations

import numpy as np
from brute import LIMITS, choices, cover_models, covered
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.errors import DataError
from siting.ranking.choice import choice_of
from siting.ranking.core import core_of
from siting.ranking.cover_model import cover_model
from siting.ranking.coverage import coverage
from siting.ranking.effort import Effort
from siting.ranking.max_coverage import max_coverage
from siting.ranking.prices import OPEN, SHUT, Search, descend, largest

NOTHING = np.zeros(0, np.int64)


@given(arrays(np.int64, st.integers(0, 12), elements=st.integers(-3, 3)), st.integers(-1, 14))
def test_largest_takes_the_first_of_equals(values, count):
    order = sorted(range(len(values)), key=lambda j: (-values[j], j))
    expected = sorted(j for j in order[: max(count, 0)] if values[j] > 0)
    assert largest(values, count).tolist() == expected


@settings(deadline=None, max_examples=100)
@given(cover_models(), LIMITS, st.data())
def test_every_price_bounds_every_choice(model, limits, data):
    try:
        choice = choice_of(model, **limits)
    except DataError:
        return
    core = core_of(model)
    relaxation = coverage(core, choice)
    price = st.integers(0, 30_000)
    prices = relaxation.clip(np.array([data.draw(price) for _ in relaxation.start()], np.int64))
    fixed = np.array([data.draw(st.sampled_from([0, 0, OPEN, SHUT])) for _ in choice.site], int)
    bound = relaxation.evaluate(prices, fixed).total // relaxation.scale
    must = set(choice.site[fixed == OPEN].tolist())
    barred = set(choice.site[fixed == SHUT].tolist())
    agreeing = [c for c in choices(model, **limits) if must <= c and not c & barred]
    assert all(covered(model, c) - core.base <= bound for c in agreeing)


def test_rivals_are_covered_by_cliques():
    pairs = [(0, 1), (0, 2), (1, 2), (2, 3)]
    model = cover_model(list("abcd"), [0], [0], weights=[1], conflicts=pairs)
    cliques = [tuple(c.tolist()) for c in choice_of(model, sites=1).cliques]
    assert cliques == [(0, 1, 2), (2, 3)]
    assert {p for c in cliques for p in combinations(c, 2)} == set(pairs)


def test_allowed_takes_what_the_limits_leave():
    model = cover_model(
        list("abcd"), [0], [0], weights=[1], site_cost=[1, 2, 3, 4], conflicts=[(0, 2)]
    )
    wanted = np.array([2, 0, 3, 1])
    assert choice_of(model, sites=2).allowed(wanted).tolist() == [2, 3]
    assert choice_of(model, budget=6).allowed(wanted).tolist() == [2, 1]


def test_descent_reaches_the_linear_bound():
    """
    A triangle of rows, each reached by two of three sites: one site covers two of three people, and
    the linear bound with one site is 2; with prices of 1/2 each it is met exactly.
    """
    model = cover_model(list("abc"), [0, 0, 1, 1, 2, 2], [0, 1, 1, 2, 2, 0], weights=[1, 1, 1])
    relaxation = coverage(core_of(model), choice_of(model, sites=1))
    state = Search(NOTHING, 0, 3)
    descend(relaxation, state, iterations=300, fixed=np.zeros(3, np.int64), root=True)
    assert (state.value, state.bound, state.closed) == (2, 2, True)


def test_effort_is_counted_not_timed():
    rng = np.random.default_rng(2)
    site, demand = np.nonzero(rng.random((20, 100)) < 0.15)
    model = cover_model(
        [f"{j:02}" for j in range(20)], site, demand, weights=rng.integers(1, 9, 100)
    )
    little = max_coverage(model, sites=5, effort=Effort(operations=1, solver_entries=-1))
    more = max_coverage(model, sites=5, effort=Effort(solver_entries=-1))
    again = max_coverage(model, sites=5, effort=Effort(solver_entries=-1))
    assert "rows" in little.certificate["proof"]["tree"]
    assert "site" in more.certificate["proof"]["tree"]
    assert more.certified_bound < little.certified_bound
    assert more.certificate == again.certificate
