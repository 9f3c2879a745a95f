"""Every reading of the rules about people, on the drawn town, added up on paper.

Elders: d1 40, d2 30, d3 10, d4 60; beyond the town d5 5. The only home with ten beds or more is
730 m from d1, 520 m from d2, 320 m from d3 and 310 m from d4. By community, the west has 1,000
elders per km² (medium, to the point), the east 4,500 (high), the north 500 (low).
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from town_rules import at_points, changed, read_as, residential, rule, sums

from siting.access.coverage import check_ledger
from siting.access.density import density_of
from siting.access.evaluate import evaluate
from siting.access.indicators import indicator_table
from siting.access.placing import study_of

FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def homes(town_prepared):
    return next(one for one in town_prepared.rules if one.id == "homes")


@pytest.fixture
def circle(town_prepared):
    """The children's circle, of five minutes."""
    one = next(one for one in town_prepared.rules if one.id == "circle")
    needs = [need.model_copy(update={"minutes": 5}) for need in one.need]
    return one.model_copy(update={"need": needs})


# what a reading sets: covered, uncovered, not applicable, not assessed
DENSITIES = [
    ({}, (100, 30, 10, 0)),
    # Squares of 100 m. d1 4,000 per km²; d2, on the edge of its square, 3,000 to the point;
    # d3 10 on 8,000 m² of land, 1,250; d4 60 on 8,000 m², 7,500. The river takes 2,000 m² each.
    ({"grid_m": 100}, (100, 40, 0, 0)),
    # Squares of 500 m: 110 elders on 23 ha, 30 on 23.4 ha.
    ({"grid_m": 500}, (0, 0, 140, 0)),
    # Within 100 m of home, 3.14 ha: d1 1,273; d2 955; d3 below 1,000; d4 about 2,000.
    ({"kernel_m": 100}, (100, 0, 40, 0)),
    # All residents: west 200 / 0.04 = 5,000; east 215 / 0.02; north 40 / 0.02 = 2,000.
    ({"density_group": "residents"}, (70, 70, 0, 0)),
    ({"density_group": "elders_80"}, (90, 0, 50, 0)),  # east 30 / 0.02 = 1,500: medium
    ({"same_unit": True}, (0, 130, 10, 0)),
    ({"unit_level": "street"}, (130, 0, 10, 0)),  # south 130 / 0.06 = 2,167; north 500
    ({"area": "residential"}, (0, 0, 0, 140)),  # no such layer
]


@pytest.mark.parametrize(("fields", "expected"), DENSITIES)
def test_densities(town_prepared, homes, fields, expected):
    study = town_prepared.study
    found = read_as(homes, study, **fields)
    names = ("covered", "uncovered", "not_applicable", "not_assessed")
    assert tuple(sums(found).get(name, 0) for name in names) == expected
    assert sums(found)["outside"] == 5
    check_ledger([found], study)


def test_a_square_owns_its_western_and_southern_edge(town_prepared, homes):
    study = town_prepared.study
    table = density_of(homes.model_copy(update={"grid_m": 100}), study).table.set_index("unit")
    assert table["density"].round(3).to_dict() == {
        "100:5001:33500": 4000.0,
        "100:5001:33503": 1250.0,
        "100:5003:33502": 7500.0,
        "100:5005:33500": 3000.0,
    }


def test_residential_land_alone(town_prepared, homes):
    """One hectare in the west: 4,000 per km², and 730 m are too far; elsewhere no such land."""
    study = changed(town_prepared, areas=residential((50, 0, 150, 100)))
    found = read_as(homes, study, area="residential")
    assert sums(found) == {"uncovered": 40, "not_assessed": 100, "outside": 5}


def test_how_many_change_band(town_prepared, homes):
    """By squares of 100 m d1 rises to high, d2 falls to medium, d3 rises to medium; d4 stays."""
    study = town_prepared.study
    others = [read_as(homes, study, grid_m=100), read_as(homes, study, tolerance=0.1)]
    table = indicator_table(evaluate(homes, study), study, others=others)
    changes = table[table["indicator"] == "people_changed_band"]
    assert changes["value"].tolist() == [80]
    bands = table[(table["reading"] == "other") & (table["indicator"] == "people_in_band:high")]
    assert bands["value"].tolist() == [100]


def test_a_disc_has_no_unit(homes):
    for fields in ({"kernel_m": 500, "same_unit": True}, {"kernel_m": 500, "grid_m": 500}):
        with pytest.raises(ValidationError, match="density around each home"):
            type(homes).model_validate(homes.model_dump(exclude_none=True) | fields)


# Kindergarten 130, 320, 920, 330 m; nursery 730, 320, 720, 310 m from d1, d2, d3, d4.
CIRCLES = [
    ({}, 50),  # d1's children of 3 and over
    ({"needs_at_least": 1}, 60),  # and its infants, by the kindergarten
    ({"needs_at_least": 2}, 50),
    ({"tolerance": 0.1}, 85),  # 330 m to the point: d2 and d4, but not d1's infants
    ({"tolerance": 0.1, "needs_at_least": 1}, 95),
    ({"speed_m_s": 1.1}, 85),  # 330 m in five minutes
    ({"speed_m_s": 1.099}, 65),  # 329.7 m: not d4
    ({"by_time": True}, 50),  # 240 m up to 5 years, 300 m from 6 to 14
    ({"speed_m_s": 0.4}, 0),  # 120 m
]


