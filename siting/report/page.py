"""report.html: the findings clause by clause, whole in one file, printable on A4."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from siting.report import figures, sheets
from siting.report.mapfigure import CLASSES, rule_map
from siting.report.offline import asset, with_policy
from siting.report.tables import declared
from siting.report.words import name, say
from siting.report.workbook import note_text

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

FILE = "report.html"
MOST_GAPS = 15
FILTER_FROM = 12  # rows from which a table gets a filter box
CHINESE_NUMBERS = "一二三四五六七八九十"
KEYS = ["≤ 1/3", "≤ 2/3", "≤ 1", "≤ 1.5", "> 1.5"]
STREET_COLUMNS = [
    "facility",
    "unit_name",
    "judged",
    "sites",
    "capacity",
    "straight_share",
    "coverage",
    "uncovered",
    "verdict",
]
GAP_COLUMNS = [
    "number",
    "facility",
    "street",
    "place",
    "people",
    "nearest",
    "nearest_m",
    "cutoff_m",
    "cause",
    "fix",
]
CANDIDATE_COLUMNS = ["rank", "name", "unit", "land", "gain", "gain_points", "coverage"]
READING_COLUMNS = ["reading", "people", "covered", "coverage", "verdict"]


def page(result: Result, *, lang: Lang) -> str:
    """Return report.html in one language."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    scenario = result.scenario
    frames = {key: build(result, lang) for key, build in sheets.SHEETS.items()}
    text = environment.from_string(asset("page/report.html")).render(
        say=lambda key: say("page", key, lang),
        html_lang={"zh": "zh-CN", "en": "en"}[lang],
        title=scenario["title"][lang],
        place=scenario["place_title"][lang],
        as_of=scenario["as_of"],
        crs=scenario["crs"],
        stamp=scenario["data_nature"],
        lead=say("page", "lead", lang, rules=len(result.rules)),
        answer=_grid(frames["answer"], "answer", lang=lang, label=say("page", "answer", lang)),
        sections=[_section(result, at, frames, lang=lang) for at in range(len(result.rules))],
        method=[note_text(note, result, lang) for note in _METHOD],
        no_font=say("figure", "no_font", lang) if figures.cjk_font() is None else "",
        inputs=_inputs(result, lang),
        ledger=_ledger(result, lang),
        register=_grid(frames["register"], "register", lang=lang, label=say("page", "register", lang)),
        manifest=json.dumps(result.manifest, ensure_ascii=False, indent=1, sort_keys=True),
        footer=" ".join(
            [say("page", "footer", lang), *(text[lang] for text in scenario["attribution"])]
        ),
        style=asset("page/report.css"),
        script=asset("page/tables.js"),
    )  # fmt: skip
    return with_policy(text)


_METHOD = ["caliber", "distance", "limits", "basis", "verdicts", "missing", "crs", "source"]


def _grid(
    frame: pd.DataFrame,
    sheet: str,
    *,
    lang: Lang,
    label: str,
    columns: list[str] | None = None,
    notes: list[str] | None = None,
) -> dict[str, Any]:
    """Return a table for the template, with the headings and forms of a sheet."""
    layout = {column["key"]: column for column in sheets.declared_sheets()[sheet]["column"]}
    keys = columns or list(layout)
    verdicts = _verdict_codes(lang)
    rows = [
        {
            "total": row.get("is_total") is True,
            "cells": [_cell(row.get(key), layout[key], verdicts) for key in keys],
        }
        for row in frame.to_dict("records")
    ]
    return {
        "label": label,
        "columns": [{"heading": layout[key][lang], "numeric": "as" in layout[key]} for key in keys],
        "rows": rows,
        "notes": notes or [],
        "filter": len(rows) >= FILTER_FROM,
    }


def _verdict_codes(lang: Lang) -> dict[str, str]:
    """Return the code of every verdict's word, to colour it."""
    return {name("verdict", code, lang): code for code in ("pass", "fail", "partial")}


def _cell(value: Any, column: dict[str, Any], verdicts: dict[str, str]) -> dict[str, Any]:
    form = column.get("as", "text")
    is_missing = value is None or bool(pd.isna(value))
    number = None if is_missing or form == "text" else float(value)
    return {
        "text": "—" if is_missing else written(value, form),
        "value": number,
        "numeric": form != "text",
        "bar": round(100 * number, 2) if form == "share" and column.get("bar") and number is not None else None,
        "verdict": verdicts.get(str(value)) if column["key"] in {"verdict", "status"} else None,
    }  # fmt: skip


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


