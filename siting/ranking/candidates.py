"""Places where a facility could open, and why other places are left out.

A `Pool` holds both. Sources make pools (parcels, kindergartens with spare places, points along
streets, a grid); filters move candidates from one side of a pool to the other. All lengths are
metres of the tables' metric CRS.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from siting.errors import ScenarioError, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.ranking.cover_model import Flags, Index
    from siting.words import Lang

COLUMNS = ("id", "name", "source", "land_use", "area_m2", "places", "community", "street")
SPARE_PLACES = 20
"""A kindergarten with so many free places could open a nursery class (domain rule Q09)."""
NOISE_M = {"railway": 300, "motorway": 80}
"""Distances of school façades from noise (GB 50099-2011, 4.1.6): a flag, not an exclusion."""
_BARRIER_WORDS = {"railway": ("铁路", "railway"), "motorway": ("快速路", "motorway")}
_EXCLUDED = ("id", "name", "reason", "values")


@dataclass(frozen=True)
class Pool:
    """Candidates and exclusions, both sorted by id.

    Attributes
    ----------
    sites
        The columns of `COLUMNS`, and geometry (points or polygons).
    excluded
        ``id``, ``name``, ``reason`` (key of reasons.toml), ``values`` (what its sentence needs).
    """

    sites: gpd.GeoDataFrame
    excluded: pd.DataFrame

    def without(self, flags: Flags, reason: str, **values: Sequence[Any]) -> Pool:
        """Exclude the flagged sites for one reason; `values` has one entry per site."""
        lost = self.sites[flags]
        said = [
            {key: entries[at] for key, entries in values.items()}
            for at in np.flatnonzero(flags).tolist()
        ]
        new = pd.DataFrame(
            {"id": lost["id"], "name": lost["name"], "reason": reason, "values": said}
        )
        excluded = pd.concat([self.excluded, new.astype(object)])
        return replace(
            self,
            sites=self.sites[~flags].reset_index(drop=True),
            excluded=excluded.sort_values("id", ignore_index=True),
        )

    def reasons(self, lang: Lang) -> list[str]:
        """Say for each excluded place why, in words."""
        words = _data("reasons.toml")
        return [
            words[reason][lang].format_map(values)
            for reason, values in zip(self.excluded["reason"], self.excluded["values"], strict=True)
        ]


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files("siting.ranking").joinpath(name).read_text(encoding="utf-8"))


def suitability(kind: str, scale: str) -> tuple[list[str], dict[str, Any]]:
    """Return the land uses that suit a kind of facility, and what one of its scales asks for.

    Raises
    ------
    ScenarioError
        If suitability.toml knows no such kind or scale.
    """
    entry = _data("suitability.toml").get(kind)
    if entry is None:
        raise ScenarioError(problem("rank-kind", "candidates", kind=kind))
    if scale not in entry["scale"]:
        known = ", ".join(entry["scale"])
        raise ScenarioError(problem("rank-scale", f"candidates {kind}", scale=scale, known=known))
    return entry["land_use"], entry["scale"][scale]


def buildable(kind: str) -> bool:
    """Tell whether suitability.toml knows where a kind of facility may stand."""
    return kind in _data("suitability.toml")


def pool(sites: gpd.GeoDataFrame, *, source: str) -> Pool:
    """Make a pool of all rows of a table that has at least ``id`` and geometry."""
    table = sites.assign(source=source)
    for column in COLUMNS:
        if column not in table:
            table[column] = pd.NA if column in ("area_m2", "places") else ""
    kept = table[[*COLUMNS, table.geometry.name]].sort_values("id", ignore_index=True)
    return Pool(kept, pd.DataFrame(columns=list(_EXCLUDED), dtype=object))


def from_parcels(
    parcels: gpd.GeoDataFrame,
    *,
    kind: str,
    scale: str = "standard",
    land_use: Sequence[str] | None = None,
    min_area_m2: float | None = None,
) -> Pool:
    """Take the parcels whose land use and area suit a kind of facility.

    Parameters
    ----------
    parcels
        The parcels layer.
    kind, scale
        Entry of suitability.toml that says which codes and which area suit.
    land_use, min_area_m2
        Other codes or another area, where the scenario says so. A code stands for all codes that
        begin with it.
    """
    usual, asks = suitability(kind, scale)
    codes = tuple(usual if land_use is None else land_use)
    least = asks.get("min_area_m2", 0) if min_area_m2 is None else min_area_m2
    found = pool(parcels, source="parcel")
    use = found.sites["land_use"].astype(str)
    found = found.without(
        ~use.str.startswith(codes).to_numpy(bool), "land-use", land_use=use.to_list()
    )
    area = pd.to_numeric(found.sites["area_m2"]).astype("Float64")
    if least:
        unknown = area.isna().to_numpy(bool)
        found, area = found.without(unknown, "area-unknown"), area[~unknown]
        small = (area < least).to_numpy(bool)
        sizes = [f"{value:,.0f}" for value in area]
        found = found.without(
            small, "too-small", area_m2=sizes, min_area_m2=[f"{least:,.0f}"] * len(sizes)
        )
    return found


def from_spare_places(facilities: gpd.GeoDataFrame, *, least: int = SPARE_PLACES) -> Pool:
    """Take the operating kindergartens whose spare places could become a nursery class.

    Places minus children enrolled, which the pool keeps as ``places``; a missing figure is unknown,
    never spare.
    """
    kindergartens = facilities[facilities["kind"] == "kindergarten"]
    spare = kindergartens["places"].astype("Int64") - kindergartens["enrolled"].astype("Int64")
    table = kindergartens.assign(places=spare)
    found = pool(table, source="kindergarten")
    order = kindergartens.sort_values("id")
    steps: tuple[tuple[str, Flags], ...] = (
        ("not-operating", (order["status"] != "operating").to_numpy(bool)),
        ("has-nursery", order["has_nursery"].fillna(False).to_numpy(bool)),
        ("places-unknown", (order["places"].isna() | order["enrolled"].isna()).to_numpy(bool)),
    )
    left = np.ones(len(order), np.bool_)
    for reason, flags in steps:
        found = found.without(flags[left], reason)
        left &= ~flags
    few = (found.sites["places"] < least).to_numpy(bool)
    return found.without(
        few, "no-spare-places", spare=found.sites["places"].to_list(), least=[least] * len(few)
    )


def along_streets(streets: gpd.GeoDataFrame, *, spacing_m: float) -> Pool:
    """Put points along walkable streets, one to each square of `spacing_m`.

    Ids come from the position, so that the same street gives the same candidates in every run.
    """
    lines = streets.geometry[streets["walkable"].fillna(False).to_numpy(bool)]
    dense = shapely.segmentize(np.asarray(lines.array), spacing_m)
    xy = shapely.get_coordinates(dense)
    return _points(xy, streets.crs, spacing_m, source="street")


def on_grid(area: gpd.GeoDataFrame, *, spacing_m: float) -> Pool:
    """Put points on a square grid within an area; ids come from the position."""
    shape = area.union_all()
    west, south, east, north = (np.floor(v / spacing_m) for v in shape.bounds)
    x, y = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    xy = (np.column_stack([x.ravel(), y.ravel()]) + 0.5) * spacing_m
    inside = shapely.contains_xy(shape, xy[:, 0], xy[:, 1])
    return _points(xy[inside], area.crs, spacing_m, source="grid")


def _points(xy: Any, crs: Any, spacing_m: float, *, source: str) -> Pool:
    """Keep the first point of each square, in order of x and y."""
    xy = xy[np.lexsort((xy[:, 1], xy[:, 0]))]
    squares = np.floor(xy / spacing_m).astype(np.int64)
    _, first = np.unique(squares, axis=0, return_index=True)
    kept = xy[np.sort(first)]
    ids = [f"{source}-{x:.0f}-{y:.0f}" for x, y in kept]
    return pool(
        gpd.GeoDataFrame({"id": ids}, geometry=shapely.points(kept), crs=crs), source=source
    )


def within_district(found: Pool, district: gpd.GeoDataFrame) -> Pool:
    """Exclude what lies outside the district."""
    return found.without(~_points_of(found).within(district.union_all()).to_numpy(), "outside")


def clear_of(
    found: Pool, *, water: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame, near_m: float = 0
) -> Pool:
    """Exclude what lies in the water, or on (within `near_m` of) an expressway or railway."""
    found = found.without(_near(found.sites, water, 0), "in-water")
    roads = barriers[barriers["kind"].isin(NOISE_M)]
    return found.without(_near(found.sites, roads, near_m), "on-barrier")


def apart_from(found: Pool, facilities: gpd.GeoDataFrame, *, kind: str, least_m: float) -> Pool:
    """Exclude what lies closer than `least_m`, straight, to a facility of the same kind."""
    same = facilities[facilities["kind"] == kind].sort_values("id", ignore_index=True)
    if same.empty or found.sites.empty:
        return found
    tree = cKDTree(shapely.get_coordinates(same.geometry.representative_point()))
    distance, nearest = tree.query(shapely.get_coordinates(_points_of(found)))
    return found.without(
        distance < least_m,
        "too-close",
        other=[same["name"].iloc[at] or same["id"].iloc[at] for at in nearest],
        distance_m=[f"{value:.0f}" for value in distance],
    )


def noise_flags(found: Pool, barriers: gpd.GeoDataFrame, *, kind: str) -> pd.DataFrame:
    """Say which candidates for schools and kindergartens need protection from noise.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``zh``, ``en`` (sentences); a candidate near two kinds of barrier has two rows.
    """
    sentence = _data("reasons.toml")["noise"]
    rows: list[tuple[str, str, str]] = []
    if not _data("suitability.toml").get(kind, {}).get("quiet", False):
        return pd.DataFrame(rows, columns=["id", "zh", "en"])
    for loud, least_m in NOISE_M.items():
        lines = barriers.geometry[(barriers["kind"] == loud).to_numpy(bool)]
        if lines.empty:
            continue
        distance = found.sites.distance(lines.union_all()).to_numpy()
        zh, en = _BARRIER_WORDS[loud]
        for at in np.flatnonzero(distance < least_m):
            values = {"distance_m": f"{distance[at]:.0f}", "least_m": least_m}
            told = [
                sentence[lang].format(barrier_zh=zh, barrier_en=en, **values)
                for lang in ("zh", "en")
            ]
            rows.append((str(found.sites["id"].iloc[at]), *told))
    return pd.DataFrame(sorted(rows), columns=["id", "zh", "en"])


def conflicts(sites: gpd.GeoDataFrame, *, least_m: float) -> Index:
    """Return the pairs of sites that stand closer than `least_m`, for `CoverModel.conflicts`.

    Positions refer to the rows of `sites`; smaller first, ascending.
    """
    points = shapely.get_coordinates(sites.geometry.representative_point())
    pairs = cKDTree(points).query_pairs(least_m, output_type="ndarray") if len(points) else []
    pairs = np.sort(np.asarray(pairs, np.int64).reshape(-1, 2), axis=1)
    apart = np.sqrt(((points[pairs[:, 0]] - points[pairs[:, 1]]) ** 2).sum(axis=1))
    pairs = pairs[apart < least_m]
    ordered: Index = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].astype(np.int32)
    return ordered


def _points_of(found: Pool) -> gpd.GeoSeries:
    return found.sites.geometry.representative_point()


def _near(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, near_m: float) -> Flags:
    """Say which sites lie on one of the others, or within `near_m` of it."""
    if others.empty or sites.empty:
        return np.zeros(len(sites), np.bool_)
    tree = shapely.STRtree(np.asarray(others.geometry.array))
    points = np.asarray(sites.geometry.representative_point().array)
    flags = np.zeros(len(sites), np.bool_)
    flags[tree.query(points, predicate="dwithin", distance=near_m)[0]] = True
    return flags
