"""What run.json and the report say about a ranking: plain dictionaries, people as whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.ranking.cover_model import covered_by
from siting.ranking.curve import coverage_curve, diminishing_point
from siting.ranking.ranking import relative_gap
from siting.ranking.removal import losses
from siting.ranking.tasks import asked_of

if TYPE_CHECKING:
    from fractions import Fraction

    from siting.access.study import Study
    from siting.ranking.outcome import Outcome
    from siting.ranking.sites import Sites
    from siting.ranking.tasks import Readings
    from siting.ranking.trials import Trial
    from siting.scenario.model import Rank

MEASURES = {
    "set-cover": "sites", "p-median": "person_mm", "p-center": "mm", "worst-first": "share",
}  # fmt: skip
LEAST_NEEDED = 10
TOTALS = 6
"""Decimals of a share of people in a record."""


def limits_record(rank: Rank) -> dict[str, Any]:
    """Return what limits the choice; only what is set."""
    limits = {
        "sites": rank.most,
        "budget": rank.budget,
        "target": (rank.target or 1.0) if rank.model == "set-cover" else None,
        "spacing_m": rank.spacing_m or None,
        "must": rank.must,
        "never": rank.never,
        "weights": rank.weights.model_dump() if rank.weights.model_fields_set else None,
    }
    return {key: value for key, value in limits.items() if value not in (None, [])}


def scores(rank: Rank, outcome: Outcome) -> list[float]:
    """Return what each site newly covers as the ranking weighs people, in the order of the sites.

    No plan or standard says how to weigh several criteria into one score. Where the objective is
    not coverage there is none.
    """
    found = outcome.ranking
    if found is None or rank.model != "max-coverage":
        return [np.nan] * len(outcome.sites)
    return [gain / outcome.task.scale for gain in found.gains]


def rules_record(rank: Rank, readings: Readings, outcome: Outcome) -> dict[str, Any]:
    """Return the rules that a ranking serves, with the people of each before and after.

    For all needs together the people are those of the rule as a whole.
    """
    asked = asked_of(rank, readings)
    first = rank.asked[0]
    told = {"rule": first.rule, "need": first.need, "people": outcome.people}
    told |= {"covered_before": outcome.before, "covered": ([outcome.before, *outcome.covered])[-1]}
    if len(rank.asked) == 1:
        return told | {"rules": [{"rule": first.rule, "need": first.need}]}
    rows = []
    for one in rank.asked:
        mine = [at for at, a in enumerate(asked) if (a.rule, a.need) == (one.rule, one.need)]
        model = outcome.task.only(mine)
        rows.append(
            {
                "rule": one.rule,
                "need": one.need,
                "weight": one.weight,
                "facility_kind": asked[mine[0]].kind,
                "people": int(model.weights.sum()),
                "covered_before": covered_by(model, []),
                "covered": covered_by(model, outcome.sites),
            }
        )
    return told | {"rules": rows}


def proof_record(rank: Rank, outcome: Outcome) -> dict[str, Any]:
    """Return objective and bounds, each in its measure; what the solver says is its claim."""
    proof = outcome.certificate
    if outcome.fair is not None:
        worst, bound = outcome.fair.worst, outcome.fair.worst_bound
        gap = float(bound - worst)
        optimal = worst == bound
        return {
            "objective": _share(worst),
            "measure": "share",
            "certified_bound": _share(bound),
            "gap": round(gap, TOTALS),
            "solver": None,
            "solver_bound": None,
            "solver_gap": None,
            "status": "optimal" if optimal else "feasible",
            "proved_by": "certificate" if optimal else None,
        }
    measure = measure_of(rank, outcome)
    unit = outcome.task.scale if measure == "weighted_people" else 1

    def told(value: int | None) -> float | None:
        return value if value is None or unit == 1 else value / unit

    return {
        "objective": told(proof["objective"]),
        "measure": measure,
        "certified_bound": told(proof["certified_bound"]),
        "gap": proof["gap"],
        "solver": proof["solver"],
        "solver_bound": told(proof["solver_bound"]),
        "solver_gap": relative_gap(proof["objective"], proof["solver_bound"]),
        "status": proof["status"],
        "proved_by": proof["proved_by"],
        **({"unserved_people": _unserved(outcome)} if proof["status"] == "infeasible" else {}),
    }


def measure_of(rank: Rank, outcome: Outcome) -> str:
    """Return what the objective counts."""
    if outcome.fair is not None:
        return "share"
    proof = outcome.certificate
    if proof["model"] == "set-cover" and proof["parameters"]["minimise"] == "cost":
        return "cost"
    if proof["model"] in MEASURES:
        return MEASURES[proof["model"]]
    if rank.model == "by-priority":
        return "priority"
    task = outcome.task
    is_weighted = task.scale > 1 or not np.array_equal(task.model.weights, task.people)
    return "weighted_people" if is_weighted else "people"


def _unserved(outcome: Outcome) -> int:
    return int(outcome.task.people[outcome.certificate.get("unserved", [])].sum())


def _share(value: Fraction) -> float:
    return round(float(value), TOTALS)


def fair_record(outcome: Outcome) -> dict[str, Any]:
    """Return the streets, least covered first, and what their order costs in total coverage."""
    if outcome.fair is None:
        return {}
    rows = outcome.fair.streets.to_dict("records")
    streets = [row | {"share": round(row["share"], TOTALS)} for row in rows]
    return {"streets": streets, "price": outcome.fair.price}


def curve_record(rank: Rank, outcome: Outcome, sites: Sites) -> dict[str, Any]:
    """Return coverage by number of sites; nothing where coverage does not say who is served."""
    plain = outcome.certificate["model"] != "conjunctive" and rank.model != "capacitated"
    if not plain or not len(sites.table):
        return {}
    up_to = min(len(sites.table), 2 * max(len(outcome.sites), 2))
    curve = coverage_curve(outcome.task.unweighted, up_to=up_to)
    return {"curve": curve.to_dict("records"), "diminishing": diminishing_point(curve)}


def trials_record(outcome: Outcome, trials: dict[Trial, tuple[str, ...]]) -> dict[str, Any]:
    """Return in which share of the trials each site is chosen again, and the first without it."""
    rows = []
    for site in outcome.sites:
        without = [trial.id for trial, chosen in trials.items() if site not in chosen]
        share = 1 - len(without) / len(trials) if trials else 1.0
        drops_out = without[0] if without else ""
        rows.append({"site": site, "share": round(share, TOTALS), "drops_out": drops_out})
    names = [
        {"id": trial.id, "kind": trial.kind, "name": trial.name, "rule": trial.of}
        for trial in trials
    ]
    return {"trials": names, "sites": rows}


def facility_names(outcome: Outcome, study: Study) -> dict[str, str]:
    """Return the names of the facilities that may close."""
    facilities = study.layers.facilities
    names = dict(zip(facilities["id"], facilities["name"], strict=True))
    return {site: str(names[site] or site) for site in outcome.task.model.site_ids}


def removal_record(outcome: Outcome, study: Study, *, close: int) -> dict[str, Any]:
    """Return which facilities to close, least loss first, and what each alone would lose."""
    model = outcome.task.model
    names = study.layers.facilities.set_index("id")["name"]
    everything = [*model.site_ids]
    shut = [site for site in everything if site not in outcome.sites]
    before = covered_by(model, [])
    rows: list[dict[str, Any]] = []
    open_ = set(everything)
    free = outcome.certified
    while shut and len(rows) < close:
        left = {site: covered_by(free, open_ - {site}) for site in shut}
        site = max(sorted(left), key=left.__getitem__)
        shut.remove(site)
        open_.discard(site)
        rows.append({"site": site, "name": names[site], "covered": left[site]})
    alone = losses(model).head(LEAST_NEEDED)
    least = [row | {"name": names[row["site"]]} for row in alone.to_dict("records")]
    return {"close": rows, "covered_before": before, "least_needed": least}
