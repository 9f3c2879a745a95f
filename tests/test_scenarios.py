"""The shipped scenarios: they can be followed, and say what they promise."""

from pathlib import Path

import pytest

from siting.access.evaluate import evaluate
from siting.access.placing import study_of
from siting.layers.changes import apply_changes
from siting.prepare import Stopwatch, prepare
from siting.project import find_project
from siting.scenario.read import read_scenario

pytestmark = pytest.mark.xdist_group("baseline")
ROOT = Path(__file__).parents[1]
SCENARIOS = sorted(f.stem for f in (ROOT / "scenarios").glob("*.toml"))
# Growth to one million, by pole (population plan, split as stated in the scenario).
POLES = {"江海之城": 96_957, "高铁新城": 64_638, "东部湾新城": 57_713, "下沙区块其余": 11_542}


def prepared(name):
    path = ROOT / "scenarios" / f"{name}.toml"
    return prepare(path, project=find_project(ROOT), watch=Stopwatch(lambda _: None))


@pytest.fixture(scope="module")
def baseline():
    return prepared("baseline")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_can_be_read(name):
    scenario = read_scenario(ROOT / "scenarios" / f"{name}.toml")
    assert scenario.title.zh
    assert scenario.title.en


BASES = ("baseline", "jiaxing", "reykjavik", "siting-models")  # nothing changes in them


@pytest.mark.parametrize("name", [s for s in SCENARIOS if s not in BASES])
def test_its_changes_can_be_made(name, baseline):
    scenario = read_scenario(ROOT / "scenarios" / f"{name}.toml")
    places = ["test"] * len(scenario.change)
    layers = apply_changes(
        baseline.study.layers, scenario.change, places=places, as_of=scenario.as_of
    )
    assert len(scenario.change) > 0
    assert layers is not baseline.study.layers


def residents(layers):
    inside = ~layers.residents["outside"].astype(bool)
    ages = [c for c in layers.residents if c.startswith("p_") or c[:2] in ("p1", "p6", "p8")]
    return int(layers.residents.loc[inside, ages].sum().sum())


def test_a_million_exactly_with_the_stated_split(baseline):
    scenario = read_scenario(ROOT / "scenarios" / "million-2025.toml")
    added = [change.add for change in scenario.change if change.do == "scale"]
    assert sum(added) == sum(POLES.values()) == 1_000_000 - 769_150
    names = [change.unit for change in scenario.change if change.do == "scale"]
    by_pole = dict.fromkeys(names, 0)
    for name, people in zip(names, added, strict=True):
        by_pole[name] += people
    assert list(by_pole.values()) == list(POLES.values())
    places = ["test"] * len(scenario.change)
    layers = apply_changes(
        baseline.study.layers, scenario.change, places=places, as_of=scenario.as_of
    )
    assert residents(baseline.study.layers) == 769_150
    assert residents(layers) == 1_000_000


def test_planned_projects_never_lower_an_access_figure(baseline):
    scenario = read_scenario(ROOT / "scenarios" / "planned-2025.toml")
    study = baseline.study
    layers = apply_changes(
        study.layers, scenario.change, places=["test"] * len(scenario.change), as_of=scenario.as_of
    )
    modes = list(study.networks)
    later = study_of(layers, scenario.walk, modes=modes, as_of=scenario.as_of, like=study)
    for rule in baseline.rules:
        sums = []
        for one in (study, later):
            rows = evaluate(rule, one).verdicts
            people = rows["people"].where(rows["verdict"] == "covered", 0)
            sums.append(people.groupby([rows["part"], rows["group"], rows["demand"]]).sum())
        assert (sums[1].reindex(sums[0].index) >= sums[0]).all(), rule.id
