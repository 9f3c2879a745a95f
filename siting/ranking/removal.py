"""Which existing site is least needed: coverage read backwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.ranking.cover_model import EXISTING, FREE, MUST, NEVER
from siting.ranking.effort import NORMAL, Effort
from siting.ranking.kernels import counts
from siting.ranking.max_coverage import max_coverage

if TYPE_CHECKING:
    from siting.ranking.cover_model import CoverModel
    from siting.ranking.ranking import Ranking


def losses(model: CoverModel) -> pd.DataFrame:
    """Say how many people each existing site alone keeps covered.

    Returns
    -------
    pandas.DataFrame
        Least needed first, ties by id: ``site``, ``reached`` (people within reach), ``loss``
        (people whom only this site covers).
    """
    existing = np.flatnonzero(model.status == EXISTING)
    seen = counts(model.indptr, model.demand, existing, len(model.weights))
    alone = np.where((seen == 1) & ~model.covered, model.weights, 0)
    table = pd.DataFrame(
        {
            "site": [model.site_ids[j] for j in existing],
            "reached": [int(model.weights[model.rows(j)].sum()) for j in existing.tolist()],
            "loss": [int(alone[model.rows(j)].sum()) for j in existing.tolist()],
        }
    )
    return table.sort_values(["loss", "site"], ignore_index=True)


def keep(model: CoverModel, *, close: int, effort: Effort = NORMAL) -> Ranking:
    """Choose which existing sites to keep so that closing `close` of them loses fewest people.

    Closing the r least needed of m sites is covering most with m − r of them: the same model, and
    the same certificate. Sites marked as must-have are kept; free ones stay shut.

    Returns
    -------
    Ranking
        Of the sites to keep; those left out are the ones to close.
    """
    standing = as_choice(model)
    kept = int(np.isin(standing.status, (FREE, MUST)).sum()) - close
    return max_coverage(standing, sites=kept, effort=effort)


def as_choice(model: CoverModel) -> CoverModel:
    """Return the model in which every existing site may be kept or closed; the checker's, too."""
    status = np.where(model.status == FREE, NEVER, model.status)
    status = np.where(status == EXISTING, FREE, status)
    return replace(model, status=status.astype(np.int8), conflicts=model.conflicts[:0])
