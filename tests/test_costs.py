"""Walking costs against an independent engine, and against sums on paper."""

import itertools
import os
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import NETWORKS, PLACES, placed, positions_of, streets_of, walking_costs
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString

from siting.network import cover, kernels, passes, searches, together
from siting.network import engine as network_engine
from siting.network.chains import build_streets
from siting.network.compiled import compiled
from siting.network.costs import (
    UNREACHABLE,
    OnSite,
    cover_sets,
    nearest_costs,
    on_site_pairs,
    straight_nearest,
)
from siting.network.noding import segments_from_lines
from siting.network.snap import NO_POSITION, Positions, obstacles, snap


def points(*xy_m):
    """Points with a position that stand nowhere on the network."""
    x, y = np.array(xy_m, np.float64).reshape(-1, 2).T * 1000
    none = np.full(len(x), -1, np.int32)
    return Positions(
        x.astype(np.int64),
        y.astype(np.int64),
        none,
        none * 0,
        none * 0,
        none,
        np.full(len(x), "too-far"),
    )


@pytest.fixture(params=[(kernels, passes), (searches, searches)], ids=["numba", "scipy"])
def engine(request, monkeypatch):
    """Numba, and what answers where it is missing."""
    search, around = request.param
    monkeypatch.setattr(network_engine, "search", search)
    monkeypatch.setattr(network_engine, "around", around)
    monkeypatch.setattr(network_engine, "together", None)


@pytest.fixture(
    params=[(kernels, passes, together), (kernels, passes, None), (searches, searches, None)],
    ids=["together", "one by one", "scipy"],
)
def cover_engine(request, monkeypatch):
    """What finds cover sets: for sites that reach near, for those that reach far, without numba."""
    for name, part in zip(("search", "around", "together"), request.param, strict=True):
        monkeypatch.setattr(network_engine, name, part)
    monkeypatch.setattr(cover, "_NEAR", np.inf)


# The engine is the same for all examples of a test.
EXAMPLES = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.usefixtures("engine")
@given(drawn=NETWORKS, demand=PLACES, facilities=PLACES, limit_m=st.sampled_from([None, 2, 4.5]))
@EXAMPLES
def test_nearest_costs_agree_with_networkx(drawn, demand, facilities, limit_m):
    streets = streets_of(drawn)
    demand, facilities = positions_of(streets, demand), positions_of(streets, facilities)
    expected = walking_costs(streets, demand, facilities)
    if limit_m is not None:
        expected[expected > limit_m * 1000] = np.inf
    for threads in (1, 2):
        cost, facility = nearest_costs(
            streets, demand=demand, facilities=facilities, limit_m=limit_m, threads=threads
        )
        assert cost.dtype == facility.dtype == np.int32
        for row, of_row in enumerate(expected):
            best = of_row.min(initial=np.inf)
            if np.isinf(best):
                assert (cost[row], facility[row]) == (UNREACHABLE, -1)
            else:
                assert (cost[row], facility[row]) == (best, np.flatnonzero(of_row == best)[0])


@pytest.mark.usefixtures("cover_engine")
@given(
    drawn=NETWORKS,
    demand=PLACES,
    sites=PLACES,
    cutoffs=st.lists(st.integers(-1, 6000), min_size=8, max_size=8),
)
@EXAMPLES
def test_cover_sets_agree_with_networkx(drawn, demand, sites, cutoffs):
    streets = streets_of(drawn)
    demand, sites = positions_of(streets, demand), positions_of(streets, sites)
    cutoff = np.array(cutoffs[: len(demand)], np.int64)
    expected = walking_costs(streets, demand, sites)
    expected[expected > cutoff[:, None]] = np.inf
    for threads in (1, 2):
        sets = cover_sets(streets, demand=demand, sites=sites, cutoff_mm=cutoff, threads=threads)
        assert len(sets.indptr) == len(sites) + 1
        for site in range(len(sites)):
            part = slice(sets.indptr[site], sets.indptr[site + 1])
            rows = np.flatnonzero(np.isfinite(expected[:, site]))
            assert sets.demand[part].tolist() == rows.tolist()
            assert sets.cost_mm[part].tolist() == expected[rows, site].tolist()


