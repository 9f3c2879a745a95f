"""Publishing against a reader who reasons: whoever knows how counts are made bounds the hidden.

The reader's unknowns are not the hidden counts but the people behind all counts: how many of an
age live in a community at a walk and a straight line of some length. Every printed figure is a sum
of them, every hidden one at least one person. No relation between counts has to be written down.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from siting.report.nested import nested_sets
from siting.report.publiccounts import COUNTS, finest_level, public_counts
from siting.report.suppression import is_small

GROUPS = ["kindergarten_age", "primary_age"]
PARENT = {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "a": "d", "b": "d", "d": ""}
HOMES = ["a1", "a2", "b1", "b2"]
WALKS = [(straight, walk) for walk in range(3) for straight in range(walk + 1)]
PARTS = {  # rule and part: what is published of it, and the limit of each group
    ("near", "all"): ("kindergarten_age", {"kindergarten_age": 0}),
    ("far", "all"): ("kindergarten_age", {"kindergarten_age": 1}),
    ("schools", "younger"): ("kindergarten_age", {"kindergarten_age": 1}),
    ("schools", "older"): ("primary_age", {"primary_age": 1}),
    ("schools", "all"): ("learners", {"kindergarten_age": 1, "primary_age": 1}),
}
PEOPLE = (len(HOMES), len(GROUPS), len(WALKS))


def counted(column, limits):
    """Return whom a column of a part counts, by age and walk."""
    straight, walk = np.transpose(WALKS)
    found = np.zeros((len(GROUPS), len(WALKS)), bool)
    for group, limit in limits.items():
        found[GROUPS.index(group)] = {
            "people": walk >= 0,
            "covered": walk <= limit,
            "uncovered": walk > limit,
            "straight_covered": straight <= limit,
        }.get(column, False)
    return found


def lives_in(unit):
    return [unit in (home, PARENT[home], "d") for home in HOMES]


def sums():
    """Return the rows of the coverage table, and whom each of its counts is of."""
    rows, whom = [], []
    for (rule, part), (group, limits) in PARTS.items():
        for unit in PARENT:
            level = {0: "district", 1: "street"}.get(len(unit) - (unit == "d"), "community")
            rows.append((rule, "default", part, "resident", group, level, unit))
            whom.append(
                [np.multiply.outer(lives_in(unit), counted(name, limits)) for name in COUNTS]
            )
    names = ["rule", "reading", "part", "caliber", "group", "level", "unit"]
    return pd.DataFrame(rows, columns=names), np.array(whom, float)


def result_of(people):
    """Return what `public_counts` asks of a result: one place per community and walk."""
    table, whom = sums()
    counts = np.tensordot(whom, people, 3).astype(int)
    places = [(home, walk) for home in HOMES for walk in WALKS]
    ages = dict(zip(GROUPS, people.swapaxes(0, 1).reshape(len(GROUPS), -1), strict=True))
    demand = pd.DataFrame({"id": range(len(places)), "community": [home for home, _ in places]})
    demand = demand.assign(**ages, residents=sum(ages.values()) + 9)
    rows = [
        (
            rule,
            "default",
            part,
            group,
            at,
            "covered" if walk <= limit else "uncovered",
            False,
            straight <= limit,
        )
        for (rule, part), (_, limits) in PARTS.items()
        for group, limit in limits.items()
        for at, (_, (straight, walk)) in enumerate(places)
        if ages[group][at]
    ]
    names = [
        "rule",
        "reading",
        "part",
        "group",
        "demand",
        "verdict",
        "borderline",
        "straight_covered",
    ]
    units = pd.DataFrame({"code": list(PARENT), "parent": list(PARENT.values()), "outside": False})
    units["level"] = table["level"].iloc[: len(units)]
    return SimpleNamespace(
        coverage=table.assign(**dict(zip(COUNTS, counts.T, strict=True)), coverage=0.5),
        verdicts=pd.DataFrame(rows, columns=names),
        demand=demand,
        layers=SimpleNamespace(units=units),
        rules=[],
    )


def pinned(shown, true, whom):
    """Return the small hidden counts of which the reader finds but one value."""
    hidden = np.isnan(shown)
    of = whom.reshape(shown.size, -1)[~hidden.ravel()], whom.reshape(shown.size, -1)[hidden.ravel()]
    found = []
    for at in np.flatnonzero(is_small(true[hidden])):
        low, high = (
            linprog(sign * of[1][at], -of[1], np.full(len(of[1]), -1), of[0], shown[~hidden])
            for sign in (1, -1)
        )
        if high.status == 0 and -high.fun - low.fun < 1 - 1e-6:
            found.append((at, low.fun, -high.fun))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_no_hidden_count_is_pinned(seed):
    rng = np.random.default_rng(seed)
    people = rng.integers(0, 10 + 40 * (seed % 2), PEOPLE) * (rng.random(PEOPLE) < 0.8)
    result = result_of(people)
    shown, _ = public_counts(result, "community")
    printed = shown[COUNTS].to_numpy(float, na_value=np.nan)
    true = result.coverage[COUNTS].to_numpy(float)
    assert (np.isnan(printed) | (printed == true)).all()
    assert not is_small(np.nan_to_num(printed)).any()
    assert pinned(printed, true, sums()[1]) == []


def test_nested_limits_and_stages_are_found():
    result = result_of(np.full(PEOPLE, 9))
    found = nested_sets(result.verdicts, result.demand)
    far, near, older, schools = (
        (rule, "default", part, "covered")
        for rule, part in [
            ("far", "all"),
            ("near", "all"),
            ("schools", "older"),
            ("schools", "all"),
        ]
    )
    younger = ("schools", "default", "younger", "covered")
    assert found.count((far, [[younger]])) == 1  # the same people: `far` stands for both
    assert found.count((far, [[near]])) == 1
    assert found.count((schools, [[far], [older], [older, far]])) == 1


def test_nobody_is_judged():
    nobody = result_of(np.zeros(PEOPLE, int))
    assert nested_sets(nobody.verdicts, nobody.demand) == []


def test_a_place_whose_rules_judge_nobody_is_published():
    """A register of counties has no coverage: nothing is to hide, and nothing fails."""
    nobody = result_of(np.zeros(PEOPLE, int))
    nobody.coverage = nobody.coverage.iloc[:0]
    level = finest_level(nobody.coverage)
    shown, residents = public_counts(nobody, level)
    assert level == "community"
    assert shown.empty
    assert residents.tolist() == [9 * len(WALKS)] * len(HOMES)
