"""Tables from an OpenStreetMap extract: walking streets, facilities, homes, water, barriers.

All in degrees. Lines that share an OSM node share exactly equal coordinates, also after projection
to whole millimetres, and that is how the network joins them; two nodes drawn on the very same spot
(rare) are joined as well.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.layers.osm import WGS84, first_tags, meanings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.osm import Box, Extract, Numbers, Objects, Shapes, Tags

GATE_GAP_DEGREES = 5e-6  # half a metre: how far a way ends before a closed gate


def walking_streets(extract: Extract) -> gpd.GeoDataFrame:
    """Return the lines that people walk, cut at the box and at closed gates, in degrees.

    Columns `class`, `name`, `walkable`; steps, tracks and service roads are in, ferries and what
    is not built are out, what is closed to people on foot has `walkable` no.
    """
    walk = meanings()["walk"]
    lines = extract.lines
    chosen = [
        i
        for i, tags in enumerate(lines.tags)
        if tags.get("highway") in (*walk["open"], *walk["closed"])
    ]
    tags = [lines.tags[i] for i in chosen]
    xy, line = shapely.get_coordinates(lines.shapes[chosen], return_index=True)
    xy, line, run = _clip(xy, line, extract.box)
    gates = closed_gates(extract.points)
    shapes, of_run = _cut_at(xy, run, gates)
    row = line[np.searchsorted(run, of_run)]
    table = pd.DataFrame(
        {
            "class": [t["highway"] for t in tags],
            "name": [t.get("name") for t in tags],
            "walkable": [walkable(t) for t in tags],
        }
    ).astype({"class": "str", "name": "str"})
    return gpd.GeoDataFrame(table.iloc[row].reset_index(drop=True), geometry=shapes, crs=WGS84)


def walkable(tags: Tags) -> bool:
    """Tell whether the law and the road let people on foot use a way."""
    walk = meanings()["walk"]
    foot, access = tags.get("foot"), tags.get("access")
    if foot in walk["foot_open"]:
        return True
    if foot in walk["foot_closed"] or access in walk["access_closed"]:
        return False
    if tags.get("motorroad") == "yes" or tags["highway"] in walk["closed"]:
        return False
    pavement = tags.get("sidewalk", "no") not in ("no", "none")
    return tags.get("tunnel", "no") == "no" or pavement or tags["highway"] not in walk["in_tunnel"]


def closed_gates(points: Objects) -> Numbers:
    """Return the positions of gates and the like that let nobody pass, in degrees."""
    walk = meanings()["walk"]
    closed = [
        i
        for i, tags in enumerate(points.tags)
        if tags.get("barrier") in walk["gates"]
        and tags.get("foot") not in walk["foot_open"]
        and (tags.get("foot") or tags.get("access"))
        in (*walk["foot_closed"], *walk["access_closed"])
    ]
    return np.asarray(shapely.get_coordinates(points.shapes[closed]))


def _clip(
    xy: Numbers, line: NDArray[np.int64], box: Box | None
) -> tuple[Numbers, NDArray[np.int64], NDArray[np.int64]]:
    """Keep the vertices inside the box, and number the runs of neighbours among them.

    A run of one vertex is no line and is left out.
    """
    inside = np.ones(len(xy), bool) if box is None else _inside(xy, box)
    breaks = np.r_[True, (line[1:] != line[:-1]) | ~inside[:-1]]
    run = np.cumsum(breaks)[inside]
    xy, line = xy[inside], line[inside]
    long = np.bincount(run, minlength=run[-1] + 1 if len(run) else 0)[run] > 1
    _, run = np.unique(run[long], return_inverse=True)
    return xy[long], line[long], run


def _inside(xy: Numbers, box: Box) -> NDArray[np.bool_]:
    west, south, east, north = box
    x, y = xy[:, 0], xy[:, 1]
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def _cut_at(
    xy: Numbers, run: NDArray[np.int64], gates: Numbers
) -> tuple[Shapes, NDArray[np.int64]]:
    """Build one line per run, ending half a metre short of every closed gate on it.

    Returns the lines and the run of each.
    """
    # ten-millionths of a degree are OSM's own unit, so equal nodes give equal numbers
    at_gate = np.isin(_node_keys(xy), _node_keys(gates)) if len(gates) else np.zeros(len(xy), bool)
    if not at_gate.any():
        return shapely.linestrings(xy, indices=run), np.unique(run)
    # a gate within a run becomes two vertices: the end of one part and the start of the next
    copies = 1 + (at_gate & np.r_[False, run[1:] == run[:-1]] & np.r_[run[1:] == run[:-1], False])
    source = np.repeat(np.arange(len(xy)), copies)
    second = np.r_[False, source[1:] == source[:-1]]
    part = np.cumsum(second | np.r_[True, run[source][1:] != run[source][:-1]]) - 1
    moved = xy[source]
    starts = np.r_[True, part[1:] != part[:-1]]
    ends = np.r_[starts[1:], True]
    for which, step in ((starts, 1), (ends, -1)):
        at = np.flatnonzero(which & at_gate[source])
        towards = xy[source[at] + step] - xy[source[at]]
        length = np.sqrt((towards**2).sum(axis=1))[:, None]
        moved[at] += towards * np.minimum(0.4, GATE_GAP_DEGREES / np.maximum(length, 1e-12))
    firsts = np.flatnonzero(starts)
    return shapely.linestrings(moved, indices=part), run[source[firsts]]


def _node_keys(xy: Numbers) -> NDArray[np.int64]:
    units = np.rint(xy * 1e7).astype(np.int64)
    return units[:, 0] * 10_000_000_000 + units[:, 1]


def kind_of(tags: Tags, *, table: str) -> str | None:
    """Return the kind that the first matching entry of the tag table gives."""
    if _telling(table).isdisjoint(tags.items()):  # so it is for nearly all objects
        return None
    for entry in meanings()[table]:
        if all(tags.get(key) in values for key, values in entry["tags"].items()):
            return str(entry["kind"])
    return None


@cache
def _telling(table: str) -> frozenset[tuple[str, str]]:
    """Return the tags without any of which an object has no kind."""
    return frozenset(first_tags(meanings()[table]))


def facilities(extract: Extract, *, kind: str | None) -> gpd.GeoDataFrame:
    """Return facilities (of one kind, or all) as points in degrees; areas by a point within.

    A facility drawn as an area and again as a point or building within it counts once.
    """
    ids, shapes, tags = [], [], []
    for objects in (extract.areas, extract.points):
        found = [kind_of(t, table="facility") for t in objects.tags]
        chosen = [i for i, k in enumerate(found) if k is not None and kind in (None, k)]
        some_ids, some_shapes, some_tags = objects.select(chosen)
        ids += list(some_ids)
        shapes += list(some_shapes)
        tags += some_tags
    table = pd.DataFrame(
        {
            "id": ids,
            "name": [t.get("name") for t in tags],
            "kind": [kind_of(t, table="facility") for t in tags],
            "ownership": [t.get("operator:type") for t in tags],
        }
    ).astype("str")
    table["ownership"] = table["ownership"].where(table["ownership"].isin(["public", "private"]))
    areas = gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84)
    areas = areas[~_nested(areas)]
    areas["geometry"] = areas.geometry.representative_point()
    if extract.box:
        areas = areas[_inside(shapely.get_coordinates(areas.geometry), extract.box)]
    return areas.reset_index(drop=True)


def _nested(areas: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell which features lie within a larger one of the same kind."""
    nested = np.zeros(len(areas), bool)
    shapes = areas.geometry.to_numpy()
    kind = areas["kind"].to_numpy()
    size = shapely.area(shapes)
    inner, outer = shapely.STRtree(shapes).query(shapely.point_on_surface(shapes), "within")
    larger = (kind[inner] == kind[outer]) & (
        (size[outer] > size[inner]) | ((size[outer] == size[inner]) & (outer < inner))
    )
    nested[inner[larger]] = True
    return nested


