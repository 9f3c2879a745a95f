"""In which unit of a level a point lies: by its community's parents, or by its position."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.layers.spatial import area_at

if TYPE_CHECKING:
    import geopandas as gpd

# The nested levels, from small to large; a unit's `parent` is of the next level present.
NESTED = ("community", "street", "block", "district")


def unit_codes(points: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, level: str) -> pd.Series:
    """Return the code of the unit of `level` in which each point lies (missing: in none).

    Nested levels follow the `community` (or, for a point without one, the `street`) that the
    table names, counties the `county`; every other level, and a place without communities, goes
    by position, a point on a common border to the smallest code.
    """
    if level == "county" and "county" in points:
        named: pd.Series = points["county"].astype("string").reset_index(drop=True)
        return named
    if level in NESTED and (units["level"] == "community").any():
        return _by_parents(points, units, level)
    return _by_position(points, units[units["level"] == level])


def _by_parents(points: gpd.GeoDataFrame, units: gpd.GeoDataFrame, level: str) -> pd.Series:
    code = points["community"].astype("string").fillna(points["street"].astype("string"))
    parent = dict(zip(units["code"], units["parent"], strict=True))
    level_of = dict(zip(units["code"], units["level"], strict=True))
    above = {}
    for one in level_of:
        at: str | None = one
        while at is not None and not pd.isna(at) and level_of.get(at) != level:
            at = parent.get(at)
        above[one] = at if at is not None and not pd.isna(at) else pd.NA
    found: pd.Series = code.map(above).astype("string").reset_index(drop=True)
    return found


def _by_position(points: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    ordered = units.sort_values("code", ignore_index=True)
    codes = [*ordered["code"], pd.NA]  # the last answers for −1, no unit
    return pd.Series([codes[i] for i in area_at(points.geometry, ordered.geometry)], dtype="string")
