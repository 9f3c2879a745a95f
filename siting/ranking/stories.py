"""Why these sites: whom each newly serves, what is near, which gaps go, why the next rank lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.needs import age_segments
from siting.network.costs import UNREACHABLE, nearest_costs
from siting.plan.model import AccessRule
from siting.plan.vocabulary import groups
from siting.ranking.explain import (
    completed,
    new_rows,
    newly_covered,
    next_to_complete,
    overlaps,
    runners_up,
)
from siting.ranking.mended import mended_gaps
from siting.ranking.sites import mode_of
from siting.ranking.standing import capacities, facilities_of
from siting.ranking.tasks import asked_of, is_conjunctive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from siting.access.gaps import GapMembers
    from siting.access.study import Study
    from siting.ranking.cover_model import Flags
    from siting.ranking.outcome import Outcome
    from siting.ranking.sites import Sites
    from siting.ranking.tasks import Asked, Readings
    from siting.scenario.model import Rank

MOST = 5
"""Streets, gaps and runners-up that are named."""
FOCUS = ("nursery_age", "elders_80")
"""The youngest and the oldest, whom reviewers ask about."""


@dataclass(frozen=True, eq=False)
class _Whom:
    """Whom an answer serves, row by row of its task.

    `fresh`: rows of the people whom each site is the first to serve; `group`: age group of each
    row; `concerned`: whether the row's people need what it asks for. `kinds` is 1, or how many
    needs a person must have met together: then people stand in the first of as many blocks.
    """

    fresh: list[Flags]
    group: NDArray[np.object_]
    concerned: Flags
    kinds: int


@dataclass(frozen=True)
class _Told:
    """What all stories of one ranking share."""

    asked: list[Asked]
    readings: Readings
    study: Study
    sites: Sites
    outcome: Outcome
    gaps: dict[str, GapMembers]
    whom: _Whom


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
        served by street and age group), ``focus`` (the youngest and oldest of them; None where the
        rules concern neither, or places go to some), ``overlaps`` (people whom another chosen site
        reaches, too), ``nearest`` (facility of the kind, metres, its places), ``reach`` (people
        within reach), ``capacity`` and ``gaps`` (ids, place, people newly served of how many);
        ``runners_up``: what the best of the others would add, and who takes the rest.
    """
    asked = asked_of(rank, readings)
    together = is_conjunctive(rank)
    whom = _together(asked, readings, study, outcome) if together else _apart(asked, outcome)
    told = _Told(asked, readings, study, sites, outcome, gaps, whom)
    model, order = outcome.task.unweighted, outcome.sites
    people = _people(told)
    by_street = newly_covered(whom.fresh, order, people.drop(columns="focus"))
    both = overlaps(model, order)
    concerns = any(set(_leaves(one) or [one]) & set(FOCUS) for one in set(whom.group.tolist()))
    is_known = concerns and rank.model != "capacitated"  # who gets a place is not told by age
    explanation = [
        {
            "site": site,
            "streets": _largest(by_street[by_street["site"] == site].drop(columns="site")),
            "focus": int(people["focus"][rows].sum()) if is_known else None,
            "overlaps": _largest(both[both["site"] == site].drop(columns="site")),
            **_near(site, told),
            "gaps": _gaps(site, rows, told),
        }
        for site, rows in zip(order, whom.fresh, strict=True)
    ]
    beaten = (
        runners_up(model, order, most=MOST)
        if whom.kinds == 1
        else next_to_complete(model, order, whom.concerned, kinds=whom.kinds, most=MOST)
    )
    return {
        "names": _names(sites, sites.table["id"]),
        "explanation": explanation,
        "runners_up": beaten.to_dict("records"),
    }


def _apart(asked: list[Asked], outcome: Outcome) -> _Whom:
    """Tell of people who are served once one site covers them."""
    task = outcome.task
    group = np.array([one.group for one in asked], object)[task.asked]
    fresh = new_rows(task.unweighted, outcome.sites)
    return _Whom(fresh, group, np.ones(len(task.people), np.bool_), kinds=1)


def _together(asked: list[Asked], readings: Readings, study: Study, outcome: Outcome) -> _Whom:
    """Tell of people who are served once every need is met."""
    rule = readings[asked[0].rule].rule
    if not isinstance(rule, AccessRule):
        raise TypeError("only rules with needs can ask for all of them")
    segments, kinds = age_segments(rule, study), len(asked)
    ages = np.repeat(np.arange(len(segments)), study.count)
    group = np.array([name for name, _, _ in segments], object)[ages]
    needs = np.array([[one.part in parts for _, _, parts in segments] for one in asked])
    fresh = completed(outcome.task.model, outcome.sites, kinds=kinds)
    return _Whom(fresh, np.tile(group, kinds), needs[:, ages].ravel(), kinds)


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
    """Return street and people of each row of the task, in all and by the smallest age groups.

    `focus` counts those of them who belong to the youngest or the oldest.
    """
    study, task = told.study, told.outcome.task
    units = study.layers.units
    names = dict(zip(units["code"], units["name"], strict=True))
    home = study.units("street").map(names).fillna("–").to_numpy(object)
    table = pd.DataFrame({"street": home[task.demand], "people": task.people})
    focus = np.zeros(len(table), np.int64)
    every = list(dict.fromkeys(told.whom.group.tolist()))
    for group in every:
        mine = (told.whom.group == group) & (task.people > 0)
        for leaf in _leaves(group) or [group]:
            inside = task.people if leaf == group else study.people(leaf)[task.demand]
            counted = np.where(mine, inside, 0).astype(np.int64)
            if leaf in FOCUS:
                focus += counted
            if leaf != group or len(every) > 1:
                table[leaf] = counted + table.get(leaf, 0)
    return table.assign(focus=focus)


def _leaves(group: str) -> list[str]:
    """Return the age groups within a group that hold no other one; none if it is one itself."""
    if group not in groups():
        return []
    whole = groups()[group]
    inside = [one for one in groups().values() if whole.holds(one) and one != whole]
    return [one.id for one in inside if not any(one.holds(o) for o in inside if o != one)]


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
        "reach": int(model.weights[mine[told.whom.concerned[mine]]].sum()),
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


def _gaps(site: str, rows: Flags, told: _Told) -> list[dict[str, Any]]:
    """Return the gaps of which a site newly serves most people; ids are those of gaps.csv."""
    task, whom = told.outcome.task, told.whom
    if whom.kinds > 1:  # of those whom it completes, who lacked its kind
        kind = told.sites.table.set_index("id").loc[site, "kind"]
        its = np.array([one.kind == kind for one in told.asked])[task.asked]
        people = rows[: len(rows) // whom.kinds]
        rows = np.tile(people, whom.kinds) & its & whom.concerned & ~task.model.covered
    return mended_gaps(rows, task, told.asked, told.readings, told.gaps)
