"""tables.xlsx: the reviewer's workbook. Layout, widths and notes come from `sheets.toml`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import pandas as pd
import xlsxwriter

from siting.report.sheets import SHEETS, declared_sheets
from siting.report.words import say

if TYPE_CHECKING:
    from pathlib import Path

    from siting.report.result import Result
    from siting.words import Lang

FILE = "tables.xlsx"
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same bytes on every run
NUMBERS = {
    "people": "#,##0",
    "share": "0.0%",
    "points": '0.0" "',
    "metres": "#,##0",
    "number": "#,##0.0##",
    "year": "0",
}
FONT = {"zh": "等线", "en": "Calibri"}
HEADER_ROW = 2
LANDSCAPE_A3_COLUMNS = 12  # wider tables are printed on A3
PAPER_A4, PAPER_A3 = 9, 8
LINE = 15  # points
LINE_FILLS = 0.9  # share of a line that words fill before they break


def write_workbook(result: Result, folder: Path, *, lang: Lang) -> str:
    """Write tables.xlsx into `folder` and return its name."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    book = xlsxwriter.Workbook(str(folder / FILE), options)
    book.set_properties(
        {
            "title": result.scenario["title"][lang],
            "comments": result.scenario["data_nature"],
            "created": CREATED,
        }
    )
    styles = _styles(book, lang)
    for key, layout in declared_sheets().items():
        table = SHEETS[key](result, lang)
        sheet = book.add_worksheet(layout[lang])
        _write_sheet(sheet, table, layout, result=result, lang=lang, styles=styles)
    book.close()
    return FILE


