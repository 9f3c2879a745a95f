"""What others offer for the questions of the engine, on the same arrays."""

from __future__ import annotations

import os
import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from siting.network.kernels import COST_BITS, LOW, NODE, UNREACHED, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.streets import Streets

    Longs = NDArray[np.int64]
    Words = NDArray[np.uint64]

os.environ.setdefault("OMP_NUM_THREADS", "1")  # pandana, in the time of one processor like all


class Graph:
    """One network as each peer wants it: parallel edges reduced to the cheapest, no loops."""

    def __init__(self, streets: Streets) -> None:
        self.streets = streets
        self.inbound = streets.inbound
        self.size = len(streets.node_x_mm)

    @cached_property
    def ends(self) -> tuple[Longs, Longs, Longs]:
        """Both directions of each edge: from, to, millimetres."""
        at = np.repeat(np.arange(self.size), np.diff(self.inbound.start))
        word = self.inbound.word
        return at, (word & NODE).astype(np.int64), (word >> COST_BITS).astype(np.int64)

    @cached_property
    def matrix(self) -> csr_array:
        """As scipy wants it, nodes in the engine's order."""
        _, to, cost = self.ends
        return csr_array((cost.astype(float), to, self.inbound.start), shape=(self.size, self.size))

    def random_order(self) -> Longs:
        """Return a random number for each node: what is drawn has no order in space."""
        return np.random.default_rng(0).permutation(self.size)

    def shuffled(self) -> tuple[csr_array, Longs]:
        """Return the matrix with its nodes in random order, and the new number of each node."""
        number = self.random_order()
        at, to, cost = self.ends
        shape = (self.size, self.size)
        return csr_array((cost.astype(float), (number[at], number[to])), shape=shape), number

    @cached_property
    def networkx(self) -> nx.Graph:
        """As networkx wants it."""
        graph = nx.Graph()
        graph.add_nodes_from(range(self.size))
        at, to, cost = (column.tolist() for column in self.ends)
        graph.add_weighted_edges_from(zip(at, to, cost, strict=True))
        return graph

    @cached_property
    def pandana(self) -> Any:
        """As pandana wants it, nodes in the engine's order."""
        return self.pandana_by(np.arange(self.size))

    def pandana_by(self, number: Longs) -> Any:
        """As pandana wants it, nodes numbered so; this contracts the network, which takes long."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pandana  # noqa: PLC0415 – only where it is installed

        at, to, cost = self.ends
        once = at < to
        node = np.argsort(number)
        x, y = (pd.Series(c[node] / 1000) for c in (self.streets.node_x_mm, self.streets.node_y_mm))
        weight = pd.DataFrame({"metres": cost[once] / 1000})
        return pandana.Network(
            x, y, pd.Series(number[at[once]]), pd.Series(number[to[once]]), weight
        )

    def nearest(self, nodes: Longs, cut_mm: int) -> Words:
        """Label all nodes with cost and number of the nearest of some nodes, by the engine."""
        label = np.full(self.size, UNREACHED, np.uint64)
        words = np.arange(len(nodes), dtype=np.uint64)
        nearest(self.inbound, nodes.astype(np.int32), words, np.uint64(cut_mm << 32) | LOW, label)
        return label


def same_costs(label: Any, cost: Any) -> None:
    """Stop unless labels and costs (infinite where unreached) agree everywhere."""
    mine = np.where(label == UNREACHED, np.inf, (label >> COST_BITS).astype(float))
    if not np.array_equal(mine, cost):
        raise AssertionError(f"{(mine != cost).sum()} nodes differ in cost")


def scipy_nearest(matrix: csr_array, nodes: Longs, cut_mm: int) -> tuple[Any, Any]:
    """Return cost and nearest of some nodes for all nodes."""
    cost, _, source = dijkstra(
        matrix, indices=nodes, limit=cut_mm, min_only=True, return_predecessors=True
    )
    return cost, source


def _stacked(parts: list[tuple[Any, Any]]) -> tuple[Any, Any, Any]:
    indptr = np.cumsum([0, *(len(row) for row, _ in parts)])
    row, cost = (np.concatenate(column) for column in zip(*parts, strict=True))
    return indptr, row, cost


def networkx_cover(graph: Graph, sites: Longs, cut_mm: int) -> tuple[Any, Any, Any]:
    """Return the nodes within a cutoff of each site as sparse rows, nodes ascending."""
    parts = []
    for site in sites.tolist():
        found = nx.single_source_dijkstra_path_length(graph.networkx, site, cutoff=cut_mm)
        row = np.fromiter(found.keys(), np.int32, len(found))
        cost = np.fromiter(found.values(), np.int32, len(found))
        order = np.argsort(row)
        parts.append((row[order], cost[order]))
    return _stacked(parts)


def scipy_cover(graph: Graph, sites: Longs, cut_mm: int) -> tuple[Any, Any, Any]:
    """Return the same by scipy, whose answer is a dense table: some sites at a time."""
    parts = []
    for first in range(0, len(sites), 20):
        table = dijkstra(graph.matrix, indices=sites[first : first + 20], limit=cut_mm)
        for costs in table:
            row = np.flatnonzero(np.isfinite(costs))
            parts.append((row.astype(np.int32), costs[row].astype(np.int32)))
    return _stacked(parts)


def pandana_cover(graph: Graph, sites: Longs, cut_mm: int) -> tuple[Any, Any, Any]:
    """Return the same by pandana, to the centimetre or so."""
    table = graph.pandana.nodes_in_range(sites.tolist(), cut_mm / 1000)
    site, row, cost = (
        table[name].to_numpy()
        for name in ("source", "destination", graph.pandana.impedance_names[0])
    )
    order = np.lexsort((row, site))
    indptr = np.searchsorted(site[order], np.append(sites, graph.size))
    costs = np.floor(cost[order] * 1000 + 0.5).astype(np.int32)
    return indptr, row[order].astype(np.int32), costs


COVERS = {"networkx": networkx_cover, "scipy": scipy_cover, "pandana": pandana_cover}


def osmnx_graph(streets: Streets) -> nx.MultiDiGraph:
    """Return the network as OSMnx loads it: both directions, with lengths and lines."""
    graph = nx.MultiDiGraph()
    for node, (x, y) in enumerate(
        zip(streets.node_x_mm / 1000, streets.node_y_mm / 1000, strict=True)
    ):
        graph.add_node(node, x=float(x), y=float(y))
    xy = np.column_stack([streets.vertex_x_mm, streets.vertex_y_mm]) / 1000
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (streets.vertex_start,))
    for u, v, length, line in zip(
        streets.edge_u.tolist(),
        streets.edge_v.tolist(),
        (streets.length_mm / 1000).tolist(),
        lines,
        strict=True,
    ):
        graph.add_edge(u, v, length=length, geometry=line)
        graph.add_edge(v, u, length=length, geometry=line)
    return graph


def osmnx_isochrone(graph: nx.MultiDiGraph, centre: int, metres: float) -> Any:
    """Draw an isochrone by the recipe of OSMnx's examples: buffered edges and nodes, united."""
    reached = nx.ego_graph(graph, centre, radius=metres, distance="length")
    x, y = (list(nx.get_node_attributes(reached, axis).values()) for axis in ("x", "y"))
    lines = list(nx.get_edge_attributes(reached, "geometry").values())
    nodes = shapely.buffer(shapely.points(x, y), 0)
    return shapely.union_all([*nodes, *shapely.buffer(lines, 25)])
