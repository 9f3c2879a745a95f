"""Rules that ask for every kind within reach: a person counts once nothing is missing.

Such coverage is not submodular: the second kind may gain people whom the first alone did not, and
no bound that rests on diminishing gains holds. The Lagrangian one does. With prices ``u ≥ 0`` per
person and missing kind, no allowed choice serves more than::

    Σ max(0, w − Σ u of the person's missing kinds) + the best choice at Σ u of each site's rows

because whoever is served has each missing kind within reach of an open site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import block_array, csc_array

from siting.ranking.choice import Choice, choice_of
from siting.ranking.cover_model import EXISTING, MUST
from siting.ranking.coverage import SCALE
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.exact import Programme, solve
from siting.ranking.kernels import counts, spread, sums
from siting.ranking.prices import UNIT, Evaluation, Priced, Search
from siting.ranking.ranking import Proved, Ranking, ranking
from siting.ranking.tree import prove, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import CoverModel, Flags, Index, Ints


@dataclass(frozen=True, eq=False)
class Conjunction:
    """Conjunctive coverage seen from its prices (see `prices.Relaxation`).

    Rows are what somebody lacks, those of one person (`owner`, ascending) together; `people` are
    those of each owner. `pair` numbers the different (site, owner) of all entries.
    """

    choice: Choice
    indptr: Ints
    row: Index
    owner: Ints
    owner_ptr: Ints
    people: Ints
    pair: Ints
    pair_site: Ints
    pair_owner: Ints
    scale: int = SCALE

    @property
    def sites(self) -> int:
        """Return the number of sites open to choice."""
        return self.choice.sites

    @property
    def work(self) -> int:
        """Return the operations of one evaluation."""
        return 2 * len(self.row) + 2 * len(self.owner) + self.sites

    def start(self) -> Ints:
        """Share half of each person among what they lack."""
        lacking = np.diff(self.owner_ptr)
        each = (self.people * self.scale // (2 * lacking))[self.owner]
        return np.concatenate([each, np.zeros(len(self.choice.cliques), np.int64)])

    def clip(self, prices: Ints) -> Ints:
        """Keep prices positive, and each at most the person's worth."""
        rows = len(self.owner)
        top = self.people[self.owner] * self.scale
        return np.concatenate([np.clip(prices[:rows], 0, top), np.maximum(prices[rows:], 0)])

    def evaluate(self, prices: Ints, fixed: Ints) -> Evaluation:
        """Return the bound at `prices` for the choices that agree with `fixed`."""
        rows = len(self.owner)
        u = prices[:rows]
        left = self.people * self.scale - self._per_owner(u)
        worth = sums(self.indptr, self.row, u)
        share, value, limit_price = self.choice.best(worth, prices[rows:], fixed)
        served = spread(self.indptr, self.row, share, rows)
        slope = np.concatenate([served - UNIT * (left > 0)[self.owner], self.choice.slope(share)])
        total = int(np.maximum(left, 0).sum()) + value
        return Evaluation(total, slope, share, worth, limit_price)

    def _per_owner(self, values: Ints) -> Ints:
        return np.add.reduceat(values, self.owner_ptr[:-1]) if len(values) else self.people

    def _missing(self, plan: Ints) -> tuple[Ints, Ints]:
        """Return for each row whether it is still lacked, and for each owner how many are."""
        lacked = (counts(self.indptr, self.row, plan, len(self.owner)) == 0).astype(np.int64)
        return lacked, self._per_owner(lacked)

    def value(self, plan: Ints) -> int:
        """Return the people who lack nothing any more."""
        return int(self.people[self._missing(plan)[1] == 0].sum()) if len(self.people) else 0

    def _brought(self, plan: Ints) -> tuple[Ints, Ints]:
        """Return whom each site would complete beside a plan, and how much closer it brings."""
        lacked, missing = self._missing(plan)
        hits = np.zeros(len(self.pair_site), np.int64)
        np.add.at(hits, self.pair, lacked[self.row])
        people = self.people[self.pair_owner]
        completes = (hits > 0) & (hits == missing[self.pair_owner])
        gain, closer = np.zeros(self.sites, np.int64), np.zeros(self.sites, np.int64)
        np.add.at(gain, self.pair_site, np.where(completes, people, 0))
        np.add.at(
            closer, self.pair_site, hits * people * UNIT // np.maximum(missing[self.pair_owner], 1)
        )
        return gain, closer

    def additions(self, plan: Ints, among: Flags) -> Ints:
        """Return whom each of some sites would complete beside a plan; nobody for the others."""
        return np.where(among, self._brought(plan)[0], 0)

    def _best_addition(self, plan: Ints) -> int:
        """Return the site that completes most people, then brings most closer; −1 for none."""
        gain, closer = self._brought(plan)
        order = np.lexsort((np.arange(self.sites), -closer, -gain))
        order = order[self.choice.addable(plan)[order] & (closer[order] > 0)]
        return int(order[0]) if len(order) else -1

    def _completed(self, plan: Ints) -> Ints:
        while (j := self._best_addition(plan)) >= 0:
            plan = np.append(plan, j)
        return plan

    def offer(self, picked: Ints) -> tuple[Ints, int]:
        """Complete `picked`, then replace single sites while that serves more."""
        best = self._completed(self.choice.allowed(picked))
        value, at = self.value(best), 0
        while at < len(best):
            trial = self._completed(np.delete(best, at))
            if (reached := self.value(trial)) > value:
                best, value, at = trial, reached, -1
            at += 1
        return np.sort(best), value

    def describe(self, priced: Priced) -> dict[str, Any]:
        """Write prices down for a certificate."""
        return priced.as_record(len(self.owner))


