"""The Lagrangian relaxation of capacitated coverage, and its programme.

For prices ``u`` per person, between 0 and 1, every allowed choice serves at most::

    Σ w u + the best choice where each site is worth its places filled at 1 − u per person

Existing and must-have sites are worth their places, too, whatever is chosen. People of one demand
row may be split among sites; who goes where is an exact flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow
from scipy.sparse import block_array, csc_array, eye_array

from siting.ranking.cover_model import EXISTING, MUST
from siting.ranking.exact import Programme
from siting.ranking.kernels import filled, sums, transposed
from siting.ranking.merging import merge_rows
from siting.ranking.prices import UNIT, Evaluation, Priced

if TYPE_CHECKING:
    from siting.ranking.choice import Choice
    from siting.ranking.cover_model import CoverModel, Flags, Index, Ints

SCALE = 100_000
_SWAPPED = 100_000
"""Pairs up to which single sites are replaced; beyond, one flow for each trial takes too long."""


@dataclass(frozen=True, eq=False)
class Capacitated:
    """Capacitated coverage seen from its prices (see `prices.Relaxation`).

    Prices are those of whole rows, so that large and small ones move alike; the price per person is
    rounded down. Sites are numbered with the open ones first (`always` of them), then the free.
    """

    choice: Choice
    always: int
    indptr: Ints
    row: Index
    by_row: Ints
    entry: Ints
    weights: Ints
    capacity: Ints
    scale: int = SCALE

    @property
    def sites(self) -> int:
        """Return the number of sites open to choice."""
        return self.choice.sites

    @property
    def work(self) -> int:
        """Return the operations of one evaluation: sorting counts tenfold."""
        return 10 * len(self.row) + len(self.weights)

    def start(self) -> Ints:
        """Begin at nothing, right where places are scarce, or at half the worth of each row."""
        nothing = np.zeros(len(self.weights) + len(self.choice.cliques), np.int64)
        half = nothing.copy()
        half[: len(self.weights)] = self.scale * self.weights // 2
        free = np.zeros(self.sites, np.int64)
        return min(nothing, half, key=lambda prices: self.evaluate(prices, free).total)

    def clip(self, prices: Ints) -> Ints:
        """Keep prices between nothing and the worth of the row."""
        rows = len(self.weights)
        top = self.weights * self.scale
        return np.concatenate([np.clip(prices[:rows], 0, top), np.maximum(prices[rows:], 0)])

    def evaluate(self, prices: Ints, fixed: Ints) -> Evaluation:
        """Return the bound at `prices` for the choices that agree with `fixed`."""
        rows = len(self.weights)
        u = prices[:rows] // self.weights
        worth, taken = filled(self.indptr, self.row, self.scale - u, self.weights, self.capacity)
        free = worth[self.always :]
        share, value, limit_price = self.choice.best(free, prices[rows:], fixed)
        opened = np.r_[np.full(self.always, UNIT), share]
        served = np.repeat(opened, np.diff(self.indptr)) * taken
        slope = np.r_[
            UNIT - sums(self.by_row, self.entry, served) // self.weights, self.choice.slope(share)
        ]
        total = int((self.weights * u).sum()) + int(worth[: self.always].sum()) + value
        return Evaluation(total, slope, share, free, limit_price)

    def value(self, chosen: Ints) -> int:
        """Return the people whom the open sites and `chosen` can serve: a largest flow."""
        opened = np.r_[np.arange(self.always), self.always + np.asarray(chosen, np.int64)]
        rows, sites = len(self.weights), len(opened)
        size = np.diff(self.indptr)[opened]
        if not size.sum():
            return 0
        offset = np.repeat(self.indptr[opened] - np.r_[0, np.cumsum(size)[:-1]], size)
        row = self.row[offset + np.arange(size.sum())]
        site = rows + np.repeat(np.arange(sites), size)
        source, sink = rows + sites, rows + sites + 1
        flow = SimpleMaxFlow()
        flow.add_arcs_with_capacity(
            np.r_[np.full(rows, source), row, rows + np.arange(sites)].astype(np.int32),
            np.r_[np.arange(rows), site, np.full(sites, sink)].astype(np.int32),
            np.r_[self.weights, self.weights[row], self.capacity[opened]],
        )
        flow.solve(source, sink)
        return int(flow.optimal_flow())

    def filled_up(self, chosen: Ints, most: Ints | None = None) -> Ints:
        """Open further sites, each time the one that serves most more; ties to the smaller id.

        What a site adds never grows as others open, so yesterday's figure is today's upper bound;
        `most` bounds the first one.
        """
        opened = chosen.tolist()
        gain = np.minimum(self.capacity, sums(self.indptr, self.row, self.weights))[self.always :]
        if most is not None:
            gain = np.minimum(gain, most)
        left = self.choice.limits.budget - int(self.choice.cost[chosen].sum())
        gain[chosen] = 0
        for j in opened:
            gain[self.choice.rivals(j)] = 0
        now, fresh = self.value(chosen), np.zeros(self.sites, np.bool_)
        while len(opened) < self.choice.limits.count and self.sites:
            j = int(np.argmax(np.where(self.choice.cost <= left, gain, 0)))
            if gain[j] <= 0 or self.choice.cost[j] > left:
                break
            if not fresh[j]:
                gain[j] = self.value(np.array([*opened, j])) - now
                fresh[j] = True
                continue
            opened.append(j)
            now += int(gain[j])
            left -= int(self.choice.cost[j])
            gain[j] = 0
            gain[self.choice.rivals(j)] = 0
            fresh[:] = False
        return np.array(opened, np.int64)

    def offer(self, picked: Ints) -> tuple[Ints, int]:
        """Complete `picked`, then replace single sites while that serves more.

        A site that adds nothing to a plan cannot better it in another's place; and in that place it
        adds at most what the other's absence costs, and what it adds to the whole plan.
        """
        best = self.filled_up(self.choice.allowed(picked))
        value = self.value(best)
        if len(self.row) > _SWAPPED:
            return np.sort(best), value
        everywhere = np.ones(self.sites, np.bool_)
        adds, idle = self.additions(best, everywhere), 0
        while idle < len(best) and adds.any():
            rest = best[1:]
            trial = self.filled_up(rest, adds + value - self.value(rest))
            if (reached := self.value(trial)) > value:
                best, value, idle = trial, reached, 0
                adds = self.additions(best, everywhere)
            else:
                best, idle = np.roll(best, -1), idle + 1
        return np.sort(best), value

    def additions(self, plan: Ints, among: Flags) -> Ints:
        """Return whom each of some sites would serve beside a plan; nobody for the others."""
        added, value = np.zeros(self.sites, np.int64), self.value(plan)
        for j in np.flatnonzero(among):
            added[j] = self.value(np.append(plan, j)) - value
        return added

    def describe(self, priced: Priced) -> dict[str, Any]:
        """Write prices down for a certificate: those of one person."""
        rows = len(self.weights)
        each = priced.prices[:rows] // self.weights
        return priced.as_record(rows) | {"rows": each.tolist()}


def places(model: CoverModel, choice: Choice) -> Capacitated:
    """Take the rows with people that are not covered, merged where the same sites reach them."""
    always = np.flatnonzero((model.status == MUST) | (model.status == EXISTING))
    usable = np.r_[always, choice.site]
    people = np.where(model.covered, 0, model.weights)
    rows = merge_rows(model.indptr, model.demand, people, usable)
    by_row, _, entry = transposed(rows.indptr, rows.row, len(rows.weights))
    everybody = int(rows.weights.sum())
    unlimited = np.full(len(model.site_ids), everybody)
    capacity = np.minimum(unlimited if model.capacity is None else model.capacity, everybody)
    return Capacitated(
        choice, len(always), rows.indptr, rows.row, by_row, entry, rows.weights, capacity[usable]
    )


def places_programme(relaxation: Capacitated) -> Programme:
    """Write capacitated coverage with one flow variable per pair."""
    k, rows, pairs = relaxation.sites, len(relaxation.weights), len(relaxation.row)
    usable, always = len(relaxation.capacity), relaxation.always
    of_site = np.repeat(np.arange(usable), np.diff(relaxation.indptr))
    pair, ones = np.arange(pairs), np.ones(pairs)
    sent = csc_array((ones, (relaxation.row, pair)), shape=(rows, pairs))
    taken = csc_array((ones, (of_site, pair)), shape=(usable, pairs))
    room = csc_array(
        (-relaxation.capacity[always:], (always + np.arange(k), np.arange(k))), shape=(usable, k)
    )
    opened = csc_array(
        (-relaxation.weights[relaxation.row], (pair, of_site)), shape=(pairs, usable)
    )
    limits, most = relaxation.choice.rows()
    free = of_site >= always
    return Programme(
        cost=np.r_[np.zeros(k), -ones],
        matrix=block_array(
            [
                [None, sent],
                [room, taken],
                [opened[:, always:], eye_array(pairs)],
                [limits, None],
            ]
        ).tocsc(),
        row_low=np.full(rows + usable + pairs + len(most), -np.inf),
        row_high=np.r_[
            relaxation.weights,
            np.where(np.arange(usable) < always, relaxation.capacity, 0),
            np.where(free, 0, relaxation.weights[relaxation.row]),
            most,
        ],
        low=np.zeros(k + pairs),
        high=np.r_[np.ones(k), relaxation.weights[relaxation.row]],
        sites=k,
    )
