"""Reading facts.toml: figures with their sources, reduced to plain values for the generator."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

NATURE = "示意(合成)"


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def values(entry: Any) -> Any:
    """Replace every figure ``{value, unit, source, confidence}`` by its value."""
    if isinstance(entry, dict):
        return entry["value"] if "value" in entry else {k: values(v) for k, v in entry.items()}
    if isinstance(entry, list):
        return [values(e) for e in entry]
    return entry
