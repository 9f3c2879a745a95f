"""Links: footbridges and gates as further edges that join a network inside its edges."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import shapely

from siting.network.chains import rounded_length, scaled
from siting.network.joints import Joints
from siting.network.noding import to_mm
from siting.network.snap import nearest_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from siting.network.streets import Streets

    Longs = NDArray[np.int64]

Whole = TypeVar("Whole", np.int32, np.int64)


class Link(NamedTuple):
    """A line in metres, its row of the streets layer, and what walking a metre of it costs."""

    line: shapely.LineString
    row: int
    permille: int


def with_links(streets: Streets, links: Iterable[Link]) -> Streets:
    """Add links one after the other; each joins the edges its vertices lie on, earlier links too.

    The nodes, edges and costs there are stay as they are.
    """
    for link in links:
        streets = _with_link(streets, link)
    return streets


def _with_link(streets: Streets, link: Link) -> Streets:
    xy = to_mm(shapely.get_coordinates(link.line))
    xy = xy[np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]]
    if len(xy) == 1:
        return streets
    places = [_place(streets, x, y) for x, y in xy.tolist()]
    ends, stops = (0, len(xy) - 1), []
    for at, place in enumerate(places):
        if place is not None:
            streets, node = _with_joint(streets, place, xy[at])
            stops.append((at, node))
        elif at in ends:
            streets, node = _with_node(streets, xy[at], component=len(streets.component_size))
            stops.append((at, node))
    for (first, u), (last, v) in pairwise(stops):
        streets = _with_edge(streets, u, v, xy[first : last + 1], link)
    return streets


class _Place(NamedTuple):
    edge: int
    offset_mm: int


def _place(streets: Streets, x: int, y: int) -> _Place | None:
    """Return the place on an edge where a vertex lies: nearest, smallest edge, smallest offset.

    A vertex put on a street lies beside it by what its rounding to millimetres moved it.
    """
    east, north, at = streets.vertex_x_mm, streets.vertex_y_mm, streets.vertex_at_mm
    touched = np.abs(2 * x - east[1:] - east[:-1]) <= np.abs(np.diff(east)) + 2
    touched &= np.abs(2 * y - north[1:] - north[:-1]) <= np.abs(np.diff(north)) + 2
    a = np.flatnonzero(touched)
    edge = np.searchsorted(streets.vertex_start, a, side="right") - 1
    inner = a + 1 < streets.vertex_start[edge + 1]
    a, edge = a[inner], edge[inner]
    dx, dy = ((axis[a + 1] - axis[a]).astype(np.float64) for axis in (east, north))
    part, square = nearest_on(x - east[a], y - north[a], dx, dy)
    offset = at[a] + np.floor(part * (at[a + 1] - at[a]) + 0.5).astype(np.int64)
    order = np.lexsort((offset, edge, square))
    best = order[square[order] < 1][:1]
    return _Place(int(edge[best[0]]), int(offset[best[0]])) if len(best) else None


def _with_joint(streets: Streets, place: _Place, xy: Longs) -> tuple[Streets, int]:
    """Return the node at a place: an end of the edge, a joint that is there, or a new one."""
    edge, offset = place
    for end, at_end in ((0, streets.edge_u), (streets.length_mm[edge], streets.edge_v)):
        if offset == end:
            return streets, int(at_end[edge])
    joints = streets.joints
    known = np.flatnonzero((joints.edge == edge) & (joints.offset_mm == offset))
    if len(known):
        return streets, int(joints.node[known[0]])
    component = int(streets.component[streets.edge_u[edge]])
    streets, node = _with_node(streets, xy, component=component)
    before = int(
        ((joints.edge < edge) | ((joints.edge == edge) & (joints.offset_mm < offset))).sum()
    )
    new = zip(joints, (edge, offset, node), strict=True)
    return replace(streets, joints=Joints(*(np.insert(a, before, b) for a, b in new))), node


def _with_node(streets: Streets, xy: Longs, *, component: int) -> tuple[Streets, int]:
    """Add a node to a component, or to a new one behind the last."""
    is_new = component == len(streets.component_size)
    size = np.append(streets.component_size, np.zeros(int(is_new), np.int64))
    size[component] += 1
    grown = replace(
        streets,
        node_x_mm=np.append(streets.node_x_mm, xy[0]),
        node_y_mm=np.append(streets.node_y_mm, xy[1]),
        component=np.append(streets.component, np.int32(component)),
        component_size=size,
        source_nodes=streets.source_nodes + 1,
    )
    return grown, len(streets.node_x_mm)


def _with_edge(streets: Streets, u: int, v: int, xy: Longs, link: Link) -> Streets:
    """Add an edge along some vertices of a link; what it joins is one component from now on."""
    step = rounded_length(*np.diff(xy, axis=0).T)
    at = np.r_[0, np.cumsum(step)]
    cost = scaled(step, np.full_like(step, link.permille)).sum()
    low, high = sorted((int(streets.component[u]), int(streets.component[v])))
    size = streets.component_size.copy()
    size[low] += len(xy) - 2
    component = streets.component
    if low != high:
        size[low] += size[high]
        size = np.delete(size, high)
        component = np.where(component == high, low, component)
        component = (component - (component > high)).astype(np.int32)

    def grown(array: NDArray[Whole], values: ArrayLike) -> NDArray[Whole]:
        return np.append(array, np.asarray(values, array.dtype))

    return replace(
        streets,
        edge_u=grown(streets.edge_u, u),
        edge_v=grown(streets.edge_v, v),
        length_mm=grown(streets.length_mm, at[-1]),
        cost_uv_mm=grown(streets.cost_uv_mm, cost),
        cost_vu_mm=grown(streets.cost_vu_mm, cost),
        vertex_start=grown(streets.vertex_start, streets.vertex_start[-1] + len(xy)),
        vertex_x_mm=grown(streets.vertex_x_mm, xy[:, 0]),
        vertex_y_mm=grown(streets.vertex_y_mm, xy[:, 1]),
        vertex_at_mm=grown(streets.vertex_at_mm, at),
        component=component,
        component_size=size,
        edge_line=grown(streets.edge_line, link.row),
        source_nodes=streets.source_nodes + len(xy) - 2,
    )
