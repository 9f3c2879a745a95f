"""Land around people: squares and discs, how much of them is land, how many people are in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from siting.network.snap import NO_POSITION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.network.snap import Positions

RESIDENTIAL = "residential_land"
M2_PER_KM2 = 1e6
QUARTER = 16  # pieces of a quarter circle; what its polygon lacks is made up for


def square_codes(points: Positions, grid_m: int) -> pd.Series:
    """Return the square of a grid of `grid_m` in which each point lies (missing: no position).

    Squares hold their western and southern edges; ``500:12:-3`` is the square that begins 12
    squares east of the origin of the CRS and 3 south of it.
    """
    side_mm = grid_m * 1000
    east, north = points.x_mm // side_mm, points.y_mm // side_mm
    known = points.x_mm != NO_POSITION
    codes = [
        f"{grid_m}:{i}:{j}" if there else pd.NA
        for i, j, there in zip(east.tolist(), north.tolist(), known.tolist(), strict=True)
    ]
    return pd.Series(codes, dtype="string")


def square_shapes(codes: pd.Series, grid_m: int, *, crs: str) -> gpd.GeoSeries:
    """Return the squares of some codes of `square_codes`."""
    corner = np.array([code.split(":")[1:] for code in codes], np.float64).reshape(-1, 2) * grid_m
    x, y = corner.T
    return gpd.GeoSeries(shapely.box(x, y, x + grid_m, y + grid_m), crs=crs)


def discs(points: Positions, rows: NDArray[np.int64], radius_m: int, *, crs: str) -> gpd.GeoSeries:
    """Return the discs around some points, of the area of true circles."""
    polygon = 4 * QUARTER / 2 * np.sin(2 * np.pi / (4 * QUARTER))  # of a circle of radius 1
    centres = shapely.points(points.x_mm[rows] / 1000, points.y_mm[rows] / 1000)
    wide = radius_m * np.sqrt(np.pi / polygon)
    return gpd.GeoSeries(shapely.buffer(centres, wide, quad_segs=QUARTER), crs=crs)


def people_within(
    points: Positions, people: NDArray[np.int64], rows: NDArray[np.int64], *, radius_m: int
) -> NDArray[np.int64]:
    """Count the people no farther than `radius_m` from each of some points, in straight lines."""
    known = np.flatnonzero((points.x_mm != NO_POSITION) & (people > 0))
    if not len(known):
        return np.zeros(len(rows), np.int64)
    xy = np.column_stack([points.x_mm, points.y_mm]).astype(np.float64)
    near = cKDTree(xy[known]).query_ball_point(xy[rows], radius_m * 1000, return_sorted=True)
    found = np.repeat(np.arange(len(rows)), [len(one) for one in near])
    members = known[np.concatenate([*near, []]).astype(np.int64)]
    return np.bincount(found, people[members], minlength=len(rows)).astype(np.int64)


def land_km2(
    shapes: gpd.GeoSeries, study: Study, *, area: Literal["land", "residential"]
) -> NDArray[np.float64]:
    """Return the land of each shape in km²: all that is not water, or residential land alone.

    NaN everywhere if residential land is asked for and the scenario names no such layer.
    """
    if area == "land":
        water = shared_area(shapes, study.layers.water.geometry)
        whole = np.asarray(shapely.area(shapes.array), np.float64)
        return np.maximum(whole - water, 0) / M2_PER_KM2
    if RESIDENTIAL not in study.layers.areas:
        return np.full(len(shapes), np.nan)
    return shared_area(shapes, study.layers.areas[RESIDENTIAL].geometry) / M2_PER_KM2


def shared_area(shapes: gpd.GeoSeries, others: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return how much of each shape others cover, in m²; the others do not overlap."""
    polygons, covers = np.asarray(shapes.array), np.asarray(others.array)
    tree = shapely.STRtree(covers)
    # What lies within a shape as a whole need not be cut out of it.
    row, other = tree.query(polygons, predicate="contains")
    whole = np.bincount(row, shapely.area(covers[other]), minlength=len(polygons))
    inside = set(zip(row.tolist(), other.tolist(), strict=True))
    row, other = tree.query(polygons, predicate="intersects")
    cut = [pair not in inside for pair in zip(row.tolist(), other.tolist(), strict=True)]
    row, other = row[cut], other[cut]
    common = shapely.area(shapely.intersection(polygons[row], covers[other]))
    return np.asarray(whole + np.bincount(row, common, minlength=len(polygons)), np.float64)
