"""A search among many sites looks at few of them at a time (Caprara, Fischetti and Toth 1999).

At given prices most sites are worth far less than the last one that is chosen. So the descent runs
on those that are worth most, over rows merged anew. Its prices are carried back to all rows from
time to time: only there do they bound, and there a site shows that was left out wrongly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.ranking.prices import Priced, Search, descend

if TYPE_CHECKING:
    from siting.ranking.cover_model import Index, Ints
    from siting.ranking.coverage import Coverage

_FIRST, _MORE = 5, 100
"""The first part holds five times as many sites as may open, and a hundred more."""
_ROUND = 100
"""Steps between two looks at all sites."""
_WORTH = 0.03
"""Part of the gap that a round must close for another to follow."""
_NONE = np.zeros(0, np.int64)


def has_many_sites(relaxation: Coverage) -> bool:
    """Say whether a search looks at a part of the sites at a time."""
    return _first_width(relaxation) < relaxation.sites


def _first_width(relaxation: Coverage) -> int:
    return _FIRST * relaxation.choice.limits.count + _MORE


def bounded(relaxation: Coverage, state: Search, *, iterations: int) -> Priced:
    """Look for prices with a low bound for the whole model, and for better choices on the way.

    Parameters
    ----------
    relaxation, state
        The model, and the search with a good choice; it gets better choices and bounds.
    iterations
        Most steps, of whatever size.
    """
    nothing = np.zeros(relaxation.sites, np.int64)
    prices = relaxation.start_at(state.chosen)
    width = _first_width(relaxation)
    if not has_many_sites(relaxation):
        return descend(
            relaxation, state, iterations=iterations, fixed=nothing, start=prices, root=True
        )
    best = current = _everywhere(relaxation, state, prices, nothing)
    steps = 0
    while steps < iterations and not state.stop():
        over = best.total - state.value * relaxation.scale
        if over < relaxation.scale:
            break
        sites = np.union1d(relaxation.best_sites(current, width), state.chosen)
        found, made = _in_part(relaxation, state, current.prices, sites)
        steps += made
        current = _everywhere(relaxation, state, found.prices, found.share)
        gained = best.total - current.total
        best = min(best, current, key=lambda priced: priced.total)
        if 2 * (current.total - found.total) > over:  # sites were left out that matter
            width = min(2 * width, relaxation.sites)
        elif gained < over * _WORTH:
            break
    return best


def _everywhere(relaxation: Coverage, state: Search, prices: Ints, share: Ints) -> Priced:
    """Bound the whole model at some prices."""
    found = relaxation.evaluate(prices, np.zeros(relaxation.sites, np.int64))
    state.work += relaxation.work
    state.bound = min(state.bound, found.total // relaxation.scale)
    return Priced(prices, found.total, found.limit_price, share)


def _in_part(relaxation: Coverage, state: Search, prices: Ints, sites: Ints) -> tuple[Priced, int]:
    """Descend among some sites; returns prices of all rows, and the number of steps."""
    part, label = relaxation.narrowed(sites, _NONE)

    def forward(search: Search) -> bool:
        state.take(sites[search.chosen], search.value)
        return state.stop()

    inner = Search(
        np.searchsorted(sites, state.chosen), state.value, part.core.total, watch=forward
    )
    found = descend(
        part,
        inner,
        iterations=_ROUND,
        fixed=np.zeros(len(sites), np.int64),
        start=_lowered(relaxation, part, label, prices),
    )
    state.take(sites[inner.chosen], inner.value)
    state.work += inner.work
    share = np.zeros(relaxation.sites, np.int64)
    share[sites] = found.share
    lifted = _lifted(relaxation, part, label, found.prices)
    return Priced(lifted, found.total, found.limit_price, share), inner.work // part.work


def _lowered(relaxation: Coverage, part: Coverage, label: Index, prices: Ints) -> Ints:
    """Add up the prices of the rows that are one in the part."""
    rows = len(relaxation.weights)
    kept = label >= 0
    total = np.zeros(len(part.weights), np.int64)
    np.add.at(total, label[kept], prices[:rows][kept])
    return np.concatenate([total, prices[rows:]])


def _lifted(relaxation: Coverage, part: Coverage, label: Index, prices: Ints) -> Ints:
    """Share a merged row's price among its rows by people; rows of no site cost their people.

    Whatever rounding does, any whole prices give a bound.
    """
    rows, kept = len(part.weights), label >= 0
    lifted = relaxation.weights.copy()
    factor = prices[:rows] / part.weights
    lifted[kept] = np.floor(lifted[kept] * factor[label[kept]]).astype(np.int64)
    return np.concatenate([lifted, prices[rows:]])