def within(expected, cutoff):
    """The nearest by a table of all costs: cost and facility, ties to the smallest."""
    if not expected.shape[1]:
        return np.full(len(expected), UNREACHABLE), np.full(len(expected), -1)
    best = expected.min(axis=1)
    found = best <= cutoff
    return np.where(found, best, UNREACHABLE), np.where(found, expected.argmin(axis=1), -1)


MEMBERS = st.lists(st.sets(st.integers(0, 7)), max_size=4)


@pytest.mark.usefixtures("engine")
@given(drawn=NETWORKS, demand=PLACES, facilities=PLACES, members=MEMBERS, data=st.data())
@EXAMPLES
def test_categories_at_once_agree_with_networkx(drawn, demand, facilities, members, data):
    streets = streets_of(drawn)
    demand, facilities = positions_of(streets, demand), positions_of(streets, facilities)
    categories = [sorted(m for m in member if m < len(facilities)) for member in members]
    shape = data.draw(st.sampled_from([(), (1,), (len(demand),), (len(categories), 1)]))
    cutoff = np.array(data.draw(st.lists(st.integers(-1, 6000), min_size=8, max_size=8)), np.int64)[
        : int(np.prod(shape))
    ].reshape(shape)
    expected = walking_costs(streets, demand, facilities)
    options = {"demand": demand, "facilities": facilities, "cutoff_mm": cutoff}
    for threads in (1, 2):
        found = nearest_costs(streets, categories=categories, threads=threads, **options)
        assert found.cost_mm.shape == found.facility.shape == (len(categories), len(demand))
        for number, rows in enumerate(categories):
            chosen = np.full(expected.shape, np.inf)
            chosen[:, rows] = expected[:, rows]
            limit = np.broadcast_to(cutoff, (len(categories), len(demand)))[number]
            cost, facility = within(chosen, limit)
            np.testing.assert_array_equal(found.cost_mm[number], cost)
            np.testing.assert_array_equal(found.facility[number], facility)


@given(
    drawn=NETWORKS,
    demand=PLACES,
    facilities=PLACES.filter(len),
    seed=st.integers(0, 99),
    limit_m=st.sampled_from([None, 3]),
)
@EXAMPLES
def test_order_of_the_input_changes_nothing(drawn, demand, facilities, seed, limit_m):
    streets = streets_of(drawn)
    demand, facilities = positions_of(streets, demand), positions_of(streets, facilities)
    rng = np.random.default_rng(seed)
    rows, places = rng.permutation(len(demand)), rng.permutation(len(facilities))
    member = rng.random((3, len(facilities))) < 0.6
    options = {"limit_m": limit_m, "threads": 2}
    found = nearest_costs(
        streets, demand=demand, facilities=facilities, categories=list(member), **options
    )
    order = [2, 0, 1]
    again = nearest_costs(
        streets,
        demand=demand.take(rows),
        facilities=facilities.take(places),
        categories=list(member[order][:, places]),
        **options,
    )
    np.testing.assert_array_equal(again.cost_mm, found.cost_mm[order][:, rows])
    # Whose row is smallest may change where two are equally near; that it serves may not.
    there = again.facility >= 0
    np.testing.assert_array_equal(there, found.facility[order][:, rows] >= 0)
    category, row = np.nonzero(there)
    assert member[order][category, places[again.facility[category, row]]].all()


