"""Sheets of cells: delimited text in any customary encoding, and workbooks."""

from __future__ import annotations

import codecs
import csv
from itertools import islice
from typing import TYPE_CHECKING

import pandas as pd
import pyogrio

from siting.errors import DataError, problem
from siting.layers.gdal import gdal_options

if TYPE_CHECKING:
    from pathlib import Path

    from siting.layers.model import Notes

TEXTS = (".csv", ".tsv", ".txt")
BOOKS = (".xlsx", ".xlsm", ".ods")
ENCODINGS = ("utf-8-sig", "gb18030")
BLOCK_BYTES = 1 << 20
BLOCK_ROWS = 50_000
LOOKED_AT = 4000  # bytes by which a delimiter and a missing mark of UTF-16 are known
WIDEST = 2000
LONGEST_CELL = 100_000
# GDAL takes the whole sheet as text, so that titles, units and codes stay what they are.
AS_TEXT = {
    f"OGR_{driver}_{option}": value
    for driver in ("XLSX", "ODS")
    for option, value in (("HEADERS", "DISABLE"), ("FIELD_TYPES", "STRING"))
}


def read_sheet(path: Path, *, notes: Notes) -> pd.DataFrame:
    """Read a delimited text into cells of text, whatever its encoding and delimiter.

    The text is read in blocks, so that a long table needs little more memory than its cells.

    Returns
    -------
    pandas.DataFrame
        Every cell (empty: ``""``), indexed by row number as a spreadsheet shows it.

    Raises
    ------
    DataError
        If the encoding is unknown, a quote is never closed, or there are no cells.
    """
    encoding = encoding_of(path, notes=notes)
    csv.field_size_limit(LONGEST_CELL)
    blocks: list[pd.DataFrame] = []
    with path.open(encoding=encoding, newline="") as stream:
        head = stream.read(LOOKED_AT)
        stream.seek(0)
        records = csv.reader(stream, delimiter=max(",\t;", key=head.count), strict=True)
        try:
            while block := list(islice(records, BLOCK_ROWS)):
                blocks.append(_cells(block, path.name))
        except csv.Error as error:
            where = f"{path.name}:{records.line_num}"
            raise DataError(problem("file-damaged", where, detail=error)) from error
    sheet = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame()
    if sheet.shape[1] == 0:
        raise DataError(problem("layer-empty", path.name, layer=path.stem))
    sheet.index = pd.RangeIndex(1, len(sheet) + 1)
    return sheet.fillna("") if len(blocks) > 1 else sheet


def _cells(records: list[list[str]], where: str) -> pd.DataFrame:
    """Pad records to one width and strip their cells."""
    width = max(len(record) for record in records)
    if width > WIDEST:
        raise DataError(problem("sheet-wide", where, width=width, widest=WIDEST))
    padded = [[cell.strip() for cell in r] + [""] * (width - len(r)) for r in records]
    return pd.DataFrame(padded, dtype="str")


def encoding_of(path: Path, *, notes: Notes) -> str:
    """Find the encoding of a text: UTF-8, else GB18030, else UTF-16.

    Raises
    ------
    DataError
        If it is none of them.
    """
    with path.open("rb") as stream:
        head = stream.read(LOOKED_AT)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates: tuple[str, ...] = ("utf-16",)
    elif b"\0" in head:
        # no mark, but Latin letters and digits leave a zero byte before or after them
        front = head[::2].count(0) > head[1::2].count(0)
        candidates = ("utf-16-be",) if front else ("utf-16-le",)
    else:
        candidates = ENCODINGS
    for encoding in candidates:
        if _decodes(path, encoding):
            if encoding != "utf-8-sig":
                notes.add("encoding", example=encoding)
            return encoding
    raise DataError(problem("file-encoding", path.name))


def _decodes(path: Path, encoding: str) -> bool:
    """Tell whether a whole text is of an encoding, without keeping it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK_BYTES):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def read_book(path: Path, *, layer: str) -> pd.DataFrame:
    """Read one sheet of a workbook into cells of text, indexed by row number.

    A formula counts by the value that was saved with it.
    """
    with gdal_options(AS_TEXT):
        table = pyogrio.read_dataframe(path, layer=layer, fid_as_index=True, read_geometry=False)
    cells = table.astype("str").fillna("").apply(lambda column: column.str.strip())
    plain: pd.DataFrame = cells.set_axis(range(cells.shape[1]), axis=1).rename_axis(index=None)
    return plain
