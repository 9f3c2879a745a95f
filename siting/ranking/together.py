"""Every need of a rule at once: a person counts when nothing is missing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.access.evaluate import HEADLINE
from siting.access.needs import age_segments
from siting.errors import ScenarioError, problem
from siting.plan.model import AccessRule
from siting.ranking.cover_model import cover_model
from siting.ranking.pools import rivals
from siting.ranking.sites import Sites, pairs_of, reached
from siting.ranking.tasks import AS_IS, Task, Variation, asked_of, judged, status_of

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.ranking.tasks import Readings
    from siting.scenario.model import Rank


def conjunctive_task(
    rank: Rank,
    readings: Readings,
    study: Study,
    sites: Sites,
    variation: Variation = AS_IS,
) -> Task:
    """Return the task of `siting.ranking.conjunctive`: rows by need, then age, then residents' row.

    A person of an age needs what the rule says for that age; what he does not need, or has today,
    is covered.
    """
    asked = asked_of(rank, readings)
    rule = readings[asked[0].rule].rule
    if not isinstance(rule, AccessRule):
        raise TypeError("only rules with needs can ask for all of them")
    if len({one.part for one in asked}) < len(asked):
        raise ScenarioError(problem("rank-all-ages", f"rank {rank.name}", rule=asked[0].rule))
    segments = age_segments(rule, study)
    n = len(segments) * study.count
    headline = readings[asked[0].rule].verdicts
    headline = headline[headline["part"] == HEADLINE]
    counted = headline[headline["verdict"].isin(("covered", "uncovered"))]
    people = np.zeros(n, np.int64)
    for at, (name, _, _) in enumerate(segments):
        rows = counted[counted["group"] == name]
        people[at * study.count + rows["demand"].to_numpy()] = rows["people"]
    people = variation.of(people.reshape(-1, study.count)).ravel()
    pair_site, pair_row, covered = [], [], np.ones((len(asked), len(segments), study.count), bool)
    for at, one in enumerate(asked):
        part = judged(one, readings, study, variation)
        mine, its = sites.of_kind(one.kind)
        sets = reached(its, readings[one.rule], study, part=one.part, stretch=variation.stretch)
        for age, (_, _, needs) in enumerate(segments):
            if one.part in needs:
                covered[at, age] = part.covered | part.exempt
            pair_site.append(mine[pairs_of(sets)])
            pair_row.append(sets.demand + at * n + age * study.count)
    model = cover_model(
        list(sites.table["id"]),
        np.concatenate(pair_site),
        np.concatenate(pair_row),
        weights=np.tile(people, len(asked)),
        covered=covered.ravel(),
        status=status_of(rank, sites.table),
        site_cost=sites.table["cost"],
        conflicts=rivals(sites.table, spacing_m=rank.spacing_m),
    )
    row = np.arange(len(model.weights))
    return Task(model, np.tile(people, len(asked)), row % study.count, row // n, 1)
