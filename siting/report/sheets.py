"""The reviewer's tables as plain frames, one function per sheet; columns stand in `sheets.toml`.

Words are in the language asked for; a cell without a figure is missing and is printed as "—".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.plan.vocabulary import kinds
from siting.report.candidatesheet import candidates_sheet
from siting.report.rows import HEADLINE, headline, ordered_rules, reading_titles, titles
from siting.report.table1 import coverage_sheet
from siting.report.unitsheets import blocks_sheet, density_units_sheet
from siting.report.valued import as_read, change, figure, found_value, plain, value_rows
from siting.report.words import name, read_data, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from siting.report.result import Result
    from siting.words import Lang

LEAST_SHARE = 0.001  # less is not written as a rate with one decimal


def answer_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """One line per rule, clause by clause in each basis: people and rate, or value; verdict."""
    found = headline(result).set_index("rule")
    sentences = {f["rule"]: f["sentence"]["conclusion"][lang] for f in result.findings}
    verdicts = {f["rule"]: f["verdict"] for f in result.findings}
    rows = []
    for rule in ordered_rules(result):
        row = found.loc[rule["id"]] if rule["id"] in found.index else {}
        verdict = verdicts.get(rule["id"], rule.get("verdict", row.get("verdict", "not_assessed")))
        rows.append(
            {
                "rule": rule["id"],
                "clause": " ".join(rule["clauses"]),
                "title": rule["title"][lang],
                "basis": name("basis", rule["basis"], lang),
                "judged": row.get("judged"),
                "coverage": row.get("coverage"),
                "uncovered": row.get("uncovered"),
                "undetermined": row.get("undetermined"),
                "value": found_value(rule, lang) if "value" in rule else None,
                "change": change(result, rule, rule.get("value", row.get("coverage")), lang),
                "verdict": name("verdict", verdict, lang),
                "conclusion": sentences.get(rule["id"], ""),
            }
        )
    return pd.DataFrame(rows)


def written_share(part: float, whole: float) -> str:
    """Write how much of the whole a part is; what is not nothing never reads as nothing."""
    share = part / whole
    return "< 0.1%" if 0 < share < LEAST_SHARE else f"{share:.1%}"


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
    names = site_names(result)
    return table.assign(
        number=range(1, len(table) + 1),
        title=table["rule"].map(titles(result, lang)),
        facility=[name("kind", kind, lang) for kind in table["facility_kind"]],
        unit=table["unit"].map(unit_names).fillna(table["unit"]),
        cause=[cause_text(row, lang) for row in table.to_dict("records")],
        fix=_texts(name("fix", fix, lang) for fix in table["fix"]),
        fix_people=table["fix_people"].astype("Int64").where(table["fix"].fillna("") != ""),
        candidate=_texts(place_of(site, names, lang) for site in table["candidate"]),
        readings=[
            say("sheet", "readings", lang, failing=failing, total=total)
            for failing, total in zip(
                table["readings_failing"], table["readings_total"], strict=True
            )
        ],
        responsible="",
        year="",
    )


def site_names(result: Result) -> dict[str, str]:
    """Return the name of every facility and parcel by its id."""
    tables = (result.facilities, result.layers.parcels)
    pairs = [zip(table["id"], table["name"], strict=True) for table in tables]
    return {id_: name for named in pairs for id_, name in named}


def _texts(texts: Iterable[str]) -> pd.api.extensions.ExtensionArray:
    """Return a column of texts, missing where a text is empty."""
    return pd.array([text or pd.NA for text in texts], dtype="string")


def place_of(site: str, names: dict[str, str], lang: Lang) -> str:
    """Name the place of a repair: a facility, a parcel, or both ends of a walking link."""
    start, _, end = site.partition(">")
    if not end:
        return names.get(site, site)
    return say("sheet", "link", lang, start=start.replace(",", ", "), end=end.replace(",", ", "))


def cause_text(gap: dict[Any, Any], lang: Lang) -> str:
    """Say why a gap is one, and what lies in the way where that is known."""
    cause = name("cause", gap["cause"], lang)
    if not gap["barrier"]:
        return cause
    way = " ".join([name("barrier", gap["barrier"], lang), gap["barrier_name"] or ""]).strip()
    return f"{cause}（{way}）" if lang == "zh" else f"{cause} ({way})"


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
        effect=_texts(_effect(result, row, lang) for row in table.to_dict("records")),
    )


def _effect(result: Result, project: dict[Any, Any], lang: Lang) -> str:
    """Say whom a project would cover in the gaps that its opening repairs."""
    if project["counted"]:
        return say("sheet", "effect_counted", lang)
    gaps = result.gaps[(result.gaps["fix"] == "open") & (result.gaps["candidate"] == project["id"])]
    covered = gaps.groupby("rule")["fix_people"].sum()
    named = titles(result, lang)
    return "; ".join(f"{named[rule]} +{people:,.0f}" for rule, people in covered.items())


def sensitivity_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 6: every reading of every rule."""
    table = result.sensitivity
    valued = {rule["id"]: rule for rule in result.measures}
    figures = [
        figure(plain(value), as_read(valued[rule], reading), lang) if rule in valued else None
        for rule, reading, value in table[["rule", "reading", "value"]].itertuples(index=False)
    ]
    unknown = table["verdict"] == "not_assessed"  # nobody covered for sure is not nobody covered
    return table.assign(
        covered=table["covered"].mask(unknown),
        coverage=table["coverage"].mask(unknown),
        value=pd.Series(figures, index=table.index, dtype=object),
        title=table["rule"].map(titles(result, lang)),
        reading=reading_titles(result, table, lang),
        verdict=[name("verdict", code, lang) for code in table["verdict"]],
        missing=table["missing" if lang == "zh" else "missing_en"],
    )


def values_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Table 7: what rules measure that is not people covered, as a whole and unit by unit."""
    tables = [value_rows(result.measurements, rule, lang) for rule in result.measures]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["rule"])


def register_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Every clause, tested or not, with what is missing to test it.

    A clause without a rule is named by what it says.
    """
    table = result.register
    text, missing = ("text", "missing") if lang == "zh" else ("text_en", "missing_en")
    return table.assign(
        title=table["rule"].map(titles(result, lang)).fillna(table[text]),
        missing=table[missing],
        status=[name("verdict", code, lang) for code in table["status"]],
        **{"class": [name("class", code, lang) for code in table["class"]]},
    )


SHEETS: dict[str, Callable[[Result, Lang], pd.DataFrame]] = {
    "answer": answer_sheet,
    "coverage": coverage_sheet,
    "density": density_sheet,
    "density_units": density_units_sheet,
    "gaps": gaps_sheet,
    "candidates": candidates_sheet,
    "projects": projects_sheet,
    "sensitivity": sensitivity_sheet,
    "values": values_sheet,
    "blocks": blocks_sheet,
    "register": register_sheet,
}


def declared_sheets() -> dict[str, dict[str, Any]]:
    """Return what `sheets.toml` says about each sheet: name, title, columns, notes."""
    return read_data("sheets.toml")
