"""The files of a run: their checksums, and what the place's `sources.toml` says of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from siting.layers.database import is_database, shown
from siting.layers.readers import sha256

if TYPE_CHECKING:
    from pathlib import Path

    from siting.scenario.model import LayerSpec


@dataclass
class Sources:
    """One record per file read, as run.json lists them.

    `base` is the place's folder.
    """

    base: Path
    records: list[dict[str, Any]] = field(default_factory=list)
    _checksums: dict[Path, str] = field(default_factory=dict)

    def checksum(self, path: str) -> str:
        """Return the sha256 of a file or folder, read once."""
        at = self.base / path
        if at not in self._checksums:
            self._checksums[at] = sha256(at)
        return self._checksums[at]

    def add(self, layer: str, path: str, *, checksum: str | None = None, **facts: object) -> None:
        """Record a file; a database brings the checksum of its rows."""
        database = is_database(path)
        self.records.append(
            {
                "layer": layer,
                "path": shown(path) if database else path,
                "sha256": checksum or self.checksum(path),
                **facts,
                **self._provenance(path.rpartition("/")[2]),
            }
        )

    def tell(self, layer: str, **facts: object) -> None:
        """Add facts to the last record of a layer."""
        record = next(r for r in reversed(self.records) if r["layer"] == layer)
        record |= facts

    def _provenance(self, name: str) -> dict[str, Any]:
        """Return what `sources.toml` of the place says of a file: provider, licence, date."""
        listed = self.base / "sources.toml"
        if not listed.is_file():
            return {}
        record = tomllib.loads(listed.read_text(encoding="utf-8")).get(name, {})
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in record.items()}


def file_name(spec: LayerSpec | None) -> str:
    """Return the name by which people know a layer's file."""
    if spec is None:
        return ""
    return shown(spec.path) if is_database(spec.path) else spec.path.rsplit("/", 1)[-1]
