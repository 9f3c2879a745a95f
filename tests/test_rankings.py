"""Rankings asked in a scenario, on the town of town.py: each key does what it says.

Children and kindergartens: d1's 60 are covered by kg1, of the others only d4 (20, by s2) and d3
(10, by s3) are within 300 m of a parcel; d2's 15 are within reach of none. South street: 95
children, north street: 10.
"""

import copy
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from town import SCENARIO, write_town

from siting.access.readings import evaluate_readings
from siting.checks.ranks import check_ranks
from siting.errors import DataError, ScenarioError
from siting.network.joints import NO_JOINTS, parts_of
from siting.prepare import Stopwatch, prepare
from siting.project import find_project
from siting.ranking.ranked import rank_all
from siting.ranking.sites import place_sites
from siting.ranking.trials import busiest_edge, without
from siting.scenario.model import Rank

ANY = {"land_use": [""], "min_area_m2": 0}
KG = {"rule": "circle", "need": "kindergarten", "candidates": ANY}


@pytest.fixture(scope="module")
def readings(town_prepared):
    return {
        rule.id: evaluate_readings(rule, town_prepared.study).readings
        for rule in town_prepared.rules
    }


@pytest.fixture
def ranked(town_prepared, readings):
    """Return a function that ranks one block."""

    def rank(**block):
        scenario = town_prepared.scenario.model_copy(update={"rank": [Rank.model_validate(block)]})
        check_ranks(scenario, town_prepared.rules)
        (found,) = rank_all(scenario, readings, town_prepared.study)
        assert found.check(found.certificate) == []
        return found

    return rank


def opened(found):
    return found.table["site"].tolist()


def test_a_budget_and_the_price_of_each_site(ranked):
    candidates = ANY | {"cost": 3}
    found = ranked(**KG | {"candidates": candidates}, budget=4, costs={"s2": 5})
    assert opened(found) == ["s3"]
    assert found.table["cost"].tolist() == [3]
    assert opened(ranked(**KG | {"candidates": candidates}, budget=8, costs={"s2": 5})) == [
        "s2",
        "s3",
    ]


def test_must_and_never(ranked):
    assert opened(ranked(**KG, sites=1)) == ["s2"]
    assert opened(ranked(**KG, sites=1, must=["s3"])) == ["s3"]
    assert opened(ranked(**KG, never=["s2"])) == ["s3"]


def test_spacing(ranked):
    assert opened(ranked(**KG, spacing_m=300)) == ["s2", "s3"]  # they stand 305 m apart
    assert opened(ranked(**KG, spacing_m=310)) == ["s2"]


@pytest.mark.parametrize(
    "weights", [{"kindergarten_age": 10}, {"streets": {"北街道": 3}}, {"streets": {"NS": 2.5}}]
)
def test_weights_choose_and_stay_out_of_rates(ranked, weights):
    found = ranked(**KG, sites=1, weights=weights)
    assert opened(found) == ["s3"]
    assert found.table[["gain", "covered"]].to_numpy().tolist() == [[10, 70]]
    assert found.table["coverage"].tolist() == [70 / 105]
    assert found.record["measure"] == "weighted_people"
    assert found.record["objective"] > 70


@pytest.mark.parametrize(("target", "sites"), [(0.75, ["s2"]), (0.8, ["s2", "s3"])])
def test_set_cover_to_a_target(ranked, target, sites):
    found = ranked(**KG, model="set-cover", target=target)
    assert opened(found) == sites
    assert found.record["objective"] == len(sites)
    assert found.record["measure"] == "sites"


def test_a_target_out_of_reach_names_the_people(ranked):
    found = ranked(**KG, model="set-cover")
    assert found.record["status"] == "infeasible"
    assert found.record["unserved_people"] == 15
    assert found.table.empty


def walks(model, chosen):
    """Return the cost of each row with people to the nearest of the chosen and existing sites."""
    best = np.full(len(model.weights), np.inf)
    for j in [*chosen, *np.flatnonzero(model.status == 3)]:
        rows = model.rows(j)
        cost = model.cost_mm[model.indptr[j] : model.indptr[j + 1]]
        best[rows] = np.minimum(best[rows], cost)
    return best, model.weights > 0


