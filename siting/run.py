"""The only place that wires the floors together: from a scenario to a `Result`.

layers → changes → streets → costs → verdicts → gaps → ranking → tables. Each step is timed, and
the ledger is closed before anything is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pandas as pd

from siting.access.coverage import check_ledger, coverage_table, headline
from siting.access.evaluate import DEFAULT, Evaluation, evaluate
from siting.access.findings import describe
from siting.access.gaps import find_gaps, readings_failing
from siting.access.indicators import indicator_table
from siting.access.register import register_table
from siting.access.service_areas import disagreement, rule_areas
from siting.access.study import Network, Study
from siting.checks.places import check_places
from siting.checks.ranks import check_ranks
from siting.checks.rules import check_readings, check_rules
from siting.checks.shift import as_notes, find_shifts, verdicts_flipped
from siting.layers.changes import apply_changes
from siting.layers.read import read_layers
from siting.network.costs import on_site_pairs
from siting.network.modes import mode_streets
from siting.network.snap import Obstacles, Positions, obstacles, points_mm, snap
from siting.plan.model import AccessRule, PeopleRecord
from siting.plan.read import read_plans
from siting.ranking.repairs import best_candidates
from siting.ranking.sites import RankedSites, Sites, place_sites, rank_all
from siting.report.manifest import manifest, scenario_record
from siting.report.published import (
    demand_table,
    facility_table,
    gap_table,
    on_site_table,
    places_by_mode,
    rule_record,
    verdict_table,
)
from siting.report.result import Result
from siting.report.tables import declared
from siting.scenario.model import ChangeReading
from siting.scenario.read import change_places, read_scenario

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import geopandas as gpd

    from siting.layers.model import Layers
    from siting.network.streets import Streets
    from siting.plan.model import PeopleRule, Plan
    from siting.project import Project
    from siting.scenario.model import Scenario, Walk

Progress = Callable[[str], None]
AS_WRITTEN, NO_OUTSIDE = "as-written", "no-outside-facilities"


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

    `rules` are those that bind in the scenario's place, in the order of the plans.
    """

    scenario: Scenario
    plans: list[Plan]
    rules: list[PeopleRule]
    study: Study
    sites: Sites

    @property
    def chosen(self) -> dict[str, str]:
        """The reading that the scenario chose, by rule; the last choice counts."""
        changes = self.scenario.change
        return {c.rule: c.reading for c in changes if isinstance(c, ChangeReading)}


@dataclass(frozen=True)
class Evaluated:
    """One rule under the reading that counts (as it stands, or as chosen) and every other."""

    default: Evaluation
    others: list[Evaluation]

    @property
    def readings(self) -> list[Evaluation]:
        """All readings, the one that counts first."""
        return [self.default, *self.others]


@dataclass(frozen=True)
class Work:
    """Everything computed, before it is gathered into tables.

    `differs`: people on whom drawn area and verdict disagree, by rule and part.
    """

    prepared: Prepared
    evaluated: list[Evaluated]
    rankings: list[RankedSites]
    areas: list[gpd.GeoDataFrame]
    differs: dict[str, dict[str, int]]
    ledger: pd.DataFrame


def run(path: Path, *, project: Project, say: Progress = lambda _: None) -> Result:
    """Run the scenario file at `path` and return everything it found out; writes nothing.

    Raises
    ------
    ScenarioError, DataError
        With every problem of the scenario, its plans, its layers.
    LedgerError
        If people were lost or invented on the way.
    """
    watch = Stopwatch(say)
    return gather(work(path, project=project, watch=watch), watch)


def work(path: Path, *, project: Project, watch: Stopwatch) -> Work:
    """Do what `run` does, up to the tables."""
    prepared = prepare(path, project=project, watch=watch)
    study = prepared.study
    with watch.step("rules"):
        evaluated = [
            evaluate_readings(rule, study, chosen=prepared.chosen.get(rule.id))
            for rule in prepared.rules
        ]
    with watch.step("ledger"):
        ledger = check_ledger([one for e in evaluated for one in e.readings], study)
    with watch.step("rankings"):
        readings = {e.default.rule.id: e.readings for e in evaluated}
        rankings = rank_all(prepared.scenario, readings, study)
    with watch.step("areas"):
        areas = [rule_areas(e.default, study) for e in evaluated]
        differs = {
            e.default.rule.id: disagreement(e.default, a, study)
            for e, a in zip(evaluated, areas, strict=True)
        }
    return Work(prepared, evaluated, rankings, areas, differs, ledger)


