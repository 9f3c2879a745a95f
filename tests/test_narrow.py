"""A descent among few sites at a time bounds the whole model."""

import numpy as np
import pytest
from brute import LIMITS, choices, cover_models, covered
from hypothesis import HealthCheck, given, settings

from siting.errors import DataError
from siting.ranking import narrow
from siting.ranking.checker import check
from siting.ranking.choice import choice_of
from siting.ranking.core import core_of
from siting.ranking.cover_model import cover_model
from siting.ranking.coverage import coverage
from siting.ranking.effort import Effort
from siting.ranking.max_coverage import max_coverage
from siting.ranking.prices import Search, descend


@pytest.fixture
def few(monkeypatch):
    """Look at as many sites as may open and one more, for five steps: every model is large."""
    monkeypatch.setattr(narrow, "_FIRST", 1)
    monkeypatch.setattr(narrow, "_MORE", 1)
    monkeypatch.setattr(narrow, "_ROUND", 5)


@pytest.mark.usefixtures("few")
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cover_models(), LIMITS)
def test_best_of_all_choices(model, limits):
    values = [covered(model, chosen) for chosen in choices(model, **limits)]
    try:
        found = max_coverage(model, effort=Effort(solver_entries=-1), **limits)
    except DataError:
        assert not values
        return
    assert found.objective == max(values) == found.certified_bound
    assert check(found.certificate, model) == []


def scattered(seed):
    """Sixty sites on a square of 400 homes, each reaching the homes near it."""
    rng = np.random.default_rng(seed)
    homes, places = rng.random((400, 2)), rng.random((60, 2))
    near = ((places[:, None] - homes) ** 2).sum(axis=2) < 0.02
    site, demand = np.nonzero(near)
    return cover_model(
        [f"{j:02}" for j in range(60)], site, demand, weights=rng.integers(1, 50, 400)
    )


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("seed", range(4))
def test_few_sites_give_the_bound_of_all(seed, monkeypatch):
    """The bound of the parts comes near that of a descent over all sites, and is never beaten."""
    monkeypatch.setattr(narrow, "_ROUND", 100)
    relaxation = coverage(core_of(scattered(seed)), choice_of(scattered(seed), sites=6))
    start = relaxation.offer(np.arange(6))
    parts = Search(*start, bound=relaxation.core.total)
    narrow.bounded(relaxation, parts, iterations=2000)
    whole = Search(*start, bound=relaxation.core.total)
    descend(relaxation, whole, iterations=2000, fixed=np.zeros(60, np.int64), root=True)
    assert parts.bound <= whole.bound * 1.002
    assert parts.bound >= max(parts.value, whole.value)


@pytest.mark.usefixtures("few")
def test_solver_decides_what_few_sites_leave_open():
    found = max_coverage(scattered(1), sites=6, effort=Effort(operations=1, iterations=40))
    whole = max_coverage(scattered(1), sites=6, effort=Effort(operations=2**40))
    assert found.certificate["proved_by"] == "solver"
    assert found.objective == whole.objective == whole.certified_bound
    assert check(found.certificate, scattered(1)) == []


@pytest.mark.usefixtures("few")
def test_a_search_in_parts_can_be_stopped():
    found = max_coverage(scattered(2), sites=6, watch=lambda state: state.work > 30_000)
    assert found.status == "stopped"
    assert check(found.certificate, scattered(2)) == []
