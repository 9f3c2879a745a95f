"""Close a gap by branching, so that the proof can be written down and checked.

Each branch decides one more site; the bound of a branch holds for all choices that agree with it.
The leaves cover all choices, so the largest of their bounds holds for the whole model. A leaf keeps
its prices: whoever has the tree can recompute every bound in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.ranking.prices import FREE, OPEN, SHUT, Priced, Relaxation, Search, descend

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import Ints
    from siting.ranking.effort import Effort

_ITERATIONS = 80
"""Steps in each branch; it starts at good prices."""


@dataclass
class Branch:
    """A part of all choices: decided sites, its bound, and its two halves once it is split."""

    fixed: Ints
    priced: Priced
    site: int = -1
    halves: tuple[Branch, Branch] | None = None


def prove(
    relaxation: Relaxation, state: Search, effort: Effort, *, root: Priced | None = None
) -> Branch:
    """Bound the model at its root, then split the weakest branch until the proof is complete.

    Parameters
    ----------
    relaxation, state
        The model, and the search, which gets better choices and a better bound.
    effort
        Steps at the root; operations beyond which no further branch is begun; and prices that the
        tree may hold, which limits the size of the certificate.
    root
        Prices of the whole model, if they are known already.
    """
    nothing = np.zeros(relaxation.sites, np.int64)
    priced = root or descend(
        relaxation, state, iterations=effort.iterations, fixed=nothing, root=True
    )
    trunk = Branch(nothing, priced)
    heap = [(-priced.total, 0, trunk)]
    born, leaves = 1, 1
    most = effort.numbers // max(len(priced.prices), 1)
    while (
        -heap[0][0] // relaxation.scale > state.value
        and state.work < effort.operations
        and leaves < most
        and not state.stopped
    ):
        weakest = heappop(heap)[2]
        site = _least_certain(weakest)
        if site < 0:  # everything is decided, only the prices are not at their best
            again = descend(
                relaxation,
                state,
                iterations=effort.iterations,
                fixed=weakest.fixed,
                start=weakest.priced.prices,
            )
            better = again.total < weakest.priced.total
            weakest.priced = again if better else weakest.priced
            heappush(heap, (-weakest.priced.total, born, weakest))
            born += 1
            if better:
                continue
            break
        halves = []
        for side in (OPEN, SHUT):
            fixed = weakest.fixed.copy()
            fixed[site] = side
            priced = descend(
                relaxation, state, iterations=_ITERATIONS, fixed=fixed, start=weakest.priced.prices
            )
            halves.append(Branch(fixed, priced))
            heappush(heap, (-priced.total, born, halves[-1]))
            born += 1
        weakest.site, weakest.halves = site, (halves[0], halves[1])
        leaves += 1
        state.bound = min(state.bound, max(-heap[0][0] // relaxation.scale, state.value))
    return trunk


def _least_certain(branch: Branch) -> int:
    """Return the undecided site picked about every other time; −1 if all are decided."""
    doubt = np.abs(2 * branch.priced.share - branch.priced.share.max(initial=1))
    doubt[branch.fixed != FREE] = np.iinfo(np.int64).max
    site = int(np.argmin(doubt)) if len(doubt) else -1
    return site if site >= 0 and branch.fixed[site] == FREE else -1


def written(
    branch: Branch, name: Callable[[int], str], describe: Callable[[Priced], dict[str, Any]]
) -> dict[str, Any]:
    """Write a tree as nested dictionaries: inner ones name a site, leaves hold prices."""
    if branch.halves is None:
        return describe(branch.priced)
    opened, shut = branch.halves
    return {
        "site": name(branch.site),
        "open": written(opened, name, describe),
        "shut": written(shut, name, describe),
    }
