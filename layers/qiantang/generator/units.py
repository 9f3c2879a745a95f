"""The table of units: communities, planning units, school districts, streets and above."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from generator.facts import NATURE
from generator.space import METRES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.communities import Community
    from generator.faces import Face
    from generator.space import Area
    from generator.town import Town

SLICE_M = 100
HALF_WIDTH_M = 2000  # more than half the river
CLOSE_M = 1.0
SNAP_M = 0.01
SIMPLIFY_M = 5.0
PRIMARY = "小学"


def units_table(
    town: Town, facts: dict[str, Any], found: list[Community], districts: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return units of all levels in metres, sorted by code.

    Communities, planning units and school districts are land; streets and above reach to the
    middle of the river. `land_km2` leaves out all water.
    """
    land = dict(zip([c.code for c in found], _coverage([c.faces for c in found]), strict=True))
    rows = [
        _unit(c.code, c.name, "community", c.street_code, land[c.code])
        | {"urban_rural": c.urban_rural, "outside": c.outside}
        for c in found
    ]
    rows += _higher(town, facts, found, land)
    rows += _planning_units(town, facts["district"]["code"])
    rows += _school_districts(districts, facts["district"]["code"])
    units = gpd.GeoDataFrame(rows, crs=METRES).sort_values("code", ignore_index=True)
    water = shapely.union_all([area for _, area in town.water])
    dry = shapely.difference(units.geometry.to_numpy(), water)
    units["land_km2"] = np.round(shapely.area(dry) / 1e6, 4)
    return units


def _unit(code: str, name: str, level: str, parent: str, shape: Area) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "level": level,
        "parent": parent,
        "urban_rural": "",
        "land_km2": 0.0,
        "outside": False,
        "data_nature": NATURE,
        "geometry": shape,
    }


def _higher(
    town: Town, facts: dict[str, Any], found: list[Community], land: dict[str, Area]
) -> Iterator[dict[str, Any]]:
    """Yield streets, the two blocks, the district."""
    block_of = {s: b["code"] for b in facts["blocks"] for s in b["streets"]}
    wet = _river_shares(town)
    shapes: dict[str, Area] = {}
    for street in [*facts["streets"], *facts["ring"]]:
        code = street["code"]
        own = [land[c.code] for c in found if c.street_code == code]
        shapes[code] = _joined([*own, *wet[code]])
        parent = block_of.get(code, "")
        yield _unit(code, street["name"], "street", parent, shapes[code]) | {"outside": not parent}
    district = facts["district"]
    for block in facts["blocks"]:
        code = block["code"]
        shapes[code] = _joined([shapes[s] for s in block["streets"]])
        yield _unit(code, block["name"], "block", district["code"], shapes[code])
    whole = _joined([shapes[b["code"]] for b in facts["blocks"]])
    yield _unit(district["code"], district["name"], "district", "", whole)


def _planning_units(town: Town, district: str) -> Iterator[dict[str, Any]]:
    """Yield the planning units: the zones of the drawing."""
    inside = [f for f in town.faces if f.street]
    zones = sorted({f.zone["name"] for f in inside})
    shapes = _coverage([[f for f in inside if f.zone["name"] == zone] for zone in zones])
    for number, (zone, shape) in enumerate(zip(zones, shapes, strict=True), 1):
        yield _unit(f"{district}U{number:02d}", zone, "planning_unit", district, shape)


def _school_districts(districts: gpd.GeoDataFrame, district: str) -> Iterator[dict[str, Any]]:
    """Yield the districts of primary schools, by which places for children are counted."""
    primary = districts[districts["stage"] == PRIMARY]
    for area in primary.itertuples():
        yield _unit(f"{district}{area.id}", area.name, "school_district", district, area.geometry)


def _coverage(groups: list[Iterable[Face]]) -> list[Area]:
    """Return the land of groups of faces, simplified so that neighbours still fit."""
    land = [shapely.union_all([f.land for f in faces], grid_size=SNAP_M) for faces in groups]
    return list(shapely.coverage_simplify(land, SIMPLIFY_M))


def _joined(areas: list[Area]) -> Area:
    """Return the union of areas without the hairlines between them."""
    wide = shapely.union_all([a.buffer(CLOSE_M, join_style="mitre") for a in areas])
    return shapely.set_precision(wide.buffer(-CLOSE_M, join_style="mitre"), SNAP_M)


def _river_shares(town: Town) -> dict[str, list[Area]]:
    """Return each street's slices of the river: from its bank to the middle."""
    river, line = town.skeleton.river, town.skeleton.centreline
    at = np.r_[np.arange(0, line.length, SLICE_M), line.length]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    step = np.gradient(xy, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
    shores = [f for f in town.faces if f.street and f.land.distance(river) < CLOSE_M]
    tree = shapely.STRtree([f.land for f in shores])
    shares: dict[str, list[Area]] = defaultdict(list)
    for side, bank in ((HALF_WIDTH_M, "left"), (-HALF_WIDTH_M, "right")):
        out = xy + normal * side
        for k in range(len(xy) - 1):
            quad = shapely.Polygon([xy[k], xy[k + 1], out[k + 1], out[k]])
            near = [shores[i] for i in sorted(tree.query(quad, predicate="intersects"))]
            near = [f for f in near if f.bank == bank]
            if near:
                best = max(near, key=lambda f: shapely.intersection(f.land, quad).area)
                shares[best.street].append(shapely.intersection(quad, river))
    return shares