def _section(
    result: Result, at: int, frames: dict[str, pd.DataFrame], *, lang: Lang
) -> dict[str, Any]:
    """Return everything that the template says about one rule."""
    rule = result.rules[at]
    mine = {key: _of_rule(frame, rule["id"]) for key, frame in frames.items()}
    number = (
        f"{CHINESE_NUMBERS[at]}、" if lang == "zh" and at < len(CHINESE_NUMBERS) else f"{at + 1}. "
    )
    gaps = mine["gaps"].assign(number=range(1, len(mine["gaps"]) + 1))
    several = len(rule["parts"]) > 1
    more = len(gaps) - MOST_GAPS
    return {
        "id": rule["id"],
        "title": number + rule["title"][lang],
        "basis": rule["basis"],
        "basis_word": name("basis", rule["basis"], lang),
        "clauses": rule["clauses"],
        "source": f"{rule['source']['document']} {rule['source']['clause']}",
        "text": rule["text"][lang],
        "limits": rule["limits"][lang],
        "sentences": _sentences(result, rule["id"], lang),
        "map": _map(result, rule, lang),
        "bars": _bars(result, rule, lang),
        "streets": _grid(
            mine["coverage"],
            "coverage",
            lang=lang,
            label=say("page", "by_street", lang),
            columns=STREET_COLUMNS if several else STREET_COLUMNS[1:],
            notes=[note_text(note, result, lang) for note in ("source", "caliber", "distance")],
        ),
        "indicators": _indicators(result, rule["id"], lang),
        "density": _grid(frames["density"], "density", lang=lang, label=say("page", "density", lang))
        if rule["kind"] == "density-access"
        else None,
        "readings": _grid(
            mine["sensitivity"],
            "sensitivity",
            lang=lang,
            label=say("page", "readings", lang),
            columns=READING_COLUMNS,
        ),
        "dots": _dots(result, rule["id"], lang),
        "gaps": _grid(
            gaps.head(MOST_GAPS),
            "gaps",
            lang=lang,
            label=say("page", "gaps", lang),
            columns=GAP_COLUMNS,
        ),
        "more_gaps": say("page", "more_gaps", lang, n=more) if more > 0 else "",
        "candidates": _grid(
            mine["candidates"],
            "candidates",
            lang=lang,
            label=say("page", "advice", lang),
            columns=CANDIDATE_COLUMNS,
            notes=[note_text("ranking", result, lang)],
        ),
        "curve": _curve(result, rule["id"], lang),
    }  # fmt: skip


def _of_rule(frame: pd.DataFrame, rule: str) -> pd.DataFrame:
    return frame[frame["rule"] == rule] if "rule" in frame.columns else frame


def _sentences(result: Result, rule: str, lang: Lang) -> list[tuple[str, str]]:
    headings = {
        "conclusion": "conclusion",
        "data": "data",
        "caliber": "caliber",
        "advice": "advice_sentence",
    }
    found = [finding for finding in result.findings if finding["rule"] == rule]
    return [
        (say("page", heading, lang), finding["sentence"][key][lang])
        for finding in found
        for key, heading in headings.items()
    ]  # fmt: skip


def _picture(svg: str, caption: str, **more: Any) -> dict[str, Any] | None:
    """Return a figure for the template; as an image it brings its own style past the policy."""
    if not svg:
        return None
    source = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    return {"source": source, "alt": caption, "caption": caption} | more


def _map(result: Result, rule: dict[str, Any], lang: Lang) -> dict[str, Any] | None:
    caption = say("page", "map_caption", lang, title=rule["title"][lang])
    limit = say("map", "limit", lang)
    keys = [
        {"colour": colour, "text": f"{text} {limit} {'✖' if at > 2 else '✔'}", "gap": at > 2}  # noqa: PLR2004  two classes lie beyond the limit
        for at, (colour, text) in enumerate(zip(CLASSES, KEYS, strict=True))
    ]
    return _picture(rule_map(result, rule, lang=lang), caption, keys=keys)