def prepare(path: Path, *, project: Project, watch: Stopwatch) -> Prepared:
    """Read and check a scenario with its plans and layers, and place everything on the streets."""
    with watch.step("scenario"):
        scenario = read_scenario(path)
        plans = read_plans(scenario.plans, folder=project.plans)
    with watch.step("layers"):
        specs = {key: value for key, value in scenario.layers if value}
        layers = read_layers(specs, base=project.layers / scenario.place, crs=scenario.crs)
    with watch.step("changes"):
        places = change_places(scenario)
        layers = apply_changes(layers, scenario.change, places=places, as_of=scenario.as_of)
    place = scenario.place
    binding = [rule for plan in plans for rule in plan.rule if place in rule.places]
    rules = [rule for rule in binding if isinstance(rule, PeopleRecord)]
    asked = {n.mode for rule in rules if isinstance(rule, AccessRule) for n in rule.need}
    modes = [str(mode) for mode in sorted({"walk", *asked})]
    with watch.step("streets"):
        study = study_of(layers, scenario, modes=modes, as_of=scenario.as_of)
        sites = place_sites(layers.parcels, study, scenario.walk)
    study = with_suspicions(study, scenario, rules, modes)
    check_places(study)
    check_rules(rules, study)
    check_ranks(scenario, rules)
    check_readings(scenario.change, rules, places=places)
    return Prepared(scenario, plans, rules, study, sites)


def with_suspicions(
    study: Study, scenario: Scenario, rules: list[PeopleRule], modes: list[str]
) -> Study:
    """Note the layers that look shifted, and how many verdicts it would change to mend them."""
    shifts = find_shifts(study.layers)
    if not shifts:
        return study

    def judge(layers: Layers) -> dict[str, str]:
        other = study_of(layers, scenario, modes=modes, as_of=scenario.as_of)
        return {rule.id: str(headline(evaluate(rule, other), other)["verdict"]) for rule in rules}

    flipped = {one.layer: verdicts_flipped(study.layers, one, judge) for one in shifts}
    notes = [*study.layers.notes, *as_notes(shifts, flipped)]
    return replace(study, layers=replace(study.layers, notes=notes))


def study_of(
    layers: Layers,
    scenario: Scenario,
    *,
    modes: list[str],
    as_of: date,
    like: Study | None = None,
) -> Study:
    """Place the people and facilities of `layers` on the streets of each mode.

    What is the same table as in `like` keeps its streets and places from there.
    """
    closed = _closed(layers)
    reuse = like if like is not None and like.layers.streets is layers.streets else None

    def placed(table: str, part: str, mode: str, streets: Streets) -> Positions:
        now = getattr(layers, table)
        if reuse is not None and _same_points(getattr(reuse.layers, table), now):
            return cast("Positions", getattr(reuse.networks[mode], part))
        return _place(now, streets, closed, scenario.walk)

    networks = {}
    for mode in modes:
        kept = reuse.networks[mode].streets if reuse is not None else None
        streets = kept or mode_streets(layers.streets, mode=mode)
        demand = placed("residents", "demand", mode, streets)
        facilities = placed("facilities", "facilities", mode, streets)
        pairs = on_site_pairs(demand=demand, facilities=facilities, obstacles=closed)
        networks[mode] = Network(streets, demand, facilities, pairs)
    return Study(layers=layers, networks=networks, as_of=as_of)


