"""Other plans that are almost as good, and what it costs to lose a site.

The plans are a sample: they are reached from the best one by swapping single sites, best first. So
"every good plan shares this site" speaks of the plans found, and says how many those are.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.ranking.choice import Choice, choice_of
from siting.ranking.core import Core, core_of
from siting.ranking.kernels import counts, sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.ranking.cover_model import CoverModel, Ints
    from siting.ranking.ranking import Ranking

PLANS = 100
WITHIN = 0.01


@dataclass(frozen=True)
class Alternatives:
    """A sample of good plans.

    Attributes
    ----------
    plans
        One row per plan, best first: ``plan`` (from 1), ``sites`` (ids, ascending, joined by
        spaces), ``covered``, ``loss`` (people fewer than the best).
    shared
        Ids of the sites that every plan of the sample opens.
    """

    plans: pd.DataFrame
    shared: tuple[str, ...]


def alternatives(
    model: CoverModel, ranking: Ranking, *, within: float = WITHIN, most: int = PLANS
) -> Alternatives:
    """Collect plans that newly cover almost as many people as `ranking` does.

    Parameters
    ----------
    model, ranking
        A model, and what `max_coverage` answered for it.
    within
        Share of the newly covered people that a good plan may lose.
    most
        Most plans, the best included.
    """
    choice, core = _as_asked(model, ranking)
    start = _positions(model, choice, ranking)
    best = core.value(start)
    newly = core.base + best - ranking.covered_before
    least = best - int(within * newly)
    key = tuple(start.tolist())
    known = {key}
    heap = [(-best, key)]
    plans: list[tuple[int, tuple[int, ...]]] = []
    while heap and len(plans) < most:
        value, plan = heappop(heap)
        plans.append((-value, plan))
        for other, reached in _swaps(core, choice, np.array(plan, np.int64), least):
            if other not in known:
                known.add(other)
                heappush(heap, (-reached, other))
    plans.sort(key=lambda found: (-found[0], found[1]))
    shared = set(plans[0][1]).intersection(*(plan for _, plan in plans))
    table = pd.DataFrame(
        {
            "plan": np.arange(1, len(plans) + 1),
            "sites": [
                " ".join(sorted(choice.names(model, np.array(plan, np.int64)))) for _, plan in plans
            ],
            "covered": [core.base + value for value, _ in plans],
            "loss": [best - value for value, _ in plans],
        }
    )
    ids = choice.names(model, np.array(sorted(shared), np.int64))
    return Alternatives(table, tuple(sorted(ids)))


def regret(model: CoverModel, ranking: Ranking) -> pd.DataFrame:
    """Say for each chosen site which one to use if it falls through, and what that costs.

    Returns
    -------
    pandas.DataFrame
        In the order of the ranking: ``site``, ``replacement`` (id; empty if none helps),
        ``covered`` (people with it), ``loss`` (people fewer). The other sites stay as they are.
        Must-have sites have no row.
    """
    choice, core = _as_asked(model, ranking)
    plan = _positions(model, choice, ranking)
    best = core.value(plan)
    ids = {model.site_ids[choice.site[j]]: j for j in plan.tolist()}
    rows = []
    for site in ranking.sites:
        if site not in ids:
            continue
        rest = plan[plan != ids[site]]
        gain = _gains(core, choice, rest)
        gain[ids[site]] = 0
        replacement = int(np.argmax(gain)) if len(gain) and gain.max() > 0 else -1
        value = core.value(rest) + (int(gain[replacement]) if replacement >= 0 else 0)
        name = choice.name(model, replacement) if replacement >= 0 else ""
        rows.append((site, name, core.base + value, best - value))
    return pd.DataFrame(rows, columns=["site", "replacement", "covered", "loss"])


def _as_asked(model: CoverModel, ranking: Ranking) -> tuple[Choice, Core]:
    parameters = ranking.certificate["parameters"]
    choice = choice_of(model, sites=parameters["sites"], budget=parameters["budget"])
    return choice, core_of(model)


def _positions(model: CoverModel, choice: Choice, ranking: Ranking) -> Ints:
    chosen = set(ranking.sites)
    return np.array(
        [j for j, site in enumerate(choice.site) if model.site_ids[site] in chosen], np.int64
    )


def _gains(core: Core, choice: Choice, plan: Ints) -> Ints:
    """Return what each site would add to a plan; nothing where a limit or a rival forbids it."""
    seen = counts(core.indptr, core.row, plan, len(core.weights))
    gain: Ints = sums(core.indptr, core.row, np.where(seen == 0, core.weights, 0))
    gain[~choice.addable(plan)] = 0
    return gain


def _swaps(
    core: Core, choice: Choice, plan: Ints, least: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield the plans that differ by one site and cover at least `least`, with their values."""
    for j in plan:
        rest = plan[plan != j]
        value = core.value(rest)
        gain = _gains(core, choice, rest)
        for a in np.flatnonzero((gain >= max(least - value, 1)) & (np.arange(len(gain)) != j)):
            yield tuple(sorted([*rest.tolist(), int(a)])), value + int(gain[a])
