"""Jiaxing has no geometry: what counties and registers tell is judged, the rest is not assessed."""

from pathlib import Path

import pytest

from siting.access.measure import measure
from siting.access.readings import not_assessed_under
from siting.access.study import Study
from siting.layers.read import read_layers
from siting.plan.model import MeasureRecord
from siting.plan.read import read_plans
from siting.scenario.read import read_scenario

ROOT = Path(__file__).parents[1]
# Clause → verdict and value: counted by hand from counties.csv, institutions.csv, registers.csv.
FOUND = {
    "central-population-share": ("fail", 1_512_000 / 5_400_868),  # J03: literally, never bent
    "central-gdp-share": ("not_assessed", None),  # J03: gross product is not there
    "wellness-homes-in-counties": ("partial", 4),  # J10: of five, 海盐 has one home
    "homes-beside-health-centres": ("not_assessed", None),  # J13: no positions
    "home-care-in-every-town": ("not_assessed", None),  # J16: no towns
    "home-beds": ("fail", 430),  # J19
    "care-consortia": ("fail", 62),  # J21: twelve more are planned
    "geriatric-departments-jiaxing": ("fail", 12 / 21),  # J22
    "new-follow-up-hospitals": ("fail", 7),  # J23
    "dementia-beds": ("fail", 1480 / 1_042_562 * 10_000),  # J24
    "hospice-training-base": ("pass", 1),  # J25
    "hospice-wards": ("partial", 6),  # J26: of all seven, 海盐 has none
    "hospice-in-health-centres": ("fail", 13 / 72),  # J27
    "elder-health-management": ("fail", 0.706),  # J28
    "care-lists": ("no_target", 2),  # J31
}


@pytest.fixture(scope="module")
def study():
    scenario = read_scenario(ROOT / "scenarios" / "jiaxing.toml")
    specs = {key: value for key, value in scenario.layers if value}
    layers = read_layers(specs, base=ROOT / "layers" / "jiaxing", crs=scenario.crs)
    return Study(layers=layers, networks={}, as_of=scenario.as_of)


@pytest.fixture(scope="module")
def rules():
    (plan,) = read_plans(["jiaxing-2021-2025"], folder=ROOT / "scenarios" / "plans")
    return {rule.id: rule for rule in plan.rule if isinstance(rule, MeasureRecord)}


def test_the_place_has_tables_and_neither_people_nor_streets(study):
    layers = study.layers
    assert len(layers.units) == 7
    assert layers.units.geometry.isna().all()
    assert layers.facilities.geometry.isna().all()
    assert set(layers.facilities["county"]) == set(layers.units["code"])
    assert not layers.facilities["outside"].any()
    assert len(layers.residents) == len(layers.streets) == 0
    assert len(layers.registers) == 6


@pytest.mark.parametrize("rule", FOUND)
def test_what_each_clause_finds(rule, rules, study):
    verdict, value = FOUND[rule]
    headline = measure(rules[rule], study).headline
    assert headline["verdict"] == verdict
    if value is None:
        assert headline["missing"]
    else:
        assert headline["value"] == pytest.approx(value)


def test_districts_count_in_one_clause_and_not_in_the_other(rules, study):
    """J10 speaks of counties and cities, J26 of districts too; each can be read the other way."""
    asked = {}
    for clause in ("wellness-homes-in-counties", "hospice-wards"):
        rule = rules[clause]
        first, *_ = rule.reading
        for reading in (None, first):
            asked[clause, reading and reading.id] = measure(rule, study, reading=reading).headline[
                "target"
            ]
    assert list(asked.values()) == [5, 7, 7, 5]


def test_rules_on_people_are_named_reading_by_reading_as_not_assessed():
    (plan,) = read_plans(["jiaxing-2021-2025"], folder=ROOT / "scenarios" / "plans")
    for rule in (rule for rule in plan.rule if not isinstance(rule, MeasureRecord)):
        table = not_assessed_under(rule)
        assert table["reading"].tolist() == ["default", *(one.id for one in rule.reading)]
        assert set(table["verdict"]) == {"not_assessed"}
        assert set(table["missing_en"]) == {"layer “residents”; layer “streets”"}
        assert table[["people", "covered", "coverage"]].isna().all(axis=None)


def test_every_rule_says_something_under_every_reading(rules, study):
    for rule in rules.values():
        for reading in (None, *rule.reading):
            headline = measure(rule, study, reading=reading).headline
            assert headline["missing"] or headline["verdict"] in (
                *("pass", "fail", "partial", "no_target"),
            )
