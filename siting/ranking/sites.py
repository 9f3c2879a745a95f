"""Rank candidate sites for a rule: who would newly be covered, and how good the choice is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from siting.access.evaluate import HEADLINE, Evaluation
from siting.access.placing import closed_lines, place_points
from siting.network.costs import CoverSets, cover_sets
from siting.plan.model import AccessRule
from siting.ranking.candidates import (
    along_streets,
    clear_of,
    from_parcels,
    from_spare_places,
    joined,
)
from siting.ranking.cover_model import CoverModel, cover_model
from siting.ranking.curve import QUICK
from siting.ranking.max_coverage import max_coverage
from siting.ranking.robustness import rank_readings, robust_shares

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.layers.model import Layers
    from siting.network.snap import Positions
    from siting.plan.model import Rule
    from siting.ranking.candidates import Pool
    from siting.ranking.ranking import Ranking
    from siting.scenario.model import Rank, Scenario, Walk


@dataclass(frozen=True)
class Sites:
    """Candidate sites, sorted by id, and their places on the streets of every mode."""

    table: gpd.GeoDataFrame
    positions: dict[str, Positions]


@dataclass(frozen=True)
class RankedSites:
    """One ranking: the block of the scenario that asked for it, its table and its certificate.

    `model` holds the cover sets that the certificate speaks of; `excluded` counts, by reason, the
    places that were no candidates.
    """

    rank: Rank
    ranking: Ranking
    model: CoverModel
    table: pd.DataFrame
    candidates: int
    excluded: dict[str, int]

    @property
    def name(self) -> str:
        """Name of the certificate's file."""
        return "-".join([self.rank.rule, *([self.rank.need] if self.rank.need else [])])

    @property
    def record(self) -> dict[str, Any]:
        """What run.json says about the ranking."""
        return {
            "rule": self.rank.rule,
            "need": self.rank.need,
            "candidates": self.candidates,
            "excluded": self.excluded,
            "objective": self.ranking.objective,
            "certified_bound": self.ranking.certified_bound,
            "status": self.ranking.status,
        }


def rank_all(
    scenario: Scenario, readings: Mapping[str, list[Evaluation]], study: Study
) -> list[RankedSites]:
    """Rank sites for every [[rank]] block of the scenario.

    `readings` has the evaluations of each rule, by its id, the one that counts first.
    """
    return [_rank(rank, readings[rank.rule], study, scenario.walk) for rank in scenario.rank]


def _rank(rank: Rank, readings: list[Evaluation], study: Study, walk: Walk) -> RankedSites:
    rows = readings[0].verdicts
    kind = rows.loc[rows["part"] == part_of(rank, readings[0]), "facility_kind"].iloc[0]
    pool = pool_of(rank, kind=kind, layers=study.layers)
    sites = place_sites(pool.sites, study, walk)
    return rank_sites(rank, readings, study, sites=sites, excluded=pool.excluded)


def place_sites(table: gpd.GeoDataFrame, study: Study, walk: Walk) -> Sites:
    """Place candidate sites on the streets of every mode, like everybody else."""
    points = table.assign(geometry=table.geometry.representative_point())
    closed = closed_lines(study.layers)
    positions = {
        mode: place_points(points, network.streets, closed, walk)
        for mode, network in study.networks.items()
    }
    return Sites(table, positions)


def pool_of(rank: Rank, *, kind: str, layers: Layers) -> Pool:
    """Gather the candidates that a ranking admits, and those it does not, each with its reason."""
    pools = []
    for asked in rank.candidates:
        if asked.layer == "kindergartens":
            pools.append(from_spare_places(layers.facilities[~layers.facilities["outside"]]))
        elif asked.layer == "streets":
            pools.append(along_streets(layers.streets, spacing_m=asked.spacing_m))
        else:
            pools.append(
                from_parcels(
                    layers.parcels,
                    kind=kind,
                    scale=asked.scale,
                    land_use=asked.land_use,
                    min_area_m2=asked.min_area_m2,
                )
            )
    return clear_of(joined(pools), water=layers.water, barriers=layers.barriers)


def part_of(rank: Rank, evaluation: Evaluation) -> str:
    """Return the part of the rule that a ranking closes gaps of."""
    needs = [need.id for need in getattr(evaluation.rule, "need", [])]
    return rank.need or (needs[0] if len(needs) == 1 else HEADLINE)