def homes(extract: Extract, *, plain: bool = False) -> gpd.GeoDataFrame:
    """Return residential buildings (or those of unknown use) as areas in degrees, with `levels`.

    A building of unknown use that is also a facility is nobody's home.
    """
    table = meanings()["residential"]
    areas = extract.areas
    wanted = table["plain" if plain else "building"]
    chosen = [
        i
        for i, t in enumerate(areas.tags)
        if t.get("building") in wanted and not (plain and kind_of(t, table="facility"))
    ]
    ids, shapes, tags = areas.select(chosen)
    levels = [
        _levels(t.get("building:levels"))
        or table["levels"].get(t["building"], table["other_levels"])
        for t in tags
    ]
    found = gpd.GeoDataFrame(
        {
            "id": ids,
            "name": pd.Series([t.get("addr:housename") for t in tags], dtype="str"),
            "kind": pd.Series([t["building"] for t in tags], dtype="str"),
            "levels": levels,
        },
        geometry=shapes,
        crs=WGS84,
    )
    if extract.box is None:
        return found
    inside = _inside(shapely.get_coordinates(shapely.point_on_surface(shapes)), extract.box)
    return found[inside].reset_index(drop=True)


def _levels(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 200 else None  # noqa: PLR2004  no building has more


def water(extract: Extract) -> gpd.GeoDataFrame:
    """Return lakes and, where the extract has a coastline, the sea, as areas in degrees."""
    listed = meanings()["water"]["natural"]
    areas = extract.areas
    chosen = [i for i, t in enumerate(areas.tags) if t.get("natural") in listed]
    _, shapes, tags = areas.select(chosen)
    found = gpd.GeoDataFrame(
        {"name": pd.Series([t.get("name") for t in tags], dtype="str")}, geometry=shapes, crs=WGS84
    )
    found = _in_box(found, extract.box)
    if extract.box is None:
        return found
    coast = [
        i
        for i, t in enumerate(extract.lines.tags)
        if t.get("natural") in meanings()["water"]["coast"]
    ]
    sea = sea_in(extract.lines.shapes[coast], extract.box)
    names = pd.Series([None] * len(sea), dtype="str")
    return pd.concat(
        [found, gpd.GeoDataFrame({"name": names}, geometry=list(sea), crs=WGS84)], ignore_index=True
    )


def sea_in(coast: Shapes, box: Box) -> Shapes:
    """Return the parts of the box that lie to the right of the coastline: the sea.

    OSM draws coastlines with land on the left. Each face between them is land or sea by the side
    on which it lies of a piece of its border.
    """
    frame = shapely.box(*box)
    pieces = shapely.get_parts(
        shapely.line_merge(shapely.union_all(shapely.intersection(coast, frame)))
    )
    if not len(pieces):
        return np.empty(0, object)
    edges = shapely.union_all([*pieces, frame.exterior])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    sides = _right_hand_points(pieces)
    at, _ = shapely.STRtree(sides).query(faces, predicate="contains")
    return np.asarray(faces[np.unique(at)], dtype=object)


def _right_hand_points(lines: Shapes) -> Shapes:
    """Return a point just to the right of each line's longest piece."""
    points = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        steps = np.diff(xy, axis=0)
        longest = int(np.argmax((steps**2).sum(axis=1)))
        middle = (xy[longest] + xy[longest + 1]) / 2
        right = np.array([steps[longest][1], -steps[longest][0]])
        points.append(middle + right / np.sqrt((right**2).sum()) * 1e-7)
    return np.asarray(shapely.points(points), dtype=object)


def barriers(extract: Extract) -> gpd.GeoDataFrame:
    """Return walls, motorways, railways and rivers as lines in degrees."""
    found = [kind_of(t, table="barrier") for t in extract.lines.tags]
    chosen = [i for i, k in enumerate(found) if k is not None]
    _, shapes, tags = extract.lines.select(chosen)
    table = gpd.GeoDataFrame(
        {
            "kind": pd.Series([kind_of(t, table="barrier") for t in tags], dtype="str"),
            "name": pd.Series([t.get("name") for t in tags], dtype="str"),
        },
        geometry=shapes,
        crs=WGS84,
    )
    return _in_box(table, extract.box)


def _in_box(table: gpd.GeoDataFrame, box: Box | None) -> gpd.GeoDataFrame:
    """Cut lines and areas at the box."""
    if box is None or table.empty:
        return table
    touching = table[shapely.intersects(table.geometry.to_numpy(), shapely.box(*box))]
    cut = shapely.intersection(shapely.make_valid(touching.geometry.to_numpy()), shapely.box(*box))
    return gpd.GeoDataFrame(touching.set_geometry(cut).explode(ignore_index=True))
