"""Bounds that anyone can recompute: Lagrangian prices in whole numbers, for every model.

A relaxation gives, for any prices, a number that no choice of sites exceeds. All prices are whole
numbers in units of 1/scale, so such a bound is exact: no rounding has to be believed. Models that
minimise are turned round: they maximise the negative of their cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.choice import Choice
    from siting.ranking.cover_model import Ints

FREE, OPEN, SHUT = 0, 1, -1
"""What a branch has decided about a site."""
UNIT = 4096
"""Slopes and shares are fixed-point numbers in units of 1/4096."""
_MEMORY = 32
"""A new subgradient enters the average with a weight of 1/32."""
_PATIENCE, _SHORTER, _SHORTEST = 6, 0.75, 1e-4
"""Steps without a better bound before they are shortened, by how much, and when to give up."""
_OFFER, _SELDOMER = 10, 4
"""A choice that the prices suggest is tried as a solution after ten steps, or after a quarter of
those made so far, whichever is later: early prices are worth many trials, late ones few."""


@dataclass(frozen=True)
class Evaluation:
    """A bound at given prices: its value in 1/scale, its slope, and the choice that attains it.

    `share` says how far each site is open in that choice (in 1/`UNIT`; a limit on money may open
    one site in part), `worth` what it adds before its cliques and its money are paid, and
    `limit_price` what one unit of that limit is worth.
    """

    total: int
    slope: Ints
    share: Ints
    worth: Ints
    limit_price: int = 0


class Relaxation(Protocol):
    """A model seen from its prices: those of rows first, then those of cliques."""

    @property
    def choice(self) -> Choice:
        """Return the sites open to choice, and their limits."""

    @property
    def scale(self) -> int:
        """Return how many units of the bound make one of the model."""

    @property
    def sites(self) -> int:
        """Return the number of sites open to choice."""

    @property
    def work(self) -> int:
        """Return the basic operations of one evaluation, to measure effort without a clock."""

    def start(self) -> Ints:
        """Return the prices to begin with."""

    def evaluate(self, prices: Ints, fixed: Ints) -> Evaluation:
        """Return the bound at `prices` for the choices that agree with `fixed`."""

    def clip(self, prices: Ints) -> Ints:
        """Return the nearest prices that are allowed."""

    def offer(self, picked: Ints) -> tuple[Ints, int]:
        """Make a good feasible choice of `picked`; returns it and its value."""


@dataclass(frozen=True)
class Priced:
    """The outcome of a descent: the best prices, their bound, and the mean share of each site."""

    prices: Ints
    total: int
    limit_price: int
    share: Ints

    def as_record(self, rows: int) -> dict[str, Any]:
        """Write the prices down for a certificate; those of `rows` come first, of cliques then."""
        return {
            "rows": self.prices[:rows].tolist(),
            "cliques": self.prices[rows:].tolist(),
            "limit": self.limit_price,
        }


@dataclass
class Search:
    """What a search knows at any moment; it can be stopped and asked between two steps.

    `value` and `chosen` are the best choice found, `bound` what no choice exceeds, in whole units.
    """

    chosen: Ints
    value: int
    bound: int
    work: int = 0
    stopped: bool = False
    tried: set[bytes] = field(default_factory=set, repr=False)
    watch: Callable[[Search], bool] = field(default=lambda _: False, repr=False)

    @property
    def closed(self) -> bool:
        """Say whether the choice is proved to be the best."""
        return self.bound <= self.value

    def stop(self) -> bool:
        """Ask the watch whether to go on, and remember its no."""
        self.stopped = self.stopped or self.watch(self)
        return self.stopped

    def take(self, chosen: Ints, value: int) -> None:
        """Keep a choice if it is better."""
        if value > self.value:
            self.chosen, self.value = chosen, value

    def consider(self, relaxation: Relaxation, picked: Ints) -> None:
        """Make a choice of what prices suggest, unless that was tried before."""
        key = picked.tobytes()
        if key not in self.tried:
            self.tried.add(key)
            self.take(*relaxation.offer(picked))


def descend(
    relaxation: Relaxation,
    state: Search,
    *,
    iterations: int,
    fixed: Ints,
    start: Ints | None = None,
    root: bool = False,
    first_offer: int = 0,
) -> Priced:
    """Look for prices with a low bound, and for better choices on the way.

    The volume algorithm (Barahona and Anbil 2000): steps from the best prices along an average of
    the subgradients. Stops when the bound meets the choice, when the steps have become too short,
    after `iterations`, or when `state.watch` says so.

    Parameters
    ----------
    relaxation, fixed
        The model, and what a branch has decided about each site.
    state
        Gets better choices; and, at the root of a search, better bounds.
    iterations
        Most evaluations.
    start
        Prices to begin with.
    root
        Whether the bound holds for the whole model, not for one branch.
    first_offer
        The first step whose choice is tried as a solution.
    """
    prices = relaxation.start() if start is None else start
    best = Priced(prices, np.iinfo(np.int64).max, 0, np.zeros(relaxation.sites, np.int64))
    share = np.zeros(relaxation.sites, np.int64)
    direction = np.zeros_like(prices)
    reach, stall, offer = 1.0, 0, first_offer
    for step in range(iterations):
        found = relaxation.evaluate(prices, fixed)
        state.work += relaxation.work
        direction = direction + (found.slope - direction) // _MEMORY if step else found.slope
        share = share + (found.share - share) // _MEMORY if step else found.share
        if found.total < best.total:
            if int(direction @ found.slope) > 0:
                reach = min(reach * 1.1, 2.0)
            best, stall = Priced(prices, found.total, found.limit_price, share), 0
            if root:
                state.bound = min(state.bound, found.total // relaxation.scale)
        else:
            stall += 1
            if stall == _PATIENCE:
                reach, stall = reach * _SHORTER, 0
        if step >= offer:
            offer = step + max(_OFFER, step // _SELDOMER)
            state.consider(relaxation, np.flatnonzero(found.share))
        norm = int(direction @ direction)
        over = best.total - state.value * relaxation.scale
        if over < relaxation.scale or state.stop() or reach < _SHORTEST or norm == 0:
            break
        length = reach * over * UNIT / norm
        move = np.floor(length * direction + 0.5).astype(np.int64)
        prices = relaxation.clip(best.prices - move)
    return best


def largest(values: Ints, count: int) -> Ints:
    """Return the positions of the `count` largest positive values; ties to the smaller position."""
    if count >= len(values):
        return np.flatnonzero(values > 0)
    if count <= 0:
        return np.zeros(0, np.int64)
    threshold = np.partition(values, len(values) - count)[len(values) - count]
    above = np.flatnonzero(values > threshold)
    level = np.flatnonzero(values == threshold)[: count - len(above)]
    picked: Ints = np.sort(np.concatenate([above, level]))
    return np.asarray(picked[values[picked] > 0])
