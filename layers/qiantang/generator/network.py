"""From drawn lines to a noded network: lines that meet share a vertex, nothing floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from generator.facts import NATURE
from generator.skeleton import Road
from generator.space import METRES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

REACH_M = 0.4  # how far line ends are carried on before they are cut at crossings
MERGE_M = 0.9  # crossings closer than this are one


def node(roads: Sequence[Road], links: Sequence[Road] = ()) -> list[Road]:
    """Give connected lines shared vertices and keep the largest connected component.

    Lines are carried on a little, cut at every crossing, and trimmed back to their outermost
    crossing if only the carried-on bit lies beyond it. `links` (bridge, stairs) pass over
    everything: their ends join a vertex of an earlier link or else the nearest line.
    """
    lines = np.array([_carried_on(r.line) for r in roads])
    owner, crossing = _crossings(lines)
    crossing = _merged(crossing)
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(len(lines) + 1))
    chains = [
        _with_vertices(lines[k], crossing[order[starts[k] : starts[k + 1]]])
        for k in range(len(lines))
    ]
    for link in links:
        chains.append(_joined(link.line, chains, ground=len(lines)))
    return _largest_component([*roads, *links], chains)


def _carried_on(line: shapely.LineString) -> shapely.LineString:
    """Carry an open line on by `REACH_M` at both ends."""
    xy = shapely.get_coordinates(line)
    if (xy[0] == xy[-1]).all():
        return line
    head, tail = xy[0] - xy[1], xy[-1] - xy[-2]
    xy[0] += head / np.hypot(*head) * REACH_M
    xy[-1] += tail / np.hypot(*tail) * REACH_M
    return shapely.LineString(xy)


def _crossings(lines: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for every crossing of two lines both owners and the place."""
    left, right = shapely.STRtree(lines).query(lines, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    met = shapely.intersection(lines[left], lines[right])
    place, pair = shapely.get_coordinates(met, return_index=True)
    place = np.round(place, 2)
    return np.r_[left[pair], right[pair]], np.vstack([place, place])


def _merged(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move points that lie closer than `MERGE_M` to the first of them."""
    unique, back = np.unique(points, axis=0, return_inverse=True)
    pairs = cKDTree(unique).query_pairs(MERGE_M, output_type="ndarray")
    shape = (len(unique), len(unique))
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=shape)
    _, group = connected_components(links, directed=False)
    first = np.full(group.max() + 1, len(unique))
    np.minimum.at(first, group, np.arange(len(unique)))
    return unique[first[group]][back.ravel()]


def _with_vertices(line: shapely.LineString, crossings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a line's vertices with its crossings among them, ends trimmed."""
    xy = np.round(shapely.get_coordinates(line), 2)
    if len(crossings) == 0:
        return xy
    nodes = np.unique(crossings, axis=0)
    along = shapely.line_locate_point(line, shapely.points(nodes))
    own = shapely.line_locate_point(line, shapely.points(xy))
    own[[0, -1]] = 0.0, line.length  # a ring starts and ends at one place
    closed = bool((xy[0] == xy[-1]).all())
    keep = np.abs(own[:, None] - along[None, :]).min(axis=1) > MERGE_M
    start_is_node = not keep[0]
    if closed:
        keep[[0, -1]] = True
    else:
        keep[0] &= own[0] < along.min() - 2 * REACH_M
        keep[-1] &= own[-1] > along.max() + 2 * REACH_M
    position = np.r_[own[keep], along]
    after = np.r_[np.zeros(keep.sum()), np.ones(len(nodes))]
    xy = np.vstack([xy[keep], nodes])[np.lexsort((after, position))]
    if closed and start_is_node:
        xy = np.vstack([xy[1:-1], xy[1:2]])
    return xy[np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]]


def _joined(
    line: shapely.LineString, chains: list[NDArray[np.float64]], *, ground: int
) -> NDArray[np.float64]:
    """Return a link's vertices; its ends get a vertex on the first `ground` chains."""
    xy = np.round(shapely.get_coordinates(line), 2)
    for end in (0, -1):
        if any((chain == xy[end]).all(axis=1).any() for chain in chains[ground:]):
            continue
        point = shapely.Point(xy[end])
        k = int(shapely.STRtree([shapely.LineString(c) for c in chains[:ground]]).nearest(point))
        near = shapely.LineString(chains[k])
        at = near.project(point)
        along = shapely.line_locate_point(near, shapely.points(chains[k]))
        if np.abs(along - at).min() > MERGE_M:
            foot = np.round(shapely.get_coordinates(near.interpolate(at)), 2)
            chains[k] = np.insert(chains[k], int(np.searchsorted(along, at)), foot, axis=0)
            along = np.insert(along, int(np.searchsorted(along, at)), at)
        xy[end] = chains[k][int(np.abs(along - at).argmin())]
    return xy


def _largest_component(roads: Sequence[Road], chains: list[NDArray[np.float64]]) -> list[Road]:
    """Drop doubled segments and what does not hang together with the rest."""
    flat = np.vstack(chains)
    first = np.r_[0, np.cumsum([len(c) for c in chains])]
    _, vertex = np.unique(flat, axis=0, return_inverse=True)
    vertex = vertex.ravel()
    inside = np.ones(len(flat), dtype=bool)
    inside[first[1:] - 1] = False
    start = np.flatnonzero(inside)
    ends = np.sort(np.column_stack([vertex[start], vertex[start + 1]]), axis=1)
    _, seen = np.unique(ends, axis=0, return_index=True)
    links = coo_array((np.ones(len(ends)), ends.T), shape=(vertex.max() + 1,) * 2)
    _, part = connected_components(links, directed=False)
    main = np.argmax(np.bincount(part))
    good = np.zeros(len(flat), dtype=bool)
    good[start[seen]] = part[vertex[start[seen]]] == main
    kept = []
    for k, road in enumerate(roads):
        run = np.flatnonzero(good[first[k] : first[k + 1]]) + first[k]
        for piece in np.split(run, np.flatnonzero(np.diff(run) > 1) + 1):
            if len(piece):
                line = shapely.LineString(flat[piece[0] : piece[-1] + 2])
                kept.append(Road(line, road.grade, road.name))
    return kept


def street_table(streets: Sequence[Road], overhead: Sequence[Road]) -> gpd.GeoDataFrame:
    """Return walkable streets and, above or below them, what nobody walks on."""
    rows = [
        {
            "class": road.grade,
            "name": road.name,
            "walkable": walkable,
            "data_nature": NATURE,
            "geometry": road.line,
        }
        for roads, walkable in ((streets, True), (overhead, False))
        for road in roads
    ]
    return gpd.GeoDataFrame(rows, crs=METRES)
