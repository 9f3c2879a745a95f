"""spopt as a peer, on its own test data (San Francisco: 16 stores, 205 census tracts)."""

from importlib.resources import files

import numpy as np
import pandas as pd
import pulp
import pytest
from spopt import locate

from siting.ranking.cover_model import cover_model, within
from siting.ranking.max_coverage import max_coverage
from siting.ranking.p_center import p_center
from siting.ranking.p_median import p_median
from siting.ranking.set_cover import set_cover

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pulp about spopt's calls

DATA = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"


@pytest.fixture(scope="module")
def stores():
    """Return the model and the dense matrix of costs in millimetres that spopt wants."""
    table = pd.read_csv(files("spopt") / "tests" / "test_locate" / "data" / DATA)
    table["cost_mm"] = np.rint(table["distance"] * 1000).astype(int)
    costs = table.pivot_table(index="DestinationName", columns="name", values="cost_mm")
    people = table.groupby("DestinationName")["demand"].first().loc[costs.index].to_numpy()
    demand, site = (at.ravel() for at in np.indices(costs.shape))
    model = cover_model(
        list(costs.columns), site, demand, weights=people, cost_mm=costs.to_numpy().ravel()
    )
    return model, costs.to_numpy().astype(int), people


def solved(problem):
    """Solve with CBC; return the objective."""
    problem.solve(pulp.PULP_CBC_CMD(msg=False))
    return round(pulp.value(problem.problem.objective))


@pytest.mark.parametrize("count", [2, 4])
def test_maximal_coverage(stores, count):
    model, costs, people = stores
    peer = locate.MCLP.from_cost_matrix(costs, people, 5_000_000, p_facilities=count)
    found = max_coverage(within(model, 5_000_000), sites=count)
    assert (found.status, found.objective) == ("optimal", solved(peer))


def test_set_cover(stores):
    model, costs, _ = stores
    peer = locate.LSCP.from_cost_matrix(costs, 8_000_000)
    found = set_cover(within(model, 8_000_000))
    assert (found.status, found.objective) == ("optimal", solved(peer))


def test_median(stores):
    model, costs, people = stores
    peer = locate.PMedian.from_cost_matrix(costs, people, p_facilities=4)
    found = p_median(model, sites=4)
    assert (found.status, found.objective) == ("optimal", solved(peer))


def test_center(stores):
    model, costs, _ = stores
    peer = locate.PCenter.from_cost_matrix(costs, p_facilities=4)
    found = p_center(model, sites=4)
    assert (found.status, found.objective) == ("optimal", solved(peer))
