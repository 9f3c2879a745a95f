"""Does each unit have a facility, wherever in it: what is known, what is not, and whom it concerns.

Three villages side by side, each 100 m square; A has ten infants, B five, C nobody.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import at, box, study_of
from town_rules import rule

from siting.access.coverage import headline
from siting.access.evaluate import evaluate
from siting.access.findings import describe

VILLAGES = [
    {"code": code, "level": "community", "parent": "T", "urban_rural": settled,
     "geometry": box(x, 0, 100, 100)}
    for code, x, settled in (("A", 0, "220"), ("B", 100, "111"), ("C", 200, "220"))
]  # fmt: skip
TOWN = [{"code": "T", "level": "district", "geometry": box(0, 0, 300, 100)}, *VILLAGES]
HOMES = [
    {"id": "a", "community": "A", "geometry": at(50, 50), "p_1": 10},
    {"id": "b", "community": "B", "geometry": at(150, 50), "p_1": 5},
]
YES, NO, UNKNOWN = ({"inclusive": one} for one in (True, False, None))


def nursery(community="A", **more):
    return {"kind": "nursery", "status": "operating", "community": community, **more}


def present(*facilities, homes=HOMES, **fields):
    study = study_of(facilities=list(facilities), residents=homes, units=TOWN)
    fields = {"unit_level": "community", "group": "nursery_age"} | fields
    asked = rule(kind="presence", facilities=[{"kind": "nursery", "where": YES}], **fields)
    return evaluate(asked, study), study


@pytest.mark.parametrize(
    ("facilities", "at_least", "verdicts"),
    [
        ([], 1, "uncovered"),  # no facility at all
        ([YES], 1, "covered"),
        ([NO], 1, "uncovered"),
        ([UNKNOWN], 1, "not_assessed"),  # missing is neither yes nor no
        ([YES, UNKNOWN], 1, "covered"),
        ([YES, UNKNOWN], 2, "not_assessed"),
        ([YES, NO], 2, "uncovered"),
        ([YES, YES], 2, "covered"),  # exactly as many as asked
        ([UNKNOWN, UNKNOWN], 3, "uncovered"),  # even if both were
        ([YES | {"status": "planned"}], 1, "uncovered"),
        ([YES | {"year_open": 2021}], 1, "uncovered"),
        ([YES | {"year_open": 2020}], 1, "covered"),  # in the year of the evaluation
    ],
)
def test_a_unit_and_its_people(facilities, at_least, verdicts):
    found, _ = present(*(nursery(**one) for one in facilities), at_least=at_least)
    rows = found.verdicts.set_index("demand")
    assert rows["verdict"].astype(str).tolist() == [verdicts, "uncovered"]
    assert rows["people"].tolist() == [10, 5]


def test_a_unit_without_people_is_asked_and_moves_no_rate():
    found, study = present(nursery("A", **YES), nursery("B", **YES))
    assert found.units["unit"].tolist() == ["A", "B", "C"]
    assert found.units["facilities"].tolist() == [1, 1, 0]
    assert headline(found, study)["coverage"] == 1


def test_nobody_at_all():
    found, study = present(nursery(**YES), homes=[])
    assert not len(found.verdicts)
    figures = headline(found, study)
    assert (figures["coverage"], figures["verdict"]) == (None, "not_applicable")


def test_only_the_units_in_which_the_rule_holds_are_told():
    """Villages only: B is a town, its infants are not judged and it is not called failing."""
    found, study = present(nursery("A", **YES), scope={"settlement": "rural"})
    assert found.units["unit"].tolist() == ["A", "C"]
    assert headline(found, study)["not_applicable"] == 5
    named = present(nursery("A", **YES), scope={"level": "community", "names": ["B"]})[0]
    assert named.units["unit"].tolist() == ["B"]


def test_a_home_in_no_known_unit_is_not_assessed():
    found, _ = present(nursery(**YES), homes=[{"id": "x", "geometry": at(900, 900), "p_1": 3}])
    assert found.verdicts["verdict"].astype(str).tolist() == ["not_assessed"]


@pytest.mark.parametrize(
    ("facilities", "advice"),
    [
        ([nursery(code, **YES) for code in "ABC"], "No gap needs closing."),
        ([nursery("A", **YES)], "Provide facilities in: B, C."),
        (
            [nursery("A", **YES), nursery("B", **UNKNOWN)],
            "Provide facilities in: C. Verify first: B.",
        ),
        ([nursery(code, **UNKNOWN) for code in "ABC"], "Verify first: A, B, C."),
    ],
)
def test_the_sentences(facilities, advice):
    found, study = present(*facilities)
    said = describe(found, study, figures=headline(found, study), gaps=None, nature="")["sentence"]
    assert said["advice"]["en"] == advice
    assert "whatever the distance" in said["caliber"]["en"]
    assert "不量距离" in said["caliber"]["zh"]
    assert "street network" not in said["caliber"]["en"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from([True, False, None]))), st.data())
def test_one_more_never_hurts_and_order_is_irrelevant(facilities, data):
    rows = [nursery(code, inclusive=one) for code, one in facilities]
    more = nursery(data.draw(st.sampled_from("ABC")), inclusive=data.draw(st.booleans()))
    before, after, turned = (
        headline(*present(*one)) for one in (rows, [*rows, more], data.draw(st.permutations(rows)))
    )
    assert after["covered"] >= before["covered"]
    assert turned == before


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10))
def test_splitting_a_home_changes_nothing(first):
    parts = [HOMES[0] | {"id": f"a{n}", "p_1": n} for n in (first, 10 - first)]
    found = [headline(*present(nursery(**YES), homes=[*homes, HOMES[1]]))
             for homes in (HOMES[:1], parts)]  # fmt: skip
    assert found[0] == found[1]
