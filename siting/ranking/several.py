"""Several rules at once: weighted together, or one strictly before the next.

The demand rows of the rules are stacked into one model, so that every model, bound and certificate
of this floor holds for them as it is. The sites must be the same in all.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from siting.ranking.cover_model import EXISTING, CoverModel, cover_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST = 2**52
"""Weights beyond this could not be priced finely enough."""


def stacked(models: Sequence[CoverModel], weights: Sequence[float | Fraction]) -> CoverModel:
    """Put the demand of several rules below one another, each person weighing as the rule does.

    Parameters
    ----------
    models
        One per rule, over the same sites; statuses, prices and conflicts are those of the first.
    weights
        What a person of each rule counts, as decimal numbers; they are made whole together, so that
        1 and 1.5 become 2 and 3.

    Raises
    ------
    ValueError
        If the sites differ, or the weights become too large.
    """
    first = models[0]
    if any(model.site_ids != first.site_ids for model in models):
        raise ValueError("the rules must be over the same sites")
    shares = [Fraction(str(weight)) for weight in weights]
    common = lcm(*(share.denominator for share in shares))
    whole = [int(share * common) for share in shares]
    if sum(w * int(m.weights.sum()) for w, m in zip(whole, models, strict=True)) > LARGEST:
        raise ValueError("too many people for weights so far apart")
    offsets = np.cumsum([0, *(len(model.weights) for model in models)])
    k = np.arange(len(first.site_ids))
    together = cover_model(
        first.site_ids,
        np.concatenate([np.repeat(k, np.diff(model.indptr)) for model in models]),
        np.concatenate([m.demand + at for m, at in zip(models, offsets, strict=False)]),
        weights=np.concatenate([m.weights * w for m, w in zip(models, whole, strict=True)]),
        covered=np.concatenate([model.covered for model in models]),
    )
    return replace(
        together, status=first.status, site_cost=first.site_cost, conflicts=first.conflicts
    )


def priorities(models: Sequence[CoverModel]) -> list[int]:
    """Return weights that put each rule strictly before all later ones."""
    return strictly([int(model.weights.sum()) for model in models])


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
