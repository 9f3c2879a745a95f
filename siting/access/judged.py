"""Judge demand points against the nearest facility that passes a filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from siting.access.study import UNREACHABLE, Reach, Study
from siting.access.verdicts import (
    BORDERLINE,
    CLASS_TYPE,
    COVERED,
    NOT_APPLICABLE,
    NOT_ASSESSED,
    OUTSIDE,
    UNCOVERED,
    judge,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.plan.model import FacilityFilter, PeopleRule
    from siting.plan.records import Scope


class UnitsOf(NamedTuple):
    """Codes of the unit in which each demand point lies and each facility stands (or none)."""

    homes: pd.Series
    facilities: pd.Series


@dataclass(frozen=True)
class Judged:
    """Arrays over demand: the verdict, and what it rests on."""

    verdict: NDArray[np.int8]
    cost_mm: NDArray[np.int64]
    straight_mm: NDArray[np.int64]
    cutoff_mm: NDArray[np.int64]
    facility: NDArray[np.int64]
    ratio: NDArray[np.float64]
    straight_all: NDArray[np.bool_]

    def rows(
        self,
        *,
        part: str,
        group: str,
        facility_kind: str,
        people: NDArray[np.int64],
        unknown: NDArray[np.bool_],
    ) -> pd.DataFrame:
        """Return verdict rows of the demand points with people.

        `unknown` tells where it is not known how many of the people count: not assessed.
        """
        at = np.flatnonzero(people > 0)
        verdict, ratio = self.verdict[at], self.ratio[at]
        judged = (verdict != NOT_APPLICABLE) & (verdict != OUTSIDE)
        verdict = np.where(unknown[at] & judged, NOT_ASSESSED, verdict).astype(np.int8)
        known = (verdict == COVERED) | (verdict == UNCOVERED)
        low, high = BORDERLINE
        return pd.DataFrame(
            {
                "part": part,
                "group": group,
                "facility_kind": facility_kind,
                "demand": at,
                "people": people[at],
                "cost_mm": self.cost_mm[at],
                "straight_mm": self.straight_mm[at],
                "cutoff_mm": self.cutoff_mm[at],
                "facility": self.facility[at],
                "verdict": pd.Categorical.from_codes(verdict, dtype=CLASS_TYPE),
                "borderline": known & (ratio > low) & (ratio <= high),
                "straight_covered": known & self.straight_all[at],
            }
        )


def judge_filters(
    rule: PeopleRule,
    study: Study,
    filters: list[FacilityFilter],
    *,
    cutoff_mm: NDArray[np.int64],
    scope: NDArray[np.bool_],
    units: UnitsOf | None = None,
    mode: str = "walk",
) -> Judged:
    """Judge each demand point by the nearest operating facility that passes a filter.

    Parameters
    ----------
    cutoff_mm
        One cutoff per demand point, negative where the rule does not apply.
    scope
        Demand points where the rule binds.
    units
        Units of homes and facilities: only facilities of the same unit count (None: all do).
    mode
        How people travel: ``walk``, or ``ebike`` on its own network.
    """
    certain, perhaps = study.matching(filters)
    sure = _reach(study, certain, units, mode)
    open_ = _reach(study, certain | perhaps, units, mode) if perhaps.any() else sure
    straight = rule.distance == "straight"
    cost = sure.straight_mm if straight else sure.cost_mm
    verdict = judge(
        cost_mm=cost,
        perhaps_mm=open_.straight_mm if straight else open_.cost_mm,
        cutoff_mm=cutoff_mm,
        placed=study.located if straight else study.placed(mode),
        in_scope=scope,
        outside=study.outside,
    )
    return Judged(
        verdict=verdict,
        cost_mm=cost,
        straight_mm=sure.straight_mm,
        cutoff_mm=cutoff_mm,
        facility=sure.straight_facility if straight else sure.facility,
        ratio=np.where(cutoff_mm > 0, cost / np.maximum(cutoff_mm, 1), -1.0),
        straight_all=(sure.straight_mm <= cutoff_mm) | (cutoff_mm < 0),
    )


def _reach(study: Study, mask: NDArray[np.bool_], units: UnitsOf | None, mode: str) -> Reach:
    """Return the nearest of `mask`, everywhere or only within each point's own unit."""
    if units is None:
        return study.reach(mask, mode=mode)
    homes, places = units
    result = Reach(
        cost_mm=np.full(study.count, UNREACHABLE, np.int64),
        facility=np.full(study.count, -1, np.int64),
        straight_mm=np.full(study.count, UNREACHABLE, np.int64),
        straight_facility=np.full(study.count, -1, np.int64),
    )
    for code in sorted(set(places[mask].dropna())):
        at_home = (homes == code).to_numpy(bool, na_value=False)
        there = study.reach(mask & (places == code).to_numpy(bool, na_value=False), mode=mode)
        for name in ("cost_mm", "facility", "straight_mm", "straight_facility"):
            getattr(result, name)[at_home] = getattr(there, name)[at_home]
    return result


def in_scope(rule: PeopleRule, study: Study) -> NDArray[np.bool_]:
    """Tell for each demand point whether the rule binds there."""
    key = "scope", rule.scope.model_dump_json()
    return study.once(key, lambda: _within(rule.scope, study))


def _within(scope: Scope, study: Study) -> NDArray[np.bool_]:
    inside = np.ones(study.count, bool)
    units = study.layers.units
    if scope.level is not None:
        named = units[(units["level"] == scope.level) & units["name"].isin(scope.names)]["code"]
        inside &= study.units(scope.level).isin(named).to_numpy(bool)
    if scope.settlement is not None:
        inside &= (study.settlement() == scope.settlement).to_numpy(bool)
    return inside


def cutoff_mm_of(cutoff_m: float, rule: PeopleRule) -> int:
    """Return the cutoff with the reading's tolerance, in whole millimetres."""
    return round(cutoff_m * 1000 * (1 + rule.tolerance))
