"""Truth tables of the verdicts of people and of units."""

import numpy as np
import pytest

from siting.access.verdicts import CLASSES, join_needs, judge, unit_verdict

FAR = 2**31 - 1
# cost, perhaps, cutoff, placed, in scope, outside → class
PEOPLE = [
    (500_000, 500_000, 500_000, 1, 1, 0, "covered"),  # exactly on the cutoff
    (500_001, 500_001, 500_000, 1, 1, 0, "uncovered"),
    (0, 0, 300_000, 1, 1, 0, "covered"),
    (FAR, FAR, 300_000, 1, 1, 0, "uncovered"),
    (FAR, 200_000, 300_000, 1, 1, 0, "not_assessed"),  # only a facility with a missing fact
    (100_000, 50_000, 300_000, 1, 1, 0, "covered"),  # a certain one is enough
    (100_000, 100_000, 300_000, 0, 1, 0, "undetermined"),
    (100_000, 100_000, 300_000, 1, 0, 0, "not_applicable"),
    (100_000, 100_000, -1, 1, 1, 0, "not_applicable"),
    (100_000, 100_000, 300_000, 1, 1, 1, "outside"),
    (100_000, 100_000, -1, 0, 0, 1, "outside"),
    (100_000, 100_000, 300_000, 0, 0, 0, "not_applicable"),
]


@pytest.mark.parametrize("row", PEOPLE)
def test_people(row):
    cost, perhaps, cutoff, placed, scope, outside, expected = row
    verdict = judge(
        cost_mm=np.array([cost]),
        perhaps_mm=np.array([perhaps]),
        cutoff_mm=np.array([cutoff]),
        placed=np.array([placed], bool),
        in_scope=np.array([scope], bool),
        outside=np.array([outside], bool),
    )
    assert CLASSES[verdict[0]] == expected


# one class per need → class of somebody who needs all of them
JOINED = [
    (("covered", "covered"), "covered"),
    (("covered", "uncovered"), "uncovered"),
    (("undetermined", "uncovered"), "uncovered"),
    (("not_assessed", "uncovered"), "uncovered"),
    (("covered", "undetermined"), "undetermined"),
    (("covered", "not_assessed"), "not_assessed"),
    (("not_assessed", "undetermined"), "undetermined"),
    (("not_applicable", "not_applicable"), "not_applicable"),
    (("covered", "not_applicable"), "covered"),  # a need of the other settlement asks nothing
    (("uncovered", "not_applicable"), "uncovered"),
    (("outside", "outside"), "outside"),
]


@pytest.mark.parametrize(("parts", "expected"), JOINED)
def test_needs_joined(parts, expected):
    verdicts = [np.array([CLASSES.index(p)], np.int8) for p in parts]
    assert CLASSES[join_needs(verdicts)[0]] == expected
    assert CLASSES[join_needs(verdicts[::-1])[0]] == expected


# one class per need, how many of them must be met → class
OF_SEVERAL = [
    (("covered", "uncovered", "uncovered"), 1, "covered"),
    (("covered", "uncovered", "uncovered"), 2, "uncovered"),
    (("covered", "covered", "uncovered"), 2, "covered"),
    (("covered", "not_assessed", "uncovered"), 2, "not_assessed"),
    (("covered", "undetermined", "uncovered"), 2, "undetermined"),
    (("not_assessed", "undetermined", "uncovered"), 1, "not_assessed"),
    (("not_assessed", "undetermined", "uncovered"), 2, "undetermined"),
    (("covered", "not_applicable", "not_applicable"), 2, "covered"),  # fewer concern the age
    (("uncovered", "not_applicable", "not_applicable"), 2, "uncovered"),
    (("not_applicable", "not_applicable"), 1, "not_applicable"),
    (("outside", "outside"), 1, "outside"),
    (("covered", "covered"), 9, "covered"),
    (("covered", "uncovered"), 9, "uncovered"),
]


@pytest.mark.parametrize(("parts", "count", "expected"), OF_SEVERAL)
def test_some_of_the_needs(parts, count, expected):
    verdicts = [np.array([CLASSES.index(p)], np.int8) for p in parts]
    assert CLASSES[join_needs(verdicts, at_least=count)[0]] == expected
    assert CLASSES[join_needs(verdicts[::-1], at_least=count)[0]] == expected


# covered, uncovered, undetermined, not assessed, borderline covered, borderline uncovered, target
UNITS = [
    ((0, 0, 0, 0, 0, 0, 1.0), "not_applicable"),
    ((10, 0, 0, 0, 0, 0, 1.0), "pass"),
    ((0, 10, 0, 0, 0, 0, 1.0), "fail"),
    ((9, 1, 0, 0, 0, 0, 1.0), "partial"),  # the text gives no share: not simply failed
    ((9, 1, 0, 0, 0, 1, 1.0), "borderline"),  # passes at 1.1 of the cutoff
    ((10, 0, 0, 0, 1, 0, 1.0), "borderline"),  # fails at 0.9 of it
    ((9, 0, 1, 0, 0, 0, 1.0), "undetermined"),
    ((9, 0, 0, 1, 0, 0, 1.0), "not_assessed"),
    ((8, 0, 1, 1, 0, 0, 1.0), "undetermined"),
    ((1, 8, 0, 1, 0, 0, 1.0), "partial"),  # and would be, whatever the missing facts
    ((0, 9, 0, 1, 0, 0, 1.0), "not_assessed"),  # in part or not at all: nobody knows
    ((0, 9, 0, 1, 0, 0, 0.85), "fail"),
    ((8, 1, 1, 0, 0, 0, 1.0), "partial"),  # would fall short even with the undetermined
    ((85, 15, 0, 0, 0, 0, 0.85), "pass"),
    ((84, 16, 0, 0, 0, 0, 0.85), "fail"),
    ((84, 15, 1, 0, 0, 0, 0.85), "undetermined"),
    ((90, 10, 0, 0, 3, 2, 0.85), "pass"),
]


@pytest.mark.parametrize(("figures", "expected"), UNITS)
def test_units(figures, expected):
    names = (
        "covered", "uncovered", "undetermined", "not_assessed",
        "borderline_covered", "borderline_uncovered", "target",
    )  # fmt: skip
    assert unit_verdict(**dict(zip(names, figures, strict=True))) == expected
