"""Areas that some clauses ask for: where people may live, new housing, parks, school districts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from generator.facts import NATURE
from generator.space import METRES, parts, to_metres

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from generator.communities import Community
    from generator.town import Town

SEED = 2025
YARD_M = 26  # of a group of houses in a village
RIBBON_M = 42  # half of the gap that a ribbon of yards bridges
SMOOTH_M = 4
RIBBON_SMOOTH_M = 12
LEAST_M2 = 400
SNAP_M = 0.01


def residential_land(town: Town, facts: dict[str, Any], found: list[Community]) -> gpd.GeoDataFrame:
    """Return land on which people live: walled sites, old towns, yards along village lanes."""
    owner = {f.number: c for c in found for f in c.faces}
    codes = facts["residential_land"]
    rows = [
        {
            "land_use": codes[block.use],
            "area_m2": round(area.area),
            "community": owner[block.face.number].name,
            "street": owner[block.face.number].street,
            "outside": owner[block.face.number].outside,
            "data_nature": NATURE,
            "geometry": area,
        }
        for block, layout in zip(town.blocks, town.layouts, strict=True)
        if block.face.number in owner and block.use in codes
        for area in _lived_on(block, layout)
        if area.area > LEAST_M2
    ]
    return _numbered(rows, "RL")


def _lived_on(block: Any, layout: Any) -> Iterator[Any]:
    """Yield the residential areas of one block."""
    if layout.walls:
        yield shapely.Polygon(layout.walls[0].coords)
    elif block.use == "oldtown":
        yield block.area.buffer(-SMOOTH_M, join_style="mitre")
    elif layout.homes:
        yards = shapely.union_all([at.buffer(YARD_M, quad_segs=1) for at, _, _ in layout.homes])
        ribbons = yards.buffer(RIBBON_M, quad_segs=1).buffer(-RIBBON_M, quad_segs=1)
        lived = shapely.intersection(ribbons, block.area).simplify(RIBBON_SMOOTH_M)
        yield shapely.union_all(parts(shapely.make_valid(lived), "Polygon"))


def new_housing(town: Town, facts: dict[str, Any], found: list[Community]) -> gpd.GeoDataFrame:
    """Return areas of new housing, 2021–2025: vacant blocks in growing planning units."""
    own = facts["new_housing"]
    rng = np.random.default_rng(SEED)
    owner = {f.number: c for c in found for f in c.faces}
    rows = []
    for zone, count in own["areas"].items():
        pool = [
            b
            for b in town.blocks
            if b.use == "vacant" and b.face.zone["name"] == zone and b.face.street
        ]
        for k in sorted(rng.permutation(len(pool))[:count]):
            block = pool[int(k)]
            site = block.area.buffer(-own["setback_m"], join_style="mitre")
            resettled = rng.random() < own["resettled_share"]
            rows.append(
                {
                    "kind": "回迁安置房" if resettled else "商品房",
                    "households": round(site.area / 1e4 * rng.uniform(*own["households_per_ha"])),
                    "year": int(rng.integers(own["years"][0], own["years"][1] + 1)),
                    "community": owner[block.face.number].name,
                    "street": owner[block.face.number].street,
                    "data_nature": NATURE,
                    "geometry": site,
                }
            )
    areas = _numbered(rows, "NH")
    serial = areas.groupby(["community", "kind"]).cumcount() + 1
    areas.insert(1, "name", areas["community"] + areas["kind"] + serial.astype(str) + "期")
    return areas


def industrial_parks(town: Town, facts: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return industrial parks with their employees: whole planning units or parts of them."""
    rows = []
    for park in facts["industrial_parks"]:
        blocks = [
            b.face.area
            for b in town.blocks
            if b.use == "industry" and b.face.zone["name"] in park["zones"] and b.face.street
        ]
        shape = shapely.union_all(blocks).buffer(30).buffer(-30).simplify(SMOOTH_M)
        rows.append(
            {
                "name": park["name"],
                "employees": park["employees"],
                "data_nature": NATURE,
                "geometry": shape,
            }
        )
    return _numbered(rows, "IP")


def school_districts(town: Town, facts: dict[str, Any], schools: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return school districts: each face goes to the nearest public school on its bank.

    One set for primary and one for middle schools; nine-year schools stand in both.
    """
    public = schools[
        schools["办园性质"].eq("公办")
        & schools["区外"].eq("否")
        & schools["状态"].eq("运营")
        & schools["规划项目"].eq("")
    ]
    rows = [
        row
        for stage, kinds in facts["school_stages"].items()
        for row in _districts_of(town, stage, public[public["类型"].isin(kinds)])
    ]
    return _numbered(rows, "SD")


def _districts_of(town: Town, stage: str, public: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the districts of one stage."""
    sites = to_metres(shapely.points(public[["经度", "纬度"]].to_numpy(dtype=float)))
    inside = [f for f in town.faces if f.street]
    for bank in town.skeleton.banks:
        faces = [f for f in inside if f.bank == bank]
        on_bank = shapely.intersects(town.skeleton.banks[bank], sites)
        own = public[on_bank]
        centres = shapely.get_coordinates([f.land.centroid for f in faces])
        nearest = cKDTree(shapely.get_coordinates(sites[on_bank])).query(centres)[1]
        served = [k for k in range(len(own)) if (nearest == k).any()]
        land = [
            shapely.union_all(
                [f.land for f, n in zip(faces, nearest, strict=True) if n == k], grid_size=SNAP_M
            )
            for k in served
        ]
        for k, shape in zip(served, shapely.coverage_simplify(land, SMOOTH_M), strict=True):
            yield {
                "name": f"{own['名称'].iloc[k]}学区",
                "stage": stage,
                "school": own["编号"].iloc[k],
                "data_nature": NATURE,
                "geometry": shape,
            }


def _numbered(rows: list[dict[str, Any]], prefix: str) -> gpd.GeoDataFrame:
    """Return rows as a table with ids, west to east."""
    table = gpd.GeoDataFrame(rows, crs=METRES)
    centre = np.round(shapely.get_coordinates(table.geometry.centroid))
    table = table.iloc[np.lexsort((centre[:, 1], centre[:, 0]))].reset_index(drop=True)
    table.insert(0, "id", [f"{prefix}{k:03d}" for k in range(1, len(table) + 1)])
    return table
