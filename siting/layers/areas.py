"""People counted in areas become people at points: over buildings, or evenly over the ground.

An area is cut where units meet, so that nobody is counted in a unit beyond a border, and then
either its buildings share its people by floor area, or its parts of a grid do by ground area.
Smaller areas, such as a footprint, stand for one point within them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.layers.people import check_people, counted_columns
from siting.layers.spread import GOLDEN
from siting.layers.weights import PARTS_PER_M2, Weights, share_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.model import Notes

    Shapes = NDArray[np.object_]
    Longs = NDArray[np.int64]

SMALL_M2 = 2500
SLIVER_M2 = 0.01
CELL_M = 100


class Pieces(NamedTuple):
    """Parts of areas: the row each belongs to, its shape, and its weight among its row's parts."""

    row: Longs
    shape: Shapes
    weight: Longs


def people_at_points(
    residents: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    weights: Weights | None,
    *,
    cell_m: int = CELL_M,
    where: str,
    notes: Notes,
) -> gpd.GeoDataFrame:
    """Turn residents of areas into residents at points.

    Parameters
    ----------
    residents
        With any geometry in a metric CRS; rows that are points, small areas, or have no position
        stay one row each.
    units
        The units layer. A row that names its unit is not cut at borders.
    weights
        Buildings or cells that share people; None spreads them evenly over the ground.
    cell_m
        Side of the cells into which larger areas are cut.

    Returns
    -------
    geopandas.GeoDataFrame
        Points; each column of people adds up to what it was. Parts of a row bear its identifier
        and a number.

    Raises
    ------
    DataError
        If people were lost or doubled on the way, by column.
    """
    shapes = np.asarray(residents.geometry.array)
    polygons = np.isin(shapely.get_type_id(shapes), (3, 6))
    rows = np.flatnonzero(polygons & (np.nan_to_num(shapely.area(shapes)) >= SMALL_M2))
    points = np.where(shapely.get_type_id(shapes) > 0, shapely.point_on_surface(shapes), shapes)
    whole = residents.set_geometry(points, crs=residents.crs)
    if not len(rows):
        return cast("gpd.GeoDataFrame", whole)
    named = residents[["community", "street"]].notna().any(axis=1).to_numpy()
    pieces = cut_at_units(Pieces(rows, shapes[rows], _weights(shapes[rows])), units, kept=named)
    pieces = _over(pieces, weights, cell_m=cell_m, notes=notes)
    divided = _divided(residents, pieces)
    notes.add("people-by-area", count=len(rows), example=len(divided))
    still = whole.drop(index=whole.index[rows])
    done = gpd.GeoDataFrame(pd.concat([still, divided]), crs=residents.crs)
    check_people(residents, done, where=where)
    return done


def _weights(shapes: Shapes) -> Longs:
    weights: Longs = np.maximum(np.rint(shapely.area(shapes) * PARTS_PER_M2).astype(np.int64), 1)
    return weights


def cut_at_units(pieces: Pieces, units: gpd.GeoDataFrame, *, kept: NDArray[np.bool_]) -> Pieces:
    """Cut areas where the smallest units meet, and at the edge of all of them.

    Parameters
    ----------
    kept
        One per row of the table: rows that name their unit and are not cut.
    """
    parents = set(units["parent"].dropna())
    leaves = units[~units["code"].isin(parents)].geometry.to_numpy()
    tree = shapely.STRtree(leaves)
    piece, _ = tree.query(pieces.shape, predicate="covered_by")
    loose = ~kept[pieces.row]
    loose[piece] = False
    at = np.flatnonzero(loose)
    part, leaf = tree.query(pieces.shape[at], predicate="intersects")
    inner = shapely.intersection(pieces.shape[at][part], leaves[leaf])
    within = np.zeros(len(at))
    np.add.at(within, part, shapely.area(inner))
    beyond = np.flatnonzero(shapely.area(pieces.shape[at]) - within > SLIVER_M2)
    outer = [
        shapely.difference(pieces.shape[at[i]], shapely.union_all(leaves[leaf[part == i]]))
        for i in beyond
    ]
    row = np.r_[pieces.row[~loose], pieces.row[at[part]], pieces.row[at[beyond]]]
    shape = np.array([*pieces.shape[~loose], *inner, *outer], dtype=object)
    return _without_slivers(row, shape)


