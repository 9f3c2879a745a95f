"""The people of a table: their ages completed, their sums checked at every step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import DataError, Problem, problem, raise_all
from siting.layers.residents import age_bounds, with_ages
from siting.layers.schemas import count_column, schemas
from siting.layers.spread import ages_by_shares
from siting.layers.values import read_column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siting.layers.columns import Mapping as Columns
    from siting.layers.model import Notes
    from siting.layers.schemas import Column, Schema
    from siting.scenario.model import LayerSpec

TOTAL = "pop"
SHOWN = 5


def counted_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns of a table of residents that count people, in their order.

    A total stands among them as long as its ages are not known.
    """
    whole = {c.key for c in schemas()["residents"].columns.values() if c.type == "whole"}
    return [str(key) for key in table if key == TOTAL or key in whole]


def totals(table: pd.DataFrame) -> pd.Series:
    """Return how many people each row counts, by its ages or by its total."""
    ages = [TOTAL] if TOTAL in table else [key for key in table if age_bounds(str(key))]
    counts: pd.Series = table[ages].fillna(0).sum(axis=1).astype("int64")
    return counts


def people_in(table: pd.DataFrame) -> int:
    """Return how many people a table of residents counts."""
    return int(totals(table).sum())


def as_read(schema: Schema, table: pd.DataFrame) -> Schema:
    """Return the schema of a table just read: residents may still be of areas, without ages."""
    if schema.name != "residents":
        return schema
    columns = schema.columns
    if TOTAL in table:
        columns = {key: column for key, column in columns.items() if not age_bounds(key)}
        columns |= {TOTAL: count_column(TOTAL)}
    return replace(schema, geometry="any", columns=columns)


def with_people(
    columns: dict[str, pd.Series],
    *,
    spec: LayerSpec,
    headings: Mapping[str, str],
    where: str,
    notes: Notes,
) -> dict[str, pd.Series]:
    """Complete the columns of people: by stated shares if only totals are counted, else by ages.

    Totals whose ages come from shares of each unit (`spec.shares_by_unit`) stay totals until the
    units are known.

    Raises
    ------
    DataError
        If the ages cannot be had (`with_ages`, `ages_by_shares`), or add up to another total.
    """
    counted = [key for key in columns if key == TOTAL or age_bounds(key)]
    total_only = counted == [TOTAL] and columns[TOTAL].notna().all()
    if spec.shares_by_unit is not None and total_only:
        done = columns
    elif spec.shares is not None and total_only:
        ages = ages_by_shares(columns[TOTAL], spec.shares, where=where)
        notes.add("ages-by-shares", count=int(columns[TOTAL].sum()))
        done = {key: cells for key, cells in columns.items() if key != TOTAL} | ages
    else:
        done = with_ages(columns, headings=headings, where=where, notes=notes)
    people = people_in(pd.DataFrame(done))
    if spec.total is not None and people != spec.total:
        stated = {"column": "total", "stated": spec.total, "people": people}
        raise DataError(problem("people-sum", where, **stated))
    return done


def check_stated_sums(
    columns: dict[str, pd.Series],
    totals: pd.DataFrame | None,
    mapping: Columns,
    schema_columns: dict[str, Column],
    *,
    where: str,
) -> None:
    """Compare the rows of a sheet with those that sum them up.

    Of several, one sums up all rows, or each a part of them so that they add up to all.

    Raises
    ------
    DataError
        For each whole column of which the sum differs from the stated one.
    """
    if totals is None or totals.empty:
        return
    problems = []
    for key, cells in columns.items():
        column = schema_columns.get(key)
        if column is None or column.type != "whole" or key not in mapping.columns:
            continue
        heading = mapping.columns[key]
        # a remark where the sum should stand is read as empty
        factor = mapping.factors.get(key, 1.0)
        stated = read_column(totals[heading], column=column, factor=factor).cells.dropna()
        people = int(cells.sum())
        if len(stated) and people not in {*map(int, stated), int(stated.sum())}:
            at = f"{where}:{stated.index[-1]} {heading}"
            values = {"column": heading, "stated": int(stated.iloc[-1]), "people": people}
            problems.append(problem("people-sum", at, **values))
    raise_all(problems, DataError)


def check_people(before: pd.DataFrame, after: pd.DataFrame, *, where: str) -> None:
    """Compare all counts before and after a step, row by row of the source.

    Parameters
    ----------
    before, after
        Tables of residents, indexed by the rows of the source; a row may have become several.

    Raises
    ------
    DataError
        Naming each column that gained or lost people, and the rows whose people they were.
    """
    problems: list[Problem] = []
    for key in counted_columns(before):
        was = before[key].fillna(0).groupby(level=0).sum()
        now = after[key].fillna(0).groupby(level=0).sum().reindex(was.index, fill_value=0)
        wrong = was.index[(was != now).to_numpy(bool)]
        if len(wrong):
            rows = ", ".join(f"{row} ({was[row]} → {now[row]})" for row in wrong[:SHOWN])
            at = f"{where}:{wrong[0]} {key}"
            values = {"before": int(was.sum()), "after": int(now.sum()), "rows": rows}
            problems.append(problem("people-lost", at, count=len(wrong), **values))
    raise_all(problems, DataError)
