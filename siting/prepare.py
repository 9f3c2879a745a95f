"""From a scenario's file to a study: read, checked, changed and placed on its streets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from siting.access.coverage import headline
from siting.access.evaluate import evaluate
from siting.access.placing import study_of
from siting.checks.mended import verdicts_flipped
from siting.checks.places import check_places, component_notes
from siting.checks.ranks import check_ranks
from siting.checks.rules import check_readings, check_rules, check_walk
from siting.checks.shift import find_shifts
from siting.checks.shift_notes import as_notes, fit_notes
from siting.errors import Gathered
from siting.layers.changes import apply_changes
from siting.layers.read import read_layers
from siting.plan.model import AccessRule, MeasureRecord, PeopleRecord
from siting.plan.read import read_plans, with_reading
from siting.ranking.named import check_named
from siting.ranking.sites import Sites, place_sites
from siting.scenario.model import ChangeReading
from siting.scenario.read import change_places, read_inputs, read_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from siting.access.study import Study
    from siting.layers.model import Layers
    from siting.plan.model import MeasureRule, PeopleRule, Plan, Rule
    from siting.project import Project
    from siting.scenario.model import Scenario

Progress = Callable[[str], None]


@dataclass
class Stopwatch:
    """Seconds of each step, and word to whoever watches."""

    say: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step and time it."""
        self.say(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


@dataclass(frozen=True)
class Prepared:
    """A scenario read, checked and placed on its streets, ready for the rules.

    `rules` about people and `measures` of values are those that bind in the scenario's place, in
    the order of the plans; `silent` are those about people in a place without geometry, where
    nobody can judge them; `raw` are the layers before the scenario's changes.
    """

    scenario: Scenario
    plans: list[Plan]
    rules: list[PeopleRule]
    measures: list[MeasureRule]
    silent: list[PeopleRule]
    raw: Layers
    study: Study
    sites: Sites

    @property
    def chosen(self) -> dict[str, str]:
        """The reading that the scenario chose, by rule; the last choice counts."""
        changes = self.scenario.change
        return {c.rule: c.reading for c in changes if isinstance(c, ChangeReading)}


def prepare(path: Path, *, project: Project, watch: Stopwatch) -> Prepared:
    """Read and check a scenario with its plans and layers, and place everything on the streets.

    Raises
    ------
    ScenarioError, DataError
        With every problem of the scenario, its plans and its layers; and if they can be read, with
        every problem of how they fit together.
    """
    scenario, plans, raw = _read(path, project=project, watch=watch)
    together = Gathered()
    with watch.step("changes"):
        changes, places, as_of = scenario.change, change_places(scenario), scenario.as_of
        layers = together.tried(lambda: apply_changes(raw, changes, places=places, as_of=as_of))
    binding = _binding(plans, scenario)
    about_people = [rule for rule in binding if isinstance(rule, PeopleRecord)]
    spatial = scenario.layers.residents is not None
    rules, silent = (about_people, []) if spatial else ([], about_people)
    measures = [rule for rule in binding if isinstance(rule, MeasureRecord)]
    modes = sorted({"walk", *modes_asked(rules)})
    with watch.step("streets"):
        study = study_of(layers or raw, scenario.walk, modes=modes, as_of=scenario.as_of)
        sites = place_sites(study.layers.parcels, study, scenario.walk)
    together.tried(lambda: check_places(study))
    together.tried(lambda: check_walk(scenario, study))
    together.tried(lambda: check_rules(binding, study))
    if spatial:
        named = {rule.id: rule for rule in rules}
        together.tried(lambda: check_named(scenario.rank, named, study))
    if together.errors:
        raise together.error()
    noted = with_notes(study, [*component_notes(study), *fit_notes(study.layers)])
    noted = with_suspicions(noted, scenario, rules, modes)
    return Prepared(scenario, plans, rules, measures, silent, raw, noted, sites)


def _read(path: Path, *, project: Project, watch: Stopwatch) -> tuple[Scenario, list[Plan], Layers]:
    """Read scenario, plans and layers; problems of one do not hide those of another."""
    together = Gathered()
    plans = raw = None
    with watch.step("scenario"):
        scenario = together.tried(lambda: read_scenario(path))
        inputs = scenario or read_inputs(path)
        if inputs:
            plans = together.tried(lambda: read_plans(inputs.plans, folder=project.plans))
        if scenario and plans:
            rules, places = _binding(plans, scenario), change_places(scenario)
            together.tried(lambda: check_ranks(scenario, rules))
            together.tried(lambda: check_readings(scenario.change, rules, places=places))
    with watch.step("layers"):
        specs = {key: value for key, value in inputs.layers if value} if inputs else {}
        if inputs and specs and inputs.place and inputs.crs:
            base = project.layers / inputs.place
            raw = together.tried(lambda: read_layers(specs, base=base, crs=inputs.crs))
    if scenario is None or plans is None or raw is None or together.errors:
        raise together.error()
    return scenario, plans, raw


def _binding(plans: list[Plan], scenario: Scenario) -> list[Rule]:
    """Return the rules that bind in the scenario's place, in the order of the plans."""
    return [rule for plan in plans for rule in plan.rule if scenario.place in rule.places]


def modes_asked(rules: list[PeopleRule]) -> set[str]:
    """Return the modes of travel that some need asks for, under any reading of its rule."""
    access = [rule for rule in rules if isinstance(rule, AccessRule)]
    understood = [with_reading(rule, one) for rule in access for one in rule.reading]
    return {str(need.mode) for rule in (*access, *understood) for need in rule.need}


def with_suspicions(
    study: Study, scenario: Scenario, rules: list[PeopleRule], modes: list[str]
) -> Study:
    """Note the layers that look shifted, and how many verdicts it would change to mend them."""
    shifts = find_shifts(study.layers)
    if not shifts:
        return study

    def judge(layers: Layers) -> dict[str, str]:
        other = study_of(layers, scenario.walk, modes=modes, as_of=scenario.as_of)
        return {rule.id: str(headline(evaluate(rule, other), other)["verdict"]) for rule in rules}

    flipped = {one.layer: verdicts_flipped(study.layers, one, judge) for one in shifts}
    return with_notes(study, as_notes(shifts, flipped))


def with_notes(study: Study, notes: list[dict[str, Any]]) -> Study:
    """Return the study with further notes for run.json."""
    return replace(study, layers=replace(study.layers, notes=[*study.layers.notes, *notes]))
