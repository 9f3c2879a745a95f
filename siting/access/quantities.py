"""Quantities that data give: facilities counted or summed, people, figures of units, registers.

Each is a table of contributions, one row per facility, demand point, unit or entry, from which
the whole and every unit are added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.access.bounds import Bounds, merged, unknown
from siting.access.conditions import holds, missing_facts, of_kind
from siting.access.registers import entries, latest, total_of
from siting.access.scopes import (
    facilities_inside,
    own_units,
    people_inside,
    units_above,
)
from siting.layers.residents import columns_of_group

if TYPE_CHECKING:
    from siting.access.bounds import Lacks
    from siting.access.study import Study
    from siting.plan.model import FacilityFilter, MeasureRule, Quantity

NO_FACTS = pd.DataFrame({"row": pd.Series(dtype=np.int64), "what": pd.Series(dtype=str)})


@dataclass(frozen=True)
class Contributions:
    """What each row adds to a quantity.

    Attributes
    ----------
    table
        Columns `unit` (code; missing: in none that is known), `low` and `high`.
    facts
        Columns `row` (index of `table`) and `what` (``table.column``): one per missing fact.
    """

    table: pd.DataFrame
    facts: pd.DataFrame

    def total(self) -> Bounds:
        """Return the quantity of the whole place."""
        low, high = self.table["low"].sum(), self.table["high"].sum()
        return Bounds(float(low), float(high), counted(self.facts["what"]))

    def of_units(self, codes: list[str], *, level: str) -> dict[str, Bounds]:
        """Return the quantity of each unit; what stands in no known unit may stand in any."""
        unit, what = self.table["unit"], self.facts["what"]
        low, high = self.table["low"].to_numpy(), self.table["high"].to_numpy()
        astray = high[unit.isna().to_numpy() & (high > 0)]
        everywhere = {f"facilities.{level}": len(astray)} if len(astray) else {}
        lacks = {
            code: counted(own)
            for code, own in what.groupby(self.facts["row"].map(unit), sort=False)
        }
        rows = self.table.groupby("unit").indices
        found = {}
        for code in codes:
            here = rows.get(code, [])
            most = high[here].sum() + astray.sum()
            missing = merged([lacks.get(code, {}), everywhere])
            found[code] = Bounds(float(low[here].sum()), float(most), missing)
        return found


def counted(what: pd.Series) -> Lacks:
    """Count how often each fact is missing."""
    return {str(key): int(n) for key, n in what.value_counts().sort_index().items()}


def amounts(
    quantity: Quantity, rule: MeasureRule, study: Study, *, level: str | None
) -> tuple[Bounds, dict[str, Bounds]]:
    """Return a quantity of the whole place, and of every unit of `level` by its code."""
    units = own_units(rule, study, level) if level is not None else None
    if quantity.topic is not None:
        return _registered(quantity.topic, study, units)
    if quantity.facilities:
        parts = _of_facilities(quantity, rule, study, level)
    elif quantity.figure is not None:
        parts = _of_units(quantity, rule, study, level)
    elif len(study.layers.residents):
        parts = _of_people(quantity, rule, study, level)
    else:
        nobody = unknown({"layer.residents": 0})
        return nobody, dict.fromkeys([] if units is None else units["code"], nobody)
    codes = [] if units is None else list(units["code"])
    return parts.total(), parts.of_units(codes, level=level or "")


def members(
    filters: list[FacilityFilter], rule: MeasureRule, study: Study
) -> tuple[pd.Series, pd.Series]:
    """Tell which of the place's own operating facilities pass any filter: surely, and perhaps."""
    certain, perhaps = study.matching(filters)
    inside = facilities_inside(rule, study)
    sure = inside.fillna(False).to_numpy(bool)
    open_ = inside.fillna(True).to_numpy(bool)
    either = (certain | perhaps) & open_
    return pd.Series(certain & sure), pd.Series(either & ~(certain & sure))


def facts_of_members(
    filters: list[FacilityFilter], facilities: pd.DataFrame, perhaps: pd.Series
) -> pd.DataFrame:
    """List the facts for want of which a facility is a member only perhaps (`row`, `what`)."""
    if not perhaps.any():
        return NO_FACTS
    facts = [missing_facts(of_kind(facilities, one), one, name="facilities") for one in filters]
    every = pd.concat([NO_FACTS, *facts], ignore_index=True).drop_duplicates(ignore_index=True)
    return every[every["row"].isin(perhaps.index[perhaps])].reset_index(drop=True)


