"""Why these sites: whom each newly serves, what is near, which gaps go, why the next rank lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.evaluate import HEADLINE
from siting.access.gaps import GapMembers, find_gaps
from siting.access.parts import gap_parts
from siting.network.costs import UNREACHABLE, nearest_costs
from siting.plan.vocabulary import groups
from siting.ranking.explain import new_rows, newly_covered, overlaps, runners_up
from siting.ranking.sites import mode_of
from siting.ranking.standing import capacities, facilities_of
from siting.ranking.tasks import asked_of, is_conjunctive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.ranking.cover_model import Flags
    from siting.ranking.outcome import Outcome
    from siting.ranking.sites import Sites
    from siting.ranking.tasks import Asked, Readings
    from siting.scenario.model import Rank

MOST = 5
"""Streets, gaps and runners-up that are named."""


@dataclass(frozen=True)
class _Told:
    """What all stories of one ranking share."""

    asked: list[Asked]
    readings: Readings
    study: Study
    sites: Sites
    outcome: Outcome
    gaps: dict[str, GapMembers]


def stories(
    rank: Rank,
    readings: Readings,
    study: Study,
    sites: Sites,
    outcome: Outcome,
    *,
    gaps: dict[str, GapMembers],
) -> dict[str, Any]:
    """Tell of each site why it stands where it stands, and of the next ones why they do not.

    Parameters
    ----------
    gaps
        The gaps of each rule.

    Returns
    -------
    dict
        ``names`` of the sites told of; ``explanation``: for each site ``streets`` (people newly
        covered by street and age group), ``overlaps`` (people whom another chosen site reaches,
        too), ``nearest`` (facility of the kind, metres, its places), ``reach`` (people within
        reach), ``capacity`` and ``gaps`` (ids, place, people newly covered of how many);
        ``runners_up``: what the best of the others would add, and who takes the rest.
    """
    if is_conjunctive(rank):
        return {"names": _names(sites, outcome.sites), "explanation": [], "runners_up": []}
    told = _Told(asked_of(rank, readings), readings, study, sites, outcome, gaps)
    model, order = outcome.task.unweighted, outcome.sites
    by_street = newly_covered(model, order, _people(told))
    shared = overlaps(model, order)
    fresh = new_rows(model, order)
    explanation = [
        {
            "site": site,
            "streets": _largest(by_street[by_street["site"] == site].drop(columns="site")),
            "overlaps": _largest(shared[shared["site"] == site].drop(columns="site")),
            **_near(site, told),
            "gaps": _gaps(rows, told),
        }
        for site, rows in zip(order, fresh, strict=True)
    ]
    beaten = runners_up(model, order, most=MOST)
    return {
        "names": _names(sites, sites.table["id"]),
        "explanation": explanation,
        "runners_up": beaten.to_dict("records"),
    }


def _names(sites: Sites, ids: Iterable[str]) -> dict[str, str]:
    names = dict(zip(sites.table["id"], sites.table["name"], strict=True))
    return {one: str(names[one] or one) for one in sorted(set(ids)) if one in names}


def _largest(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows with most people, without the groups that nobody belongs to."""
    order = table.sort_values("people", ascending=False, kind="stable").head(MOST)
    return [
        {str(key): value for key, value in row.items() if key == "people" or value != 0}
        for row in order.to_dict("records")
    ]


def _people(told: _Told) -> pd.DataFrame:
    """Return street and people of each row of the task, in all and by the smallest age groups."""
    study, task = told.study, told.outcome.task
    units = study.layers.units
    names = dict(zip(units["code"], units["name"], strict=True))
    home = study.units("street").map(names).fillna("–").to_numpy(object)
    table = pd.DataFrame({"street": home[task.demand], "people": task.people})
    leaves = [leaf for one in told.asked for leaf in _leaves(one.group)]
    for leaf in dict.fromkeys(leaves):
        at = np.array([leaf in _leaves(one.group) for one in told.asked])[task.asked]
        inside = np.where(at & (task.people > 0), study.people(leaf)[task.demand], 0)
        table[leaf] = inside.astype(np.int64)
    return table


