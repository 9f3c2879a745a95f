"""Candidate parcels: service plots that nobody took, and corners of vacant and other blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from generator.facts import NATURE
from generator.frame import Frame, largest
from generator.space import METRES, to_metres

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from generator.blocks import Block
    from generator.communities import Community
    from generator.town import Town

SEED = 5180
SETBACK_M = 13
LEAST_M2 = 600


def parcels_table(
    town: Town,
    facts: dict[str, Any],
    found: list[Community],
    tables: dict[str, pd.DataFrame],
) -> gpd.GeoDataFrame:
    """Return candidate parcels with land use, area and community, sorted by id (west to east)."""
    rng = np.random.default_rng(SEED)
    inside = {f.number: c for c in found if not c.outside for f in c.faces}
    rows = []
    for code, shape, block in [
        *_plots(town, facts["parcels"], tables, rng),
        *_corners(town, facts["parcels"], rng),
    ]:
        owner = inside.get(block.face.number)
        if owner is not None and shape.area > LEAST_M2:
            rows.append(
                {
                    "land_use": code,
                    "area_m2": round(shape.area),
                    "community": owner.name,
                    "street": owner.street,
                    "data_nature": NATURE,
                    "geometry": shape,
                }
            )
    rows.sort(key=lambda r: (round(r["geometry"].centroid.x), round(r["geometry"].centroid.y)))
    parcels = gpd.GeoDataFrame(rows, crs=METRES)
    serial = parcels.groupby("community").cumcount() + 1
    parcels.insert(0, "id", [f"PC{k:03d}" for k in range(1, len(parcels) + 1)])
    parcels.insert(1, "name", parcels["community"] + "候选地块" + serial.astype(str))
    return parcels


def _plots(
    town: Town, own: dict[str, Any], tables: dict[str, pd.DataFrame], rng: np.random.Generator
) -> Iterator[tuple[str, Any, Block]]:
    """Yield some of the service plots without a facility."""
    taken = np.vstack([t[["经度", "纬度"]].to_numpy(dtype=float) for t in tables.values()])
    used = to_metres(shapely.multipoints(taken))
    free = [
        (block, plot)
        for block, layout in zip(town.blocks, town.layouts, strict=True)
        for plot, _ in layout.plots
        if block.face.street and not plot.intersects(used)
    ]
    for k in sorted(rng.permutation(len(free))[: own["plots"]]):
        block, plot = free[int(k)]
        yield own["plot_land_use"], plot, block


def _corners(
    town: Town, own: dict[str, Any], rng: np.random.Generator
) -> Iterator[tuple[str, Any, Block]]:
    """Yield plots cut out of corners of blocks where nobody lives, by use and land-use code."""
    homes = shapely.STRtree([h.at for h in town.homes])
    for use, count in own["corners"].items():
        pool = [b for b in town.blocks if b.use == use and b.face.street]
        codes = own["land_use"][use]
        weight = np.array(list(codes.values()), dtype=float)
        found: list[tuple[str, Any, Block]] = []
        for k in rng.permutation(len(pool)):
            block = pool[int(k)]
            code = str(rng.choice(list(codes), p=weight / weight.sum()))
            shape = _corner(block.area, own["side_m"][code], rng)
            lived_on = len(homes.query(shape, predicate="intersects"))
            if len(found) < count and shape.area > LEAST_M2 and not lived_on:
                found.append((code, shape, block))
        yield from found


def _corner(area: Any, side_m: list[float], rng: np.random.Generator) -> Any:
    """Cut a plot out of a corner of a block, set back from its streets."""
    frame = Frame.of(area)
    site = largest(frame.inward(area).buffer(-SETBACK_M, join_style="mitre"))
    if site.is_empty:
        return site
    width, depth = rng.uniform(*side_m, 2)
    west, south, east, north = site.bounds
    u = west if rng.random() < 0.5 else east - width
    v = south if rng.random() < 0.5 else north - depth
    return frame.outward(
        largest(shapely.intersection(site, shapely.box(u, v, u + width, v + depth)))
    )
