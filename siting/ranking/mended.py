"""Which gaps a site mends: those of gaps.csv in which it is the first to serve somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.access.evaluate import HEADLINE
from siting.access.gaps import GapMembers, find_gaps, gap_id
from siting.access.parts import gap_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.ranking.cover_model import Flags
    from siting.ranking.tasks import Asked, Readings, Task


def gaps_of(readings: Readings, study: Study) -> dict[str, GapMembers]:
    """Return the gaps of each rule."""
    return {rule: find_gaps(one, study) for rule, one in readings.items()}


def mended_gaps(
    rows: Flags, task: Task, asked: Sequence[Asked], readings: Readings, gaps: dict[str, GapMembers]
) -> list[dict[str, Any]]:
    """Return the gaps of some rows of a task, those first in which most people are served.

    Returns
    -------
    list of dict
        ``gap`` (id as in gaps.csv), ``place``, ``people`` newly served, and ``of`` how many.
    """
    found: list[dict[str, Any]] = []
    for at, one in enumerate(asked):
        mine = np.flatnonzero(rows & (task.asked == at))
        if not len(mine):
            continue
        gap = _gap_of_demand(one, readings, gaps, count=int(task.demand.max()) + 1)
        number, people = gap[task.demand[mine]], task.people[mine]
        table = gaps[one.rule].table
        found += [
            {
                "gap": gap_id(one.rule, index + 1),
                "place": str(table["place"].iloc[index]),
                "people": int(people[number == index].sum()),
                "of": int(table["people"].iloc[index]),
            }
            for index in np.unique(number[(number >= 0) & (people > 0)]).tolist()
        ]
    return sorted(found, key=lambda entry: (-entry["people"], entry["gap"]))


def _gap_of_demand(
    one: Asked, readings: Readings, gaps: dict[str, GapMembers], *, count: int
) -> NDArray[np.int64]:
    """Return the gap of each row of the residents under one part of a rule, −1 for none."""
    evaluation, members = readings[one.rule], gaps[one.rule]
    part = one.part if one.part in gap_parts(evaluation.rule) else HEADLINE
    verdicts = evaluation.verdicts
    mine = ((verdicts["part"] == part) & (verdicts["group"] == one.group)).to_numpy()
    gap = np.full(count, -1, np.int64)
    gap[verdicts["demand"].to_numpy()[mine]] = members.gap[mine]
    return gap
