"""Points where nothing can stand, and a network that reaches nobody, stop the run."""

import pytest
from town import FACILITIES, RESIDENTS, SCENARIO

from siting.errors import DataError


def problems(run_town, **changed):
    with pytest.raises(DataError) as caught:
        run_town(**changed)
    return caught.value.problems


def test_a_facility_in_the_river(run_town):
    wet = ("nursery", 200, 300, {"inclusive": "是"})
    (one,) = problems(run_town, facilities=FACILITIES | {"nu2": wet})
    assert (one.where, "nu2 设施nu2" in one.found()) == ("facilities", True)


def test_people_in_the_river(run_town):
    _, _, unit, ages = RESIDENTS["d1"]
    (one,) = problems(run_town, residents=RESIDENTS | {"d1": (100, 300, unit, ages)})
    assert (one.where, "d1" in one.found()) == ("residents", True)


def test_a_network_of_scraps(run_town):
    scraps = SCENARIO.replace("min_component_nodes = 2", "min_component_nodes = 100")
    (one,) = problems(run_town, scenario=scraps)
    assert one.where == "streets"
    assert "min_component_nodes" in one.remedy()


def test_components_are_told_with_the_people_on_them(run_town):
    notes = run_town().manifest["normalised"]
    (note,) = [one for one in notes if one["note"] == "components"]
    people = [int(part.split(": ")[1]) for part in note["example"].split("; ")]
    assert note["count"] >= 1
    assert sum(people) == sum(sum(ages.values()) for *_, ages in RESIDENTS.values())
