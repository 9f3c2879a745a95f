"""Rings around the places of a grid whose squared distance is within a limit: marching squares.

The corner of a ring lies on the line between two neighbouring grid points, one inside and one
outside, where the distance between them, taken as linear, passes the limit. Inside points that
touch only across a diagonal are kept apart. So the rings of a larger field contain those of a
smaller one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.network.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Longs = NDArray[np.int64]

EAST, NORTH, WEST, SOUTH = range(4)


def rings(square: Floats, level: float) -> tuple[Floats, Longs, Longs]:
    """Draw polygons where a field of squared distances is at most `level` squared.

    Parameters
    ----------
    square
        Field by row and column. Its rim is infinite: a polygon ends exactly on the grid line
        before the rim, with a corner at every grid point, as a neighbour's polygon does.

    Returns
    -------
    tuple
        Corners (column, row) of closed rings, polygon by polygon, the outer ring first and
        anticlockwise; where each ring starts; which ring each polygon starts with.
    """
    return _grouped(*_traced(square.ravel(), square.shape[1], level))


@compiled
def _grouped(xy: Any, start: Any, polygon: Any) -> tuple[Any, Any, Any]:  # pragma: no cover
    """Bring holes behind the outer ring of their polygon, which was found before them."""
    rings = len(polygon)
    place = np.zeros(rings + 1, np.int64)
    for ring in range(rings):
        place[polygon[ring] + 1] += 1
    place = np.cumsum(place)
    polygon_start = np.append(place[np.unique(polygon)], rings)
    order = np.empty(rings, np.int64)
    for ring in range(rings):
        order[place[polygon[ring]]] = ring
        place[polygon[ring]] += 1
    result, ring_start = np.empty_like(xy), np.zeros(rings + 1, np.int64)
    for i in range(rings):
        first, end = start[order[i]], start[order[i] + 1]
        ring_start[i + 1] = ring_start[i] + end - first
        result[ring_start[i] : ring_start[i + 1]] = xy[first:end]
    return result, ring_start, polygon_start


@compiled
def _traced(square: Any, width: Any, level: Any) -> tuple[Any, Any, Any]:  # pragma: no cover
    """Find every ring where it first crosses a row, and walk around it.

    Coming from the left, an outer ring is met on its way in, a hole on its way out; the hole
    belongs to the polygon that the row entered last.
    """
    inside = np.empty(len(square), np.bool_)
    for i in range(len(square)):
        inside[i] = square[i] <= level * level
    corners = 0
    for i in range(len(square) - width):
        corners += int(inside[i] != inside[i + 1]) + int(inside[i] != inside[i + width])
    room = corners // 4 + 1  # a ring has four corners at least
    xy = np.empty((corners + room, 2))
    start, polygon = np.zeros(room + 1, np.int64), np.empty(room, np.int64)
    ring_at = np.full(len(square), -1, np.int32)  # which ring crosses between a point and the last
    count, current = 0, 0
    for i in range(1, len(square)):
        if inside[i] == inside[i - 1]:
            continue
        if ring_at[i] < 0:
            outer = inside[i]
            point, side = (i, WEST) if outer else (i - 1, EAST)
            end = _walk_around(
                square, inside, width, level, point, side, xy, start[count], ring_at, count
            )
            polygon[count] = count if outer else current
            count += 1
            start[count] = end
        if inside[i]:
            current = polygon[ring_at[i]]
    return xy[: start[count]], start[: count + 1], polygon[:count]


@compiled
def _walk_around(  # noqa: PLR0917 – compiled functions take their arguments by position
    square: Any,
    inside: Any,
    width: Any,
    level: Any,
    point: Any,
    side: Any,
    xy: Any,
    at: Any,
    ring_at: Any,
    ring: Any,
) -> Any:  # pragma: no cover
    """Write a ring's corners, inside on the left, from one crossing of it back to the same.

    A crossing lies between an inside point and its outside neighbour on one side. On the way
    ahead, a quarter turn left of that side, the next crossing is decided by two points.
    """
    step = (1, width, -1, -width)
    first, first_point, first_side = at, point, side
    while True:
        outside = point + step[side]
        near, far = np.sqrt(square[point]), np.sqrt(square[outside])
        share = (level - near) / (far - near)
        row = point // width
        x, y = float(point - row * width), float(row)
        if side == EAST:
            ring_at[outside] = ring
            x += share
        elif side == WEST:
            ring_at[point] = ring
            x -= share
        elif side == NORTH:
            y += share
        else:
            y -= share
        # Beside the rim two corners may fall on one grid point.
        if at == first or x != xy[at - 1, 0] or y != xy[at - 1, 1]:
            xy[at, 0], xy[at, 1] = x, y
            at += 1
        ahead = (side + 1) % 4
        if not inside[point + step[ahead]]:
            side = ahead
        elif inside[outside + step[ahead]]:
            point, side = outside + step[ahead], (side + 3) % 4
        else:
            point += step[ahead]
        if point == first_point and side == first_side:
            break
    if x != xy[first, 0] or y != xy[first, 1]:
        xy[at] = xy[first]
        at += 1
    return at
