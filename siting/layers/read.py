"""Read every layer of a scenario, and let the layers complete each other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import geopandas as gpd
import pandas as pd

from siting.errors import DataError, raise_all
from siting.layers.coordinates import metric_crs, scale_error
from siting.layers.extras import read_extras
from siting.layers.links import to_whole_mm, with_cuts, with_links
from siting.layers.model import Layers, Notes
from siting.layers.reader import Reader
from siting.layers.schemas import empty, finish, schemas, validate
from siting.layers.sources import file_name
from siting.layers.spatial import grid_of, with_land_area
from siting.layers.values import narrow, words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from siting.scenario.model import LayerSpec

    Tables = dict[str, gpd.GeoDataFrame]

SINGLE = ("streets", "links", "cuts", "barriers", "water")
SCALE_WARNING = 1e-4


def read_layers(
    specs: Mapping[str, LayerSpec | list[LayerSpec] | dict[str, LayerSpec]],
    *,
    base: Path,
    crs: str,
) -> Layers:
    """Read the layers of a scenario.

    Parameters
    ----------
    specs
        Blocks of the scenario by the name of their table; `facilities` is a list, `context` a
        mapping of further layers by name.
    base
        The place's folder, to which paths are relative.
    crs
        The metric CRS in which everything is measured.

    Raises
    ------
    DataError
        With every problem of every layer.
    """
    one = cast("dict[str, LayerSpec]", dict(specs))
    placeless = not one.get("residents") and not one.get("streets")
    reader = Reader(base, metric_crs(crs, where="crs"), placeless=placeless)
    found, known = _ground(reader, one)
    several = cast("list[LayerSpec]", specs.get("facilities") or [])
    facilities = [(file_name(spec), reader.layer("facilities", spec, **known)) for spec in several]
    named = cast("dict[str, LayerSpec]", specs.get("context") or {})
    context = {name: reader.layer("context", spec) for name, spec in named.items()}
    if "units" not in found:
        found["units"] = _grid(reader, [found["residents"], *dict(facilities).values()], one)
    extras = read_extras(reader, specs, units=found["units"], known=known)
    notes = reader.new_notes("layers")
    found["units"] = with_land_area(found["units"], found["water"], notes=notes)
    if "units" not in reader.lost:
        found["residents"] = reader.settled(
            found["residents"], found["units"], one.get("residents")
        )
    found["parcels"] = reader.assigned(
        found["parcels"], found["units"], where=file_name(one.get("parcels"))
    )
    placed = [reader.assigned(table, found["units"], where=file) for file, table in facilities]
    found["facilities"] = _stack(placed, reader.crs)
    found["streets"] = _joined_and_cut(reader, found, one, notes=notes)
    found["parcels"] = with_area(found["parcels"], notes=notes)
    _note_scale(found["residents"], crs=reader.crs, notes=notes)
    done = {
        name: reader.tried(name, partial(finish, table, schema=schemas()[name], where=name), table)
        for name, table in found.items()
    }
    raise_all(reader.problems, DataError)
    return Layers(
        crs=reader.crs,
        **done,
        **extras,
        context={name: table.reset_index(drop=True) for name, table in context.items()},
        notes=[note for some in reader.notes for note in some.as_list()],
        sources=reader.sources.records,
    )


def _ground(reader: Reader, one: dict[str, LayerSpec]) -> tuple[Tables, Tables]:
    """Read what is one file each, and say to which of it rows of others may be joined."""
    units = one.get("units")
    found = {}
    if units is None or units.grid_m is None:
        found["units"] = reader.layer("units", units)
    found["parcels"] = reader.layer("parcels", one.get("parcels"))
    known = {n: table for n, table in found.items() if len(table) or n in reader.lost}
    found["residents"] = reader.layer("residents", one.get("residents"), **known)
    found |= {name: reader.layer(name, one.get(name)) for name in SINGLE}
    return found, known


def _grid(
    reader: Reader, tables: list[gpd.GeoDataFrame], one: dict[str, LayerSpec]
) -> gpd.GeoDataFrame:
    """Return the cells in which people and facilities are; none if those cannot be read."""
    schema = schemas()["units"]
    if reader.lost:
        reader.lost.add("units")
        return empty(schema, crs=reader.crs)
    places = pd.concat([table.geometry for table in tables], ignore_index=True)
    grid = grid_of(places, size_m=cast("int", one["units"].grid_m))
    return validate(grid, schema=schema, where="grid")


def _joined_and_cut(
    reader: Reader, found: Tables, one: dict[str, LayerSpec], *, notes: Notes
) -> gpd.GeoDataFrame:
    """Complete the streets by the layers of links and cuts, which are used up."""
    streets = to_whole_mm(with_walkable(found["streets"], notes=notes))
    for name, work in (("links", with_links), ("cuts", with_cuts)):
        table, where = found.pop(name), file_name(one.get(name))
        if "streets" not in reader.lost:
            streets, idle = work(streets, table, where=where, notes=notes)
            reader.problems += idle
    return streets


def _stack(tables: list[gpd.GeoDataFrame], crs: str) -> gpd.GeoDataFrame:
    """Stack facility tables; rows keep the numbers of their own files."""
    full = [table for table in tables if len(table)]
    if not full:
        return empty(schemas()["facilities"], crs=crs)
    return gpd.GeoDataFrame(pd.concat(full))


def with_walkable(streets: gpd.GeoDataFrame, *, notes: Notes) -> gpd.GeoDataFrame:
    """Judge by their class whether people walk on streets that do not say so."""
    unsaid = streets["walkable"].isna()
    notes.add("walkable-by-class", count=int(unsaid.sum()))
    closed = streets["class"].fillna("").map(narrow).isin(words()["streets"]["closed"])
    walkable = streets["walkable"].where(~unsaid, ~closed).astype(bool)
    return cast("gpd.GeoDataFrame", streets.assign(walkable=walkable))


def with_area(parcels: gpd.GeoDataFrame, *, notes: Notes) -> gpd.GeoDataFrame:
    """Measure parcels whose area the source leaves out."""
    notes.add("parcel-area-by-geometry", count=int(parcels["area_m2"].isna().sum()))
    area = parcels["area_m2"].fillna(parcels.area)
    return cast("gpd.GeoDataFrame", parcels.assign(area_m2=area))


def _note_scale(residents: gpd.GeoDataFrame, *, crs: str, notes: Notes) -> None:
    """Warn if the metric CRS distorts lengths where people live."""
    if residents.geometry.notna().any():
        west, south, east, north = residents.total_bounds
        error = max(scale_error(crs, x=x, y=y) for x in (west, east) for y in (south, north))
        if error > SCALE_WARNING:
            notes.add("crs-scale", example=f"{error:.2e}")
