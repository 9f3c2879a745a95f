"""Table 1 of the reviewers: facilities and coverage, street by street, Σ over Σ in the total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.plan.vocabulary import kinds
from siting.report.rows import HEADLINE, default_rows
from siting.report.words import name, say

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

WALKS_MM = {"walk_5": 300_000, "walk_10": 500_000, "walk_15": 1_000_000}
# Kinds whose places are counted against the whole age group they serve (one place a child).
ONE_PLACE_EACH = {"kindergarten", "primary_school", "middle_school"}


@dataclass(frozen=True)
class Block:
    """Rows of Table 1 that belong together: one part of a rule, street by street."""

    rule: dict[str, Any]
    part: str
    label: str
    kind: str
    facilities: list[str]


def _blocks(rule: dict[str, Any], lang: Lang) -> list[Block]:
    """Return the rule as a whole, then its parts where it has several."""
    parts = rule["parts"]
    kinds_of = sorted({part["facility_kind"] for part in parts})
    one_kind = len(kinds_of) == 1
    kind = kinds_of[0] if one_kind else HEADLINE
    sites = parts[0]["facilities"] if one_kind else []
    blocks = [Block(rule, HEADLINE, name("kind", kind, lang), kind, sites)]
    for part in parts if len(parts) > 1 else []:
        word = name("kind", part["facility_kind"], lang)
        label = f"{word} · {part['title'][lang]}" if one_kind else part["title"][lang]
        blocks.append(Block(rule, part["part"], label, part["facility_kind"], part["facilities"]))
    return blocks


def _supply(result: Result, block: Block, streets: list[str]) -> dict[str, Any]:
    """Return the facilities of a block in the streets to which its rule applies, and their size.

    Empty where it applies nowhere, so that the total is the sum of the rows above it. A place
    without streets counts as a whole.
    """
    if block.kind == HEADLINE:
        return {"sites": None, "capacity": None}
    facilities = result.facilities
    chosen = facilities["id"].isin(block.facilities) & ~facilities["outside"].astype(bool)
    if facilities["street"].notna().any():
        if not streets:
            return {"sites": None, "capacity": None}
        chosen &= facilities["street"].isin(streets)
    vocabulary = kinds().get(block.kind)
    column = vocabulary.capacity if vocabulary else None
    known = column is not None and column in facilities.columns
    capacity = facilities.loc[chosen, column].sum(min_count=1) if known else None
    return {"sites": int(chosen.sum()), "capacity": capacity}


def _whole(value: Any) -> int | None:
    """Return a count, or None where it is not known or not published."""
    return None if pd.isna(value) else int(value)


def _walks(rows: pd.DataFrame, judged: int | None) -> dict[str, float | None]:
    """Return the share of the judged people whose walk is within 5, 10 and 15 minutes."""
    reached = rows[rows["verdict"].isin(["covered", "uncovered"]) & (rows["cutoff_mm"] > 0)]
    if not judged or reached.empty:
        return dict.fromkeys(WALKS_MM)
    return {
        key: reached.loc[reached["cost_mm"] <= limit, "people"].sum() / judged
        for key, limit in WALKS_MM.items()
    }


def coverage_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 1: every part of every rule by street, the district's total last (Σ over Σ)."""
    blocks = [block for rule in result.rules for block in _blocks(rule, lang)]
    counted = default_rows(result)
    counted = counted[counted["level"].isin(["street", "district"])]
    columns = ["demand", "people", "cost_mm", "cutoff_mm", "verdict"]
    judged = result.verdicts[result.verdicts["reading"] == "default"]
    people = dict(iter(judged.groupby(["rule", "part"], sort=False)[columns]))
    none = judged[columns].iloc[:0]
    rows = []
    for block in blocks:
        key = block.rule["id"], block.part
        table = counted[(counted["rule"] == key[0]) & (counted["part"] == key[1])]
        rows += _block_rows(result, block, table, people.get(key, none), lang)
    return pd.DataFrame(rows)


def _block_rows(
    result: Result, block: Block, table: pd.DataFrame, verdicts: pd.DataFrame, lang: Lang
) -> list[dict[Any, Any]]:
    table = table.sort_values(["level", "unit"], ascending=[False, True])
    demand = result.demand
    home = verdicts["demand"].map(demand.set_index("id")["street"])
    inside = ~demand["outside"].astype(bool)
    is_street = table["level"] == "street"
    # Only people are hidden, never that nobody is judged.
    judged_streets = table.loc[is_street & (table["judged"].fillna(1) > 0), "unit"].tolist()
    rows = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        street = row["unit"] if row["level"] == "street" else None
        here = inside if street is None else inside & (demand["street"] == street)
        streets = [one for one in judged_streets if street in (None, one)]
        supply = _supply(result, block, streets)
        people = verdicts if street is None else verdicts[home == street]
        walks = _walks(people, _whole(row["judged"]))
        residents = _residents(demand[here])
        rows.append(
            row
            | supply
            | walks
            | _ratios(row, supply["capacity"], residents, block=block)
            | {
                "title": block.rule["title"][lang],
                "facility": block.label,
                "number": number if street else None,
                "unit_name": row["unit_name"] if street else say("sheet", "total", lang),
                "residents": residents,
                "verdict": name("verdict", row["verdict"], lang),
                "remark": _remark(row, lang, by_unit=block.rule["kind"] == "presence"),
                "is_total": street is None,
            }
        )
    return rows


def _residents(demand: pd.DataFrame) -> int | None:
    """Return how many live there; None where a number is not published."""
    return None if (demand["reason"] == "suppressed").any() else int(demand["residents"].sum())


def _ratios(
    row: dict[Any, Any], capacity: Any, residents: int | None, *, block: Block
) -> dict[str, Any]:
    """Return what Table 1 divides: rates are empty where there is nobody to judge."""
    judged = _whole(row["judged"])
    known = capacity is not None and not pd.isna(capacity)
    needs_one_each = known and judged is not None and block.kind in ONE_PLACE_EACH
    has_distance = block.rule["kind"] != "presence"
    straight = row["straight_covered"] if has_distance else None
    return {
        "per_thousand": 1000 * capacity / residents if known and residents else None,
        "straight_share": straight / judged
        if judged and straight is not None and pd.notna(straight)
        else None,
        "straight_covered": straight,
        "coverage": row["coverage"] if judged else None,
        "undetermined_share": _share(row["undetermined"], judged),
        "shortfall": max(0, (judged or 0) - int(capacity)) if needs_one_each else None,
    }


def _share(part: Any, whole: int | None) -> float | None:
    """Return a rate; None where there is nobody to divide by, or a count is not published."""
    known = _whole(part)
    return known / whole if whole and known is not None else None


def _remark(row: dict[Any, Any], lang: Lang, *, by_unit: bool) -> str:
    """Say that nobody walks where units are judged, and name the people whom no rate counts."""
    classes = ["undetermined", "not_applicable", "not_assessed"]
    told = [f"{name('verdict', c, lang)} {row[c]:,}" for c in classes if _whole(row[c])]
    return "; ".join([*([say("sheet", "by_unit", lang)] if by_unit else []), *told])
