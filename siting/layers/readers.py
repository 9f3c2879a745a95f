"""Read any file into a table of raw cells, with the row numbers that people see.

A reader knows bytes and formats; what the cells mean is for `columns`, `values` and
`coordinates`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyarrow.parquet
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

from siting.errors import DataError, problem
from siting.layers.archives import check_archive
from siting.layers.dbf import encoding_of_table
from siting.layers.graphs import read_graphml
from siting.layers.headers import table_in_sheet
from siting.layers.rasters import raster_files, read_raster
from siting.layers.raw import Raw, first_line, numbered
from siting.layers.sheets import BOOKS, TEXTS, read_book, read_sheet
from siting.layers.signatures import opened

if TYPE_CHECKING:
    from pathlib import Path

    from siting.layers.model import Notes
    from siting.layers.schemas import Schema

    Box = tuple[float, float, float, float]

OSM = (".pbf", ".osm")
UNREADABLE = (DataSourceError, DataLayerError, FieldError, GeometryError, ValueError, OSError)
VECTORS = (".gpkg", ".gdb", ".shp", ".geojson", ".json", ".fgb", ".kml", ".kmz", ".zip")
TABLES = (".parquet", ".geoparquet")
GRAPHS = (".graphml",)


def is_osm(path: Path) -> bool:
    """Tell whether a path names OpenStreetMap data."""
    return path.suffix in OSM or path.name.endswith(".osm.bz2")


def sha256(path: Path) -> str:
    """Return the checksum of a file, or of a folder's files in order of their names."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()


def read_raw(
    path: Path, *, layer: str | None, schema: Schema, notes: Notes, box: Box | None = None
) -> Raw:
    """Read one layer of a file.

    Parameters
    ----------
    layer
        The layer or sheet, needed only if the file has several.
    box
        West, south, east, north in degrees: of a raster only this part is read.

    Raises
    ------
    DataError
        If the file is missing, unreadable, or has several layers and none is named.
    """
    if not path.exists():
        near = sorted(f.name for f in path.parent.glob("*")) if path.parent.is_dir() else []
        raise DataError(problem("layer-missing", path.name, near=", ".join(near) or "–"))
    if path.is_file() and path.stat().st_size == 0:
        raise DataError(problem("layer-empty", path.name, layer=schema.name))
    check_archive(path)
    suffix = path.suffix.lower()
    if suffix in TEXTS:
        return _of_sheet(read_sheet(path, notes=notes), schema=schema, notes=notes)
    if schema.name == "residents" and raster_files(path):
        return read_raster(path, box=box, notes=notes)
    if path.is_file() and suffix not in (*VECTORS, *BOOKS, *TABLES, *GRAPHS):
        raise DataError(problem("file-format", path.name))
    try:
        if suffix in TABLES:
            return _read_parquet(path)
        if suffix in GRAPHS:
            return read_graphml(path)
        address = opened(path)
        chosen = _layer_of(address, layer, where=path.name)
        if suffix in BOOKS:
            return _of_sheet(read_book(path, layer=chosen), schema=schema, notes=notes)
        options = _encoding(path, layer=chosen, notes=notes)
        return numbered(pyogrio.read_dataframe(address, layer=chosen, **options))
    except UNREADABLE as error:
        detail = first_line(error).replace(f"{path.parent}/", "").partition(".; ")[0]
        raise DataError(problem("file-damaged", path.name, detail=detail)) from error


def _of_sheet(sheet: pd.DataFrame, *, schema: Schema, notes: Notes) -> Raw:
    table, totals = table_in_sheet(sheet, schema=schema, notes=notes)
    return Raw(table, None, totals)


def _layer_of(address: str, layer: str | None, *, where: str) -> str:
    """Return the one layer of a file, or the one that is named."""
    layers = [str(name) for name in pyogrio.list_layers(address)[:, 0] if name != "layer_styles"]
    if not layers:
        raise DataError(problem("file-damaged", where, detail="no layer"))
    listed = ", ".join(layers)
    if layer is None and len(layers) > 1:
        raise DataError(problem("layer-several", where, layers=listed))
    if layer is not None and layer not in layers:
        raise DataError(problem("layer-not-in-file", where, layer=layer, layers=listed))
    return layer or layers[0]


def _encoding(path: Path, *, layer: str, notes: Notes) -> dict[str, str]:
    """Return how GDAL is to read the texts of a Shapefile; other formats carry their encoding."""
    if path.suffix.lower() not in (".shp", ".zip"):
        return {}
    encoding = encoding_of_table(path, layer=layer)
    notes.add("encoding", count=int(encoding not in (None, "UTF-8")), example=encoding)
    return {} if encoding is None else {"encoding": encoding}


def _read_parquet(path: Path) -> Raw:
    names = pyarrow.parquet.read_schema(path)
    spatial = b"geo" in (names.metadata or {})
    return numbered(gpd.read_parquet(path) if spatial else pd.read_parquet(path))