@pytest.mark.parametrize("name", ["p-median", "p-center"])
@pytest.mark.parametrize("count", [1, 2])
def test_walks_are_shortest_of_all_choices(ranked, name, count):
    found = ranked(**KG, model=name, sites=count)
    model = found.outcome.certified
    free = np.flatnonzero(model.status == 0)
    values = []
    for chosen in combinations(free, count):
        cost, people = walks(model, chosen)
        each = cost[people] * (model.weights[people] if name == "p-median" else 1)
        values.append(each.sum() if name == "p-median" else each.max())
    assert found.record["objective"] == min(values)
    assert found.record["status"] == "optimal"


def test_places_in_two_sizes(ranked):
    sizes = [ANY | {"capacity": 5, "cost": 1}, ANY | {"capacity": 12, "cost": 2}]
    found = ranked(**KG | {"candidates": sizes}, model="capacitated", budget=2)
    assert opened(found) == ["s2"]  # twelve of d4's twenty; five there and five at s3 are fewer
    assert found.table["capacity"].tolist() == [12]
    assert found.record["objective"] == 60 + 12
    assert found.outcome.sites == ("s2:12",)


def test_the_worst_street_first_and_its_price(ranked):
    found = ranked(**KG, model="worst-street-first", sites=1)
    assert opened(found) == ["s3"]
    assert found.record["price"] == 10
    assert found.record["objective"] == pytest.approx(60 / 95, abs=1e-6)
    assert [s["street"] for s in found.record["streets"]] == ["南街道", "北街道"]


@pytest.mark.parametrize(
    ("order", "site", "kind"),
    [
        (("nursery", "kindergarten"), "s1", "nursery"),
        (("kindergarten", "nursery"), "s2", "kindergarten"),
    ],
)
def test_rules_by_priority(ranked, order, site, kind):
    rules = [{"rule": "circle", "need": need} for need in order]
    found = ranked(rules=rules, model="by-priority", sites=1, candidates=ANY)
    assert opened(found) == [site]
    assert found.table["facility_kind"].tolist() == [kind]
    assert [row["need"] for row in found.record["rules"]] == list(order)
    first = found.record["rules"][0]
    assert first["covered"] - first["covered_before"] == {"s1": 10, "s2": 20}[site]


def test_weights_of_rules(ranked):
    def best(weight):
        rules = [{"rule": "circle", "need": "kindergarten"}]
        rules += [{"rule": "circle", "need": "nursery", "weight": weight}]
        return opened(ranked(rules=rules, sites=1, candidates=ANY))

    assert best(1.5) == ["s2"]  # 20 children against 15
    assert best(2.5) == ["s1"]  # against 25


def test_every_need_together(ranked):
    block = {"rule": "circle", "need": "all", "candidates": ANY}
    one = ranked(**block, sites=1)
    assert one.outcome.sites == ("s2:kindergarten",)  # d4's twelve who need no nursery
    assert one.record["covered"] == 50 + 12
    two = ranked(**block, sites=2)
    assert set(two.outcome.sites) == {"s1:nursery", "s2:kindergarten"}
    assert two.record["covered"] == 50 + 12 + 10
    assert two.record["certified_bound"] >= 72
    assert two.record["model"] == "conjunctive"
    stories = {one["site"]: one for one in two.record["explanation"]}
    served = {site: sum(row["people"] for row in one["streets"]) for site, one in stories.items()}
    assert served == dict(zip(two.outcome.sites, two.outcome.gains, strict=True))
    assert stories["s2:kindergarten"]["nearest"]["id"] == "kg1"
    assert stories["s1:nursery"]["focus"] == 10
    assert sum(gap["people"] for gap in stories["s2:kindergarten"]["gaps"]) == 12
    assert two.record["runners_up"][0]["adds"] == 8  # of d3, by s3
    lost = {row["site"]: row for row in two.record["regret"]}
    assert lost["s1:nursery"]["loss"] == 4
    assert lost["s1:nursery"]["objective"] == 68


def test_which_facility_is_needed_least(ranked):
    found = ranked(rule="homes", removal=True, sites=1)
    assert found.table.empty
    removal = found.record["removal"]
    assert removal["least_needed"] == [
        {"site": "eh1", "name": removal["close"][0]["name"], "reached": 100, "loss": 100}
    ]
    assert removal["covered_before"] == 100
    assert [row["covered"] for row in removal["close"]] == [0]
    assert found.record["regret"] == [  # nothing is kept that could close instead
        {"site": "eh1", "replacement": "", "loss": 0, "objective": 0}
    ]


