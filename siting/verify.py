"""Verify an output folder: run its scenario again, and check its certificates independently."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from siting.errors import DataError, problem
from siting.prepare import Progress, Stopwatch
from siting.project import scenario_file
from siting.report.write import CERTIFICATES, write_outputs
from siting.run import gather, work
from siting.words import Lang

if TYPE_CHECKING:
    from siting.project import Project
    from siting.ranking.ranked import RankedSites


class Input(BaseModel):
    """A file that was read: for which layer, where it lies, and its checksum."""

    layer: str
    path: str
    sha256: str


class Manifest(BaseModel):
    """What verifying needs of a run.json; the rest is compared with that of the new run."""

    scenario: str
    inputs: list[Input]
    lang: Lang
    published: object = None


@dataclass(frozen=True)
class Discrepancy:
    """One thing that does not hold: which file, and what about it."""

    file: str
    what: str
    detail: str = ""


def verify(folder: Path, *, project: Project, say: Progress = lambda _: None) -> list[Discrepancy]:
    """Recompute the outputs in `folder`, in their language, from what its manifest names.

    Returns
    -------
    list of Discrepancy
        Inputs that are not those of then (by sha256), files whose bytes differ (timings aside),
        certificates that do not hold against cover sets built anew. Empty: all is well.

    Raises
    ------
    DataError
        If the folder has no manifest that can be read, or is one for publication, from which much
        is left out.
    """
    told = _manifest(folder)
    watch = Stopwatch(say)
    done = work(scenario_file(told.scenario, project=project), project=project, watch=watch)
    result = gather(done, watch)
    found = _inputs(told.inputs, [Input(**one) for one in result.manifest["inputs"]])
    rankings = {one.name: one for one in done.rankings}
    found += _certificates(folder / CERTIFICATES, rankings)
    say("outputs")
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary) / "again"
        write_outputs(result, folder=fresh, lang=told.lang)
        found += _files(folder, fresh)
    return found


def _manifest(folder: Path) -> Manifest:
    file = folder / "run.json"
    if not file.is_file():
        raise DataError(problem("verify-manifest", folder))
    try:
        told = Manifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        wrong = [(".".join(map(str, one["loc"])) or "JSON", one["msg"]) for one in error.errors()]
        problems = [problem("verify-unreadable", file, key=key, said=said) for key, said in wrong]
        raise DataError(problems) from error
    if told.published is not None:
        raise DataError(problem("verify-published", folder))
    return told


def _inputs(told: list[Input], now: list[Input]) -> list[Discrepancy]:
    before, after = ({(one.layer, one.path): one.sha256 for one in all_} for all_ in (told, now))
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
        try:
            findings = rankings[file.stem].check(json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, LookupError, TypeError) as error:  # a file that is no certificate
            found.append(Discrepancy(name, "unreadable", f"{type(error).__name__}: {error}"))
            continue
        found += [Discrepancy(name, one.key, f"{one.stated} / {one.found}") for one in findings]
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
