"""Read every layer of a scenario, and let the layers complete each other."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import DataError, Problem, SitingError, problem, raise_all
from siting.layers import osm_tables
from siting.layers.areas import CELL_M, people_at_points
from siting.layers.coordinates import metric_crs, scale_error
from siting.layers.database import is_database, read_database, shown
from siting.layers.model import Layers, Notes
from siting.layers.osm import WGS84, Extract, read_extract
from siting.layers.readers import is_osm, read_raw, sha256
from siting.layers.schemas import empty, finish, schemas, validate
from siting.layers.spatial import assign_units, grid_of, with_land_area
from siting.layers.spread import people_by_column, people_in_homes
from siting.layers.tables import Source, clip_to, table_of
from siting.layers.values import narrow, words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from siting.scenario.model import LayerSpec

SINGLE = ("residents", "streets", "barriers", "water", "parcels")
HOMES = "buildings"  # the context layer over which people of areas are spread
SCALE_WARNING = 1e-4


@dataclass
class Reader:
    """What is read once and shared between layers: OSM extracts, notes, sources."""

    base: Path
    crs: str
    notes: list[Notes] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _extracts: dict[tuple[Path, Any], Extract] = field(default_factory=dict)
    _checksums: dict[Path, str] = field(default_factory=dict)

    def layer(
        self, name: str, spec: LayerSpec | None, *, units: gpd.GeoDataFrame | None = None
    ) -> gpd.GeoDataFrame:
        """Read one layer; its problems are kept for the end, an empty table stands in for it.

        Residents without coordinates are joined to `units`.
        """
        schema = schemas()[name]
        if spec is None:
            return empty(schema, crs=self.crs)
        notes = self.new_notes(file_name(spec))
        source = Source(schema, spec, notes.where, self.crs, notes, units)
        try:
            return self._read(source)
        except SitingError as error:
            self.problems += error.problems
            return empty(schema, crs=self.crs)

    def assigned(
        self, table: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, where: str
    ) -> gpd.GeoDataFrame:
        """Complete units and `outside` of a table; its problems are kept for the end."""
        try:
            return assign_units(table, units, where=where, notes=self.new_notes(where))
        except DataError as error:
            self.problems += error.problems
            return table

    def new_notes(self, where: str) -> Notes:
        """Open a list of notes."""
        notes = Notes(where)
        self.notes.append(notes)
        return notes

    def _read(self, source: Source) -> gpd.GeoDataFrame:
        spec, schema, notes = source.spec, source.schema, source.notes
        path = self.base / spec.path
        if is_osm(path) and path.is_file():
            table, crs = self._from_osm(path, source), WGS84
            checksum = self._checksum(path)
        else:
            if is_database(spec.path):
                raw, checksum = read_database(spec.path, layer=spec.layer)
            else:
                raw = read_raw(path, layer=spec.layer, schema=schema, notes=notes, box=spec.bbox)
                checksum = self._checksum(path)
            table, crs = table_of(raw, source)
            if spec.bbox:
                table = clip_to(table, spec.bbox)
        self.sources.append(
            {
                "layer": schema.name,
                "path": shown(spec.path) if is_database(spec.path) else spec.path,
                "sha256": checksum,
                "rows": len(table),
                "crs": crs,
                **self._provenance(path.name),
            }
        )
        if schema.name == "residents":  # areas become points when the units are known
            schema = replace(schema, geometry="any")
        return validate(with_ids(table, source), schema=schema, where=source.where)

    def homes(self, spec: LayerSpec | None) -> gpd.GeoDataFrame | None:
        """Read the buildings over which people are spread, with their storeys, if any are given."""
        if spec is None:
            return None
        buildings = self.layer("buildings", spec)
        return with_levels(buildings, notes=self.new_notes(file_name(spec)))

    def at_points(
        self,
        residents: gpd.GeoDataFrame,
        units: gpd.GeoDataFrame,
        homes: gpd.GeoDataFrame | None,
        spec: LayerSpec | None,
    ) -> gpd.GeoDataFrame:
        """Bring people of areas to points; problems are kept for the end."""
        where, cell_m = file_name(spec), (spec.grid_m if spec else None) or CELL_M
        notes = self.new_notes(where)
        try:
            return people_at_points(
                residents, units, homes, cell_m=cell_m, where=where, notes=notes
            )
        except DataError as error:
            self.problems += error.problems
            return residents

    def _checksum(self, path: Path) -> str:
        if path not in self._checksums:
            self._checksums[path] = sha256(path)
        return self._checksums[path]

    def _provenance(self, name: str) -> dict[str, Any]:
        """Return what `sources.toml` of the place says of a file: provider, licence, date."""
        listed = self.base / "sources.toml"
        if not listed.is_file():
            return {}
        table = tomllib.loads(listed.read_text(encoding="utf-8"))
        record = table.get(name, {})
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in record.items()}

    def _from_osm(self, path: Path, source: Source) -> gpd.GeoDataFrame:
        spec = source.spec
        key = (path, spec.bbox)
        if key not in self._extracts:
            self._extracts[key] = read_extract(path, box=spec.bbox)
        extract = self._extracts[key]
        name = source.schema.name
        if name == "residents":
            if spec.total is None or spec.shares is None:
                raise DataError(problem("osm-residents", spec.where or source.where))
            people = people_by_column(spec.total, spec.shares, where=spec.where or source.where)
            homes = self._osm_homes(path, spec, extract)
            if homes.empty:
                raise DataError(problem("layer-empty", source.where, layer=name))
            return people_in_homes(homes, people=people, notes=source.notes)
        if name == "facilities":
            return osm_tables.facilities(extract, kind=spec.kind).to_crs(self.crs)
        if name == "buildings":
            return self._osm_homes(path, spec, extract)
        layers = {
            "streets": osm_tables.walking_streets,
            "water": osm_tables.water,
            "barriers": osm_tables.barriers,
        }
        if name not in layers:
            raise DataError(problem("osm-layer", source.where, layer=name))
        return layers[name](extract).to_crs(self.crs)

    def _osm_homes(self, path: Path, spec: LayerSpec, extract: Extract) -> gpd.GeoDataFrame:
        """Return residential buildings; where none is mapped as such, all plain buildings."""
        homes = osm_tables.homes(extract)
        if homes.empty:
            homes = osm_tables.homes(read_extract(path, box=spec.bbox, plain=True), plain=True)
        return homes.to_crs(self.crs)


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
    reader = Reader(base, metric_crs(crs, where="crs"))
    one = cast("dict[str, LayerSpec]", dict(specs))
    units, people = one.get("units"), one.get("residents")
    found = {}
    if units is None or units.grid_m is None:
        found["units"] = reader.layer("units", units)
    found |= {name: reader.layer(name, one.get(name), units=found.get("units")) for name in SINGLE}
    several = cast("list[LayerSpec]", specs.get("facilities") or [])
    facilities = [(file_name(spec), reader.layer("facilities", spec)) for spec in several]
    named = dict(cast("dict[str, LayerSpec]", specs.get("context") or {}))
    homes = reader.homes(named.pop(HOMES, None))
    context = {name: reader.layer("context", spec) for name, spec in named.items()}
    if units is not None and units.grid_m is not None:
        places = [table.geometry for table in (found["residents"], *(t for _, t in facilities))]
        grid = grid_of(pd.concat(places, ignore_index=True), size_m=units.grid_m)
        found["units"] = validate(grid, schema=schemas()["units"], where="grid")
    raise_all(reader.problems, DataError)
    notes = reader.new_notes("layers")
    found["units"] = with_land_area(found["units"], found["water"], notes=notes)
    found["residents"] = reader.at_points(found["residents"], found["units"], homes, people)
    for name in ("residents", "parcels"):
        found[name] = reader.assigned(found[name], found["units"], where=file_name(one.get(name)))
    placed = [reader.assigned(table, found["units"], where=file) for file, table in facilities]
    raise_all(reader.problems, DataError)
    found["facilities"] = _stack(placed, reader.crs)
    found["streets"] = with_walkable(found["streets"], notes=notes)
    found["parcels"] = with_area(found["parcels"], notes=notes)
    _note_scale(found["residents"], crs=reader.crs, notes=notes)
    done = {n: finish(table, schema=schemas()[n], where=n) for n, table in found.items()}
    return Layers(
        crs=reader.crs,
        **done,
        context={name: table.reset_index(drop=True) for name, table in context.items()},
        notes=[note for some in reader.notes for note in some.as_list()],
        sources=reader.sources,
    )


def file_name(spec: LayerSpec | None) -> str:
    """Return the name by which people know a layer's file."""
    if spec is None:
        return ""
    return shown(spec.path) if is_database(spec.path) else spec.path.rsplit("/", 1)[-1]