def test_robustness_tries_readings_people_and_pace(ranked):
    robust = ranked(**KG).record["robustness"]
    kinds = [trial["kind"] for trial in robust["trials"]]
    assert kinds[:1] == ["reading"]
    assert kinds.count("people") == 3
    assert kinds.count("pace") == 2
    assert all(0 <= row["share"] <= 1 for row in robust["sites"])
    assert all((row["share"] == 1) == (row["drops_out"] == "") for row in robust["sites"])


def test_the_busiest_street_lies_on_the_way():
    # 0 ─ 1 ─ 2 ─ 3 ─ 4, and 5 ─ 2; people live on 0 ─ 1 and 5 ─ 2, the site stands on 3 ─ 4.
    u, v = np.array([0, 1, 2, 3, 2]), np.array([1, 2, 3, 4, 5])
    cost = np.full(5, 100_000)
    streets = SimpleNamespace(
        node_x_mm=np.zeros(6), edge_u=u, edge_v=v, cost_uv_mm=cost, cost_vu_mm=cost,
        length_mm=cost, joints=NO_JOINTS,
    )  # fmt: skip
    streets.parts = parts_of(streets)

    def busiest(people, limit_mm=10**6):
        return busiest_edge(streets, np.array([0, 4]), np.array([3]), np.array(people), limit_mm)

    assert busiest([3, 4]) == 2  # all seven come by it
    assert busiest([3, 0]) == 1  # of equal streets the first
    assert busiest([0, 0]) is None
    assert busiest([3, 0], limit_mm=150_000) is None  # too far to walk


def test_why(ranked):
    found = ranked(**KG, sites=1).record
    (story,) = found["explanation"]
    assert story["site"] == "s2"
    assert story["streets"][0]["street"] == "南街道"
    assert story["streets"][0]["people"] == 20
    assert story["streets"][0]["nursery_age"] == 8
    assert story["nearest"]["id"] == "kg1"
    assert [(g["people"], g["of"]) for g in story["gaps"]] == [(20, 20)]
    (beaten, *_) = found["runners_up"]
    assert (beaten["site"], beaten["adds"]) == ("s3", 10)
    assert story["focus"] == 8
    assert found["regret"] == [{"site": "s2", "replacement": "s3", "loss": 10, "objective": 70}]
    assert [p["covered"] for p in found["curve"]] == [60, 80, 90, 90]


MODELS = [
    {"model": "set-cover", "target": 0.8},
    *({"model": name, "sites": 2} for name in ("max-coverage", "p-median", "p-center")),
    {"model": "worst-street-first", "sites": 1},
    {"model": "capacitated", "sites": 2, "candidates": ANY | {"capacity": 9}},
    {"need": "all", "sites": 2},
]


@pytest.mark.parametrize("block", MODELS, ids=lambda b: b.get("model", "conjunctive"))
def test_every_model_has_other_plans_and_regrets(ranked, block):
    found = ranked(**KG | block)
    record, sites = found.record, set(found.outcome.sites)
    plans = record["alternatives"]
    assert plans["plans"] == len(plans["others"]) + 1 <= 100
    assert set(plans["shared"]) <= sites
    assert all(set(one["out"]) <= sites and not set(one["in"]) & sites for one in plans["others"])
    assert [row["site"] for row in record["regret"]] == list(found.outcome.sites)


@pytest.mark.parametrize("block", MODELS, ids=lambda b: b.get("model", "conjunctive"))
def test_a_changed_certificate_is_found_out(ranked, block):
    found = ranked(**KG | block)
    for key, change in (("objective", 1), ("certified_bound", 1)):
        false = copy.deepcopy(found.certificate)
        value = false[key]
        false[key] = [value[0] + change, value[1]] if isinstance(value, list) else value + change
        assert found.check(false), key
    false = found.certificate | {"sites": found.certificate["sites"][:-1]}
    assert found.check(false)


