"""One pure function per rule kind: a study and a rule in, verdicts for every person out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.access.density import bands_of, density_table
from siting.access.judged import Judged, cutoff_mm_of, in_scope, judge_filters
from siting.access.study import UNREACHABLE, Study
from siting.access.verdicts import (
    COVERED,
    NOT_APPLICABLE,
    NOT_ASSESSED,
    OUTSIDE,
    UNCOVERED,
    join_every,
)
from siting.layers.residents import OLDEST, age_columns
from siting.plan.model import AccessRule, DensityAccessRule, PresenceRule, Reading
from siting.plan.read import with_reading
from siting.plan.vocabulary import groups

if TYPE_CHECKING:
    from siting.plan.model import Need, PeopleRule
    from siting.plan.vocabulary import AgeGroup

HEADLINE = "all"
DEFAULT = "default"


@dataclass(frozen=True)
class Evaluation:
    """What a rule says under one reading.

    Attributes
    ----------
    verdicts
        Rows of `verdict_rows`, one part after the other; the part ``all`` is the headline.
    units
        What the rule says about units rather than people (density classes, presence), or empty.
    """

    rule: PeopleRule
    reading: str
    verdicts: pd.DataFrame
    units: pd.DataFrame


def evaluate(rule: PeopleRule, study: Study, *, reading: Reading | None = None) -> Evaluation:
    """Evaluate `rule`, as `reading` understands it, on `study`."""
    understood = rule if reading is None else with_reading(rule, reading)
    verdicts, units = _evaluate(understood, study)
    return Evaluation(understood, DEFAULT if reading is None else reading.id, verdicts, units)


@singledispatch
def _evaluate(rule: object, _study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    raise TypeError(f"no function evaluates {type(rule).__name__}")


@_evaluate.register
def _access(rule: AccessRule, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every need of every age: per need, then the headline over the ages' own needs."""
    judged = {need.id: _judge_need(rule, need, study) for need in rule.need}
    rows = [
        judged[need.id].rows(
            part=need.id,
            group=need.group,
            facility_kind=need.facilities[0].kind,
            people=study.people(need.group),
        )
        for need in rule.need
    ]
    if len(rule.need) > 1:
        rows += _headline(rule, study, judged)
    else:
        rows.append(rows[0].assign(part=HEADLINE, facility_kind=HEADLINE))
    return pd.concat(rows, ignore_index=True), pd.DataFrame()


def _judge_need(rule: AccessRule, need: Need, study: Study) -> Judged:
    """Judge one need; where it asks about town or village and that is unknown: not assessed."""
    cutoff = np.full(study.count, cutoff_mm_of(need.cutoff_m, rule))
    scope = in_scope(rule, study)
    if need.settlement is None:
        return judge_filters(
            rule, study, need.facilities, cutoff_mm=cutoff, scope=scope, mode=need.mode
        )
    home = study.settlement()
    cutoff[(home != need.settlement).fillna(True).to_numpy(bool)] = -1
    judged = judge_filters(
        rule, study, need.facilities, cutoff_mm=cutoff, scope=scope, mode=need.mode
    )
    unknown = home.isna().to_numpy(bool) & scope & ~study.outside
    return replace(judged, verdict=np.where(unknown, NOT_ASSESSED, judged.verdict).astype(np.int8))


def _headline(rule: AccessRule, study: Study, judged: dict[str, Judged]) -> list[pd.DataFrame]:
    """Join the needs of each age; the need that is farthest beyond its cutoff speaks for all."""
    rows = []
    for name, columns, needs in age_segments(rule):
        people = study.layers.residents[columns].sum(axis=1).to_numpy(np.int64)
        parts = [judged[need] for need in needs]
        worst = np.vstack([part.ratio for part in parts]).argmax(axis=0)
        joined = Judged(
            verdict=join_every([part.verdict for part in parts]),
            cost_mm=np.choose(worst, [p.cost_mm for p in parts]),
            straight_mm=np.choose(worst, [p.straight_mm for p in parts]),
            cutoff_mm=np.choose(worst, [p.cutoff_mm for p in parts]),
            facility=np.choose(worst, [p.facility for p in parts]),
            ratio=np.choose(worst, [p.ratio for p in parts]),
            straight_all=np.logical_and.reduce([p.straight_all for p in parts]),
        )
        rows.append(joined.rows(part=HEADLINE, group=name, facility_kind=HEADLINE, people=people))
    return rows


