"""Gates and footbridges that might be: from street to street, across what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.access.barriers import crossings
from siting.access.placing import closed_lines
from siting.network.costs import cover_sets, nearest_costs
from siting.network.snap import Positions, snap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.study import Network, Study
    from siting.network.streets import Streets

    Integers = NDArray[np.int64]

LONGEST_MM = 150_000  # a longer one is a bridge or a road, no small repair
STEP_MM = 1_000  # from the barrier to where the search for a street begins


class Links(NamedTuple):
    """Links between two points on streets; one row per link in all four."""

    near: Positions
    far: Positions
    length_mm: Integers
    names: list[str]


def links_across(study: Study, start_mm: Integers, end_mm: Integers, *, mode: str) -> Links:
    """Return the links over what straight lines cross, where both sides have a street near.

    Lines run from `start_mm` to `end_mm`, both of shape (lines, 2). The name of a link gives its
    ends as longitude and latitude: ``lon,lat>lon,lat``.
    """
    found = crossings(study.layers, start_mm, end_mm)
    at = np.flatnonzero(found.first_mm >= 0)
    start, along = start_mm[at], (end_mm - start_mm)[at]
    length = np.sqrt((along * along).sum(axis=1).astype(np.float64))
    first = np.maximum(found.first_mm[at] - STEP_MM, 0) / length
    last = np.minimum(found.last_mm[at] + STEP_MM, length) / length
    streets = study.networks[mode].streets
    near, far = (_on_streets(study, streets, start + along * s[:, None]) for s in (first, last))
    gap = np.hypot(near.x_mm - far.x_mm, near.y_mm - far.y_mm)
    keep = (near.edge >= 0) & (far.edge >= 0) & (gap <= LONGEST_MM)
    near, far = near.take(keep), far.take(keep)
    return Links(near, far, np.rint(gap[keep]).astype(np.int64), _names(near, far, study))


def helped(
    study: Study, links: Links, *, facilities: NDArray[np.bool_], cutoff_mm: Integers, mode: str
) -> pd.DataFrame:
    """Return the pairs of `link` and `demand` that come within their cutoff over the link."""
    network: Network = study.networks[mode]
    chosen = network.facilities.take(np.flatnonzero(facilities))
    beyond = nearest_costs(network.streets, demand=links.far, facilities=chosen).cost_mm
    sets = cover_sets(network.streets, demand=network.demand, sites=links.near, cutoff_mm=cutoff_mm)
    link = np.repeat(np.arange(len(links.names)), np.diff(sets.indptr))
    cost = sets.cost_mm + links.length_mm[link] + beyond[link].astype(np.int64)
    within = cost <= cutoff_mm[sets.demand]
    return pd.DataFrame({"link": link[within], "demand": sets.demand[within]})


def _on_streets(study: Study, streets: Streets, points_mm: NDArray[np.float64]) -> Positions:
    """Place points on the nearest street of their side, and move them there."""
    x, y = np.rint(points_mm).astype(np.int64).T
    placed = snap(
        x,
        y,
        streets=streets,
        obstacles=study.once("closed", lambda: closed_lines(study.layers)),
        max_snap_m=study.walk.max_snap_m,
        min_component=study.walk.min_component_nodes,
    )
    xy = np.column_stack([placed.x_mm, placed.y_mm])
    for row in np.flatnonzero(placed.edge >= 0):
        xy[row] = _street_point(streets, int(placed.edge[row]), int(placed.offset_mm[row]))
    return replace(placed, x_mm=xy[:, 0], y_mm=xy[:, 1], leg_mm=np.zeros_like(placed.leg_mm))


def _street_point(streets: Streets, edge: int, offset_mm: int) -> tuple[int, int]:
    part = slice(streets.vertex_start[edge], streets.vertex_start[edge + 1])
    at = streets.vertex_at_mm[part]
    return (
        round(np.interp(offset_mm, at, streets.vertex_x_mm[part])),
        round(np.interp(offset_mm, at, streets.vertex_y_mm[part])),
    )


def _names(near: Positions, far: Positions, study: Study) -> list[str]:
    texts = []
    for one in (near, far):
        points = gpd.points_from_xy(one.x_mm / 1000, one.y_mm / 1000, crs=study.layers.crs)
        lonlat = points.to_crs("EPSG:4490")
        texts.append([f"{x:.6f},{y:.6f}" for x, y in zip(lonlat.x, lonlat.y, strict=True)])
    return [f"{a}>{b}" for a, b in zip(*texts, strict=True)]