def _styles(book: Any, lang: Lang) -> dict[str, Any]:
    base = {"font_name": FONT[lang], "font_size": 10.5, "valign": "vcenter"}
    rule = {"bottom": 1, "bottom_color": "#D5DAE0"}
    header = {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#EAF0F6"}
    styles = {
        "title": book.add_format(base | {"font_size": 15, "bold": True}),
        "subtitle": book.add_format(base | {"font_color": "#566373"}),
        "header": book.add_format(base | header | {"top": 1, "bottom": 1}),
        "note": book.add_format(
            base | {"font_color": "#566373", "font_size": 9.5, "text_wrap": True}
        ),
        "stamp": book.add_format(base | {"font_color": "#A32C20", "bold": True}),
    }
    for weight, extra in (("", {}), ("total ", {"bold": True, "top": 1, "bg_color": "#F5F7F9"})):
        styles[weight + "text"] = book.add_format(base | rule | extra | {"text_wrap": True})
        for form, number in NUMBERS.items():
            styles[weight + form] = book.add_format(
                base | rule | extra | {"num_format": number, "align": "right"}
            )
        styles[weight + "none"] = book.add_format(base | rule | extra | {"align": "right"})
    return styles


def _write_sheet(
    sheet: Any,
    table: pd.DataFrame,
    layout: dict[str, Any],
    *,
    result: Result,
    lang: Lang,
    styles: dict[str, Any],
) -> None:
    columns = layout["column"]
    place, as_of = result.scenario["place_title"][lang], result.scenario["as_of"]
    title = layout.get(f"title_{lang}", layout[lang])
    sheet.write_string(0, 0, f"{place}{'' if lang == 'zh' else ': '}{title}", styles["title"])
    caption = say("sheet", "caption", lang, title=result.scenario["title"][lang], as_of=as_of)
    sheet.write_string(1, 0, caption, styles["subtitle"])
    if result.scenario["data_nature"]:
        sheet.write_string(1, 3, result.scenario["data_nature"], styles["stamp"])
    for at, column in enumerate(columns):
        sheet.write_string(HEADER_ROW, at, column[lang], styles["header"])
        sheet.set_column(at, at, column["width"])
    sheet.set_row(0, 26)
    sheet.set_row(HEADER_ROW, 32)
    for number, row in enumerate(table.to_dict("records")):
        weight = "total " if row.get("is_total") is True else ""
        _fit_height(sheet, HEADER_ROW + 1 + number, row, columns)
        for at, column in enumerate(columns):
            _write_cell(
                sheet,
                (HEADER_ROW + 1 + number, at),
                row.get(column["key"]),
                form=column.get("as", "text"),
                styles=styles,
                weight=weight,
            )
    last = HEADER_ROW + max(len(table), 1)
    _finish(sheet, columns, last)
    for number, note in enumerate(layout["notes"]):
        text = f"{number + 1}. {note_text(note, result, lang)}"
        _write_note(sheet, text, last + 2 + number, columns=columns, style=styles["note"])


def _fit_height(sheet: Any, at: int, row: dict[Any, Any], columns: list[dict[str, Any]]) -> None:
    """Give a row as many lines as its longest text; not every program does so by itself."""
    texts = [
        c for c in columns if c.get("as", "text") == "text" and isinstance(row.get(c["key"]), str)
    ]
    lines = max((_lines(row[c["key"]], c["width"]) for c in texts), default=1)
    if lines > 1:
        sheet.set_row(at, LINE * lines)


def _lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of a width in (narrow) characters."""
    wide = len(text) + sum(east_asian_width(one) in "WF" for one in text)
    return max(1, -(-wide // int(LINE_FILLS * width)))


def _write_note(
    sheet: Any, text: str, at: int, *, columns: list[dict[str, Any]], style: Any
) -> None:
    """Write a note across the table, in as many lines as it needs.

    In one line a long note would widen what is fitted to a page, and the table would shrink.
    """
    sheet.set_row(at, LINE * _lines(text, sum(column["width"] for column in columns)))
    sheet.merge_range(at, 0, at, len(columns) - 1, "", style)
    sheet.write_string(at, 0, text, style)


def _write_cell(
    sheet: Any,
    place: tuple[int, int],
    value: Any,
    *,
    form: str,
    styles: dict[str, Any],
    weight: str,
) -> None:
    if value is None or pd.isna(value):
        sheet.write_string(*place, "—", styles[weight + "none"])
    elif form == "text":
        sheet.write_string(*place, str(value), styles[weight + "text"])
    else:
        number = float(value) * (100 if form == "points" else 1)
        sheet.write_number(*place, number, styles[weight + form])


def _finish(sheet: Any, columns: list[dict[str, Any]], last: int) -> None:
    """Freeze, filter, bars, and how the sheet prints: each page with its title and its stamp."""
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.autofilter(HEADER_ROW, 0, last, len(columns) - 1)
    for at, column in enumerate(columns):
        if column.get("bar"):
            bar = {"type": "data_bar", "bar_color": "#9ECAE1", "min_type": "num"}
            top = {"min_value": 0} | (
                {"max_type": "num", "max_value": 1} if column["as"] == "share" else {}
            )
            sheet.conditional_format(HEADER_ROW + 1, at, last, at, bar | top)
    sheet.set_landscape()
    sheet.set_paper(PAPER_A3 if len(columns) > LANDSCAPE_A3_COLUMNS else PAPER_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, HEADER_ROW)
    sheet.set_footer("&L&A&R&P / &N")
    sheet.hide_gridlines(2)


def note_text(note: str, result: Result, lang: Lang) -> str:
    """Return one note under a table, filled with the run's own facts."""
    scenario = result.scenario
    attribution = "；".join(scenario["attribution"])
    limits = "；".join(f"{rule['title'][lang]}：{rule['limits'][lang]}" for rule in result.rules)
    missing = result.register.loc[result.register["status"] == "not_assessed", "id"]
    return say(
        "note",
        note,
        lang,
        source=" ".join([attribution, scenario["data_nature"]]).strip(),
        as_of=scenario["as_of"],
        crs=scenario["crs"],
        limits=limits,
        missing="、".join(missing) or "—",
    )