def _same_points(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> bool:
    return one is other or (len(one) == len(other) and bool(one["id"].equals(other["id"])))


def _closed(layers: Layers) -> Obstacles:
    return obstacles(barriers=layers.barriers, water=layers.water)


def _place(points: gpd.GeoDataFrame, streets: Streets, closed: Obstacles, walk: Walk) -> Positions:
    x, y = points_mm(points)
    return snap(
        x,
        y,
        streets=streets,
        obstacles=closed,
        max_snap_m=walk.max_snap_m,
        min_component=walk.min_component_nodes,
    )


def evaluate_readings(rule: PeopleRule, study: Study, *, chosen: str | None = None) -> Evaluated:
    """Evaluate a rule under the reading that counts, and under every other.

    What counts is named ``default``, whether it is the rule as it stands or the reading that the
    scenario chose; then the rule as it stands is ``as-written``. Where facilities beyond the
    district serve, the last reading does without them.
    """
    named = {one.id: one for one in rule.reading}
    default = evaluate(rule, study, reading=named.pop(chosen or "", None))
    others = [evaluate(rule, study, reading=one) for one in named.values()]
    if default.reading != DEFAULT:
        default = replace(default, reading=DEFAULT)
        others.insert(0, replace(evaluate(rule, study), reading=AS_WRITTEN))
    if study.outside_serves():
        alone = replace(evaluate(default.rule, study.without_outside()), reading=NO_OUTSIDE)
        others.append(alone)
    return Evaluated(default, others)


def gaps_of(one: Evaluated, prepared: Prepared) -> pd.DataFrame:
    """Return the rule's rows of gaps.csv, each with the candidate that repairs most of it."""
    study = prepared.study
    found = find_gaps(one.default, study)
    if not len(found.table):
        return pd.DataFrame()
    fixes = best_candidates(one.default, found, study, sites=prepared.sites)
    fixes["readings_failing"] = readings_failing(found, one.default, one.others)
    return gap_table(one.default.rule, found.table, study, fixes=fixes, readings=len(one.readings))


def gather(done: Work, watch: Stopwatch) -> Result:
    """Gather everything that was found out into the tables of the outputs."""
    with watch.step("tables"):
        return _gather(done, watch)


def _gather(done: Work, watch: Stopwatch) -> Result:
    prepared, evaluated, rankings = done.prepared, done.evaluated, done.rankings
    study, scenario = prepared.study, prepared.scenario
    natures = study.layers.residents["data_nature"].dropna().unique()
    nature = "、".join(sorted(natures))
    as_of = scenario.as_of.isoformat()
    defaults = [e.default for e in evaluated]
    coverage = [coverage_table(e, study, as_of=as_of, nature=nature) for e in defaults]
    figures = {e.rule.id: headline(e, study) for e in defaults}
    gaps = {e.default.rule.id: gaps_of(e, prepared) for e in evaluated}
    findings = [
        describe(e, study, figures=figures[e.rule.id], gaps=gaps[e.rule.id], nature=nature)
        for e in defaults
    ]
    sensitivity = pd.concat(
        [_sensitivity(one, study) for e in evaluated for one in e.readings],
        ignore_index=True,
    )
    return Result(
        scenario=scenario_record(scenario, study, nature=nature),
        rules=[rule_record(e.rule, study, chosen=prepared.chosen.get(e.rule.id)) for e in defaults],
        layers=study.layers,
        streets=study.streets,
        demand=demand_table(study),
        facilities=facility_table(study),
        verdicts=verdict_table(defaults, study),
        coverage=pd.concat(coverage, ignore_index=True),
        gaps=_stack(list(gaps.values()), "gaps"),
        candidates=_stack([r.table for r in rankings], "candidates"),
        sensitivity=sensitivity,
        indicators=pd.concat([indicator_table(e, study) for e in defaults], ignore_index=True),
        register=register_table(
            prepared.plans,
            place=scenario.place,
            verdicts={rule: str(f["verdict"]) for rule, f in figures.items()},
            values={rule: f["coverage"] for rule, f in figures.items()},
        ),
        service_areas=pd.concat(done.areas, ignore_index=True),
        on_site=on_site_table(study),
        streets_by_mode={m: n.streets for m, n in study.networks.items() if m != "walk"},
        places_by_mode=places_by_mode(study),
        certificates={one.name: one.ranking.certificate for one in rankings},
        ledger=done.ledger,
        findings=findings,
        manifest=manifest(
            scenario,
            study,
            figures=figures,
            differs=done.differs,
            rankings=[one.record for one in rankings],
            seconds=watch.seconds,
        ),
    )


def _sensitivity(one: Evaluation, study: Study) -> pd.DataFrame:
    """Return the row of sensitivity.csv of one reading."""
    figures = headline(one, study)
    row = {
        "rule": one.rule.id,
        "reading": one.reading,
        "people": figures["applies"],
        "covered": figures["covered"],
        "coverage": figures["coverage"],
        "verdict": figures["verdict"],
    }
    return pd.DataFrame([row]).astype({"coverage": "Float64"})


def _stack(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    """Stack the tables that have rows; none gives an empty table of the declared columns."""
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=[*declared()[name]])
