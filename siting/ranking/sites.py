"""Places on the streets, and whom each of them reaches."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from siting.access.evaluate import HEADLINE, Evaluation
from siting.access.placing import closed_lines, place_points
from siting.layers.units import unit_codes
from siting.network.costs import CoverSets, OnSite, cover_sets
from siting.plan.model import AccessRule, DensityAccessRule

if TYPE_CHECKING:
    from collections.abc import Hashable

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from siting.access.study import Network, Study
    from siting.network.snap import Positions
    from siting.network.streets import Streets
    from siting.plan.model import PeopleRule
    from siting.scenario.model import Walk

MAIN_ROADS = (
    "trunk", "primary", "secondary", "干路", "干道", "主干路", "主干道", "次干路", "次干道"
)  # fmt: skip
"""Classes of street that Chinese plans call 干路: arterial and sub-arterial, no expressways."""
REMEMBERED = 8
"""Cover sets that are kept for the trials of one ranking."""
BOUNDLESS_MM = 10**9
"""A walk of a thousand kilometres: no limit."""


@dataclass(frozen=True)
class Sites:
    """Candidate sites or facilities, and their places on the streets of every mode."""

    table: gpd.GeoDataFrame
    positions: dict[str, Positions]
    _kinds: dict[str, tuple[NDArray[np.int64], Sites]] = field(default_factory=dict, repr=False)
    _walked: dict[Hashable, tuple[Streets, CoverSets]] = field(default_factory=dict, repr=False)

    def take(self, rows: NDArray[np.int64]) -> Sites:
        """Return the chosen rows."""
        positions = {mode: one.take(rows) for mode, one in self.positions.items()}
        return Sites(self.table.iloc[rows].reset_index(drop=True), positions)

    def of_kind(self, kind: str) -> tuple[NDArray[np.int64], Sites]:
        """Return the rows of one kind, and these sites; they are taken only once."""
        if kind not in self._kinds:
            rows = np.flatnonzero((self.table["kind"] == kind).to_numpy())
            self._kinds[kind] = rows, self.take(rows)
        return self._kinds[kind]

    def walked(self, mode: str, network: Network, cutoff_mm: NDArray[np.int64]) -> CoverSets:
        """Return the demand that each site reaches on the streets.

        Trials ask for the same sets again and again: the first few are remembered.
        """
        key = mode, sha256(cutoff_mm.tobytes()).digest()
        streets, found = self._walked.get(key, (None, None))
        if found is not None and streets is network.streets:
            return found
        sets = cover_sets(
            network.streets,
            demand=network.demand,
            sites=self.positions[mode],
            cutoff_mm=cutoff_mm,
        )
        if len(self._walked) < REMEMBERED:
            self._walked.setdefault(key, (network.streets, sets))
        return sets


def place_sites(table: gpd.GeoDataFrame, study: Study, walk: Walk) -> Sites:
    """Place candidate sites on the streets of every mode, like everybody else."""
    points = table.assign(geometry=table.geometry.representative_point())
    closed = closed_lines(study.layers)
    networks = study.networks.items()
    return Sites(table, {m: place_points(points, n.streets, closed, walk) for m, n in networks})


def main_road_m(sites: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the straight distance of each site to the nearest main road; NaN if none is known."""
    kind = streets["class"].astype("string").str.removesuffix("_link")
    roads = streets.geometry[kind.isin(MAIN_ROADS).fillna(False).to_numpy(bool)]
    if roads.empty or sites.empty:
        return np.full(len(sites), np.nan)
    tree = shapely.STRtree(np.asarray(roads.array))
    points = np.asarray(sites.geometry.representative_point().array)
    which, away = tree.query_nearest(points, all_matches=False, return_distance=True)
    found = np.empty(len(sites))
    found[which[0]] = away
    return np.round(found)


def mode_of(rule: PeopleRule, part: str) -> str:
    """Return how people travel to what a part of the rule asks for."""
    needs = rule.need if isinstance(rule, AccessRule) else []
    asked = [n for n in needs if n.id == part] or (needs if part == HEADLINE else [])
    return str(asked[0].mode) if asked else "walk"


