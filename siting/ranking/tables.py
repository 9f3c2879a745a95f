"""Reading plain tables for `siting locate`: named columns, every fault of every cell reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from siting.errors import DataError, Problem, problem
from siting.layers.faults import fault_in_rows
from siting.layers.model import Notes
from siting.layers.sheets import encoding_of

if TYPE_CHECKING:
    from pathlib import Path

Content = Literal["id", "whole", "number", "status"]
STATUS_WORDS = ("", "must", "never", "existing")
"""As in `cover_model.STATUSES`; an empty cell is a free site."""


@dataclass(frozen=True)
class Field:
    """A column: what its cells hold, whether it may be missing, and whether a cell may be empty."""

    content: Content
    needed: bool = True
    empty: bool = False


def read_table(
    path: Path, fields: dict[str, Field], *, key: str | None = None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read the columns of `fields` from a CSV or Parquet file.

    Parameters
    ----------
    path
        The file; text in any encoding that `siting.layers` reads.
    fields
        Columns by name. A column that is not needed and missing is left out.
    key
        The column whose values must differ.

    Returns
    -------
    tuple
        The table, indexed by the row numbers that people see in the file (text ids, float64
        numbers, NaN where empty), and all problems found in it.

    Raises
    ------
    DataError
        If the file is missing, damaged or empty.
    """
    raw = _raw(path)
    raw.columns = [str(name).strip().lower() for name in raw.columns]
    problems: list[Problem] = []
    columns = {}
    for name, expected in fields.items():
        if name not in raw.columns:
            if expected.needed:
                seen = ", ".join(raw.columns)
                problems.append(problem("table-column", path.name, column=name, seen=seen))
            continue
        columns[name], faults = _column(raw[name], name, expected, where=path.name)
        problems += faults
    if key in columns and columns[key].duplicated().any():
        twice = columns[key][columns[key].duplicated()]
        problems.append(fault_in_rows("key-twice", path.name, column=str(key), cells=twice))
    return pd.DataFrame(columns, index=raw.index), problems


def _raw(path: Path) -> pd.DataFrame:
    if not path.is_file():
        near = sorted(f.name for f in path.parent.glob("*")) if path.parent.is_dir() else []
        folder, found = str(path.parent), ", ".join(near) or "–"
        raise DataError(problem("file-missing", path.name, folder=folder, near=found))
    try:
        if path.suffix.lower() == ".parquet":
            table = pd.read_parquet(path)
            table.index = pd.RangeIndex(1, len(table) + 1)
        else:
            encoding = encoding_of(path, notes=Notes(path.name))
            table = pd.read_csv(
                path, dtype=str, encoding=encoding, keep_default_na=False, skipinitialspace=True
            )
            table.index = pd.RangeIndex(2, len(table) + 2)  # the heading is row 1
    except (ValueError, OSError) as error:
        detail = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(problem("file-damaged", path.name, detail=detail)) from error
    if table.empty:
        raise DataError(problem("table-empty", path.name))
    return table


def _column(
    cells: pd.Series, name: str, field: Field, *, where: str
) -> tuple[pd.Series, list[Problem]]:
    """Read one column; faulty cells become empty."""
    text = cells.astype(object).where(cells.notna(), "").astype(str).str.strip()
    empty = text == ""
    faults: dict[str, pd.Series[Any]] = {}
    values: pd.Series[Any] = text
    if field.content == "status":
        values = text.str.lower()
        known = values.isin(STATUS_WORDS)
        faults["cell-choice"] = text[~known]
        values = values.where(known, "")
    elif field.content != "id":
        numbers = pd.to_numeric(text.str.replace(",", ""), errors="coerce").to_numpy(np.float64)
        bad = ~np.isfinite(numbers) & ~empty
        faults["cell-not-a-number"] = text[bad]
        faults["cell-negative"] = text[numbers < 0]
        if field.content == "whole":
            faults["cell-not-whole"] = text[(numbers % 1 != 0) & ~bad & ~empty]
        values = pd.Series(numbers, index=text.index)
    if not field.empty and field.content != "status":
        faults["cell-empty"] = text[empty]
    allowed = ", ".join(STATUS_WORDS[1:])
    return values, [
        fault_in_rows(key, where, column=name, cells=bad_cells, allowed=allowed)
        for key, bad_cells in faults.items()
        if len(bad_cells)
    ]
