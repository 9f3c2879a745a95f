"""Who goes where once the sites are chosen: as many people as possible, at the least total cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from siting.ranking.cover_model import EXISTING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.ranking.cover_model import CoverModel


def assigned(model: CoverModel, sites: Iterable[str]) -> pd.DataFrame:
    """Send people to places: as many as possible, and then at the least total cost.

    Parameters
    ----------
    model
        Cover sets with costs and capacities.
    sites
        The sites that open beside the existing ones.

    Returns
    -------
    pandas.DataFrame
        ``demand`` (row), ``site`` (id), ``people``, ``cost_mm``; one line per pair that is used.
    """
    if model.cost_mm is None or model.capacity is None:
        raise ValueError("the model has no costs or no capacities")
    at = {site: j for j, site in enumerate(model.site_ids)}
    opened = np.unique([*np.flatnonzero(model.status == EXISTING), *(at[s] for s in sites)])
    of_site = np.repeat(np.arange(len(model.site_ids)), np.diff(model.indptr))
    keep = np.isin(of_site, opened) & ((model.weights > 0) & ~model.covered)[model.demand]
    demand, site, cost = model.demand[keep], of_site[keep], model.cost_mm[keep]
    n, k = len(model.weights), len(model.site_ids)
    people = np.where(model.covered, 0, model.weights)
    unserved = int(cost.max(initial=0)) * (len(opened) + 1) + 1
    flow = SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.r_[demand, np.arange(n), n + np.arange(k)].astype(np.int32),
        np.r_[n + site, np.full(n + k, n + k)].astype(np.int32),
        np.r_[people[demand], people, model.capacity],
        np.r_[cost, np.full(n, unserved), np.zeros(k, np.int64)],
    )
    flow.set_nodes_supplies(
        np.arange(n + k + 1, dtype=np.int32), np.r_[people, np.zeros(k, np.int64), -people.sum()]
    )
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("no flow, although everybody may stay unserved")
    sent = flow.flows(np.arange(len(demand), dtype=np.int32))
    used = sent > 0
    return pd.DataFrame(
        {
            "demand": demand[used],
            "site": np.array(model.site_ids, dtype=object)[site[used]],
            "people": sent[used],
            "cost_mm": cost[used],
        }
    )
