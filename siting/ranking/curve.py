"""How coverage grows with the number of sites, and from where on a further one gains little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.ranking.cover_model import MUST
from siting.ranking.effort import Effort
from siting.ranking.max_coverage import max_coverage

if TYPE_CHECKING:
    from siting.ranking.cover_model import CoverModel

QUICK = Effort(iterations=300, operations=1, solver_entries=-1)
"""A bound from prices alone for every number of sites."""


def coverage_curve(model: CoverModel, *, up_to: int, effort: Effort = QUICK) -> pd.DataFrame:
    """Cover most people with each number of sites, from the must-have ones alone to `up_to`.

    Returns
    -------
    pandas.DataFrame
        ``sites``, ``covered``, ``bound`` (certified), ``gain`` (people more than with one site
        less). Both columns never fall: a choice of fewer sites is a choice of more.
    """
    fewest = int((model.status == MUST).sum())
    rows = []
    for count in range(fewest, up_to + 1):
        found = max_coverage(model, sites=count, effort=effort)
        rows.append((count, found.objective, found.certified_bound))
    table = pd.DataFrame(rows, columns=["sites", "covered", "bound"])
    table["covered"] = table["covered"].cummax()
    table["bound"] = table["bound"].iloc[::-1].cummin().iloc[::-1]
    table["gain"] = table["covered"].diff().fillna(0).astype(np.int64)
    return table


def diminishing_point(curve: pd.DataFrame) -> int:
    """Return the number of sites after which each further one gains less than the average.

    That is where the curve lies highest above the straight line between its ends; ties go to fewer
    sites.
    """
    sites, covered = curve["sites"].to_numpy(), curve["covered"].to_numpy()
    width, height = int(sites[-1] - sites[0]), int(covered[-1] - covered[0])
    above = (covered - covered[0]) * width - (sites - sites[0]) * height
    return int(sites[np.argmax(above)])
