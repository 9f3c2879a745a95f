"""One file, freed of rows that cannot be used and looked at for what is doubtful, as a layer.

A run stops at the first file with a fault; an import goes on without the faulty rows and says
which they were and why. What is kept but doubtful (twice, outside, in the river, far from any
street) is listed by row.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from siting.errors import DataError, Problem, UsageError, problem, raise_all
from siting.layers.coordinates import metric_crs
from siting.layers.download import WRITTEN
from siting.layers.gdal import gdal_options
from siting.layers.model import Notes
from siting.layers.osm import WGS84
from siting.layers.osm_layers import OsmFiles
from siting.layers.people import as_read
from siting.layers.readers import is_osm, read_raw
from siting.layers.schemas import schemas, validate
from siting.layers.spatial import area_at, metres_to_nearest
from siting.layers.tables import Source, note_defaults, table_of, with_ids
from siting.layers.values import narrow

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.layers.model import Layers
    from siting.scenario.model import LayerSpec

SAME_PLACE_M = 50.0
FAR_M = 200.0
MANY_NAMES = 3  # a school and its nursery may well be at one address
DATE = "2020-01-01T00:00:00.000Z"  # which GDAL would take from the clock


@dataclass(frozen=True)
class Finding:
    """Something doubtful about kept rows: a key of ``import_words.toml``, the row numbers."""

    key: str
    rows: list[int]
    example: str


@dataclass(frozen=True)
class Imported:
    """A file as a layer, and what is to be said of it.

    Attributes
    ----------
    name
        Of the file.
    table
        The layer, complete, in the metric CRS, indexed by the rows of the file.
    crs
        The CRS in which the file's coordinates were read.
    read
        Rows of the file, without headings, totals and notes.
    refused
        Problems of rows that were left out; `refused_rows` are their numbers.
    mended_rows, mended_cells
        How many kept rows, and cells or geometries in them, were read in another form than they
        were written.
    notes
        What was normalised, as in a run.
    findings
        What is doubtful about the rows that were kept.
    compared
        Whether layers of the place were at hand to tell it.
    suspicions
        Coordinate shifts that would explain how the layer lies, as notes of a run.
    """

    name: str
    table: gpd.GeoDataFrame
    crs: str
    read: int
    refused: list[Problem]
    refused_rows: list[int]
    mended_rows: int
    mended_cells: int
    notes: list[dict[str, Any]]
    findings: list[Finding]
    compared: bool
    suspicions: list[dict[str, Any]] = field(default_factory=list)


def import_file(
    path: Path,
    spec: LayerSpec,
    *,
    table: str,
    metric: str,
    against: Layers | None = None,
) -> Imported:
    """Read a file as a layer without its faulty rows.

    Parameters
    ----------
    path
        The file; of `spec` only crs, kind, fields, layer, shares and total count.
    table
        The schema: ``facilities``, ``residents``, ``units``, ``streets``, ``parcels`` …
    metric
        The CRS of the layer, in metres.
    against
        Layers of the place: their units, water and streets tell what is doubtful.

    Raises
    ------
    DataError
        If something is wrong with the file as a whole, or no row is left.
    """
    schema = schemas()[table]
    crs = metric_crs(metric, where="crs")
    if is_osm(path) and path.is_file():
        source = Source(schema, spec, path.name, crs, Notes(path.name))
        return _of_osm(path, source, against)
    reading = Notes(path.name)
    raw = read_raw(path, layer=spec.layer, schema=schema, notes=reading, box=spec.bbox)
    tables = {} if against is None else {"units": against.units, "parcels": against.parcels}
    known = {name: found for name, found in tables.items() if len(found)}  # to join rows to
    refused: list[Problem] = []
    gone: set[int] = set()
    while True:
        # a sum stated for all rows says nothing of those that are left
        totals = raw.totals if not gone else None
        kept = replace(raw, table=raw.table[~raw.table.index.isin(sorted(gone))], totals=totals)
        notes = Notes(path.name)
        source = Source(schema, spec, path.name, crs, notes, **known)
        try:
            placed = table_of(kept, source)
            note_defaults(placed.table, source)
            clean = validate(
                with_ids(placed.table, source),
                schema=as_read(schema, placed.table),
                where=path.name,
                headings=placed.headings,
                seen=placed.seen,
            )
            break
        except DataError as error:
            of_problem = [p.values.get("lines") for p in error.problems]  # noqa: PD011  no table
            lines = {line for listed in of_problem for line in listed or []}
            whole = [listed for listed in of_problem if listed is None]
            if whole or not lines or len(lines | gone) >= len(raw.table):
                raise_all([*refused, *error.problems], DataError)
            refused += error.problems
            gone |= lines
    return Imported(
        path.name,
        clean,
        placed.crs,
        len(raw.table),
        sorted(refused, key=lambda p: p.values["lines"]),  # noqa: PD011
        sorted(gone),
        len(notes.rows.intersection(clean.index)),
        notes.cells,
        [*reading.as_list(), *notes.as_list()],
        findings(clean, against),
        against is not None,
    )


def _of_osm(path: Path, source: Source, against: Layers | None) -> Imported:
    """Take a layer out of an OpenStreetMap extract, which has no rows to be refused."""
    table = with_ids(OsmFiles().layer(path, source), source)
    clean = validate(table, schema=source.schema, where=path.name)
    found, notes = findings(clean, against), source.notes.as_list()
    compared = against is not None
    return Imported(path.name, clean, WGS84, len(clean), [], [], 0, 0, notes, found, compared)


def findings(table: gpd.GeoDataFrame, against: Layers | None) -> list[Finding]:
    """Return what is doubtful about the rows of a layer."""
    points = table.geometry.representative_point()
    placed = ~(points.isna() | points.is_empty)
    shapes = points.to_numpy()
    found = {
        "unplaced": np.flatnonzero(~placed),
        "twice": _twice(table, points),
        "one-spot": _on_one_spot(table, shapes),
    }
    if against is not None:
        known = placed.to_numpy()
        if len(against.units):
            inside = area_at(points, against.units.geometry) >= 0
            found["outside"] = np.flatnonzero(known & ~inside)
        if len(against.water):
            wet = area_at(points, against.water.geometry) >= 0
            found["in-water"] = np.flatnonzero(known & wet)
        metres = metres_to_nearest(shapes, against.streets.geometry.to_numpy())
        found["far"] = np.flatnonzero(metres > FAR_M)
    return [
        Finding(key, [int(row) for row in table.index[at]], _label(table, int(at[0])))
        for key, at in found.items()
        if len(at)
    ]


def _twice(table: gpd.GeoDataFrame, points: gpd.GeoSeries) -> NDArray[np.int64]:
    """Return the positions of rows that share a name with another row within 50 m."""
    if "name" not in table:
        return np.empty(0, np.int64)
    names: pd.Series = table["name"].map(narrow, na_action="ignore")
    label = pd.factorize(names)[0]  # −1 has no name
    shapes = points.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=SAME_PLACE_M)
    return np.unique(a[(a != b) & (label[a] == label[b]) & (label[a] >= 0)])


def _on_one_spot(table: gpd.GeoDataFrame, points: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the positions of rows of which several names share the very same point.

    So does a geocoder that knows no better than the middle of a street or a district.
    """
    if "name" not in table or "position" not in table:
        return np.empty(0, np.int64)
    x, y, name = shapely.get_x(points), shapely.get_y(points), table["name"].to_numpy(object)
    rows = pd.DataFrame({"x": x, "y": y, "name": name}).dropna()
    rows = rows[(table["position"] == "surveyed").to_numpy()[rows.index]]
    names = rows.groupby(["x", "y"])["name"].transform("nunique")
    found: NDArray[np.int64] = rows.index[names >= MANY_NAMES].to_numpy(np.int64)
    return found


