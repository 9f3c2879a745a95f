"""Facilities of today as sites of a model: their places, and which of them is needed least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import ScenarioError, problem, raise_all
from siting.plan.vocabulary import kinds
from siting.ranking.cover_model import EXISTING, cover_model
from siting.ranking.pools import near
from siting.ranking.sites import Sites, mode_of, pairs_of, reached
from siting.ranking.tasks import (
    AS_IS,
    TODAY,
    Asked,
    Task,
    Variation,
    asked_of,
    judged,
    status_of,
    task_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.plan.model import FacilityFilter
    from siting.ranking.tasks import Readings
    from siting.scenario.model import Rank

    Ints = NDArray[np.int64]


def facilities_of(one: Asked, study: Study) -> Ints:
    """Return the rows of the facilities that serve a part of a rule today."""
    return _matching(one.filters, study)


def _matching(filters: Sequence[FacilityFilter], study: Study) -> Ints:
    certain, _ = study.matching(list(filters))
    return np.flatnonzero(certain)


def check_standing(rank: Rank, filters: Sequence[FacilityFilter], study: Study) -> None:
    """Check that the facilities that must stay serve the rule today.

    Raises
    ------
    ScenarioError
        With every one that does not.
    """
    ids = study.layers.facilities["id"].to_numpy(object)[_matching(filters, study)]
    raise_all(
        [
            problem("rank-facility", f"rank {rank.name} must", site=one, known=near(one, ids))
            for one in rank.must
            if one not in set(ids)
        ],
        ScenarioError,
    )


def _reach(
    asked: list[Asked], readings: Readings, study: Study, variation: Variation
) -> tuple[Ints, Ints, Ints]:
    """Return the facilities that serve the parts, and whom each serves, those on its own premises.

    Returns
    -------
    tuple
        Rows of the facilities; then, for each pair, position of the facility and row of the task.
    """
    networks = study.networks
    rows = facilities_of(asked[0], study)
    table = study.layers.facilities.iloc[rows].reset_index(drop=True)
    sites = Sites(table, {m: network.facilities.take(rows) for m, network in networks.items()})
    facility, demand = [], []
    for at, one in enumerate(asked):
        evaluation = readings[one.rule]
        on_site = networks[mode_of(evaluation.rule, one.part)].on_site.among(rows)
        sets = reached(
            sites, evaluation, study, part=one.part, group=one.group,
            stretch=variation.stretch, on_site=on_site,
        )  # fmt: skip
        facility.append(pairs_of(sets))
        demand.append(sets.demand.astype(np.int64) + at * study.count)
    return rows, np.concatenate(facility), np.concatenate(demand)


def capacities(one: Asked, rows: Ints, study: Study) -> tuple[Ints, int]:
    """Return the places of some facilities, and how many facilities do not state theirs (0)."""
    column = kinds()[one.kind].capacity
    if column is None:
        return np.zeros(len(rows), np.int64), len(rows)
    stated = study.layers.facilities[column].iloc[rows].astype("Int64")
    return stated.fillna(0).to_numpy(np.int64), int(stated.isna().sum())


def places_task(
    rank: Rank,
    readings: Readings,
    study: Study,
    sites: Sites,
    variation: Variation = AS_IS,
    *,
    opening: Task,
) -> Task:
    """Return the task in which sites and facilities of today serve as many as they have places.

    `opening` is the task of the same question without places.
    """
    asked = asked_of(rank, readings)
    rows, facility, demand = _reach(asked, readings, study, variation)
    ids = study.layers.facilities["id"].to_numpy(object)[rows]
    model, table = opening.model, sites.table
    candidates = np.repeat(np.arange(len(model.site_ids)), np.diff(model.indptr))
    count = len(model.site_ids)
    with_places = cover_model(
        [*model.site_ids, *(f"{TODAY} {one}" for one in ids)],
        np.concatenate([candidates, count + facility]),
        np.concatenate([model.demand, demand]),
        weights=opening.people,
        status=np.append(status_of(rank, table), np.full(len(rows), EXISTING)),
        site_cost=np.append(table["cost"], np.zeros(len(rows), np.int64)),
        conflicts=model.conflicts,
        capacity=np.append(table["capacity"], capacities(asked[0], rows, study)[0]),
    )
    return task_of(with_places, opening.people, study)


def standing_task(
    rank: Rank, readings: Readings, study: Study, variation: Variation = AS_IS
) -> Task:
    """Return whom each facility of today reaches, as existing sites that could close.

    Those beyond the district, and those that must stay, are no question: whom they reach is
    covered in any case.
    """
    asked = asked_of(rank, readings)
    parts = [judged(one, readings, study, variation).people for one in asked]
    people = np.concatenate(parts)
    rows, of_pair, demand = _reach(asked, readings, study, variation)
    ids = study.layers.facilities["id"].to_numpy(object)[rows]
    beyond = study.layers.facilities["outside"].to_numpy(bool)[rows]
    check_standing(rank, asked[0].filters, study)
    stays = beyond | np.isin(ids, rank.must)
    covered = np.zeros(len(people), bool)
    covered[demand[stays[of_pair]]] = True
    renamed = np.cumsum(~stays) - 1
    mine = ~stays[of_pair]
    model = cover_model(
        list(ids[~stays]),
        renamed[of_pair[mine]],
        demand[mine],
        weights=people,
        covered=covered,
        status=np.full(int((~stays).sum()), EXISTING),
    )
    return task_of(model, people, study)
