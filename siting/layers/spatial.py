"""What a position says when a table does not: unit, land area, inside or outside the district."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import geopandas as gpd
import numpy as np
import shapely

from siting.errors import DataError, Problem, raise_all
from siting.layers.faults import fault_in_rows
from siting.layers.values import narrow

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from siting.layers.model import Notes

ASSIGNED = ("community", "street")  # the levels that residents, facilities and parcels name
NAMED = (*ASSIGNED, "county")  # and the one that tables of a place without geometry name
M2_PER_KM2 = 1e6


def area_at(points: gpd.GeoSeries, areas: gpd.GeoSeries) -> NDArray[np.int64]:
    """Return the position of the area in which each point lies, −1 for none.

    A point on a common border belongs to the first area, so that it is counted once.
    """
    found = np.full(len(points), len(areas), np.int64)
    tree = shapely.STRtree(areas.to_numpy())
    point, area = tree.query(points.to_numpy(), predicate="intersects")
    np.minimum.at(found, point, area)
    return np.where(found == len(areas), -1, found)


def assign_units(
    table: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    where: str,
    notes: Notes,
    headings: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """Complete `community`, `street`, `county` and `outside` of a table.

    A unit that the table names, by code or by name, stands; the others go by the position of
    their points. Rows in no unit, or in a unit beyond the district, are `outside`.

    Parameters
    ----------
    headings
        What the source calls the columns, for messages.

    Raises
    ------
    DataError
        If the table names a unit that does not exist, or a name that several units bear.
    """
    points = table.geometry
    if not set(points.geom_type.dropna()) <= {"Point"}:
        points = points.representative_point()
    problems: list[Problem] = []
    columns: dict[str, pd.Series] = {}
    for level in NAMED:
        of_level = units[units["level"] == level].reset_index(drop=True)
        if of_level.empty or level not in table:
            continue
        called = (headings or {}).get(level, level)
        named, faults = codes_of_units(table[level].rename(called), of_level, where=where)
        problems += faults
        columns[level] = _by_position(named, points, of_level, level=level, notes=notes)
    raise_all(problems, DataError)
    if "outside" in table:
        columns["outside"] = _outside(table["outside"], points, units, notes=notes)
    return cast("gpd.GeoDataFrame", table.assign(**columns))


def codes_of_units(
    named: pd.Series, units: gpd.GeoDataFrame, *, where: str
) -> tuple[pd.Series, list[Problem]]:
    """Translate codes and names of units into codes, with the problems of those unknown."""
    names = units["name"].dropna().map(narrow)
    clear = ~names.duplicated(keep=False)
    codes = dict(zip(names[clear], units["code"][names.index[clear]], strict=True))
    twice = set(names[~clear])
    known = codes | dict(zip(units["code"].map(narrow), units["code"], strict=True))
    plain = named.map(narrow, na_action="ignore")
    found = plain.map(known)
    lost = plain.notna() & found.isna()
    several = lost & plain.isin(twice)
    faults = [
        fault_in_rows(key, where, column=str(named.name), cells=named[which],
                      known=", ".join(units["name"].fillna(units["code"])[:8]))
        for key, which in (("unit-unknown", lost & ~several), ("unit-twice", several))
        if which.any()
    ]  # fmt: skip
    return found, faults


def _by_position(
    named: pd.Series, points: gpd.GeoSeries, units: gpd.GeoDataFrame, *, level: str, notes: Notes
) -> pd.Series:
    missing = named.isna()
    if not missing.any():
        return named.astype("str")
    at = area_at(points[missing], units.geometry)
    codes = units["code"].to_numpy(object)
    placed = np.where(at >= 0, codes[np.maximum(at, 0)], None)
    notes.add("unit-by-place", column=level, count=int((at >= 0).sum()))
    filled = named.astype(object)
    filled[missing] = placed
    return filled.astype("str")


def _outside(
    flags: pd.Series, points: gpd.GeoSeries, units: gpd.GeoDataFrame, *, notes: Notes
) -> pd.Series:
    """Fill the flags that a table leaves empty; a row without a position counts as inside."""
    empty = flags.isna()
    if empty.any() and len(units):
        inside = units[~units["outside"]].geometry
        placed = empty & ~(points.isna() | points.is_empty)
        beyond = area_at(points[placed], inside) < 0
        notes.add("outside-by-place", count=int(beyond.sum()))
        flags = flags.copy()
        flags[placed] = beyond
    return flags.fillna(value=False)


def with_land_area(
    units: gpd.GeoDataFrame, water: gpd.GeoDataFrame, *, notes: Notes
) -> gpd.GeoDataFrame:
    """Complete the land area of units: their area without water, in km²."""
    empty = units["land_km2"].isna() & units.geometry.notna()
    if not empty.any():
        return units
    shapes = units.geometry[empty]
    wet = area_within(shapes.to_numpy(), water.geometry.to_numpy())
    land = units["land_km2"].copy()
    land[empty] = (shapes.area.to_numpy() - wet) / M2_PER_KM2
    notes.add("land-by-geometry", count=int(empty.sum()))
    return cast("gpd.GeoDataFrame", units.assign(land_km2=land))


def area_within(areas: NDArray[np.object_], parts: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return how many m² of each area the union of `parts` covers."""
    covered = np.zeros(len(areas))
    if len(parts):
        whole = shapely.union_all(parts)
        pieces = shapely.get_parts(whole)
        tree = shapely.STRtree(pieces)
        area, piece = tree.query(areas, predicate="intersects")
        shared = shapely.area(shapely.intersection(areas[area], pieces[piece]))
        np.add.at(covered, area, shared)
    return covered


def grid_of(points: gpd.GeoSeries, *, size_m: int) -> gpd.GeoDataFrame:
    """Return the square cells that hold any of the points, as units of level ``grid``.

    Cells are aligned with the CRS and named by the kilometres (or metres) of their south-west
    corner, so that another run names the same square the same.
    """
    known = points[~(points.isna() | points.is_empty)]
    cells = np.unique(
        np.floor(np.column_stack([known.x, known.y]) / size_m).astype(np.int64), axis=0
    )
    corner = cells * size_m
    boxes = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + size_m, corner[:, 1] + size_m)
    codes = [f"E{x}N{y}" for x, y in corner // (1000 if size_m % 1000 == 0 else 1)]
    return gpd.GeoDataFrame(
        {"code": codes, "name": codes, "level": "grid", "outside": False},
        geometry=boxes,
        crs=points.crs,
    )


def metres_to_nearest(
    points: NDArray[np.object_], lines: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Return how far each point is from the nearest of `lines`: NaN without position or lines."""
    metres = np.full(len(points), np.nan)
    if len(lines):
        known = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
        tree = shapely.STRtree(lines)
        (point, _), distance = tree.query_nearest(
            points[known], return_distance=True, all_matches=False
        )
        metres[known[point]] = distance
    return metres
