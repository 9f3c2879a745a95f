"""What may be opened together: number, money and spacing, the same for every model.

Given what each site is worth at the current prices, the best choice is a sort: number is exact,
money is priced per part of the budget, and each clique of rivals is priced. The result is an upper
bound on what any allowed choice is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csc_array

from siting.errors import DataError, Problem, problem, raise_all
from siting.ranking.cover_model import EXISTING, MUST
from siting.ranking.kernels import sums
from siting.ranking.prices import FREE, OPEN, SHUT, UNIT, largest
from siting.ranking.rivals import cliques_of, rival_lists, rivals_among

if TYPE_CHECKING:
    from siting.ranking.cover_model import CoverModel, Flags, Index, Ints

UNLIMITED = 2**62
BUDGET_PARTS = 10_000
"""The budget counts in this many parts, costs rounded down: never stricter than the truth."""
DEAR = 2**60
"""What money costs where a branch spends more than there is."""
NO_CHOICE = -(2**60)
"""The bound of a branch without any choice in it."""


@dataclass(frozen=True)
class Limits:
    """How much may still be opened beside the sites that open in any case."""

    count: int
    budget: int = UNLIMITED


@dataclass(frozen=True, eq=False)
class Choice:
    """The sites open to choice, their costs, their rivals, and the limits.

    Attributes
    ----------
    must, site
        Model positions of the sites that open in any case, and of those open to choice.
    limits, cost
        Most sites and most money beside the must-have sites; price of each site.
    rival_ptr, rival
        Sites that may not open beside each site, in CSR form, both directions.
    cliques
        Groups of mutual rivals that hold every pair of rivals; at most one of each may open.
    """

    must: Ints
    site: Ints
    limits: Limits
    cost: Ints
    rival_ptr: Ints
    rival: Index
    cliques: tuple[Ints, ...]
    _clique_ptr: Ints = field(repr=False)
    _member: Index = field(repr=False)

    @property
    def sites(self) -> int:
        """Return the number of sites."""
        return len(self.cost)

    def rivals(self, site: int) -> Index:
        """Return the sites that may not open beside `site`."""
        return self.rival[self.rival_ptr[site] : self.rival_ptr[site + 1]]

    def rivals_of(self, sites: Ints) -> Ints:
        """Return the sites that may not open beside any of some others."""
        shut = np.zeros(self.sites, np.bool_)
        for j in sites:
            shut[self.rivals(j)] = True
        return np.flatnonzero(shut)

    def best(self, worth: Ints, clique_prices: Ints, fixed: Ints) -> tuple[Ints, int, int]:
        """Choose the sites that are worth most.

        Parameters
        ----------
        worth
            What each site adds to the bound.
        clique_prices
            Price of opening a site of each clique.
        fixed
            What a branch has decided.

        Returns
        -------
        tuple
            Share of each site (in 1/`UNIT`), value of the choice with all prices, and the price of
            one part of the budget.
        """
        opened = np.flatnonzero(fixed == OPEN)
        undecided = np.flatnonzero(fixed == FREE)
        count = self.limits.count - len(opened)
        paid = int(clique_prices.sum())
        worth = self._net(worth, clique_prices)
        if count < 0:
            return np.where(fixed == OPEN, UNIT, 0), NO_CHOICE, 0
        part, limit = self.budget_parts()

        def at(price: int) -> tuple[Ints, int]:
            net = worth - price * part
            picked = np.concatenate([opened, undecided[largest(net[undecided], count)]])
            share = np.zeros_like(worth)
            share[picked] = UNIT
            return share, int(net[picked].sum()) + price * limit + paid

        if self.limits.budget >= UNLIMITED:
            return *at(0), 0
        if int(part[opened].sum()) > limit:  # no such choice: a price that shows it
            dear = DEAR // int(part.sum())
            return *at(dear), dear
        low, high = -1, int(worth.max(initial=0)) + 1
        while high - low > 1:  # the least price at which the choice keeps within the budget
            middle = (low + high) // 2
            if int(part @ at(middle)[0]) <= limit * UNIT:
                high = middle
            else:
                low = middle
        share, value = at(high)
        if low < 0:
            return share, value, high
        dearer, dearer_value = at(low)  # a little of it, so that the budget is spent to the end
        spent, more = int(part @ share), int(part @ dearer)
        share = share + (dearer - share) * (limit * UNIT - spent) // max(more - spent, 1)
        return share, *min((value, high), (dearer_value, low))

    def _net(self, worth: Ints, clique_prices: Ints) -> Ints:
        if not len(self._member):
            return worth
        net = worth.copy()
        np.subtract.at(net, self._member, np.repeat(clique_prices, np.diff(self._clique_ptr)))
        return net

    def net(self, worth: Ints, clique_prices: Ints, limit_price: int) -> Ints:
        """Return what each site is worth beyond the prices of its cliques and its money."""
        return self._net(worth, clique_prices) - limit_price * self.budget_parts()[0]

    def slope(self, share: Ints) -> Ints:
        """Return the slope of the bound along the prices of the cliques."""
        used: Ints = sums(self._clique_ptr, self._member, share)
        return UNIT - used

    def budget_parts(self) -> tuple[Ints, int]:
        """Express costs in parts of the budget, rounded down; returns them and the limit."""
        budget = self.limits.budget
        if budget >= UNLIMITED:
            return np.zeros_like(self.cost), 0
        return (self.cost * BUDGET_PARTS // budget, BUDGET_PARTS) if budget else (self.cost, 0)

    def allowed(self, wanted: Ints) -> Ints:
        """Take sites in the order of `wanted` as far as the limits allow."""
        taken: list[int] = []
        shut: set[int] = set()
        left = self.limits.budget
        for j in wanted.tolist():
            if j not in shut and self.cost[j] <= left and len(taken) < self.limits.count:
                taken.append(j)
                left -= int(self.cost[j])
                shut.update(self.rivals(j).tolist())
        return np.array(taken, np.int64)

    def addable(self, plan: Ints) -> Flags:
        """Say which sites the limits let a plan take in addition."""
        left = self.limits.budget - int(self.cost[plan].sum())
        free: Flags = (self.cost <= left) & (len(plan) < self.limits.count)
        free[plan] = False
        for j in plan:
            free[self.rivals(j)] = False
        return free

    def rows(self) -> tuple[csc_array, Ints]:
        """Return the limits as rows of a programme over the sites: coefficients and most."""
        rows = [np.ones(self.sites, np.int64)]
        most = [self.limits.count]
        if self.limits.budget < UNLIMITED:
            rows.append(self.cost)
            most.append(self.limits.budget)
        for clique in self.cliques:
            rows.append(np.bincount(clique, minlength=self.sites))
            most.append(1)
        return csc_array(np.array(rows, np.float64)), np.array(most, np.int64)

    def part(self, sites: Ints, opened: Ints) -> Choice:
        """Return the choice among some `sites`, ascending, once others are `opened`.

        Cliques keep their numbers, and may be left without members.
        """
        renamed = np.full(self.sites, -1)
        renamed[sites] = np.arange(len(sites))
        cliques = tuple(renamed[c][renamed[c] >= 0] for c in self.cliques)
        rival_ptr, rival = rivals_among(self.rival_ptr, self.rival, sites)
        spent = 0 if self.limits.budget >= UNLIMITED else int(self.cost[opened].sum())
        return replace(
            self,
            must=np.r_[self.must, self.site[opened]],
            site=self.site[sites],
            limits=Limits(self.limits.count - len(opened), self.limits.budget - spent),
            cost=self.cost[sites],
            rival_ptr=rival_ptr,
            rival=rival,
            cliques=cliques,
            **_members(cliques),
        )

    def name(self, model: CoverModel, site: int) -> str:
        """Return the id of a site."""
        return model.site_ids[int(self.site[site])]

    def names(self, model: CoverModel, chosen: Ints) -> list[str]:
        """Return the ids of the must-have and the chosen sites."""
        return [model.site_ids[j] for j in (*self.must, *self.site[chosen])]

    def cliques_by_id(self, model: CoverModel) -> list[list[str]]:
        """Write the cliques down for a certificate."""
        return [[model.site_ids[j] for j in self.site[c]] for c in self.cliques]

    def settled(self, net: Ints, fixed: Ints, *, slack: int) -> Ints:
        """Say which sites a better choice must open or must not: changing them costs too much.

        Parameters
        ----------
        net
            What each site is worth beyond its prices (see `net`).
        fixed
            What a branch has decided; the answer has it, too.
        slack
            How far the bound lies above what a better choice needs; a site whose change lowers the
            bound by more than that is settled.
        """
        undecided = np.flatnonzero(fixed == FREE)
        count = self.limits.count - int((fixed == OPEN).sum())
        picked = np.zeros(self.sites, np.bool_)
        picked[undecided[largest(net[undecided], count)]] = True
        others = (fixed == FREE) & ~picked
        full = picked.sum() == count > 0
        last = int(net[picked].min()) if full else 0
        next_best = int(net[others].max(initial=0))
        settled = fixed.copy()
        settled[others & (last - net > slack)] = SHUT
        settled[picked & (net - next_best > slack)] = OPEN
        return settled


def choice_of(model: CoverModel, *, sites: int | None = None, budget: int | None = None) -> Choice:
    """Say what is open to choice once the must-have sites have taken their part of the limits.

    Raises
    ------
    DataError
        If the must-have sites alone break the limits.
    """
    _refuse_impossible_must(model, sites=sites, budget=budget)
    must, site = np.flatnonzero(model.status == MUST), model.free_sites()
    price = int(model.site_cost[must].sum())
    rival_ptr, rival = rival_lists(model, site)
    cliques = cliques_of(rival_ptr, rival)
    return Choice(
        must=must,
        site=site,
        limits=Limits(
            count=len(site) if sites is None else sites - len(must),
            budget=UNLIMITED if budget is None else budget - price,
        ),
        cost=model.site_cost[site],
        rival_ptr=rival_ptr,
        rival=rival,
        cliques=cliques,
        **_members(cliques),
    )


def _members(cliques: tuple[Ints, ...]) -> dict[str, Any]:
    """Lay the cliques out in CSR form."""
    return {
        "_clique_ptr": np.r_[0, np.cumsum([len(c) for c in cliques])].astype(np.int64),
        "_member": np.concatenate([*cliques, np.zeros(0, np.int64)]).astype(np.int32),
    }


def _refuse_impossible_must(model: CoverModel, *, sites: int | None, budget: int | None) -> None:
    must = np.flatnonzero(model.status == MUST)
    names = ", ".join(model.site_ids[j] for j in must)
    price = int(model.site_cost[must].sum())
    problems: list[Problem] = []
    if sites is not None and len(must) > sites:
        problems.append(problem("ranking-must-count", "sites", must=names, sites=sites))
    if budget is not None and price > budget:
        problems.append(
            problem("ranking-must-budget", "budget", must=names, cost=price, budget=budget)
        )
    fixed = {*must.tolist(), *np.flatnonzero(model.status == EXISTING).tolist()}
    for a, b in model.conflicts.tolist():
        if {a, b} <= fixed and MUST in model.status[[a, b]]:
            problems.append(
                problem("ranking-must-conflict", model.site_ids[a], other=model.site_ids[b])
            )
    raise_all(problems, DataError)
