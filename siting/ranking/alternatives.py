"""Other plans that are almost as good, and what it costs to lose a site.

The plans are a sample: they are reached from the best one by swapping single sites, best first. So
"every good plan shares this site" speaks of the plans found, and says how many those are.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from siting.ranking.neighbours import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from siting.ranking.cover_model import CoverModel, Ints
    from siting.ranking.neighbours import Plans

PLANS = 100
WITHIN = 0.01

Plan = tuple[int, ...]


@dataclass(frozen=True)
class Alternatives:
    """A sample of good plans.

    Attributes
    ----------
    plans
        Sites (ids, ascending) and worth of each plan, best first; the first is the one asked about.
    shared
        Ids of the sites that every plan of the sample opens.
    """

    plans: tuple[tuple[tuple[str, ...], int], ...]
    shared: tuple[str, ...]


@dataclass(frozen=True)
class Regret:
    """What to do if a site falls through.

    Attributes
    ----------
    site, replacement
        The site, and the one that does best in its place (None: none does anything).
    worth
        What the plan is worth then.
    """

    site: str
    replacement: str | None
    worth: int


class Neighbourhood:
    """A plan, and those with one site in the place of another.

    Parameters
    ----------
    plans, model
        All plans, and the cover sets that they are of.
    sites
        Ids of the plan's sites, must-have ones included.
    """

    def __init__(self, plans: Plans, model: CoverModel, sites: Iterable[str]) -> None:
        self.plans, self.model = plans, model
        self.order = [*sites]
        names = [model.site_ids[site] for site in plans.choice.site]
        self.at = {name: j for j, name in enumerate(names) if name in set(self.order)}
        self.plan: Plan = tuple(sorted(self.at.values()))
        self.worth = plans.worth(np.array(self.plan, np.int64))
        self.alone = {j: plans.worth(_without(self.plan, j)) for j in self.plan}
        self.swapped = {j: self._instead(self.plan, j) for j in self.plan}

    def _instead(self, plan: Plan, j: int) -> Ints:
        """Return the worth of a plan with each site in the place of j."""
        worth = self.plans.with_each(_without(plan, j))
        worth[j] = FORBIDDEN
        return worth

    def alternatives(self, *, within: float = WITHIN, most: int = PLANS) -> Alternatives:
        """Collect plans that are almost as good.

        Parameters
        ----------
        within
            Share of the objective (of people: of those won) that a good plan may lose.
        most
            Most plans, this one included.
        """
        least = self.plans.least(self.worth, within)
        known, heap = {self.plan}, [(-self.worth, self.plan)]
        found: list[tuple[int, Plan]] = []
        while heap and len(found) < most:
            worth, plan = heappop(heap)
            found.append((worth, plan))
            for other, reached in self._swaps(plan, least):
                if other not in known:
                    known.add(other)
                    heappush(heap, (-reached, other))
        found.sort(key=lambda one: (one[1] != self.plan, *one))
        shared = set(self.plan).intersection(*(plan for _, plan in found))
        named = tuple((self._names(plan), -worth) for worth, plan in found)
        return Alternatives(named, self._names(sorted(shared)))

    def _swaps(self, plan: Plan, least: int) -> Iterator[tuple[Plan, int]]:
        """Yield the plans that differ by one site and are worth at least `least`.

        Where plans are slow to weigh, only those next to the first one are.
        """
        if plan != self.plan and not self.plans.quick:
            return
        for j in plan:
            worth = self.swapped[j] if plan == self.plan else self._instead(plan, j)
            for a in np.flatnonzero(worth >= least).tolist():
                yield tuple(sorted([*_without(plan, j).tolist(), a])), int(worth[a])

    def _names(self, plan: Iterable[int]) -> tuple[str, ...]:
        choice = self.plans.choice
        return tuple(sorted(choice.names(self.model, np.array([*plan], np.int64))))

    def regrets(self) -> list[Regret]:
        """Say for each site what to use if it falls through; the other sites stay as they are.

        Ties go to the smallest id. Must-have sites have no regret: they open in any case.
        """
        found = []
        for site in self.order:
            if site not in self.at:
                continue
            alone, worth = self.alone[self.at[site]], self.swapped[self.at[site]]
            best = int(np.argmax(worth))
            better = worth[best] > alone
            name = self.plans.choice.name(self.model, best) if better else None
            found.append(Regret(site, name, int(worth[best]) if better else alone))
        return found

    def kept_instead(self, site: str) -> Regret:
        """Say which site of the plan to give up so that another one, not in it, can stay.

        For plans of what to keep: `replacement` is what closes in the place of `site`.
        """
        choice = self.plans.choice
        at = next(j for j, one in enumerate(choice.site) if self.model.site_ids[one] == site)
        worth = {j: max(alone, int(self.swapped[j][at])) for j, alone in self.alone.items()}
        best = max(worth, key=lambda j: (worth[j], -j), default=None)
        if best is None:
            return Regret(site, None, self.worth)
        return Regret(site, choice.name(self.model, best), worth[best])


def _without(plan: Plan, j: int) -> Ints:
    return np.array([one for one in plan if one != j], np.int64)
