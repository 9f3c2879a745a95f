"""Barrier lines: compound walls, canals, motorways, railways, each open where a street passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from generator.facts import NATURE
from generator.space import METRES

if TYPE_CHECKING:
    from generator.town import Town

OPENING_M = 5.0
MIN_LENGTH_M = 4.0


def barriers_table(town: Town) -> gpd.GeoDataFrame:
    """Return barrier lines with real gaps where a walkable street passes."""
    lines: list[tuple[str, str, Any]] = []
    for layout in town.layouts:
        lines += [("wall", "", w) for w in layout.walls]
        lines += [("canal", "", c) for c in layout.canals]
    dry = town.skeleton.river.buffer(60)
    for road in town.overhead:
        if road.grade == "motorway":
            for part in shapely.get_parts(road.line.difference(dry)):
                lines.append(("motorway", road.name, part))
    tree = shapely.STRtree([r.line for r in town.streets])
    shapes = [line for _, _, line in lines]
    left, right = tree.query(shapes, predicate="intersects")
    crossed: dict[int, list[Any]] = {}
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        crossed.setdefault(i, []).append(town.streets[j].line)
    rows = []
    for k, (kind, name, line) in enumerate(lines):
        for part in _opened(line, crossed.get(k, [])):
            rows.append({"kind": kind, "name": name, "data_nature": NATURE, "geometry": part})
    return gpd.GeoDataFrame(rows, crs=METRES)


def _opened(line: Any, streets: list[Any]) -> list[Any]:
    """Return a barrier cut open where streets cross it."""
    if not streets:
        return [line]
    gaps = shapely.union_all([shapely.intersection(line, s) for s in streets]).buffer(OPENING_M)
    return [p for p in shapely.get_parts(line.difference(gaps)) if p.length > MIN_LENGTH_M]
