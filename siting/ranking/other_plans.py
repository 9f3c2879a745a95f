"""Other plans and regrets of a ranking, as run.json and the report tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.ranking.alternatives import WITHIN, Neighbourhood, Regret
from siting.ranking.cover_model import covered_by
from siting.ranking.neighbours import plans_of
from siting.ranking.records import measure_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from siting.ranking.outcome import Outcome
    from siting.scenario.model import Rank

_OWN = ("capacitated", "conjunctive")
"""Models whose objective is who is served, however many are within reach."""
_DIGITS = 6


def other_plans(rank: Rank, outcome: Outcome, *, closed: Collection[str] = ()) -> dict[str, Any]:
    """Return plans almost as good, and what to do if a site falls through.

    Parameters
    ----------
    closed
        Of a removal, the facilities that close.

    Returns
    -------
    dict
        ``alternatives``: how many ``plans`` were found within which share, the sites ``shared`` by
        all, and of the ``others`` what each takes ``out`` and puts ``in``, with its objective;
        ``regret``: for each site its replacement, the people fewer (``loss``, each counted as one)
        and the objective then. Objectives are in the measure of the ranking, None where the plan
        no longer does what was asked. Empty where no plan was found at all.
    """
    objective = outcome.certificate["objective"]
    if objective is None or not (outcome.sites or closed):
        return {}
    before = 0 if outcome.ranking is None else outcome.ranking.covered_before
    model, certificate = outcome.certified, outcome.certificate
    plans = plans_of(model, certificate, before=before, streets=outcome.streets, idle=rank.removal)
    every = [model.site_ids[site] for site in plans.choice.site]
    sites = [site for site in every if site not in closed] if rank.removal else outcome.sites
    near = Neighbourhood(plans, model, sites)
    unit = outcome.task.scale if measure_of(rank, outcome) == "weighted_people" else 1

    def told(worth: int) -> float | None:
        value = plans.objective(worth)
        return value if value is None or unit == 1 else round(value / unit, _DIGITS)

    found = near.alternatives()
    mine = set(found.plans[0][0])
    others = [
        {
            "out": sorted(mine - set(sites)),
            "in": sorted(set(sites) - mine),
            "objective": told(worth),
        }
        for sites, worth in found.plans[1:]
    ]
    told_plans = {"plans": len(found.plans), "within": WITHIN, "shared": [*found.shared]}
    rows = [
        {
            "site": one.site,
            "replacement": one.replacement or "",
            "loss": _people_fewer(rank, outcome, one, near),
            "objective": told(one.worth),
        }
        for one in (map(near.kept_instead, closed) if rank.removal else near.regrets())
    ]
    return {"alternatives": told_plans | {"others": others}, "regret": rows}


def _people_fewer(rank: Rank, outcome: Outcome, one: Regret, near: Neighbourhood) -> int:
    """Count the people whom the plan with the replacement covers fewer, each as one."""
    if rank.removal or outcome.certificate["model"] in _OWN:
        return near.worth - one.worth
    then = [site for site in outcome.sites if site != one.site]
    return _covered(outcome, outcome.sites) - _covered(
        outcome, [*then, *([one.replacement] if one.replacement else [])]
    )


def _covered(outcome: Outcome, sites: Sequence[str]) -> int:
    return covered_by(outcome.task.unweighted, sites)