def reached(
    sites: Sites,
    evaluation: Evaluation,
    study: Study,
    *,
    part: str,
    group: str | None = None,
    stretch: float = 1,
    on_site: OnSite | None = None,
) -> CoverSets:
    """Return the demand that each site reaches within the part's cutoff, row by row.

    Reached on the streets, or in a straight line where the rule is read so; only in the own unit
    where the rule asks for that.

    Parameters
    ----------
    group
        Of a part whose ages go differently far, the people of one group.
    stretch
        Multiplies the cutoff; infinity lifts it.
    on_site
        Pairs of demand and site that share premises.
    """
    rows = rows_of(evaluation, part, group)
    limit = np.minimum(rows["cutoff_mm"].to_numpy(float) * stretch, BOUNDLESS_MM)
    cutoff = np.full(study.count, -1, np.int64)
    cutoff[rows["demand"]] = np.where(rows["cutoff_mm"] < 0, -1, limit)
    concerned = cutoff >= 0
    if stretch == inf:  # whoever is concerned: everybody's costs are found once for all readings
        cutoff = np.full(study.count, BOUNDLESS_MM)
    rule = evaluation.rule
    mode = mode_of(rule, part)
    network, places = study.networks[mode], sites.positions[mode]
    if rule.distance == "straight":
        sets = _straight_sets(places, network.demand, cutoff)
    elif on_site is None:
        sets = sites.walked(mode, network, cutoff)
    else:
        sets = cover_sets(
            network.streets,
            demand=network.demand,
            sites=places,
            cutoff_mm=cutoff,
            on_site=on_site,
        )
    if stretch == inf:
        sets = _kept(sets, concerned[sets.demand])
    if isinstance(rule, DensityAccessRule) and rule.same_unit:
        return _at_home(sets, sites, study, rule.unit_level)
    return sets


def rows_of(evaluation: Evaluation, part: str, group: str | None = None) -> pd.DataFrame:
    """Return the verdict rows of one part, or of one group of its people."""
    rows = evaluation.verdicts
    mine = (rows["part"] == part).to_numpy(bool)
    return rows[mine if group is None else mine & (rows["group"] == group).to_numpy(bool)]


def pairs_of(sets: CoverSets) -> NDArray[np.int64]:
    """Return the site of each pair of the cover sets."""
    return np.repeat(np.arange(len(sets.indptr) - 1), np.diff(sets.indptr))


def _kept(sets: CoverSets, keep: NDArray[np.bool_]) -> CoverSets:
    indptr = np.concatenate([[0], np.cumsum(keep)])[sets.indptr].astype(np.int64)
    return CoverSets(indptr, sets.demand[keep], sets.cost_mm[keep])


def _at_home(sets: CoverSets, sites: Sites, study: Study, level: str) -> CoverSets:
    """Keep the pairs whose demand and site lie in the same unit."""
    points = sites.table.assign(geometry=sites.table.geometry.representative_point())
    there = unit_codes(points, study.layers.units, level=level).fillna("").to_numpy(object)
    home = study.units(level).fillna("-").to_numpy(object)
    return _kept(sets, there[pairs_of(sets)] == home[sets.demand])


def _straight_sets(sites: Positions, demand: Positions, cutoff_mm: NDArray[np.int64]) -> CoverSets:
    centres = np.column_stack([sites.x_mm, sites.y_mm]).astype(float)
    points = np.column_stack([demand.x_mm, demand.y_mm]).astype(float)
    hits = cKDTree(points).query_ball_point(
        centres, max(int(cutoff_mm.max(initial=0)), 0), return_sorted=True
    )
    site = np.repeat(np.arange(len(centres)), [len(found) for found in hits])
    row = np.concatenate([*hits, []]).astype(np.int64)
    away = np.sqrt(((centres[site] - points[row]) ** 2).sum(axis=1))
    near = away <= cutoff_mm[row]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(site[near], minlength=len(centres)))])
    cost = np.floor(away[near] + 0.5).astype(np.int32)
    return CoverSets(indptr.astype(np.int64), row[near].astype(np.int32), cost)
