"""Set cover (Toregas et al. 1971): the fewest or cheapest sites that reach everybody, or a share.

For prices ``u ≥ 0`` per row and ``t ≥ 0`` per person left out, no allowed choice of sites that
leaves out at most S people costs less than::

    Σ min(u, t w) − t S − the best choice where each site is worth Σ u of its rows − its cost

Where nobody may be left out, t has no limit and the first two terms are Σ u.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.sparse import block_array, csc_array, eye_array

from siting.ranking.choice import Choice, choice_of
from siting.ranking.core import Core, core_of
from siting.ranking.cover_model import EXISTING, MUST
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.exact import Programme, solve
from siting.ranking.kernels import counts, implied, spread, sums
from siting.ranking.prices import UNIT, Evaluation, Priced, Search
from siting.ranking.ranking import Proved, Ranking, infeasible, ranking
from siting.ranking.search import greedy
from siting.ranking.tree import prove, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from siting.ranking.cover_model import CoverModel, Index, Ints

SCALE = 10**7


@dataclass(frozen=True, eq=False)
class SetCover:
    """Set cover seen from its prices, rows first, then cliques (see `prices.Relaxation`).

    `cost` is what each site adds to the objective, `spare` the number of people who may be left
    out. Values are costs turned round. Where nobody may be left out, `core` holds only the rows
    that no other row implies: those numbered `kept` among `rows`; the others need no price.
    """

    core: Core
    kept: Ints
    rows: int
    choice: Choice
    cost: Ints
    spare: int
    scale: int

    @property
    def sites(self) -> int:
        """Return the number of sites open to choice."""
        return len(self.core.site)

    @property
    def impossible(self) -> int:
        """Return the value of a choice that leaves out too many: worse than to open all sites."""
        return -int(self.cost.sum()) - 1

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
        slope = np.r_[
            spread(core.indptr, core.row, share, rows) - reached, self.choice.slope(share)
        ]
        return Evaluation(value - paid, slope, share, t)

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
        held = len(self.core.weights)
        every = np.zeros(self.rows, np.int64)
        every[self.kept] = priced.prices[:held]
        return {
            "rows": every.tolist(),
            "cliques": priced.prices[held:].tolist(),
            "limit": priced.limit_price,
        }


def set_cover(
    model: CoverModel,
    *,
    share: float = 1.0,
    minimise: Literal["sites", "cost"] = "sites",
    decide: int | None = None,
    effort: Effort = NORMAL,
    watch: Callable[[Search], bool] = lambda _: False,
) -> Ranking:
    """Choose the fewest (or cheapest) sites that cover everybody, or a share of all people.

    Parameters
    ----------
    model
        Cover sets; existing sites are open and not counted, must-have sites open and count.
    share
        Share of all people, those covered already included, who must be covered.
    minimise
        Number of sites, or their cost.
    decide
        Stop as soon as it is clear whether the objective can be at most this.
    effort, watch
        See `max_coverage`.

    Returns
    -------
    Ranking
        Objective and bound in sites or cost. Status ``infeasible``, with the rows in `unserved`, if
        too many people have no site at all.
    """
    choice, core = choice_of(model), core_of(model)
    everybody = int(model.weights.sum())
    alone = everybody - core.base - int(core.weights.sum())
    spare = everybody - ceil(Fraction(str(share)) * everybody) - alone
    parameters = {"share": share, "minimise": minimise}
    if spare < 0:
        return infeasible("set-cover", model, parameters, unserved=rows_without_site(model))
    cost = choice.cost if minimise == "cost" else np.ones_like(choice.cost)
    relaxation = covering(core, choice, cost, spare=spare)
    fixed = int(model.site_cost[choice.must].sum()) if minimise == "cost" else len(choice.must)

    def enough(state: Search) -> bool:
        clear = decide is not None and not fixed - state.value > decide >= fixed - state.bound
        return clear or watch(state)

    state = Search(*relaxation.offer(np.zeros(0, np.int64)), bound=0, watch=enough)
    tree = prove(relaxation, state, effort)
    claim = _finish(relaxation, state, effort)
    found = state.value > relaxation.impossible
    proved = Proved(
        sites=choice.names(model, state.chosen) if found else [],
        objective=fixed - state.value if found else None,
        bound=fixed - max(state.bound, state.value),
        claim=None if claim is None else fixed - claim,
        stopped=state.stopped,
        proof={
            "kind": "set-cover",
            "scale": relaxation.scale,
            "cliques": choice.cliques_by_id(model),
            "tree": written(tree, lambda j: choice.name(model, j), relaxation.describe),
        },
    )
    return ranking("set-cover", model, proved, parameters=parameters)


def covering(core: Core, choice: Choice, cost: Ints, *, spare: int) -> SetCover:
    """Relax set cover; where nobody may be left out, without the rows that others imply."""
    scale = max(1, min(SCALE, 2**50 // max(int(cost.sum()), 1)))
    kept = np.arange(len(core.weights))
    if not spare and len(kept):
        order = np.argsort(np.diff(core.by_row), kind="stable")
        kept = np.flatnonzero(~implied(core.indptr, core.row, core.by_row, core.row_site, order))
    return SetCover(core.only(kept), kept, len(core.weights), choice, cost, spare, scale)


def rows_without_site(model: CoverModel) -> Ints:
    """Return the rows with people whom nothing reaches that is or may be open."""
    must = np.flatnonzero(model.status == MUST)
    return rows_without(model, [model.site_ids[j] for j in (*model.free_sites(), *must)])


def rows_without(model: CoverModel, sites: Iterable[str]) -> Ints:
    """Return the rows with people whom neither `sites` nor existing ones reach."""
    at = {site: j for j, site in enumerate(model.site_ids)}
    existing = np.flatnonzero(model.status == EXISTING)
    opened = np.array([*existing, *(at[site] for site in sites)], np.int64)
    reached = counts(model.indptr, model.demand, opened, len(model.weights)) > 0
    return np.flatnonzero(~reached & ~model.covered & (model.weights > 0))


def _finish(relaxation: SetCover, state: Search, effort: Effort) -> int | None:
    """Ask HiGHS for what the prices leave open; returns its claim, turned round, if any."""
    if state.closed or state.stopped or len(relaxation.core.row) > effort.solver_entries:
        return None
    answer = solve(
        cover_programme(relaxation),
        nodes=effort.solver_nodes,
        stop=state.stop,
    )
    if answer.opened is not None:
        state.take(*relaxation.offer(answer.opened))
    return None if answer.bound is None else -int(np.ceil(answer.bound - 1e-6))


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
