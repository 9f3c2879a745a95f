import numpy as np
import pytest
from brute import LIMITS, choices, cover_models, covered
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.ranking.checker import check
from siting.ranking.cover_model import EXISTING, MUST, cover_model
from siting.ranking.effort import Effort
from siting.ranking.max_coverage import max_coverage

OWN = Effort(solver_entries=-1)  # by prices and branching alone


@settings(deadline=None, max_examples=250)
@given(cover_models(), LIMITS)
def test_best_of_all_choices(model, limits):
    values = [covered(model, chosen) for chosen in choices(model, **limits)]
    if not values:
        with pytest.raises(DataError):
            max_coverage(model, effort=OWN, **limits)
        return
    found = max_coverage(model, effort=OWN, **limits)
    assert found.objective == max(values) == found.certified_bound
    chosen = {model.site_ids.index(site) for site in found.sites}
    assert chosen in list(choices(model, **limits))
    assert covered(model, chosen) == found.objective
    assert found.covered_before + sum(found.gains) == found.objective
    assert check(found.certificate, model) == []


def greedy_trap():
    """
    Greedy takes b first and needs three sites; a and c cover all::

        people   4  4  4  4
        a        x  x
        b           x  x  (and 1 more)
        c              x  x
    """
    pairs = [(0, 0), (0, 1), (1, 1), (1, 2), (1, 4), (2, 2), (2, 3)]
    return cover_model(["a", "b", "c"], *np.array(pairs).T, weights=[4, 4, 4, 4, 1])


def test_swaps_leave_the_trap_of_greedy():
    found = max_coverage(greedy_trap(), sites=2)
    assert (found.sites, found.gains, found.status) == (("a", "c"), (8, 8), "optimal")


def test_ranks_are_ordered_by_marginal_gain_and_ties_by_id():
    model = cover_model(["x", "y", "z"], [0, 1, 1, 2], [0, 1, 2, 2], weights=[5, 3, 2])
    found = max_coverage(model, sites=3)
    assert (found.sites, found.gains, found.covered) == (("x", "y"), (5, 5), (5, 10))
    assert max_coverage(model, sites=1).sites == ("x",)


def test_existing_sites_count_before_and_must_sites_open():
    model = cover_model(
        ["a", "b", "c"], [0, 1, 2], [0, 1, 2], weights=[1, 10, 5], status=[MUST, EXISTING, 0]
    )
    found = max_coverage(model, sites=1)
    assert (found.sites, found.covered_before, found.objective) == (("a",), 10, 11)


def test_an_impossible_must_is_an_error_for_people():
    model = cover_model(
        ["a", "b"], [0, 1], [0, 0], weights=[1], status=[MUST, MUST], conflicts=[(0, 1)]
    )
    with pytest.raises(DataError) as caught:
        max_coverage(model, sites=1, budget=1)
    assert [p.key for p in caught.value.problems] == [
        "ranking-must-count", "ranking-must-budget", "ranking-must-conflict",
    ]  # fmt: skip
    assert all(p.as_dict(lang) for p in caught.value.problems for lang in ("zh", "en"))


@settings(deadline=None, max_examples=40)
@given(cover_models(plain=True, sites=12, rows=40), st.integers(1, 6), st.randoms())
def test_order_of_input_and_one_site_more(model, count, random):
    found = max_coverage(model, sites=count)
    order = list(range(len(model.site_ids)))
    random.shuffle(order)
    of_site = np.repeat(np.arange(len(order)), np.diff(model.indptr))
    shuffled = cover_model(
        [model.site_ids[j] for j in order],
        np.argsort(order)[of_site],
        model.demand,
        weights=model.weights,
        site_cost=model.site_cost[order],
        cost_mm=model.cost_mm,
        capacity=model.capacity[order],
    )
    assert max_coverage(shuffled, sites=count).certificate == found.certificate
    assert max_coverage(model, sites=count + 1).certified_bound >= found.objective


def test_a_stopped_search_answers_with_its_bound():
    rng = np.random.default_rng(5)
    site, demand = np.nonzero(rng.random((30, 200)) < 0.1)
    model = cover_model([f"{i:02}" for i in range(30)], site, demand, weights=np.ones(200))

    found = max_coverage(model, sites=5, watch=lambda _: True)
    assert found.status == "stopped"
    assert found.certified_bound >= max_coverage(model, sites=5).objective
    assert check(found.certificate, model) == []


def test_solver_closes_what_the_prices_leave_open():
    rng = np.random.default_rng(5)
    site, demand = np.nonzero(rng.random((14, 60)) < 0.2)
    model = cover_model([f"{i:02}" for i in range(14)], site, demand, weights=np.ones(60))
    found = max_coverage(model, sites=4, effort=Effort(operations=1, iterations=5))
    assert found.solver_bound == found.objective
    assert found.certificate["proved_by"] == "solver"
    assert found.objective == max(covered(model, c) for c in choices(model, sites=4))


def test_a_branch_beyond_the_budget_is_refuted():
    model = cover_model(
        ["a", "b", "c"], [0, 2], [0, 0], weights=[9], status=[0, MUST, 0], site_cost=[8, 5, 6]
    )
    found = max_coverage(model, budget=9, effort=OWN)
    assert (found.sites, found.objective, found.certified_bound) == (("b",), 0, 0)
    assert check(found.certificate, model) == []
