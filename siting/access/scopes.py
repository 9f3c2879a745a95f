"""Where a rule about a value holds: facilities, people and units of the place and of its scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.plan.model import MeasureRule, Rule

# Urban–rural codes of the statistics bureau: 1xx town, 210 and 220 village.
SETTLEMENTS = {"1": "urban", "2": "rural"}


def units_of(study: Study, level: str) -> pd.DataFrame:
    """Return the place's own units of a level, by code."""
    return study.once(("units of", level), lambda: _units_of(study.layers.units, level))


def _units_of(units: pd.DataFrame, level: str) -> pd.DataFrame:
    own = (units["level"] == level) & ~units["outside"].fillna(False).to_numpy(bool)
    return pd.DataFrame(units[own]).sort_values("code", ignore_index=True)


def own_units(rule: Rule, study: Study, level: str) -> pd.DataFrame:
    """Return the units of a level in which a rule holds, by code."""
    units = units_of(study, level)
    holds = np.ones(len(units), bool)
    if rule.scope.level is not None:
        above = units_above(units["code"], study, rule.scope.level)
        holds &= above.isin(_named(rule, study)).to_numpy(bool)
    if rule.scope.settlement is not None:
        holds &= (_settlement(units["urban_rural"]) == rule.scope.settlement).to_numpy(bool)
    return units[holds].reset_index(drop=True)


def units_above(codes: pd.Series, study: Study, level: str) -> pd.Series:
    """Return the unit of `level` that each unit is, or lies in by its parents (may be missing)."""
    units = study.layers.units
    parent = dict(zip(units["code"], units["parent"], strict=True))
    level_of = dict(zip(units["code"], units["level"], strict=True))

    def climb(code: str) -> object:
        at: object = code
        while at in level_of and level_of[at] != level:
            at = parent[at]
        return at if at in level_of else pd.NA

    above: pd.Series = codes.map(climb, na_action="ignore").astype("string")
    return above


def facilities_inside(rule: MeasureRule, study: Study) -> pd.Series:
    """Tell which facilities stand in the place and the rule's scope (boolean; missing: unknown)."""
    inside = ~study.layers.facilities["outside"].fillna(False).astype("boolean")
    if rule.scope.level is not None:
        codes = study.facility_units(rule.scope.level)
        inside &= codes.isin(_named(rule, study)).astype("boolean").mask(codes.isna())
    if rule.scope.settlement is not None:
        found = _settlement(_urban_rural(study, study.facility_units("community")))
        inside &= (found == rule.scope.settlement).astype("boolean").mask(found.isna())
    numbered: pd.Series = inside.reset_index(drop=True)
    return numbered


def people_inside(rule: MeasureRule, study: Study) -> NDArray[np.bool_]:
    """Tell which demand points lie in the place and the rule's scope."""
    inside = ~study.outside
    if rule.scope.level is not None:
        inside &= study.units(rule.scope.level).isin(_named(rule, study)).to_numpy(bool)
    if rule.scope.settlement is not None:
        inside &= (study.settlement() == rule.scope.settlement).fillna(False).to_numpy(bool)
    return np.asarray(inside)


def _named(rule: Rule, study: Study) -> pd.Series:
    units = study.layers.units
    chosen = (units["level"] == rule.scope.level) & units["name"].isin(rule.scope.names)
    codes: pd.Series = units.loc[chosen, "code"]
    return codes


def _urban_rural(study: Study, codes: pd.Series) -> pd.Series:
    of_unit = study.layers.units.set_index("code")["urban_rural"]
    found: pd.Series = of_unit.reindex(codes).reset_index(drop=True)
    return found


def _settlement(urban_rural: pd.Series) -> pd.Series:
    found: pd.Series = urban_rural.astype("string").str[0].map(SETTLEMENTS)
    return found
