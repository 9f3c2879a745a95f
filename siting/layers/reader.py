"""One layer after another: what is read once and shared between them, and whose problems wait."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from siting.errors import DataError, Problem, SitingError, problem
from siting.layers import osm_tables
from siting.layers.areas import CELL_M, people_at_points
from siting.layers.database import is_database, read_database, shown
from siting.layers.model import Notes
from siting.layers.osm import WGS84, Extract, read_extract
from siting.layers.readers import is_osm, read_raw, sha256
from siting.layers.schemas import empty, schemas, validate
from siting.layers.spatial import assign_units
from siting.layers.spread import people_by_column, people_in_homes
from siting.layers.tables import Source, clip_to, table_of
from siting.layers.values import narrow, words

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from siting.scenario.model import LayerSpec


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
