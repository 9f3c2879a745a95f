"""Outlines of strips along lines: a distance field on a grid, and rings where it ends."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from siting.network.compiled import compiled
from siting.network.contours import rings
from siting.network.ends import ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Longs = NDArray[np.int64]

BUFFER_M = 25.0
"""Width of the strip drawn on each side of a reached street."""

CELL_M = 5.0
"""Grid of the distance field that the outline is drawn from."""

# A hair off the round figure: no grid point lies on the outline, so no two corners fall together.
_LEVEL = BUFFER_M + 1.234e-7
_TILE = 512  # cells; larger areas are drawn tile by tile and joined


def strip(xy: Floats, start: Longs, *, cell_m: float, exact: bool) -> Any:
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
    """Distance up to which the field must be right for the outline to be: one cell beyond it."""
    return BUFFER_M + cell_m


def _outlines(corner: Longs, shape: Longs, pieces: Floats, cell_m: float) -> list[Any]:
    """Draw polygons where the distance to the pieces is at most `BUFFER_M`, within one tile."""
    reach = _reach(cell_m)
    square = np.full((shape[1] + 3, shape[0] + 3), reach * reach)
    square[[0, -1]] = square[:, [0, -1]] = np.inf
    cell = float(cell_m)  # of one type, or the loop would be compiled twice
    _measure(pieces, corner[0], corner[1], cell, reach, square)
    xy, ring_start, polygon_start = rings(square, _LEVEL)
    polygons = shapely.GeometryType.POLYGON
    xy = (xy + (corner - 1)) * cell_m
    return list(shapely.from_ragged_array(polygons, xy, (ring_start, polygon_start)))


@compiled
def _measure(  # noqa: PLR0917 – compiled functions take their arguments by position
    pieces: Any, corner_x: Any, corner_y: Any, cell: Any, reach: Any, square: Any
) -> None:  # pragma: no cover
    """Lower the field to the squared distance from each piece, where that is within reach.

    In coordinates of the whole grid, so that neighbouring tiles agree along their edge to the
    last bit.
    """
    rows, columns = square.shape[0] - 2, square.shape[1] - 2
    for p in range(len(pieces)):
        ax, ay, bx, by = pieces[p]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        per_x, per_y = dx / length, dy / length
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
            # Counted from the slice's own beginning this loop compiles to vector instructions.
            line = square[row + 1, first + 1 : last + 2]  # behind the rim
            for k in range(len(line)):
                px = (first + corner_x + k) * cell - ax
                share = min(max(px * per_x + py * per_y, 0.0), 1.0)
                away_x, away_y = px - share * dx, py - share * dy
                away = away_x * away_x + away_y * away_y
                line[k] = min(line[k], away)
