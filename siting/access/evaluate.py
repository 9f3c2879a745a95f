"""One pure function per rule kind: a study and a rule in, verdicts for every person out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.access.density import bands_of, density_table, units_of
from siting.access.judged import Judged, cutoff_mm_of, in_scope, judge_filters
from siting.access.needs import judge_access
from siting.access.places import judge_places
from siting.access.scopes import own_units
from siting.access.study import UNREACHABLE, Study
from siting.access.verdicts import (
    COVERED,
    HEADLINE,
    NOT_APPLICABLE,
    NOT_ASSESSED,
    OUTSIDE,
    UNCOVERED,
)
from siting.layers.residents import columns_of_group
from siting.plan.model import AccessRule, CapacityRule, DensityAccessRule, PresenceRule, Reading
from siting.plan.read import with_reading

if TYPE_CHECKING:
    from siting.plan.model import PeopleRule

DEFAULT = "default"
Found = tuple[pd.DataFrame, pd.DataFrame]
"""Verdict rows, and what the rule says about units."""


@dataclass(frozen=True)
class Evaluation:
    """What a rule says under one reading.

    Attributes
    ----------
    verdicts
        Rows of `verdict_rows`, one part after the other; the part ``all`` is the headline.
    units
        What the rule says about units rather than people (density classes, presence, places), or
        empty.
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
def _evaluate(rule: object, _study: Study) -> Found:
    raise TypeError(f"no function evaluates {type(rule).__name__}")


@_evaluate.register
def _access(rule: AccessRule, study: Study) -> Found:
    return judge_access(rule, study)


@_evaluate.register
def _capacity(rule: CapacityRule, study: Study) -> Found:
    return judge_places(rule, study)


@_evaluate.register
def _density_access(rule: DensityAccessRule, study: Study) -> Found:
    """Each demand point takes its cutoff from the density band of its unit."""
    band = bands_of(rule, study)
    cutoffs = np.array(
        [-1 if b.cutoff_m is None else cutoff_mm_of(b.cutoff_m, rule) for b in rule.band] + [-1],
        np.int64,
    )
    scope = in_scope(rule, study)
    judged = judge_filters(
        rule,
        study,
        rule.facilities,
        cutoff_mm=cutoffs[band],
        scope=scope,
        units=units_of(rule, study) if rule.same_unit else None,
    )
    unknown = (band == len(rule.band)) & scope & ~study.outside
    judged = replace(
        judged, verdict=np.where(unknown, NOT_ASSESSED, judged.verdict).astype(np.int8)
    )
    rows = [_rows(rule, study, judged, HEADLINE)]
    for i, one in enumerate(rule.band):
        here = (band == i) | (judged.verdict == OUTSIDE)
        inside = np.where(here, judged.verdict, NOT_APPLICABLE).astype(np.int8)
        if one.cutoff_m is not None:
            rows.append(_rows(rule, study, replace(judged, verdict=inside), one.id))
    return pd.concat(rows, ignore_index=True), density_table(rule, study)


def _rows(
    rule: DensityAccessRule | PresenceRule, study: Study, judged: Judged, part: str
) -> pd.DataFrame:
    columns = columns_of_group(rule.group)
    return judged.rows(
        part=part,
        group=rule.group,
        facility_kind=rule.facilities[0].kind,
        people=study.people_aged(columns, caliber=rule.caliber),
        unknown=study.uncounted(columns, caliber=rule.caliber),
    )


@_evaluate.register
def _presence(rule: PresenceRule, study: Study) -> Found:
    """Each unit has enough facilities; its people share its verdict.

    The table has the units in which the rule holds.
    """
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
    each = of_home.fillna(NOT_ASSESSED).to_numpy(np.int8, copy=True)
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
    bound = own_units(rule, study, rule.unit_level)["code"]
    return (
        _rows(rule, study, judged, HEADLINE),
        table[table["unit"].isin(bound)].reset_index(drop=True),
    )


__all__ = ["DEFAULT", "HEADLINE", "Evaluation", "Found", "evaluate"]
