"""Minutes as cutoffs: by the standards' table, by speed and age, by e-bike."""

import pytest
from town import SCENARIO

from siting.errors import ScenarioError
from siting.network.costs import UNREACHABLE
from siting.network.walking import AgeCutoff, cutoffs


@pytest.mark.parametrize(("minutes", "metres"), [(5, 300), (10, 500), (15, 1000)])
def test_standards_read_minutes_as_distances(minutes, metres):
    assert cutoffs(minutes, from_age=3, to_age=5) == [AgeCutoff(3, 5, metres * 1000)]


def test_other_minutes_have_no_standard_distance():
    with pytest.raises(ScenarioError) as error:
        cutoffs(7)
    (found,) = error.value.problems
    assert found.key == "no-standard-distance"
    assert "5, 10, 15" in found.expected("zh")


# ages of the group → (from, to, metres) in five minutes
BY_AGE = [
    (0, 2, [(0, 2, 240)]),
    (3, 14, [(3, 5, 240), (6, 14, 300)]),
    (18, 59, [(18, 59, 360)]),
    (60, None, [(60, 79, 300), (80, 200, 240)]),
    (80, None, [(80, 200, 240)]),
    (0, None, [(0, 5, 240), (6, 14, 300), (15, 59, 360), (60, 79, 300), (80, 200, 240)]),
]


@pytest.mark.parametrize(("from_age", "to_age", "expected"), BY_AGE)
def test_time_depends_on_age(from_age, to_age, expected):
    found = cutoffs(5, by="time", from_age=from_age, to_age=to_age)
    assert found == [AgeCutoff(a, b, metres * 1000) for a, b, metres in expected]


def test_one_speed_for_all():
    assert cutoffs(15, by="time", speed_m_s=0.9) == [AgeCutoff(0, 200, 810_000)]


def test_the_ebike_goes_by_time_even_among_standards():
    assert cutoffs(15, mode="ebike", from_age=60) == [AgeCutoff(60, 200, 3_750_000)]


def test_a_factor_of_a_street_class_lengthens_every_walk_on_it(run_town, town_result):
    slow = run_town(scenario=SCENARIO.replace("[walk]", "[walk]\nfactors = { residential = 2.0 }"))
    keys = ["rule", "part", "group", "demand"]
    before = town_result.verdicts.set_index(keys)
    after = slow.verdicts.set_index(keys)
    walked = (before["cost_mm"] < UNREACHABLE) & (before["facility"] == after["facility"])
    legs = town_result.demand.set_index("id")["leg_mm"].reindex(before.index.get_level_values(3))
    legs = (
        legs.to_numpy()
        + town_result.facilities.set_index("id")["leg_mm"]
        .reindex(before["facility"])
        .fillna(0)
        .to_numpy()
    )
    on_streets = before["cost_mm"] - legs
    straight = before["cost_mm"] == before["straight_mm"]  # on one site: the straight walk counts
    expected = before["cost_mm"] + on_streets
    assert (walked & ~straight).sum() > 0
    assert ((after["cost_mm"] - expected).abs()[walked & ~straight] <= 2).all()


def test_a_factor_of_no_class_is_named(run_town):
    with pytest.raises(ScenarioError) as error:
        run_town(scenario=SCENARIO.replace("[walk]", "[walk]\nfactors = { stairs = 2.0 }"))
    assert "stairs" in str(error.value.problems[0].found("en"))