@given(drawn=NETWORKS, demand=PLACES.filter(len), sites=PLACES.filter(len), seed=st.integers(0, 99))
@EXAMPLES
def test_order_of_the_input_moves_the_rows_of_cover_sets_and_nothing_else(
    drawn, demand, sites, seed
):
    streets = streets_of(drawn)
    demand, sites = positions_of(streets, demand), positions_of(streets, sites)
    rng = np.random.default_rng(seed)
    rows, places = rng.permutation(len(demand)), rng.permutation(len(sites))
    sets = cover_sets(streets, demand=demand, sites=sites, cutoff_m=4)
    again = cover_sets(
        streets, demand=demand.take(rows), sites=sites.take(places), cutoff_m=4, threads=2
    )

    def triples(found, row, place):
        site = np.repeat(np.arange(len(sites)), np.diff(found.indptr))
        return set(zip(place[site], row[found.demand], found.cost_mm.tolist(), strict=True))

    plain = np.arange(8)
    assert triples(again, rows, places) == triples(sets, plain, plain)


def test_categories_on_paper():
    #  school ──100 m── home ──200 m── nursery ──100 m── school
    lines = gpd.GeoSeries([LineString([(0, 0), (400, 0)]), LineString([(100, 0), (100, 50)])])
    streets = build_streets(**segments_from_lines(lines))
    home = snap([100_000], [0], streets=streets, min_component=1)
    places = snap([400_000, 0, 300_000], [0] * 3, streets=streets, min_component=1)
    schools, nurseries = [0, 1], np.array([False, False, True])
    options = {"demand": home, "facilities": places, "categories": [schools, nurseries, schools]}
    found = nearest_costs(streets, cutoff_mm=[[300_000], [200_000], [99_999]], **options)
    assert found.cost_mm.tolist() == [[100_000], [200_000], [UNREACHABLE]]
    assert found.facility.tolist() == [[1], [2], [-1]]
    near = OnSite(*(np.array([value], np.int32) for value in (0, 2, 70)))
    found = nearest_costs(streets, limit_m=0.07, on_site=near, **options)
    assert found.facility.tolist() == [[-1], [2], [-1]]


@pytest.mark.usefixtures("engine")
def test_who_stands_at_a_junction_needs_one_way_only():
    """Places at the ends of edges, where the other end of the edge is left out of the search."""
    rng = np.random.default_rng(4)
    drawn = [(*row, 1000, 900) for row in rng.integers(0, 6, (30, 4)).tolist()]
    streets = streets_of(drawn)
    edge = np.tile(np.arange(len(streets.edge_u)), 2)
    offset = np.where(np.arange(len(edge)) < len(streets.edge_u), 0, streets.length_mm[edge])
    everyone = placed(edge, offset, edge % 3)
    expected = walking_costs(streets, everyone, everyone)
    sets = cover_sets(streets, demand=everyone, sites=everyone, cutoff_m=3)
    site, row = np.nonzero(expected.T <= 3000)
    assert sets.demand.tolist() == row.tolist()
    assert sets.cost_mm.tolist() == expected.T[site, row].tolist()
    cost, _ = nearest_costs(streets, demand=everyone, facilities=everyone.take([5, 9]))
    best = expected[:, [5, 9]].min(axis=1)
    np.testing.assert_array_equal(cost, np.where(np.isinf(best), UNREACHABLE, best))


def test_costs_add_up_on_paper():
    #   (0,0) ──1000 m── (1000,0) ──500 m── (1500,0); the middle is a junction by (1000,80)
    lines = [LineString([(0, 0), (1000, 0), (1500, 0)]), LineString([(1000, 0), (1000, 80)])]
    streets = build_streets(**segments_from_lines(gpd.GeoSeries(lines)))
    homes = snap([400_000, 1_400_000], [7_000, -8_000], streets=streets, min_component=1)
    schools = snap([900_000], [30_000], streets=streets, min_component=1)
    cost, facility = nearest_costs(streets, demand=homes, facilities=schools)
    # leg 7 + 500 along the edge + leg 30; leg 8 + 400 + 100 + leg 30
    assert cost.tolist() == [7_000 + 500_000 + 30_000, 8_000 + 400_000 + 100_000 + 30_000]
    assert facility.tolist() == [0, 0]
    exact = nearest_costs(streets, demand=homes, facilities=schools, limit_m=537)
    assert exact.facility.tolist() == [0, -1]  # the limit itself is within it; 538 m is not
    sets = cover_sets(streets, demand=homes, sites=schools, cutoff_m=538)
    assert sets.demand.tolist() == [0, 1]


