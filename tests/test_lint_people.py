"""What looks wrong about rules on people and about plans, each seen once, in both languages."""

import pytest
from measured import RULE, at, rule_of, study_of

from siting.checks.lint import lint
from siting.checks.lint_people import lint_people
from siting.checks.lint_plans import lint_plans
from siting.plan.model import Plan

TEXT = {"zh": "值", "en": "value"}
NURSERIES = [{"kind": "nursery"}]
HOMES = [{"kind": "elder_home"}]
BAND = {"id": "all", "title": TEXT, "at_least": 0, "cutoff_m": 500}
SOURCE = {"document": "规划", "clause": "一", "confidence": "A"}


@pytest.fixture(scope="module")
def study():
    return study_of(
        facilities=[
            {"kind": "nursery", "geometry": at(0)},
            {"kind": "elder_home", "beds": 30, "geometry": at(0)},
            {"kind": "kindergarten", "status": "planned", "geometry": at(0)},
        ],
        units=[{"code": "A", "level": "street"}],
        residents=[{"id": "d", "p_1": 2, "p_4": 1, "p80": 1}],
    )


def people_rule(kind, **more):
    """Return a rule on people with everything that each of them must say."""
    plain = {"id": "r", "kind": kind, "title": TEXT, "text": TEXT, "basis": "plan",
             "clauses": ["C1"], "places": ["town"], "source": SOURCE}  # fmt: skip
    return RULE.validate_python({**plain, **more})


def need(group="nursery_age", facilities=NURSERIES, **more):
    return {"id": "n", "title": TEXT, "group": group, "facilities": facilities, "cutoff_m": 300,
            **more}  # fmt: skip


def stage(group="nursery_age"):
    return need(group) | {"class_size": 30}


def seen(study, kind, **more):
    return [(one.key, one.where) for one in lint_people([people_rule(kind, **more)], study)]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("access", {"group": "under_6", "need": [need()]}),
        ("access", {"group": "nursery_age", "need": [need(), need("under_6", headline=False)
                                                     | {"id": "beside"}]}),
        ("density-access", {"group": "elders", "density_group": "residents", "band": [BAND],
                            "unit_level": "street", "facilities": HOMES}),
        ("presence", {"group": "under_6", "unit_level": "street", "facilities": NURSERIES}),
        ("capacity", {"group": "under_6", "unit_level": "street", "stage": [stage()]}),
    ],
)  # fmt: skip
def test_nothing_is_wrong_with_rules_that_the_data_can_answer(study, kind, more):
    assert seen(study, kind, **more) == []


@pytest.mark.parametrize(
    ("key", "kind", "more"),
    [
        ("measure-column", "access", {"group": "under_6", "need": [
            need(facilities=[{"kind": "nursery", "at_least": {"bed": 1}}])]}),
        ("measure-nothing", "access", {"group": "under_6", "need": [
            need(facilities=[{"kind": "kindergarten"}])]}),
        ("measure-nothing", "density-access", {
            "group": "elders", "density_group": "elders", "band": [BAND],
            "unit_level": "street", "facilities": [{"kind": "elder_home",
                                                    "at_least": {"beds": 31}}]}),
        ("measure-nobody", "presence", {"group": "middle_age", "unit_level": "street",
                                        "facilities": NURSERIES}),
        ("measure-nobody", "density-access", {
            "group": "elders", "density_group": "high_age", "band": [BAND],
            "unit_level": "street", "facilities": HOMES}),
        ("measure-nobody", "access", {"group": "children", "need": [need("primary_age")]}),
        ("rule-group", "access", {"group": "nursery_age", "need": [need("under_6")]}),
        ("rule-group", "access", {"group": "elders_60_79", "need": [
            need("elders", facilities=HOMES)]}),
        ("rule-group", "capacity", {"group": "kindergarten_age", "unit_level": "street",
                                    "stage": [stage()]}),
        ("measure-level", "presence", {"group": "under_6", "unit_level": "block",
                                       "facilities": NURSERIES}),
        ("rule-source", "presence", {"group": "under_6", "unit_level": "street",
                                     "facilities": NURSERIES,
                                     "source": SOURCE | {"clause": " "}}),
        ("rule-source", "presence", {"group": "under_6", "unit_level": "street",
                                     "facilities": NURSERIES,
                                     "source": SOURCE | {"confidence": "E"}}),
    ],
)  # fmt: skip
def test_each_thing_that_is_wrong_is_seen(study, key, kind, more):
    found = [
        one
        for one in lint_people([people_rule(kind, **more)], study)
        # Of the groups of the drawn people, some rules cannot but have an empty one.
        if key != "rule-group" or one.key != "measure-nobody"
    ]
    assert [(one.key, one.where) for one in found] == [(key, "r")]
    for lang in ("zh", "en"):
        assert all(found[0].as_dict(lang).values())


def test_what_only_a_reading_asks_is_said_of_the_reading(study):
    readings = [
        {"id": "kindergartens", "title": TEXT,
         "set": {"need": {"n": {"facilities": [{"kind": "kindergarten"}]}}}},
        {"id": "older", "title": TEXT, "set": {"need": {"*": {"group": "under_6"}}}},
    ]  # fmt: skip
    assert seen(study, "access", group="nursery_age", need=[need()], reading=readings) == [
        ("measure-nothing", "r / kindergartens"),
        ("rule-group", "r / older"),
    ]


def plan_of(clauses, rules):
    return Plan.model_validate(
        {
            "id": "p",
            "title": TEXT,
            "document": "规划",
            "places": ["town"],
            "clause": [
                {"id": key, "section": "一", "class": "b", "tier": "T1", "text": TEXT, "rule": rule}
                for key, rule in clauses.items()
            ],
            "rule": [
                rule_of("count", quantity={"facilities": HOMES}, id=key, clauses=named)
                for key, named in rules.items()
            ],
        }
    )


@pytest.mark.parametrize(
    ("clauses", "rules", "found"),
    [
        ({"C1": "a"}, {"a": ["C1"]}, []),
        ({"C1": "a"}, {"a": ["C1"], "b": ["C1"]}, []),  # two rules of one clause
        ({"C1": "a", "C2": "a"}, {"a": ["C1", "C2"]}, []),
        ({"C1": "a"}, {"a": ["C1"], "b": ["C9"]}, [("rule-no-clause", "p.toml b")]),
        ({"C1": "a", "C2": "a"}, {"a": ["C1"]}, [("clause-not-named", "p.toml C2")]),
    ],
)
def test_clauses_and_rules_name_each_other(clauses, rules, found):
    problems = lint_plans([plan_of(clauses, rules)])
    assert [(one.key, one.where) for one in problems] == found
    for one in problems:
        assert all(one.as_dict("zh").values())
        assert all(one.as_dict("en").values())


def test_everything_is_gathered_plans_first(study):
    plan = plan_of({"C1": "a"}, {"a": ["C1"], "b": ["C9"]})
    value = rule_of("count", quantity={"group": "middle_age"})
    people = people_rule("presence", group="middle_age", unit_level="street", facilities=NURSERIES)
    found = lint([plan], [value, people], study)
    assert [one.key for one in found] == ["rule-no-clause", "measure-nobody", "measure-nobody"]
