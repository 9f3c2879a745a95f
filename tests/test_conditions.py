"""Yes, no and unknown: what a condition says of a row."""

import pandas as pd
import pytest
from measured import study_of

from siting.access.conditions import holds, missing_facts
from siting.plan.model import Condition, FacilityFilter

TABLE = pd.DataFrame(
    {
        "inclusive": pd.array([True, False, None], dtype="boolean"),
        "beds": pd.array([10, 9, None], dtype="Int64"),
        "level": pd.Series(["二级", "一级", None], dtype="str"),
        "school_group": pd.Series(["甲集团", None, None], dtype="str"),
        "host": pd.Series([None, None, None], dtype="str"),
    }
)
YES, NO, OPEN = True, False, None


@pytest.mark.parametrize(
    ("condition", "answers"),
    [
        ({}, [YES, YES, YES]),
        ({"where": {"inclusive": True}}, [YES, NO, OPEN]),
        ({"where": {"inclusive": False}}, [NO, YES, OPEN]),
        ({"where": {"level": "二级"}}, [YES, NO, OPEN]),
        ({"where": {"level": ["二级", "三级"]}}, [YES, NO, OPEN]),
        ({"at_least": {"beds": 10}}, [YES, NO, OPEN]),
        ({"at_least": {"beds": 9}}, [YES, YES, OPEN]),
        ({"present": ["school_group"]}, [YES, NO, NO]),
        ({"present": ["host"]}, [OPEN, OPEN, OPEN]),
        ({"present": ["nowhere"]}, [OPEN, OPEN, OPEN]),
        ({"where": {"nowhere": True}}, [OPEN, OPEN, OPEN]),
        ({"at_least": {"nowhere": 1}}, [OPEN, OPEN, OPEN]),
        # A certain no settles it, whatever else is unknown.
        ({"where": {"nowhere": True}, "at_least": {"beds": 10}}, [OPEN, NO, OPEN]),
    ],
)
def test_each_question_has_three_answers(condition, answers):
    found = holds(TABLE, Condition.model_validate(condition))
    assert [None if pd.isna(one) else bool(one) for one in found] == answers


def test_only_what_would_settle_the_answer_is_missing():
    condition = Condition(where={"inclusive": True, "level": "二级"}, at_least={"beds": 10})
    facts = missing_facts(TABLE, condition, name="facilities")
    assert set(facts["what"]) == {f"facilities.{c}" for c in ("inclusive", "level", "beds")}
    assert set(facts["row"]) == {2}
    one = Condition(where={"nowhere": True}, at_least={"beds": 10})
    assert missing_facts(TABLE, one, name="t").to_numpy().tolist() == [
        [0, "t.nowhere"],
        [2, "t.nowhere"],
        [2, "t.beds"],
    ]


def test_years_of_opening_include_both_ends_and_may_be_unknown():
    years = [2014, 2015, 2020, 2021, None]
    study = study_of(facilities=[{"year_open": year} for year in years], as_of=2025)
    asked = FacilityFilter(kind="kindergarten", opened=(2015, 2020))
    certain, perhaps = study.matching([asked])
    assert certain.tolist() == [False, True, True, False, False]
    assert perhaps.tolist() == [False, False, False, False, True]


def test_a_text_that_one_kind_never_states_is_unknown_there_and_a_no_elsewhere():
    rows = [
        {"kind": "primary_school", "school_group": "甲"},
        {"kind": "primary_school", "school_group": None},
        {"kind": "kindergarten", "school_group": None},
    ]
    filters = [
        FacilityFilter(kind=kind, present=["school_group"])
        for kind in ("primary_school", "kindergarten")
    ]
    certain, perhaps = study_of(facilities=rows).matching(filters)
    assert certain.tolist() == [True, False, False]
    assert perhaps.tolist() == [False, False, True]