def _label(table: gpd.GeoDataFrame, at: int) -> str:
    name = table["name"].iloc[at] if "name" in table else None
    return str(name) if isinstance(name, str) else f"#{table.index[at]}"


def check_target(path: Path) -> None:
    """Refuse a path to which no layer can be written.

    Raises
    ------
    UsageError
        If its ending is no format of layers, or its folder does not exist.
    """
    if path.suffix not in WRITTEN:
        raise UsageError(problem("layer-ending", path.name, endings=", ".join(WRITTEN)))
    if not path.parent.is_dir():
        raise UsageError(problem("layer-folder", path.name, folder=path.parent))


def write_layer(imported: Imported, path: Path) -> None:
    """Write the layer as a file that a scenario can name (GeoPackage, GeoJSON or FlatGeobuf).

    Coordinates are in degrees of CGCS2000, or as GeoJSON wants them, of WGS-84; equal layers give
    equal bytes.
    """
    degrees = "EPSG:4326" if path.suffix == ".geojson" else "EPSG:4490"
    table = imported.table.to_crs(degrees).reset_index(drop=True)
    filled = [c for c in table if c == table.geometry.name or table[c].notna().any()]
    part = path.with_name(f"part-{path.name}")
    with gdal_options({"OGR_CURRENT_DATE": DATE}):
        table[filled].to_file(part, layer=path.stem)
    part.replace(path)
