"""Capacity: floating catchments by hand, assignments against an independent flow."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.access import prices
from siting.access.capacity import (
    accessibility,
    assign,
    gaussian_weights,
    step_weights,
    warm_up,
)
from siting.network import passes, searches
from siting.network.costs import CoverSets


def sets_of(*sites):
    """Cover sets from one dictionary {demand row: metres} per site."""
    rows = [sorted(site.items()) for site in sites]
    return CoverSets(
        np.cumsum([0, *map(len, rows)]),
        np.array([row for site in rows for row, _ in site], np.int32),
        np.array([metres * 1000 for site in rows for _, metres in site], np.int32),
    )


def test_step_weights_hold_up_to_their_limit():
    weigh = step_weights([(300, 1), (500, 0.68), (1000, 0.22)])
    costs = np.array([0, 300_000, 300_001, 500_000, 1_000_000, 1_000_001])
    assert weigh(costs).tolist() == [1, 1, 0.68, 0.68, 0.22, 0]


def test_there_may_be_more_steps_than_a_byte_counts():
    weigh = step_weights([(metres, metres / 1000) for metres in range(1, 401)])
    costs = np.array([1, 255_001, 256_000, 400_000, 400_001])
    assert weigh(costs).tolist() == [0.001, 0.256, 0.256, 0.4, 0]


def test_steps_weigh_alike_with_and_without_numba():
    costs = np.random.default_rng(0).integers(0, 1000, 10_000).astype(np.int32)
    limits, weights = np.array([0, 250, 250, 999], np.int32), np.array([1.0, 0.7, 0.5, 0.2, 0.0])
    compiled = passes.stepped(costs, limits, weights)
    assert compiled.tolist() == searches.stepped(costs, limits, weights).tolist()
    assert compiled.tolist() == [weights[sum(cost > limits)] for cost in costs]


def test_gaussian_weights_fall_from_one_to_nought():
    weights = gaussian_weights(500)(np.array([0, 250_000, 500_000, 900_000]))
    assert weights == pytest.approx([1, (np.exp(-0.125) - np.exp(-0.5)) / (1 - np.exp(-0.5)), 0, 0])


def test_catchments_add_up_on_paper():
    # site 0 serves rows 0 and 1, site 1 serves rows 1 and 2, site 2 nobody
    sets = sets_of({0: 100, 1: 400}, {1: 200, 2: 200}, {})
    found = accessibility(
        sets, people=[10, 20, 30], capacity=[24, 25, 9], weight=step_weights([(300, 1), (500, 0.7)])
    )
    ratios = [24 / (10 + 0.7 * 20), 25 / (20 + 30), 0]
    assert found.ratio == pytest.approx(ratios)
    assert found.places == pytest.approx([1.0, 0.7 * 1.0 + 0.5, 0.5])
    assert np.dot(found.places, [10, 20, 30]) == pytest.approx(24 + 25)


def test_a_site_that_reaches_nobody_shares_nothing():
    found = accessibility(
        sets_of({0: 100}, {}), people=[0, 5], capacity=[9, 9], weight=gaussian_weights(500)
    )
    assert found.places.tolist() == [0, 0]


def test_people_move_on_so_that_more_are_served():
    #  row 0 reaches both sites, row 1 only the nearer one of row 0
    sets = sets_of({0: 100, 1: 300}, {0: 900})
    for exact in (True, False):
        found = assign(sets, people=[5, 5], capacity=[5, 5], exact=exact)
        flows = list(zip(found.demand, found.site, found.people, strict=True))
        assert flows == [(0, 1, 5), (1, 0, 5)]
        assert found.unserved.tolist() == [0, 0]
        assert found.load.tolist() == [5, 5]
        assert found.walked_mm == 5 * 900_000 + 5 * 300_000


def test_a_building_may_be_split():
    found = assign(sets_of({0: 100}, {0: 200}), people=[8], capacity=[5, 2])
    assert (found.people.tolist(), found.unserved.tolist()) == ([5, 2], [1])


def test_warm_up_leaves_nothing_to_compile():
    warm_up()
    assert all(f.signatures for f in (prices._choose, prices._regret, prices._fill))
    assert prices._make_room.signatures


def test_nobody_and_nowhere():
    for exact in (True, False):
        none = assign(sets_of(), people=[3], capacity=[], exact=exact)
        assert (none.unserved.tolist(), none.gap) == ([3], 0.0)
        empty = assign(sets_of({}), people=[], capacity=[4], exact=exact)
        assert empty.load.tolist() == [0]


CASES = st.integers(1, 7).flatmap(
    lambda rows: st.tuples(
        st.lists(st.integers(0, 9), min_size=rows, max_size=rows),
        st.lists(
            st.tuples(
                st.integers(0, 12),
                st.dictionaries(st.integers(0, rows - 1), st.integers(0, 9), max_size=rows),
            ),
            min_size=1,
            max_size=5,
        ),
    )
)


def best_flow(people, sites):
    graph = nx.DiGraph()
    for row, count in enumerate(people):
        graph.add_edge("from", ("row", row), capacity=count, weight=0)
    for site, (places, within) in enumerate(sites):
        graph.add_edge(("site", site), "to", capacity=places, weight=0)
        for row, metres in within.items():
            graph.add_edge(("row", row), ("site", site), weight=metres * 1000)
    flow = nx.max_flow_min_cost(graph, "from", "to")
    return sum(flow["from"].values()), nx.cost_of_flow(graph, flow)


@given(case=CASES)
@settings(max_examples=150, deadline=None)
def test_assignments_agree_with_an_independent_flow(case):
    people, sites = case
    served, walked = best_flow(people, sites)
    sets = sets_of(*(within for _, within in sites))
    capacity = [places for places, _ in sites]
    for exact in (True, False):
        found = assign(sets, people=people, capacity=capacity, exact=exact)
        assert found.people.sum() == served
        assert (found.people > 0).all()
        assert (found.load <= capacity).all()
        assert (found.unserved >= 0).all()
        assert (
            found.unserved + np.bincount(found.demand, found.people, len(people)) == people
        ).all()
        metres = [sites[s][1][d] * 1000 for d, s in zip(found.demand, found.site, strict=True)]
        assert found.walked_mm == np.dot(metres, found.people)
        assert found.bound_mm <= walked <= found.walked_mm
        if exact:
            assert found.walked_mm == found.bound_mm == walked


def test_prices_come_near_the_least_walking():
    rng = np.random.default_rng(3)
    home, school = rng.random((2, 3000)) * 3000, rng.random((2, 40)) * 3000
    metres = np.abs(home[:, None, :] - school[:, :, None]).sum(axis=0)
    sets = sets_of(*({int(d): float(m[d]) for d in np.flatnonzero(m <= 1200)} for m in metres))
    people = rng.integers(0, 9, 3000)
    capacity = np.full(40, int(people.sum() / 40 * 1.05))
    best = assign(sets, people=people, capacity=capacity)
    fast = assign(sets, people=people, capacity=capacity, exact=False)
    assert fast.unserved.sum() == best.unserved.sum()
    assert fast.bound_mm <= best.walked_mm <= fast.walked_mm
    assert fast.gap < 0.05
