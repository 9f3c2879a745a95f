"""Where the rows of a table lie: coordinates in its columns, and the CRS declared for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from siting.errors import DataError, Problem, problem, raise_all
from siting.layers.coordinates import degrees, known_crs
from siting.layers.faults import fault_in_rows
from siting.layers.values import is_missing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.columns import Mapping
    from siting.layers.model import Notes
    from siting.layers.raw import Raw

    Shapes = NDArray[np.object_]
    Numbers = NDArray[np.float64]

PAIR = ("lon", "lat")
ONE_CELL = "coordinates"
PLAIN_NUMBER = r"\s*-?\d+(?:\.\d*)?\s*"
HOLDERS = {"GCJ02": "GCJ-02", "GCJ-02": "GCJ-02", "BD09": "BD-09", "BD-09": "BD-09"}


def has_coordinates(mapping: Mapping) -> bool:
    """Tell whether any column holds coordinates, be it only half of them."""
    return bool({*PAIR, ONE_CELL} & set(mapping.columns))


def coordinate_headings(mapping: Mapping) -> list[str]:
    """Return the headings of the columns that hold coordinates, as the source has them."""
    return [mapping.columns[key] for key in (*PAIR, ONE_CELL) if key in mapping.columns]


def points_of(table: pd.DataFrame, mapping: Mapping, *, where: str, notes: Notes) -> Shapes:
    """Read positions from two columns, or from one with both numbers.

    Raises
    ------
    DataError
        If there are no such columns, or a cell is no coordinate, or holds only one of two.
    """
    found = mapping.columns
    if all(key in found for key in PAIR):
        headings = [found[key] for key in PAIR]
        texts = [table[heading].astype(str) for heading in headings]
        x, y = _numbers(texts, headings, shown=texts, where=where, notes=notes)
    elif ONE_CELL in found:
        cells = table[found[ONE_CELL]].astype(str)
        pairs = cells.str.split(r"[,，;；\s]+", n=1, expand=True)
        pairs = pairs.reindex(columns=[0, 1]).fillna("")
        x, y = _numbers(
            [pairs[0], pairs[1]], [found[ONE_CELL]] * 2, shown=[cells] * 2, where=where, notes=notes
        )
        x, y = _longitude_first(x, y, rows=table.index, notes=notes)
    else:
        seen = ", ".join(map(str, table.columns))
        raise DataError(problem("position-columns", where, seen=seen))
    missing = np.isnan(x)
    notes.add("position-missing", count=int(missing.sum()))
    points: Shapes = shapely.points(np.nan_to_num(x), np.nan_to_num(y))
    points[missing] = None
    return points


def _numbers(
    texts: list[pd.Series],
    headings: list[str],
    *,
    shown: list[pd.Series],
    where: str,
    notes: Notes,
) -> list[Numbers]:
    """Read two columns of coordinates; both of a row must be there, or neither.

    `shown` are the cells as they stand in the source, for messages.
    """
    problems: dict[str, Problem] = {}  # one per heading: one cell may hold both numbers
    numbers = []
    for text, heading, cells in zip(texts, headings, shown, strict=True):
        plain = text.str.fullmatch(PLAIN_NUMBER)
        others = text[~plain]  # few, and read one by one
        empty = others.map(is_missing).astype(bool)
        value = pd.to_numeric(text.where(plain)).astype("float64")
        value[others.index] = others.where(~empty).map(degrees, na_action="ignore").astype(float)
        bad = cells[others.index][value[others.index].isna() & ~empty]
        dms = others[value[others.index].notna()]
        if len(bad):
            problems.setdefault(
                heading, fault_in_rows("cell-not-a-coordinate", where, column=heading, cells=bad)
            )
        if len(dms):
            notes.add("dms", column=heading, count=len(dms), example=dms.iloc[0], rows=dms.index)
        numbers.append(np.asarray(value, np.float64))
    half = np.isnan(numbers[0]) != np.isnan(numbers[1])
    if half.any() and not problems:
        named = ", ".join(dict.fromkeys(headings))
        cells = (texts[0] + ", " + texts[1])[half].str.strip(" ,")
        problems[named] = fault_in_rows("position-half", where, column=named, cells=cells)
    raise_all(list(problems.values()), DataError)
    return numbers


def _longitude_first(
    x: Numbers, y: Numbers, *, rows: pd.Index, notes: Notes
) -> tuple[Numbers, Numbers]:
    """Order a pair that one cell holds: within China a longitude exceeds every latitude."""
    turned = (np.abs(x) < 54) & (y >= 73) & (y <= 136)  # noqa: PLR2004  the country's extent
    if turned.any():
        example = f"{x[turned][0]},{y[turned][0]}"
        notes.add("pair-order", count=int(turned.sum()), example=example, rows=rows[turned])
    return np.where(turned, y, x), np.where(turned, x, y)


def crs_of(raw: Raw, mapping: Mapping, *, declared: str | None, where: str, notes: Notes) -> str:
    """Return the declared CRS, else the one a column or a heading names, else the file's own.

    Raises
    ------
    DataError
        If there is none, or a column names several.
    """
    carried = known_crs(raw.crs, where=where) if raw.crs else None
    if declared:
        known = known_crs(declared, where=where)
        if carried and carried != known:
            notes.add("crs-overrides", example=carried)
        return known
    if "crs" in mapping.columns:
        named = raw.table[mapping.columns["crs"]].astype(str)
        systems = sorted({known_crs(n, where=where) for n in named.unique() if n})
        if len(systems) > 1:
            raise DataError(problem("crs-several", where, crs=", ".join(systems)))
        if systems:
            return systems[0]
    for heading in coordinate_headings(mapping):
        for mark, system in HOLDERS.items():
            if mark in heading.upper():
                return system
    if carried is None:
        raise DataError(problem("crs-missing", where))
    return carried
