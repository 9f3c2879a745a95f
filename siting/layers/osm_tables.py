"""Facilities, homes and barriers from OpenStreetMap, in degrees, by the tag table."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.layers.osm import WGS84, cut_at_box, first_tags, inside_box, meanings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.osm import Box, Extract, Objects, Tags


def kind_of(tags: Tags, *, table: str) -> str | None:
    """Return the kind that the first matching entry of the tag table gives."""
    if _telling(table).isdisjoint(tags.items()):  # so it is for nearly all objects
        return None
    for entry in meanings()[table]:
        if all(tags.get(key) in values for key, values in entry["tags"].items()):
            return str(entry["kind"])
    return None


@cache
def _telling(table: str) -> frozenset[tuple[str, str]]:
    """Return the tags without any of which an object has no kind."""
    return frozenset(first_tags(meanings()[table]))


def facilities(extract: Extract, *, kind: str | None) -> gpd.GeoDataFrame:
    """Return facilities (of one kind, or all) as points in degrees; areas by a point within.

    A facility drawn as an area and again as a point or building within it counts once.
    """
    ids, shapes, tags = [], [], []
    for objects in (extract.areas, extract.points):
        found = [kind_of(t, table="facility") for t in objects.tags]
        chosen = [i for i, k in enumerate(found) if k is not None and kind in (None, k)]
        some_ids, some_shapes, some_tags = objects.select(chosen)
        ids += list(some_ids)
        shapes += list(some_shapes)
        tags += some_tags
    table = pd.DataFrame(
        {
            "id": ids,
            "name": [t.get("name") for t in tags],
            "kind": [kind_of(t, table="facility") for t in tags],
            "ownership": [t.get("operator:type") for t in tags],
        }
    ).astype("str")
    table["ownership"] = table["ownership"].where(table["ownership"].isin(["public", "private"]))
    areas = gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84)
    areas = areas[~_nested(areas)]
    areas["geometry"] = areas.geometry.representative_point()
    if extract.box:
        areas = areas[inside_box(shapely.get_coordinates(areas.geometry), extract.box)]
    return areas.reset_index(drop=True)


def _nested(areas: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell which features lie within a larger one of the same kind."""
    nested = np.zeros(len(areas), bool)
    shapes = areas.geometry.to_numpy()
    kind = areas["kind"].to_numpy()
    size = shapely.area(shapes)
    inner, outer = shapely.STRtree(shapes).query(shapely.point_on_surface(shapes), "within")
    larger = (kind[inner] == kind[outer]) & (
        (size[outer] > size[inner]) | ((size[outer] == size[inner]) & (outer < inner))
    )
    nested[inner[larger]] = True
    return nested


def homes(extract: Extract) -> gpd.GeoDataFrame:
    """Return residential buildings as areas in degrees, with `levels`."""
    return _buildings(extract.areas, meanings()["residential"]["building"], extract.box)


def plain_buildings(extract: Extract) -> gpd.GeoDataFrame:
    """Return buildings of unknown use likewise; one that is also a facility is nobody's home."""
    return _buildings(extract.plain, meanings()["residential"]["plain"], extract.box)


def _buildings(areas: Objects, wanted: list[str], box: Box | None) -> gpd.GeoDataFrame:
    table = meanings()["residential"]
    chosen = [
        i
        for i, t in enumerate(areas.tags)
        if t.get("building") in wanted and kind_of(t, table="facility") is None
    ]
    ids, shapes, tags = areas.select(chosen)
    levels = [
        _levels(t.get("building:levels"))
        or table["levels"].get(t["building"], table["other_levels"])
        for t in tags
    ]
    found = gpd.GeoDataFrame(
        {
            "id": ids,
            "name": pd.Series([t.get("addr:housename") for t in tags], dtype="str"),
            "kind": pd.Series([t["building"] for t in tags], dtype="str"),
            "levels": pd.Series(levels, dtype="float64"),
        },
        geometry=shapes,
        crs=WGS84,
    )
    if box is None:
        return found
    inside = inside_box(shapely.get_coordinates(shapely.point_on_surface(shapes)), box)
    return found[inside].reset_index(drop=True)


def _levels(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 200 else None  # noqa: PLR2004  no building has more


def barriers(extract: Extract) -> gpd.GeoDataFrame:
    """Return walls, motorways, railways and rivers as lines in degrees."""
    found = [kind_of(t, table="barrier") for t in extract.lines.tags]
    chosen = [i for i, k in enumerate(found) if k is not None]
    _, shapes, tags = extract.lines.select(chosen)
    table = gpd.GeoDataFrame(
        {
            "kind": pd.Series([kind_of(t, table="barrier") for t in tags], dtype="str"),
            "name": pd.Series([t.get("name") for t in tags], dtype="str"),
        },
        geometry=shapes,
        crs=WGS84,
    )
    return cut_at_box(table, extract.box)
