"""All that is wrong with a scenario, its plans and its layers is told at once."""

import pytest
from town import SCENARIO, write_town

from siting.errors import DataError, Gathered, LedgerError, ScenarioError, problem
from siting.prepare import Stopwatch, prepare
from siting.project import find_project

NO_CRS = ('crs = "EPSG:4490"\n', "")  # of the facilities: a mistake that only the data show
NO_WATER = ("river.gpkg", "lake.gpkg")
MISSPELT = ("max_snap_m", "max_snap")
NO_NEED = ('need = "kindergarten"', 'need = "school"')


def told(path):
    """Return the error and where its problems lie, without lines."""
    with pytest.raises((ScenarioError, DataError)) as caught:
        prepare(path, project=find_project(path.parent), watch=Stopwatch(lambda _: None))
    return caught.value, [p.where.split(":")[0].split()[0] for p in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ([NO_CRS, NO_WATER], 4, ["lake.gpkg", "facilities.csv"]),
        ([MISSPELT, NO_CRS, NO_WATER], 3, ["town.toml", "lake.gpkg", "facilities.csv"]),
        ([NO_NEED, NO_WATER], 3, ["town.toml", "lake.gpkg"]),
        # a block that cannot be followed is left out, the others are read
        ([('path = "river.gpkg"', 'file = "r"'), NO_CRS], 3,
         ["town.toml", "facilities.csv"]),
        # but without units nothing can be said of what is joined to them
        ([('path = "units.gpkg"', 'file = "u"'), NO_CRS], 3, ["town.toml"]),
        ([('crs = "EPSG:4549"', 'crs = "Hangzhou"'), NO_CRS], 3, ["town.toml"]),
        ([('plans = ["town-plan"]', "plans = 7"), NO_WATER], 3, ["town.toml", "lake.gpkg"]),
        ([("title = {", "title {")], 3, ["town.toml"]),
    ],
)  # fmt: skip
def test_problems_of_scenario_and_layers_are_told_together(tmp_path, changes, code, where):
    text = SCENARIO
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    error, found = told(write_town(tmp_path, scenario=text))
    assert (error.exit_code, found) == (code, where)


def test_problems_of_plans_too(tmp_path):
    text = SCENARIO.replace(*MISSPELT).replace(*NO_WATER)
    path = write_town(tmp_path, scenario=text)
    plan = path.parent / "plans" / "town-plan.toml"
    plan.write_text(plan.read_text("utf-8").replace("tier", "teir", 1), encoding="utf-8")
    _, found = told(path)
    assert found == ["town.toml", "town-plan.toml", "town-plan.toml", "lake.gpkg"]


def test_a_change_that_cannot_be_made_does_not_hide_a_rule_that_fits_no_unit(tmp_path):
    closing = '[[change]]\ndo = "close"\nfacility = "nobody"\n'
    path = write_town(tmp_path, scenario=SCENARIO + closing)
    plan = path.parent / "plans" / "town-plan.toml"
    plan.write_text(plan.read_text("utf-8").replace("全镇区块", "他镇区块"), encoding="utf-8")
    error, found = told(path)
    assert error.exit_code == 3
    assert found == ["town.toml", "circle"]


def test_a_defect_of_ours_waits_for_nobody():
    def lose():
        raise LedgerError(problem("file-unreadable", "x", detail="y"))

    with pytest.raises(LedgerError):
        Gathered().tried(lose)
