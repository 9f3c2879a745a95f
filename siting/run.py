"""The only place that wires the floors together: from a scenario to a `Result`.

layers → changes → streets → costs → verdicts → gaps → ranking → tables. Each step is timed, and
the ledger is closed before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.access.area_gaps import area_gaps
from siting.access.coverage import check_ledger, coverage_table, headline
from siting.access.findings import describe
from siting.access.gaps import find_gaps, readings_failing
from siting.access.indicators import indicator_table
from siting.access.lacks import in_words
from siting.access.measure import COLUMNS as MEASURED
from siting.access.measured_findings import describe_measurement
from siting.access.measured_tables import indicator_rows
from siting.access.readings import (
    NO_PLACE,
    Evaluated,
    Measured,
    evaluate_readings,
    measure_readings,
    not_assessed_under,
    sensitivity_of,
    values_under,
)
from siting.access.register import Outcome, register_table
from siting.access.repairs import smallest_repairs
from siting.access.service_areas import disagreement, no_areas, rule_areas
from siting.access.unassessed import lacks_of
from siting.before import Before, figures_before
from siting.plan.model import AdjacencyRule
from siting.prepare import Prepared, Progress, Stopwatch, prepare
from siting.ranking.ranked import RankedSites, rank_all
from siting.ranking.repairs import best_candidates, parcels_for
from siting.report.manifest import manifest, scenario_record
from siting.report.published import (
    demand_table,
    facility_table,
    gap_table,
    on_site_table,
    places_by_mode,
    rule_record,
    silent_record,
    verdict_table,
)
from siting.report.result import Result
from siting.report.tables import declared
from siting.report.valued import value_record

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from siting.access.measure import Measurement
    from siting.layers.model import Layers
    from siting.project import Project


@dataclass(frozen=True)
class Work:
    """Everything computed, before it is gathered into tables.

    `differs`: people on whom drawn area and verdict disagree, by rule and part.
    """

    prepared: Prepared
    evaluated: list[Evaluated]
    measured: list[Measured]
    rankings: list[RankedSites]
    areas: list[gpd.GeoDataFrame]
    differs: dict[str, dict[str, int]]
    ledger: pd.DataFrame
    before: Before | None


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
        measured = [
            measure_readings(rule, study, chosen=prepared.chosen.get(rule.id))
            for rule in prepared.measures
        ]
    with watch.step("before"):
        before = figures_before(prepared)
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
    return Work(prepared, evaluated, measured, rankings, areas, differs, ledger, before)


def gaps_of(one: Evaluated, prepared: Prepared) -> pd.DataFrame:
    """Return the rule's rows of gaps.csv, each with its smallest repair."""
    study = prepared.study
    found = find_gaps(one.default, study)
    if not len(found.table):
        return pd.DataFrame()
    best = best_candidates(one.default, found, study, sites=prepared.sites)
    fixes = smallest_repairs(one.default, found, study, sites=best)
    fixes["readings_failing"] = readings_failing(found, one.default, one.others)
    return gap_table(one.default.rule, found.table, study, fixes=fixes, readings=len(one.readings))


def area_gaps_of(one: Measured, prepared: Prepared) -> pd.DataFrame:
    """Return the rows of gaps.csv of a rule about areas, each with its smallest repair."""
    rule, study = one.default.rule, prepared.study
    if not isinstance(rule, AdjacencyRule):
        return pd.DataFrame()
    sites = parcels_for(rule.beside[0].kind, study)
    found = area_gaps(one.default, one.others, study, sites=sites)
    if not len(found):
        return found
    return gap_table(rule, found, study, fixes=found, readings=len(one.readings))


def gather(done: Work, watch: Stopwatch) -> Result:
    """Gather everything that was found out into the tables of the outputs."""
    with watch.step("tables"):
        return _gather(done, watch)


