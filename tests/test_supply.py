"""Evenness, places per thousand people and residential land, added up on paper."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from town_rules import changed, residential

from siting.access.evaluate import evaluate
from siting.access.indicators import indicator_table
from siting.access.residential import residential_land_covered
from siting.access.supply import gini, per_thousand

EVEN = [
    ([0.5, 0.5, 0.5], [1, 9, 4], 0),
    ([1, 0], [1, 1], 0.5),
    ([1, 0], [1, 3], 0.75),
    ([0, 0], [5, 5], 0),
    ([0.25, 0.75], [2, 2], 0.25),
]


@pytest.mark.parametrize(("rates", "people", "expected"), EVEN)
def test_gini(rates, people, expected):
    assert gini(np.array(rates, float), np.array(people)) == pytest.approx(expected)


STREETS = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 1000)), min_size=2, max_size=8)


@given(STREETS, st.integers(2, 9))
def test_gini_knows_no_order_and_no_size(streets, times):
    rates, people = (np.array(column) for column in zip(*streets, strict=True))
    value = gini(rates, people)
    assert 0 <= value < 1
    assert gini(rates[::-1], people[::-1]) == pytest.approx(value, abs=1e-9)
    assert gini(rates, people * times) == pytest.approx(value, abs=1e-9)


@pytest.fixture
def circle(town_prepared):
    return next(one for one in town_prepared.rules if one.id == "circle")


def values(rows, indicator):
    return {row["unit"]: row["value"] for row in rows if row["indicator"] == indicator}


def test_places_per_thousand(town_prepared, circle):
    """90 places for 415 people in the south, none for 40 in the north; 20 nursery places."""
    rows = per_thousand(circle, town_prepared.study)
    assert values(rows, "per_thousand:kindergarten") == {None: 197.802, "NS": 0.0, "S": 216.867}
    assert values(rows, "per_thousand:nursery") == {None: 43.956, "NS": 0.0, "S": 48.193}
    assert values(rows, "per_thousand_without_students:nursery") == {}  # students unknown


def test_without_students(town_prepared, circle):
    cells = {"d1": {"students": 60}} | {key: {"students": 0} for key in ("d2", "d3", "d4", "d5")}
    rows = per_thousand(circle, changed(town_prepared, residents=cells))
    assert values(rows, "per_thousand_without_students:kindergarten")["S"] == 253.521  # 90 / 355


def test_unknown_places_are_not_none(town_prepared, circle):
    rows = per_thousand(circle, changed(town_prepared, facilities={"kg1": {"places": pd.NA}}))
    assert values(rows, "per_thousand:kindergarten") == {None: None, "NS": 0.0, "S": None}


def test_streets_compared(town_prepared, circle):
    """50 of 95 children in the south, none of 10 in the north: the spread is the south's rate."""
    table = indicator_table(evaluate(circle, town_prepared.study), town_prepared.study)
    found = table.set_index("indicator")["value"]
    assert found["coverage_spread:street"] == pytest.approx(50 / 95, abs=1e-4)
    assert found["coverage_gini:street"] == pytest.approx(10 / 105, abs=1e-4)


def test_residential_land(town_prepared, circle):
    """1 ha whose middle is 160 m from kg1; half a hectare in the north, far from it."""
    areas = residential((50, 0, 150, 100), (0, 330, 100, 380))
    study = changed(town_prepared, areas=areas)
    found = {one.part: one for one in residential_land_covered(circle, study)}
    assert (found["kindergarten"].covered_m2, found["kindergarten"].land_m2) == (10_000, 15_000)
    assert found["nursery"].covered_m2 == 0
    assert residential_land_covered(circle, town_prepared.study) == []


@pytest.mark.parametrize(("cutoff_m", "covered"), [(160, 10_000), (159.999, 0)])
def test_land_on_the_limit(town_prepared, circle, cutoff_m, covered):
    needs = [one.model_copy(update={"cutoff_m": cutoff_m}) for one in circle.need]
    study = changed(town_prepared, areas=residential((50, 0, 150, 100)))
    one = circle.model_copy(update={"need": needs})
    found = {found.part: found.covered_m2 for found in residential_land_covered(one, study)}
    assert found["kindergarten"] == covered


def test_land_by_band(town_prepared):
    """The west is medium: 1,000 m. Its home is 770 m from the middle of the hectare."""
    homes = next(one for one in town_prepared.rules if one.id == "homes")
    study = changed(town_prepared, areas=residential((50, 0, 150, 100), (0, 330, 100, 380)))
    (found,) = residential_land_covered(homes, study)
    assert (found.covered_m2, found.land_m2) == (10_000, 10_000)  # the north is low: no rule
