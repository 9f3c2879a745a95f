"""Problems of rows: one per fault and column, naming the first rows and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem, problem

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5


def fault_in_rows(
    key: str, where: str, *, column: str, cells: pd.Series, **values: object
) -> Problem:
    """Build the problem that `cells` share.

    Parameters
    ----------
    key
        Entry of ``siting/problems/layers.toml``; its sentences may use ``{column}``, ``{rows}``,
        ``{count}`` and ``{value}`` (the first cell). `lines` of its values lists every row, for
        whoever wants to go on without them.
    where
        Name of the file.
    column
        Heading of the column, as people see it.
    cells
        The faulty cells, indexed by the row numbers that people see.
    """
    rows = ", ".join(str(row) for row in cells.index[:SHOWN])
    more = " …" if len(cells) > SHOWN else ""
    return problem(
        key,
        f"{where}:{cells.index[0]} {column}".rstrip(),
        column=column,
        rows=rows + more,
        count=len(cells),
        value=cells.iloc[0],
        **({"lines": list(cells.index)} | values),
    )
