"""The reviewer's tables as plain frames, one function per sheet; columns stand in `sheets.toml`.

Words are in the language asked for; a cell without a figure is missing and is printed as "—".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.plan.vocabulary import kinds
from siting.report.words import name, read_data, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.report.result import Result
    from siting.words import Lang

HEADLINE = "all"
OUTSIDE_UNIT = "outside"  # the unit of the people beyond the district
WALKS_MM = {"walk_5": 300_000, "walk_10": 500_000, "walk_15": 1_000_000}
# Kinds whose places are counted against the whole age group they serve (one place a child).
ONE_PLACE_EACH = {"kindergarten", "primary_school", "middle_school"}


def titles(result: Result, lang: Lang) -> dict[str, str]:
    """Return the title of every rule by its id."""
    return {rule["id"]: rule["title"][lang] for rule in result.rules}


def reading_titles(result: Result, table: pd.DataFrame, lang: Lang) -> list[str]:
    """Return the title of the reading in each row of `table` (columns ``rule``, ``reading``)."""
    known = {
        (rule["id"], reading["id"]): reading["title"][lang]
        for rule in result.rules
        for reading in rule["readings"]
    }
    pairs = zip(table["rule"], table["reading"], strict=True)
    return [known.get(pair) or name("reading", pair[1], lang) for pair in pairs]


def default_rows(result: Result) -> pd.DataFrame:
    """Return the rows of coverage.csv inside the district, with the people who are judged.

    Missing is not passing: the undetermined and the not assessed are judged as well.
    """
    table = result.coverage
    table = table[(table["reading"] == "default") & (table["unit"] != OUTSIDE_UNIT)]
    judged = table["people"] - table["not_applicable"] - table["outside"]
    return table.assign(judged=judged)


def headline(result: Result) -> pd.DataFrame:
    """Return the district's row of each rule for everything that it asks together."""
    table = default_rows(result)
    whole = (table["level"] == "district") & (table["part"] == HEADLINE)
    return table[whole].drop_duplicates("rule").reset_index(drop=True)


def answer_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """One line per rule: people, rate, verdict, conclusion."""
    found = headline(result).set_index("rule")
    findings = {finding["rule"]: finding for finding in result.findings}
    rows = []
    for rule in result.rules:
        row = found.loc[rule["id"]] if rule["id"] in found.index else {}
        finding = findings.get(rule["id"])
        verdict = finding["verdict"] if finding else row.get("verdict", "not_assessed")
        rows.append(
            {
                "clause": " ".join(rule["clauses"]),
                "title": rule["title"][lang],
                "basis": name("basis", rule["basis"], lang),
                "judged": row.get("judged"),
                "coverage": row.get("coverage"),
                "uncovered": row.get("uncovered"),
                "verdict": name("verdict", verdict, lang),
                "conclusion": finding["sentence"]["conclusion"][lang] if finding else "",
            }
        )
    return pd.DataFrame(rows)


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
    return pd.DataFrame([row for block in blocks for row in _block_rows(result, block, lang)])


def _block_rows(result: Result, block: Block, lang: Lang) -> list[dict[str, Any]]:
    table = default_rows(result)
    table = table[(table["rule"] == block.rule["id"]) & (table["part"] == block.part)]
    table = table[table["level"].isin(["street", "district"])]
    table = table.sort_values(["level", "unit"], ascending=[False, True])
    verdicts, demand = result.verdicts, result.demand
    verdicts = verdicts[(verdicts["rule"] == block.rule["id"]) & (verdicts["reading"] == "default")]
    verdicts = verdicts[verdicts["part"] == block.part]
    home = verdicts["demand"].map(demand.set_index("id")["street"])
    inside = ~demand["outside"].astype(bool)
    is_street = table["level"] == "street"
    judged_streets = table.loc[is_street & (table["judged"] > 0), "unit"].tolist()
    rows = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        street = row["unit"] if row["level"] == "street" else None
        here = inside if street is None else inside & (demand["street"] == street)
        streets = judged_streets if street is None else [street] if row["judged"] else []
        supply = _supply(result, block, streets)
        people = verdicts if street is None else verdicts[home == street]
        walks = _walks(people, _whole(row["judged"]))
        residents = int(demand.loc[here, "residents"].sum())
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
                "remark": _remark(row, lang),
                "is_total": street is None,
            }
        )
    return rows


def _ratios(row: dict[str, Any], capacity: Any, residents: int, *, block: Block) -> dict[str, Any]:
    """Return what Table 1 divides: rates are empty where there is nobody to judge."""
    judged = _whole(row["judged"])
    known = capacity is not None and not pd.isna(capacity)
    needs_one_each = known and judged is not None and block.kind in ONE_PLACE_EACH
    has_distance = block.rule["kind"] != "presence"
    return {
        "per_thousand": 1000 * capacity / residents if known and residents else None,
        "straight_share": row["straight_covered"] / judged if judged and has_distance else None,
        "straight_covered": row["straight_covered"] if has_distance else None,
        "coverage": row["coverage"] if judged else None,
        "shortfall": max(0, (judged or 0) - int(capacity)) if needs_one_each else None,
    }


def _remark(row: dict[str, Any], lang: Lang) -> str:
    """Name the people of the row whom no rate counts."""
    classes = ["undetermined", "not_applicable", "not_assessed"]
    return "; ".join(f"{name('verdict', c, lang)} {row[c]:,}" for c in classes if _whole(row[c]))