def test_one_way_costs_run_from_demand_to_facility():
    streets = build_streets(
        x_mm=[0, 1000],
        y_mm=[0, 0],
        segment_u=[0],
        segment_v=[1],
        segment_line=[0],
        factor_uv_permille=[2000],
        factor_vu_permille=[500],
    )
    low, high = placed([0], [0], [0]), placed([0], [1000], [0])
    assert nearest_costs(streets, demand=low, facilities=high).cost_mm.tolist() == [2000]
    assert nearest_costs(streets, demand=high, facilities=low).cost_mm.tolist() == [500]


def test_ties_go_to_the_smallest_facility():
    lines = gpd.GeoSeries([LineString([(0, 0), (2, 0), (4, 0)]), LineString([(2, 0), (2, 9)])])
    streets = build_streets(**segments_from_lines(lines))
    demand = snap([2000], [5000], streets=streets, min_component=1)
    for x in ([0, 4000], [4000, 0], [4000, 4000]):
        facilities = snap(x, [0, 0], streets=streets, min_component=1)
        assert nearest_costs(streets, demand=demand, facilities=facilities).facility.tolist() == [0]


def test_premises_count_straight_where_that_is_shorter():
    lines = gpd.GeoSeries([LineString([(0, 0), (100, 0)])])
    streets = build_streets(**segments_from_lines(lines))
    homes = snap([0, 50_000, 0], [40_000, 0, 10**9], streets=streets, min_component=1)
    school = snap([20_000], [40_000], streets=streets, min_component=1)
    pairs = on_site_pairs(demand=homes, facilities=school)
    assert (pairs.demand.tolist(), pairs.straight_mm.tolist()) == (
        [0],
        [20_000],
    )  # 50 m is not < 50
    options = {"demand": homes, "on_site": pairs}
    cost = nearest_costs(streets, facilities=school, **options).cost_mm
    assert cost.tolist() == [20_000, 70_000, UNREACHABLE]
    sets = cover_sets(streets, sites=school, cutoff_m=70, **options)
    assert sets.demand.tolist() == [0, 1]
    assert sets.cost_mm.tolist() == [20_000, 70_000]
    stretched = OnSite(pairs.demand, pairs.facility, pairs.straight_mm + 100_000)
    options["on_site"] = stretched
    assert nearest_costs(streets, facilities=school, **options).cost_mm[0] == 100_000


def test_premises_end_at_a_wall():
    wall = obstacles(barriers=gpd.GeoSeries([LineString([(5, -1), (5, 1)])]))
    home, schools = points((0, 0)), points((10, 0), (0, 30), (0, 50))
    pairs = on_site_pairs(demand=home, facilities=schools, obstacles=wall)
    assert pairs.facility.tolist() == [1]
    assert on_site_pairs(demand=home, facilities=schools).facility.tolist() == [0, 1]


def test_premises_among_a_choice_of_facilities():
    pairs = OnSite(*(np.array(a, np.int32) for a in ([0, 0, 4], [1, 5, 7], [10, 20, 30])))
    chosen = pairs.among(np.array([0, 5, 7]))
    assert chosen.demand.tolist() == [0, 4]
    assert chosen.facility.tolist() == [1, 2]
    assert chosen.straight_mm.tolist() == [20, 30]
    assert not len(pairs.among(np.array([], int)).demand)


