"""One layer after another: what is read once and shared between them, and whose problems wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from siting.errors import DataError, Problem, SitingError, problem
from siting.layers.areas import CELL_M, people_at_points
from siting.layers.database import is_database, read_database
from siting.layers.model import Notes
from siting.layers.osm import WGS84
from siting.layers.osm_layers import OsmFiles
from siting.layers.people import TOTAL, as_read, check_people, people_in, totals
from siting.layers.rasters import raster_files, read_cells
from siting.layers.readers import is_osm, read_raw
from siting.layers.schemas import complete, empty, schemas, validate
from siting.layers.sources import Sources, file_name
from siting.layers.spatial import assign_units
from siting.layers.tables import Placed, Source, clip_to, note_defaults, table_of, with_ids
from siting.layers.unit_shares import ages_by_unit, shares_of_units
from siting.layers.weights import Weights, lived_in, of_buildings, of_cells

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd

    from siting.scenario.model import LayerSpec

Found = TypeVar("Found")


@dataclass
class Reader:
    """What is read once and shared between layers: OSM extracts, headings, notes, sources.

    A place without geometry is `placeless`: its tables need no positions. `lost` are the names of
    layers that could not be read; what rests on them is not judged.
    """

    base: Path
    crs: str
    placeless: bool = False
    notes: list[Notes] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    sources: Sources = field(init=False)
    _osm: OsmFiles = field(default_factory=OsmFiles)
    _headings: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sources = Sources(self.base)

    def layer(
        self,
        name: str,
        spec: LayerSpec | None,
        *,
        units: gpd.GeoDataFrame | None = None,
        parcels: gpd.GeoDataFrame | None = None,
    ) -> gpd.GeoDataFrame:
        """Read one layer; its problems are kept for the end, an empty table stands in for it.

        Rows without coordinates are joined to `units` or `parcels`.
        """
        schema = schemas()[name]
        if spec is None:
            return empty(schema, crs=self.crs)
        notes = self.new_notes(file_name(spec))
        placeless = self.placeless or schema.geometry == "none"
        source = Source(schema, spec, notes.where, self.crs, notes, units, parcels, placeless)
        return self.tried(name, lambda: self._read(source), empty(schema, crs=self.crs))

    def assigned(
        self, table: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, where: str
    ) -> gpd.GeoDataFrame:
        """Complete units and `outside` of a table; its problems are kept for the end."""
        notes = self.new_notes(where)
        return self.tried(
            where, lambda: self._assigned(table, units, where=where, notes=notes), table
        )

    def settled(
        self, residents: gpd.GeoDataFrame, units: gpd.GeoDataFrame, spec: LayerSpec | None
    ) -> gpd.GeoDataFrame:
        """Bring people of areas to points, into their units and to their ages, and lose nobody.

        Problems are kept for the end.
        """
        if spec is None or residents.empty:
            return residents
        return self.tried("residents", lambda: self._settled(residents, units, spec), residents)

    def tried(self, name: str, work: Callable[[], Found], otherwise: Found) -> Found:
        """Return what `work` gives; if it fails, keep its problems and return what stands in."""
        try:
            return work()
        except SitingError as error:
            self.problems += error.problems
            self.lost.add(name)
            return otherwise

    def new_notes(self, where: str) -> Notes:
        """Open a list of notes."""
        notes = Notes(where)
        self.notes.append(notes)
        return notes

    def _read(self, source: Source) -> gpd.GeoDataFrame:
        spec, schema = source.spec, source.schema
        path, checksum = self.base / spec.path, None
        if spec.download is not None and not path.exists():
            raise DataError(problem("download-missing", source.where))
        if is_osm(path) and path.is_file():
            read = Placed(self._osm.layer(path, source), WGS84, {}, [])
        else:
            if is_database(spec.path):
                raw, checksum = read_database(spec.path, layer=spec.layer)
            else:
                raw = read_raw(
                    path, layer=spec.layer, schema=schema, notes=source.notes, box=spec.bbox
                )
            read = table_of(raw, source)
            if spec.bbox:
                read = read._replace(table=clip_to(read.table, spec.bbox, notes=source.notes))
        note_defaults(read.table, source)
        table = validate(
            with_ids(read.table, source),
            schema=as_read(schema, read.table),
            where=source.where,
            headings=read.headings,
            seen=read.seen or None,
        )
        self._headings[source.where] = read.headings
        self.sources.add(schema.name, spec.path, checksum=checksum, rows=len(table), crs=read.crs)
        return table

    def _settled(
        self, residents: gpd.GeoDataFrame, units: gpd.GeoDataFrame, spec: LayerSpec
    ) -> gpd.GeoDataFrame:
        where = file_name(spec)
        notes = self.new_notes(where)
        weights = self._weights(spec.over) if spec.over is not None else None
        points = people_at_points(
            residents, units, weights, cell_m=spec.grid_m or CELL_M, where=where, notes=notes
        )
        placed = self._assigned(points, units, where=where, notes=notes)
        if TOTAL in placed:
            placed = self._aged(placed, units, spec, notes)
        self._close_ledger(residents, placed, where=where)
        return placed

    def _assigned(
        self, table: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, where: str, notes: Notes
    ) -> gpd.GeoDataFrame:
        headings = self._headings.get(where, {})
        return assign_units(table, units, where=where, notes=notes, headings=headings)

    def _weights(self, spec: LayerSpec) -> Weights:
        """Read what people are spread over: a raster of people, or buildings."""
        path = self.base / spec.path
        if raster_files(path):
            cells = read_cells(path, box=spec.bbox)
            shapes = cells.shapes.to_crs(self.crs).to_numpy()
            self.sources.add("weights", spec.path, rows=len(shapes), crs=cells.crs)
            return of_cells(shapes, cells.people.sum(axis=0))
        notes = self.new_notes(file_name(spec))
        source = Source(schemas()["buildings"], spec, notes.where, self.crs, notes)
        return of_buildings(lived_in(self._read(source), notes=notes))

    def _aged(
        self, residents: gpd.GeoDataFrame, units: gpd.GeoDataFrame, spec: LayerSpec, notes: Notes
    ) -> gpd.GeoDataFrame:
        """Divide totals among ages by the table of shares that `spec` names."""
        name = str(spec.shares_by_unit)
        path = self.base / name
        raw = read_raw(path, layer=None, schema=schemas()["shares"], notes=self.new_notes(name))
        shares = shares_of_units(raw, units, where=path.name, notes=notes)
        self.sources.add("shares", name, rows=len(shares), crs="")
        notes.add("ages-by-shares", count=people_in(residents))
        aged = ages_by_unit(residents, units, shares, default=spec.shares, where=path.name)
        return complete(aged, schema=schemas()["residents"])

    def _close_ledger(
        self, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, *, where: str
    ) -> None:
        """State where the people of the source are now, and stop if any are lost."""
        people = totals(after)
        check_people(before, after.assign(**{TOTAL: people}), where=where)
        nowhere = after.geometry.isna() | after.geometry.is_empty
        parts = {"outside": after["outside"] & ~nowhere, "without_position": nowhere}
        ledger = {name: int(people[which].sum()) for name, which in parts.items()}
        inside = int(people.sum()) - sum(ledger.values())
        told = {"source": people_in(before), "inside": inside, **ledger}
        self.sources.tell("residents", people=told)
