"""What holds of every model, however little effort: bounds, fixed sites, order of input."""

import numpy as np
import pytest
from brute import cover_models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.ranking.capacitated import capacitated
from siting.ranking.checker import check
from siting.ranking.cover_model import MUST, cover_model
from siting.ranking.effort import Effort
from siting.ranking.max_coverage import max_coverage
from siting.ranking.p_center import p_center
from siting.ranking.p_median import p_median
from siting.ranking.set_cover import set_cover

LITTLE = Effort(iterations=10, operations=1, solver_entries=-1)
MODELS = {
    "max-coverage": max_coverage,
    "capacitated": capacitated,
    "set-cover": lambda model, effort, **_: set_cover(model, share=0.8, effort=effort),
    "p-median": p_median,
    "p-center": p_center,
}


def shuffled(model, order):
    """Return the same model, its sites given in another order."""
    of_site = np.repeat(np.arange(len(order)), np.diff(model.indptr))
    place = np.argsort(order)
    return cover_model(
        [model.site_ids[j] for j in order],
        place[of_site],
        model.demand,
        weights=model.weights,
        covered=model.covered,
        status=model.status[order],
        site_cost=model.site_cost[order],
        conflicts=place[model.conflicts],
        cost_mm=model.cost_mm,
        capacity=model.capacity[order],
    )


@pytest.mark.parametrize("name", MODELS)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.differing_executors])
@given(model=cover_models(sites=9, rows=25, dense=(0.3, 0.7, 1.0)), data=st.data())
def test_bound_fixed_sites_and_order_of_input(name, model, data):
    order = np.array(data.draw(st.permutations(range(len(model.site_ids)))))
    try:
        found = MODELS[name](model, sites=3, effort=LITTLE)
    except DataError:
        return
    assert check(found.certificate, model) == []
    assert MODELS[name](shuffled(model, order), sites=3, effort=LITTLE).certificate == (
        found.certificate
    )
    if found.objective is None:
        return
    fixed = {site for site, s in zip(model.site_ids, model.status, strict=True) if s == MUST}
    assert fixed <= set(found.sites)
    if name in ("max-coverage", "capacitated"):
        assert found.objective <= found.certified_bound
    else:
        assert found.objective >= found.certified_bound


@pytest.mark.parametrize(
    ("name", "better"),
    [("max-coverage", 1), ("capacitated", 1), ("p-median", -1), ("p-center", -1)],
)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.differing_executors])
@given(model=cover_models(plain=True, rows=12, dense=(0.5, 1.0)), count=st.integers(1, 4))
def test_one_site_more_never_does_less(name, better, model, count):
    effort = Effort(iterations=200, solver_entries=-1)
    fewer = MODELS[name](model, sites=count, effort=effort)
    more = MODELS[name](model, sites=count + 1, effort=effort)
    if fewer.objective is not None:
        assert fewer.status == more.status == "optimal"
        assert better * more.objective >= better * fewer.objective
