"""p-median (Hakimi 1964): the p sites from which the people's total cost is least.

For prices ``v`` per row, at most what existing sites cost it, every allowed choice costs at least::

    Σ v − the best choice where each site is worth Σ max(0, v − people × cost) over its rows

(Cornuéjols, Fisher and Nemhauser 1977; Beasley 1993).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import block_array, csc_array, eye_array

from siting.ranking.choice import UNLIMITED, Choice, choice_of
from siting.ranking.cover_model import EXISTING, MUST
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.exact import Programme, solve
from siting.ranking.median_kernels import demanded, median_swaps, savings, two_nearest
from siting.ranking.prices import UNIT, Evaluation, Priced, Search, descend
from siting.ranking.ranking import Proved, Ranking, infeasible, ranking
from siting.ranking.set_cover import rows_without_site
from siting.ranking.tree import prove, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import CoverModel, Index, Ints

_MOST = 2**61


@dataclass(frozen=True, eq=False)
class Median:
    """The p-median seen from its prices: rows first, then cliques (see `prices.Relaxation`).

    Attributes
    ----------
    choice
        The sites open to choice.
    indptr, row, cost
        People × cost of each pair, in CSR form by site.
    base
        People × cost from the cheapest existing or must-have site; `penalty` where there is none.
    penalty
        What a row costs that nothing serves: more than all others together.
    dearest
        What all rows together cost at most, if each is served.
    ceiling
        Largest sensible price of each row.
    scale
        Prices are in units of 1/scale.
    """

    choice: Choice
    indptr: Ints
    row: Index
    cost: Ints
    base: Ints
    penalty: Ints
    dearest: int
    ceiling: Ints
    scale: int

    @property
    def sites(self) -> int:
        """Return the number of sites open to choice."""
        return self.choice.sites

    @property
    def work(self) -> int:
        """Return the operations of one evaluation."""
        return 2 * len(self.row) + len(self.base)

    def start(self) -> Ints:
        """Begin at half the ceiling."""
        return np.concatenate(
            [self.scale * self.ceiling // 2, np.zeros(len(self.choice.cliques), np.int64)]
        )

    def start_at(self, chosen: Ints) -> Ints:
        """Begin between what a good choice costs each row, and what its second best site would."""
        rows = len(self.base)
        owner, first, second = (np.zeros(rows, np.int64) for _ in range(3))
        two_nearest(
            self.indptr, self.row, self.cost, self.base, self.penalty, chosen, owner, first, second
        )
        middle = np.where(second < self.penalty, first + (second - first) // 2, first)
        return self.clip(
            np.concatenate([middle * self.scale, np.zeros(len(self.choice.cliques), np.int64)])
        )

    def clip(self, prices: Ints) -> Ints:
        """Keep prices positive, and a row's at most its ceiling."""
        rows = len(self.base)
        top = self.ceiling * self.scale
        return np.concatenate([np.clip(prices[:rows], 0, top), np.maximum(prices[rows:], 0)])

    def evaluate(self, prices: Ints, fixed: Ints) -> Evaluation:
        """Return the bound at `prices`, turned round, for the choices that agree with `fixed`."""
        rows = len(self.base)
        v, scaled = prices[:rows], self.cost * self.scale
        worth = savings(self.indptr, self.row, scaled, v)
        share, value, limit_price = self.choice.best(worth, prices[rows:], fixed)
        served = demanded(self.indptr, self.row, scaled, v, share)
        slope = np.r_[served - UNIT, self.choice.slope(share)]
        return Evaluation(value - int(v.sum()), slope, share, worth, limit_price)

    def offer(self, picked: Ints) -> tuple[Ints, int]:
        """Complete `picked` greedily as far as the limits allow, and swap."""
        chosen = self._filled(self.choice.allowed(picked))
        limits = self.choice.limits
        while len(chosen):
            median_swaps(
                self.indptr, self.row, self.cost, self.base, self.penalty,
                self.choice.rival_ptr, self.choice.rival, self.choice.cost, limits.budget, chosen,
            )  # fmt: skip
            filled = self._filled(chosen)
            if len(filled) == len(chosen):
                break
            chosen = filled
        chosen = np.sort(chosen)
        return chosen, -int(self.served(chosen).sum())

    def served(self, chosen: Ints) -> Ints:
        """Return people × cost of each row when `chosen` are open."""
        cheapest = self.base.copy()
        for j in chosen:
            part = slice(self.indptr[j], self.indptr[j + 1])
            np.minimum.at(cheapest, self.row[part], self.cost[part])
        return cheapest

    def _filled(self, chosen: Ints) -> Ints:
        """Open further sites, each time the one that saves most, as long as one saves anything."""
        now = self.served(chosen)
        opened = chosen.tolist()
        left = self.choice.limits.budget - int(self.choice.cost[chosen].sum())
        shut = np.zeros(self.sites, np.bool_)
        for j in opened:
            shut[self.choice.rivals(j)] = True
        while len(opened) < self.choice.limits.count and self.sites:
            saved = savings(self.indptr, self.row, self.cost, now)
            saved[shut | (self.choice.cost > left)] = 0
            j = int(np.argmax(saved))
            if saved[j] <= 0:
                break
            part = slice(self.indptr[j], self.indptr[j + 1])
            np.minimum.at(now, self.row[part], self.cost[part])
            opened.append(j)
            left -= int(self.choice.cost[j])
            shut[self.choice.rivals(j)] = True
        return np.array(opened, np.int64)

    def describe(self, priced: Priced) -> dict[str, Any]:
        """Write prices down for a certificate."""
        return priced.as_record(len(self.base))


