"""Axes as surveyors write them: X north, Y east, and a zone number before the easting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from siting.errors import DataError
from siting.layers.faults import fault_in_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.model import Notes

    Numbers = NDArray[np.float64]
    Shapes = NDArray[np.object_]

ZONE = 1e6  # a zone number stands before the six digits of an easting


def centres(shapes: Shapes) -> tuple[Numbers, Numbers]:
    """Return the middle of each geometry's bounds: x and y."""
    bounds = shapely.bounds(shapes)
    return (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2


def inside(x: Numbers, y: Numbers, home: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Tell which positions lie within bounds."""
    west, south, east, north = home
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def with_declared_zone(
    shapes: Shapes,
    *,
    crs: str,
    home: tuple[float, float, float, float] | None,
    where: str,
    rows: pd.Index,
    column: str,
    notes: Notes,
) -> Shapes:
    """Take the zone number from before eastings, or put it there, as the declared CRS has it.

    The zone number must be that of the declared CRS, or the rows lie elsewhere than it says.
    """
    x, y = centres(shapes)
    plain = home is None or home[2] < ZONE * 10
    zoned = plain & ((np.nan_to_num(x) > ZONE * 10) | (np.nan_to_num(y) > ZONE * 10))
    zones = np.where(zoned, np.maximum(np.nan_to_num(x), np.nan_to_num(y)) // ZONE, 0)
    meridian = _central_meridian(crs)
    wrong = zoned & (zones * 3 != meridian) & (zones * 6 - 3 != meridian)
    if wrong.any():
        cells = pd.Series(zones[wrong].astype(int), index=rows[wrong])
        raise DataError(fault_in_rows("zone-wrong", where, column=column, cells=cells, crs=crs))

    def strip(xy: Numbers) -> Numbers:
        return np.where(xy > ZONE * 10, xy % ZONE, xy)

    if zoned.any():
        first = int(zones[zoned][0])
        notes.add("zone-prefix", count=int(zoned.sum()), example=first, rows=rows[zoned])
        shapes = np.where(zoned, shapely.transform(shapes, strip), shapes)
    return shapes if plain or home is None else _with_zone(shapes, home, rows=rows, notes=notes)


def _with_zone(
    shapes: Shapes, home: tuple[float, float, float, float], *, rows: pd.Index, notes: Notes
) -> Shapes:
    """Put the zone number of the declared CRS before eastings that lack it."""
    zone = home[0] // ZONE
    x, y = centres(shapes)
    bare = ~inside(x, y, home) & inside(x + zone * ZONE, y, home)
    notes.add("zone-missing", count=int(bare.sum()), example=int(zone), rows=rows[bare])
    full = shapely.transform(shapes, lambda xy: xy + np.array([zone * ZONE, 0]))
    return np.where(bare, full, shapes)


def turned(
    shapes: Shapes,
    *,
    home: tuple[float, float, float, float] | None,
    rows: pd.Index,
    note: str,
    notes: Notes,
) -> Shapes:
    """Exchange the coordinates of rows that lie where they belong only when exchanged.

    So are latitude before longitude, and surveyors' axes, X north and Y east.
    """
    if home is None:
        return shapes
    x, y = centres(shapes)
    other = ~inside(x, y, home) & inside(y, x, home)
    if not other.any():
        return shapes
    example = f"{x[other][0]:.6g}, {y[other][0]:.6g}"
    notes.add(note, count=int(other.sum()), example=example, rows=rows[other])
    exchanged: Shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    return np.where(other, exchanged, shapes)


def _central_meridian(crs: str) -> float:
    operation = CRS.from_user_input(crs).coordinate_operation
    params = operation.params if operation else []
    return next((float(p.value) for p in params if p.name == "Longitude of natural origin"), 0.0)