def _bars(result: Result, rule: dict[str, Any], lang: Lang) -> dict[str, Any] | None:
    """Return the headline's bars by street, where the rule judges people in streets at all."""
    table = _of_rule(sheets.default_rows(result), rule["id"])
    table = table[(table["level"] == "street") & (table["judged"] > 0)]
    headline = table["facility_kind"] == "all"
    table = table[headline] if headline.any() else table.drop_duplicates("unit")
    if table.empty:
        return None
    return _picture(figures.coverage_bars(table, lang=lang), say("page", "bars_caption", lang))


def _dots(result: Result, rule: str, lang: Lang) -> dict[str, Any] | None:
    table = _of_rule(result.sensitivity, rule)
    if len(table) < 2:  # noqa: PLR2004  nothing to compare
        return None
    return _picture(figures.reading_dots(table, lang=lang), say("page", "dots_caption", lang))


def _curve(result: Result, rule: str, lang: Lang) -> dict[str, Any] | None:
    table = _of_rule(result.candidates, rule)
    if len(table) < 2:  # noqa: PLR2004  a curve needs two points
        return None
    return _picture(figures.ranking_curve(table, lang=lang), say("page", "curve_caption", lang))


def _plain_grid(
    rows: list[list[tuple[str, float | None]]], headings: list[str], label: str
) -> dict[str, Any]:
    """Return a table for the template from texts and, where a cell is a figure, its value."""
    cells = [
        {
            "total": False,
            "cells": [
                {
                    "text": text,
                    "value": value,
                    "numeric": value is not None,
                    "bar": None,
                    "verdict": None,
                }
                for text, value in row
            ],
        }
        for row in rows
    ]
    numeric = [value is not None for _, value in rows[0]] if rows else [False] * len(headings)
    columns = [{"heading": h, "numeric": n} for h, n in zip(headings, numeric, strict=True)]
    return {"label": label, "columns": columns, "rows": cells, "notes": [], "filter": False}  # fmt: skip


def _indicators(result: Result, rule: str, lang: Lang) -> dict[str, Any]:
    forms = declared()["indicators"]
    keys = ["indicator", "level", "unit", "reading", "value", "target"]
    families = {"indicator": "indicator", "level": "level", "reading": "reading"}
    rows = []
    for row in _of_rule(result.indicators, rule).to_dict("records"):
        texts = [(name(families[key], row[key], lang), None) for key in keys[:2]]
        texts += [(str(row["unit"]), None), (name("reading", row["reading"], lang), None)]
        for key in keys[4:]:
            missing = pd.isna(row[key])
            texts.append(
                (
                    "—" if missing else written(row[key], "number"),
                    None if missing else float(row[key]),
                )
            )
        rows.append(texts)
    headings = [forms[key][lang] for key in keys]
    return _plain_grid(rows, headings, say("page", "indicators", lang))  # fmt: skip


def _ledger(result: Result, lang: Lang) -> dict[str, Any]:
    """Return the people of every class per rule; other columns are shown as they are."""
    titles = sheets.titles(result, lang)
    rows = []
    for row in result.ledger.to_dict("records"):
        cells = []
        for key, value in row.items():
            if key == "rule":
                cells.append((titles.get(value, str(value)), None))
            elif isinstance(value, int | float) and not pd.isna(value):
                cells.append((f"{value:,.0f}", float(value)))
            else:
                cells.append((name("reading", value, lang), None))
        rows.append(cells)
    forms = declared()["coverage"]
    headings = [forms[key][lang] if key in forms else key for key in result.ledger.columns]
    return _plain_grid(rows, headings, say("page", "ledger", lang))


def _inputs(result: Result, lang: Lang) -> dict[str, Any]:
    keys = ["path", "layer", "rows", "crs", "sha256"]
    present = [key for key in keys if any(key in entry for entry in result.manifest["inputs"])]
    rows: list[list[tuple[str, float | None]]] = []
    for entry in result.manifest["inputs"]:
        cells = []
        for key in present:
            value = entry.get(key)
            is_count = isinstance(value, int)
            text = f"{value:,}" if is_count else str(value or "—")
            cells.append((text, float(value) if is_count else None))
        rows.append(cells)
    headings = [say("page", f"column_{key}", lang) for key in present]
    return _plain_grid(rows, headings, say("page", "sources", lang))