def density_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 2: each density class of the density rules, and the people in none of them."""
    rows = []
    home = result.demand.set_index("id")["community"]
    for rule in result.rules:
        if rule["kind"] != "density-access":
            continue
        mine = result.verdicts
        mine = mine[(mine["rule"] == rule["id"]) & (mine["reading"] == "default")]
        if not (mine["cutoff_mm"] > 0).any():  # published: people without their limits
            continue
        mine = mine[mine["verdict"] != "outside"]
        for part in rule["parts"]:
            band = mine[(mine["part"] == part["part"]) & (mine["verdict"] != "not_applicable")]
            rows.append({"rule": rule["id"], "band": part["title"][lang]} | _band(band, home))
        rest = mine[(mine["part"] == HEADLINE) & (mine["verdict"] == "not_applicable")]
        rows.append(
            {
                "rule": rule["id"],
                "band": say("sheet", "no_band", lang),
                "units": rest["demand"].map(home).nunique(),
                "people": int(rest["people"].sum()),
                "not_applicable": int(rest["people"].sum()),
            }
        )
    return pd.DataFrame(rows)


def _band(rows: pd.DataFrame, home: pd.Series[Any]) -> dict[str, Any]:
    total = int(rows["people"].sum())
    covered = rows.loc[rows["verdict"] == "covered", "people"].sum()
    straight = rows.loc[rows["straight_covered"], "people"].sum()
    return {
        "units": rows["demand"].map(home).nunique(),
        "people": total,
        "cutoff_m": rows["cutoff_mm"].max() / 1000 if total else None,
        "straight_share": straight / total if total else None,
        "coverage": covered / total if total else None,
        "borderline": int(rows.loc[rows["borderline"], "people"].sum()),
        "not_applicable": None,
    }


def named_kinds(gaps: pd.DataFrame, rules: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the gaps with a kind of facility where a rule that asks for one kind says "all"."""
    kinds_of = {rule["id"]: {part["facility_kind"] for part in rule["parts"]} for rule in rules}
    sole = {rule: next(iter(found)) for rule, found in kinds_of.items() if len(found) == 1}
    whole = gaps["facility_kind"] == HEADLINE
    kinds_ = gaps["facility_kind"].mask(whole, gaps["rule"].map(sole).fillna(HEADLINE))
    return gaps.assign(facility_kind=kinds_)


def gaps_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 3: gaps, the most people first; the reviewers fill in who acts and when."""
    table = named_kinds(result.gaps, result.rules).sort_values(
        ["people", "gap"], ascending=[False, True]
    )
    unit_names = result.layers.units.set_index("code")["name"]
    return table.assign(
        number=range(1, len(table) + 1),
        title=table["rule"].map(titles(result, lang)),
        facility=[name("kind", kind, lang) for kind in table["facility_kind"]],
        unit=table["unit"].map(unit_names).fillna(table["unit"]),
        cause=[name("cause", cause, lang) for cause in table["cause"]],
        fix=[name("fix", fix, lang) for fix in table["fix"]],
        responsible="",
        year="",
    )


def candidates_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 4: ranked sites with their gain, and how far from the best possible choice."""
    table = result.candidates.sort_values(["rule", "rank"])
    parcels = result.layers.parcels.set_index("id")
    unit_names = result.layers.units.set_index("code")["name"]
    land = [
        f"{parcels.loc[site, 'land_use']} / {parcels.loc[site, 'area_m2']:,.0f} m²"
        if site in parcels.index
        else ""
        for site in table["site"]
    ]
    before = table.groupby("rule")["coverage"].shift()
    first = table["coverage"] * (1 - table["gain"] / table["covered"].replace(0, np.nan))
    return table.assign(
        title=table["rule"].map(titles(result, lang)),
        land=land,
        unit=table["unit"].map(unit_names).fillna(table["unit"]),
        gain_points=table["coverage"] - before.fillna(first),
    )


def projects_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 5: the projects that the plans name, as the facilities layer knows them."""
    table = result.facilities[result.facilities["project"].fillna("") != ""]
    capacity = [
        row.get(kinds()[row["kind"]].capacity or "") if row["kind"] in kinds() else None
        for row in table.to_dict("records")
    ]
    has_position = "position" in table.columns
    positions = table["position"] if has_position else pd.Series("", index=table.index)
    return table.assign(
        facility=[name("kind", kind, lang) for kind in table["kind"]],
        capacity=pd.array(capacity, dtype="Float64"),
        position=[name("position", code, lang) for code in positions],
        status=[name("status", code, lang) for code in table["status"]],
    )


def sensitivity_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 6: every reading of every rule."""
    table = result.sensitivity
    return table.assign(
        title=table["rule"].map(titles(result, lang)),
        reading=reading_titles(result, table, lang),
        verdict=[name("verdict", code, lang) for code in table["verdict"]],
    )


def register_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Every clause, tested or not, with what is missing to test it."""
    table = result.register
    return table.assign(
        title=table["rule"].map(titles(result, lang)).fillna(""),
        status=[name("verdict", code, lang) for code in table["status"]],
        **{"class": [name("class", code, lang) for code in table["class"]]},
    )


SHEETS: dict[str, Callable[[Result, Lang], pd.DataFrame]] = {
    "answer": answer_sheet,
    "coverage": coverage_sheet,
    "density": density_sheet,
    "gaps": gaps_sheet,
    "candidates": candidates_sheet,
    "projects": projects_sheet,
    "sensitivity": sensitivity_sheet,
    "register": register_sheet,
}


def declared_sheets() -> dict[str, dict[str, Any]]:
    """Return what `sheets.toml` says about each sheet: name, title, columns, notes."""
    return read_data("sheets.toml")
