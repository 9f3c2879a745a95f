"""Where the table is in a sheet: titles above, a heading of one or two rows, totals and notes.

Offices decorate their tables. The heading is the row among the first ten of which the alias
dictionary recognises most cells; what stands above it, a row of units below it, rows of totals
and notes at the end are left out, and counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from siting.layers.columns import meanings, plain, split_unit

if TYPE_CHECKING:
    from siting.layers.model import Notes
    from siting.layers.schemas import Schema

SEARCHED = 10
TOTALS = ("合计", "总计", "小计", "共计", "总数", "全区合计", "total", "subtotal")
TOTAL_HINT = "[计数tTｔＴ]"  # one of which stands in each of them; most cells have none
PARTIAL = ("小计", "subtotal")
LONGEST_TOTAL = 12
NOTE = re.compile(
    r"^(?:注|说明|备注|资料来源|数据来源|来源|填表人|制表|note|source)s?\s*[:：\d]", re.IGNORECASE
)


def table_in_sheet(
    sheet: pd.DataFrame, *, schema: Schema, notes: Notes
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cut the table out of a sheet of cells.

    Parameters
    ----------
    sheet
        Every cell of the sheet as text (empty: ``""``), indexed by row number as people see it.

    Returns
    -------
    tuple
        The rows of the table, and the rows that sum up all of it; both with their row numbers,
        under the headings of the sheet.
    """
    best = heading_row(sheet, schema=schema)
    first, last = _heading_rows(sheet, best, schema=schema)
    headings = list(sheet.iloc[first])
    if last > first:
        headings = _merged(headings, list(sheet.iloc[last]), schema=schema)
    notes.add("header-row", count=first)
    body = sheet.iloc[last + 1 :]
    if len(body) and _is_unit_row(body.iloc[0]):
        body = body.iloc[1:]
        notes.add("unit-row")
    named = [heading != "" for heading in headings]
    nameless = (body.loc[:, [not one for one in named]] != "").any()
    notes.add("column-unnamed", count=int(nameless.sum()))
    body = body.set_axis(_unique(headings), axis=1).loc[:, named]
    return _without_decoration(body, notes=notes)


def heading_row(sheet: pd.DataFrame, *, schema: Schema) -> int:
    """Return the position of the row of which most cells are known headings (first of ties)."""
    scores = [
        sum(bool(meanings(cell, schema=schema)) for cell in row if cell)
        for row in sheet.head(SEARCHED).itertuples(index=False)
    ]
    return scores.index(max(scores)) if scores else 0


def _heading_rows(sheet: pd.DataFrame, best: int, *, schema: Schema) -> tuple[int, int]:
    """Return first and last row of a heading; merged cells spread one over two rows.

    The row above or below belongs to it if it names columns that the best row leaves blank.
    """
    row = list(sheet.iloc[best])
    for other in (best - 1, best + 1):
        if 0 <= other < len(sheet):
            cells = zip(row, sheet.iloc[other], strict=True)
            if any(not own and meanings(cell, schema=schema) for own, cell in cells if cell):
                return min(best, other), max(best, other)
    if best + 1 < len(sheet) and _divides(row, list(sheet.iloc[best + 1])):
        return best, best + 1
    return best, best


def _divides(row: list[str], below: list[str]) -> bool:
    """Tell whether a row divides merged headings above it: few words, no figures, under blanks.

    Under the first heading, which names the rows, it has nothing.
    """
    first = next((cell for own, cell in zip(row, below, strict=True) if own), "")
    said = [cell for cell in below if cell]
    under_blank = any(cell and not own for own, cell in zip(row, below, strict=True))
    few = 2 * len(said) <= sum(map(bool, row))
    words = not any(re.search(r"\d", cell) or plain(cell) in TOTALS[:4] for cell in said)
    units = any(split_unit(plain(cell))[1] for cell in said)
    return not first and under_blank and few and words and not units


def _merged(above: list[str], below: list[str], *, schema: Schema) -> list[str]:
    """Name the columns of a heading of two rows: 床位 over 护理型 gives 护理型床位.

    A unit behind the upper word does not part them, and 总数 below it means the upper word itself.
    """
    headings = []
    group = ""
    for upper, lower in zip(above, below, strict=True):
        group = upper or (group if lower else "")
        bare = split_unit(plain(group))[0]
        both = [f"{group}{lower}", f"{bare}{lower}", f"{lower}{bare}"]
        tried = [lower, *both, *([group] if plain(lower) in TOTALS else [])] if lower else [upper]
        known = (name for name in tried if meanings(name, schema=schema))
        headings.append(next(known, tried[0] if not group or not lower else tried[1]))
    return headings


def _unique(headings: list[str]) -> list[str]:
    """Give headings that repeat a number; blank ones stay blank."""
    seen: dict[str, int] = {}
    named = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        named.append(heading if seen[heading] == 1 else f"{heading} {seen[heading]}")
    return named


def _is_unit_row(row: pd.Series) -> bool:
    """Tell whether a row holds nothing but units in brackets, such as （人） or （张）."""
    cells = [plain(cell) for cell in row if cell]
    return bool(cells) and all(split_unit(cell)[0] == "" and split_unit(cell)[1] for cell in cells)


def _without_decoration(body: pd.DataFrame, *, notes: Notes) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the rows of a table from totals, notes and blank rows."""
    filled = body != ""
    blank = ~filled.any(axis=1)
    total = pd.Series(data=False, index=body.index)
    whole = total.copy()
    for cells in (body.iloc[:, i] for i in range(min(3, body.shape[1]))):
        hinted = cells[(cells.str.len() <= LONGEST_TOTAL) & cells.str.contains(TOTAL_HINT)]
        short = hinted.map(plain)
        total[short.index] |= short.isin(TOTALS)
        whole[short.index] |= short.isin(TOTALS) & ~short.isin(PARTIAL)
    lonely = body[(filled.sum(axis=1) == 1) & ~total]
    said = [plain(next(filter(None, row), "")) for row in lonely.to_numpy()]
    note = pd.Series(data=False, index=body.index)
    note[lonely.index] = pd.Series(said, lonely.index, dtype="str").str.match(NOTE)
    for name, which in (("blank-row", blank), ("total-row", total), ("note-row", note)):
        notes.add(name, count=int(which.sum()))
    return body[~(blank | total | note)], body[whole]
