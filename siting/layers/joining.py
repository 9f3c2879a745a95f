"""Tables without coordinates, joined to parcels or units by code or name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import DataError, raise_all
from siting.layers.faults import fault_in_rows
from siting.layers.spatial import ASSIGNED, codes_of_units
from siting.layers.values import is_missing, narrow

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.layers.model import Notes

    Shapes = NDArray[np.object_]

PARCEL = "parcel"


def parcels_by_code(
    cells: pd.Series, parcels: gpd.GeoDataFrame, *, where: str, notes: Notes
) -> Shapes:
    """Return for each row the parcel that it names; none for a row that names nothing.

    Parameters
    ----------
    cells
        Codes, under the heading of the source.

    Raises
    ------
    DataError
        If a row names a parcel that does not exist.
    """
    shapes = dict(zip(parcels["id"].map(narrow), parcels.geometry, strict=True))
    named = cells[~cells.map(is_missing)].map(narrow)
    lost = cells[named.index[~named.isin(list(shapes))]]
    if len(lost):
        known = ", ".join(parcels["id"].head(8))
        raise DataError(
            fault_in_rows("parcel-unknown", where, column=str(cells.name), cells=lost, known=known)
        )
    notes.add("joined-by-parcel", count=len(named))
    notes.add("position-missing", count=len(cells) - len(named))
    found = pd.Series(None, index=cells.index, dtype=object)
    found[named.index] = np.array([shapes[code] for code in named], dtype=object)
    return found.to_numpy()


def areas_by_code(
    columns: dict[str, pd.Series],
    units: gpd.GeoDataFrame,
    *,
    headings: Mapping[str, str],
    counted: bool,
    where: str,
    notes: Notes,
) -> Shapes:
    """Return for each row the area of the unit that it names: its community, else its street.

    Parameters
    ----------
    counted
        The rows count people, so that no unit may stand beside parts of it.

    Raises
    ------
    DataError
        If a row names no unit, or an unknown one, or a street stands beside communities of it, so
        that their people would count twice.
    """
    rows = next(iter(columns.values())).index
    found = pd.Series(None, index=rows, dtype=object)
    named = {level: headings.get(level, level) for level in ASSIGNED if level in columns}
    problems = []
    for level, heading in named.items():
        of_level = units[units["level"] == level].reset_index(drop=True)
        if len(of_level):
            codes, faults = codes_of_units(columns[level].rename(heading), of_level, where=where)
            problems += faults
            found = found.where(found.notna(), codes)
    raise_all(problems, DataError)
    lost = found[found.isna()]
    if len(lost):
        cells, column = pd.Series("", index=lost.index), ", ".join(named.values())
        raise DataError(fault_in_rows("unit-unnamed", where, column=column, cells=cells))
    if counted:
        _check_parts(found, units, column=list(named.values())[-1], where=where)
    notes.add("joined-by-code", count=len(found))
    shapes = dict(zip(units["code"], units.geometry, strict=True))
    return np.array([shapes[code] for code in found], dtype=object)


def _check_parts(found: pd.Series, units: gpd.GeoDataFrame, *, column: str, where: str) -> None:
    """Refuse a unit that is counted beside a part of it."""
    parents = dict(zip(units["code"], units["parent"], strict=True))
    above = {parents[code] for code in found}
    twice = found[found.isin(above - {None})]
    if len(twice):
        raise DataError(fault_in_rows("unit-and-parts", where, column=column, cells=twice))