def p_median(
    model: CoverModel,
    *,
    sites: int | None = None,
    budget: int | None = None,
    effort: Effort = NORMAL,
    watch: Callable[[Search], bool] = lambda _: False,
) -> Ranking:
    """Choose the sites that minimise the sum of people × cost to the cheapest open site.

    Parameters
    ----------
    model
        Pairs with costs; rows already covered, or without people, are left out. Existing sites are
        open, must-have sites open.
    sites, budget, effort, watch
        See `max_coverage`.

    Returns
    -------
    Ranking
        Objective and bound in people × cost. Status ``infeasible``, with the rows in `unserved`, if
        somebody has no site at all, or if no choice within the limits serves everybody.
    """
    parameters = {"sites": sites, "budget": budget}
    choice = choice_of(model, sites=sites, budget=budget)
    if len(alone := rows_without_site(model)):
        return infeasible("p-median", model, parameters, unserved=alone)
    rows = np.flatnonzero((model.weights > 0) & ~model.covered)
    relaxation = median(model, choice, rows)
    state = Search(*relaxation.offer(np.zeros(0, np.int64)), bound=0, watch=watch)
    root = descend(
        relaxation,
        state,
        iterations=effort.iterations,
        fixed=np.zeros(relaxation.sites, np.int64),
        start=relaxation.start_at(state.chosen),
        root=True,
    )
    tree = prove(relaxation, state, effort, root=root)
    claim = _finish(relaxation, state, effort)
    unserved = rows[relaxation.served(state.chosen) == relaxation.penalty]
    proved = Proved(
        sites=[] if len(unserved) else choice.names(model, state.chosen),
        objective=None if len(unserved) else -state.value,
        bound=-max(state.bound, state.value),
        claim=None if claim is None else -claim,
        stopped=state.stopped,
        proof={
            "kind": "p-median",
            "scale": relaxation.scale,
            "cliques": choice.cliques_by_id(model),
            "tree": written(tree, lambda j: choice.name(model, j), relaxation.describe),
        },
    )
    if len(unserved) and -max(state.bound, claim or state.bound) > relaxation.dearest:
        return infeasible("p-median", model, parameters, unserved=unserved, proved=proved)
    return ranking("p-median", model, proved, parameters=parameters)


def median(model: CoverModel, choice: Choice, rows: Ints) -> Median:
    """Weigh the costs of `rows` by their people, and say what they cost without any free site."""
    if model.cost_mm is None:
        raise ValueError("the model has no costs")
    renamed = np.full(len(model.weights), -1)
    renamed[rows] = np.arange(len(rows))
    of_site = np.repeat(np.arange(len(model.site_ids)), np.diff(model.indptr))
    weighted = model.weights[model.demand] * model.cost_mm
    wanted = renamed[model.demand] >= 0
    free = np.full(len(model.site_ids), -1)
    free[choice.site] = np.arange(choice.sites)
    keep = wanted & (free[of_site] >= 0)
    indptr = np.r_[0, np.cumsum(np.bincount(free[of_site[keep]], minlength=choice.sites))]
    row, cost = renamed[model.demand[keep]].astype(np.int32), weighted[keep]

    dearest = np.zeros(len(rows), np.int64)
    np.maximum.at(dearest, renamed[model.demand[wanted]], weighted[wanted])
    total = int(dearest.sum())
    nobody = min(total + 1, _MOST // max(int(model.weights.sum()), 1))
    penalty = model.weights[rows] * nobody
    base = penalty.copy()
    fixed = wanted & np.isin(model.status[of_site], (MUST, EXISTING))
    np.minimum.at(base, renamed[model.demand[fixed]], weighted[fixed])
    some = choice.limits.count > 0 and choice.limits.budget >= UNLIMITED  # one at least will open
    everywhere = (np.bincount(row, minlength=len(rows)) == choice.sites) & some
    ceiling = np.where(everywhere, np.minimum(base, dearest), base)
    scale = max(1, min(1000, 2**52 // max(int(ceiling.sum()), 1)))
    return Median(choice, indptr.astype(np.int64), row, cost, base, penalty, total, ceiling, scale)


def _finish(relaxation: Median, state: Search, effort: Effort) -> int | None:
    """Ask HiGHS for what the prices leave open; returns its claim, turned round, if any."""
    if state.closed or state.stopped or len(relaxation.row) > effort.solver_entries:
        return None
    programme = median_programme(relaxation)
    answer = solve(programme, nodes=effort.solver_nodes, stop=state.stop)
    if answer.opened is not None:
        state.take(*relaxation.offer(answer.opened))
    return None if answer.bound is None else -int(np.ceil(answer.bound - 1e-6))


def median_programme(relaxation: Median) -> Programme:
    """Write the p-median with one assignment variable per pair, and one per row for its base."""
    k, rows, pairs = relaxation.sites, len(relaxation.base), len(relaxation.row)
    of_site = np.repeat(np.arange(k), np.diff(relaxation.indptr))
    pair = np.arange(pairs)
    ones = np.ones(pairs)
    opened = csc_array((-ones, (pair, of_site)), shape=(pairs, k))
    served = csc_array((ones, (relaxation.row, pair)), shape=(rows, pairs))
    limits, most = relaxation.choice.rows()
    return Programme(
        cost=np.r_[np.zeros(k), relaxation.cost, relaxation.base].astype(np.float64),
        matrix=block_array(
            [
                [opened, eye_array(pairs), None],
                [None, served, eye_array(rows)],
                [limits, None, None],
            ]
        ).tocsc(),
        row_low=np.r_[np.full(pairs, -np.inf), np.ones(rows), np.full(len(most), -np.inf)],
        row_high=np.r_[np.zeros(pairs), np.ones(rows), most],
        low=np.zeros(k + pairs + rows),
        high=np.ones(k + pairs + rows),
        sites=k,
    )
