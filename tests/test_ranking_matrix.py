"""Every model with every option of [[rank]], on the town, against all choices of its few sites."""

from itertools import combinations

import numpy as np
import pytest
from brute import choices, covered, served, standing, walks

from siting.access.readings import evaluate_readings
from siting.checks.ranks import check_ranks
from siting.errors import ScenarioError
from siting.ranking.fairness import PARTS
from siting.ranking.outcome import answer
from siting.ranking.pools import pools_of
from siting.ranking.set_cover import target_of
from siting.ranking.sites import place_sites, rows_of
from siting.ranking.tasks import kinds_asked, task
from siting.scenario.model import Rank

ANY = {"land_use": [""], "min_area_m2": 0}
KG = {"rule": "circle", "need": "kindergarten", "candidates": ANY}
SIZES = [ANY | {"capacity": 5, "cost": 1}, ANY | {"capacity": 12, "cost": 2}]
MODELS = {
    "max-coverage": {"sites": 2},
    "set-cover": {"target": 0.7},
    "p-median": {"sites": 2},
    "p-center": {"sites": 2},
    "capacitated": {"sites": 2, "candidates": SIZES},
    "worst-street-first": {"sites": 2},
    "by-priority": {"sites": 2},
    "all needs": {"sites": 2, "need": "all", "model": "max-coverage"},
}
KINDERGARTENS = {"rule": "circle", "need": "kindergarten"}
NURSERIES = {"rule": "circle", "need": "nursery"}
OPTIONS = {
    "plain": {},
    "must": {"must": ["s3"]},
    "never": {"never": ["s2"]},
    "budget": {"sites": None, "budget": 4, "costs": {"s1": 2, "s2": 3}},
    "spacing": {"spacing_m": 310},
    "weights": {"weights": {"kindergarten_age": 2.5, "streets": {"北街道": 3}}},
    "bands": {"rule": "homes", "need": None},
    "land use": {"candidates": {"land_use": ["A6"], "min_area_m2": 0}},
    "least area": {"candidates": {"land_use": [""], "min_area_m2": 900}},
    "kindergartens": {"candidates": {"layer": "kindergartens", "capacity": 10}},
    "grid": {"candidates": {"layer": "grid", "spacing_m": 300, "capacity": 10}},
    "streets": {"candidates": {"layer": "streets", "spacing_m": 300, "capacity": 10}},
    "rules": {"rule": None, "need": None, "rules": [KINDERGARTENS, NURSERIES | {"weight": 1.5}]},
}


@pytest.fixture(scope="module")
def readings(town_prepared):
    study = town_prepared.study
    return {rule.id: evaluate_readings(rule, study).default for rule in town_prepared.rules}


def asked(model, option):
    block = KG | {"model": model} | MODELS[model] | OPTIONS[option]
    if model == "by-priority" and option != "bands":
        block |= {"rule": None, "need": None, "rules": [KINDERGARTENS, NURSERIES]}
    several = {"capacitated": "s3:12", "by-priority": "s3:nursery", "all needs": "s3:nursery"}
    if option == "must" and model in several:
        block["must"] = [several[model]]
    if model == "capacitated" and "candidates" in OPTIONS[option]:
        block["candidates"] = {"capacity": 5} | OPTIONS[option]["candidates"]
    return Rank.model_validate({key: value for key, value in block.items() if value is not None})


def allowed(rank, prepared):
    scenario = prepared.scenario.model_copy(update={"rank": [rank]})
    try:
        check_ranks(scenario, prepared.rules)
    except ScenarioError:
        return False
    return True


def whole(model, chosen, kinds):
    rows = model.covered.copy()
    for j in standing(model, chosen):
        rows[model.rows(j)] = True
    n = len(rows) // kinds
    return int(model.weights[:n][rows.reshape(kinds, n).all(axis=0)].sum())


def worst(model, chosen, streets):
    rows = model.covered.copy()
    for j in standing(model, chosen):
        rows[model.rows(j)] = True
    names, home = np.unique(streets, return_inverse=True)
    people = np.bincount(home, model.weights, len(names))
    found = np.bincount(home, model.weights * rows, len(names))
    return min(f / p for f, p in zip(found, people, strict=True) if p)