@pytest.mark.parametrize(("fields", "covered"), CIRCLES)
def test_circles(town_prepared, circle, fields, covered):
    study = town_prepared.study
    found = read_as(circle, study, **fields)
    assert sums(found).get("covered", 0) == covered
    check_ledger([found], study)


def test_each_age_walks_at_its_own_speed(town_prepared, circle):
    rows = read_as(circle, town_prepared.study, by_time=True).verdicts
    cutoffs = rows.groupby(["part", "group"])["cutoff_mm"].unique().map(list).to_dict()
    assert cutoffs == {
        ("all", "nursery_age"): [240_000],
        ("all", "kindergarten_age"): [240_000],
        ("all", "school_age"): [300_000],
        ("kindergarten", "under_6"): [240_000],
        ("kindergarten", "school_age"): [300_000],
        ("nursery", "nursery_age"): [240_000],
    }


def test_a_single_need_keeps_its_kind(town_prepared, circle):
    alone = circle.model_copy(update={"need": circle.need[1:]})
    rows = evaluate(alone, town_prepared.study).verdicts
    assert set(rows["facility_kind"]) == {"kindergarten"}
    assert set(evaluate(circle, town_prepared.study).verdicts["facility_kind"]) == {
        "all",
        "kindergarten",
        "nursery",
    }


# 100 of 200 people at d1, 19 of 95 at d2, none at d3, 7 of 120 at d4 (4 elders: 3.5, rounded up).
HUKOU = {"d1": 100, "d2": 19, "d3": 0, "d4": 7}


def registered(prepared):
    cells = {key: {"hukou": count} for key, count in HUKOU.items()}
    return changed(prepared, residents=cells)


def test_registered_people_are_spread_over_the_ages(town_prepared):
    study = registered(town_prepared)
    assert study.people("elders", caliber="registered").tolist() == [20, 6, 0, 4, 5]
    everybody = study.people("residents", caliber="registered")
    assert everybody.tolist() == [100, 19, 0, 7, 25]  # d5 unknown: its residents stand


def test_calibers_change_density_and_people(town_prepared, homes):
    """20 / 0.04 and 10 / 0.02 registered elders per km²: low, both."""
    study = registered(town_prepared)
    found = read_as(homes, study, caliber="registered")
    assert sums(found) == {"not_applicable": 30, "outside": 5}
    check_ledger([found], study)


def test_an_unknown_caliber_is_not_assessed(town_prepared, circle):
    study = changed(town_prepared, residents={"d1": {"hukou": 100}})
    found = read_as(circle, study, caliber="registered")
    assert at_points(found, study)["d1", "covered"] == 25
    assert sums(found)["not_assessed"] == 15 + 10 + 20
    check_ledger([found], study)


def test_students_are_adults(town_prepared):
    study = changed(town_prepared, residents={"d1": {"students": 60}, "d2": {"students": 999}})
    without = study.people("residents", caliber="without-students")
    assert (study.people("residents") - without).tolist() == [60, 50, 0, 0, 0]
    columns = list(study.ages().columns)
    unknown = study.uncounted(columns, caliber="without-students")
    assert unknown.tolist() == [False, False, True, True, True]
    assert not study.uncounted(["p_3"], caliber="without-students").any()


def test_nobody_lives_where_people_are_registered(town_prepared):
    """Nobody at d3: its registered people have the ages of the whole table."""
    ages = dict.fromkeys(("p_0", "p_5", "p18_59", "p65_79"), 0)
    cells = {"d3": ages | {"hukou": 50}, "d1": {"hukou": 1}}
    study = changed(town_prepared, residents=cells)
    people = study.people("residents", caliber="registered")
    assert people[2] == 50
    assert people.tolist()[:2] == [1, 95]


@FEW
@given(tolerance=st.lists(st.floats(-0.5, 1), min_size=2, max_size=2).map(sorted))
@pytest.mark.parametrize("fields", [{"grid_m": 100}, {"kernel_m": 100}, {"same_unit": True}])
def test_a_longer_cutoff_never_lowers_coverage(town_prepared, homes, fields, tolerance):
    short, long = (
        sums(read_as(homes, town_prepared.study, **fields, tolerance=t)).get("covered", 0)
        for t in tolerance
    )
    assert short <= long


@pytest.mark.parametrize("fields", [{}, {"grid_m": 100}, {"kernel_m": 100}])
def test_order_and_splitting_change_no_density(town_prepared, homes, fields):
    study = town_prepared.study
    table = study.layers.residents
    left, right = table.iloc[[0]].copy(), table.iloc[[0]].copy()
    left["p60_64"], right["p60_64"], right["id"] = 11, 29, "d1b"
    right[[c for c in table if str(c).startswith("p") and c != "p60_64"]] = 0
    split = pd.concat([table.iloc[:0:-1], right, left], ignore_index=True)
    other = study_of(
        replace(study.layers, residents=split), study.walk, modes=["walk"], as_of=study.as_of
    )
    one, two = (sums(read_as(homes, s, **fields)) for s in (study, other))
    assert one == two
    table = density_of(homes.model_copy(update=fields), other).table
    assert np.isfinite(table["density"]).all()


def test_a_presence_rule_by_caliber(town_prepared):
    one = rule(
        kind="presence",
        group="nursery_age",
        unit_level="street",
        facilities=[{"kind": "nursery", "where": {"inclusive": True}}],
    )
    found = read_as(one, registered(town_prepared), caliber="registered")
    # d1 5 and d2 1 infants in the south; at d4 two places of seven go to older people.
    assert sums(found) == {"covered": 6, "outside": 7}