def silent_cells(worth: pd.Series, chosen: pd.Series, *, what: str) -> pd.DataFrame:
    """List the chosen rows whose number is missing (`row`, `what`)."""
    return pd.DataFrame({"row": worth.index[chosen & worth.isna()], "what": what})


def _of_facilities(
    quantity: Quantity, rule: MeasureRule, study: Study, level: str | None
) -> Contributions:
    """Count facilities, or sum a column of them; an empty cell may be any number."""
    table = study.layers.facilities
    sure, perhaps = members(quantity.facilities, rule, study)
    worth = pd.Series(1.0, index=sure.index)
    facts = facts_of_members(quantity.facilities, table, perhaps)
    if quantity.sum is not None:
        worth = number_column(table, quantity.sum)
        silent = silent_cells(worth, sure | perhaps, what=f"facilities.{quantity.sum}")
        facts = pd.concat([facts, silent], ignore_index=True)
    units = _no_units(sure.index) if level is None else study.facility_units(level)
    return _contributions(units, sure, perhaps, worth, facts)


def number_column(table: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as floats, all of them NaN where the table has no such column."""
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    return table[column].astype("Float64").astype(float)


def _of_units(
    quantity: Quantity, rule: MeasureRule, study: Study, level: str | None
) -> Contributions:
    """Sum a figure of the units of one level: that of the parts, or the finest that states it."""
    figure = str(quantity.figure)
    own = figure_level(quantity, study, level)
    units = own_units(rule, study, own)
    answer = holds(units, quantity.units)
    sure, perhaps = answer.fillna(False).astype(bool), answer.isna()
    worth = number_column(units, figure)
    facts = [
        missing_facts(units, quantity.units, name="units"),
        silent_cells(worth, sure | perhaps, what=f"units.{figure}"),
    ]
    codes = _no_units(units.index) if level is None else units_above(units["code"], study, level)
    return _contributions(codes, sure, perhaps, worth, pd.concat(facts, ignore_index=True))


def figure_level(quantity: Quantity, study: Study, level: str | None) -> str:
    """Return the level whose units' figure is summed: no place is counted in two of its levels.

    The level that the quantity's `units` ask for; else that of the parts; else the level with
    most units that state the figure.
    """
    asked = quantity.units.where.get("level", level)
    if isinstance(asked, str):
        return asked
    units = study.layers.units
    own = units[~units["outside"].fillna(False).to_numpy(bool)]
    stated = own[number_column(own, str(quantity.figure)).notna()]
    counts = (stated if len(stated) else own)["level"].value_counts()
    return str(counts.sort_index().idxmax()) if len(counts) else ""


def _of_people(
    quantity: Quantity, rule: MeasureRule, study: Study, level: str | None
) -> Contributions:
    """Count a group of people, where it is known how many of them the caliber counts."""
    inside = pd.Series(people_inside(rule, study))
    people = people_known(str(quantity.group), rule, study)
    units = _no_units(inside.index) if level is None else study.units(level)
    nobody = pd.Series(data=False, index=inside.index)
    column = "hukou" if rule.caliber == "registered" else "students"
    facts = silent_cells(people, inside, what=f"residents.{column}")
    return _contributions(units, inside, nobody, people, facts)


def people_known(group: str, rule: MeasureRule, study: Study) -> pd.Series:
    """Return the people of a group at each demand point (NaN: not known how many count)."""
    columns = columns_of_group(group)
    people = pd.Series(study.people_aged(columns, caliber=rule.caliber)).astype(float)
    known: pd.Series = people.mask(study.uncounted(columns, caliber=rule.caliber))
    return known


def _registered(
    topic: str, study: Study, units: pd.DataFrame | None
) -> tuple[Bounds, dict[str, Bounds]]:
    """Add up the figures of a register's topic; a unit's are those entered under its name."""
    rows = latest(entries(study, [topic]))
    if units is None:
        return total_of(rows, [topic]), {}
    of_unit = {
        code: total_of(rows[(rows["name"] == name).fillna(False)], [topic])
        for code, name in zip(units["code"], units["name"], strict=True)
    }
    return total_of(rows, [topic]), of_unit


def _contributions(
    units: pd.Series,
    sure: pd.Series,
    perhaps: pd.Series,
    worth: pd.Series,
    facts: pd.DataFrame,
) -> Contributions:
    table = pd.DataFrame(
        {
            "unit": units.reset_index(drop=True),
            "low": worth.fillna(0).where(sure, 0.0),
            "high": worth.fillna(inf).where(sure | perhaps, 0.0),
        }
    )
    return Contributions(table, facts)


def _no_units(index: pd.Index) -> pd.Series:
    return pd.Series(pd.NA, index=index, dtype="string")
