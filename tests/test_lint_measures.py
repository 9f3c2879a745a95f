"""What looks wrong about rules of measured values, each seen once and said in both languages."""

import pytest
from measured import at, rule_of, study_of

from siting.checks.lint_measures import lint_measures
from siting.layers.schemas import empty, schemas

HOMES = {"facilities": [{"kind": "elder_home", "where": {"wellness": True}}]}


@pytest.fixture(scope="module")
def study():
    return study_of(
        facilities=[
            {"kind": "elder_home", "wellness": True, "project": "甲", "geometry": at(0)},
            {"kind": "nursery", "status": "planned", "geometry": at(0)},
            {"kind": "hospital", "geriatrics": False, "level": "二级", "geometry": at(0)},
        ],
        units=[{"code": "A", "level": "county"}],
        registers=[{"topic": "事项", "name": "a", "value": "1"}],
        residents=[{"id": "d", "p80": 1}],
        stops=[{"line": "L", "order": 1, "geometry": at(0)}],
        areas={"housing": [{"id": "a", "outside": False}]},
    )


def seen(study, kind, **more):
    return [(one.key, one.where) for one in lint_measures([rule_of(kind, **more)], study)]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("count", {"quantity": HOMES, "unit_level": "county", "target": 1}),
        ("count", {"quantity": {"figure": "p60"}}),
        ("count", {"quantity": {"topic": "事项"}}),
        ("ratio", {"numerator": HOMES, "denominator": {"group": "elders"}}),
        ("share", {"among": HOMES["facilities"], "having": {"present": ["name"]},
                   "weight": "beds", "target": 1}),
        ("project", {"projects": ["甲"]}),
        ("register", {"topics": ["事项"], "target": 5}),
        ("adjacency", {"areas": {"layer": "housing"}, "beside": HOMES["facilities"],
                       "within_m": 300}),
    ],
)  # fmt: skip
def test_nothing_is_wrong_with_rules_that_the_data_can_answer(study, kind, more):
    assert seen(study, kind, **more) == []


@pytest.mark.parametrize(
    ("key", "kind", "more"),
    [
        ("measure-column", "count", {"quantity": {"facilities": [
            {"kind": "elder_home", "where": {"wellnes": True}}]}}),
        ("measure-column", "count", {"quantity": {"facilities": [{"kind": "elder_home"}],
                                                  "sum": "bed"}}),
        ("measure-column", "count", {"quantity": {"figure": "p61"}}),
        ("measure-column", "count", {"quantity": HOMES, "unit_level": "county",
                                     "units": {"where": {"sort": "县"}}}),
        ("measure-column", "share", {"among": HOMES["facilities"],
                                     "having": {"present": ["group"]}}),
        ("measure-column", "share", {"among": HOMES["facilities"], "weight": "childs",
                                     "having": {"present": ["name"]}}),
        ("measure-column", "adjacency", {"beside": HOMES["facilities"], "within_m": 1, "areas": {
            "layer": "housing", "condition": {"where": {"use": "R2"}}}}),
        ("measure-nothing", "count", {"quantity": {"facilities": [{"kind": "nursery"}]}}),
        ("measure-nothing", "count", {"quantity": {"facilities": [
            {"kind": "elder_home", "where": {"wellness": False}}]}}),
        ("measure-topic", "register", {"topics": ["别的"]}),
        ("measure-topic", "count", {"quantity": {"topic": "别的"}}),
        ("measure-project", "project", {"projects": ["甲", "乙"]}),
        ("measure-layer", "adjacency", {"areas": {"layer": "parks"}, "within_m": 1,
                                        "beside": HOMES["facilities"]}),
        ("measure-layer", "route", {"schools": HOMES["facilities"]}),
        ("measure-level", "count", {"quantity": HOMES, "unit_level": "street"}),
        ("measure-nobody", "count", {"quantity": {"group": "children"}}),
        ("measure-band", "count", {"quantity": HOMES, "target": 3, "up_to": 2}),
        ("measure-share", "share", {"among": HOMES["facilities"], "target": 75,
                                    "having": {"present": ["name"]}}),
    ],
)  # fmt: skip
def test_each_thing_that_is_wrong_is_seen(study, key, kind, more):
    found = lint_measures([rule_of(kind, **more)], study)
    assert [(one.key, one.where) for one in found] == [(key, "r")]
    for lang in ("zh", "en"):
        assert all(found[0].as_dict(lang).values())


def test_what_only_a_reading_asks_is_said_of_the_reading(study):
    title = {"zh": "读法", "en": "reading"}
    missing = {"facilities": [{"kind": "nursery"}]}
    readings = [
        {"id": "other", "title": title, "set": {"quantity": missing}},
        {"id": "again", "title": title, "set": {"quantity": missing, "target": 3}},
    ]
    assert seen(study, "count", quantity=HOMES, reading=readings) == [
        ("measure-nothing", "r / other")
    ]
    assert seen(study, "count", quantity=missing, reading=readings) == [("measure-nothing", "r")]


def test_a_place_without_registers_names_none():
    bare = study_of(facilities=[{"kind": "elder_home"}])
    assert len(bare.layers.registers) == len(empty(schemas()["registers"])) == 0
    found = lint_measures([rule_of("register", topics=["事项"])], bare)
    assert found[0].values["known"] == "–"


@pytest.mark.parametrize(
    ("beside", "seen_too"),
    [
        ({"kind": "hospital", "where": {"geriatrics": True}}, False),  # an answer: none has it
        ({"kind": "hospital", "at_least": {"beds": 9}}, False),  # unknown: perhaps
        ({"kind": "hospital", "where": {"level": "二级"}}, False),
        ({"kind": "hospital", "where": {"level": ["二及", "三及"]}}, True),  # no such word
        ({"kind": "tcm_hospital"}, True),  # no such kind
        ({"kind": "nursery"}, True),  # none that operates
    ],
)
def test_among_alternatives_only_a_kind_or_word_unknown_to_the_data_is_odd(study, beside, seen_too):
    quantity = {"facilities": [*HOMES["facilities"], beside]}
    found = [("measure-nothing", "r")] if seen_too else []
    assert seen(study, "count", quantity=quantity) == found
