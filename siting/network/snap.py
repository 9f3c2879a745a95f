"""Put points on streets: the nearest street segment that a straight leg reaches in the open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from siting.network.noding import to_mm

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from siting.network.streets import Streets

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]
    Floats = NDArray[np.float64]

NO_POSITION = int(np.iinfo(np.int64).min)
"""Coordinate of a point that has none."""

REASONS = ("no-open-leg", "no-position", "placed", "small-component", "too-far")

_RINGS = (1, 2, 4, 8)  # search within an eighth of the limit first: most points end there


@dataclass(frozen=True, eq=False)
class Positions:
    """Points placed on edges, all arrays one per point.

    Attributes
    ----------
    x_mm, y_mm
        The point itself (`NO_POSITION` where it has none).
    edge
        Edge of the network, −1 where the point could not be placed.
    offset_mm
        Length along the edge from its node u.
    leg_mm
        Straight walk between the point and the edge.
    component
        Component of the network, −1 where not placed.
    reason
        One of `REASONS`: placed; no-position (the point has none); too-far (no street within
        the limit); no-open-leg (streets within it, each behind a barrier or across water);
        small-component (open legs lead to scraps of network only).
    """

    x_mm: Longs
    y_mm: Longs
    edge: Ints
    offset_mm: Ints
    leg_mm: Ints
    component: Ints
    reason: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.edge)

    def take(self, rows: ArrayLike) -> Positions:
        """Return the chosen rows (numbers or a mask)."""
        chosen = np.asarray(rows)
        return Positions(**{name: getattr(self, name)[chosen] for name in _FIELDS})


_FIELDS = tuple(Positions.__dataclass_fields__)


def points_mm(points: gpd.GeoDataFrame | gpd.GeoSeries) -> tuple[Longs, Longs]:
    """Return the points' coordinates in whole millimetres, `NO_POSITION` where there is none."""
    geometry = np.asarray(points.geometry.array)
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    x = np.full(len(geometry), NO_POSITION, np.int64)
    y = np.full(len(geometry), NO_POSITION, np.int64)
    x[present] = to_mm(shapely.get_x(geometry[present]))
    y[present] = to_mm(shapely.get_y(geometry[present]))
    return x, y


@dataclass(frozen=True, eq=False)
class Obstacles:
    """Straight pieces of barrier lines and of water edges, from (ax, ay) to (bx, by)."""

    ax_mm: Longs
    ay_mm: Longs
    bx_mm: Longs
    by_mm: Longs

    @cached_property
    def index(self) -> shapely.STRtree:
        """Index of the pieces' boxes, in millimetres."""
        return shapely.STRtree(_lines(self.ax_mm, self.ay_mm, self.bx_mm, self.by_mm))

    def block(self, ax: Longs, ay: Longs, bx: Longs, by: Longs) -> NDArray[np.bool_]:
        """Tell which straight legs from a to b cross an obstacle.

        A leg crosses a piece if it goes from one side of it to the other between the piece's
        ends, ends included: no leg slips through the corner of a wall. Touching is not crossing:
        a leg may start on a wall (a point put at an entrance) and may end on one (a street drawn
        on it, a bridge over it); a gate is a gap in the line. All coordinates are integers, so
        the answer is exact.
        """
        blocked = np.zeros(len(ax), bool)
        if not len(self.ax_mm) or not len(ax):
            return blocked
        leg, piece = self.index.query(_lines(ax, ay, bx, by))
        p = (ax[leg], ay[leg])
        q = (bx[leg], by[leg])
        c = (self.ax_mm[piece], self.ay_mm[piece])
        d = (self.bx_mm[piece], self.by_mm[piece])
        across = _side(c, d, p) * _side(c, d, q) < 0
        between = _side(p, q, c) * _side(p, q, d) <= 0
        blocked[leg[across & between]] = True
        return blocked


def obstacles(
    *,
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    water: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
) -> Obstacles:
    """Collect what a straight leg may not cross: barrier lines and the edges of water.

    Parameters
    ----------
    barriers
        Lines: walls, motorways, railways, canals.
    water
        Polygons; islands and shores count as edges alike.
    """
    found = [np.empty((0, 4), np.int64)]
    for layer in (barriers, water):
        if layer is None:
            continue
        geometry = np.asarray(layer.geometry.array)
        areas = shapely.get_dimensions(geometry) == 2  # noqa: PLR2004
        lines = np.where(areas, shapely.boundary(geometry), geometry)
        xy, part = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
        start = np.flatnonzero(part[:-1] == part[1:])
        mm = to_mm(xy)
        found.append(np.hstack([mm[start], mm[start + 1]]))
    ax, ay, bx, by = np.vstack(found).T
    return Obstacles(ax, ay, bx, by)


