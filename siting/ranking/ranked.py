"""From the [[rank]] blocks of a scenario to ranked sites: tables, records, certificates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.ranking.mended import gaps_of
from siting.ranking.named import check_named, pools_for
from siting.ranking.other_plans import other_plans
from siting.ranking.outcome import Outcome, answer
from siting.ranking.pools import floors_of
from siting.ranking.records import (
    curve_record,
    facility_names,
    fair_record,
    limits_record,
    proof_record,
    removal_record,
    rules_record,
    scores,
    trials_record,
)
from siting.ranking.sites import Sites, main_road_m, place_sites
from siting.ranking.stories import stories
from siting.ranking.tasks import asked_of, is_conjunctive
from siting.ranking.trials import robustness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siting.access.evaluate import Evaluation
    from siting.access.gaps import GapMembers
    from siting.access.study import Study
    from siting.ranking.checker import Finding
    from siting.ranking.pools import Pools
    from siting.scenario.model import Rank, Scenario, Walk


@dataclass(frozen=True)
class RankedSites:
    """One ranking: the block of the scenario that asked for it, and what came of it.

    Attributes
    ----------
    table
        Its rows of candidates.csv; a removal has none.
    record
        What run.json and the report say about it.
    """

    rank: Rank
    outcome: Outcome
    table: pd.DataFrame
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the certificate's file."""
        return self.rank.name

    @property
    def certificate(self) -> dict[str, Any]:
        """What proves the ranking."""
        return self.outcome.certificate

    def check(self, certificate: dict[str, Any]) -> list[Finding]:
        """Check a certificate, of then or of now, against the cover sets of now."""
        return self.outcome.check(certificate)


def rank_all(
    scenario: Scenario, readings: Mapping[str, list[Evaluation]], study: Study
) -> list[RankedSites]:
    """Rank sites for every [[rank]] block of the scenario.

    `readings` has the evaluations of each rule, by its id, the one that counts first.

    Raises
    ------
    ScenarioError, DataError
        If a block names a site that is no candidate, or asks for what contradicts itself.
    """
    asked = {one.rule for rank in scenario.rank for one in rank.asked}
    chosen = {rule: readings[rule][0] for rule in sorted(asked)}
    check_named(scenario.rank, {rule: one.rule for rule, one in chosen.items()}, study)
    gaps = gaps_of(chosen, study)
    return [_rank(rank, readings, study, scenario.walk, gaps) for rank in scenario.rank]


def _rank(
    rank: Rank,
    readings: Mapping[str, list[Evaluation]],
    study: Study,
    walk: Walk,
    gaps: dict[str, GapMembers],
) -> RankedSites:
    chosen = {one.rule: readings[one.rule][0] for one in rank.asked}
    if rank.removal:
        return _removal(rank, chosen, study)
    kinds = list(dict.fromkeys(one.kind for one in asked_of(rank, chosen)))
    pools = pools_for(rank, kinds, study)
    sites = place_sites(pools.table, study, walk)
    outcome = answer(rank, chosen, study, sites)
    others = {one.rule: readings[one.rule] for one in rank.asked}
    trials = robustness(rank, others, study, sites, outcome)
    robust = trials_record(outcome, trials)
    record = {
        "ranking": rank.name,
        "model": "conjunctive" if is_conjunctive(rank) else rank.model,
        "limits": limits_record(rank),
        "candidates": len(sites.table),
        "excluded": pools.excluded,
        "left_out": pools.left_out.to_dict("records"),
        "noise": _noise(outcome, sites, pools),
        "least_areas": floors_of(rank, kinds),
        **rules_record(rank, chosen, outcome),
        **proof_record(rank, outcome),
        **fair_record(outcome),
        **other_plans(rank, outcome),
        **curve_record(rank, outcome, sites),
        "robustness": robust,
        **stories(rank, chosen, study, sites, outcome, gaps=gaps),
    }
    table = _table(rank, outcome, sites, record, study)
    return RankedSites(rank, outcome, table, record)


