"""OpenStreetMap extracts: passes over a file that keep the objects whose tags matter.

The file is read in C++, and only objects with a tag of `osm_tags.toml` reach Python.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

import geopandas as gpd
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
WKB_HEAD, WKB_VERTEX = 9, 16  # bytes of a line: order, type and number of vertices; two numbers


@dataclass
class Objects:
    """Objects of one shape: identifier, geometry in degrees, and tags of each."""

    ids: list[str] = field(default_factory=list)
    wkb: list[str] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)

    def add(self, name: str, wkb: str, tags: dict[str, str]) -> None:
        """Keep one object."""
        self.ids.append(name)
        self.wkb.append(wkb)
        self.tags.append(tags)

    def shapes(self, chosen: list[int]) -> Shapes:
        """Return the geometries of some."""
        wkb = np.array([self.wkb[i] for i in chosen], dtype=object)
        return np.asarray(shapely.from_wkb(wkb), dtype=object)

    def vertices(self, chosen: list[int]) -> tuple[Numbers, NDArray[np.int64]]:
        """Return the vertices of some lines, and the position in `chosen` of the line of each.

        As their bytes stand, without geometries between: an extract has a million of them.
        """
        texts = [self.wkb[i] for i in chosen]
        data = np.frombuffer(bytes.fromhex("".join(texts)), np.uint8)
        size = np.array([len(text) // 2 for text in texts], np.int64)
        kept = np.ones(len(data), bool)
        kept[(np.cumsum(size) - size)[:, None] + np.arange(WKB_HEAD)] = False
        xy = data[kept].view(np.float64).reshape(-1, 2)
        return xy, np.repeat(np.arange(len(texts)), (size - WKB_HEAD) // WKB_VERTEX)

    def select(self, chosen: list[int]) -> tuple[pd.Series, Shapes, list[Tags]]:
        """Return identifiers, geometries and tags of some."""
        ids = pd.Series([self.ids[i] for i in chosen], dtype="str")
        return ids, self.shapes(chosen), [self.tags[i] for i in chosen]


@dataclass(frozen=True)
class Found:
    """An extract at hand, as a download gives it.

    `gates` are points that may close a way, `plain` the buildings of unknown use.
    """

    box: Box | None
    lines: Objects = field(default_factory=Objects)
    gates: Objects = field(default_factory=Objects)
    points: Objects = field(default_factory=Objects)
    areas: Objects = field(default_factory=Objects)
    plain: Objects = field(default_factory=Objects)


@dataclass(frozen=True)
class ExtractFile:
    """A PBF or XML file: lines, areas and plain buildings are each read when first asked for.

    So a city's streets do not wait for its buildings to be put together. Each raises DataError if
    the file is truncated or no OSM data.

    Parameters
    ----------
    path
        The file.
    box
        West, south, east, north in degrees; objects wholly outside are left out.
    """

    path: Path
    box: Box | None = None

    @property
    def lines(self) -> Objects:
        """Streets, barriers, the coast."""
        return self._ways.lines

    @property
    def gates(self) -> Objects:
        """Points that may close a way."""
        return self._ways.points

    @property
    def points(self) -> Objects:
        """Points with a tag of facilities, homes or water."""
        return self._places.points

    @property
    def areas(self) -> Objects:
        """Areas with such a tag."""
        return self._places.areas

    @property
    def plain(self) -> Objects:
        """Buildings of unknown use: there are many, and only few places need them."""
        return self._buildings.areas

    @cached_property
    def _ways(self) -> Found:
        tags = sorted({*line_tags(), *gate_tags()})
        kinds = osmium.filter.EntityFilter(osmium.osm.NODE | osmium.osm.WAY)
        processor = self._file().with_locations().with_filter(kinds)
        return self._read(processor, tags, told=meanings()["told"]["lines"])

    @cached_property
    def _places(self) -> Found:
        return self._read_areas(area_tags())

    @cached_property
    def _buildings(self) -> Found:
        return self._read_areas(plain_tags())

    def _read_areas(self, tags: list[tuple[str, str]]) -> Found:
        kinds = osmium.filter.EntityFilter(osmium.osm.NODE | osmium.osm.AREA)
        areas = self._file().with_areas(osmium.filter.TagFilter(*tags))
        return self._read(areas.with_filter(kinds), tags, told=meanings()["told"]["areas"])

    def _file(self) -> Any:
        return osmium.FileProcessor(str(self.path))

    def _read(self, processor: Any, tags: list[tuple[str, str]], *, told: list[str]) -> Found:
        found = Found(self.box)
        keys = sorted({*told, *(key for key, _ in tags)})
        factory = osmium.geom.WKBFactory()
        try:
            for thing in processor.with_filter(osmium.filter.TagFilter(*tags)):
                _collect(thing, found, factory, keys)
        except (RuntimeError, OSError) as error:
            raise DataError(problem("file-damaged", self.path.name, detail=error)) from error
        return found


Extract = Found | ExtractFile


@cache
def meanings() -> dict[str, Any]:
    """Return the tag table (`osm_tags.toml`)."""
    return tomllib.loads(files("siting.layers").joinpath("osm_tags.toml").read_text("utf-8"))


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


def plain_tags() -> list[tuple[str, str]]:
    """Return the tags of buildings of unknown use."""
    return [("building", value) for value in meanings()["residential"]["plain"]]


def gate_tags() -> list[tuple[str, str]]:
    """Return the tags of points that may close a way."""
    return [("barrier", value) for value in meanings()["walk"]["gates"]]


def first_tags(entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the values of each entry's first tag, which every match of it bears."""
    firsts = [next(iter(entry["tags"].items())) for entry in entries]
    return [(key, value) for key, values in firsts for value in values]


