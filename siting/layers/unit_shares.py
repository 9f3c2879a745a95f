"""Ages of people of whom only totals are known, by a table of shares of each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import DataError, problem, raise_all
from siting.layers.columns import map_columns
from siting.layers.faults import fault_in_rows
from siting.layers.people import TOTAL
from siting.layers.residents import age_bounds
from siting.layers.schemas import Column, schemas
from siting.layers.spatial import codes_of_units
from siting.layers.spread import SHARES_ERROR, ages_by_shares
from siting.layers.values import read_column
from siting.words import Text

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.layers.model import Notes
    from siting.layers.raw import Raw

PERCENT = 100.0
SHOWN = 8
Shares = dict[str, float]


def shares_of_units(
    raw: Raw, units: gpd.GeoDataFrame, *, where: str, notes: Notes
) -> dict[str, Shares]:
    """Read a table of age shares: one row per unit, one column per band of ages.

    A row names its unit by code or name; its shares add up to 1, or to 100 if they are per cent.

    Returns
    -------
    dict
        By code of unit: share of each band, such as ``{"0-17": 0.2, "18+": 0.8}``.

    Raises
    ------
    DataError
        If columns or cells cannot be read, a unit is unknown or stands twice, or shares of a row
        do not add up.
    """
    mapping, problems = map_columns(
        map(str, raw.table.columns), schema=schemas()["shares"], fields={}, where=where
    )
    bands = {key: heading for key, heading in mapping.columns.items() if age_bounds(key)}
    names = [key for key in schemas()["shares"].columns if key in mapping.columns]
    if not bands or not names:
        seen = ", ".join(map(str, raw.table.columns))
        problems.append(problem("shares-columns", where, seen=seen))
    raise_all(problems, DataError)
    read = {}
    for key, heading in bands.items():
        column = Column(key, "number", Text(zh=key, en=key))
        reading = read_column(raw.table[heading], column=column)
        problems += [
            fault_in_rows(fault, where, column=heading, cells=cells)
            for fault, cells in reading.faults.items()
        ]
        notes.add_customs(reading, column=heading)
        notes.add("default", column=heading, count=int(reading.cells.isna().sum()), example="0")
        read[_band(key)] = reading.cells.fillna(0).astype(float)
    unit = pd.Series(None, index=raw.table.index, dtype="str")
    for key in names:
        cells = read_column(
            raw.table[mapping.columns[key]], column=schemas()["shares"].columns[key]
        )
        unit = unit.fillna(cells.cells)
    codes, faults = codes_of_units(unit.rename(mapping.columns[names[0]]), units, where=where)
    problems += faults
    raise_all(problems, DataError)
    table = _adding_up(pd.DataFrame(read), where=where)
    twice = codes[codes.duplicated(keep=False)]
    if len(twice):
        raise DataError(fault_in_rows("key-twice", where, column=str(codes.name), cells=twice))
    notes.add("shares-by-unit", count=len(table))
    named = [str(band) for band in table]
    rows = [dict(zip(named, map(float, row), strict=True)) for row in table.to_numpy()]
    return dict(zip(codes.astype(str), rows, strict=True))


def _adding_up(table: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """Return shares of one; refuse rows that add up neither to 1 nor to 100."""
    sums = table.sum(axis=1)
    percent = np.isclose(sums, PERCENT, rtol=0, atol=PERCENT * SHARES_ERROR)
    table = table.div(np.where(percent, PERCENT, 1.0), axis=0)
    wrong = ~percent & ~np.isclose(sums, 1, rtol=0, atol=SHARES_ERROR)
    if wrong.any():
        raise DataError(fault_in_rows("shares-row", where, column="", cells=sums[wrong].round(4)))
    return table


def _band(key: str) -> str:
    first, last = age_bounds(key) or (0, None)
    return f"{first}+" if last is None else f"{first}-{last}"


def ages_by_unit(
    residents: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    shares: dict[str, Shares],
    *,
    default: Shares | None,
    where: str,
) -> gpd.GeoDataFrame:
    """Divide totals among ages by the shares of the smallest unit that has any.

    Parameters
    ----------
    residents
        With `pop`, `community` and `street`.
    default
        Shares for people of no unit that has any.

    Raises
    ------
    DataError
        If there are people for whom nobody states ages: how many, and where they are.
    """
    own = residents["community"].astype(object).fillna(residents["street"].astype(object))
    known = {code: _stating(code, units, shares) for code in own.dropna().unique()}
    stating = own.map(known).astype(object).fillna("")
    without = residents[(stating == "").to_numpy() & (residents[TOTAL] > 0).to_numpy()]
    if default is None and len(without):
        places = own[without.index].fillna("–").astype(str)
        people = without[TOTAL].astype(int).groupby(places.to_numpy()).sum()
        listed = ", ".join(f"{code}: {count}" for code, count in people.head(SHOWN).items())
        values = {"people": int(people.sum()), "units": listed}
        raise DataError(problem("shares-unit-missing", where, **values))
    parts = []
    for code, rows in residents.groupby(stating.to_numpy(), sort=True):
        of_unit = shares[str(code)] if code else default or {}
        ages = ages_by_shares(rows[TOTAL], of_unit, where=f"{where} {code}".rstrip())
        parts.append(rows.assign(**ages).drop(columns=TOTAL))
    done: gpd.GeoDataFrame = pd.concat(parts)
    return done


def _stating(code: str, units: gpd.GeoDataFrame, shares: dict[str, Shares]) -> str:
    """Return the smallest unit around `code`, itself included, that states shares."""
    parents = dict(zip(units["code"], units["parent"], strict=True))
    at: str | None = code
    while at is not None and not pd.isna(at) and at not in shares:
        at = parents.get(at)
    return "" if at is None or pd.isna(at) else at