def conjunctive(
    model: CoverModel,
    *,
    kinds: int,
    sites: int | None = None,
    budget: int | None = None,
    effort: Effort = NORMAL,
    watch: Callable[[Search], bool] = lambda _: False,
) -> Ranking:
    """Choose the sites after which most people have every kind within reach.

    Parameters
    ----------
    model
        Demand rows stacked by kind: row ``t n + i`` is what person i needs of kind t, `covered`
        where they have it or do not need it. The people of i stand in each of its rows.
    kinds
        Number of kinds; n is the number of rows divided by it.
    sites, budget, effort, watch
        See `max_coverage`.

    Returns
    -------
    Ranking
        Objective and bounds in people who lack nothing; `gains` likewise, in the order chosen.
    """
    choice = choice_of(model, sites=sites, budget=budget)
    relaxation, base = conjunction(model, choice, kinds)
    nothing = np.zeros(0, np.int64)
    everybody = int(relaxation.people.sum())
    state = Search(*relaxation.offer(nothing), bound=everybody, watch=watch)
    tree = prove(relaxation, state, effort)
    claim = _finish(relaxation, state, effort)
    chosen = choice.names(model, state.chosen)
    order, served = _in_order(model, chosen, kinds)
    proved = Proved(
        sites=order,
        objective=base + state.value,
        bound=base + max(state.bound, state.value),
        claim=None if claim is None else base + claim,
        stopped=state.stopped,
        proof={
            "kind": "conjunctive",
            "scale": relaxation.scale,
            "cliques": choice.cliques_by_id(model),
            "tree": written(tree, lambda j: choice.name(model, j), relaxation.describe),
        },
        gains=tuple(np.diff(served).tolist()),
        before=served[0],
    )
    parameters = {"sites": sites, "budget": budget, "kinds": kinds}
    return ranking("conjunctive", model, proved, parameters=parameters)


