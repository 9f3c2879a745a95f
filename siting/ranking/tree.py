"""Close a gap by settling and branching, so that the proof can be written down and checked.

At good prices, to open or to shut some sites against what the bound suggests would cost too much:
they are settled, and the bound of what remains gets better. When that ends, a branch decides one
more site. Every part of the tree keeps its prices: whoever has them can recompute every bound, and
the largest of them holds for the whole model, because together they hold every choice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.ranking.prices import FREE, OPEN, SHUT, Priced, Relaxation, Search, descend

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import Ints
    from siting.ranking.effort import Effort

_ITERATIONS, _AFRESH, _OFFER = 100, 300, 200
"""Steps in each branch from the prices of the one that it comes from, and from the first prices;
and how many of these are made before the choice that they suggest is worth a trial."""
_PART = 10
"""Sites are settled if they are at least a tenth of those that are undecided: every time costs a
line of prices in the certificate."""


@dataclass
class Branch:
    """A part of all choices: decided sites, and its bound; once it is split, its two halves.

    Where prices have settled further sites, `rest` is what remains of it.
    """

    fixed: Ints
    priced: Priced
    site: int = -1
    halves: tuple[Branch, Branch] | None = None
    rest: Branch | None = None


def prove(
    relaxation: Relaxation,
    state: Search,
    effort: Effort,
    *,
    root: Priced | None = None,
    afresh: bool = False,
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
    afresh
        Whether a branch begins at the first prices, and not at those of the one it comes from: that
        takes more steps, but covers need far fewer branches so.
    """
    nothing = np.zeros(relaxation.sites, np.int64)
    priced = root or descend(
        relaxation, state, iterations=effort.iterations, fixed=nothing, root=True
    )
    trunk = Branch(nothing, priced)
    tree = _Tree(relaxation, state, effort, afresh)
    tree.grow(trunk)
    while not tree.is_done():
        weakest = heappop(tree.heap)[2]
        site = _least_certain(weakest)
        if site < 0 and not tree.mend(weakest):
            break
        if site >= 0:
            weakest.site, weakest.halves = site, tree.halves(weakest, site)
    return trunk


def settled(relaxation: Relaxation, prices: Ints, fixed: Ints, value: int) -> Ints:
    """Say which sites any choice better than `value` must open, and which it must not."""
    found = relaxation.evaluate(prices, fixed)
    cliques = prices[len(prices) - len(relaxation.choice.cliques) :]
    net = relaxation.choice.net(found.worth, cliques, found.limit_price)
    slack = found.total - (value + 1) * relaxation.scale
    return relaxation.choice.settled(net, fixed, slack=slack)


@dataclass
class _Tree:
    """The branches that wait to be split, and how many prices they all hold."""

    relaxation: Relaxation
    state: Search
    effort: Effort
    afresh: bool
    heap: list[tuple[int, int, Branch]] = field(default_factory=list)
    born: int = 0
    numbers: int = 0

    def is_done(self) -> bool:
        """Take note of the bound that holds now, and say whether the proof ends here."""
        highest = -self.heap[0][0] // self.relaxation.scale
        self.state.bound = min(self.state.bound, max(highest, self.state.value))
        return self.state.closed or not self._may_go_on()

    def _may_go_on(self) -> bool:
        within = self.state.work < self.effort.operations and self.numbers < self.effort.numbers
        return within and not self.state.stopped

    def grow(self, branch: Branch) -> None:
        """Settle what a branch settles, time and again; what remains of it waits to be split."""
        self.numbers += len(branch.priced.prices)
        while self._may_go_on() and (rest := self._rest(branch)):
            branch.rest = branch = rest
            self.numbers += len(branch.priced.prices)
        self._wait(branch)

    def _wait(self, branch: Branch) -> None:
        heappush(self.heap, (-branch.priced.total, self.born, branch))
        self.born += 1

    def _rest(self, branch: Branch) -> Branch | None:
        """Return what remains of a branch once sites are settled; None if they are few."""
        relaxation, value = self.relaxation, self.state.value
        if branch.priced.total // relaxation.scale <= value:
            return None
        self.state.work += relaxation.work
        fixed = settled(relaxation, branch.priced.prices, branch.fixed, value)
        more = int((fixed != branch.fixed).sum())
        few = more * _PART < (branch.fixed == FREE).sum()
        return None if few or not more else Branch(fixed, self._priced(branch, fixed))

    def halves(self, branch: Branch, site: int) -> tuple[Branch, Branch]:
        """Open and shut a site of a branch."""
        halves = []
        for side in (OPEN, SHUT):
            fixed = branch.fixed.copy()
            fixed[site] = side
            halves.append(Branch(fixed, self._priced(branch, fixed)))
            self.grow(halves[-1])
        return halves[0], halves[1]

    def mend(self, branch: Branch) -> bool:
        """Look for better prices where everything is decided; say whether there are any."""
        again = self._descend(branch.fixed, branch.priced.prices, self.effort.iterations)
        better = again.total < branch.priced.total
        branch.priced = again if better else branch.priced
        self._wait(branch)
        return better

    def _priced(self, branch: Branch, fixed: Ints) -> Priced:
        """Look for prices of a part of a branch, at least as good as its own."""
        if not self.afresh:
            return self._descend(fixed, branch.priced.prices, _ITERATIONS)
        old = self._descend(fixed, branch.priced.prices, 1)
        new = self._descend(fixed, None, _AFRESH, first_offer=_OFFER)
        return min(new, old, key=lambda priced: priced.total)

    def _descend(
        self, fixed: Ints, start: Ints | None, iterations: int, *, first_offer: int = 0
    ) -> Priced:
        return descend(
            self.relaxation,
            self.state,
            iterations=iterations,
            fixed=fixed,
            start=start,
            first_offer=first_offer,
        )


def _least_certain(branch: Branch) -> int:
    """Return the undecided site picked about every other time; −1 if all are decided."""
    doubt = np.abs(2 * branch.priced.share - branch.priced.share.max(initial=1))
    doubt[branch.fixed != FREE] = np.iinfo(np.int64).max
    site = int(np.argmin(doubt)) if len(doubt) else -1
    return site if site >= 0 and branch.fixed[site] == FREE else -1


def written(
    branch: Branch, name: Callable[[int], str], describe: Callable[[Priced], dict[str, Any]]
) -> dict[str, Any]:
    """Write a tree as nested dictionaries: leaves and what settles hold prices, others sites."""
    if branch.rest is not None:
        more = np.where(branch.rest.fixed == branch.fixed, FREE, branch.rest.fixed)
        return {
            "settled": describe(branch.priced),
            "open": [name(j) for j in np.flatnonzero(more == OPEN).tolist()],
            "shut": [name(j) for j in np.flatnonzero(more == SHUT).tolist()],
            "rest": written(branch.rest, name, describe),
        }
    if branch.halves is None:
        return describe(branch.priced)
    opened, shut = branch.halves
    return {
        "site": name(branch.site),
        "open": written(opened, name, describe),
        "shut": written(shut, name, describe),
    }
