"""Drawings of what is reached: streets cut at the exact cutoff, and areas around them.

Polygons are for the eye. They surround the reached streets at `BUFFER_M`; whether a person is
covered is decided by costs, never by these polygons.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import contourpy
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.network.compiled import compiled
from siting.network.costs import cover_sets, nearest_costs, ranges
from siting.network.kernels import UNREACHABLE
from siting.network.snap import Positions
from siting.network.streets import to_mm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from siting.network.streets import Streets

    Floats = NDArray[np.float64]
    Longs = NDArray[np.int64]

BUFFER_M = 25.0
"""Width of the strip drawn on each side of a reached street."""

CELL_M = 5.0
"""Grid of the distance field that the outline is drawn from."""

# A hair off the round figure: no grid point lies on the outline, so no two corners fall together.
_LEVEL = BUFFER_M + 1.234e-7
_TILE = 1024  # cells; larger areas are drawn tile by tile and joined


class Parts(NamedTuple):
    """Reached stretches of edges, from and to a length along the edge; `owner` is whose."""

    owner: Longs
    edge: Longs
    from_mm: Floats
    to_mm: Floats


def reached_edges(
    streets: Streets, facilities: Positions, *, cutoff_m: float
) -> shapely.MultiLineString:
    """Draw the streets from which some facility is within the cutoff, cut at the exact place."""
    parts = _reached(streets, facilities, int(to_mm(cutoff_m)))
    xy, start = _lines(streets, parts)
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (start,))
    return shapely.MultiLineString(list(lines))


def service_area(
    streets: Streets,
    *,
    facilities: Positions,
    cutoff_m: float,
    cell_m: float = CELL_M,
    exact: bool = False,
) -> shapely.Polygon | shapely.MultiPolygon:
    """Draw the area around the streets from which some facility is within the cutoff.

    The area of a larger cutoff contains that of a smaller one.

    Parameters
    ----------
    cell_m
        Grid of the distance field: coarser is faster, with fewer corners. Nothing else is
        simplified.
    exact
        Buffer the streets with exact geometry instead: slow, for comparison.
    """
    parts = _reached(streets, facilities, int(to_mm(cutoff_m)))
    return _area(*_lines(streets, parts), cell_m=cell_m, exact=exact)


def isochrones(
    streets: Streets,
    *,
    facilities: Positions,
    cutoffs_m: Sequence[float],
    cell_m: float = CELL_M,
    exact: bool = False,
    crs: Any = None,
) -> gpd.GeoDataFrame:
    """Draw the area within each cutoff of each facility, as `service_area` does for all.

    Returns
    -------
    GeoDataFrame
        `facility` (row), `cutoff_m`, geometry; empty polygons for facilities not placed.
    """
    tables = []
    rows = np.arange(len(facilities))
    for cutoff_m in cutoffs_m:
        parts = _reached_by_each(streets, facilities, int(to_mm(cutoff_m)))
        xy, start = _lines(streets, parts)
        first, end = (np.searchsorted(parts.owner, rows, side=side) for side in ("left", "right"))
        areas = [
            _area(xy, start[a : b + 1], cell_m=cell_m, exact=exact)
            for a, b in zip(first, end, strict=True)
        ]
        tables.append(pd.DataFrame({"facility": rows, "cutoff_m": cutoff_m, "geometry": areas}))
    table = pd.concat(tables).sort_values(["facility", "cutoff_m"], ignore_index=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def _reached(streets: Streets, facilities: Positions, cut_mm: int) -> Parts:
    """Cut all edges where the nearest of the facilities is within the cutoff."""
    nodes = _node_positions(streets)
    cost = nearest_costs(
        streets, demand=nodes, facilities=facilities, limit_m=cut_mm / 1000
    ).cost_mm.astype(np.int64)
    left = np.where(cost == UNREACHABLE, -1, cut_mm - cost)
    edge = np.flatnonzero((left[streets.edge_u] >= 0) | (left[streets.edge_v] >= 0))
    ends = _cut(streets, edge * 0, edge, left[streets.edge_u[edge]], left[streets.edge_v[edge]])
    around = _around(streets, facilities, cut_mm)
    return _joined(ends, around._replace(owner=around.owner * 0))


def _reached_by_each(streets: Streets, facilities: Positions, cut_mm: int) -> Parts:
    """Cut the edges within the cutoff of each facility; sorted by facility."""
    sets = cover_sets(
        streets, demand=_node_positions(streets), sites=facilities, cutoff_m=cut_mm / 1000
    )
    # Every edge is seen from those of its ends that are reached.
    m = len(streets.edge_u)
    end = np.concatenate([streets.edge_u, streets.edge_v])
    order = np.argsort(end, kind="stable")
    first = np.searchsorted(end[order], np.arange(len(streets.node_x_mm) + 1))
    count = np.diff(first)[sets.demand]
    seen = order[ranges(first[sets.demand], count)]
    owner = np.repeat(np.repeat(np.arange(len(facilities)), np.diff(sets.indptr)), count)
    left = np.repeat(cut_mm - sets.cost_mm.astype(np.int64), count)
    key, place = np.unique(owner * m + seen % m, return_inverse=True)
    left_u, left_v = np.full(len(key), -1, np.int64), np.full(len(key), -1, np.int64)
    from_u = seen < m
    left_u[place[from_u]] = left[from_u]
    left_v[place[~from_u]] = left[~from_u]
    ends = _cut(streets, key // m, key % m, left_u, left_v)
    return _joined(ends, _around(streets, facilities, cut_mm))


def _node_positions(streets: Streets) -> Positions:
    """Put a position on every node, at the beginning or end of one of its edges."""
    n, edges = len(streets.node_x_mm), np.arange(len(streets.edge_u), dtype=np.int32)
    edge, offset = np.empty(n, np.int32), np.zeros(n, np.int32)
    edge[streets.edge_v], offset[streets.edge_v] = edges, streets.length_mm
    edge[streets.edge_u], offset[streets.edge_u] = edges, 0
    return Positions(
        x_mm=streets.node_x_mm,
        y_mm=streets.node_y_mm,
        edge=edge,
        offset_mm=offset,
        leg_mm=np.zeros(n, np.int32),
        component=streets.component,
        reason=np.full(n, "placed"),
    )


def _cut(streets: Streets, owner: Longs, edge: Longs, left_u: Longs, left_v: Longs) -> Parts:
    """Cut edges at what is left of the cutoff at their ends (negative: not reached there)."""
    length = streets.length_mm[edge].astype(np.float64)
    # People on the edge walk against it to u, along it to v.
    to_u = np.minimum(length, left_u * length / streets.cost_vu_mm[edge])
    to_v = np.maximum(0.0, length - left_v * length / streets.cost_uv_mm[edge])
    whole = to_u >= to_v
    near_u, near_v = whole | (to_u > 0), ~whole & (to_v < length)
    return Parts(
        np.concatenate([owner[near_u], owner[near_v]]),
        np.concatenate([edge[near_u], edge[near_v]]),
        np.concatenate([np.zeros(int(near_u.sum())), to_v[near_v]]),
        np.concatenate([np.where(whole, length, to_u)[near_u], length[near_v]]),
    )


def _around(streets: Streets, facilities: Positions, cut_mm: int) -> Parts:
    """Take the stretch of its own edge around each facility."""
    row = np.flatnonzero((facilities.edge >= 0) & (facilities.leg_mm <= cut_mm))
    edge = facilities.edge[row].astype(np.int64)
    length = streets.length_mm[edge].astype(np.float64)
    left = cut_mm - facilities.leg_mm[row]
    offset = facilities.offset_mm[row]
    return Parts(
        row,
        edge,
        np.maximum(0.0, offset - left * length / streets.cost_uv_mm[edge]),
        np.minimum(length, offset + left * length / streets.cost_vu_mm[edge]),
    )


def _joined(one: Parts, other: Parts) -> Parts:
    """Join stretches, sorted by owner, edge and place; single points are none."""
    owner, edge, start, end = (np.concatenate(pair) for pair in zip(one, other, strict=True))
    order = np.lexsort((end, start, edge, owner))
    order = order[end[order] > start[order]]
    return Parts(owner[order], edge[order], start[order], end[order])


def _lines(streets: Streets, parts: Parts) -> tuple[Floats, Longs]:
    """Draw stretches of edges: coordinates in metres, and where each line's begin."""
    # One key for all vertices: edges one after the other along a single axis.
    length = streets.length_mm.astype(np.float64)
    base = np.cumsum(length + 1) - (length + 1)
    edge_of = np.repeat(np.arange(len(base)), np.diff(streets.vertex_start))
    axis = base[edge_of] + streets.vertex_at_mm
    first = np.searchsorted(axis, base[parts.edge] + parts.from_mm, side="right")
    last = np.searchsorted(axis, base[parts.edge] + parts.to_mm, side="left")
    count = last - first + 2
    start = np.concatenate([[0], np.cumsum(count)])
    vertex = np.column_stack([streets.vertex_x_mm, streets.vertex_y_mm]).astype(np.float64)
    xy = np.empty((start[-1], 2))
    inner = np.ones(len(xy), bool)
    inner[start[:-1]] = inner[start[1:] - 1] = False
    xy[inner] = vertex[ranges(first, last - first)]
    for rows, at, after in (
        (start[:-1], parts.from_mm, first),
        (start[1:] - 1, parts.to_mm, last),
    ):
        a, b = vertex[after - 1], vertex[after]
        span = (streets.vertex_at_mm[after] - streets.vertex_at_mm[after - 1]).astype(np.float64)
        share = (at - streets.vertex_at_mm[after - 1]) / span
        xy[rows] = a + share[:, None] * (b - a)
    return xy / 1000, start


