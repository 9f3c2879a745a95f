"""The ground of the map: streets, water, units, barriers as flat arrays of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from siting.report.projection import LocalPlane, local_plane
from siting.report.streetclasses import STREET_CLASSES, street_class

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import ArrayLike

    from siting.report.result import Result

    Arrays = dict[str, ArrayLike]

SIMPLIFY_MM = 2_000  # of what is only drawn: half a pixel at the closest zoom of a district


def plane_of(result: Result) -> LocalPlane:
    """Fit the page's plane over everything that the map shows."""
    boxes = [
        layer.total_bounds
        for layer in (result.layers.units, result.layers.streets, result.layers.water)
        if len(layer)
    ]
    low = np.min([box[:2] for box in boxes], axis=0)
    high = np.max([box[2:] for box in boxes], axis=0)
    bounds = np.concatenate([np.floor(low), np.ceil(high)]).astype(np.int64) * 1000
    x0, y0, x1, y1 = (int(value) for value in bounds)
    return local_plane(result.scenario["crs"], bounds_mm=(x0, y0, x1, y1))


def put_lines(
    arrays: Arrays, name: str, shapes: Iterable[Any], plane: LocalPlane, *, unit_mm: int = 1
) -> None:
    """Add the lines or rings of many shapes as flat coordinates with two levels of starts.

    Coordinates are counted in `unit_mm`: what is only drawn needs no millimetres.
    """
    xs, ys, line_start, shape_start = [], [], [0], [0]
    for shape in shapes:
        for line in _lines_of(shape):
            xy = np.floor(shapely.get_coordinates(line) * 1000 + 0.5).astype(np.int64)
            xs.append((xy[:, 0] - plane.origin_mm[0]) // unit_mm)
            ys.append((xy[:, 1] - plane.origin_mm[1]) // unit_mm)
            line_start.append(line_start[-1] + len(xy))
        shape_start.append(len(line_start) - 1)
    empty = np.empty(0, np.int64)
    arrays[f"{name}.x"] = np.concatenate([*xs, empty])
    arrays[f"{name}.y"] = np.concatenate([*ys, empty])
    arrays[f"{name}.line"] = np.array(line_start)
    arrays[f"{name}.shape"] = np.array(shape_start)
    arrays[f"{name}.unit"] = [unit_mm]


def _lines_of(shape: Any) -> list[Any]:
    """Return the lines of a line, the rings of a polygon, or those of a collection's members."""
    if shape is None or shape.is_empty:
        return []
    if shape.geom_type == "Polygon":
        return [shape.exterior, *shape.interiors]
    if hasattr(shape, "geoms"):
        return [line for part in shape.geoms for line in _lines_of(part)]
    return [shape]


def _simple(layer: gpd.GeoDataFrame) -> Any:
    return layer.geometry.simplify(SIMPLIFY_MM / 1000, preserve_topology=False)


def put_ground(result: Result, plane: LocalPlane, arrays: Arrays) -> dict[str, Any]:
    """Add water, units, barriers, the walking network and the roads nobody walks on."""
    layers, streets = result.layers, result.streets
    if streets is None:
        raise ValueError("a place without streets has no map")
    arrays["streets.x"] = streets.vertex_x_mm - plane.origin_mm[0]
    arrays["streets.y"] = streets.vertex_y_mm - plane.origin_mm[1]
    arrays["streets.start"] = streets.vertex_start
    classes = np.array([street_class(value) for value in layers.streets["class"]], np.int64)
    arrays["streets.class"] = classes[streets.edge_line]
    named = layers.streets["name"].fillna("").astype(str).to_numpy()
    names = sorted(set(named[streets.edge_line]) - {""})
    number = {name: i for i, name in enumerate(names)} | {"": -1}
    arrays["streets.name"] = [number[name] for name in named[streets.edge_line]]
    closed = layers.streets[~layers.streets["walkable"].fillna(False).astype(bool)]
    arrays["roads.class"] = [street_class(value) for value in closed["class"]]
    put_lines(arrays, "roads", _simple(closed), plane)
    put_lines(arrays, "water", _simple(layers.water), plane)
    put_lines(arrays, "barriers", _simple(layers.barriers), plane)
    put_lines(arrays, "units", layers.units.geometry, plane)
    units = layers.units
    return {
        "classes": STREET_CLASSES,
        "street_names": names,
        "water_names": layers.water["name"].fillna("").tolist(),
        "water_labels": _positions(layers.water.representative_point(), plane),
        "barrier_kinds": layers.barriers["kind"].tolist(),
        "units": units[["code", "name", "level", "outside"]].to_dict("records"),
        "unit_labels": _positions(units.representative_point(), plane),
    }


def _positions(points: gpd.GeoSeries, plane: LocalPlane) -> list[list[int]]:
    xy = np.floor(shapely.get_coordinates(points.to_numpy()) * 1000 + 0.5).astype(np.int64)
    placed: list[list[int]] = (xy - np.array(plane.origin_mm)).tolist()
    return placed
