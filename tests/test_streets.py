"""Streets: noding, contraction, order, and the numbers of the arrays."""

import pickle

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString

from siting.errors import DataError
from siting.network.chains import build_streets
from siting.network.noding import hilbert, segments_from_lines

# A lollipop and a ring (metres):
#
#   (1,1)──(2,1)
#     │      │          (6,6)
#   (1,0)──(2,0)        /   │
#     │              (5,5)─(6,5)
#   (0,0) and so on, anticlockwise
LOLLIPOP = [
    LineString([(0, 0), (1, 0)]),
    LineString([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0)]),
    LineString([(5, 5), (6, 5), (6, 6), (5, 5)]),
]


def streets_of(lines, **options):
    return build_streets(**segments_from_lines(gpd.GeoSeries(lines)), **options)


def polyline(streets, edge):
    part = slice(streets.vertex_start[edge], streets.vertex_start[edge + 1])
    return list(zip(streets.vertex_x_mm[part], streets.vertex_y_mm[part], strict=True))


def test_chains_become_edges_and_loops_and_rings_stay():
    streets = streets_of(LOLLIPOP)
    assert streets.source_nodes == 8
    assert list(zip(streets.edge_u, streets.edge_v, strict=True)) == [(0, 1), (1, 1), (2, 2)]
    assert streets.length_mm.tolist() == [1000, 4000, 1000 + 1000 + 1414]
    assert streets.cost_uv_mm.tolist() == streets.length_mm.tolist()
    assert np.split(streets.vertex_at_mm, streets.vertex_start[1:-1])[1].tolist() == [
        *range(0, 5000, 1000)
    ]
    assert streets.component.tolist() == [0, 0, 1]
    assert streets.component_size.tolist() == [5, 3]  # counted before contraction
    assert streets.edge_line.tolist() == [0, 1, 2]
    assert polyline(streets, 1)[0] == polyline(streets, 1)[-1] == (1000, 0)


def test_lines_join_at_shared_vertices_only():
    crossing = [LineString([(0, 0), (10, 0)]), LineString([(5, -5), (5, 5)])]
    assert len(streets_of(crossing).component_size) == 2
    joined = [LineString([(0, 0), (5, 0), (10, 0)]), LineString([(5, -5), (5, 0.0004), (5, 5)])]
    streets = streets_of(joined)
    assert len(streets.component_size) == 1
    assert len(streets.edge_u) == 4


def test_double_drawn_and_zero_length_segments_are_one_and_none():
    streets = streets_of(
        [
            MultiLineString([[(0, 0), (5, 0)], [(5, 0), (9, 0)]]),
            LineString([(9, 0), (5, 0), (5, 0), (0, 0)]),
            LineString(),
            None,
        ]
    )
    assert len(streets.edge_u) == 1  # the chain 0–5–9 is contracted: no false junction at 5
    assert streets.length_mm.tolist() == [9000]


def test_parallel_edges_stay():
    streets = streets_of(
        [
            LineString([(-1, 0), (0, 0), (10, 0), (11, 0)]),
            LineString([(0, 0), (5, 5), (10, 0)]),
        ]
    )
    assert sorted(streets.length_mm.tolist()) == [1000, 1000, 10000, 2 * 7071]


def test_walkable_mask_keeps_the_rows_of_the_source():
    lines = gpd.GeoSeries([LineString([(0, 0), (1, 0)]), LineString([(1, 0), (1, 9)])])
    streets = build_streets(**segments_from_lines(lines, walkable=[False, True]))
    assert streets.edge_line.tolist() == [1]


def test_factors_scale_each_direction_and_stop_contraction():
    chain = {"x_mm": [0, 1001, 2001], "y_mm": [0, 0, 0], "segment_line": [0, 0]}
    level = build_streets(**chain, segment_u=[0, 1], segment_v=[1, 2])
    assert level.length_mm.tolist() == [2001]
    steps = build_streets(
        **chain,
        segment_u=[0, 2],
        segment_v=[1, 1],
        factor_uv_permille=[1500, 1000],
        factor_vu_permille=[1250, 1000],
    )
    assert steps.length_mm.tolist() == [1001, 1000]
    assert steps.cost_uv_mm.tolist() == [1502, 1000]  # 1501.5 rounds up
    assert steps.cost_vu_mm.tolist() == [1251, 1000]  # 1251.25 rounds down


