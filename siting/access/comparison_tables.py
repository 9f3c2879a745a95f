"""The tables of a comparison: one rule, evaluated after each change between two scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.access.comparison import difference_table, gap_changes, transitions
from siting.access.coverage import LEVELS, OUTSIDE_UNIT, coverage_table, headline

if TYPE_CHECKING:
    from siting.access.evaluate import Evaluation
    from siting.access.gaps import GapMembers
    from siting.access.study import Study


def answers_of(taken: list[Evaluation], chain: list[Study]) -> pd.DataFrame:
    """Return what each scenario answers for the district and its streets, side by side.

    Columns: `level`, `unit`, `unit_name`, and before and after each `judged`, `uncovered`
    (people), `coverage`, `verdict`.
    """
    keys = ["level", "unit", "unit_name"]
    before, after = _judged(taken[0], chain[0]), _judged(taken[-1], chain[-1])
    return before.merge(after, on=keys, how="outer", suffixes=("_before", "_after"), sort=True)


def _judged(evaluation: Evaluation, study: Study) -> pd.DataFrame:
    table = coverage_table(evaluation, study, as_of="", nature="")
    whole = (table["part"] == "all") & table["level"].isin(["district", "street"])
    table = table[whole & (table["unit"] != OUTSIDE_UNIT)]
    judged = table["people"] - table["not_applicable"] - table["outside"]
    return pd.DataFrame(
        {key: table[key] for key in ("level", "unit", "unit_name")}
        | {"judged": judged}
        | {key: table[key] for key in ("uncovered", "coverage", "verdict")}
    )


def differences_of(taken: list[Evaluation], study: Study) -> pd.DataFrame:
    """Return `difference_table` for the units of every level, with their names."""
    moves = transitions(taken[0], taken[-1])
    names = dict(zip(study.layers.units["code"], study.layers.units["name"], strict=True))
    tables = []
    for level in LEVELS:
        table = difference_table(moves, study, level=level)
        table.insert(1, "level", level)
        table.insert(3, "unit_name", table["unit"].map(names).fillna(""))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def gaps_of(found: list[GapMembers], taken: list[Evaluation], changes: list[str]) -> pd.DataFrame:
    """Return `gap_changes`, each with the change that moved most of its people (none: empty)."""
    table = gap_changes(found[0], found[1], steps=taken)
    named = [changes[i] if 0 <= i < len(changes) else "" for i in table["change"]]
    return table.assign(change=named)


def swipe_of(taken: list[Evaluation], study: Study) -> pd.DataFrame:
    """Return the `transitions` of the demand points not covered as before: ids, `lon`, `lat`."""
    moves = transitions(taken[0], taken[-1])
    moves = moves[moves["covered_before"] != moves["covered_after"]]
    points = study.layers.residents.to_crs("EPSG:4490").geometry
    rows = moves["demand"].to_numpy()
    return moves.assign(
        lon=points.x.to_numpy()[rows],
        lat=points.y.to_numpy()[rows],
        demand=study.layers.residents["id"].to_numpy()[rows],
    )


def attribution_of(
    changes: list[str],
    *,
    taken: list[Evaluation],
    chain: list[Study],
    single: list[Evaluation],
    alone: list[Study],
) -> pd.DataFrame:
    """Return people newly covered by each change in sequence and alone, and the interaction.

    Parameters
    ----------
    taken, chain
        Evaluations and studies: before, after the first change, …, after the last one.
    single, alone
        Evaluations and studies after each change alone.
    """
    along = [headline(e, s)["covered"] for e, s in zip(taken, chain, strict=True)]
    by_itself = [headline(e, s)["covered"] - along[0] for e, s in zip(single, alone, strict=True)]
    whole = along[-1] - along[0]
    if not changes:
        return pd.DataFrame(columns=["step", "change", "in_sequence", "alone"])
    rows = [
        {
            "step": i + 1,
            "change": change,
            "in_sequence": along[i + 1] - along[i],
            "alone": by_itself[i],
        }
        for i, change in enumerate(changes)
    ]
    rows.append(
        {"step": 0, "change": "interaction", "in_sequence": 0, "alone": whole - sum(by_itself)}
    )
    rows.append({"step": 0, "change": "total", "in_sequence": whole, "alone": whole})
    return pd.DataFrame(rows)
