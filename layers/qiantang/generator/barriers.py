"""Barrier lines: walls, canals, motorways, railways, each open where a street passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from generator.facts import NATURE
from generator.space import METRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.town import Town

OPENING_M = 5.0
MIN_LENGTH_M = 4.0
SHORE_M = 60


def barriers_table(town: Town) -> gpd.GeoDataFrame:
    """Return barrier lines with real gaps where a walkable street passes."""
    lines = list(_lines(town))
    tree = shapely.STRtree([r.line for r in town.streets])
    crossed, street = tree.query([line for _, _, line in lines], predicate="intersects")
    first = np.searchsorted(crossed, np.arange(len(lines) + 1))
    rows = [
        {"kind": kind, "name": name, "data_nature": NATURE, "geometry": part}
        for k, (kind, name, line) in enumerate(lines)
        for part in _opened(line, [town.streets[j].line for j in street[first[k] : first[k + 1]]])
    ]
    return gpd.GeoDataFrame(rows, crs=METRES)


def _lines(town: Town) -> Iterator[tuple[str, str, Any]]:
    """Yield kind, name and line of every barrier."""
    for layout in town.layouts:
        for wall in layout.walls:
            yield "wall", "", wall
    for name, canal in town.canals:
        yield "canal", name, canal
    dry = shapely.union_all([f.land for f in town.faces]).buffer(SHORE_M)
    dry = dry.difference(town.skeleton.river.buffer(SHORE_M))
    for way in town.skeleton.ways:
        if way.grade in ("motorway", "railway"):
            for part in shapely.get_parts(way.line.intersection(dry)):
                yield way.grade, way.name, part


def _opened(line: Any, streets: list[Any]) -> list[Any]:
    """Return a barrier cut open where streets cross it."""
    if not streets:
        return [line]
    crossings = shapely.union_all(shapely.intersection(line, streets))
    left = shapely.get_parts(line.difference(crossings.buffer(OPENING_M)))
    return [part for part in left if part.length > MIN_LENGTH_M]
