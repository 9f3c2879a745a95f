"""The share of some facilities that fulfil a condition, one each or by a weight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.access.bounds import Bounds, Row, bounded_row, nothing
from siting.access.conditions import holds, missing_facts
from siting.access.quantities import (
    counted,
    facts_of_members,
    members,
    number_column,
    silent_cells,
)
from siting.access.scopes import own_units

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.plan.model import ShareRule


def share_of(table: pd.DataFrame) -> Bounds:
    """Return the bounds of a share.

    Parameters
    ----------
    table
        One row per member: `sure` (it surely is one), `having` (boolean, missing: unknown) and
        `weight` (NaN: unknown). A member that is not sure may be left out or counted, whatever
        moves the share farthest.
    """
    sure, weight = table["sure"], table["weight"]
    yes, not_no = table["having"].fillna(False), table["having"].fillna(True)
    least, most = weight.fillna(0), weight.fillna(np.inf)
    sure_yes = float(least[sure & yes].sum())
    sure_no = float(least[sure & ~not_no].sum())
    not_yes = float(most[~yes].sum())
    can_have = float(most[not_no].sum())
    if can_have == 0 and not_yes == 0:
        return nothing()
    whole = None if np.isinf(not_yes) else sure_yes + not_yes
    return Bounds(
        _quota(sure_yes, not_yes), _quota(can_have, sure_no), numerator=sure_yes, denominator=whole
    )


def _quota(part: float, rest: float) -> float:
    """Return the part of part and rest; at most one of them is without limit."""
    if np.isinf(part):
        return 1.0
    return part / (part + rest) if part > 0 else 0.0


def with_lacks(members_: pd.DataFrame, facts: pd.DataFrame) -> Bounds:
    """Return the share of some members and what would make it exact."""
    lacks = counted(facts.loc[facts["row"].isin(members_.index), "what"])
    return replace(share_of(members_), lacks=lacks)


def share_rows(rule: ShareRule, study: Study) -> list[Row]:
    """Return the share of the place, Σ/Σ; the shares of the units are only stated."""
    every, facts = _members(rule, study)
    rows = [bounded_row(with_lacks(every, facts), target=rule.target, up_to=rule.up_to)]
    level = rule.unit_level
    if level is None:
        return rows
    codes = study.facility_units(level)[every.index]
    astray = codes.isna().to_numpy(bool)
    units = own_units(rule, study, level)
    for code, name in zip(units["code"], units["name"], strict=True):
        here = (codes == code).to_numpy(bool, na_value=False)
        # Of whom the unit is not known may belong to each.
        inside = every.assign(sure=every["sure"] & here)[here | astray]
        share = with_lacks(inside, facts)
        rows.append(bounded_row(share, part="unit", level=level, unit=code, unit_name=name))
    return rows


def _members(rule: ShareRule, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the members of a share, and the facts that are missing (`row`, `what`)."""
    table = study.layers.facilities
    sure, perhaps = members(rule.among, rule, study)
    chosen = table[(sure | perhaps).to_numpy(bool)]
    kinds = [rows for _, rows in chosen.groupby("kind", sort=True)]
    having = pd.concat([pd.Series(dtype="boolean"), *(holds(rows, rule.having) for rows in kinds)])
    weight = pd.Series(1.0, index=table.index)
    if rule.weight is not None:
        weight = number_column(table, rule.weight)
    facts = [
        facts_of_members(rule.among, table, perhaps),
        *(missing_facts(rows, rule.having, name="facilities") for rows in kinds),
        silent_cells(weight, sure | perhaps, what=f"facilities.{rule.weight}"),
    ]
    frame = {"sure": sure, "having": having, "weight": weight}
    return pd.DataFrame(frame).loc[chosen.index], pd.concat(facts, ignore_index=True)
