"""Lakes from OpenStreetMap, and the sea, of which only the coast is drawn; in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.layers.osm import WGS84, cut_at_box, meanings

if TYPE_CHECKING:
    from siting.layers.osm import Box, Extract, Shapes


def water(extract: Extract) -> gpd.GeoDataFrame:
    """Return lakes and, where the extract has a coastline, the sea, as areas in degrees."""
    listed = meanings()["water"]["natural"]
    areas = extract.areas
    chosen = [i for i, t in enumerate(areas.tags) if t.get("natural") in listed]
    _, shapes, tags = areas.select(chosen)
    found = gpd.GeoDataFrame(
        {"name": pd.Series([t.get("name") for t in tags], dtype="str")}, geometry=shapes, crs=WGS84
    )
    found = cut_at_box(found, extract.box)
    if extract.box is None:
        return found
    coast = [
        i
        for i, t in enumerate(extract.lines.tags)
        if t.get("natural") in meanings()["water"]["coast"]
    ]
    sea = sea_in(extract.lines.shapes(coast), extract.box)
    names = pd.Series([None] * len(sea), dtype="str")
    return pd.concat(
        [found, gpd.GeoDataFrame({"name": names}, geometry=list(sea), crs=WGS84)], ignore_index=True
    )


def sea_in(coast: Shapes, box: Box) -> Shapes:
    """Return the parts of the box that lie to the right of the coastline: the sea.

    OSM draws coastlines with land on the left. Each face between them is land or sea by the side
    on which it lies of a piece of its border.
    """
    frame = shapely.box(*box)
    pieces = shapely.get_parts(
        shapely.line_merge(shapely.union_all(shapely.intersection(coast, frame)))
    )
    if not len(pieces):
        return np.empty(0, object)
    edges = shapely.union_all([*pieces, frame.exterior])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    sides = _right_hand_points(pieces)
    at, _ = shapely.STRtree(sides).query(faces, predicate="contains")
    return np.asarray(faces[np.unique(at)], dtype=object)


def _right_hand_points(lines: Shapes) -> Shapes:
    """Return a point just to the right of each line's longest piece."""
    points = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        steps = np.diff(xy, axis=0)
        longest = int(np.argmax((steps**2).sum(axis=1)))
        middle = (xy[longest] + xy[longest + 1]) / 2
        right = np.array([steps[longest][1], -steps[longest][0]])
        points.append(middle + right / np.sqrt((right**2).sum()) * 1e-7)
    return np.asarray(shapely.points(points), dtype=object)
