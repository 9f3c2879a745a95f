"""The reviewer's tables as plain frames, one function per sheet; columns stand in `sheets.toml`.

Words are in the language asked for; a cell without a figure is missing and is printed as "—".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.plan.vocabulary import kinds
from siting.report.words import name, read_data, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.report.result import Result
    from siting.words import Lang

WALKS_MM = {"walk_5": 300_000, "walk_10": 500_000, "walk_15": 1_000_000}
# Kinds whose places are counted against the whole age group they serve (one place a child).
ONE_PLACE_EACH = {"kindergarten", "primary_school", "middle_school"}


def titles(result: Result, lang: Lang) -> dict[str, str]:
    """Return the title of every rule by its id."""
    return {rule["id"]: rule["title"][lang] for rule in result.rules}


def default_rows(result: Result) -> pd.DataFrame:
    """Return the rows of coverage.csv under the default reading, with the people judged."""
    table = result.coverage[result.coverage["reading"] == "default"]
    return table.assign(judged=table[["covered", "uncovered", "undetermined"]].sum(axis=1))


def headline(result: Result) -> pd.DataFrame:
    """Return the district's row of each rule for all its facility kinds together."""
    table = default_rows(result)
    table = table[table["level"] == "district"]
    whole = table["facility_kind"] == "all"
    alone = ~table["rule"].isin(table.loc[whole, "rule"])
    return table[whole | alone].drop_duplicates("rule").reset_index(drop=True)


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


def _supply(result: Result, part: dict[str, Any], street: str | None) -> dict[str, Any]:
    """Count the sites of one part, and their places or beds, in a street or in the district."""
    facilities = result.facilities
    chosen = facilities["id"].isin(part["facilities"]) & ~facilities["outside"].astype(bool)
    if street is not None:
        chosen &= facilities["street"] == street
    vocabulary = kinds().get(part["facility_kind"])
    column = vocabulary.capacity if vocabulary else None
    known = column is not None and column in facilities.columns
    capacity = facilities.loc[chosen, column].sum(min_count=1) if known else None
    return {"sites": int(chosen.sum()), "capacity": capacity}


def _walks(rows: pd.DataFrame, judged: int) -> dict[str, float | None]:
    """Return the share of the judged people whose walk is within 5, 10 and 15 minutes."""
    reached = rows[rows["verdict"].isin(["covered", "uncovered"])]
    return {
        key: reached.loc[reached["cost_mm"] <= limit, "people"].sum() / judged if judged else None
        for key, limit in WALKS_MM.items()
    }


def coverage_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 1: every part of every rule by street, the district's total last (Σ over Σ)."""
    rows = []
    table, title = default_rows(result), titles(result, lang)
    verdicts = result.verdicts[result.verdicts["reading"] == "default"]
    street_of = result.demand.set_index("id")["street"]
    for rule in result.rules:
        for part in rule["parts"]:
            kind = part["facility_kind"]
            single = len(rule["parts"]) == 1
            mine = table[table["rule"] == rule["id"]]
            mine = mine[mine["facility_kind"].isin([kind, "all"] if single else [kind])]
            mine = mine.drop_duplicates(["level", "unit"])
            mine = mine[mine["level"].isin(["street", "district"])]
            of_rule = verdicts[verdicts["rule"] == rule["id"]]
            of_part = of_rule[of_rule["part"] == part["part"]]
            home = of_part["demand"].map(street_of)
            inside = ~result.demand["outside"].astype(bool)
            ordered = mine.sort_values(["level", "unit"], ascending=[False, True])
            for number, row in enumerate(ordered.to_dict("records"), start=1):
                street = row["unit"] if row["level"] == "street" else None
                here = inside & (result.demand["street"] == street) if street else inside
                residents = int(result.demand.loc[here, "residents"].sum())
                supply = _supply(result, part, street)
                capacity, judged = supply["capacity"], int(row["judged"])
                needs = kind in ONE_PLACE_EACH and capacity is not None and not pd.isna(capacity)
                straight = row["straight_covered"] / judged if judged else None
                rows.append(
                    row
                    | supply
                    | _walks(of_part if street is None else of_part[home == street], judged)
                    | {
                        "title": title[rule["id"]],
                        "facility": name("kind", kind, lang),
                        "number": number if street else None,
                        "unit_name": row["unit_name"] if street else say("sheet", "total", lang),
                        "residents": residents,
                        "per_thousand": 1000 * capacity / residents
                        if residents and capacity is not None
                        else None,
                        "straight_share": straight,
                        "coverage": row["coverage"] if judged else None,
                        "shortfall": max(0, judged - int(capacity)) if needs else None,
                        "verdict": name("verdict", row["verdict"], lang),
                        "remark": _remark(row, lang),
                        "is_total": street is None,
                    }
                )
    return pd.DataFrame(rows)


def _remark(row: dict[str, Any], lang: Lang) -> str:
    """Name the people of the row whom no rate counts."""
    classes = ["undetermined", "not_applicable", "not_assessed", "outside"]
    return "; ".join(f"{name('verdict', c, lang)} {row[c]:,}" for c in classes if row[c])


def density_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 2: each limit of the density rules, and the people in no density class."""
    rows = []
    home = result.demand.set_index("id")["community"]
    verdicts = result.verdicts[result.verdicts["reading"] == "default"]
    for rule in result.rules:
        if rule["kind"] != "density-access":
            continue
        mine = verdicts[(verdicts["rule"] == rule["id"]) & (verdicts["verdict"] != "outside")]
        applies = mine["verdict"] != "not_applicable"
        bands = {band["cutoff_m"]: band["title"][lang] for band in rule.get("bands", [])}
        for cutoff_mm, people in mine[applies].groupby("cutoff_mm", sort=True):
            total = int(people["people"].sum())
            straight = people.loc[people["straight_mm"] <= people["cutoff_mm"], "people"].sum()
            covered = people.loc[people["verdict"] == "covered", "people"].sum()
            limit = int(str(cutoff_mm)) / 1000
            rows.append(
                {
                    "band": bands.get(limit, f"{limit:,.0f} m"),
                    "units": people["demand"].map(home).nunique(),
                    "people": total,
                    "cutoff_m": limit,
                    "straight_share": straight / total if total else None,
                    "coverage": covered / total if total else None,
                    "borderline": int(people.loc[people["borderline"], "people"].sum()),
                    "not_applicable": None,
                }
            )
        rest = mine[~applies]
        rows.append(
            {
                "band": say("sheet", "no_band", lang),
                "units": rest["demand"].map(home).nunique(),
                "people": int(rest["people"].sum()),
                "not_applicable": int(rest["people"].sum()),
            }
        )
    return pd.DataFrame(rows)


def gaps_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 3: gaps, the most people first; the reviewers fill in who acts and when."""
    table = result.gaps.sort_values(["people", "gap"], ascending=[False, True])
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
    land = [
        f"{parcels.at[site, 'land_use']} / {parcels.at[site, 'area_m2']:,.0f} m²"
        if site in parcels.index
        else ""
        for site in table["site"]
    ]
    before = table.groupby("rule")["coverage"].shift()
    first = table["coverage"] * (1 - table["gain"] / table["covered"].replace(0, np.nan))
    return table.assign(
        title=table["rule"].map(titles(result, lang)),
        land=land,
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
        capacity=capacity,
        position=[name("position", code, lang) for code in positions],
        status=[name("status", code, lang) for code in table["status"]],
    )


def sensitivity_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 6: every reading of every rule."""
    table = result.sensitivity
    return table.assign(
        title=table["rule"].map(titles(result, lang)),
        reading=[name("reading", code, lang) for code in table["reading"]],
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
