"""Good sets of sites: greedy, one-interchange, and seeded kicks out of local optima."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.ranking.choice import UNLIMITED
from siting.ranking.core import site_gains
from siting.ranking.kernels import cover, swap_search

if TYPE_CHECKING:
    from siting.ranking.choice import Choice
    from siting.ranking.core import Core
    from siting.ranking.cover_model import Ints


def greedy(
    core: Core, choice: Choice, *, start: Ints | None = None, per_cost: bool = False
) -> Ints:
    """Open the site with the largest gain, again and again; ties to the smaller id.

    Parameters
    ----------
    core, choice
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
    if start is not None and len(start) >= choice.limits.count:
        return start
    gain = site_gains(core)
    seen = np.zeros(len(core.weights), np.int64)
    shut = np.zeros(len(core.site), np.bool_)
    chosen: list[int] = []
    left = choice.limits.budget

    def open_site(j: int) -> None:
        nonlocal left
        cover(core.indptr, core.row, core.by_row, core.row_site, core.weights, gain, seen, j)
        chosen.append(j)
        left -= int(choice.cost[j])
        shut[j] = True
        shut[choice.rivals(j)] = True

    for j in [] if start is None else start:
        open_site(int(j))
    while len(chosen) < choice.limits.count and len(gain):
        worth = gain.astype(np.float64) / np.maximum(choice.cost, 1) if per_cost else gain
        j = int(np.argmax(np.where(shut | (choice.cost > left), -1, worth)))
        if shut[j] or choice.cost[j] > left or gain[j] <= 0:
            break
        open_site(j)
    return np.array(chosen, np.int64)


def improve(core: Core, choice: Choice, chosen: Ints) -> Ints:
    """Swap sites while that covers more, and fill up what a swap has made room for."""
    better = chosen.copy()
    while len(better):
        made = swap_search(
            core.indptr, core.row, core.weights, choice.rival_ptr, choice.rival,
            choice.cost, choice.limits.budget, better,
        )  # fmt: skip
        filled = greedy(core, choice, start=better)
        if not made and len(filled) == len(better):
            break
        better = filled
    return better


def heuristic(core: Core, choice: Choice, *, kicks: int = 0, seed: int = 0) -> Ints:
    """Return a good choice: greedy, improved by swaps, then by `kicks` seeded perturbations.

    A kick closes a tenth of the chosen sites at random, refills greedily among random sites and
    improves again; the result is kept if it covers more.
    """
    starts = [greedy(core, choice)]
    if choice.limits.budget < UNLIMITED:
        starts.append(greedy(core, choice, per_cost=True))
    choices = [improve(core, choice, s) for s in starts]
    best = max(choices, key=core.value)
    value = core.value(best)
    rng = np.random.default_rng(seed)
    for _ in range(kicks if len(best) else 0):
        kept = rng.permutation(best)[max(1, len(best) // 10) :]
        wanted = np.r_[kept, rng.permutation(choice.sites)]
        trial = improve(core, choice, choice.allowed(wanted))
        if core.value(trial) > value:
            best, value = trial, core.value(trial)
    return np.sort(best)
