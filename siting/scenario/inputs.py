"""Which files a scenario depends on: its `extends` chain, its plans, its place's layers.

Run by make as a plain script, before any environment exists, so it needs nothing but Python.
A file that cannot be read is left for the run to complain about.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any


def chain(name: str, *, scenarios: Path) -> list[Path]:
    """Return the scenario's file and those it extends, nearest first; a circle ends the walk."""
    found: list[Path] = []
    path = scenarios / f"{name}.toml"
    while path.is_file() and path not in found:
        found.append(path)
        parent = _read(path).get("extends")
        if not isinstance(parent, str):
            break
        path = scenarios / f"{parent}.toml"
    return found


def inputs(name: str, *, root: Path) -> list[Path]:
    """Return every file that scenario `name` reads, relative to `root`, sorted."""
    files = chain(name, scenarios=root / "scenarios")
    merged: dict[str, Any] = {}
    for file in reversed(files):
        merged |= _read(file)
    plans = [root / "scenarios" / "plans" / f"{plan}.toml" for plan in merged.get("plans", [])]
    place = root / "layers" / str(merged.get("place", ""))
    data = place.rglob("*") if merged.get("place") and place.is_dir() else iter(())
    found = {*files, *(p for p in plans if p.is_file())}
    found |= {f for f in data if f.is_file() and f.suffix not in (".py", ".pyc")}
    return sorted(f.relative_to(root) for f in found)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    print(*inputs(sys.argv[1], root=Path()))  # noqa: T201
