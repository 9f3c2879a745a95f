"""Small random models and their best answers by trying every choice: the oracle of this floor."""

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from siting.ranking.cover_model import EXISTING, MUST, NEVER, cover_model


@st.composite
def cover_models(draw, *, sites=7, rows=14, plain=False, costs=False):
    """Draw a model with few sites; `plain` leaves out statuses, conflicts and covered rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    k, n = draw(st.integers(1, sites)), draw(st.integers(1, rows))
    site, demand = np.nonzero(rng.random((k, n)) < draw(st.sampled_from([0.15, 0.3, 0.6])))
    pairs = [] if plain else [p for p in combinations(range(k), 2) if rng.random() < 0.15]
    return cover_model(
        [f"s{i}" for i in rng.permutation(k)],
        site,
        demand,
        weights=rng.integers(0, 20, n),
        covered=None if plain else rng.random(n) < 0.1,
        status=None if plain else rng.choice([0, 0, 0, 0, 1, 2, 3], k),
        site_cost=rng.integers(1, 9, k),
        conflicts=pairs,
        cost_mm=rng.integers(0, 30, len(site)) if costs else None,
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


def reached(model, chosen):
    """Return the rows that `chosen`, the existing sites and what is outside cover."""
    rows = model.covered.copy()
    for j in range(len(model.site_ids)):
        if j in chosen or model.status[j] == EXISTING:
            rows[model.rows(j)] = True
    return rows


def covered(model, chosen):
    """Return the people among them."""
    return int(model.weights[reached(model, chosen)].sum())
