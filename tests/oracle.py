"""An independent engine for tests: networkx on a graph in which every position is a node."""

from fractions import Fraction
from itertools import pairwise
from math import floor

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from siting.network.chains import build_streets
from siting.network.snap import Positions

NETWORKS = st.lists(
    st.tuples(
        *[st.integers(0, 5)] * 4, st.sampled_from([1000, 1250]), st.sampled_from([900, 1000])
    ),
    min_size=1,
    max_size=25,
).filter(lambda drawn: any(a[:2] != a[2:4] for a in drawn))
"""Random segments on a small grid, with two factors: parallel edges, loops and scraps arise."""


def streets_of(drawn):
    x = np.array([[a, c] for a, _, c, *_ in drawn]).ravel() * 1000
    y = np.array([[b, d] for _, b, _, d, *_ in drawn]).ravel() * 1000
    start = np.arange(0, len(x), 2)
    return build_streets(
        x_mm=x,
        y_mm=y,
        segment_u=start,
        segment_v=start + 1,
        segment_line=start,
        factor_uv_permille=[a[4] for a in drawn],
        factor_vu_permille=[a[5] for a in drawn],
    )


PLACES = st.lists(
    st.tuples(
        st.integers(-1, 999),
        st.fractions(0, 1, max_denominator=4),
        st.integers(0, 3).map(lambda n: n * 500),
    ),
    max_size=8,
)
"""Random positions: edge (taken modulo the number of edges; −1 is not placed), share, leg."""


def positions_of(streets, drawn):
    edge = np.array([-1 if e < 0 else e % len(streets.edge_u) for e, _, _ in drawn], np.int32)
    share = [float(s) for _, s, _ in drawn]
    offset = np.where(edge >= 0, np.floor(streets.length_mm[edge] * share), 0).astype(np.int32)
    return placed(edge, offset, [leg for *_, leg in drawn])


def placed(edge, offset, leg):
    """Positions of which only the place on the network matters."""
    count = len(edge)
    return Positions(
        x_mm=np.arange(count) * 10**7,
        y_mm=np.zeros(count, np.int64),
        edge=np.asarray(edge, np.int32),
        offset_mm=np.asarray(offset, np.int32),
        leg_mm=np.asarray(leg, np.int32),
        component=np.zeros(count, np.int32),
        reason=np.where(np.asarray(edge) >= 0, "placed", "too-far"),
    )


def walking_costs(streets, demand, facilities):
    """Cost of every pair, demand in rows, facilities in columns; infinite where there is none."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(("node", n) for n in range(len(streets.node_x_mm)))
    for e in range(len(streets.edge_u)):
        _add_edge(
            graph,
            streets,
            e,
            {int(o) for p in (demand, facilities) for o in p.offset_mm[p.edge == e]},
        )
    for name, table in (("demand", demand), ("facility", facilities)):
        for row in np.flatnonzero(table.edge >= 0):
            spot = ("spot", int(table.edge[row]), int(table.offset_mm[row]))
            ends = ((name, row), spot) if name == "demand" else (spot, (name, row))
            graph.add_edge(*ends, weight=int(table.leg_mm[row]))
    costs = np.full((len(demand), len(facilities)), np.inf)
    for row in range(len(demand)):
        if ("demand", row) in graph:
            lengths = nx.single_source_dijkstra_path_length(graph, ("demand", row))
            for column in range(len(facilities)):
                costs[row, column] = lengths.get(("facility", column), np.inf)
    return costs


def _add_edge(graph, streets, e, offsets):
    length = int(streets.length_mm[e])
    for edge, offset, node in zip(*(column.tolist() for column in streets.joints), strict=True):
        if edge == e:
            offsets.add(offset)
            graph.add_edge(("spot", e, offset), ("node", node), weight=0)
            graph.add_edge(("node", node), ("spot", e, offset), weight=0)
    u, v = ("node", int(streets.edge_u[e])), ("node", int(streets.edge_v[e]))
    stops = [(u, 0), *((("spot", e, o), o) for o in sorted(offsets)), (v, length)]
    for cost, forth in ((int(streets.cost_uv_mm[e]), True), (int(streets.cost_vu_mm[e]), False)):
        for (a, at), (b, to) in pairwise(stops):
            weight = _share(cost, to, length) - _share(cost, at, length)
            graph.add_edge(*((a, b) if forth else (b, a)), weight=weight)


def _share(cost, offset, length):
    return floor(Fraction(cost * offset, length) + Fraction(1, 2))