@pytest.mark.parametrize(
    ("block", "key"),
    [
        ({"rule": "circle", "rules": [{"rule": "homes"}]}, "rank-rule"),
        ({}, "rank-rule"),
        ({"rule": "none"}, "scenario-rule"),
        ({"rule": "circle"}, "rank-needs"),
        ({"rule": "circle", "need": "x"}, "scenario-need"),
        ({"rule": "presence"}, "rank-no-distance"),
        (KG | {"model": "by-priority"}, "rank-priority"),
        (KG | {"model": "set-cover", "sites": 2}, "rank-together"),
        (KG | {"target": 0.5}, "rank-together"),
        (KG | {"need": "all", "model": "p-median"}, "rank-together"),
        (KG | {"removal": True, "model": "p-center"}, "rank-together"),
        (KG | {"model": "p-center", "sites": 2, "budget": 2}, "rank-one-limit"),
        (KG | {"must": ["s1"], "never": ["s1"]}, "rank-must-never"),
        (KG | {"model": "capacitated"}, "rank-capacity"),
        (KG | {"candidates": {"layer": "moon"}}, "rank-layer"),
        (KG | {"candidates": {"scale": "huge"}}, "rank-scale"),
        (KG | {"weights": {"elders_80": 2}}, "rank-weight-group"),
        (KG | {"weights": {"nursery_age": 2, "children": 3}}, "rank-weight-overlap"),
        (KG | {"weights": {"streets": {"月亮街道": 2}}}, "rank-weight-street"),
        (KG | {"must": ["s9"]}, "rank-site"),
        (KG | {"candidates": {"land_use": ["A6"], "min_area_m2": 0}, "must": ["s1"]}, "rank-site"),
        ({"rule": "homes", "removal": True, "must": ["eh2"]}, "rank-facility"),
    ],
)
def test_problems_have_names_in_both_languages(ranked, block, key):
    with pytest.raises(ScenarioError) as caught:
        ranked(**block)
    assert key in [problem.key for problem in caught.value.problems]
    for problem in caught.value.problems:
        for lang in ("zh", "en"):
            assert all(problem.as_dict(lang).values())


def test_must_have_sites_beyond_the_limit_are_refused(ranked):
    with pytest.raises(DataError, match="must-have"):
        ranked(**KG, sites=1, must=["s1", "s2"])


def test_two_rankings_of_one_name_are_refused(town_prepared):
    twice = [Rank.model_validate(KG), Rank.model_validate(KG)]
    scenario = town_prepared.scenario.model_copy(update={"rank": twice})
    with pytest.raises(ScenarioError, match="bears the name"):
        check_ranks(scenario, town_prepared.rules)


def test_walks_are_remembered_until_a_street_is_closed(town_prepared):
    study = town_prepared.study
    sites = place_sites(study.layers.parcels, study, town_prepared.scenario.walk)
    network = study.networks["walk"]
    limit = np.full(study.count, 10**6)
    found = sites.walked("walk", network, limit)
    assert sites.walked("walk", network, limit) is found
    edge = int(sites.positions["walk"].edge[0])
    closed = replace(network, streets=without(network.streets, edge))
    other = sites.walked("walk", closed, limit)
    assert len(other.demand) < len(found.demand)
    assert sites.walked("walk", network, limit) is found


NOWHERE = """
[[rank]]
rule = "circle"
need = "kindergarten"
must = ["s1", "s9"]
costs = { x2 = 3 }
weights = { streets = { "月亮街道" = 2 } }
candidates = { land_use = [""], min_area_m2 = 0 }
[[rank]]
rule = "circle"
need = "nursery"
never = ["s7"]
candidates = { land_use = [""], min_area_m2 = 0 }
[[rank]]
rule = "homes"
removal = true
must = ["eh9"]
"""


def test_names_of_all_blocks_are_checked_before_anything_runs(tmp_path):
    path = write_town(tmp_path, scenario=SCENARIO[: SCENARIO.index("[[rank]]")] + NOWHERE)
    with pytest.raises(ScenarioError) as caught:
        prepare(path, project=find_project(tmp_path), watch=Stopwatch(lambda _: None))
    problems = caught.value.problems
    told = [(one.key, one.values.get("site", one.values.get("street"))) for one in problems]
    assert told == [
        ("rank-site", "s9"),
        ("rank-site", "x2"),
        ("rank-weight-street", "月亮街道"),
        ("rank-site", "s7"),
        ("rank-facility", "eh9"),
    ]
    assert "(3: s1, s2, s3)" in caught.value.problems[0].expected("en")