def test_nobody_and_nowhere_are_answers():
    streets = streets_of([(0, 0, 1, 0, 1000, 1000)])
    some, none = placed([0, -1], [500, 0], [0, 0]), placed([], [], [])
    assert nearest_costs(streets, demand=some, facilities=none).facility.tolist() == [-1, -1]
    assert nearest_costs(streets, demand=none, facilities=some).cost_mm.tolist() == []
    assert cover_sets(streets, demand=none, sites=some, cutoff_m=9).indptr.tolist() == [0, 0, 0]
    assert cover_sets(streets, demand=some, sites=none, cutoff_m=9).indptr.tolist() == [0]
    assert on_site_pairs(demand=none, facilities=some).demand.tolist() == []
    assert on_site_pairs(demand=some, facilities=none).demand.tolist() == []
    assert straight_nearest(demand=some, facilities=none).facility.tolist() == [-1, -1]


@pytest.mark.usefixtures("engine")
def test_steps_of_less_than_a_millimetre_cost_nothing():
    streets = build_streets(
        x_mm=[0, 1, 2, 1],
        y_mm=[0, 0, 0, 1],
        segment_u=[0, 1, 1],
        segment_v=[1, 2, 3],
        segment_line=[0, 0, 0],
        factor_uv_permille=[400, 400, 1000],
    )
    edge = np.arange(3, dtype=np.int32)
    ends = placed(edge, streets.length_mm, edge * 0)
    sites = placed([0, 0], [0, 0], [0, 0])
    expected = walking_costs(streets, ends, sites)
    sets = cover_sets(streets, demand=ends, sites=sites, cutoff_m=0.001)
    assert sets.cost_mm.tolist() == expected.T[expected.T <= 1].tolist()
    assert nearest_costs(streets, demand=ends, facilities=sites).facility.tolist() == [0, 0, 0]


@given(
    people=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6),
    places=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20),
)
@settings(max_examples=100, deadline=None)
def test_straight_nearest_is_exact_with_ties_to_the_smallest_row(people, places):
    straight, facility = straight_nearest(demand=points(*people), facilities=points(*places))
    for row, (x, y) in enumerate(people):
        squares = [(x - a) ** 2 + (y - b) ** 2 for a, b in places]
        assert facility[row] == squares.index(min(squares))
        assert straight[row] == pytest.approx(min(squares) ** 0.5 * 1000, abs=0.5)


def test_straight_nearest_without_a_position():
    demand = points((0, 0), (1, 1))
    demand.x_mm[1] = NO_POSITION
    assert straight_nearest(demand=demand, facilities=points((3, 4))).straight_mm.tolist() == [
        5000,
        UNREACHABLE,
    ]


