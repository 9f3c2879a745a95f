"""The page of the engine's benchmarks: conditions, tables, a plot."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.measure import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Row

ROOT = Path(__file__).parents[1]
# A small run is for whoever runs it; what is published was measured in full.
OUT = {"full": ROOT / "docs" / "performance", "small": ROOT / "outputs" / "performance"}
PEERS = ("numpy", "scipy", "numba", "networkx", "osmnx", "pandana", "access")
NOTES = Path(__file__).with_name("engine_notes.md")


class Growth(NamedTuple):
    """Seconds and memory at one size of network."""

    nodes: int
    build_s: float
    bytes_a_node: float
    nearest_ms: float
    scipy_ms: float


def conditions() -> str:
    """Say what was measured on, and how."""
    versions = ", ".join(f"{name} {version(name)}" for name in PEERS)
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}. Times are "
        "processor time on one thread; rows that say *two threads* compare wall-clock time. Both "
        "sides run in turns in one process, after their answers were found equal. Times are "
        "medians, ratios medians of the ratios of neighbours in time."
    )


def write(size: str, rows: Sequence[Row], growth: Sequence[Growth]) -> None:
    """Write the page and its plot."""
    written = f"`python -m benchmarks.run engine --size {size}` wrote this page. {conditions()} "
    synthetic = "Networks are synthetic (benchmarks/engine_networks.py)."
    page = [
        "# Engine: measured",
        "",
        written + synthetic,
        "",
        *table(rows),
        "",
        "## Growth",
        "",
        "Streets and their index, bytes a node; scipy in random order.",
        "",
        *growth_table(growth),
        "",
        "![Milliseconds of the nearest-facility search by nodes](engine.svg)",
        "",
        NOTES.read_text(encoding="utf-8").rstrip(),
    ]
    folder = OUT[size]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "engine.md").write_text("\n".join(page) + "\n", encoding="utf-8")
    draw(growth, folder / "engine.svg")


def draw(growth: Sequence[Growth], path: Path) -> None:
    """Plot milliseconds by nodes, both axes logarithmic."""
    with mpl.rc_context({"svg.hashsalt": "siting", "svg.fonttype": "none"}):
        figure = Figure(figsize=(6, 4), layout="constrained")
        axes = figure.add_subplot()
        nodes = [g.nodes for g in growth]
        axes.loglog(nodes, [g.scipy_ms for g in growth], "s--", color="#7f2704", label="scipy")
        axes.loglog(nodes, [g.nearest_ms for g in growth], "o-", color="#6baed6", label="siting")
        axes.set(xlabel="nodes", ylabel="ms", title="Nearest of 0.5 % facilities within 1.2 km")
        axes.grid(which="major", alpha=0.3)
        axes.legend()
        figure.savefig(path, metadata={"Date": None})


def growth_table(growth: list[Growth]) -> list[str]:
    """Print cost and memory by size, with exponents between neighbours."""
    lines = [
        "| nodes | build, s | bytes a node | nearest, ms | exponent | scipy, ms | exponent |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    before = [None, *growth]
    for last, now in zip(before, growth, strict=False):
        own, peer = ("", "") if last is None else _exponents(last, now)
        lines.append(
            f"| {now.nodes:,} | {now.build_s:.2f} | {now.bytes_a_node:.0f} | "
            f"{now.nearest_ms:.2f} | {own} | {now.scipy_ms:.1f} | {peer} |"
        )
    return lines


def _exponents(last: Growth, now: Growth) -> tuple[str, str]:
    grown = log(now.nodes / last.nodes)
    return (
        f"{log(now.nearest_ms / last.nearest_ms) / grown:.2f}",
        f"{log(now.scipy_ms / last.scipy_ms) / grown:.2f}",
    )
