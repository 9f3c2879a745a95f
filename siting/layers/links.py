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
    streets, first = _joined(streets, xy[0], end=0)
    streets, last = _joined(streets, xy[-1], end=-1)
    whole = shapely.remove_repeated_points(shapely.LineString([first, *xy, last]))
    row = {"class": "link", "name": name, "walkable": True, "data_nature": data_nature}
    return stacked(streets, gpd.GeoDataFrame([row], geometry=[whole], crs=streets.crs))


def _joined(
    streets: gpd.GeoDataFrame, xy: Numbers, *, end: int
) -> tuple[gpd.GeoDataFrame, Numbers]:
    """Put a vertex into the nearest walkable street where it is nearest to a point."""
    point = shapely.Point(xy)
    walkable = np.flatnonzero(streets["walkable"].fillna(True).to_numpy(bool))
    lines = streets.geometry.to_numpy()
    distance = shapely.distance(lines[walkable], point)
    if not len(walkable) or distance.min() > LINK_REACH_M:
        raise TooFar(end)
    nearest = int(walkable[distance.argmin()])
    at = shapely.line_locate_point(lines[nearest], point)
    foot = whole_mm(np.array(shapely.line_interpolate_point(lines[nearest], at).coords[0]))
    coords = shapely.get_coordinates(lines[nearest])
    steps = np.diff(coords, axis=0)
    along = np.r_[0, np.sqrt((steps**2).sum(axis=1)).cumsum()]
    bent = np.insert(coords, int(np.searchsorted(along, at, side="right")), foot, axis=0)
    changed = streets.copy()
    changed.loc[changed.index[nearest], "geometry"] = shapely.remove_repeated_points(
        shapely.LineString(bent)
    )
    return changed, foot


def cut(streets: gpd.GeoDataFrame, knife: shapely.Geometry) -> gpd.GeoDataFrame | None:
    """Take out every straight piece of a street that `knife` touches; None if it touches none."""
    hit = np.flatnonzero(shapely.intersects(streets.geometry.to_numpy(), knife))
    if not len(hit):
        return None
    remains = []
    for row in hit:
        coords = shapely.get_coordinates(streets.geometry.iloc[row])
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