def test_many_overlapping_searches_end_in_one_heap_with_the_same_labels():
    """A long street with a facility at every node: searches one by one would flood it."""
    count = 400
    streets = build_streets(
        x_mm=np.repeat(np.arange(count) * 1000, 2),
        y_mm=np.tile([0, 300], count),
        segment_u=np.concatenate([np.arange(0, 2 * count, 2), np.arange(0, 2 * count - 2, 2)]),
        segment_v=np.concatenate([np.arange(1, 2 * count, 2), np.arange(2, 2 * count, 2)]),
        segment_line=np.zeros(2 * count - 1, int),
    )
    rng = np.random.default_rng(1)
    edge = rng.permutation(len(streets.edge_u)).astype(np.int32)
    facilities = placed(edge, streets.length_mm[edge] // 2, rng.integers(0, 9000, len(edge)))
    demand = placed(edge, edge * 0, edge * 0)
    cost, facility = nearest_costs(streets, demand=demand, facilities=facilities)
    expected = walking_costs(streets, demand.take(np.arange(20)), facilities)
    np.testing.assert_array_equal(cost[:20], expected.min(axis=1))
    np.testing.assert_array_equal(facility[:20], expected.argmin(axis=1))


@pytest.mark.usefixtures("cover_engine")
def test_searches_that_go_far_agree_with_scipy_and_grow_as_they_go():
    side = 140
    node = np.arange(side * side).reshape(side, side)
    rng = np.random.default_rng(2)
    streets = build_streets(
        x_mm=(np.arange(side * side) % side) * 10_000 + rng.integers(0, 5000, side * side),
        y_mm=(np.arange(side * side) // side) * 10_000 + rng.integers(0, 5000, side * side),
        segment_u=np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()]),
        segment_v=np.concatenate([node[:, 1:].ravel(), node[1:].ravel()]),
        segment_line=np.zeros(2 * side * (side - 1), int),
    )
    u, v, weight = streets.edge_u, streets.edge_v, streets.length_mm.astype(float)
    graph = csr_array((weight, (u, v)), shape=[len(streets.node_x_mm)] * 2)
    first = np.unique(u, return_index=True)[1]  # one edge that starts at each such node
    demand = placed(first, first * 0, first * 0)
    sites = demand.take(rng.choice(len(first), 43, replace=False))
    expected = dijkstra(graph, directed=False, indices=u[sites.edge])[:, u[first]]
    assert len(first) > 2**14  # more than there is room for to begin with
    sets = cover_sets(streets, demand=demand, sites=sites, cutoff_m=4000)
    np.testing.assert_array_equal(sets.cost_mm.reshape(43, -1), expected)
    cost, facility = nearest_costs(streets, demand=demand, facilities=sites)
    np.testing.assert_array_equal(cost, expected.min(axis=0))
    np.testing.assert_array_equal(facility, expected.argmin(axis=0))


def test_eight_costs_are_lowered_as_by_numpy():
    rng = np.random.default_rng(4)
    edge = [0, 1, 2**31 - 2, 2**31 - 1]
    costs = np.array([*rng.integers(0, 2**31, 60), *edge], np.uint32).reshape(-1, together.LANES)
    lower = compiled(lambda *values: together.lower(*values))  # noqa: PLW0108 – numba's own
    for row, source, more, most in itertools.product(range(8), range(8), edge, edge):
        one, other = costs.copy(), costs.copy()
        bits = lower(
            one, np.uint64(row), costs, np.uint64(source), np.uint32(more), np.uint32(most)
        )
        assert bits == together._lower(other, row, costs, source, more, most)
        np.testing.assert_array_equal(one, other)


MEMORY = """
import resource
import numpy as np
from oracle import placed
from siting.network.costs import PAIRS_AT_ONCE, cover_parts, cover_sets
from siting.network.chains import build_streets

side = 90
node = np.arange(side * side).reshape(side, side)
streets = build_streets(
    x_mm=node.ravel() % side * 10_000, y_mm=node.ravel() // side * 10_000,
    segment_u=np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()]),
    segment_v=np.concatenate([node[:, 1:].ravel(), node[1:].ravel()]),
    segment_line=np.zeros(2 * side * (side - 1), int),
)
edge = np.arange(len(streets.edge_u), dtype=np.int32)
everyone = placed(edge, edge * 0, edge * 0)
options = {"demand": everyone, "sites": everyone, "threads": 2}
small = cover_sets(streets, cutoff_m=10, **options)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
parts = sum(len(part.demand) for part in cover_parts(streets, cutoff_m=200, **options))
streamed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sets = cover_sets(streets, cutoff_m=200, **options)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert parts == len(sets.demand) > 2 * PAIRS_AT_ONCE
print(len(sets.demand), (streamed - before) * 1024, (after - before) * 1024)
"""


def test_cover_sets_take_eight_bytes_a_pair_and_streamed_ones_none():
    done = subprocess.run(
        [sys.executable, "-c", MEMORY],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    pairs, streamed, whole = map(int, done.stdout.split())
    making = 2 * 24 * 2**20 * 1.5
    assert streamed < making
    assert whole < 8 * pairs + making
