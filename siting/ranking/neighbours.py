"""What a plan is worth, and what each further site would make of it: the same for every model.

Other plans and regrets are found by taking one site out of a plan and putting another in. Each
model says here what that is worth; more is better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from siting.ranking.choice import Choice, choice_of
from siting.ranking.conjunctive import Conjunction, conjunction
from siting.ranking.core import Core, core_of
from siting.ranking.fairness import PARTS, Streets, streets_of
from siting.ranking.kernels import counts, sums
from siting.ranking.median_kernels import savings
from siting.ranking.p_median import Median, median
from siting.ranking.places import Capacitated, places
from siting.ranking.set_cover import target_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.ranking.cover_model import CoverModel, Flags, Ints

FORBIDDEN = -(2**62)
"""The worth of a plan that breaks a limit, or in which the last site is of no use."""


class Plans(Protocol):
    """All plans of one question. A plan is an array of positions in `choice`."""

    @property
    def choice(self) -> Choice:
        """The sites open to choice, and the limits."""

    @property
    def quick(self) -> bool:
        """Whether thousands of plans can be tried within seconds."""

    def worth(self, plan: Ints) -> int:
        """Return what a plan is worth."""

    def with_each(self, plan: Ints) -> Ints:
        """Return what it is worth with each site in addition; `FORBIDDEN` where that is no plan."""

    def least(self, worth: int, within: float) -> int:
        """Return the least worth that loses no more than a share of the objective."""

    def objective(self, worth: int) -> float | None:
        """Return the objective in the certificate's unit; None if the plan does not do."""


def _added(choice: Choice, plan: Ints, worth: Ints, useful: Flags) -> Ints:
    return np.where(useful & choice.addable(plan), worth, FORBIDDEN)


@dataclass(frozen=True, eq=False)
class _Covering:
    """People covered, those `before` any choice apart; `idle` sites may stay that cover nobody."""

    choice: Choice
    core: Core
    before: int
    idle: bool = False
    quick: bool = True

    def worth(self, plan: Ints) -> int:
        return self.core.base + self.core.value(plan)

    def gains(self, plan: Ints) -> Ints:
        core = self.core
        seen = counts(core.indptr, core.row, plan, len(core.weights))
        gains: Ints = sums(core.indptr, core.row, np.where(seen == 0, core.weights, 0))
        return gains

    def with_each(self, plan: Ints) -> Ints:
        gains = self.gains(plan)
        return _added(self.choice, plan, self.worth(plan) + gains, (gains > 0) | self.idle)

    def least(self, worth: int, within: float) -> int:
        return worth - int(within * (worth - self.before))

    def objective(self, worth: int) -> float | None:
        return worth