def _area(xy: Floats, start: Longs, *, cell_m: float, exact: bool) -> Any:
    """Surround lines by a strip of `BUFFER_M`."""
    if len(start) <= 1:
        return shapely.Polygon()
    xy, start = xy[start[0] : start[-1]], start - start[0]
    if exact:
        lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (start,))
        return shapely.buffer(shapely.MultiLineString(list(lines)), BUFFER_M, quad_segs=16)
    inner = np.ones(len(xy), bool)
    inner[start[1:] - 1] = False
    a = np.flatnonzero(inner)
    polygons = [
        polygon
        for corner, shape, pieces in _tiles(np.hstack([xy[a], xy[a + 1]]), cell_m)
        for polygon in _outlines(corner, shape, pieces, cell_m)
    ]
    # The tiles' polygons match along the tiles' edges, corner by corner.
    return shapely.coverage_union_all(polygons) if len(polygons) > 1 else polygons[0]


def _tiles(pieces: Floats, cell_m: float) -> Iterator[tuple[Longs, Longs, Floats]]:
    """Deal pieces (ax, ay, bx, by) to tiles of one grid that all drawings share.

    Yields the tile's lower left corner and its shape in cells, and the pieces whose surroundings
    touch it. An area that fits one tile is one tile of its own shape.
    """
    reach = _reach(cell_m)
    low = np.minimum(pieces[:, :2], pieces[:, 2:]) - reach
    high = np.maximum(pieces[:, :2], pieces[:, 2:]) + reach
    low_cell = np.floor(low / cell_m).astype(np.int64)
    high_cell = np.ceil(high / cell_m).astype(np.int64)
    corner, top = low_cell.min(axis=0), high_cell.max(axis=0)
    if (top - corner <= _TILE).all():
        yield corner, top - corner, pieces
        return
    low_tile, high_tile = low_cell // _TILE, high_cell // _TILE
    wide, tall = (high_tile - low_tile + 1).T
    row = np.repeat(np.arange(len(pieces)), wide * tall)
    number = ranges(np.zeros(len(pieces), np.int64), wide * tall)
    tile_x, tile_y = low_tile[row, 0] + number % wide[row], low_tile[row, 1] + number // wide[row]
    order = np.lexsort((tile_x, tile_y))
    tile = np.column_stack([tile_x, tile_y])[order]
    changes = np.flatnonzero((tile[1:] != tile[:-1]).any(axis=1)) + 1
    for a, b in pairwise([0, *changes.tolist(), len(tile)]):
        yield tile[a] * _TILE, np.array([_TILE, _TILE]), pieces[row[order[a:b]]]


