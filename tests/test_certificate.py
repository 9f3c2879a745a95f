"""A certificate that was tampered with does not pass, whichever figure was changed."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from brute import cover_models
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.ranking.capacitated import capacitated
from siting.ranking.checker import check
from siting.ranking.cover_model import NEVER, cover_model
from siting.ranking.max_coverage import max_coverage
from siting.ranking.p_center import p_center
from siting.ranking.p_median import p_median
from siting.ranking.set_cover import set_cover


def drawn(density):
    rng = np.random.default_rng(8)
    site, demand = np.nonzero(rng.random((10, 40)) < density)
    return cover_model(
        [f"{j:02}" for j in range(10)],
        site,
        demand,
        weights=rng.integers(1, 20, 40),
        status=[0] * 9 + [NEVER],
        conflicts=[(0, 1), (1, 2), (0, 2)],
        cost_mm=rng.integers(1, 100, len(site)),
        capacity=rng.integers(20, 90, 10),
    )


SPARSE, DENSE = drawn(0.3), drawn(1.0)
CASES = {
    "max-coverage": (max_coverage, SPARSE, {"sites": 3}),
    "set-cover": (set_cover, SPARSE, {"share": 0.8}),
    "p-median": (p_median, DENSE, {"sites": 3}),
    "p-center": (p_center, DENSE, {"sites": 3}),
    "capacitated": (capacitated, SPARSE, {"sites": 3}),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    solve, model, options = CASES[request.param]
    found = solve(model, **options).certificate
    assert check(found, model) == []
    assert found["status"] == "optimal"
    return found, model


@pytest.fixture
def certificate(case):
    return case[0]


@pytest.fixture
def model(case):
    return case[1]


def changed(certificate, **entries):
    return copy.deepcopy(certificate) | entries


def test_objective_and_bound(certificate, model):
    for key in ("objective", "certified_bound"):
        for step in (-1, 1):
            false = changed(certificate, **{key: certificate[key] + step})
            assert key in {f.key for f in check(false, model)}


def test_a_better_story_about_the_gap(certificate, model):
    assert {f.key for f in check(changed(certificate, gap=0.5), model)} == {"gap"}
    assert {f.key for f in check(changed(certificate, status="feasible"), model)} == {"status"}
    false = changed(certificate, proved_by="solver")
    assert {f.key for f in check(false, model)} == {"proved_by"}


def test_site_list(certificate, model):
    sites = certificate["sites"]
    for false in (sites[1:], sites[:1], [*sites, sites[0]], ["no such", *sites[1:]]):
        assert check(changed(certificate, sites=false), model)
    findings = check(changed(certificate, sites=[model.site_ids[9], *sites[1:]]), model)
    assert "site-not-free" in {f.key for f in findings}


def test_rivals_may_not_stand_together(certificate, model):
    findings = check(changed(certificate, sites=["00", "01"]), model)
    assert "too-close" in {f.key for f in findings}


def leaves(node):
    """Return every part of a proof that holds prices."""
    if "rows" in node:
        return [node]
    inner = [value for value in node.values() if isinstance(value, dict)]
    return [leaf for value in inner for leaf in leaves(value)]


def test_cover_sets(certificate, model):
    for false in (
        replace(model, weights=model.weights + 1),
        replace(model, demand=model.demand[::-1].copy()),
        replace(model, capacity=model.capacity + 1),
        replace(model, conflicts=model.conflicts[1:]),
    ):
        assert [f.key for f in check(certificate, false)] == ["cover-sets"]


def test_prices_that_do_not_fit_prove_nothing(certificate, model):
    for spoil in (
        lambda rows: rows.pop(),
        lambda rows: rows.append(0),
        lambda rows: rows.__setitem__(0, -1),
        lambda rows: rows.__setitem__(0, 0.5),
        lambda rows: rows.__setitem__(0, None),
    ):
        false = copy.deepcopy(certificate)
        spoil(leaves(false["proof"])[0]["rows"])
        assert [f.key for f in check(false, model)] == ["proof"]


def test_other_prices_prove_less(certificate, model):
    found = set()
    for price in (0, 10**9):
        false = copy.deepcopy(certificate)
        for leaf in leaves(false["proof"]):
            leaf["rows"] = [price] * len(leaf["rows"])
        found |= {f.key for f in check(false, model)}
    assert found
    assert found <= {"certified_bound", "gap", "status", "proved_by", "proof"}


def test_a_tree_without_a_branch_is_no_proof():
    rng = np.random.default_rng(0)
    site, demand = np.nonzero(rng.random((14, 60)) < 0.2)
    branching = cover_model(
        [f"{j:02}" for j in range(14)], site, demand, weights=rng.integers(1, 9, 60)
    )
    found = max_coverage(branching, sites=4).certificate
    tree = found["proof"]["tree"]
    assert "site" in tree, "this instance must need branches"
    for false_tree in (
        {k: v for k, v in tree.items() if k != "shut"},
        tree | {"site": "nowhere"},
        tree | {"open": tree},
    ):
        false = changed(found, proof=found["proof"] | {"tree": false_tree})
        assert [f.key for f in check(false, branching)] == ["proof"]
    pruned = changed(found, proof=found["proof"] | {"tree": tree["shut"]})
    assert check(found, branching) == []
    assert len(leaves(pruned["proof"])) < len(leaves(found["proof"]))


@pytest.fixture(scope="module")
def cover():
    """A cover that has needless sites, implied rows, settled sites and branches in its proof."""
    rng = np.random.default_rng(3)
    site, demand = np.nonzero(rng.random((40, 120)) < 0.15)
    model = cover_model([f"{j:02}" for j in range(40)], site, demand, weights=np.ones(120, int))
    found = set_cover(model).certificate
    assert check(found, model) == []
    assert found["proved_by"] == "certificate"
    return found, model


def parts(node, key):
    """Return every part of a tree that has a key."""
    inner = [value for value in node.values() if isinstance(value, dict)]
    return ([node] if key in node else []) + [part for value in inner for part in parts(value, key)]


def test_what_a_cover_can_do_without_is_recomputed(cover):
    found, model = cover
    steps = found["proof"]["reduced"]
    (row, by), (site, other) = steps[0]["rows"][0], steps[0]["sites"][0]
    gone = {pair[0] for step in steps for pair in step["sites"]}
    kept = next(site for site in model.site_ids if site not in gone)
    for rows, sites in (
        ([[by, row]], []),
        ([[row, row]], []),
        ([[row, 10**6]], []),
        ([[row, by], [row, by]], []),
        ([], [[other, site]]),
        ([], [[site, site]]),
        ([], [[kept, None]]),
        ([], [["nowhere", kept]]),
    ):
        false = changed(found, proof=found["proof"] | {"reduced": [{"rows": rows, "sites": sites}]})
        assert [f.key for f in check(false, model)] == ["proof"]
    some_left_out = changed(found, parameters=found["parameters"] | {"share": 0.5})
    assert [f.key for f in check(some_left_out, model)] == ["proof"]


def test_a_needless_site_may_not_have_a_rival_beside_it():
    rivals = cover_model(["a", "b", "c"], [0, 0, 1, 2], [0, 1, 0, 1], weights=[1, 1])
    found = set_cover(rivals).certificate
    assert found["proof"]["reduced"][0]["sites"] == [["b", "a"], ["c", "a"]]
    apart = replace(rivals, conflicts=np.array([(0, 1)]))
    assert set_cover(apart).certificate["proof"]["reduced"] == []
    false = changed(found, cover_sets_sha256=set_cover(apart).certificate["cover_sets_sha256"])
    false["proof"]["cliques"] = [["a", "b"]]
    assert [f.key for f in check(false, apart)] == ["proof"]


def test_sites_are_settled_only_by_their_prices(cover):
    found, model = cover
    assert parts(found["proof"]["tree"], "settled")
    assert parts(found["proof"]["tree"], "site")
    false = copy.deepcopy(found)
    for part in parts(false["proof"]["tree"], "settled"):
        part["settled"]["rows"] = [0] * len(part["settled"]["rows"])
    assert "certified_bound" in {f.key for f in check(false, model)}
    false = copy.deepcopy(found)
    part = parts(false["proof"]["tree"], "settled")[0]
    part["open"], part["shut"] = part["shut"], part["open"]
    assert check(false, model)
    false = copy.deepcopy(found)
    part = parts(false["proof"]["tree"], "settled")[0]
    part["rest"] = copy.deepcopy(part)
    assert [f.key for f in check(false, model)] == ["proof"]


def test_a_false_clique_is_no_proof():
    found = max_coverage(SPARSE, sites=3).certificate
    assert found["proof"]["cliques"] == [["00", "01", "02"]]
    false = changed(found, proof=found["proof"] | {"cliques": [["00", "01", "03"]]})
    assert [f.key for f in check(false, SPARSE)] == ["proof"]


def test_a_false_infeasibility():
    model = cover_model(["a", "b"], [0, 1], [0, 1], weights=[1, 1], cost_mm=[5, 5])
    found = p_median(model, sites=1).certificate
    assert check(found, model) == []
    assert check(changed(found, parameters={"sites": 2, "budget": None}), model)
    alone = set_cover(cover_model(["a"], [0], [0], weights=[1, 1])).certificate
    assert check(changed(alone, unserved=[0]), cover_model(["a"], [0], [0], weights=[1, 1]))


@settings(deadline=None, max_examples=60)
@given(cover_models(), st.integers(0, 4), st.data())
def test_no_prices_prove_too_much(model, count, data):
    """Whatever prices a certificate holds, the checker's bound is never below the best choice."""
    model = replace(model, status=np.where(model.status == 1, 0, model.status).astype(np.int8))
    found = max_coverage(model, sites=count)
    false = copy.deepcopy(found.certificate)
    for leaf in leaves(false["proof"]):
        for key in ("rows", "cliques"):
            leaf[key] = [data.draw(st.integers(0, 20_000)) for _ in leaf[key]]
    bounds = [f.found for f in check(false, model) if f.key == "certified_bound"]
    assert all(bound >= found.objective for bound in bounds)
