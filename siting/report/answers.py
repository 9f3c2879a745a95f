"""The report's first page: what is answered to each clause, and how many stand in each status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.report import rows, sheets
from siting.report.grids import sheet_grid
from siting.report.words import families, name, read_data, say

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang


def answer_tables(result: Result, frame: pd.DataFrame, lang: Lang) -> list[dict[str, Any]]:
    """Return the first page's tables, one for each basis; limits stand under a rule's title."""
    keys = [*read_data("page.toml")["columns"]["answer"]]
    if not result.rules:
        keys = [key for key in keys if key not in {"judged", "uncovered"}]
    if result.before is None:
        keys.remove("change")
    tables = []
    for basis in rows.BASES:
        rules = [rule for rule in rows.ordered_rules(result) if rule["basis"] == basis]
        mine = frame[frame["rule"].isin([rule["id"] for rule in rules])]
        if rules:
            label = say("page", f"answer_{basis}", lang)
            table = sheet_grid(mine, "answer", lang=lang, label=label, columns=keys)
            _tell_found(table, keys, mine, rules, lang)
            tables.append(table | {"basis": basis, "filter": False})
    return tables


def _tell_found(
    table: dict[str, Any],
    keys: list[str],
    frame: pd.DataFrame,
    rules: list[dict[str, Any]],
    lang: Lang,
) -> None:
    """Give a new table of answers its links, its limits, and values where there is no rate."""
    at = keys.index("coverage")
    table["columns"][at] = {"heading": say("page", "found", lang), "unit": "", "numeric": True}
    for row, rule, found in zip(table["rows"], rules, frame.to_dict("records"), strict=True):
        row["cells"][0] |= {"short": False}
        row["cells"][1] |= {"link": rule["id"], "more": rule["limits"][lang], "short": False}
        if "value" in rule:
            row["cells"][at] |= {"text": found["value"], "value": rule["value"]}
        else:
            row["cells"][at] |= {"more": undetermined_share(found, lang)}


def undetermined_share(row: dict[Any, Any], lang: Lang) -> str | None:
    """Say what share of the judged people is undetermined, where anybody is."""
    if pd.isna(row["undetermined"]) or not row["undetermined"] or not row["judged"]:
        return None
    share = sheets.written_share(row["undetermined"], row["judged"])
    return say("page", "undetermined", lang, share=share)


def status_counts(result: Result, lang: Lang) -> str:
    """Say how many clauses the plans have, and how many of them stand in each status."""
    table = result.register
    counts = table["status"].value_counts()
    elsewhere = int((table["status"].eq("not_applicable") & table["missing"].ne("")).sum())
    listed = []
    for code in (one for one in families()["verdict"] if one in counts.index):
        text = f"{name('verdict', code, lang)} {counts[code]}"
        if code == "not_applicable" and elsewhere:
            text += say("page", "elsewhere", lang, n=elsewhere)
        listed.append(text)
    together = ("，" if lang == "zh" else ", ").join(listed)
    return say("page", "counts", lang, clauses=len(table), counts=together)
