"""Who lives within reach of each of some facilities, on the streets or in straight lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from siting.network.costs import CoverSets, cover_sets
from siting.network.snap import NO_POSITION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.network.snap import Positions


def within_reach(
    study: Study,
    facilities: NDArray[np.int64],
    *,
    cutoff_mm: NDArray[np.int64],
    mode: str = "walk",
    straight: bool = False,
) -> CoverSets:
    """Return the demand within its cutoff of each facility row.

    Parameters
    ----------
    facilities
        Rows of the facilities table, ascending.
    cutoff_mm
        One per demand point; negative: that point is not asked about.
    """
    network = study.networks[mode]
    sites = network.facilities.take(facilities)
    if straight:
        return _straight(network.demand, sites, cutoff_mm)
    return cover_sets(
        network.streets,
        demand=network.demand,
        sites=sites,
        cutoff_mm=cutoff_mm,
        on_site=network.on_site.among(facilities),
    )


def _straight(demand: Positions, sites: Positions, cutoff_mm: NDArray[np.int64]) -> CoverSets:
    rows, places = (np.flatnonzero(one.x_mm != NO_POSITION) for one in (demand, sites))
    points, centres = (
        np.column_stack([one.x_mm[at], one.y_mm[at]]).astype(np.float64)
        for one, at in ((demand, rows), (sites, places))
    )
    limit = max(int(cutoff_mm.max(initial=0)), 0) + 1
    found = cKDTree(points).query_ball_point(centres, limit, return_sorted=True)
    site = np.repeat(places, [len(one) for one in found])
    row = rows[np.concatenate([*found, []]).astype(np.int64)]
    east, north = sites.x_mm[site] - demand.x_mm[row], sites.y_mm[site] - demand.y_mm[row]
    cost = np.floor(np.sqrt((east * east + north * north).astype(np.float64)) + 0.5)
    near = cost <= cutoff_mm[row]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(site[near], minlength=len(sites)))])
    return CoverSets(
        indptr.astype(np.int64), row[near].astype(np.int32), cost[near].astype(np.int32)
    )