def _without_slivers(row: Longs, shape: Shapes) -> Pieces:
    large = shapely.area(shape) > SLIVER_M2
    return Pieces(row[large], shape[large], _weights(shape[large]))


def _over(pieces: Pieces, weights: Weights | None, *, cell_m: int, notes: Notes) -> Pieces:
    """Divide pieces among what shares their people; those with nothing of it, into cells."""
    bare = np.ones(len(pieces.row), bool)
    found = Pieces(np.empty(0, np.int64), np.empty(0, object), np.empty(0, np.int64))
    if weights is not None and len(weights.shape):
        piece, points, weight = share_out(weights, pieces.shape)
        found = Pieces(pieces.row[piece], points, weight)
        # a row whose people live in its buildings here has nobody where there are none
        bare = ~np.isin(pieces.row, found.row)
        notes.add("people-no-homes", count=len(np.unique(pieces.row[bare])))
    cells = [
        (row, _cells(shape, cell_m))
        for row, shape in zip(pieces.row[bare], pieces.shape[bare], strict=True)
    ]
    if not cells:
        return found
    spread = _without_slivers(
        np.repeat([row for row, _ in cells], [len(parts) for _, parts in cells]),
        np.concatenate([parts for _, parts in cells]),
    )
    return Pieces(
        np.r_[found.row, spread.row],
        np.r_[found.shape, shapely.point_on_surface(spread.shape)],
        np.r_[found.weight, spread.weight],
    )


def _cells(shape: shapely.Geometry, cell_m: int) -> Shapes:
    """Cut one area along a grid aligned with the CRS; one no larger than a cell stays whole."""
    if shape.area <= cell_m**2 * 1.01:
        return np.array([shape], dtype=object)
    west, south, east, north = np.floor(np.array(shape.bounds) / cell_m).astype(np.int64)
    x, y = (a.ravel() * cell_m for a in np.mgrid[west : east + 1, south : north + 1])
    boxes = shapely.box(x, y, x + cell_m, y + cell_m)
    shapely.prepare(shape)
    boxes = boxes[shapely.intersects(shape, boxes)]
    inside = shapely.contains(shape, boxes)
    cut = shapely.intersection(shape, boxes[~inside])
    return np.concatenate([boxes[inside], cut])


def _divided(residents: gpd.GeoDataFrame, pieces: Pieces) -> gpd.GeoDataFrame:
    """Divide the people of each row among its pieces, neighbours making up for each other."""
    curve = gpd.GeoSeries(pieces.shape, crs=residents.crs).hilbert_distance().to_numpy()
    order = np.lexsort(
        [shapely.get_y(pieces.shape), shapely.get_x(pieces.shape), curve, pieces.row]
    )
    row, shape, weight = pieces.row[order], pieces.shape[order], pieces.weight[order]
    first = np.r_[True, row[1:] != row[:-1]]
    last = np.r_[first[1:], True]
    start = np.flatnonzero(first)
    sizes = np.diff(np.r_[start, len(row)])
    number = np.arange(len(row)) - np.repeat(start, sizes)
    running = np.cumsum(weight)
    before = running[start] - weight[start]
    share = (running - np.repeat(before, sizes)) / np.repeat(running[last] - before, sizes)
    table = residents.iloc[row].set_geometry(shape, crs=residents.crs)
    counts: dict[str, pd.Series] = {}
    for i, key in enumerate(counted_columns(residents)):
        total = residents[key].iloc[row]
        people = total.to_numpy(np.int64, na_value=0)
        handed = np.minimum(np.floor(share * people + GOLDEN * (i + 1) % 1), people)
        handed = np.where(last, people, handed).astype(np.int64)
        parts = handed - np.where(first, 0, np.r_[0, handed[:-1]])
        counts[key] = pd.Series(parts, index=table.index, dtype="Int64").where(total.notna())
    several = ~(first & last)
    ids = [f"{name}-{n + 1:04d}" if many else name
           for name, n, many in zip(table["id"], number, several, strict=True)]  # fmt: skip
    table = table.assign(**counts, id=pd.Series(ids, index=table.index, dtype="str"))
    lived_in = np.sum([c.to_numpy(np.int64, na_value=0) for c in counts.values()], axis=0) > 0
    return cast("gpd.GeoDataFrame", table[lived_in])
