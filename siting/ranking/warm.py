"""Compile what rankings need once, so that no run of a user waits for it."""

from __future__ import annotations

import numpy as np

from siting.ranking.cover_model import cover_model
from siting.ranking.max_coverage import max_coverage
from siting.ranking.p_center import p_center
from siting.ranking.p_median import p_median
from siting.ranking.set_cover import set_cover


def warm_up() -> None:
    """Solve each model once, on four people and three sites that overlap."""
    model = cover_model(
        ["a", "b", "c"],
        np.array([0, 0, 1, 1, 2, 2]),
        np.array([0, 1, 1, 2, 2, 3]),
        weights=np.array([4, 3, 2, 1]),
        cost_mm=np.arange(1, 7),
    )
    max_coverage(model, sites=1)
    set_cover(model)
    every = cover_model(
        ["a", "b", "c"],
        np.repeat([0, 1, 2], 4),
        np.tile([0, 1, 2, 3], 3),
        weights=np.array([4, 3, 2, 1]),
        cost_mm=np.arange(1, 13),
    )
    p_median(every, sites=1)
    p_center(every, sites=1)
