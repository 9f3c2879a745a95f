"""The rankings of the report: every state of a proof has its own plain words, in both languages."""

from dataclasses import replace

import pytest
from result_fixture import sample_result

from siting.report.page import page
from siting.report.rankings import ranking_blocks

RULE = "elder-home-by-density"


def block(lang="en", **changed):
    """Return the block of the sample's ranking with some of its record changed."""
    result = sample_result()
    records = [r | changed for r in result.manifest["rankings"] if r["rule"] == RULE]
    told = replace(result, manifest=result.manifest | {"rankings": records})
    (only,) = ranking_blocks(told, RULE, lang)
    return only


def line(found, heading):
    return dict(found["lines"])[heading]


def test_an_open_gap_is_said_with_both_bounds():
    proof = line(block(), "Proof")
    assert "not proved to be the best" in proof
    assert "13,400 people (gap 2.99%)" in proof
    assert "HiGHS claims a bound of 13,100 people (gap 0.76%); nobody else has checked it" in proof
    assert "未证明最优" in line(block("zh"), "证明")


def test_a_claim_of_the_solver_is_labelled_and_has_both_gaps():
    proof = line(block(status="optimal", proved_by="solver", solver_gap=0.0), "Proof")
    assert "claims it to be the best (its gap 0.00%)" in proof
    assert "at most 2.99%" in proof


def test_a_proof_is_a_proof():
    proved = {"certified_bound": 13_000, "gap": 0.0, "status": "optimal"}
    found = line(block(**proved, proved_by="certificate", solver=None, solver_bound=None), "Proof")
    assert "proved to be the best" in found
    assert "claims" not in found


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"status": "infeasible", "unserved_people": 120}, "120 people are within reach of no"),
        ({"status": "not-found"}, "No choice was found"),
        ({"measure": "person_mm", "objective": 8_000_000_000}, "a mean walk of 400.0 m"),
        ({"measure": "mm", "objective": 2_500_000}, "a longest walk of 2,500 m"),
        ({"measure": "share", "objective": 0.25, "certified_bound": 0.5}, "above 50.0%"),
        ({"model": "conjunctive"}, "does not rest on diminishing gains"),
    ],
)
def test_every_measure_and_status_has_words(changed, words):
    assert words in line(block(**changed), "Proof")


def test_uncertain_areas_are_labelled():
    assert "confidence G: check the source before quoting" in line(block(), "Candidates")
    assert "置信度 G，引用前须核对原文" in line(block("zh"), "候选点")
    sure = {"document": "x", "clause": "1", "confidence": "A"}
    areas = [sample_result().manifest["rankings"][1]["least_areas"][0] | {"source": sure}]
    assert "confidence" not in line(block(least_areas=areas), "Candidates")


def test_other_plans_are_a_sample_and_the_worst_loss_is_named():
    found = line(block(), "Other plans")
    assert "2 plans within 1% of the best were found (a sample, not all)" in found
    assert "use 九号地块: −312 people" in found
    assert "没有可替代" in line(
        block("zh", regret=[{"site": "P02", "replacement": "", "loss": 4}]), "其他方案"
    )


@pytest.mark.parametrize(
    ("measure", "objective", "then", "words"),
    [
        ("person_mm", 8_000_000_000, 8_200_000_000, "use 九号地块: a mean walk of 410.0 m."),
        ("mm", 2_500_000, 2_600_000, "use 九号地块: a longest walk of 2,600 m."),
        ("share", 0.5, 0.4, "use 九号地块: 40.0% in the worst sub-district."),
        ("sites", 4, None, "use 九号地块: what was asked is missed."),
    ],
)
def test_regrets_are_told_in_the_measure_of_the_ranking(measure, objective, then, words):
    regret = [
        {"site": "P02", "replacement": "P01", "loss": 0, "objective": objective},
        {"site": "P01", "replacement": "P09", "loss": 0, "objective": then},
    ]
    found = block(measure=measure, objective=objective, certified_bound=objective, regret=regret)
    assert words in line(found, "Other plans")


def test_what_is_least_cannot_get_below_its_bound():
    walk = {"measure": "person_mm", "objective": 8_000_000_000, "certified_bound": 7_999_900_000}
    found = line(block(**walk, gap=0.0000125, solver=None), "Proof")
    assert "cannot get below a mean walk of 400.0 m (gap <0.01%)" in found
    assert block(**walk)["lower_heading"] == "The next ones, by coverage alone"


def test_sites_of_several_kinds_and_sizes_are_told_apart():
    regret = [{"site": "P02", "replacement": "P09:elder_home:30", "loss": 4, "objective": 1}]
    names = {"P02": "二号地块", "P09:elder_home:30": "九号地块"}
    found = line(block(regret=regret, names=names), "Other plans")
    assert "use 九号地块 (elder home, 30 places): −4 people" in found


def test_the_best_other_plans_are_shown():
    (plans,) = [t for t in block()["tables"] if t["label"] == "Other good plans (a sample)"]
    assert [cell["text"] for cell in plans["rows"][0]["cells"]] == [
        "二号地块",
        "九号地块",
        "12,900 people",
    ]


def test_robustness_names_what_was_tried():
    found = line(block(), "Robustness")
    assert "in 2 cases: 1 with people ±10%, 1 with the pace ±10%" in found
    assert "二号地块" not in found  # it drops out of one


def test_the_story_of_a_site():
    ((site, story),) = block()["stories"]
    assert site == "<b>一号地块</b>"
    for words in (
        "900 people (南街道 900 [elders 80+ 100, other ages 800])",
        "1,200 m on foot with 60 places",
        "1,500 people of the group within reach, 40 places",
        "25 of them 二号地块",
        f"小区一 700 of 800 ({RULE}-0001)",
    ):
        assert words in story
    assert "680 are covered already by <b>一号地块</b>; it would add 20" in block()["lower"][0]


def test_worst_street_removal_and_several_rules_have_tables():
    streets = [{"street": "南街道", "people": 10, "covered": 5, "share": 0.5}]
    rules = [
        {"rule": RULE, "need": None, "people": 10, "covered_before": 2, "covered": 5, "weight": 1}
    ]
    labels = [t["label"] for t in block(streets=streets, rules=rules, price=12)["tables"]]
    assert labels[:3] == ["Ranking", "Rule by rule", "Sub-districts, least covered first"]
    removal = {
        "close": [{"site": "EH1", "name": "甲", "covered": 90}],
        "covered_before": 100,
        "least_needed": [{"site": "EH1", "name": "甲", "reached": 30, "loss": 10}],
    }
    regret = [{"site": "EH1", "replacement": "P09", "loss": 3, "objective": 87}]
    found = block(model="removal", removal=removal, regret=regret)
    labels = [t["label"] for t in found["tables"]]
    assert labels[1:3] == ["Closing with least loss", "Each closed alone"]
    assert "If EH1 has to stay, close 九号地块 instead: −3 people" in line(found, "Other plans")


def test_the_page_shows_a_ranking_and_runs_no_name_as_code():
    text = page(sample_result(), lang="en")
    assert f'id="rank-{RULE}"' in text
    assert "&lt;b&gt;一号地块&lt;/b&gt;" in text
    assert "<b>一号地块" not in text
