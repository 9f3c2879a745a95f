"""Streets joined by links (a footbridge, a gate) and cut by what nobody passes (a wall, a lock)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.layers.faults import fault_in_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.errors import Problem
    from siting.layers.model import Notes

    Numbers = NDArray[np.float64]

# A link joins the nearest street at each end; farther away it would be a new road, not a link.
LINK_REACH_M = 200.0
# A point that cuts, a locked gate, closes the streets that it stands on.
GATE_M = 1.0
PER_MM = 1000
LINK = "link"
"""Class of the streets that are links: they join others anywhere, not only where vertices meet."""


class TooFar(Exception):  # noqa: N818 - an outcome, which callers put into words
    """An end of a link finds no street; `end` is 0 or −1."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


def whole_mm(xy: Numbers) -> Numbers:
    """Round metres half up to whole millimetres, as the network does."""
    return np.floor(xy * PER_MM + 0.5) / PER_MM


def to_whole_mm(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return streets whose vertices lie on whole millimetres: the one place where they are rounded.

    Whoever measures on them afterwards, the network or the page in a browser, has equal numbers.
    """
    shapes = shapely.transform(streets.geometry.to_numpy(), whole_mm)
    return cast("gpd.GeoDataFrame", streets.set_geometry(shapes, crs=streets.crs))


def linked(
    streets: gpd.GeoDataFrame, line: shapely.LineString, *, name: str, data_nature: str
) -> gpd.GeoDataFrame:
    """Add a walkable line that joins the nearest streets at both its ends.

    The streets stay as they are: the network finds the ends of the line on them.

    Parameters
    ----------
    streets
        The streets layer, in a metric CRS.

    Raises
    ------
    TooFar
        If no street lies within `LINK_REACH_M` of an end.
    """
    xy = whole_mm(shapely.get_coordinates(line))
    first, last = (_foot(streets, xy[end], end=end) for end in (0, -1))
    whole = shapely.remove_repeated_points(shapely.LineString([first, *xy, last]))
    row = {"class": LINK, "name": name, "walkable": True, "data_nature": data_nature}
    return stacked(streets, gpd.GeoDataFrame([row], geometry=[whole], crs=streets.crs))


def _foot(streets: gpd.GeoDataFrame, xy: Numbers, *, end: int) -> Numbers:
    """Return the nearest place on a walkable street, by the arithmetic of the network."""
    lines = streets.geometry.to_numpy()[streets["walkable"].fillna(True).to_numpy(bool)]
    near = lines[shapely.dwithin(lines, shapely.Point(xy), LINK_REACH_M + 1)]
    coords, line = shapely.get_coordinates(shapely.get_parts(near), return_index=True)
    x, y = np.floor((coords - xy) * PER_MM + 0.5).T  # from the point, in whole millimetres
    a = np.flatnonzero((line[:-1] == line[1:]) & ((np.diff(x) != 0) | (np.diff(y) != 0)))
    # From its smaller end, whichever way a street is drawn.
    turned = (x[a] > x[a + 1]) | ((x[a] == x[a + 1]) & (y[a] > y[a + 1]))
    a, b = np.where(turned, a + 1, a), np.where(turned, a, a + 1)
    dx, dy = x[b] - x[a], y[b] - y[a]
    share = np.clip(-(x[a] * dx + y[a] * dy) / (dx * dx + dy * dy), 0.0, 1.0)
    away_x, away_y = x[a] + share * dx, y[a] + share * dy
    square = away_x * away_x + away_y * away_y
    if not len(a) or square.min() > (LINK_REACH_M * PER_MM) ** 2:
        raise TooFar(end)
    best = square.argmin()
    move = np.array([axis[a[best]] for axis in (x, y)])
    move += np.floor(share[best] * np.array([dx[best], dy[best]]) + 0.5)
    return whole_mm(xy + move / PER_MM)


def cut(streets: gpd.GeoDataFrame, knife: shapely.Geometry) -> gpd.GeoDataFrame | None:
    """Take out every straight piece of a street that `knife` touches; None if it touches none.

    A street on which a link ends has a piece on either side of it.
    """
    hit = np.flatnonzero(shapely.intersects(streets.geometry.to_numpy(), knife))
    if not len(hit):
        return None
    feet = _feet(streets)
    remains = []
    for row in hit:
        coords = _with_feet(streets.geometry.iloc[row], feet)
        pieces = shapely.linestrings(np.stack([coords[:-1], coords[1:]], axis=1))
        whole = ~shapely.intersects(pieces, knife)
        left = shapely.line_merge(shapely.multilinestrings(pieces[whole]))
        remains += [(row, part) for part in shapely.get_parts(left)]
    kept = streets.drop(index=streets.index[hit])
    if not remains:
        return cast("gpd.GeoDataFrame", kept.reset_index(drop=True))
    parts = streets.iloc[[row for row, _ in remains]].copy()
    parts["geometry"] = [part for _, part in remains]
    return stacked(kept, parts)


def with_feet(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the streets with a vertex wherever a link ends on them, for who looks for vertices."""
    feet = _feet(streets)
    lines = streets.geometry.to_numpy().copy()
    for row in np.unique(shapely.STRtree(lines).query(feet, "dwithin", 1 / PER_MM)[1]):
        lines[row] = shapely.LineString(_with_feet(lines[row], feet))
    return cast("gpd.GeoDataFrame", streets.set_geometry(lines, crs=streets.crs))


def _feet(streets: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the ends of all links."""
    is_link = (streets["class"] == LINK).fillna(False).to_numpy(bool)
    ends: NDArray[np.object_] = shapely.get_parts(
        shapely.boundary(streets.geometry.to_numpy()[is_link])
    )
    return ends


def _with_feet(line: shapely.LineString, feet: NDArray[np.object_]) -> Numbers:
    """Return a street's vertices, with the ends of links that lie on it between them."""
    coords = shapely.get_coordinates(line)
    own = shapely.get_coordinates(feet[shapely.dwithin(line, feet, 1 / PER_MM)])
    for foot in own[~(own[:, None] == coords).all(axis=2).any(axis=1)]:
        along = shapely.line_locate_point(shapely.LineString(coords), shapely.Point(foot))
        steps = np.sqrt((np.diff(coords, axis=0) ** 2).sum(axis=1)).cumsum()
        coords = np.insert(coords, 1 + int(np.searchsorted(steps, along)), foot, axis=0)
    return cast("Numbers", coords)


def stacked(streets: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return streets with further ones below them."""
    both = pd.concat([streets, new.reindex(columns=streets.columns)], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=streets.crs)


def with_links(
    streets: gpd.GeoDataFrame, links: gpd.GeoDataFrame, *, where: str, notes: Notes
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Add the lines of a layer of links, one after the other.

    Returns the streets, and the problem of the rows of which an end finds no street; they lie
    there unjoined, so that a cut across them is none for nothing.
    """
    lost = {}
    for row, link in links.iterrows():
        named = {key: "" if pd.isna(link[key]) else link[key] for key in ("name", "data_nature")}
        try:
            streets = linked(streets, link.geometry, **named)
        except TooFar as far:
            x, y = link.geometry.coords[far.end]
            lost[row] = f"{x:.0f}, {y:.0f}"
            streets = stacked(streets, links.loc[[row]])
    notes.add("links-added", count=len(links) - len(lost))
    if not lost:
        return streets, []
    cells, reach = pd.Series(lost), f"{LINK_REACH_M:.0f}"
    return streets, [fault_in_rows("link-nowhere", where, column="", cells=cells, reach=reach)]


def with_cuts(
    streets: gpd.GeoDataFrame, cuts: gpd.GeoDataFrame, *, where: str, notes: Notes
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Close the streets that the lines and points of a layer of cuts touch.

    Returns the streets, and the problem of the rows that touch none.
    """
    idle = {}
    for row, shape in cuts.geometry.items():
        knife = shape.buffer(GATE_M) if shape.geom_type in ("Point", "MultiPoint") else shape
        left = cut(streets, knife)
        if left is None:
            idle[row] = shape.wkt[:40]
        else:
            streets = left
    notes.add("streets-cut", count=len(cuts) - len(idle))
    if not idle:
        return streets, []
    return streets, [fault_in_rows("cut-nothing", where, column="", cells=pd.Series(idle))]
