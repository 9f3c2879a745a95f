"""A module imports only from its own floor and from lower ones."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "siting"
FLOORS = [
    ("words", "errors"),
    ("toml", "project"),
    ("plan",),
    ("scenario",),
    ("layers",),
    ("network",),
    ("access",),
    ("checks",),
    ("ranking",),
    ("report",),
    ("prepare",),
    ("before",),
    ("run",),
    ("compare", "verify"),
    ("voice",),
    ("cli",),
    ("__main__",),
]
FLOOR = {room: i for i, rooms in enumerate(FLOORS) for room in rooms}
MODULES = sorted(p.relative_to(ROOT) for p in ROOT.rglob("*.py"))


def room_of(module: Path) -> str:
    return module.parts[0].removesuffix(".py")


def imported_rooms(source: str) -> set[str]:
    """Return the rooms of `siting` that a module imports, wherever the import stands."""
    rooms = set()
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [node.module]
            if node.module == "siting":
                names = [f"siting.{alias.name}" for alias in node.names]
        rooms |= {n.split(".")[1] for n in names if n and n.startswith("siting.")}
    return rooms


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_go_down(module):
    room = room_of(module)
    if room == "__init__":
        return
    own = FLOOR[room]
    upward = {
        other
        for other in imported_rooms((ROOT / module).read_text(encoding="utf-8"))
        if other in FLOOR and other != room and FLOOR[other] > own
    }
    assert not upward, f"{module} (floor {own}) imports from above: {upward}"


def test_every_room_has_a_floor():
    rooms = {room_of(m) for m in MODULES} - {"__init__"}
    assert rooms <= set(FLOOR)


def test_the_walk_sees_an_upward_import():
    assert imported_rooms("def f():\n    from siting.report import tables") == {"report"}
