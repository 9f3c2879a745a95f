"""What rows fulfil a condition: yes, no, or unknown because a fact is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.plan.model import FacilityFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.plan.model import Condition


def holds(table: pd.DataFrame, condition: Condition) -> pd.Series:
    """Tell which rows of a table fulfil a condition (boolean; missing: unknown).

    Unknown stays unknown, unless something else says no.
    """
    passes = pd.Series(data=True, index=table.index, dtype="boolean")
    for _, answer in _answers(table, condition):
        passes &= answer
    return passes


def passing(facilities: pd.DataFrame, one: FacilityFilter) -> pd.Series:
    """Tell which facilities pass a filter; those of another kind do not (boolean)."""
    return holds(of_kind(facilities, one), one).reindex(facilities.index, fill_value=False)


def of_kind(facilities: pd.DataFrame, one: FacilityFilter) -> pd.DataFrame:
    """Return the facilities of a filter's kind, and of them only what the filter asks about."""
    asked = [*one.where, *one.at_least, *one.present, "year_open"]
    table = pd.DataFrame(facilities)  # without its geometry's say in every choice of columns
    known = [column for column in dict.fromkeys(asked) if column in table]
    return table[known][table["kind"] == one.kind]


def missing_facts(table: pd.DataFrame, condition: Condition, *, name: str) -> pd.DataFrame:
    """List what would have to be known of the rows whose answer is unknown.

    Returns
    -------
    pandas.DataFrame
        Columns `row` (index of `table`) and `what` (``name.column``), one per missing fact.
    """
    open_ = holds(table, condition).isna()
    found = [
        (row, f"{name}.{column}")
        for column, answer in _answers(table, condition)
        for row in table.index[open_ & answer.isna()]
    ]
    return pd.DataFrame(found, columns=["row", "what"]).drop_duplicates(ignore_index=True)


def _answers(table: pd.DataFrame, condition: Condition) -> Iterator[tuple[str, pd.Series]]:
    """Yield what each column that a condition asks about says of each row."""
    unknown = pd.Series(pd.NA, index=table.index, dtype="boolean")
    for column, wanted in condition.where.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        cells = table.get(column)
        yield column, unknown if cells is None else _known(cells.isin(values), cells)
    for column, least in condition.at_least.items():
        cells = table.get(column)
        yield column, unknown if cells is None else _known(cells >= least, cells)
    for column in condition.present:
        filled = table[column].notna() if column in table else unknown
        # A column that nobody has filled in was not asked about: its silence is no "no".
        yield column, filled.astype("boolean") if filled.any() else unknown
    if isinstance(condition, FacilityFilter) and condition.opened is not None:
        years = table["year_open"]
        yield "year_open", _known(years.between(*condition.opened), years)


def _known(answer: pd.Series, cells: pd.Series) -> pd.Series:
    return answer.astype("boolean").mask(cells.isna())