@pytest.mark.parametrize(
    ("lines", "key"),
    [([LineString([(3, 3), (3, 3.0001)])], "no-streets"), ([], "no-streets")],
)
def test_nothing_to_walk_on_is_an_error(lines, key):
    with pytest.raises(DataError) as error:
        streets_of(lines)
    assert [p.key for p in error.value.problems] == [key]


def test_factors_must_be_positive():
    with pytest.raises(DataError) as error:
        streets_of(LOLLIPOP, factor_uv_permille=[1000, 0, 1000, 1000, 1000, 1000, 1000, -3])
    assert error.value.problems[0].key == "street-factor"
    assert "2" in error.value.problems[0].found("zh")


segments = st.lists(
    st.tuples(*[st.integers(0, 6)] * 4, st.sampled_from([1000, 1500])), min_size=1, max_size=40
)


def arrays_of(drawn):
    x = np.array([[a, c] for a, _, c, _, _ in drawn]).ravel() * 1000
    y = np.array([[b, d] for _, b, _, d, _ in drawn]).ravel() * 1000
    start = np.arange(0, len(x), 2)
    return {
        "x_mm": x,
        "y_mm": y,
        "segment_u": start,
        "segment_v": start + 1,
        "segment_line": np.zeros(len(start), int),
        "factor_uv_permille": np.array([f for *_, f in drawn]),
        "factor_vu_permille": np.array([f for *_, f in drawn]),
    }


@given(drawn=segments, seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_contraction_keeps_every_distance_and_forgets_input_order(drawn, seed):
    source = arrays_of(drawn)
    graph = nx.Graph()
    for a, b, c, d, factor in drawn:
        if (a, b) == (c, d):
            continue
        length = int(np.floor(np.hypot(a - c, b - d) * 1000 + 0.5))
        cost = (length * factor + 500) // 1000
        ends = (a * 1000, b * 1000), (c * 1000, d * 1000)
        known = graph.get_edge_data(*ends, default={"weight": cost})["weight"]
        graph.add_edge(*ends, weight=min(cost, known))
    if not graph:
        return
    streets = build_streets(**source)
    assert streets.source_nodes == len(graph)
    total = sum(weight for _, _, weight in graph.edges(data="weight"))
    assert streets.cost_uv_mm.sum() == total
    contracted = nx.MultiGraph()
    nodes = list(zip(streets.node_x_mm.tolist(), streets.node_y_mm.tolist(), strict=True))
    contracted.add_nodes_from(nodes)
    for u, v, cost in zip(streets.edge_u, streets.edge_v, streets.cost_uv_mm, strict=True):
        contracted.add_edge(nodes[u], nodes[v], weight=int(cost))
    for node in nodes:
        expected = nx.single_source_dijkstra_path_length(graph, node)
        found = nx.single_source_dijkstra_path_length(contracted, node)
        assert found == {k: v for k, v in expected.items() if k in contracted}
    parts = list(nx.connected_components(graph))
    for node, component in zip(nodes, streets.component, strict=True):
        assert streets.component_size[component] == next(len(p) for p in parts if node in p)

    rng = np.random.default_rng(seed)
    order = rng.permutation(len(drawn))
    flipped = [
        (c, d, a, b, f) if rng.random() < 0.5 else (a, b, c, d, f)
        for a, b, c, d, f in (drawn[i] for i in order)
    ]
    again = build_streets(**arrays_of(flipped))
    for name in type(streets).__dataclass_fields__:
        np.testing.assert_array_equal(getattr(again, name), getattr(streets, name))


@pytest.mark.parametrize("bits", [1, 4, 5])
def test_hilbert_neighbours_are_neighbours_in_space(bits):
    side = 2**bits
    x, y = (a.ravel() for a in np.meshgrid(np.arange(side), np.arange(side)))
    key = hilbert(x, y, bits)
    assert sorted(key) == list(range(side * side))
    order = np.argsort(key)
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert steps.tolist() == [1] * (side * side - 1)


def test_streets_at_coordinate_zero_are_found_out():
    with pytest.raises(DataError) as error:
        streets_of([LineString([(0, 0), (9, 9)]), LineString([(500_000, 3_300_000), (500_001, 0)])])
    assert error.value.problems[0].key == "streets-too-wide"


def test_streets_travel_to_a_worker_as_plain_arrays():
    streets = streets_of(LOLLIPOP)
    assert len(streets.pieces) == len(streets.piece_edge) == 8
    again = pickle.loads(pickle.dumps(streets))  # noqa: S301 – our own bytes
    assert set(vars(again)) == set(type(streets).__dataclass_fields__)
    np.testing.assert_array_equal(again.vertex_at_mm, streets.vertex_at_mm)