def _gather(done: Work, watch: Stopwatch) -> Result:
    prepared, evaluated, measured, rankings = (
        done.prepared, done.evaluated, done.measured, done.rankings,
    )  # fmt: skip
    study, scenario = prepared.study, prepared.scenario
    nature = nature_of(study.layers)
    as_of = scenario.as_of.isoformat()
    defaults = [e.default for e in evaluated]
    coverage = [coverage_table(e, study, as_of=as_of, nature=nature) for e in defaults]
    figures = {e.rule.id: headline(e, study) for e in defaults}
    gaps = {e.default.rule.id: gaps_of(e, prepared) for e in evaluated}
    gaps |= {m.default.rule.id: area_gaps_of(m, prepared) for m in measured}
    findings = [
        describe(e, study, figures=figures[e.rule.id], gaps=gaps[e.rule.id], nature=nature)
        for e in defaults
    ] + [describe_measurement(m.default, study, nature=nature) for m in measured]
    return Result(
        scenario=scenario_record(scenario, study, nature=nature),
        rules=[rule_record(e.rule, study, chosen=prepared.chosen.get(e.rule.id)) for e in defaults],
        measures=[
            value_record(m.default, m.others, study, chosen=prepared.chosen.get(m.default.rule.id))
            for m in measured
        ],
        measurements=_measurements([m.default for m in measured]),
        before=None if done.before is None else done.before.record(),
        layers=study.layers,
        streets=study.streets if scenario.layers.streets is not None else None,
        demand=demand_table(study),
        facilities=facility_table(study),
        verdicts=verdict_table(defaults, study),
        coverage=_stack(coverage, "coverage"),
        gaps=_stack(list(gaps.values()), "gaps"),
        candidates=_stack([r.table for r in rankings], "candidates"),
        sensitivity=_stack(
            [sensitivity_of(one, study) for one in evaluated]
            + [values_under(one) for one in measured]
            + [not_assessed_under(rule) for rule in prepared.silent],
            "sensitivity",
        ),
        indicators=_stack(
            [indicator_table(e.default, study, others=e.others) for e in evaluated]
            + [indicator_rows(m.default, study) for m in measured],
            "indicators",
        ),
        register=register_table(
            prepared.plans, place=scenario.place, outcomes=_outcomes(done, figures)
        ),
        service_areas=pd.concat([no_areas(study.layers.crs), *done.areas], ignore_index=True),
        on_site=on_site_table(study),
        streets_by_mode={m: n.streets for m, n in study.networks.items() if m != "walk"},
        places_by_mode=places_by_mode(study),
        certificates={one.name: one.certificate for one in rankings},
        silent=[silent_record(rule) for rule in prepared.silent],
        ledger=done.ledger,
        findings=findings,
        manifest=manifest(
            scenario,
            study,
            figures=figures,
            values={m.default.rule.id: m.outcome._asdict() for m in measured},
            differs=done.differs,
            rankings=[one.record for one in rankings],
            seconds=watch.seconds,
        ),
    )


def _outcomes(done: Work, figures: dict[str, dict[str, Any]]) -> dict[str, Outcome]:
    """Return what became of each rule, as the register tells it of its clauses."""
    judged = {
        one.default.rule.id: Outcome(
            str(figures[one.default.rule.id]["verdict"]),
            figures[one.default.rule.id]["coverage"],
            one.default.rule.target,
            **in_words(lacks_of(one.default, done.prepared.study)),
        )
        for one in done.evaluated
    }
    silent = {
        rule.id: Outcome("not_assessed", None, rule.target, **in_words(NO_PLACE))
        for rule in done.prepared.silent
    }
    return judged | {one.default.rule.id: one.outcome for one in done.measured} | silent


def nature_of(layers: Layers) -> str:
    """Return what the residents, or where there are none the facilities, are said to be."""
    table = layers.residents if len(layers.residents) else layers.facilities
    return "、".join(sorted(table["data_nature"].dropna().unique()))


def _measurements(found: list[Measurement]) -> pd.DataFrame:
    """Stack the values of all rules, each with its rule and reading."""
    tables = [one.table.assign(rule=one.rule.id, reading=one.reading) for one in found]
    empty = pd.DataFrame(columns=["rule", "reading", *MEASURED])
    return pd.concat(tables, ignore_index=True)[empty.columns] if tables else empty


def _stack(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    """Stack the tables that have rows; none gives an empty table of the declared columns."""
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=[*declared()[name]])
