"""OpenStreetMap extracts: one pass over a file, keeping the objects whose tags matter.

The file is read in C++, and only objects with a tag of `osm_tags.toml` reach Python.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
import pandas as pd
import shapely

from siting.errors import DataError, problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Shapes = NDArray[np.object_]
    Tags = Mapping[str, str]
    Box = tuple[float, float, float, float]

WGS84 = "EPSG:4326"
LONGEST_DEGREES = 0.5  # an object begins no farther from any of its points
BUILDING_DEGREES = 0.05  # and a building much nearer


@dataclass
class Objects:
    """Objects of one shape: identifier, geometry in degrees, and tags of each."""

    ids: list[str] = field(default_factory=list)
    wkb: list[str] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)

    def add(self, name: str, wkb: str, tags: Any) -> None:
        """Keep one object."""
        self.ids.append(name)
        self.wkb.append(wkb)
        self.tags.append(dict(tags))

    @cached_property
    def shapes(self) -> Shapes:
        """The geometries, parsed once."""
        return np.asarray(shapely.from_wkb(np.array(self.wkb, dtype=object)), dtype=object)

    def select(self, chosen: list[int]) -> tuple[pd.Series, Shapes, list[Tags]]:
        """Return identifiers, geometries and tags of some."""
        ids = pd.Series([self.ids[i] for i in chosen], dtype="str")
        return ids, self.shapes[chosen], [self.tags[i] for i in chosen]


@dataclass(frozen=True)
class Extract:
    """What one pass over a file found: points, lines and areas with tags that matter."""

    points: Objects
    lines: Objects
    areas: Objects
    box: Box | None
    broken: list[str] = field(default_factory=list)


@cache
def meanings() -> dict[str, Any]:
    """Return the tag table (`osm_tags.toml`)."""
    return tomllib.loads(files("siting.layers").joinpath("osm_tags.toml").read_text("utf-8"))


def read_extract(path: Path, *, box: Box | None, plain: bool = False) -> Extract:
    """Read a PBF or XML file once.

    Parameters
    ----------
    box
        West, south, east, north in degrees; objects wholly outside are left out.
    plain
        Keep buildings of unknown use too: there are many, and only few places need them.

    Raises
    ------
    DataError
        If the file is truncated or no OSM data.
    """
    found = Extract(Objects(), Objects(), Objects(), box)
    lines, areas = line_tags(), area_tags()
    if plain:
        areas = [*areas, *(("building", value) for value in meanings()["residential"]["plain"])]
    processor = (
        osmium.FileProcessor(str(path))
        .with_areas(osmium.filter.TagFilter(*areas))
        .with_filter(osmium.filter.TagFilter(*sorted({*lines, *areas, *gate_tags()})))
    )
    line_keys = sorted({key for key, _ in lines})
    factory = osmium.geom.WKBFactory()
    try:
        for thing in processor:
            _collect(thing, found, factory, line_keys=line_keys)
    except (RuntimeError, OSError) as error:
        raise DataError(problem("file-damaged", path.name, detail=error)) from error
    return found


def line_tags() -> list[tuple[str, str]]:
    """Return the tags of lines that matter: streets, barriers, the coast."""
    table = meanings()
    streets = [("highway", value) for value in table["walk"]["open"] + table["walk"]["closed"]]
    coast = [("natural", value) for value in table["water"]["coast"]]
    return [*streets, *coast, *first_tags(table["barrier"])]


def area_tags() -> list[tuple[str, str]]:
    """Return the tags of areas and points that matter: facilities, homes, water."""
    table = meanings()
    homes = [("building", value) for value in table["residential"]["building"]]
    water = [("natural", value) for value in table["water"]["natural"]]
    return [*first_tags(table["facility"]), *homes, *water]


def gate_tags() -> list[tuple[str, str]]:
    """Return the tags of points that may close a way."""
    return [("barrier", value) for value in meanings()["walk"]["gates"]]


def first_tags(entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the values of each entry's first tag, which every match of it bears."""
    firsts = [next(iter(entry["tags"].items())) for entry in entries]
    return [(key, value) for key, values in firsts for value in values]


def _collect(thing: Any, found: Extract, factory: Any, *, line_keys: list[str]) -> None:
    """Keep an object that may touch the box; asking for one node first spares the costly steps."""
    tags = thing.tags
    try:
        if thing.is_node():
            if _near(thing.location, found.box, 0.0):
                found.points.add(f"n{thing.id}", factory.create_point(thing), tags)
        elif thing.is_way():
            if any(key in tags for key in line_keys) and _near(
                thing.nodes[0].location, found.box, LONGEST_DEGREES
            ):
                found.lines.add(f"w{thing.id}", _line(thing, factory), tags)
        elif thing.is_area():
            longest = BUILDING_DEGREES if "building" in tags else LONGEST_DEGREES
            if not _near(next(iter(thing.outer_rings()))[0].location, found.box, longest):
                return
            name = f"{'w' if thing.from_way() else 'r'}{thing.orig_id()}"
            found.areas.add(name, factory.create_multipolygon(thing), tags)
    except (osmium.InvalidLocationError, RuntimeError, IndexError, StopIteration):
        # nodes of it are missing from the file, as at the edge of an extract
        found.broken.append(f"{thing.type_str()}{thing.id}")


def _line(way: Any, factory: Any) -> str:
    """Return the longest part of a way of which the file has the nodes, as WKB."""
    try:
        return str(factory.create_linestring(way, osmium.geom.use_nodes.ALL))
    except osmium.InvalidLocationError:
        runs = groupby(way.nodes, key=lambda node: node.location.valid())
        parts = [[(node.lon, node.lat) for node in run] for valid, run in runs if valid]
        longest = max(parts, key=len, default=[])
        if len(longest) < 2:  # noqa: PLR2004  a line has two ends
            raise
        return str(shapely.to_wkb(shapely.LineString(longest), hex=True))


def _near(place: Any, box: Box | None, longest: float) -> bool:
    """Tell whether an object that begins at `place`, `longest` degrees long, may touch the box."""
    if box is None or not place.valid():
        return True
    west, south, east, north = box
    return bool(
        west - longest <= place.lon <= east + longest
        and south - longest <= place.lat <= north + longest
    )