def _reach(cell_m: float) -> float:
    """Distance up to which the field must be right for the outline to be."""
    return BUFFER_M + 2 * cell_m


def _outlines(corner: Longs, shape: Longs, pieces: Floats, cell_m: float) -> list[Any]:
    """Draw polygons where the distance to the pieces is at most `BUFFER_M`, within one tile."""
    reach = _reach(cell_m)
    square = np.full((shape[1] + 1, shape[0] + 1), reach * reach)
    _measure(pieces, corner[0], corner[1], cell_m, reach, square)
    generator = contourpy.contour_generator(
        z=np.sqrt(square), name="serial", fill_type=contourpy.FillType.OuterOffset
    )
    polygons = []
    for points, offsets in zip(*generator.filled(-1.0, _LEVEL), strict=True):
        # Interpolation along a tile's edge may leave the edge by a last bit: put it back.
        xy = (np.round(points, 9) + corner) * cell_m
        rings = [xy[a:b] for a, b in pairwise(offsets)]
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return polygons


@compiled
def _measure(  # noqa: PLR0917 – compiled functions take their arguments by position
    pieces: Any, corner_x: Any, corner_y: Any, cell: Any, reach: Any, square: Any
) -> None:  # pragma: no cover
    """Lower the field to the squared distance from each piece, where that is within reach.

    In coordinates of the whole grid, so that neighbouring tiles agree along their edge to the
    last bit.
    """
    rows, columns = square.shape
    for p in range(len(pieces)):
        ax, ay, bx, by = pieces[p]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        bottom = max(0, int(np.floor((min(ay, by) - reach) / cell)) - corner_y)
        top = min(rows - 1, int(np.ceil((max(ay, by) + reach) / cell)) - corner_y)
        left = max(0, int(np.floor((min(ax, bx) - reach) / cell)) - corner_x)
        right = min(columns - 1, int(np.ceil((max(ax, bx) + reach) / cell)) - corner_x)
        for row in range(bottom, top + 1):
            py = (row + corner_y) * cell - ay
            first, last = left, right
            if abs(dy) > reach:
                # Steep and long: only the band around the line, not its whole box.
                middle = ax + dx * py / dy
                half = reach * np.sqrt(length) / abs(dy)
                first = max(first, int(np.floor((middle - half) / cell)) - corner_x)
                last = min(last, int(np.ceil((middle + half) / cell)) - corner_x)
            for column in range(first, last + 1):
                px = (column + corner_x) * cell - ax
                share = min(max((px * dx + py * dy) / length, 0.0), 1.0)
                away_x, away_y = px - share * dx, py - share * dy
                square[row, column] = min(square[row, column], away_x * away_x + away_y * away_y)
