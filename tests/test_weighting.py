"""The search for cheaper covers: it keeps every limit, gets no dearer, and leaves greedy behind."""

from dataclasses import replace

import numpy as np
from brute import cover_models
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.ranking.choice import choice_of
from siting.ranking.core import core_of
from siting.ranking.cover_model import MUST, cover_model
from siting.ranking.covering import covering
from siting.ranking.weighting import cheaper_cover

NOTHING = np.zeros(0, np.int64)


def searched(relaxation, start, *, steps, enough=0):
    core, choice = relaxation.core, relaxation.choice
    return cheaper_cover(
        core.indptr, core.row, core.by_row, core.row_site, core.weights, relaxation.cost,
        choice.rival_ptr, choice.rival, start, relaxation.spare, enough, steps,
    )  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(cover_models(sites=10, rows=25), st.booleans(), st.sampled_from([0, 0, 10, 40]))
def test_a_cover_stays_one_and_gets_no_dearer(model, by_cost, spare):
    model = replace(model, status=np.where(model.status == MUST, 0, model.status).astype(np.int8))
    choice = choice_of(model)
    cost = choice.cost if by_cost else np.ones_like(choice.cost)
    relaxation = covering(core_of(model), choice, cost, spare=spare)
    start, value = relaxation.offer(NOTHING)
    if value <= relaxation.impossible:
        return
    found = searched(relaxation, start, steps=60)
    assert found.tolist() == searched(relaxation, start, steps=60).tolist()
    assert relaxation.cost[found].sum() <= -value
    assert relaxation.core.total - relaxation.core.value(found) <= relaxation.spare
    assert not set(found.tolist()) & set(relaxation.choice.rivals_of(found).tolist())


def test_it_finds_what_greedy_does_not():
    rng = np.random.default_rng(4)
    site, demand = np.nonzero(rng.random((40, 150)) < 0.15)
    model = cover_model([f"{j:02}" for j in range(40)], site, demand, weights=np.ones(150, int))
    choice = choice_of(model)
    relaxation = covering(core_of(model), choice, np.ones_like(choice.cost), spare=0)
    start, _ = relaxation.offer(NOTHING)
    better = searched(relaxation, start, steps=2000)
    assert len(better) < len(start)
    assert len(searched(relaxation, start, steps=2000, enough=len(start))) == len(start)
