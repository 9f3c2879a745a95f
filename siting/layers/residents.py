"""People by age: which columns make a group, and how a coarser count becomes those columns.

`p_3` counts people aged 3 (completed years), `p18_59` those from 18 to 59, `p80` those of 80 and
over. Groups are sums of columns; a group that cuts through a column cannot be counted.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import DataError, problem, raise_all
from siting.layers.columns import AGE_KEY
from siting.layers.faults import fault_in_rows
from siting.layers.schemas import schemas
from siting.plan.vocabulary import OLDEST, groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from siting.layers.model import Notes

    Counts = NDArray[np.int64]

OLDEST_BAND = 89
TINY = 1e-200


def age_bounds(key: str) -> tuple[int, int | None] | None:
    """Return first and last age of a column of people, or None if `key` is no such column."""
    match = AGE_KEY.match(key)
    if match is None:
        return None
    if match["year"] is not None:
        return int(match["year"]), int(match["year"])
    return int(match["first"]), int(match["last"]) if match["last"] else None


@cache
def age_columns() -> list[tuple[str, int, int | None]]:
    """Return the columns of people in order of age: key, first age, last age (None: open)."""
    return [
        (key, bounds[0], bounds[1])
        for key in schemas()["residents"].columns
        if (bounds := age_bounds(key)) is not None
    ]


def columns_of_group(group: str) -> list[str]:
    """Return the columns of age that add up to a people group (`siting/plan/groups.toml`).

    Raises
    ------
    DataError
        If an end of the group lies within a column.
    """
    ages = groups()[group]
    return columns_of_ages(from_age=ages.from_age, to_age=ages.to_age)


def columns_of_ages(*, from_age: int | None, to_age: int | None) -> list[str]:
    """Return the columns that add up to completed years of age, both ends included (None: open).

    Raises
    ------
    DataError
        If an end lies within a column.
    """
    first, last = from_age or 0, OLDEST if to_age is None else to_age
    touched = [
        (key, low, OLDEST if high is None else high)
        for key, low, high in age_columns()
        if low <= last and (high is None or high >= first)
    ]
    if any(low < first or high > last for _, low, high in touched):
        name = f"{first}-{to_age}" if to_age is not None else f"{first}+"
        names = ", ".join(key for key, _, _ in touched)
        raise DataError(problem("ages-cut", name, group=name, columns=names))
    return [key for key, _, _ in touched]


def parse_band(text: str) -> tuple[int, int | None] | None:
    """Read an age band such as ``0-2``, ``3`` or ``80+``."""
    match = re.fullmatch(r"\s*(\d{1,3})\s*(?:[-–~]\s*(\d{1,3})|(\+))?\s*", text)
    if match is None:
        return None
    first = int(match[1])
    if match[3]:
        return first, None
    last = int(match[2] or match[1])
    return (first, last) if last >= first else None


def parts_of_band(first: int, last: int | None) -> dict[str, int]:
    """Say in what proportion a band of ages falls into the columns: by years of age.

    The last, open column counts as the years from 80 to 89: an assumption that matters only for a
    band such as 60+ that nothing finer divides.
    """
    end = OLDEST_BAND if last is None else last
    parts = {}
    for key, low, high in age_columns():
        years = min(OLDEST_BAND if high is None else high, end) - max(low, first) + 1
        if years > 0:
            parts[key] = years
    return parts


def largest_remainder(total: int, weights: Sequence[float] | NDArray[np.float64]) -> Counts:
    """Divide a whole number in proportion to `weights`, so that the parts add up to it.

    Each part is its share rounded down; what is left goes to the largest remainders, ties to the
    first.
    """
    shares = np.asarray(weights, np.float64)
    if total == 0 or not shares.sum() > 0:
        return np.zeros(len(shares), np.int64)
    if shares.sum() < TINY:  # the quotient below would overflow
        shares = shares / shares.max()
    exact = shares * (total / shares.sum())
    parts: Counts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - parts), kind="stable")
    missing = total - int(parts.sum())
    if missing < 0:  # floats may round a share up over the last whole number
        parts[order[missing:]] -= 1
    parts[order[: max(missing, 0)]] += 1
    return parts


def with_ages(
    columns: dict[str, pd.Series],
    *,
    headings: Mapping[str, str] | None = None,
    where: str,
    notes: Notes,
) -> dict[str, pd.Series]:
    """Turn counts of wider age bands, and a total, into the columns of people.

    A band is what its finer bands leave of it: p60 beside p80 counts those of 60 to 79. A band
    wider than a column is divided evenly by years of age, which is noted. People of the total
    that no band counts are taken as of 18 to 59 if every other age is counted.

    Parameters
    ----------
    headings
        What the source calls the columns, for messages.

    Raises
    ------
    DataError
        If bands overlap, finer bands exceed the wider one, cells are empty or negative, or ages
        are missing: a total alone says nothing of them.
    """
    counted = {key: cells for key, cells in columns.items() if age_bounds(key) or key == "pop"}
    others = {key: cells for key, cells in columns.items() if key not in counted}
    if not counted:
        raise DataError(problem("people-missing", where, columns=", ".join(columns) or "–"))
    called = {key: (headings or {}).get(key, key) for key in counted}
    problems = [
        fault_in_rows("people-empty", where, column=called[key], cells=cells[cells.isna()])
        for key, cells in counted.items()
        if cells.isna().any()
    ]
    problems += [
        fault_in_rows("cell-negative", where, column=called[key], cells=cells[cells < 0])
        for key, cells in counted.items()
        if (cells < 0).any()
    ]
    if list(counted) == ["pop"] and not problems:
        problems.append(problem("ages-unknown", where))
    raise_all(problems, DataError)
    if set(counted) == {key for key, _, _ in age_columns()}:
        return others | {key: counted[key] for key, _, _ in age_columns()}
    return others | _spread_ages(counted, called, where=where, notes=notes)


def _spread_ages(
    counted: dict[str, pd.Series], called: Mapping[str, str], *, where: str, notes: Notes
) -> dict[str, pd.Series]:
    index = next(iter(counted.values())).index
    spread = {key: np.zeros(len(index), np.int64) for key, _, _ in age_columns()}
    claimed: set[str] = set()
    for key in sorted(counted, key=lambda key: len(_parts(key))):
        parts = _parts(key)
        free = {column: years for column, years in parts.items() if column not in claimed}
        inner = claimed & set(parts)
        rest = counted[key].to_numpy(np.int64)
        for column in sorted(inner):
            rest = rest - spread[column]
        if (rest < 0).any() or (rest.any() and not free):
            cells = pd.Series(rest, index=index)[(rest < 0) | (rest != 0)]
            raise DataError(fault_in_rows("people-exceed", where, column=called[key], cells=cells))
        if len(free) > 1:
            notes.add("ages-spread", column=key, count=len(index))
        spread |= _evenly(rest, free)
        claimed |= set(free)
    missing = [key for key, _, _ in age_columns() if key not in claimed]
    if missing:
        raise DataError(problem("ages-missing", where, columns=", ".join(missing)))
    return {key: pd.Series(cells, index=index, dtype="Int64") for key, cells in spread.items()}


def _parts(key: str) -> dict[str, int]:
    bounds = age_bounds(key)
    return parts_of_band(0, None) if bounds is None else parts_of_band(*bounds)


def _evenly(people: NDArray[np.int64], parts: dict[str, int]) -> dict[str, NDArray[np.int64]]:
    """Divide each row's people among columns in proportion to their years."""
    if len(parts) == 1:
        return {next(iter(parts)): people}
    rows = np.array([largest_remainder(int(n), list(parts.values())) for n in people])
    return {column: rows[:, i] for i, column in enumerate(parts)}
