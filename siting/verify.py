"""Verify an output folder: run its scenario again, and check its certificates independently."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import DataError, problem
from siting.prepare import Progress, Stopwatch
from siting.project import scenario_file
from siting.report.write import CERTIFICATES, write_outputs
from siting.run import gather, work

if TYPE_CHECKING:
    from siting.project import Project
    from siting.ranking.ranked import RankedSites
    from siting.words import Lang


@dataclass(frozen=True)
class Discrepancy:
    """One thing that does not hold: which file, and what about it."""

    file: str
    what: str
    detail: str = ""


def verify(
    folder: Path, *, project: Project, lang: Lang, say: Progress = lambda _: None
) -> list[Discrepancy]:
    """Recompute the outputs in `folder` from the scenario and inputs that its manifest names.

    Returns
    -------
    list of Discrepancy
        Inputs that are not those of then (by sha256), files whose bytes differ (timings aside),
        certificates that do not hold against cover sets built anew. Empty: all is well.

    Raises
    ------
    DataError
        If the folder has no manifest, or is one for publication, from which much is left out.
    """
    manifest = folder / "run.json"
    if not manifest.is_file():
        raise DataError(problem("verify-manifest", folder))
    told = json.loads(manifest.read_text(encoding="utf-8"))
    if "published" in told:
        raise DataError(problem("verify-published", folder))
    watch = Stopwatch(say)
    done = work(scenario_file(told["scenario"], project=project), project=project, watch=watch)
    result = gather(done, watch)
    found = _inputs(told["inputs"], result.manifest["inputs"])
    rankings = {one.name: one for one in done.rankings}
    found += _certificates(folder / CERTIFICATES, rankings)
    say("outputs")
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary) / "again"
        write_outputs(result, folder=fresh, lang=lang)
        found += _files(folder, fresh)
    return found


def _inputs(told: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Discrepancy]:
    before = {(one["layer"], one["path"]): one["sha256"] for one in told}
    after = {(one["layer"], one["path"]): one["sha256"] for one in now}
    return [
        Discrepancy(path, "input-changed")
        for (layer, path), checksum in sorted(before.items())
        if after.get((layer, path)) != checksum
    ]


def _certificates(folder: Path, rankings: dict[str, RankedSites]) -> list[Discrepancy]:
    found = [
        Discrepancy(f"{CERTIFICATES}/{name}.json", "missing")
        for name in sorted(rankings)
        if not (folder / f"{name}.json").is_file()
    ]
    for file in sorted(folder.glob("*.json")):
        name = f"{CERTIFICATES}/{file.name}"
        if file.stem not in rankings:
            found.append(Discrepancy(name, "unknown-certificate"))
            continue
        certificate = json.loads(file.read_text(encoding="utf-8"))
        found += [
            Discrepancy(name, one.key, f"{one.stated} / {one.found}")
            for one in rankings[file.stem].check(certificate)
        ]
    return found


def _files(folder: Path, fresh: Path) -> list[Discrepancy]:
    names = {
        str(file.relative_to(base))
        for base in (folder, fresh)
        for file in base.rglob("*")
        if file.is_file()
    }
    return [
        Discrepancy(name, "differs")
        for name in sorted(names)
        if _content(folder / name) != _content(fresh / name)
    ]


def _content(file: Path) -> object:
    """Return what counts of a file: its bytes, of a manifest everything but the timings."""
    if not file.is_file():
        return None
    if file.name == "run.json":
        data = json.loads(file.read_text(encoding="utf-8"))
        return {key: value for key, value in data.items() if key != "timings"}
    return file.read_bytes()