def with_ids(table: gpd.GeoDataFrame, source: Source) -> gpd.GeoDataFrame:
    """Give rows without an identifier a number, in an order that is not the file's."""
    key = source.schema.key
    if key is None or (key in table and table[key].notna().all()) or source.schema.name == "units":
        return table
    shape = table.geometry.representative_point()
    name = table["name"].fillna("") if "name" in table else pd.Series("", index=table.index)
    order = np.lexsort([shape.y.fillna(0), shape.x.fillna(0), name.astype(str)])
    stem = source.where.partition(".")[0]
    made = pd.Series(
        [f"{stem}-{n:05d}" for n in range(1, len(table) + 1)], index=table.index[order]
    ).reindex(table.index)
    ids = table[key].fillna(made) if key in table else made
    source.notes.add(
        "id-made", count=len(table) if key not in table else int(table[key].isna().sum())
    )
    return cast("gpd.GeoDataFrame", table.assign(**{key: ids.astype("str")}))


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


def with_levels(buildings: gpd.GeoDataFrame, *, notes: Notes) -> gpd.GeoDataFrame:
    """Return the buildings in which people live, all with storeys.

    If no use says so, people may live in every building.
    """
    table = words()["buildings"]
    use = buildings["kind"].fillna("").map(narrow)
    lived_in = use.map(lambda text: any(word in text for word in table["homes"])).astype(bool)
    homes = buildings[lived_in] if lived_in.any() else buildings
    notes.add("homes-by-use", count=len(buildings) - len(homes))
    notes.add("levels-assumed", count=int(homes["levels"].isna().sum()), example=table["levels"])
    levels = homes["levels"].fillna(table["levels"]).astype(float)
    return cast("gpd.GeoDataFrame", homes.assign(levels=levels))


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
