"""Write all outputs of a run: into a folder beside the target, moved in whole when complete."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from siting.report.geopackage import write_geopackage
from siting.report.jsontext import readable
from siting.report.map import map_page
from siting.report.page import page
from siting.report.publish import public
from siting.report.tables import declared, write_csv
from siting.report.workbook import write_workbook

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

SPATIAL = ["map.html", "results.gpkg"]
CERTIFICATES = "certificates"


def write_outputs(result: Result, *, folder: Path, lang: Lang, publish: bool = False) -> list[str]:
    """Write every output of `result` into `folder` and return the files' names.

    The files of an earlier run stay untouched until all new ones are complete; then the folder
    is replaced. A place without streets has no map and no GeoPackage; run.json lists them under
    ``omitted``. To `publish` writes people by community with small counts suppressed, and a map
    without points, trials or online tiles.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
        fresh = Path(name) / "new"
        fresh.mkdir()
        shown = public(result) if publish else result
        written = _write(shown, fresh, lang, publish=publish)
        if folder.exists():
            folder.rename(Path(name) / "old")
        shutil.move(fresh, folder)
    return written


def _write(result: Result, folder: Path, lang: Lang, *, publish: bool) -> list[str]:
    written = [write_csv(getattr(result, name), name, folder) for name in declared()]
    written.append(write_workbook(result, folder, lang=lang))
    written.append(_write_text(folder, "report.html", page(result, lang=lang)))
    written += _write_certificates(result, folder)
    omitted = SPATIAL
    if result.streets is not None:
        written.append(
            _write_text(folder, "map.html", map_page(result, lang=lang, publish=publish))
        )
        written.append(write_geopackage(result, folder, lang=lang))
        omitted = []
    manifest = result.manifest | {"lang": lang, "omitted": omitted}
    written.append(_write_text(folder, "run.json", readable(manifest) + "\n"))
    return sorted(written)


def _write_certificates(result: Result, folder: Path) -> list[str]:
    if result.certificates:
        (folder / CERTIFICATES).mkdir()
    return [
        _write_text(folder, f"{CERTIFICATES}/{name}.json", readable(certificate) + "\n")
        for name, certificate in sorted(result.certificates.items())
    ]


def _write_text(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return name
