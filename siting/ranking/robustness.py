"""Whether a ranking survives another reading, other people, another walking speed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.ranking.cover_model import within
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.max_coverage import max_coverage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siting.ranking.cover_model import CoverModel
    from siting.ranking.ranking import Ranking


def rank_readings(
    readings: Mapping[str, CoverModel],
    *,
    sites: int | None = None,
    budget: int | None = None,
    effort: Effort = NORMAL,
) -> dict[str, Ranking]:
    """Rank the sites of every reading, in the order given."""
    return {
        name: max_coverage(model, sites=sites, budget=budget, effort=effort)
        for name, model in readings.items()
    }


def robust_shares(main: Ranking, others: Mapping[str, Ranking]) -> pd.DataFrame:
    """Say for each site of the main ranking in how many other readings it is chosen again.

    Returns
    -------
    pandas.DataFrame
        In the order of the main ranking: ``site``, ``robust_share`` (share of the readings that
        choose it; 1 if there are none), ``drops_out`` (the first reading that does not, or empty).
    """
    rows = []
    for site in main.sites:
        without = [name for name, ranking in others.items() if site not in ranking.sites]
        share = 1 - len(without) / len(others) if others else 1.0
        rows.append((site, share, without[0] if without else ""))
    return pd.DataFrame(rows, columns=["site", "robust_share", "drops_out"])


def other_people(model: CoverModel, *, spread: float, seed: int) -> CoverModel:
    """Change the people of every row at random by up to ± `spread` (a share), rounded half up."""
    factor = np.random.default_rng(seed).uniform(1 - spread, 1 + spread, len(model.weights))
    return replace(model, weights=np.floor(model.weights * factor + 0.5).astype(np.int64))


def other_speed(model: CoverModel, cutoff_mm: int, *, factor: float) -> CoverModel:
    """Let people walk `factor` times as far within the same time.

    The model must hold the pairs up to the longest cutoff that is asked for.
    """
    return within(model, int(cutoff_mm * factor))
