"""Tables without coordinates, joined to units by code or name; and the sums that they state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import DataError, problem, raise_all
from siting.layers.faults import fault_in_rows
from siting.layers.residents import age_bounds, with_ages
from siting.layers.spatial import ASSIGNED, codes_of_units
from siting.layers.spread import ages_by_shares
from siting.layers.values import read_column

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.layers.columns import Mapping
    from siting.layers.model import Notes
    from siting.layers.schemas import Column

    Shapes = NDArray[np.object_]


def areas_by_code(
    columns: dict[str, pd.Series], units: gpd.GeoDataFrame, *, where: str, notes: Notes
) -> Shapes:
    """Return for each row the area of the unit that it names: its community, else its street.

    Raises
    ------
    DataError
        If a row names no unit, or an unknown one, or a street stands beside communities of it, so
        that their people would count twice.
    """
    rows = next(iter(columns.values())).index
    found = pd.Series(None, index=rows, dtype=object)
    problems = []
    for level in ASSIGNED:
        of_level = units[units["level"] == level].reset_index(drop=True)
        if level in columns and len(of_level):
            named, faults = codes_of_units(columns[level].rename(level), of_level, where=where)
            problems += faults
            found = found.where(found.notna(), named)
    raise_all(problems, DataError)
    lost = found[found.isna()]
    if len(lost):
        cells = pd.Series("", index=lost.index)
        raise DataError(fault_in_rows("unit-unnamed", where, column="community", cells=cells))
    parents = dict(zip(units["code"], units["parent"], strict=True))
    above = {parents[code] for code in found}
    twice = found[found.isin(above - {None})]
    if len(twice):
        raise DataError(fault_in_rows("unit-and-parts", where, column="street", cells=twice))
    notes.add("joined-by-code", count=len(found))
    shapes = dict(zip(units["code"], units.geometry, strict=True))
    return np.array([shapes[code] for code in found], dtype=object)


def with_people(
    columns: dict[str, pd.Series],
    *,
    shares: dict[str, float] | None,
    total: int | None,
    where: str,
    notes: Notes,
) -> dict[str, pd.Series]:
    """Complete the columns of people: by stated shares if only totals are counted, else by ages.

    Raises
    ------
    DataError
        If the ages cannot be had (`with_ages`, `ages_by_shares`), or add up to another `total`.
    """
    counted = [key for key in columns if key == "pop" or age_bounds(key)]
    if shares is not None and counted == ["pop"] and columns["pop"].notna().all():
        ages = ages_by_shares(columns["pop"], shares, where=where)
        notes.add("ages-by-shares", count=int(columns["pop"].sum()))
        done = {key: cells for key, cells in columns.items() if key != "pop"} | ages
    else:
        done = with_ages(columns, where=where, notes=notes)
    people = sum(int(cells.sum()) for key, cells in done.items() if age_bounds(key))
    if total is not None and people != total:
        raise DataError(problem("people-sum", where, column="total", stated=total, people=people))
    return done


def check_stated_sums(
    columns: dict[str, pd.Series],
    totals: pd.DataFrame | None,
    mapping: Mapping,
    schema_columns: dict[str, Column],
    *,
    where: str,
) -> None:
    """Compare the rows of a sheet with the one row that sums them up.

    Raises
    ------
    DataError
        For each whole column of which the sum differs from the stated one.
    """
    if totals is None or len(totals) != 1:
        return
    problems = []
    for key, cells in columns.items():
        column = schema_columns.get(key)
        if column is None or column.type != "whole":
            continue
        heading = mapping.columns[key]
        # a remark where the sum should stand is read as empty
        factor = mapping.factors.get(key, 1.0)
        stated = read_column(totals[heading], column=column, factor=factor).cells.iloc[0]
        people = int(cells.sum())
        if pd.notna(stated) and int(stated) != people:
            at = f"{where}:{totals.index[0]} {heading}"
            values = {"column": heading, "stated": int(stated), "people": people}
            problems.append(problem("people-sum", at, **values))
    raise_all(problems, DataError)
