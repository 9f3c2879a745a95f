"""What of a long table stands on paper: its worst rows, and where the others are.

The screen keeps every row and filters it; nobody reads forty pages of one table. `page.toml` says
how many rows of which table are printed, and which file has them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.report.sheets import declared_sheets
from siting.report.words import name, read_data, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.report.grids import Grid
    from siting.words import Lang


def for_paper(
    grid: Grid, table: str, *, lang: Lang, left_out: int = 0, first: Sequence[bool] | None = None
) -> Grid:
    """Return a table of the page that prints as `page.toml` says.

    Parameters
    ----------
    table
        Its name among the tables of ``[paper]``.
    left_out
        Rows that the screen does not show either.
    first
        For each row whether it goes before the others; else those do that do not pass.

    Returns
    -------
    Grid
        Its rows with ``screen`` (not printed); ``more`` and ``paper`` are the notes under it, on
        the screen and in print: how many rows stand elsewhere, and where.
    """
    about = read_data("page.toml")["paper"][table]
    passes = name("verdict", "pass", lang)
    rows = grid["rows"]
    if first is None:
        first = [all(cell["text"] != passes for cell in row["cells"]) for row in rows]
    order = sorted(range(len(rows)), key=lambda at: (not rows[at]["total"], not first[at], at))
    hidden = set(order[about["most"] :])
    where = _where(about, lang)
    told = {"where": where, "shown": len(rows) - len(hidden)}
    return grid | {
        "rows": [row | {"screen": at in hidden} for at, row in enumerate(rows)],
        "more": say("page", "more_rows", lang, n=left_out, where=where) if left_out else "",
        "paper": say("page", "paper_rows", lang, n=len(hidden) + left_out, **told)
        if hidden
        else "",
    }


def _where(about: dict[str, str], lang: Lang) -> str:
    """Name the file that has every row, and the sheet of the workbook if one has them."""
    if "sheet" not in about:
        return about["file"]
    sheet = declared_sheets()[about["sheet"]][lang]
    return say("page", "where", lang, file=about["file"], sheet=sheet)


def running_head(title: str, stamp: str) -> dict[str, str]:
    """Return what stands in the margins of every printed page, as strings of CSS."""
    return {"title": css_string(title), "stamp": css_string(stamp)}


def css_string(text: str) -> str:
    """Return a text as a string of CSS; every character is escaped and none can end it."""
    return '"' + "".join(f"\\{ord(character):06x}" for character in text) + '"'