def _leaves(group: str) -> list[str]:
    """Return the age groups within a group that hold no other one; none if it is one itself."""
    every = groups().values()
    spans = {g.id: (g.from_age, 999 if g.to_age is None else g.to_age) for g in every}
    if group not in spans:
        return []
    low, high = spans[group]
    inside = {k: s for k, s in spans.items() if low <= s[0] and s[1] <= high and k != group}
    return [
        key
        for key, (a, b) in inside.items()
        if not any(other != key and a <= c and d <= b for other, (c, d) in inside.items())
    ]


def _near(site: str, told: _Told) -> dict[str, Any]:
    """Return the nearest facility of the site's kind, and places against people within reach."""
    study, table = told.study, told.sites.table
    row = int(np.flatnonzero(table["id"] == site)[0])
    kind = table["kind"].iloc[row]
    one = next(asked for asked in told.asked if asked.kind == kind)
    mode = mode_of(told.readings[one.rule].rule, one.part)
    network, rows = study.networks[mode], facilities_of(one, study)
    found = nearest_costs(
        network.streets,
        demand=told.sites.positions[mode].take(np.array([row])),
        facilities=network.facilities.take(rows),
    )
    model = told.outcome.task.unweighted
    mine = model.rows(model.site_ids.index(site))
    capacity = int(table["capacity"].iloc[row])
    told_near: dict[str, Any] = {
        "kind": str(kind),
        "reach": int(model.weights[mine].sum()),
        "capacity": capacity or None,
        "nearest": None,
    }
    if int(found.cost_mm[0]) < UNREACHABLE:
        nearest = rows[int(found.facility[0])]
        places = int(capacities(one, np.array([nearest]), study)[0][0])
        told_near["nearest"] = {
            "id": study.layers.facilities["id"].iloc[nearest],
            "name": study.layers.facilities["name"].iloc[nearest],
            "metres": round(int(found.cost_mm[0]) / 1000),
            "places": places or None,
        }
    return told_near


def gaps_of(readings: Readings, study: Study) -> dict[str, GapMembers]:
    """Return the gaps of each rule."""
    return {rule: find_gaps(one, study) for rule, one in readings.items()}


def _gaps(rows: Flags, told: _Told) -> list[dict[str, Any]]:
    """Return the gaps of which a site newly covers most people; ids are those of gaps.csv."""
    task = told.outcome.task
    found: list[dict[str, Any]] = []
    for at, one in enumerate(told.asked):
        gap = _gap_of_demand(one, told)
        mine = np.flatnonzero(rows & (task.asked == at))
        number, people = gap[task.demand[mine]], task.people[mine]
        table = told.gaps[one.rule].table
        found += [
            {
                "gap": f"{one.rule}-{index + 1:04d}",
                "place": str(table["place"].iloc[index]),
                "people": int(people[number == index].sum()),
                "of": int(table["people"].iloc[index]),
            }
            for index in np.unique(number[(number >= 0) & (people > 0)]).tolist()
        ]
    return sorted(found, key=lambda entry: (-entry["people"], entry["gap"]))


def _gap_of_demand(one: Asked, told: _Told) -> NDArray[np.int64]:
    """Return the gap of each row of the residents under one part of a rule, −1 for none."""
    evaluation, members = told.readings[one.rule], told.gaps[one.rule]
    part = one.part if one.part in gap_parts(evaluation.rule) else HEADLINE
    verdicts = evaluation.verdicts
    mine = ((verdicts["part"] == part) & (verdicts["group"] == one.group)).to_numpy()
    gap = np.full(told.study.count, -1, np.int64)
    gap[evaluation.verdicts["demand"].to_numpy()[mine]] = members.gap[mine]
    return gap
