"""The encoding of a Shapefile's table: by its .cpg, its language byte, then by trial."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGE_936 = 0x4D  # byte 29 of a table: its text is in code page 936, a part of GB18030
FIELDS_AT, FIELD_BYTES, NAME_BYTES = 32, 32, 11
ASCII = bytes(range(128))
MOST_BROKEN = 0.05  # texts cut off within a character, as a share of bytes beyond ASCII


def encoding_of_table(path: Path, *, layer: str) -> str | None:
    """Return the encoding of a Shapefile's table; None leaves it to GDAL, which reads the .cpg.

    Parameters
    ----------
    path
        A Shapefile, or an archive with one.
    layer
        Its name, of which the archive may hold several.
    """
    declared = _part(path, layer, ".cpg")
    if declared is not None:
        told = declared.decode("ascii", "replace").strip().upper()
        # GDAL takes GB2312 and GBK at their word, and stumbles over characters of GB18030
        return "GB18030" if told.startswith("GB") or "936" in told else None
    table = _part(path, layer, ".dbf")
    if table is None or len(table) <= FIELDS_AT:
        return None
    if table[29] == LANGUAGE_936:
        return "GB18030"
    return _by_trial(_texts(table))


def _part(path: Path, layer: str, suffix: str) -> bytes | None:
    """Return the file of a Shapefile with an ending in either case; None if there is none."""
    if path.suffix.lower() != ".zip":
        beside = (file for file in path.parent.iterdir() if file.stem == path.stem)
        return next((f.read_bytes() for f in beside if f.suffix.lower() == suffix), None)
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if PurePosixPath(n).suffix.lower() == suffix]
        named = [n for n in names if PurePosixPath(n).stem == layer] or names
        return archive.read(named[0]) if len(named) == 1 else None


def _texts(table: bytes) -> bytes:
    """Return the names of the fields and the records, without the numbers that describe them."""
    start = int.from_bytes(table[8:10], "little")
    at = range(FIELDS_AT, start - 1, FIELD_BYTES)
    names = b" ".join(table[i : i + NAME_BYTES].rstrip(b"\0") for i in at)
    return names + b" " + table[start:]


def _by_trial(texts: bytes) -> str | None:
    """Return the first encoding in which nearly all characters are whole."""
    beyond = len(texts.translate(None, delete=ASCII))
    for encoding in ("UTF-8", "GB18030"):
        if texts.decode(encoding, "replace").count("\N{REPLACEMENT CHARACTER}") <= (
            beyond * MOST_BROKEN
        ):
            return encoding
    return None
