"""The older housing compounds and those of a group who live in them: a list of what to retrofit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.access.bounds import Bounds, Row, bounded_row, unknown
from siting.access.conditions import holds, missing_facts
from siting.access.quantities import NO_FACTS, counted, people_known, silent_cells
from siting.access.scopes import people_inside

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.plan.model import StockRule

# The number of a building and what follows it: 3幢, 12号楼, 1号户群.
NUMBER = r"\d+\D*$"


def stock_rows(rule: StockRule, study: Study) -> list[Row]:
    """Return how many live in the compounds, and the compounds, most people first.

    A building whose year or kind is not known is perhaps one of them, never surely none.
    """
    if not len(study.layers.residents):
        lacking = unknown({"layer.residents": 0})
        return [bounded_row(lacking, target=rule.target, up_to=rule.up_to)]
    buildings, facts = _buildings(rule, study)
    headline = bounded_row(_sum(buildings, facts), target=rule.target, up_to=rule.up_to)
    compounds = [
        (_sum(rows, facts), str(rows["id"].min()), str(name))
        for (_, name), rows in buildings.groupby(["community", "compound"], sort=True)
    ]
    compounds.sort(key=lambda one: (-one[0].low, -one[0].high, one[1]))
    return [
        headline,
        *(
            bounded_row(people, part="compound", unit=first, unit_name=name)
            for people, first, name in compounds
        ),
    ]


def _buildings(rule: StockRule, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the buildings in which people of the group perhaps live, and the missing facts.

    Buildings of one community belong to one compound if they share the name before their number.
    """
    table = study.layers.residents
    year = table["year_built"]
    old = (year <= rule.built_up_to).astype("boolean").mask(year.isna())
    kind = holds(table, rule.homes)
    inside = people_inside(rule, study)
    asked = kind & old & inside
    people = people_known(rule.group, rule, study)
    column = "hukou" if rule.caliber == "registered" else "students"
    facts = [
        missing_facts(table, rule.homes, name="residents"),
        silent_cells(year.astype("Float64"), asked.isna(), what="residents.year_built"),
        silent_cells(people, asked.fillna(True), what=f"residents.{column}"),
    ]
    stem = table["name"].str.replace(NUMBER, "", regex=True)
    found = pd.DataFrame(
        {
            "id": table["id"],
            "community": study.homes().fillna("").to_numpy(),
            "compound": stem.mask(stem == "").fillna(table["name"]).fillna(table["id"]),
            "low": people.fillna(0).where(asked.fillna(False).astype(bool), 0.0),
            "high": people.fillna(np.inf).where(asked.fillna(True).astype(bool), 0.0),
        }
    )
    return found[found["high"] > 0], pd.concat([NO_FACTS, *facts], ignore_index=True)


def _sum(buildings: pd.DataFrame, facts: pd.DataFrame) -> Bounds:
    """Return how many live in some buildings; what all of them know for sure lacks nothing."""
    open_ = buildings.index[buildings["low"] < buildings["high"]]
    lacks = counted(facts.loc[facts["row"].isin(open_), "what"])
    return Bounds(float(buildings["low"].sum()), float(buildings["high"].sum()), lacks)
