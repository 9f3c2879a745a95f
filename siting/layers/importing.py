"""One file, freed of rows that cannot be used and looked at for what is doubtful, as a layer.

A run stops at the first file with a fault; an import goes on without the faulty rows and says
which they were and why. What is kept but doubtful (twice, outside, in the river, far from any
street) is listed by row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from siting.errors import DataError, Problem, raise_all
from siting.layers.coordinates import metric_crs
from siting.layers.model import Notes
from siting.layers.people import as_read
from siting.layers.readers import read_raw
from siting.layers.schemas import schemas, validate
from siting.layers.spatial import area_at, metres_to_nearest
from siting.layers.tables import Source, note_defaults, table_of, with_ids
from siting.layers.values import narrow

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from siting.layers.model import Layers
    from siting.scenario.model import LayerSpec

SAME_PLACE_M = 50.0
FAR_M = 200.0


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
    notes
        What was normalised, as in a run.
    findings
        What is doubtful about the rows that were kept.
    """

    name: str
    table: gpd.GeoDataFrame
    crs: str
    read: int
    refused: list[Problem]
    refused_rows: list[int]
    notes: list[dict[str, Any]]
    findings: list[Finding]

    @property
    def mended(self) -> int:
        """Cells that were read in another form than they were written."""
        return sum(note["count"] for note in self.notes if note["column"] and note["count"])


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
    raw = read_raw(path, layer=spec.layer, schema=schema, notes=Notes(path.name), box=spec.bbox)
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
        notes.as_list(),
        findings(clean, against),
    )


def findings(table: gpd.GeoDataFrame, against: Layers | None) -> list[Finding]:
    """Return what is doubtful about the rows of a layer."""
    points = table.geometry.representative_point()
    placed = ~(points.isna() | points.is_empty)
    found = {"unplaced": np.flatnonzero(~placed), "twice": _twice(table, points)}
    shapes = points.to_numpy()
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


def _twice(table: gpd.GeoDataFrame, points: gpd.GeoSeries) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the positions of rows that share a name with another row within 50 m."""
    if "name" not in table:
        return np.empty(0, np.int64)
    names: pd.Series = table["name"].map(narrow, na_action="ignore")
    label = pd.factorize(names)[0]  # −1 has no name
    shapes = points.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=SAME_PLACE_M)
    return np.unique(a[(a != b) & (label[a] == label[b]) & (label[a] >= 0)])


def _label(table: gpd.GeoDataFrame, at: int) -> str:
    name = table["name"].iloc[at] if "name" in table else None
    return str(name) if isinstance(name, str) else f"#{table.index[at]}"


def write_layer(imported: Imported, path: Path) -> None:
    """Write the layer as a file that a scenario can name (GeoPackage, GeoJSON or FlatGeobuf).

    Coordinates are in degrees of CGCS2000, or as GeoJSON wants them, of WGS-84.
    """
    degrees = "EPSG:4326" if path.suffix == ".geojson" else "EPSG:4490"
    table = imported.table.to_crs(degrees).reset_index(drop=True)
    filled = [c for c in table if c == table.geometry.name or table[c].notna().any()]
    table[filled].to_file(path)
