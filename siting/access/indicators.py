"""Indicators: what a rule measures that is not a count of people covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.study import UNREACHABLE
from siting.access.verdicts import COVERED, HEADLINE
from siting.plan.model import AccessRule, DensityAccessRule, PresenceRule

if TYPE_CHECKING:
    from siting.access.evaluate import Evaluation
    from siting.access.study import Study

COLUMNS = ["rule", "reading", "level", "unit", "indicator", "value", "target", "measure"]
APPLIES = ("covered", "uncovered", "undetermined", "not_assessed")


def indicator_table(evaluation: Evaluation, study: Study) -> pd.DataFrame:
    """Return the rule's rows of indicators.csv (docs/outputs.md)."""
    rows = _distances(evaluation)
    rule, table = evaluation.rule, evaluation.units
    if isinstance(rule, AccessRule):
        rows += _types_reached(evaluation)
    if isinstance(rule, DensityAccessRule):
        rows += _densities(rule, table)
    if isinstance(rule, PresenceRule):
        rows += _presence(rule, table)
    district = study.layers.units
    code = district.loc[
        (district["level"] == "district") & ~district["outside"].astype(bool), "code"
    ]
    unit = str(code.iloc[0]) if len(code) else ""
    table = pd.DataFrame(rows, columns=[c for c in COLUMNS if c not in ("rule", "reading")])
    table["unit"] = table["unit"].fillna(unit)
    table.insert(0, "reading", evaluation.reading)
    table.insert(0, "rule", evaluation.rule.id)
    return table


def _row(indicator: str, value: float | None, measure: str, **more: Any) -> dict[str, Any]:
    return {
        "level": "district",
        "unit": None,
        "indicator": indicator,
        "value": value,
        "target": None,
        "measure": measure,
        **more,
    }


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """Return the value that the given share of the people do not exceed (lower quantile)."""
    order = np.argsort(values, kind="stable")
    reached = weights[order].cumsum()
    return float(values[order][np.searchsorted(reached, share * reached[-1])])


def _distances(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the walking distances that half and nine tenths of the people do not exceed."""
    found = []
    for part, rows in evaluation.verdicts.groupby("part", sort=False):
        known = rows[rows["verdict"].isin(("covered", "uncovered"))]
        if part == HEADLINE and (evaluation.verdicts["part"] != HEADLINE).any():
            continue
        if not len(known) or (known["facility"] < 0).all():
            continue
        metres = known["cost_mm"].to_numpy() / 1000
        people = known["people"].to_numpy()
        for name, share in (("p50", 0.5), ("p90", 0.9)):
            value = weighted_quantile(metres, people, share)
            far = value * 1000 >= UNREACHABLE
            found.append(_row(f"nearest_{name}:{part}", None if far else round(value, 1), "m"))
    return found


def _types_reached(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return how many types of facility a person reaches on average, and how many concern one."""
    rows = evaluation.verdicts
    needs = rows[(rows["part"] != HEADLINE) & rows["verdict"].isin(APPLIES)]
    whole = rows[(rows["part"] == HEADLINE) & rows["verdict"].isin(APPLIES)]["people"].sum()
    if not whole:
        return []
    reached = needs["people"].where(needs["verdict"] == "covered", 0).sum()
    return [
        _row("types_reached_mean", round(reached / whole, 3), "types per person"),
        _row("types_concerned_mean", round(needs["people"].sum() / whole, 3), "types per person"),
    ]


def _densities(rule: DensityAccessRule, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the density of every unit, and the units and people of every band."""
    known = table[table["density"].notna()]
    found = [
        _row("density", round(density, 1), "people/km²", level=rule.unit_level, unit=unit)
        for unit, density in zip(known["unit"], known["density"], strict=True)
    ]
    for band in [b.id for b in rule.band] + [""]:
        inside = table[table["band"] == band]
        name = band or "unknown"
        if band or len(inside):
            found.append(_row(f"units_in_band:{name}", len(inside), "units"))
            found.append(_row(f"people_in_band:{name}", int(inside["subject"].sum()), "people"))
    return found


def _presence(rule: PresenceRule, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the facilities of every unit, and how many units have enough."""
    wanted = {"level": rule.unit_level, "target": rule.at_least}
    found = [
        _row("facilities", int(count), "facilities", unit=unit, **wanted)
        for unit, count in zip(table["unit"], table["facilities"], strict=True)
    ]
    passing = int((table["verdict"] == COVERED).sum())
    found.append(_row("units_passing", passing, "units", target=len(table)))
    return found
