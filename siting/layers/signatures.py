"""Files are opened only if they begin as their ending says.

GDAL goes by contents, and some contents only point elsewhere: a few lines of XML or JSON under the
name of a layer may stand for another file of this machine, or for an address in the network.
"""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from siting.errors import DataError, problem

if TYPE_CHECKING:
    from pathlib import Path

BEGINNINGS = {
    ".gpkg": (b"SQLite format 3\0",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".fgb": (b"fgb",),
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".kml": (b"<?xml", b"<kml"),
}
# What GDAL's own formats that point elsewhere are known by.
POINTERS = (b"<OGR", b"<GDAL", b"<VRT", b"gdal_streamed_alg")
LOOKED_AT = 64 << 10
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PACKED = (".zip",)
FOLDER = ".gdb"


def opened(path: Path) -> str:
    """Return the address by which GDAL opens a vector file, once its first bytes are known.

    Of an archive that is the one layer in it, or the folder in which there are several.

    Raises
    ------
    DataError
        If the contents are not what the ending says, or an archive holds nothing that is known.
    """
    suffix = path.suffix.lower()
    if suffix in PACKED:
        with zipfile.ZipFile(path) as archive:
            return f"/vsizip/{path}/{_layer_in(archive, where=path.name)}"
    if suffix in BEGINNINGS and path.is_file():
        with path.open("rb") as stream:
            _check(stream.read(LOOKED_AT), suffix, where=path.name)
    return str(path)


def _layer_in(archive: zipfile.ZipFile, *, where: str) -> PurePosixPath:
    names = [PurePosixPath(name) for name in archive.namelist()]
    layers = [name for name in names if name.suffix.lower() in BEGINNINGS]
    for name in layers:
        with archive.open(str(name)) as stream:
            _check(stream.read(LOOKED_AT), name.suffix.lower(), where=f"{where}/{name}")
    parts = [part for name in names for part in (name, *name.parents)]
    found = layers or sorted({part for part in parts if part.suffix.lower() == FOLDER})
    if not found:
        raise DataError(problem("file-other", where, ending=PurePosixPath(where).suffix))
    return found[0] if len(found) == 1 else found[0].parent


def _check(head: bytes, suffix: str, *, where: str) -> None:
    begins = head.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(BEGINNINGS[suffix])
    if not begins or any(mark in head for mark in POINTERS):
        raise DataError(problem("file-other", where, ending=suffix))
