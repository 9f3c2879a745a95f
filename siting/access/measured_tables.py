"""Rows of indicators.csv of a measurement, and the units or subjects in which it falls short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.access.indicators import COLUMNS
from siting.plan.model import AdjacencyRule, CountRule, RegisterRule

if TYPE_CHECKING:
    from siting.access.measure import Measurement
    from siting.access.study import Study

SHARE, METRES, PARTS = "share", "m", "units"
ENDS = ("school_end", "home_end")
WANTING = ("fail", "not_assessed", "undetermined", "building", "not_started", "position_unknown")
GAP_COLUMNS = ["part", "unit", "unit_name", "value", "shortfall", "verdict", "missing"]


def counts_parts(measurement: Measurement) -> bool:
    """Tell whether the headline counts the parts that reach the target, not the value itself."""
    rule = measurement.rule
    parted = isinstance(rule, CountRule) and rule.unit_level is not None
    parted |= isinstance(rule, RegisterRule) and rule.each != "total"
    aimed = rule.target is not None or rule.up_to is not None
    return parted and aimed and len(measurement.table) > 1


def indicator_rows(measurement: Measurement, study: Study) -> pd.DataFrame:
    """Return the rows of indicators.csv (docs/outputs.md): what is stated, never what is unknown.

    `measured` is the value of the place or a unit, with its `numerator` and `denominator`;
    `passing` the parts that reach the target; `distance:<part>` metres of a subject or an end;
    `measured:<part>` the value of a register's name, year or topic, `open` that of a project.
    """
    rule = measurement.rule
    units = study.layers.units
    own = (units["level"] == "district") & ~units["outside"].fillna(False).to_numpy(bool)
    code = units.loc[own, "code"]
    table = measurement.table
    found = pd.DataFrame(
        {
            "rule": rule.id,
            "reading": measurement.reading,
            "level": table["level"].where(table["part"] != "all", "district"),
            "unit": table["unit"].where(
                table["part"] != "all", str(code.iloc[0]) if len(code) else ""
            ),
            "indicator": [_indicator(part, measurement) for part in table["part"]],
            "value": table["value"],
            "target": table["target"],
            "measure": [_measure(part, measurement) for part in table["part"]],
        }
    )
    parts = _quotients(found.iloc[[0]], measurement)
    every = pd.concat([found.iloc[[0]], *parts, found.iloc[1:]], ignore_index=True)
    return every[every["value"].notna()][COLUMNS].reset_index(drop=True)


def _indicator(part: str, measurement: Measurement) -> str:
    if part == "all":
        return "passing" if counts_parts(measurement) else "measured"
    if part in ENDS or isinstance(measurement.rule, AdjacencyRule):
        return f"distance:{part}"
    return {"unit": "measured", "project": "open"}.get(part, f"measured:{part}")


def _measure(part: str, measurement: Measurement) -> str:
    if part == "all" and counts_parts(measurement):
        return PARTS
    if part in ENDS or (part != "all" and isinstance(measurement.rule, AdjacencyRule)):
        return METRES
    return measurement.rule.measure.en


def _quotients(row: pd.DataFrame, measurement: Measurement) -> list[pd.DataFrame]:
    """Return numerator and denominator of a headline that is a quotient, as rows of their own."""
    if measurement.headline["part"] != "all" or counts_parts(measurement):
        return []
    return [
        row.assign(
            indicator=name, value=measurement.headline[name], target=None, measure=""
        ).astype({"value": "Float64", "target": "Float64"})
        for name in ("numerator", "denominator")
        if not pd.isna(measurement.headline[name])
    ]


def measured_gaps(measurement: Measurement) -> pd.DataFrame:
    """Return the parts that fall short or are not known, those farthest from the target first.

    Columns `GAP_COLUMNS`; `shortfall` is how far the value is below its target or above its
    limit, missing where nothing is known.
    """
    rows = measurement.table.iloc[1:]
    rows = rows[rows["verdict"].isin(WANTING)]
    below = (rows["target"] - rows["value"]).fillna(0).clip(lower=0)
    above = (rows["value"] - rows["up_to"]).fillna(0).clip(lower=0)
    shortfall = (below + above).mask(rows["value"].isna())
    gaps = rows.assign(shortfall=shortfall, rank=rows["verdict"].map(WANTING.index))
    gaps = gaps.sort_values(
        ["rank", "shortfall"], ascending=[True, False], kind="stable", na_position="first"
    )
    return gaps[GAP_COLUMNS].reset_index(drop=True)
