"""Counts and ratios: one value for the place, and one for each unit of a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.access.bounds import Row, bounded_row, merged, quotient, row_of_all, unknown
from siting.access.conditions import holds, missing_facts
from siting.access.quantities import amounts, counted
from siting.access.scopes import own_units, units_of

if TYPE_CHECKING:
    from siting.access.bounds import Bounds, Lacks
    from siting.access.study import Study
    from siting.plan.model import CountRule, RatioRule


def count_rows(rule: CountRule, study: Study) -> list[Row]:
    """Return the quantity of the place; or each unit's own, and how many reach the target."""
    level = rule.unit_level
    whole, of_unit = amounts(rule.quantity, rule, study, level=level)
    if level is None:
        return [bounded_row(whole, target=rule.target, up_to=rule.up_to)]
    if units_of(study, level).empty:
        lacking = unknown({f"level.{level}": 0})
        return [bounded_row(lacking, target=rule.target, up_to=rule.up_to)]
    units = own_units(rule, study, level)
    meant = holds(units, rule.units)
    facts = missing_facts(units, rule.units, name="units")
    rows = [
        bounded_row(
            _in_doubt(of_unit[code], counted(facts.loc[facts["row"] == at, "what"])),
            target=rule.target,
            up_to=rule.up_to,
            part="unit",
            level=level,
            unit=code,
            unit_name=name,
        )
        for at, (code, name) in enumerate(zip(units["code"], units["name"], strict=True))
    ]
    asked = [row for row, yes in zip(rows, meant.fillna(True), strict=True) if yes]
    if rule.target is None and rule.up_to is None:
        return [bounded_row(whole), *asked]
    return [row_of_all(asked), *asked]


def _in_doubt(bounds: Bounds, doubts: Lacks) -> Bounds:
    """Return what may be asked of a unit if it is not known whether it is meant at all."""
    return unknown(merged([bounds.lacks, doubts])) if doubts else bounds


def ratio_rows(rule: RatioRule, study: Study) -> list[Row]:
    """Return one quantity over another, Σ/Σ; the ratios of the units are only stated."""
    level = rule.unit_level
    above, above_of = amounts(rule.numerator, rule, study, level=level)
    below, below_of = amounts(rule.denominator, rule, study, level=level)
    whole = quotient(above, below, per=rule.per)
    rows = [bounded_row(whole, target=rule.target, up_to=rule.up_to)]
    if level is None:
        return rows
    units = own_units(rule, study, level)
    return rows + [
        bounded_row(
            quotient(above_of[code], below_of[code], per=rule.per),
            part="unit",
            level=level,
            unit=code,
            unit_name=name,
        )
        for code, name in zip(units["code"], units["name"], strict=True)
    ]