def _collect(thing: Any, found: Found, factory: Any, keys: list[str]) -> None:
    """Keep an object that may touch the box, with its tags of `keys`.

    Asking for one node first spares the costly steps; so does asking for tags by name.
    """
    tags, box = thing.tags, found.box
    try:
        if thing.is_node():
            if box is None or _near(thing.location, box, 0.0):
                found.points.add(f"n{thing.id}", factory.create_point(thing), _told(tags, keys))
        elif thing.is_way():
            if box is None or _near(thing.nodes[0].location, box, LONGEST_DEGREES):
                found.lines.add(f"w{thing.id}", _line(thing, factory), _told(tags, keys))
        else:
            longest = BUILDING_DEGREES if "building" in tags else LONGEST_DEGREES
            start = next(iter(thing.outer_rings()))[0].location
            if box is None or _near(start, box, longest):
                name = f"{'w' if thing.from_way() else 'r'}{thing.orig_id()}"
                found.areas.add(name, factory.create_multipolygon(thing), _told(tags, keys))
    except (osmium.InvalidLocationError, RuntimeError, IndexError, StopIteration):
        return  # nodes of it are missing from the file, as at the edge of an extract


def _told(tags: Any, keys: list[str]) -> dict[str, str]:
    return {key: value for key in keys if (value := tags.get(key)) is not None}


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


def _near(place: Any, box: Box, longest: float) -> bool:
    """Tell whether an object that begins at `place`, `longest` degrees long, may touch the box."""
    if not place.valid():
        return True
    west, south, east, north = box
    return bool(
        west - longest <= place.lon <= east + longest
        and south - longest <= place.lat <= north + longest
    )


def inside_box(xy: Numbers, box: Box) -> NDArray[np.bool_]:
    """Tell which positions lie in a box."""
    west, south, east, north = box
    x, y = xy[:, 0], xy[:, 1]
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def cut_at_box(table: gpd.GeoDataFrame, box: Box | None) -> gpd.GeoDataFrame:
    """Cut lines and areas at the box."""
    if box is None or table.empty:
        return table
    touching = table[shapely.intersects(table.geometry.to_numpy(), shapely.box(*box))]
    cut = shapely.intersection(shapely.make_valid(touching.geometry.to_numpy()), shapely.box(*box))
    return gpd.GeoDataFrame(touching.set_geometry(cut).explode(ignore_index=True))
