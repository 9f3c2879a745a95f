"""Small random models and their best answers by trying every choice: the oracle of this floor."""

from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from siting.ranking.cover_model import EXISTING, MUST, NEVER, cover_model

LIMITS = st.one_of(
    st.fixed_dictionaries({"sites": st.integers(0, 5)}),
    st.fixed_dictionaries({"budget": st.integers(0, 25)}),
    st.fixed_dictionaries({"sites": st.integers(0, 5), "budget": st.integers(0, 25)}),
)


@st.composite
def cover_models(draw, *, sites=7, rows=14, plain=False, dense=(0.15, 0.3, 0.6)):
    """Draw a model with few sites; `plain` leaves out statuses, conflicts and covered rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    k, n = draw(st.integers(1, sites)), draw(st.integers(1, rows))
    site, demand = np.nonzero(rng.random((k, n)) < draw(st.sampled_from(dense)))
    pairs = [] if plain else [p for p in combinations(range(k), 2) if rng.random() < 0.1]
    return cover_model(
        [f"s{i}" for i in rng.permutation(k)],
        site,
        demand,
        weights=rng.integers(0, 20, n),
        covered=None if plain else rng.random(n) < 0.1,
        status=None if plain else rng.choice([0, 0, 0, 0, 1, 2, 3], k),
        site_cost=rng.integers(1, 9, k),
        conflicts=pairs,
        cost_mm=rng.integers(0, 60, len(site)),
        capacity=rng.integers(0, 60, k),
    )


def choices(model, *, sites=None, budget=None):
    """Yield every choice of sites that keeps the limits, the must-have sites among them."""
    k = len(model.site_ids)
    existing = {j for j in range(k) if model.status[j] == EXISTING}
    must = {j for j in range(k) if model.status[j] == MUST}
    open_to_choice = [j for j in range(k) if model.status[j] not in (NEVER, EXISTING)]
    for count in range(min(k if sites is None else sites, k) + 1):
        for chosen in map(set, combinations(open_to_choice, count)):
            together = chosen | existing
            if (
                must <= chosen
                and (budget is None or sum(model.site_cost[list(chosen)]) <= budget)
                and not any(
                    {a, b} <= together and {a, b} & chosen for a, b in model.conflicts.tolist()
                )
            ):
                yield chosen


def standing(model, chosen):
    """Return the sites that are open when `chosen` are."""
    return [j for j in range(len(model.site_ids)) if j in chosen or model.status[j] == EXISTING]


def covered(model, chosen):
    """Return the people covered by open sites, or already."""
    rows = model.covered.copy()
    for j in standing(model, chosen):
        rows[model.rows(j)] = True
    return int(model.weights[rows].sum())


def walks(model, chosen):
    """Return people and least cost of each row that matters; None if one has no open site."""
    cost = {}
    for j in standing(model, chosen):
        part = slice(model.indptr[j], model.indptr[j + 1])
        for i, c in zip(model.demand[part].tolist(), model.cost_mm[part].tolist(), strict=True):
            cost[i] = min(c, cost.get(i, c))
    rows = np.flatnonzero((model.weights > 0) & ~model.covered).tolist()
    return None if set(rows) - set(cost) else [(int(model.weights[i]), cost[i]) for i in rows]


def served(model, chosen):
    """Return the people for whom there is a place, by networkx."""
    flow = nx.DiGraph()
    flow.add_nodes_from(["source", "sink"])
    for j in standing(model, chosen):
        flow.add_edge(("site", j), "sink", capacity=int(model.capacity[j]))
        for i in model.rows(j).tolist():
            if not model.covered[i]:
                flow.add_edge("source", i, capacity=int(model.weights[i]))
                flow.add_edge(i, ("site", j))
    return nx.maximum_flow_value(flow, "source", "sink") + int(model.weights[model.covered].sum())
