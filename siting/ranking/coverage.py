"""The Lagrangian relaxation of coverage.

For prices ``u ≥ 0`` per row no allowed choice of sites covers more than::

    Σ max(0, w − u) + the best choice where each site is worth Σ u of its rows

(Cornuéjols, Fisher and Nemhauser 1977; Galvão and ReVelle 1996).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.ranking.kernels import spread, sums
from siting.ranking.prices import UNIT, Evaluation, Priced
from siting.ranking.search import improve

if TYPE_CHECKING:
    from siting.ranking.choice import Choice
    from siting.ranking.core import Core
    from siting.ranking.cover_model import Ints

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
        share, value, limit_price = self.choice.best(
            sums(core.indptr, core.row, u), prices[rows:], fixed
        )
        slope = np.r_[
            spread(core.indptr, core.row, share, rows) - UNIT * (self.weights > u),
            self.choice.slope(share),
        ]
        total = int(np.maximum(self.weights - u, 0).sum()) + value
        return Evaluation(total, slope, share, limit_price)

    def offer(self, picked: Ints) -> tuple[Ints, int]:
        """Take what the limits allow out of `picked`, in order of gain, and improve it."""
        core = self.core
        gain = sums(core.indptr, core.row, core.weights)
        feasible = self.choice.allowed(picked[np.argsort(-gain[picked], kind="stable")])
        better = np.sort(improve(core, self.choice, feasible))
        return better, core.value(better)

    def settled(self, priced: Priced, value: int) -> Ints:
        """Say which sites any choice better than `value` must open, and which it must not."""
        rows = len(self.weights)
        worth = sums(self.core.indptr, self.core.row, priced.prices[:rows])
        slack = priced.total - (value + 1) * self.scale
        return self.choice.settled(worth, priced.prices[rows:], priced.limit_price, slack=slack)

    def describe(self, priced: Priced) -> dict[str, Any]:
        """Write prices down for a certificate."""
        rows = len(self.weights)
        return {
            "rows": priced.prices[:rows].tolist(),
            "cliques": priced.prices[rows:].tolist(),
            "limit": priced.limit_price,
        }


def coverage(core: Core, choice: Choice) -> Coverage:
    """Relax the coverage of a core."""
    people = int(core.weights.sum())
    scale = max(1, min(SCALE, 2**52 // max(people, 1)))
    return Coverage(core=core, choice=choice, scale=scale, weights=core.weights * scale)
