"""Read any file into a table of raw cells, with the row numbers that people see.

A reader knows bytes and formats; what the cells mean is for `columns`, `values` and
`coordinates`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyarrow.parquet
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FieldError

from siting.errors import DataError, problem
from siting.layers.headers import table_in_sheet

if TYPE_CHECKING:
    from pathlib import Path

    from siting.layers.model import Notes
    from siting.layers.schemas import Schema

ENCODINGS = ("utf-8-sig", "gb18030")
SHEETS = (".csv", ".tsv", ".txt")
OSM = (".pbf", ".osm")
LANGUAGE_936 = b"\x4d"  # byte 29 of a DBF: its text is in code page 936, a part of GB18030


@dataclass(frozen=True)
class Raw:
    """A source as it stands.

    `table` has the headings of the source; its index holds row numbers (spreadsheet rows, or
    features counted from 1). It is a GeoDataFrame if the source has geometries. `crs` is what
    the file carries, if anything.
    """

    table: pd.DataFrame
    crs: str | None


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


def read_raw(path: Path, *, layer: str | None, schema: Schema, notes: Notes) -> Raw:
    """Read one layer of a file.

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
    if path.suffix.lower() in SHEETS:
        sheet = read_sheet(path, notes=notes)
        return Raw(table_in_sheet(sheet, schema=schema, notes=notes), None)
    if path.suffix.lower() in (".parquet", ".geoparquet"):
        return _read_parquet(path)
    return _read_vector(path, layer=layer)


def read_sheet(path: Path, *, notes: Notes) -> pd.DataFrame:
    """Read a delimited text into cells of text, whatever its encoding and delimiter."""
    text = decode(path, notes=notes)
    delimiter = max(",\t;", key=text[:4000].count)
    try:
        records = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise DataError(problem("file-damaged", path.name, detail=error)) from error
    width = max((len(record) for record in records), default=0)
    padded = [[cell.strip() for cell in r] + [""] * (width - len(r)) for r in records]
    if not padded or width == 0:
        raise DataError(problem("layer-empty", path.name, layer=path.stem))
    return pd.DataFrame(padded, index=range(1, len(padded) + 1), dtype="str")


def decode(path: Path, *, notes: Notes) -> str:
    """Decode a text as UTF-8, else as GB18030, else as UTF-16.

    Raises
    ------
    DataError
        If it is none of them.
    """
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates: tuple[str, ...] = ("utf-16",)
    elif b"\0" in data[:4000]:
        # no mark, but Latin letters and digits leave a zero byte before or after them
        front = data[:4000:2].count(0) > data[1:4000:2].count(0)
        candidates = ("utf-16-be",) if front else ("utf-16-le",)
    else:
        candidates = ENCODINGS
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "utf-8-sig":
            notes.add("encoding", example=encoding)
        return text
    raise DataError(problem("file-encoding", path.name))


def _read_vector(path: Path, *, layer: str | None) -> Raw:
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0] if name != "layer_styles"]
        if not layers:
            raise DataError(problem("file-damaged", path.name, detail="no layer"))
        if layer is None and len(layers) > 1:
            raise DataError(problem("layer-several", path.name, layers=", ".join(layers)))
        if layer is not None and layer not in layers:
            raise DataError(
                problem("layer-not-in-file", path.name, layer=layer, layers=", ".join(layers))
            )
        table = pyogrio.read_dataframe(path, layer=layer or layers[0], **_encoding(path))
    except (DataSourceError, DataLayerError, FieldError, UnicodeDecodeError, OSError) as error:
        raise DataError(problem("file-damaged", path.name, detail=_first_line(error))) from error
    table.index = pd.RangeIndex(1, len(table) + 1)
    crs = table.crs.to_string() if isinstance(table, gpd.GeoDataFrame) and table.crs else None
    return Raw(table, crs)


def _encoding(path: Path) -> dict[str, str]:
    """Find the encoding of a Shapefile's table: .cpg, then the language byte, then by trial."""
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists():
        return {}
    table = path.with_suffix(".dbf")
    if not table.exists():
        return {}
    data = table.read_bytes()
    if data[29:30] == LANGUAGE_936:
        return {"encoding": "GB18030"}
    for encoding in ("utf-8", "gb18030"):
        try:
            data[32:].decode(encoding)
        except UnicodeDecodeError:
            continue
        return {"encoding": encoding.upper()}
    return {}


def _read_parquet(path: Path) -> Raw:
    try:
        names = pyarrow.parquet.read_schema(path)
        spatial = b"geo" in (names.metadata or {})
        table = gpd.read_parquet(path) if spatial else pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise DataError(problem("file-damaged", path.name, detail=_first_line(error))) from error
    table.index = pd.RangeIndex(1, len(table) + 1)
    crs = table.crs.to_string() if spatial and table.crs else None
    return Raw(table, crs)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
