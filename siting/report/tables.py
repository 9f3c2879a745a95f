"""CSV files: UTF-8 with BOM, columns as declared, no cell that a spreadsheet would run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.report.words import read_data

if TYPE_CHECKING:
    from pathlib import Path

# A spreadsheet takes a cell for a formula if it starts with one of these, also in full width;
# a tab or line break before them is dropped on import.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
DECIMALS = {"share": 6, "metres": 3, "degrees": 6, "number": 6}


@cache
def declared() -> dict[str, dict[str, dict[str, str]]]:
    """Return the declared columns of every table: heading and form, by column (columns.toml)."""
    columns: dict[str, dict[str, dict[str, str]]] = read_data("columns.toml")
    return columns


def check_columns(name: str, table: pd.DataFrame) -> None:
    """Refuse a table whose columns are not the declared ones, in order: a defect of ours."""
    expected = list(declared()[name])
    if list(table.columns) != expected:
        raise ValueError(f"{name}: columns {list(table.columns)}, declared {expected}")


def safe_cell(value: object) -> str:
    """Return text that no spreadsheet runs: an apostrophe before what looks like a formula."""
    text = str(value)
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _cell(value: Any, form: str) -> str:
    if pd.isna(value):
        return ""
    if form == "people":
        return str(int(value))
    if form in DECIMALS and not isinstance(value, str):
        number = round(float(value), DECIMALS[form])
        return str(int(number)) if number.is_integer() else repr(number)
    return safe_cell(value)


def csv_text(table: pd.DataFrame, name: str) -> str:
    """Write the declared table `name` as CSV text."""
    check_columns(name, table)
    return csv_cells(table, declared()[name]).to_csv(index=False, lineterminator="\n")


def csv_cells(table: pd.DataFrame, columns: dict[str, dict[str, str]]) -> pd.DataFrame:
    """Return the declared columns of a table as the text of their cells."""
    cells = {
        column: [_cell(value, form["as"]) for value in table[column]]
        for column, form in columns.items()
    }
    return pd.DataFrame(cells, dtype=str)


def write_csv(table: pd.DataFrame, name: str, folder: Path) -> str:
    """Write `name`.csv into `folder` and return the file's name."""
    file = f"{name}.csv"
    (folder / file).write_text(csv_text(table, name), encoding="utf-8-sig", newline="")
    return file