def best_of_all(rank, outcome):
    """Return the objective of the best choice; None where there is none."""
    model, proof = outcome.certified, outcome.certificate
    every = list(choices(model, sites=rank.most, budget=rank.budget))
    if proof["model"] in ("p-median", "p-center"):
        walked = [w for w in (walks(model, chosen) for chosen in every) if w is not None]
        if proof["model"] == "p-median":
            return min((sum(w * c for w, c in one) for one in walked), default=None)
        return min((max((c for _, c in one), default=0) for one in walked), default=None)
    if proof["model"] == "set-cover":
        enough = target_of(model, rank.target)
        by_cost = proof["parameters"]["minimise"] == "cost"
        prices = [
            int(model.site_cost[list(chosen)].sum()) if by_cost else len(chosen)
            for chosen in choices(model)
            if covered(model, chosen) >= enough
        ]
        return min(prices, default=None)
    values = {
        "capacitated": lambda chosen: served(model, chosen),
        "conjunctive": lambda chosen: whole(model, chosen, proof["parameters"]["kinds"]),
        "worst-first": lambda chosen: worst(model, chosen, outcome.streets),
        "max-coverage": lambda chosen: covered(model, chosen),
    }
    return max(map(values[proof["model"]], every))


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("model", MODELS)
def test_best_of_all_choices(model, option, town_prepared, readings):
    rank, study = asked(model, option), town_prepared.study
    if not allowed(rank, town_prepared):
        pytest.skip("refused with its reason: tests/test_rankings.py")
    rules = {key: one.rule for key, one in readings.items()}
    pools = pools_of(rank, kinds_asked(rank, rules), study.layers)
    sites = place_sites(pools.table, study, town_prepared.scenario.walk)
    outcome = answer(rank, readings, study, sites)
    assert outcome.check(outcome.certificate) == []
    objective = outcome.certificate["objective"]
    if model == "worst-street-first":
        objective = pytest.approx(objective[0] / objective[1], abs=1 / PARTS)
    assert best_of_all(rank, outcome) == objective
    chosen = pools.table.set_index("id").loc[list(outcome.sites)]
    if len(chosen):
        keeps_what_was_asked(rank, chosen)


def keeps_what_was_asked(rank, chosen):
    assert set(rank.must) <= {*chosen["place"], *chosen.index}
    assert not set(rank.never) & set(chosen["place"])
    assert rank.budget is None or chosen["cost"].sum() <= rank.budget
    assert rank.model == "set-cover" or rank.most is None or len(chosen) <= rank.most
    points = chosen.geometry.representative_point()
    assert all(a.distance(b) >= rank.spacing_m for a, b in combinations(points, 2))


@pytest.mark.parametrize("rule", [{"rule": "circle", "need": "nursery"}, {"rule": "homes"}])
def test_a_site_reaches_whom_the_cutoff_of_their_row_allows(rule, town_prepared, readings):
    study, rank = town_prepared.study, Rank.model_validate(rule | {"candidates": ANY})
    evaluation = readings[rank.rule]
    kind = kinds_asked(rank, {rank.rule: evaluation.rule})
    pools = pools_of(rank, kind, study.layers)
    sites = place_sites(pools.table, study, town_prepared.scenario.walk)
    near, far = (
        task(rank, readings, study, sites, measured=measured).model for measured in (False, True)
    )
    part = "all" if rank.need is None else rank.need
    rows = rows_of(evaluation, part)
    limit = np.full(study.count, -1)
    limit[rows["demand"]] = rows["cutoff_mm"]
    wanted = {
        (site, row)
        for j, site in enumerate(far.site_ids)
        if site in near.site_ids
        for row, cost in zip(
            far.rows(j), far.cost_mm[far.indptr[j] : far.indptr[j + 1]], strict=True
        )
        if cost <= limit[row]
    }
    found = {(site, row) for j, site in enumerate(near.site_ids) for row in near.rows(j)}
    assert found == wanted
    assert found