@dataclass(frozen=True, eq=False)
class _Cheapest:
    """The price of the sites, of equal prices the people covered; too few people are worth less."""

    covering: _Covering
    cost: Ints
    fixed: int
    target: int
    quick: bool = True

    @property
    def choice(self) -> Choice:
        return self.covering.choice

    @property
    def _step(self) -> int:
        """One unit of money outweighs all people."""
        return self.covering.core.base + self.covering.core.total + 1

    def _worth(self, covered: Ints, price: Ints) -> Ints:
        dear = self.fixed + int(self.cost.sum()) + 1
        worth: Ints = covered - self._step * np.where(covered >= self.target, price, dear)
        return worth

    def worth(self, plan: Ints) -> int:
        covered = np.array([self.covering.worth(plan)])
        return int(self._worth(covered, self.fixed + self.cost[plan].sum())[0])

    def with_each(self, plan: Ints) -> Ints:
        gains = self.covering.gains(plan)
        covered = self.covering.worth(plan)
        worth = self._worth(covered + gains, self.fixed + self.cost[plan].sum() + self.cost)
        return _added(self.choice, plan, worth, (gains > 0) & (covered < self.target))

    def _price(self, worth: int) -> int:
        return -(worth // self._step)

    def least(self, worth: int, within: float) -> int:
        return -self._step * int((1 + within) * self._price(worth))

    def objective(self, worth: int) -> float | None:
        price = self._price(worth)
        return price if price <= self.fixed + int(self.cost.sum()) else None


@dataclass(frozen=True, eq=False)
class _ByCost:
    """What is better the less it costs, turned round."""

    relaxation: Median
    quick: bool = True

    @property
    def choice(self) -> Choice:
        return self.relaxation.choice

    def least(self, worth: int, within: float) -> int:
        return worth + int(within * worth)

    def objective(self, worth: int) -> float | None:
        return -worth if -worth <= self.relaxation.dearest else None


class _Median(_ByCost):
    """People × cost."""

    def worth(self, plan: Ints) -> int:
        return -int(self.relaxation.served(plan).sum())

    def with_each(self, plan: Ints) -> Ints:
        one = self.relaxation
        saved = savings(one.indptr, one.row, one.cost, one.served(plan))
        return _added(self.choice, plan, self.worth(plan) + saved, saved > 0)


class _Center(_ByCost):
    """The largest cost. In `relaxation` every row weighs one."""

    def worth(self, plan: Ints) -> int:
        return -int(self.relaxation.served(plan).max(initial=0))

    def with_each(self, plan: Ints) -> Ints:
        one = self.relaxation
        now = one.served(plan)
        worth = np.full(one.sites, FORBIDDEN)
        if not len(now):
            return worth
        worst = int(np.argmax(now))
        nearer = np.flatnonzero((one.row == worst) & (one.cost < now[worst]))
        helps = np.searchsorted(one.indptr, nearer, side="right") - 1
        for j in np.unique(helps[self.choice.addable(plan)[helps]]):
            part, then = slice(one.indptr[j], one.indptr[j + 1]), now.copy()
            np.minimum.at(then, one.row[part], one.cost[part])
            worth[j] = -int(then.max())
        return np.where(worth > -now[worst], worth, FORBIDDEN)


@dataclass(frozen=True, eq=False)
class _Served:
    """People who find a place, or who have every kind: `base` and what `relaxation` counts."""

    relaxation: Capacitated | Conjunction
    base: int
    before: int

    @property
    def choice(self) -> Choice:
        return self.relaxation.choice

    @property
    def quick(self) -> bool:
        """Who finds a place is a flow, too slow for thousands of plans."""
        return isinstance(self.relaxation, Conjunction)

    def worth(self, plan: Ints) -> int:
        return self.base + self.relaxation.value(plan)

    def with_each(self, plan: Ints) -> Ints:
        additions = self.relaxation.additions(plan, self.choice.addable(plan))
        return np.where(additions > 0, self.worth(plan) + additions, FORBIDDEN)

    def least(self, worth: int, within: float) -> int:
        return worth - int(within * (worth - self.before))

    def objective(self, worth: int) -> float | None:
        return worth


@dataclass(frozen=True, eq=False)
class _Fairest:
    """The share of the least covered street in parts per million, of equal ones the people."""

    streets: Streets
    quick: bool = True

    @property
    def choice(self) -> Choice:
        return self.streets.choice

    @property
    def _step(self) -> int:
        """One part of the worst street outweighs all people."""
        return int(self.streets.people.sum()) + 1

    def _worth(self, covered: Ints) -> Ints:
        worst: Ints = self.streets.key(covered)[..., :1].sum(axis=-1)
        worth: Ints = worst * self._step + covered.sum(axis=-1)
        return worth

    def worth(self, plan: Ints) -> int:
        return int(self._worth(self.streets.covered(plan)))

    def with_each(self, plan: Ints) -> Ints:
        gain = self.streets.gains(plan)
        worth = self._worth(self.streets.covered(plan) + gain)
        return _added(self.choice, plan, worth, gain.sum(axis=1) > 0)

    def least(self, worth: int, within: float) -> int:
        worst = worth // self._step
        return (worst - int(within * worst)) * self._step

    def objective(self, worth: int) -> float | None:
        return worth // self._step / PARTS


def plans_of(
    model: CoverModel,
    certificate: dict[str, Any],
    *,
    before: int = 0,
    streets: Sequence[str] = (),
    idle: bool = False,
) -> Plans:
    """Return the plans among which a certificate's question chooses.

    Parameters
    ----------
    model, certificate
        The cover sets, and what was asked of them.
    before
        People covered without any choice: a share of the objective is one of what is won beyond.
    streets
        Street of each demand row, where the worst street goes first.
    idle
        Of coverage: a site that covers nobody is no reason against a plan.
    """
    name, asked = certificate["model"], certificate["parameters"]
    choice = choice_of(model, sites=asked.get("sites"), budget=asked.get("budget"))
    if name == "worst-first":
        return _Fairest(streets_of(model, choice, streets))
    if name == "conjunctive":
        relaxation, base = conjunction(model, choice, asked["kinds"])
        return _Served(relaxation, base, before)
    if name == "capacitated":
        covered = int(model.weights[model.covered].sum())
        return _Served(places(model, choice), covered, before)
    if name in ("p-median", "p-center"):
        return _by_cost(name, model, choice)
    covering = _Covering(choice, core_of(model), before, idle)
    return _cheapest(covering, model, asked) if name == "set-cover" else covering


def _by_cost(name: str, model: CoverModel, choice: Choice) -> Plans:
    rows = np.flatnonzero((model.weights > 0) & ~model.covered)
    if name == "p-median":
        return _Median(median(model, choice, rows))
    alike = replace(model, weights=(model.weights > 0).astype(np.int64))
    return _Center(median(alike, choice, rows))


def _cheapest(covering: _Covering, model: CoverModel, asked: dict[str, Any]) -> Plans:
    by_cost = asked["minimise"] == "cost"
    price = model.site_cost if by_cost else np.ones_like(model.site_cost)
    choice, target = covering.choice, target_of(model, asked["share"])
    return _Cheapest(covering, price[choice.site], int(price[choice.must].sum()), target)
