"""Run benchmarks: ``python -m benchmarks.run [ROOM] [--size small|full]``, rooms as below.

Without a room: the engine, pandana and the rankings; in full, all of Iceland too.
"""

from __future__ import annotations

import runpy
import sys

ROOMS = ("engine", "pandana", "iceland", "ranking")


def main() -> None:
    """Run the rooms asked for."""
    named = len(sys.argv) > 1 and not sys.argv[1].startswith("-")
    rooms = (
        [sys.argv.pop(1)]
        if named
        else [*ROOMS]
        if "full" in sys.argv
        else ["engine", "pandana", "ranking"]
    )
    if rooms[0] not in ROOMS:
        sys.exit(f"benchmarks: say which: {', '.join(ROOMS)}")
    for room in rooms:
        runpy.run_module(f"benchmarks.{room}", run_name="__main__")


if __name__ == "__main__":
    main()