def conjunction(model: CoverModel, choice: Choice, kinds: int) -> tuple[Conjunction, int]:
    """Take the people who lack something that free sites can give; and those who lack nothing."""
    n = len(model.weights) // kinds
    fixed = np.flatnonzero((model.status == MUST) | (model.status == EXISTING))
    served = model.covered | (counts(model.indptr, model.demand, fixed, kinds * n) > 0)
    of_site = np.repeat(np.arange(len(model.site_ids)), np.diff(model.indptr))
    free = np.full(len(model.site_ids), -1)
    free[choice.site] = np.arange(choice.sites)
    reachable = served.copy()
    reachable[model.demand[free[of_site] >= 0]] = True
    person = np.arange(kinds * n) % n
    lacks = np.bincount(person[~served], minlength=n)
    hopeless = np.bincount(person[~reachable], minlength=n) > 0
    possible = (lacks > 0) & ~hopeless & (model.weights[:n] > 0)
    rows = np.flatnonzero(~served & possible[person])
    rows = rows[np.lexsort((rows, person[rows]))]  # those of one person together
    renamed = np.full(kinds * n, -1)
    renamed[rows] = np.arange(len(rows))
    keep = (free[of_site] >= 0) & (renamed[model.demand] >= 0)
    site, row = free[of_site[keep]], renamed[model.demand[keep]]
    order = np.lexsort((row, site))
    site, row = site[order], row[order].astype(np.int32)
    indptr = np.r_[0, np.cumsum(np.bincount(site, minlength=choice.sites))].astype(np.int64)
    owners, owner = np.unique(person[rows], return_inverse=True)
    pairs, pair = np.unique(site * max(len(owners), 1) + owner[row], return_inverse=True)
    people = model.weights[owners]
    base = int(model.weights[:n][lacks == 0].sum())
    return Conjunction(
        choice=choice,
        indptr=indptr,
        row=row,
        owner=owner.astype(np.int64),
        owner_ptr=np.r_[0, np.cumsum(np.bincount(owner, minlength=len(owners)))].astype(np.int64),
        people=people,
        pair=pair.astype(np.int64),
        pair_site=pairs // max(len(owners), 1),
        pair_owner=pairs % max(len(owners), 1),
    ), base


def _in_order(model: CoverModel, chosen: list[str], kinds: int) -> tuple[list[str], list[int]]:
    """Order sites by the people whom each completes, ties by id; and those served after each."""
    at = {site: j for j, site in enumerate(model.site_ids)}
    n = len(model.weights) // kinds
    rows = model.covered.copy()
    for j in np.flatnonzero(model.status == EXISTING).tolist():
        rows[model.rows(j)] = True

    def served(rows: Flags) -> int:
        return int(model.weights[:n][rows.reshape(kinds, n).all(axis=0)].sum())

    order, after, left = [], [served(rows)], sorted(chosen)
    while left:
        trials = []
        for site in left:
            trial = rows.copy()
            trial[model.rows(at[site])] = True
            trials.append(trial)
        values = [served(trial) for trial in trials]
        best = int(np.argmax(values))
        rows = trials[best]
        order.append(left.pop(best))
        after.append(values[best])
    return order, after


def _finish(relaxation: Conjunction, state: Search, effort: Effort) -> int | None:
    """Ask HiGHS for what the prices leave open; returns its claim, if any."""
    if state.closed or state.stopped or len(relaxation.row) > effort.solver_entries:
        return None
    answer = solve(conjunctive_programme(relaxation), nodes=effort.solver_nodes, stop=state.stop)
    if answer.opened is not None:
        state.take(*relaxation.offer(answer.opened))
    return None if answer.bound is None else int(np.floor(-answer.bound + 1e-6))


def conjunctive_programme(relaxation: Conjunction) -> Programme:
    """Write conjunctive coverage as a programme: each lacking kind needs an open site."""
    k, rows, owners = relaxation.sites, len(relaxation.owner), len(relaxation.people)
    reach = csc_array(
        (np.ones(len(relaxation.row)), relaxation.row, relaxation.indptr), shape=(rows, k)
    )
    needs = csc_array((np.ones(rows), (np.arange(rows), relaxation.owner)), shape=(rows, owners))
    limits, most = relaxation.choice.rows()
    return Programme(
        cost=np.r_[np.zeros(k), -relaxation.people.astype(np.float64)],
        matrix=block_array([[-reach, needs], [limits, None]]).tocsc(),
        row_low=np.full(rows + len(most), -np.inf),
        row_high=np.r_[np.zeros(rows), most],
        low=np.zeros(k + owners),
        high=np.ones(k + owners),
        sites=k,
    )
