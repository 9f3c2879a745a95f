"""Good sets of sites: greedy, one-interchange, and seeded kicks out of local optima."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.ranking.core import site_gains
from siting.ranking.kernels import cover, swap_search

if TYPE_CHECKING:
    from siting.ranking.core import Core
    from siting.ranking.cover_model import Ints

UNLIMITED = 2**62


@dataclass(frozen=True)
class Limits:
    """How much may still be opened beside the sites that open in any case."""

    count: int
    budget: int = UNLIMITED


def greedy(
    core: Core, limits: Limits, *, start: Ints | None = None, per_cost: bool = False
) -> Ints:
    """Open the site with the largest gain, again and again; ties to the smaller id.

    Parameters
    ----------
    core, limits
        What may be chosen, and how much of it.
    start
        Sites that are open already; they stay, and come first in the answer.
    per_cost
        Weigh the gain by the price of the site, for budgets.

    Returns
    -------
    Ints
        Sites in the order of opening; fewer than allowed once nothing more is gained.
    """
    gain = site_gains(core)
    seen = np.zeros(len(core.weights), np.int64)
    shut = np.zeros(len(core.site), np.bool_)
    chosen: list[int] = []
    left = limits.budget

    def open_site(j: int) -> None:
        nonlocal left
        cover(core.indptr, core.row, core.by_row, core.row_site, core.weights, gain, seen, j)
        chosen.append(j)
        left -= int(core.cost[j])
        shut[j] = True
        shut[core.rivals(j)] = True

    for j in [] if start is None else start:
        open_site(int(j))
    while len(chosen) < limits.count and len(gain):
        worth = gain.astype(np.float64) / np.maximum(core.cost, 1) if per_cost else gain
        j = int(np.argmax(np.where(shut | (core.cost > left), -1, worth)))
        if shut[j] or core.cost[j] > left or gain[j] <= 0:
            break
        open_site(j)
    return np.array(chosen, np.int64)


def improve(core: Core, limits: Limits, chosen: Ints) -> Ints:
    """Swap sites while that covers more, and fill up what a swap has made room for."""
    better = chosen.copy()
    while len(better):
        made = swap_search(
            core.indptr, core.row, core.weights, core.rival_ptr, core.rival,
            core.cost, limits.budget, better,
        )  # fmt: skip
        filled = greedy(core, limits, start=better)
        if not made and len(filled) == len(better):
            break
        better = filled
    return better


def heuristic(core: Core, limits: Limits, *, kicks: int = 0, seed: int = 0) -> Ints:
    """Return a good choice: greedy, improved by swaps, then by `kicks` seeded perturbations.

    A kick closes a tenth of the chosen sites at random, refills greedily among random sites and
    improves again; the result is kept if it covers more.
    """
    starts = [greedy(core, limits)]
    if limits.budget < UNLIMITED:
        starts.append(greedy(core, limits, per_cost=True))
    choices = [improve(core, limits, s) for s in starts]
    best = max(choices, key=core.value)
    value = core.value(best)
    rng = np.random.default_rng(seed)
    for _ in range(kicks if len(best) else 0):
        kept = rng.permutation(best)[max(1, len(best) // 10) :]
        trial = improve(core, limits, _refill(core, limits, kept, rng))
        if core.value(trial) > value:
            best, value = trial, core.value(trial)
    return np.sort(best)


def _refill(core: Core, limits: Limits, kept: Ints, rng: np.random.Generator) -> Ints:
    """Add random sites to `kept` as far as the limits allow."""
    chosen = [int(j) for j in kept]
    left = limits.budget - int(core.cost[kept].sum())
    shut = set(chosen) | {int(r) for j in chosen for r in core.rivals(j)}
    for j in rng.permutation(len(core.site)):
        if len(chosen) >= limits.count:
            break
        if int(j) not in shut and core.cost[j] <= left:
            chosen.append(int(j))
            left -= int(core.cost[j])
            shut |= {int(j), *(int(r) for r in core.rivals(int(j)))}
    return np.array(chosen, np.int64)
