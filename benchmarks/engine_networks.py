"""Street networks to measure on: synthetic ones of any size, and points on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.network.chains import build_streets
from siting.network.noding import Segments
from siting.network.snap import Positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.streets import Streets

SPACING_MM = 75_000
_KEPT = 0.65  # share of the grid's streets: dead ends, crooked blocks and isolated parts result
_CONTRACTED = 0.64  # nodes left for each crossing of the grid


def town_segments(nodes: int, *, seed: int = 0, bends: bool = False) -> Segments:
    """Draw a crooked grid with missing streets, about `nodes` nodes after contraction.

    With `bends` every street has a vertex off its middle, as drawn streets do.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(nodes / _CONTRACTED)))
    row, column = np.divmod(np.arange(side * side), side)
    wave_x, wave_y = 2 * np.sin(row / 25), 2 * np.sin(column / 31)
    x, y = (
        np.round((place + wave + rng.normal(0, 0.18, side * side)) * SPACING_MM).astype(np.int64)
        for place, wave in ((column, wave_x), (row, wave_y))
    )
    east, north = np.flatnonzero(column < side - 1), np.flatnonzero(row < side - 1)
    u, v = np.concatenate([east, north]), np.concatenate([east + 1, north + side])
    kept = rng.random(len(u)) < _KEPT
    u, v = u[kept], v[kept]
    line = np.arange(len(u))
    if bends:
        off = rng.normal(0, 0.08, len(u))
        middle = side * side + line
        dx, dy = x[v] - x[u], y[v] - y[u]
        x = np.concatenate([x, np.round((x[u] + x[v]) / 2 - dy * off).astype(np.int64)])
        y = np.concatenate([y, np.round((y[u] + y[v]) / 2 + dx * off).astype(np.int64)])
        u, v, line = np.concatenate([u, middle]), np.concatenate([middle, v]), np.tile(line, 2)
    return Segments(x_mm=x, y_mm=y, segment_u=u, segment_v=v, segment_line=line)


def town(nodes: int, *, seed: int = 0, bends: bool = False) -> Streets:
    """Build the network of `town_segments`."""
    return build_streets(**town_segments(nodes, seed=seed, bends=bends))


def on_edges(streets: Streets, count: int, *, seed: int) -> Positions:
    """Put points at random places of random edges."""
    rng = np.random.default_rng(seed)
    edge = rng.integers(0, len(streets.edge_u), count)
    offset = np.floor(rng.random(count) * streets.length_mm[edge]).astype(np.int64)
    return _positions(streets, edge, offset)


def at_nodes(streets: Streets, nodes: NDArray[np.int64]) -> Positions:
    """Put points at nodes: the beginning or the end of one of their edges."""
    count = len(streets.node_x_mm)
    edge, offset = np.empty(count, np.int64), np.zeros(count, np.int64)
    edges = np.arange(len(streets.edge_u))
    edge[streets.edge_v], offset[streets.edge_v] = edges, streets.length_mm
    edge[streets.edge_u], offset[streets.edge_u] = edges, 0
    return _positions(streets, edge[nodes], offset[nodes])


def some_nodes(streets: Streets, count: int, *, seed: int) -> NDArray[np.int64]:
    """Choose different nodes, ascending."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(len(streets.node_x_mm), count, replace=False))


def _positions(streets: Streets, edge: NDArray[np.int64], offset: NDArray[np.int64]) -> Positions:
    u = streets.edge_u[edge]
    return Positions(
        x_mm=streets.node_x_mm[u],
        y_mm=streets.node_y_mm[u],
        edge=edge.astype(np.int32),
        offset_mm=offset.astype(np.int32),
        leg_mm=np.zeros(len(edge), np.int32),
        component=streets.component[u],
        reason=np.full(len(edge), "placed"),
    )
