"""Worst street first: lift the least covered street, then the next, and say what that costs.

No choice can lift the least covered street above any weighted mean of all of them, so a bound on
weighted coverage is a bound on the worst share; the weights are chosen to make it low.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.ranking.choice import Choice, choice_of
from siting.ranking.cover_model import EXISTING, MUST
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.max_coverage import max_coverage
from siting.ranking.ranking import SCHEMA, in_order_of_gain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.ranking.cover_model import CoverModel, Flags, Ints
    from siting.ranking.ranking import Ranking

PARTS = 10**6
"""Shares of streets are compared, and weighed, in parts per million."""
ROUNDS = 12
_QUICK = Effort(iterations=400, operations=1, solver_entries=-1)


@dataclass(frozen=True)
class Fair:
    """A choice that puts the worst street first.

    Attributes
    ----------
    sites
        The sites, in order of people newly covered.
    streets
        ``street``, ``people``, ``covered``, ``share``; least covered first. Streets without
        people are left out.
    worst, worst_bound
        Share of the least covered street, and what it could be at most for any choice (certified).
    price
        People fewer than the best known choice for the total.
    certificate
        For `siting.ranking.checker.check_worst_first`.
    """

    sites: tuple[str, ...]
    streets: pd.DataFrame
    worst: Fraction
    worst_bound: Fraction
    price: int
    certificate: dict[str, Any]


def worst_first(
    model: CoverModel,
    street: Sequence[str],
    *,
    sites: int | None = None,
    budget: int | None = None,
    effort: Effort = NORMAL,
) -> Fair:
    """Choose the sites that lift the least covered street most, then the second least, and so on.

    The choice is found by swaps; the bound says how much better any other could do for the worst
    street. Beyond the worst street nothing is claimed.

    Parameters
    ----------
    model
        Cover sets.
    street
        Street (or any other unit) of each demand row.
    sites, budget, effort
        See `max_coverage`; the effort is that of the comparison with the best total.
    """
    choice = choice_of(model, sites=sites, budget=budget)
    names = np.unique(np.asarray(street))
    view = streets_of(model, choice, street)
    plan = view.improved(np.zeros(0, np.int64))
    opened = choice.names(model, plan)
    order, _, _ = in_order_of_gain(model, opened)
    covered = view.covered(plan)
    best = max_coverage(model, sites=sites, budget=budget, effort=effort)
    bound, weights, inner = _bound(view, names, sites=sites, budget=budget)
    table = pd.DataFrame({"street": names, "people": view.people, "covered": covered})
    table = table[table["people"] > 0]
    table["share"] = table["covered"] / table["people"]
    worst = min(
        (Fraction(int(c), int(p)) for c, p in zip(covered, view.people, strict=True) if p),
        default=Fraction(1),
    )
    certificate = {
        "schema": SCHEMA,
        "model": "worst-first",
        "parameters": {"sites": sites, "budget": budget},
        "sites": sorted(order),
        "objective": [worst.numerator, worst.denominator],
        "certified_bound": [bound.numerator, bound.denominator],
        "street_weights": weights,
        "weighted": inner,
    }
    return Fair(
        sites=order,
        streets=table.sort_values(["share", "street"], ignore_index=True),
        worst=worst,
        worst_bound=bound,
        price=(best.objective or 0) - int(covered.sum()),
        certificate=certificate,
    )


def streets_of(model: CoverModel, choice: Choice, street: Sequence[str]) -> Streets:
    """Return the coverage by street of plans, the streets numbered by name."""
    names, of_row = np.unique(np.asarray(street), return_inverse=True)
    return Streets(model, choice, of_row, np.bincount(of_row, model.weights, len(names)))


def weighted_by_street(
    model: CoverModel, street: Sequence[str], weights: dict[str, int]
) -> CoverModel:
    """Return the model in which a street's people weigh its weight, shared among them.

    Rounded up: the weighted coverage of a choice is never less than the mean share it stands for.
    """
    names, of_row = np.unique(np.asarray(street), return_inverse=True)
    people = np.zeros(len(names), np.int64)
    np.add.at(people, of_row, model.weights)
    each = np.array([weights[name] for name in names.tolist()], np.int64)[of_row]
    of_street = np.maximum(people[of_row], 1)
    return replace(model, weights=-(-model.weights * each * PARTS // of_street))


@dataclass(frozen=True, eq=False)
class Streets:
    """Coverage by street, for plans of the sites open to choice."""

    model: CoverModel
    choice: Choice
    street: Ints
    total: Ints

    @property
    def people(self) -> Ints:
        """Return the people of each street."""
        return self.total.astype(np.int64)

    def _reached(self, plan: Ints) -> Flags:
        rows = self.model.covered.copy()
        fixed = np.flatnonzero(np.isin(self.model.status, (MUST, EXISTING)))
        for j in (*fixed, *self.choice.site[plan]):
            rows[self.model.rows(j)] = True
        return rows

    def covered(self, plan: Ints) -> Ints:
        """Return the people covered in each street."""
        found = np.zeros(len(self.total), np.int64)
        rows = self._reached(plan)
        np.add.at(found, self.street[rows], self.model.weights[rows])
        return found

    def key(self, covered: Ints) -> Ints:
        """Return the shares of the streets with people, least first: larger is fairer."""
        shares = covered * PARTS // np.maximum(self.people, 1)
        return np.sort(shares[..., self.people > 0], axis=-1)

    def gains(self, plan: Ints) -> Ints:
        """Return the people whom each site would newly cover in each street."""
        rows = self._reached(plan)
        k = self.choice.sites
        renamed = np.full(len(self.model.site_ids), -1)
        renamed[self.choice.site] = np.arange(k)
        site = renamed[np.repeat(np.arange(len(renamed)), np.diff(self.model.indptr))]
        new = (site >= 0) & ~rows[self.model.demand]
        gain = np.zeros((k, len(self.total)), np.int64)
        demand = self.model.demand[new]
        np.add.at(gain, (site[new], self.street[demand]), self.model.weights[demand])
        return gain

    def _fairest_addition(self, plan: Ints) -> int:
        """Return the site whose opening is fairest; −1 if none covers anybody new."""
        gain = self.gains(plan)
        keys = self.key(self.covered(plan) + gain)
        order = np.lexsort((np.arange(self.choice.sites), *(-keys.T[::-1])))
        order = order[self.choice.addable(plan)[order] & (gain.sum(axis=1)[order] > 0)]
        return int(order[0]) if len(order) else -1

    def completed(self, plan: Ints) -> Ints:
        """Open sites, each time the fairest, until nothing is left to gain or to open."""
        while (j := self._fairest_addition(plan)) >= 0:
            plan = np.append(plan, j)
        return plan

    def improved(self, plan: Ints) -> Ints:
        """Complete a plan, then replace single sites while that is fairer."""
        best = self.completed(plan)
        at = 0
        while at < len(best):
            trial = self.completed(np.delete(best, at))
            if self.key(self.covered(trial)).tolist() > self.key(self.covered(best)).tolist():
                best, at = trial, -1
            at += 1
        return best


def _bound(
    view: Streets, names: Ints, *, sites: int | None, budget: int | None
) -> tuple[Fraction, dict[str, int], dict[str, Any]]:
    """Look for weights of the streets whose mean share no choice can lift far.

    Streets that the best choice for the present weights covers well lose weight.
    """
    present = view.people > 0
    weights = np.where(present, 1000, 0)
    tried: list[tuple[Fraction, dict[str, int], Ranking]] = []
    labels = names[view.street].tolist()
    for _ in range(ROUNDS):
        named = dict(zip(names.tolist(), weights.tolist(), strict=True))
        weighted = weighted_by_street(view.model, labels, named)
        found = max_coverage(weighted, sites=sites, budget=budget, effort=_QUICK)
        bound = Fraction(found.certified_bound or 0, PARTS * max(int(weights.sum()), 1))
        tried.append((bound, named, found))
        opened = np.isin(view.choice.site, [view.model.site_ids.index(s) for s in found.sites])
        covered = view.covered(np.flatnonzero(opened))
        share = covered * PARTS // np.maximum(view.people, 1)
        weights = np.where(present, np.maximum(weights * (2 * PARTS - share) // (2 * PARTS), 1), 0)
        weights = weights * 1000 // max(int(weights.max(initial=1)), 1)
    bound, named, found = min(tried, key=lambda entry: entry[0])
    return min(bound, Fraction(1)), named, found.certificate