def _noise(outcome: Outcome, sites: Sites, pools: Pools) -> list[dict[str, Any]]:
    """Return which of the chosen sites need protection from noise, and why."""
    places = dict(zip(sites.table["id"], sites.table["place"], strict=True))
    return [
        {"site": site, "zh": row["zh"], "en": row["en"]}
        for site in outcome.sites
        for row in pools.noise.to_dict("records")
        if row["id"] == places[site]
    ]


def _removal(rank: Rank, chosen: dict[str, Evaluation], study: Study) -> RankedSites:
    empty = Sites(study.layers.parcels.iloc[:0], {})
    outcome = answer(rank, chosen, study, empty)
    removal = removal_record(outcome, study, close=rank.most or 0)
    record = {
        "ranking": rank.name,
        "model": "removal",
        "limits": limits_record(rank),
        **rules_record(rank, chosen, outcome),
        "covered_before": removal["covered_before"],
        **proof_record(rank, outcome),
        **other_plans(rank, outcome, closed=[row["site"] for row in removal["close"]]),
        "removal": removal,
        "names": facility_names(outcome, study),
    }
    return RankedSites(rank, outcome, pd.DataFrame(), record)


def _table(
    rank: Rank, outcome: Outcome, sites: Sites, record: dict[str, Any], study: Study
) -> pd.DataFrame:
    """Return the ranking's rows of candidates.csv."""
    order = list(outcome.sites)
    by_id = sites.table.set_index("id").loc[order]
    lonlat = by_id.geometry.representative_point().to_crs("EPSG:4490")
    count, people = len(order), outcome.people
    robust = {row["site"]: row for row in record["robustness"]["sites"]}
    regret = {row["site"]: row for row in record.get("regret", [])}
    told = {row["site"]: row for row in record["explanation"]}
    nearest = [told[site]["nearest"] or {} for site in order]
    covered = outcome.covered
    first = rank.asked[0]
    units = study.layers.units
    streets = dict(zip(units["code"], units["name"], strict=True))
    return pd.DataFrame(
        {
            "rule": first.rule,
            "rank": np.arange(1, count + 1),
            "site": by_id["place"].to_numpy(object),
            "name": by_id["name"].to_numpy(object),
            "lon": lonlat.x.to_numpy(),
            "lat": lonlat.y.to_numpy(),
            "unit": by_id["community"].to_numpy(object),
            "gain": list(outcome.gains),
            "covered": covered,
            "coverage": [c / people if people else np.nan for c in covered],
            "bound": _number(record["certified_bound"]),
            "optimality_gap": _number(record["gap"]),
            "robust_share": [robust[site]["share"] for site in order],
            "reason": first.need or "",
            "ranking": rank.name,
            "model": record["model"],
            "facility_kind": by_id["kind"].to_numpy(object),
            "capacity": by_id["capacity"].where(by_id["capacity"] > 0).to_numpy(float),
            "cost": by_id["cost"].to_numpy(np.int64),
            "objective": _number(record["objective"]),
            "measure": record["measure"],
            "status": record["status"],
            "replacement": [regret.get(site, {}).get("replacement", "") for site in order],
            "regret": [_number(regret.get(site, {}).get("loss")) for site in order],
            "drops_out": [robust[site]["drops_out"] for site in order],
            "objective_then": [_number(regret.get(site, {}).get("objective")) for site in order],
            "street": by_id["street"].map(streets).fillna("").to_numpy(object),
            "youngest_oldest": [_number(told[site]["focus"]) for site in order],
            "nearest_m": [_number(one.get("metres")) for one in nearest],
            "main_road_m": main_road_m(by_id, study.layers.streets),
            "reach": [told[site]["reach"] for site in order],
            "score": scores(rank, outcome),
        }
    )


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
