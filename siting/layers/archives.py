"""Archives that unpack to more than they should, or to where they should not, are never opened."""

from __future__ import annotations

import stat
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from siting.errors import DataError, problem

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVES = (".zip", ".kmz", ".xlsx", ".xlsm", ".ods")
LARGEST_BYTES = 4 << 30
SMALL_BYTES = 100 << 20  # up to here any ratio will do: an empty sheet packs a thousandfold
LARGEST_RATIO = 200  # spreadsheets and Shapefiles pack ten- to fiftyfold


def check_archive(path: Path) -> None:
    """Look at the table of contents of an archive before anything reads it.

    Raises
    ------
    DataError
        If it is damaged or encrypted, names files outside itself, or unpacks to an implausible
        size.
    """
    if path.suffix.lower() not in ARCHIVES or not path.is_file():
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise DataError(problem("file-damaged", path.name, detail=error)) from error
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        linked = stat.S_ISLNK(member.external_attr >> 16)
        if parts.is_absolute() or ".." in parts.parts or ":" in member.filename or linked:
            raise DataError(problem("archive-path", path.name, member=member.filename[:80]))
        if member.flag_bits & 1:
            raise DataError(problem("archive-locked", path.name))
    size = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    if size > LARGEST_BYTES or (size > SMALL_BYTES and size > packed * LARGEST_RATIO):
        raise DataError(problem("archive-bomb", path.name, size=size >> 20, packed=packed >> 10))