def reached(sites: Sites, evaluation: Evaluation, study: Study, *, part: str) -> CoverSets:
    """Return the demand that each site reaches within the part's cutoff, row by row.

    Reached on the streets, or in a straight line where the rule is read so.
    """
    rows = evaluation.verdicts[evaluation.verdicts["part"] == part]
    cutoff = np.full(study.count, -1, np.int64)
    cutoff[rows["demand"]] = rows["cutoff_mm"]
    mode = _mode(evaluation.rule, part)
    network, places = study.networks[mode], sites.positions[mode]
    if evaluation.rule.distance == "straight":
        return _straight_sets(places, network.demand, cutoff)
    return cover_sets(network.streets, demand=network.demand, sites=places, cutoff_mm=cutoff)


def _mode(rule: Rule, part: str) -> str:
    needs = rule.need if isinstance(rule, AccessRule) else []
    return next((str(need.mode) for need in needs if need.id == part), "walk")


def _straight_sets(sites: Positions, demand: Positions, cutoff_mm: NDArray[np.int64]) -> CoverSets:
    centres = np.column_stack([sites.x_mm, sites.y_mm]).astype(float)
    points = np.column_stack([demand.x_mm, demand.y_mm]).astype(float)
    hits = cKDTree(points).query_ball_point(
        centres, max(int(cutoff_mm.max()), 0), return_sorted=True
    )
    site = np.repeat(np.arange(len(centres)), [len(found) for found in hits])
    row = np.concatenate([*hits, []]).astype(np.int64)
    away = np.sqrt(((centres[site] - points[row]) ** 2).sum(axis=1))
    near = away <= cutoff_mm[row]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(site[near], minlength=len(centres)))])
    cost = np.floor(away[near] + 0.5).astype(np.int32)
    return CoverSets(indptr.astype(np.int64), row[near].astype(np.int32), cost)


def model_of(evaluation: Evaluation, study: Study, *, sites: Sites, part: str) -> CoverModel:
    """Return whom each site would newly cover under one reading of the rule.

    A person counts if the rule applies to them and is judged (covered or uncovered); those
    covered today stay covered, whatever opens. A candidate without a place on the streets covers
    nobody.
    """
    rows = evaluation.verdicts[
        (evaluation.verdicts["part"] == part)
        & evaluation.verdicts["verdict"].isin(("covered", "uncovered"))
    ]
    weights = np.zeros(study.count, np.int64)
    np.add.at(weights, rows["demand"].to_numpy(), rows["people"].to_numpy())
    covered = np.zeros(study.count, bool)
    covered[rows.loc[rows["verdict"] == "covered", "demand"]] = True
    sets = reached(sites, evaluation, study, part=part)
    return cover_model(
        list(sites.table["id"]),
        np.repeat(np.arange(len(sites.table)), np.diff(sets.indptr)),
        sets.demand,
        weights=weights,
        covered=covered,
        cost_mm=sets.cost_mm,
    )


def rank_sites(
    rank: Rank,
    readings: list[Evaluation],
    study: Study,
    *,
    sites: Sites,
    excluded: pd.DataFrame,
) -> RankedSites:
    """Rank candidate sites by the people of the part they would newly cover.

    The objective is a coverage function of one kind of facility, so the Lagrangian bound holds
    for it. The ranking is that of the reading that counts (the first); each site's robust share
    is the share of the other readings in whose own ranking it stands again.
    """
    part = part_of(rank, readings[0])
    models = {
        one.reading: model_of(one, study, sites=sites, part=part)
        for one in readings
        if (one.verdicts["part"] == part).any()
    }
    model = models.pop(readings[0].reading)
    ranking = max_coverage(model, sites=rank.sites)
    others = rank_readings(models, sites=rank.sites, effort=QUICK)
    table = _table(rank, ranking, sites, int(model.weights.sum()))
    return RankedSites(
        rank=rank,
        ranking=ranking,
        model=model,
        table=table.assign(robust_share=robust_shares(ranking, others)["robust_share"]),
        candidates=len(sites.table),
        excluded={str(k): int(v) for k, v in sorted(Counter(excluded["reason"]).items())},
    )


def _table(rank: Rank, ranking: Ranking, sites: Sites, people: int) -> pd.DataFrame:
    by_id = sites.table.set_index("id").loc[list(ranking.sites)]
    lonlat = by_id.geometry.representative_point().to_crs("EPSG:4490")
    count = len(ranking.sites)
    return pd.DataFrame(
        {
            "rule": rank.rule,
            "rank": np.arange(1, count + 1),
            "site": list(ranking.sites),
            "name": by_id["name"].to_numpy(),
            "lon": lonlat.x.to_numpy(),
            "lat": lonlat.y.to_numpy(),
            "unit": by_id["community"].to_numpy(),
            "gain": list(ranking.gains),
            "covered": list(ranking.covered),
            "coverage": [c / people if people else np.nan for c in ranking.covered],
            "bound": ranking.certified_bound,
            "optimality_gap": ranking.gap,
            "robust_share": np.nan,
            "reason": rank.need or "",
        }
    )
