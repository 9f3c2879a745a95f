"""Run benchmarks: ``python -m benchmarks.run engine|iceland|ranking --size small|full``."""

from __future__ import annotations

import runpy
import sys

ROOMS = ("engine", "iceland", "ranking")

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ROOMS:
        sys.exit(f"benchmarks: say which: {', '.join(ROOMS)}")
    room = sys.argv.pop(1)
    runpy.run_module(f"benchmarks.{room}", run_name="__main__")
