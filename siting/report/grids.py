"""Tables of the page: headings, cells as text with the value behind it, bars, verdict colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.report import rows as rows_
from siting.report import sheets
from siting.report.tables import declared
from siting.report.words import name, say

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

MOST_UNITS = 30  # of longer tables of indicators the page prints the district's only
FILTER_FROM = 12  # rows from which a table gets a filter box
WRAPS_FROM = 20  # characters of a column's width from which its texts may wrap
COLOURED = ("pass", "fail", "partial", "borderline")
Grid = dict[str, Any]
Cell = tuple[str, float | None]  # text, and the value behind a figure


def sheet_grid(
    frame: pd.DataFrame,
    sheet: str,
    *,
    lang: Lang,
    label: str,
    columns: list[str],
    notes: list[str] | None = None,
) -> Grid:
    """Return some columns of a reviewer's sheet for the template."""
    layout = {column["key"]: column for column in sheets.declared_sheets()[sheet]["column"]}
    verdicts = {name("verdict", code, lang): code for code in COLOURED}
    rows = [
        {
            "total": row.get("is_total") is True,
            "screen": False,
            "cells": [_cell(row.get(key), layout[key], verdicts) for key in columns],
        }
        for row in frame.to_dict("records")
    ]
    return {
        "label": label,
        "columns": [
            _heading(layout[key][lang]) | {"numeric": "as" in layout[key]} for key in columns
        ],
        "rows": rows,
        "notes": notes or [],
        "filter": len(rows) >= FILTER_FROM,
        "more": "",
        "paper": "",
    }


def _heading(text: str) -> dict[str, Any]:
    """Split the unit in brackets from a heading: it stands on a line of its own."""
    words, _, unit = text.replace("（", " (").replace("）", ")").partition(" (")
    return {"heading": words, "unit": unit.removesuffix(")")}


def _cell(value: Any, column: dict[str, Any], verdicts: dict[str, str]) -> dict[str, Any]:
    form = column.get("as", "text")
    is_missing = value is None or bool(pd.isna(value))
    number = None if is_missing or form == "text" else float(value)
    has_bar = form == "share" and "bar" in column and number is not None
    return {
        "text": "—" if is_missing else written(value, form),
        "value": number,
        "numeric": form != "text",
        "short": form == "text" and column["width"] < WRAPS_FROM,
        "bar": round(100 * number, 2) if has_bar and number is not None else None,
        "verdict": verdicts.get(str(value)) if column["key"] in {"verdict", "status"} else None,
        "link": None,
        "more": None,
    }


def written(value: Any, form: str) -> str:
    """Return a figure as readers expect it: thousands apart, rates with one decimal."""
    if form in {"people", "metres"}:
        return f"{float(value):,.0f}"
    if form == "share":
        return f"{float(value):.1%}"
    if form == "points":
        return f"{100 * float(value):+.1f}"
    if form == "number":
        return f"{float(value):,.3f}".rstrip("0").rstrip(".")
    return str(value)


def plain_grid(rows: list[list[Cell]], *, headings: list[str], label: str) -> Grid:
    """Return a table for the template from texts and, where a cell is a figure, its value."""
    columns = zip(*rows, strict=True) if rows else [()] * len(headings)
    numeric = [any(value is not None for _, value in column) for column in columns]
    blank = {"bar": None, "verdict": None, "short": False, "link": None, "more": None}
    return {
        "label": label,
        "columns": [_heading(h) | {"numeric": n} for h, n in zip(headings, numeric, strict=True)],
        "rows": [
            {
                "total": False,
                "screen": False,
                "cells": [
                    {"text": text, "value": value, "numeric": is_number} | blank
                    for (text, value), is_number in zip(row, numeric, strict=True)
                ],
            }
            for row in rows
        ],
        "notes": [],
        "filter": len(rows) >= FILTER_FROM,
        "more": "",
        "paper": "",
    }


def _figure(value: Any, form: str) -> Cell:
    return ("—", None) if pd.isna(value) else (written(value, form), float(value))


def _indicator(code: str, titles: dict[str, str], lang: Lang) -> str:
    """Name an indicator and, after a colon of its code, the part of the rule that it speaks of."""
    word, _, part = code.partition(":")
    text = name("indicator", word, lang)
    about = titles.get(part) or name("part", part, lang)
    return f"{text} · {about}" if part else text


def indicator_grid(result: Result, rule: str, lang: Lang) -> tuple[Grid, list[bool], int]:
    """Return what a rule measures besides people covered: units by name, figures with measure.

    Returns
    -------
    grid
        The table; of many rows the district's only.
    is_district
        For each of its rows whether it is about the whole district.
    left_out
        How many rows it leaves out.
    """
    keys = ["indicator", "unit", "value", "target", "measure"]
    unit_names = dict(zip(result.layers.units["code"], result.layers.units["name"], strict=True))
    table = result.indicators
    table = table[(table["rule"] == rule) & (table["reading"] == "default")]
    count = len(table)
    if count > MOST_UNITS:
        table = table[table["level"] == "district"]
    titles = {
        part["part"]: part["title"][lang]
        for record in result.rules
        if record["id"] == rule
        for part in record["parts"]
    }
    rows: list[list[Cell]] = [
        [
            (_indicator(row["indicator"], titles, lang), None),
            (unit_names.get(row["unit"], str(row["unit"])), None),
            _figure(row["value"], "number"),
            _figure(row["target"], "number"),
            (name("measure", row["measure"], lang), None),
        ]
        for row in table.to_dict("records")
    ]
    headings = [declared()["indicators"][key][lang] for key in keys]
    grid = plain_grid(rows, headings=headings, label=say("page", "indicators", lang))
    return grid, table["level"].eq("district").tolist(), count - len(table)


def ledger_grid(result: Result, lang: Lang) -> Grid:
    """Return the people of every class, per rule and part under the default reading."""
    titles = rows_.titles(result, lang)
    table = result.ledger[result.ledger["reading"] == "default"].drop(columns="reading")
    parts = {
        (rule["id"], part["part"]): part["title"][lang]
        for rule in result.rules
        for part in rule["parts"]
    }
    rows: list[list[Cell]] = []
    for row in table.to_dict("records"):
        part = (row["rule"], row["part"])
        whole = row["part"] == rows_.HEADLINE
        word = say("page", "part_all", lang) if whole else parts.get(part, row["part"])
        cells: list[Cell] = [(titles.get(row.pop("rule"), ""), None), (word, None)]
        row.pop("part")
        for value in row.values():
            is_count = not isinstance(value, str)
            cells.append(
                _figure(value, "people") if is_count else (name("group", value, lang), None)
            )
        rows.append(cells)
    headings = [declared()["coverage"][str(key)][lang] for key in table.columns]
    return plain_grid(rows, headings=headings, label=say("page", "ledger", lang))


def input_grid(result: Result, lang: Lang) -> Grid:
    """Return the files that went in, with their checksums."""
    keys = ["path", "layer", "rows", "crs", "sha256"]
    entries: list[dict[str, Any]] = result.manifest["inputs"]
    present = [key for key in keys if any(key in entry for entry in entries)]
    rows = [
        [
            _figure(entry[key], "people")
            if isinstance(entry.get(key), int)
            else (str(entry.get(key) or "—"), None)
            for key in present
        ]
        for entry in entries
    ]
    headings = [say("page", f"column_{key}", lang) for key in present]
    return plain_grid(rows, headings=headings, label=say("page", "sources", lang))
