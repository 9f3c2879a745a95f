"""The Lagrangian relaxation of coverage.

For prices ``u ≥ 0`` per row no allowed choice of sites covers more than::

    Σ max(0, w − u) + the best choice where each site is worth Σ u of its rows

(Cornuéjols, Fisher and Nemhauser 1977; Galvão and ReVelle 1996).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.ranking.core import core_over
from siting.ranking.kernels import counts, spread, sums
from siting.ranking.merging import merge_rows
from siting.ranking.prices import UNIT, Evaluation, Priced, largest
from siting.ranking.search import improve

if TYPE_CHECKING:
    from siting.ranking.choice import Choice
    from siting.ranking.core import Core
    from siting.ranking.cover_model import Index, Ints

SCALE = 1000


@dataclass(frozen=True, eq=False)
class Coverage:
    """Coverage seen from its prices: rows first, then cliques (see `prices.Relaxation`)."""

    core: Core
    choice: Choice
    scale: int
    weights: Ints  # in 1/scale

    @property
    def sites(self) -> int:
        """Return the number of sites open to choice."""
        return len(self.core.site)

    @property
    def work(self) -> int:
        """Return the operations of one evaluation."""
        return 2 * len(self.core.row) + len(self.core.site) + len(self.core.weights)

    def start(self) -> Ints:
        """Begin at half the people of each row."""
        return np.concatenate([self.weights // 2, np.zeros(len(self.choice.cliques), np.int64)])

    def start_at(self, chosen: Ints) -> Ints:
        """Begin where every site of a good choice is worth the same, and rows left out most.

        Then the bound exceeds the choice by what other sites are worth more than that.
        """
        core, rows = self.core, len(self.weights)
        count = counts(core.indptr, core.row, chosen, rows)
        shared = np.where(count > 0, self.weights // np.maximum(count, 1), 0)
        worth = np.maximum(sums(core.indptr, core.row, shared)[chosen], 1)
        share = np.zeros(self.sites, np.int64)
        share[chosen] = worth.min(initial=np.iinfo(np.int64).max // UNIT) * UNIT // worth
        factor = spread(core.indptr, core.row, share, rows) / (np.maximum(count, 1) * UNIT)
        start = np.where(count > 0, np.floor(self.weights * factor), self.weights)
        return np.concatenate([start.astype(np.int64), np.zeros(len(self.choice.cliques), int)])

    def narrowed(self, sites: Ints, opened: Ints) -> tuple[Coverage, Index]:
        """Return the relaxation over some sites, ascending, and where its rows are.

        What the sites already `opened` reach is taken out, and rows are merged anew. The second
        answer is the merged row of each row, −1 if it is taken out.
        """
        core = self.core
        served = counts(core.indptr, core.row, opened, len(self.weights)) > 0
        rows = merge_rows(core.indptr, core.row, np.where(served, 0, core.weights), sites)
        base = core.base + int(core.weights[served].sum())
        return replace(
            self,
            core=core_over(core.site[sites], rows, base=base),
            choice=self.choice.part(sites, opened),
            weights=rows.weights * self.scale,
        ), rows.label

    def clip(self, prices: Ints) -> Ints:
        """Keep prices positive, and a row's at most its people."""
        rows = len(self.weights)
        return np.concatenate(
            [np.clip(prices[:rows], 0, self.weights), np.maximum(prices[rows:], 0)]
        )

    def evaluate(self, prices: Ints, fixed: Ints) -> Evaluation:
        """Return the bound at `prices` for the choices that agree with `fixed`."""
        core, rows = self.core, len(self.weights)
        u = prices[:rows]
        worth = sums(core.indptr, core.row, u)
        share, value, limit_price = self.choice.best(worth, prices[rows:], fixed)
        left = self.weights - u
        slope = np.concatenate(
            [
                spread(core.indptr, core.row, share, rows) - UNIT * (left > 0),
                self.choice.slope(share),
            ]
        )
        total = int(np.maximum(left, 0).sum()) + value
        return Evaluation(total, slope, share, worth, limit_price)

    def offer(self, picked: Ints) -> tuple[Ints, int]:
        """Take what the limits allow out of `picked`, in order of gain, and improve it."""
        core = self.core
        gain = sums(core.indptr, core.row, core.weights)
        feasible = self.choice.allowed(picked[np.argsort(-gain[picked], kind="stable")])
        better = np.sort(improve(core, self.choice, feasible))
        return better, core.value(better)

    def best_sites(self, priced: Priced, count: int) -> Ints:
        """Return the `count` sites that are worth most at some prices."""
        worth = sums(self.core.indptr, self.core.row, priced.prices[: len(self.weights)])
        net = self.choice.net(worth, priced.prices[len(self.weights) :], priced.limit_price)
        return largest(net - int(net.min(initial=0)) + 1, count)

    def describe(self, priced: Priced) -> dict[str, Any]:
        """Write prices down for a certificate."""
        return priced.as_record(len(self.weights))


def coverage(core: Core, choice: Choice) -> Coverage:
    """Relax the coverage of a core."""
    people = int(core.weights.sum())
    scale = max(1, min(SCALE, 2**52 // max(people, 1)))
    return Coverage(core=core, choice=choice, scale=scale, weights=core.weights * scale)