def age_segments(rule: AccessRule) -> list[tuple[str, list[str], list[str]]]:
    """Split the ages of a rule's group where the needs that concern them change.

    Returns
    -------
    list of (name, age columns, need ids), from young to old; ages that no need concerns are left
    out. The name is that of the people group with the same ages, or ``age_<from>_<to>``.
    """
    segments: list[tuple[list[str], list[str], int, int]] = []
    whole = groups()[rule.group]
    for column, low, top in age_columns():
        high = OLDEST if top is None else top
        needs = [n.id for n in rule.need if n.headline and _holds(groups()[n.group], low, high)]
        if not needs or not _holds(whole, low, high):
            continue
        if segments and segments[-1][1] == needs:
            columns, _, first, _ = segments.pop()
            segments.append(([*columns, column], needs, first, high))
        else:
            segments.append(([column], needs, low, high))
    names = {
        (g.from_age, OLDEST if g.to_age is None else g.to_age): g.id for g in groups().values()
    }
    return [
        (names.get((first, last), f"age_{first}_{last}"), columns, needs)
        for columns, needs, first, last in segments
    ]


def _holds(group: AgeGroup, low: int, high: int) -> bool:
    return low >= group.from_age and high <= (OLDEST if group.to_age is None else group.to_age)


@_evaluate.register
def _density_access(rule: DensityAccessRule, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each demand point takes its cutoff from the density band of its unit."""
    table = density_table(rule, study)
    band = bands_of(rule, study, table)
    cutoffs = np.array(
        [-1 if b.cutoff_m is None else cutoff_mm_of(b.cutoff_m, rule) for b in rule.band] + [-1],
        np.int64,
    )
    cutoff_mm = cutoffs[band]
    judged = judge_filters(
        rule,
        study,
        rule.facilities,
        cutoff_mm=cutoff_mm,
        scope=in_scope(rule, study),
        unit_level=rule.unit_level if rule.same_unit else None,
    )
    unknown = (band == len(rule.band)) & (judged.verdict != OUTSIDE)
    judged = replace(
        judged, verdict=np.where(unknown, NOT_ASSESSED, judged.verdict).astype(np.int8)
    )
    kind = rule.facilities[0].kind
    people = study.people(rule.group)
    rows = [judged.rows(part=HEADLINE, group=rule.group, facility_kind=kind, people=people)]
    for i, one in enumerate(rule.band):
        inside = replace(
            judged,
            verdict=np.where(
                (band == i) | (judged.verdict == OUTSIDE), judged.verdict, NOT_APPLICABLE
            ).astype(np.int8),
        )
        if one.cutoff_m is not None:
            rows.append(
                inside.rows(part=one.id, group=rule.group, facility_kind=kind, people=people)
            )
    return pd.concat(rows, ignore_index=True), table


@_evaluate.register
def _presence(rule: PresenceRule, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each unit has enough facilities; its people share its verdict."""
    certain, perhaps = study.matching(rule.facilities)
    codes = study.facility_units(rule.unit_level)
    units = study.layers.units
    units = units[(units["level"] == rule.unit_level) & ~units["outside"].astype(bool)]
    sure = codes[certain].value_counts().reindex(units["code"], fill_value=0).to_numpy(np.int64)
    open_ = codes[perhaps].value_counts().reindex(units["code"], fill_value=0).to_numpy(np.int64)
    verdict = np.full(len(units), UNCOVERED, np.int8)
    verdict[sure + open_ >= rule.at_least] = NOT_ASSESSED
    verdict[sure >= rule.at_least] = COVERED
    table = pd.DataFrame(
        {
            "unit": units["code"].to_numpy(),
            "unit_name": units["name"].to_numpy(),
            "facilities": sure,
            "unknown": open_,
            "verdict": verdict,
        }
    )
    home = study.units(rule.unit_level)
    of_home = pd.Series(verdict, index=units["code"]).reindex(home)
    each = of_home.fillna(NOT_ASSESSED).to_numpy(np.int8)
    each[~in_scope(rule, study)] = NOT_APPLICABLE
    each[study.outside] = OUTSIDE
    nowhere = np.full(study.count, UNREACHABLE, np.int64)
    judged = Judged(
        verdict=each,
        cost_mm=nowhere,
        straight_mm=nowhere,
        cutoff_mm=np.full(study.count, -1, np.int64),
        facility=np.full(study.count, -1, np.int64),
        ratio=np.full(study.count, np.inf),
        straight_all=np.zeros(study.count, bool),
    )
    rows = judged.rows(
        part=HEADLINE,
        group=rule.group,
        facility_kind=rule.facilities[0].kind,
        people=study.people(rule.group),
    )
    return rows, table
