"""Several rules at once: weights that put one strictly before the next, and what each rule gets.

The demand rows of the rules are stacked into one model (see `tasks.task`), so that every model,
bound and certificate of this floor holds for them as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.ranking.cover_model import EXISTING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from siting.ranking.cover_model import CoverModel

LARGEST = 2**52
"""Weights beyond this could not be priced finely enough."""


def strictly(totals: Sequence[int]) -> list[int]:
    """Return weights by which one person of a rule outweighs everybody of all later rules.

    `totals` are the people of each rule, the most important first.
    """
    weights = [1]
    for total in reversed(totals[1:]):
        weights.append(weights[-1] * (total + 1))
    return weights[::-1]


def covered_by(model: CoverModel, sites: Iterable[str]) -> int:
    """Return the people of one rule whom `sites`, existing ones and others outside cover."""
    at = {site: j for j, site in enumerate(model.site_ids)}
    opened = np.zeros(len(model.site_ids), np.bool_)
    opened[[at[site] for site in sites]] = True
    opened |= model.status == EXISTING
    rows = model.covered.copy()
    for j in np.flatnonzero(opened).tolist():
        rows[model.rows(j)] = True
    return int(model.weights[rows].sum())
