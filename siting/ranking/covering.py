"""The Lagrangian relaxation of set cover, its reductions and its programme.

For prices ``u ≥ 0`` per row and ``t ≥ 0`` per person left out, no allowed choice of sites that
leaves out at most S people costs less than::

    Σ min(u, t w) − t S − the best choice where each site is worth Σ u of its rows − its cost

Where nobody may be left out, t has no limit and the first two terms are Σ u.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import block_array, csc_array, eye_array

from siting.ranking.dominance import EMPTY, KEPT, dominated, implied
from siting.ranking.exact import Programme
from siting.ranking.kernels import spread, sums
from siting.ranking.prices import UNIT, Evaluation, Priced
from siting.ranking.search import greedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.ranking.choice import Choice
    from siting.ranking.core import Core
    from siting.ranking.cover_model import Index, Ints

SCALE = 10**7


@dataclass(frozen=True, eq=False)
class Round:
    """Rows that others imply, then sites that others make needless.

    `row_by` and `site_by` say which one stands for each of `row` and `site`; `KEPT`, if it is not
    left out. Rows are numbered as in the whole core; sites are positions in the model.
    """

    row: Ints
    row_by: Ints
    site: Ints
    site_by: Ints

    def written(self, site_ids: Sequence[str]) -> dict[str, list[list[Any]]]:
        """Write it down for a certificate: what is left out, each with what stands for it."""
        rows, sites = np.flatnonzero(self.row_by != KEPT), np.flatnonzero(self.site_by != KEPT)
        stands = [None if by == EMPTY else site_ids[self.site[by]] for by in self.site_by[sites]]
        return {
            "rows": np.c_[self.row[rows], self.row[self.row_by[rows]]].tolist(),
            "sites": [[site_ids[j], by] for j, by in zip(self.site[sites], stands, strict=True)],
        }


@dataclass(frozen=True, eq=False)
class SetCover:
    """Set cover seen from its prices, rows first, then cliques (see `prices.Relaxation`).

    Values are costs turned round.

    Attributes
    ----------
    core, choice
        What is left once it is reduced.
    cost
        What each site adds to the objective.
    kept
        Its sites, among all that are open to choice.
    rounds
        What was left out, and why.
    spare
        People who may be left out.
    impossible
        The value of a choice that leaves out too many: worse than to open all sites there were.
    scale
        Prices are in units of 1/scale.
    """

    core: Core
    choice: Choice
    cost: Ints
    kept: Ints
    rounds: list[Round]
    spare: int
    impossible: int
    scale: int

    @property
    def sites(self) -> int:
        """Return the number of sites open to choice."""
        return len(self.core.site)

    @property
    def work(self) -> int:
        """Return the operations of one evaluation."""
        return 2 * len(self.core.row) + len(self.core.site) + len(self.core.weights)

    def start(self) -> Ints:
        """Share the cost of each site evenly among its rows; each row takes its cheapest share."""
        u = np.zeros(len(self.core.weights), np.int64)
        if len(u):
            each = self.cost * self.scale // np.maximum(np.diff(self.core.indptr), 1)
            u = np.minimum.reduceat(each[self.core.row_site], self.core.by_row[:-1])
        return np.concatenate([u, np.zeros(len(self.choice.cliques), np.int64)])

    def clip(self, prices: Ints) -> Ints:
        """Keep prices positive."""
        return np.maximum(prices, 0)

    def evaluate(self, prices: Ints, fixed: Ints) -> Evaluation:
        """Return the bound at `prices` for the choices that agree with `fixed`."""
        core, rows = self.core, len(self.core.weights)
        u = prices[:rows]
        worth = sums(core.indptr, core.row, u) - self.cost * self.scale
        share, value, _ = self.choice.best(worth, prices[rows:], fixed)
        paid, t, reached = self._leave_out(u)
        served = spread(core.indptr, core.row, share, rows)
        slope = np.concatenate([served - reached, self.choice.slope(share)])
        return Evaluation(value - paid, slope, share, worth, t)

    def _leave_out(self, u: Ints) -> tuple[int, int, Ints]:
        """Leave out the rows with the highest prices per person, as many people as may be.

        Returns
        -------
        tuple
            What the others add to the bound, the best price per person left out (a quantile of
            the prices per person), and the share of each row that is not left out.
        """
        reached = np.full(len(u), UNIT)
        if not self.spare:
            return int(u.sum()), 0, reached
        weights = self.core.weights
        order = np.argsort(-(u // weights), kind="stable")
        people = np.cumsum(weights[order])
        at = int(np.searchsorted(people, self.spare, side="right"))
        reached[order[:at]] = 0
        if at == len(order):
            return 0, 0, reached
        row = order[at]
        reached[row] = (int(people[at]) - self.spare) * UNIT // int(weights[row])
        low = int(u[row] // weights[row])
        values = [
            (int(np.minimum(u, t * weights).sum()) - t * self.spare, t) for t in (low, low + 1)
        ]
        return *max(values), reached

    def offer(self, picked: Ints) -> tuple[Ints, int]:
        """Complete `picked` greedily until enough are reached, then drop what is not needed."""
        core = self.core
        start = self.choice.allowed(picked)
        everyone = replace(core, weights=np.ones_like(core.weights))
        order = greedy(
            core if self.spare else everyone,
            replace(self.choice, cost=self.cost),
            start=start,
            per_cost=True,
        )
        count = np.zeros(len(core.weights), np.int64)
        left_out = int(core.weights.sum())
        used = 0
        while left_out > self.spare and used < len(order):
            rows = self._rows(order[used])
            left_out -= int(core.weights[rows[count[rows] == 0]].sum())
            count[rows] += 1
            used += 1
        if left_out > self.spare:
            return np.zeros(0, np.int64), self.impossible
        kept = []
        for j in sorted(order[:used].tolist(), key=lambda j: (-self.cost[j], j)):
            rows = self._rows(j)
            lost = int(core.weights[rows[count[rows] == 1]].sum())
            if left_out + lost > self.spare:
                kept.append(j)
                continue
            left_out += lost
            count[rows] -= 1
        chosen = np.array(sorted(kept), np.int64)
        return chosen, -int(self.cost[chosen].sum())

    def _rows(self, site: int) -> Index:
        return self.core.row[self.core.indptr[site] : self.core.indptr[site + 1]]

    def describe(self, priced: Priced) -> dict[str, Any]:
        """Write prices down for a certificate."""
        return priced.as_record(len(self.core.weights))


def covering(core: Core, choice: Choice, cost: Ints, *, spare: int) -> SetCover:
    """Relax set cover, without the sites that others make needless and the rows that others imply.

    What is left has the same least cost. Rows count only where nobody may be left out: then they
    need no price, and fewer rows make more sites needless, and the other way round.
    """
    everything = int(cost.sum())
    scale = max(1, min(SCALE, 2**50 // max(everything, 1)))
    rows, sites, rounds = np.arange(len(core.weights)), np.arange(len(core.site)), []
    while True:
        row_by = np.full(len(rows), KEPT)
        if not spare:
            order = np.argsort(np.diff(core.by_row), kind="stable")
            row_by = implied(core.indptr, core.row, core.by_row, core.row_site, order)
        fewer = core.only(np.flatnonzero(row_by == KEPT))
        site_by = dominated(
            fewer.indptr, fewer.row, fewer.by_row, fewer.row_site, cost,
            np.diff(choice.rival_ptr) == 0,
        )  # fmt: skip
        if (row_by != KEPT).any() or (site_by != KEPT).any():
            rounds.append(Round(rows, row_by, core.site, site_by))
        rows, left = rows[row_by == KEPT], np.flatnonzero(site_by == KEPT)
        if len(left) == len(sites):
            return SetCover(fewer, choice, cost, sites, rounds, spare, -everything - 1, scale)
        core, sites, cost = fewer.among(left), sites[left], cost[left]
        choice = choice.part(left, np.zeros(0, np.int64))


def cover_programme(relaxation: SetCover) -> Programme:
    """Write set cover as a mixed-integer programme: a row is reached or left out."""
    core, k, rows = relaxation.core, relaxation.sites, len(relaxation.core.weights)
    reach = csc_array((np.ones(len(core.row)), core.row, core.indptr), shape=(rows, k))
    limits, most = relaxation.choice.rows()
    people = csc_array(core.weights[None, :].astype(np.float64))
    return Programme(
        cost=np.r_[relaxation.cost, np.zeros(rows)].astype(np.float64),
        matrix=block_array([[reach, eye_array(rows)], [limits, None], [None, people]]).tocsc(),
        row_low=np.r_[np.ones(rows), np.full(len(most) + 1, -np.inf)],
        row_high=np.r_[np.full(rows, np.inf), most, relaxation.spare],
        low=np.zeros(k + rows),
        high=np.ones(k + rows),
        sites=k,
    )
