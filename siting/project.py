"""Where things are: a project is a folder with `scenarios/`, `layers/` and `outputs/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """The folders of a project."""

    root: Path

    @property
    def scenarios(self) -> Path:
        """Scenario files."""
        return self.root / "scenarios"

    @property
    def plans(self) -> Path:
        """Plan files."""
        return self.scenarios / "plans"

    @property
    def layers(self) -> Path:
        """One folder per place."""
        return self.root / "layers"

    @property
    def outputs(self) -> Path:
        """One folder per scenario."""
        return self.root / "outputs"


def find_project(start: Path) -> Project:
    """Return the nearest folder at or above `start` that has `scenarios/`; else `start` itself."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "scenarios").is_dir():
            return Project(folder)
    return Project(start)


def scenario_file(name: str, *, project: Project) -> Path:
    """Return the file of a scenario given by its name, or by the path of its file."""
    if name.endswith(".toml"):
        return Path(name)
    return project.scenarios / f"{name}.toml"