def snap(
    x_mm: ArrayLike,
    y_mm: ArrayLike,
    *,
    streets: Streets,
    obstacles: Obstacles | None = None,
    max_snap_m: float = 200,
    min_component: int = 100,
) -> Positions:
    """Place each point on the nearest street segment it can reach straight.

    Only streets on components of at least `min_component` source nodes count, only within
    `max_snap_m`, and only over a leg that crosses no barrier and no edge of water
    (`obstacles`; without them every leg is open). For each straight segment of a street the leg
    goes to the segment's nearest point; among the open legs the shortest wins, then the smallest
    edge, then the smallest offset. The arithmetic is + − × ÷ sqrt and floor on whole
    millimetres, so another engine finds the same place.

    Parameters
    ----------
    x_mm, y_mm
        Points in whole millimetres, `NO_POSITION` where there is none.
    """
    x, y = np.asarray(x_mm, np.int64), np.asarray(y_mm, np.int64)
    max_mm = int(to_mm(max_snap_m))
    served = streets.component_size[streets.component[streets.edge_u]] >= min_component
    edge = np.full(len(x), -1, np.int32)
    offset, leg = np.zeros(len(x), np.int32), np.zeros(len(x), np.int32)
    reason = np.full(len(x), "too-far", dtype=f"<U{max(map(len, REASONS))}")
    reason[x == NO_POSITION] = "no-position"
    waiting = np.flatnonzero(x != NO_POSITION)
    for ring in _RINGS:
        legs = _legs(x, y, waiting, streets, within_mm=max_mm * ring // _RINGS[-1])
        reason[legs.row] = "no-open-leg"
        if obstacles is not None:
            ends = (x[legs.row], y[legs.row], legs.foot_x, legs.foot_y)
            legs = legs.take(~obstacles.block(*ends))
        reason[legs.row] = "small-component"
        best = _best(legs.take(served[legs.edge]))
        edge[best.row], offset[best.row], leg[best.row] = best.edge, best.offset, best.length
        reason[best.row] = "placed"
        waiting = waiting[edge[waiting] < 0]
    component = np.full(len(x), -1, np.int32)
    placed = edge >= 0
    component[placed] = streets.component[streets.edge_u[edge[placed]]]
    return Positions(x, y, edge, offset, leg, component, reason)


@dataclass(frozen=True)
class _Legs:
    """Straight legs from points (`row`) to the nearest point of a street segment."""

    row: Longs
    edge: Ints
    offset: Ints
    length: Ints
    square: Floats
    foot_x: Longs
    foot_y: Longs

    def take(self, rows: NDArray[Any]) -> _Legs:
        return _Legs(*(getattr(self, name)[rows] for name in _Legs.__dataclass_fields__))


def _legs(x: Longs, y: Longs, rows: Longs, streets: Streets, *, within_mm: int) -> _Legs:
    """Draw the legs of the given rows to every street segment within reach."""
    points = shapely.points(x[rows].astype(np.float64), y[rows].astype(np.float64))
    # A metre more than asked: what the index rounds away, the exact test below decides.
    point, piece = streets.pieces.query(points, predicate="dwithin", distance=within_mm + 1000.0)
    row = rows[point]
    edge, a = streets.piece_edge[piece], streets.piece_vertex[piece]
    ax, ay = streets.vertex_x_mm[a], streets.vertex_y_mm[a]
    dx = (streets.vertex_x_mm[a + 1] - ax).astype(np.float64)
    dy = (streets.vertex_y_mm[a + 1] - ay).astype(np.float64)
    share, square = nearest_on(x[row] - ax, y[row] - ay, dx, dy)
    at = streets.vertex_at_mm[a]
    length = (streets.vertex_at_mm[a + 1] - at).astype(np.float64)
    legs = _Legs(
        row=row,
        edge=edge,
        offset=at + np.floor(share * length + 0.5).astype(np.int32),
        length=np.floor(np.sqrt(square) + 0.5).astype(np.int32),
        square=square,
        foot_x=ax + np.floor(share * dx + 0.5).astype(np.int64),
        foot_y=ay + np.floor(share * dy + 0.5).astype(np.int64),
    )
    return legs.take(legs.length <= within_mm)


def nearest_on(px: Longs, py: Longs, dx: Floats, dy: Floats) -> tuple[Floats, Floats]:
    """Return the share of straight pieces (dx, dy) at which they come nearest to points p.

    Points are counted from where the pieces begin. The second array is the square of the distance.
    """
    east, north = px.astype(np.float64), py.astype(np.float64)
    share = np.minimum(np.maximum((east * dx + north * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    away_x, away_y = east - share * dx, north - share * dy
    return share, away_x * away_x + away_y * away_y


def _best(legs: _Legs) -> _Legs:
    """Keep each row's shortest leg; ties go to the smallest edge, then the smallest offset."""
    order = np.lexsort((legs.offset, legs.edge, legs.square, legs.row))
    first = np.unique(legs.row[order], return_index=True)[1]
    return legs.take(order[first])


def _side(a: tuple[Longs, Longs], b: tuple[Longs, Longs], p: tuple[Longs, Longs]) -> Longs:
    """Say on which side of the line from a to b each p lies: the sign of the cross product."""
    cross: Longs = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return np.sign(cross)


def _lines(ax: Longs, ay: Longs, bx: Longs, by: Longs) -> NDArray[Any]:
    xy = np.empty((len(ax), 2, 2))
    xy[:, 0, 0], xy[:, 0, 1], xy[:, 1, 0], xy[:, 1, 1] = ax, ay, bx, by
    lines: NDArray[Any] = shapely.linestrings(xy)
    return lines
