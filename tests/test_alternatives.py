"""Alternatives, regret, removal, curves, robustness and explanations against all choices."""

import numpy as np
import pandas as pd
import pytest
from brute import choices, cover_models, covered
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from siting.ranking.alternatives import alternatives, regret
from siting.ranking.checker import check
from siting.ranking.cover_model import EXISTING, cover_model
from siting.ranking.curve import coverage_curve, diminishing_point
from siting.ranking.effort import Effort
from siting.ranking.explain import newly_covered, overlaps, runners_up
from siting.ranking.max_coverage import max_coverage
from siting.ranking.removal import as_choice, keep, losses
from siting.ranking.robustness import other_people, other_speed, rank_readings, robust_shares

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


def test_equal_plans_are_found_and_none_is_shared():
    found = alternatives(town(), max_coverage(town(), sites=2))
    assert found.plans["sites"].tolist() == ["a c", "a d", "b c", "b d"]
    assert found.plans["loss"].tolist() == [0, 0, 0, 0]
    assert found.shared == ()


def test_a_lost_site_has_a_replacement_and_a_price():
    table = regret(town(), max_coverage(town(), sites=2))
    assert table.to_dict("list") == {
        "site": ["a", "c"],
        "replacement": ["b", "d"],
        "covered": [20, 20],
        "loss": [0, 0],
    }


@settings(deadline=None, max_examples=60)
@given(cover_models(), st.integers(1, 4), st.sampled_from([0.0, 0.1, 0.4]))
def test_alternatives_keep_the_limits_and_the_margin(model, count, margin):
    plans = {frozenset(c): covered(model, c) for c in choices(model, sites=count)}
    assume(plans)
    ranking = max_coverage(model, sites=count, effort=OWN)
    found = alternatives(model, ranking, within=margin, most=20)
    least = ranking.objective - margin * (ranking.objective - ranking.covered_before)
    seen = []
    for line in found.plans.itertuples():
        sites = frozenset(model.site_ids.index(s) for s in str(line.sites).split())
        seen.append(sites)
        assert plans[sites] == line.covered >= least
        assert line.loss == ranking.objective - line.covered
        assert set(found.shared) <= set(str(line.sites).split())
    assert len(set(seen)) == len(seen) <= 20
    assert found.plans["covered"].is_monotonic_decreasing
    assert set(str(found.plans["sites"][0]).split()) == set(ranking.sites)


@settings(deadline=None, max_examples=60)
@given(cover_models(), st.integers(1, 4))
def test_regret_is_the_best_single_replacement(model, count):
    plans = {frozenset(c): covered(model, c) for c in choices(model, sites=count)}
    assume(plans)
    ranking = max_coverage(model, sites=count)
    chosen = frozenset(model.site_ids.index(s) for s in ranking.sites)
    for line in regret(model, ranking).itertuples():
        lost = model.site_ids.index(line.site)
        rest = chosen - {lost}
        others = [v for p, v in plans.items() if rest <= p and lost not in p and len(p - rest) < 2]
        assert line.covered == max(others)
        assert line.loss == ranking.objective - line.covered
        together = rest | ({model.site_ids.index(line.replacement)} if line.replacement else set())
        assert plans[together] == line.covered


@settings(deadline=None, max_examples=60)
@given(cover_models(sites=6), st.integers(0, 3))
def test_the_least_needed_sites_are_those_whose_closing_loses_least(model, close):
    existing = [j for j in range(len(model.site_ids)) if model.status[j] == EXISTING]
    close = min(close, len(existing))
    ranking = keep(model, close=close)
    standing = as_choice(model)
    assert check(ranking.certificate, standing) == []
    kept = int((standing.status < 2).sum()) - close
    assert ranking.objective == max(covered(standing, c) for c in choices(standing, sites=kept))
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


def test_a_site_that_another_reading_drops():
    near = other_speed(town(), 300, factor=0.5)
    readings = {"standard": town(), "slow": near, "fast": other_speed(town(), 300, factor=1.2)}
    ranked = rank_readings(readings, sites=2)
    assert ranked["slow"].sites == ("a", "b")
    table = robust_shares(ranked["standard"], {k: ranked[k] for k in ("slow", "fast")})
    assert table.to_dict("list") == {
        "site": ["a", "c"],
        "robust_share": [1.0, 0.5],
        "drops_out": ["", "slow"],
    }
    assert robust_shares(ranked["standard"], {})["robust_share"].tolist() == [1.0, 1.0]


def test_other_people_are_seeded_and_stay_near():
    model = cover_model(["a"], [0], [0], weights=np.full(200, 100))
    one, same = (other_people(model, spread=0.1, seed=4).weights for _ in range(2))
    assert one.tolist() == same.tolist() != other_people(model, spread=0.1, seed=5).weights.tolist()
    assert 90 <= one.min() < 95
    assert 105 < one.max() <= 110


def test_whom_each_site_newly_covers():
    people = pd.DataFrame(
        {
            "street": ["N", "N", "N", "S", "S", "S"],
            "p80": [0, 2, 1, 0, 3, 0],
            "all": [1, 9, 1, 1, 9, 1],
        }
    )
    ranking = max_coverage(town(), sites=3)
    table = newly_covered(town(), ranking.sites, people)
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
    assert newly_covered(town(), ranking.sites, people)["all"].sum() == ranking.objective
