"""What is for the map only: growth poles, metro stations and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from generator.facts import NATURE
from generator.space import METRES, line_m, point_m

if TYPE_CHECKING:
    from generator.faces import Face


def context_tables(faces: list[Face], facts: dict[str, Any]) -> dict[str, gpd.GeoDataFrame]:
    """Return growth poles (their planning units), metro stations and metro lines in metres."""
    poles = [
        {
            "name": pole["name"],
            "planned_residents": pole["planned_residents"] or None,
            "data_nature": NATURE,
            "geometry": shapely.union_all(
                [f.land for f in faces if f.street and f.zone["name"] in pole["zones"]]
            ),
        }
        for pole in facts["poles"]
    ]
    lines = facts["metro"]["lines"]
    lines_at: dict[str, list[str]] = {}
    for line in lines:
        for name, _, _ in line["stations"]:
            lines_at.setdefault(name, []).append(line["name"])
    place = {name: at for line in lines for name, *at in line["stations"]}
    stations = [
        {
            "name": name,
            "lines": "、".join(lines_at[name]),
            "data_nature": NATURE,
            "geometry": point_m(at),
        }
        for name, at in place.items()
    ]
    tracks = [
        {
            "name": line["name"],
            "data_nature": NATURE,
            "geometry": line_m([at for _, *at in line["stations"]]),
        }
        for line in lines
    ]
    return {
        "growth_poles": gpd.GeoDataFrame(poles, crs=METRES),
        "metro_stations": gpd.GeoDataFrame(stations, crs=METRES),
        "metro_lines": gpd.GeoDataFrame(tracks, crs=METRES),
    }
