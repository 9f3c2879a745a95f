"""The real network: all of Iceland from OpenStreetMap: ``python -m benchmarks.run iceland``."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from benchmarks.engine_page import OUT, conditions
from benchmarks.engine_peers import Graph, same_costs
from benchmarks.measure import Row, in_turns, table
from siting.project import Project
from siting.run import Stopwatch, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.access.study import Study

ROOT = Path(__file__).parents[1]
EXTRACT = ROOT / ".cache" / "iceland.osm.pbf"
KINDS = ("kindergarten", "school", "elder_home")
_PEOPLE = 364_000  # at the start of 2020


@contextmanager
def scenario() -> Iterator[Path]:
    """Write the scenario of Reykjavík without its box, in a project of its own."""
    text = (ROOT / "scenarios" / "reykjavik.toml").read_text(encoding="utf-8")
    text = re.sub(r"^bbox = .*\n", "", text, flags=re.MULTILINE)
    text = text.replace("../../.cache", str(EXTRACT.parent))
    text = text.replace("total = 233000", f"total = {_PEOPLE}")
    text = text.replace("grid_m = 1000", "grid_m = 10000")
    with tempfile.TemporaryDirectory() as folder:
        scenarios = Path(folder) / "scenarios"
        scenarios.mkdir()
        (scenarios / "plans").symlink_to(ROOT / "scenarios" / "plans")
        (Path(folder) / "layers").symlink_to(ROOT / "layers")
        path = scenarios / "iceland.toml"
        path.write_text(text, encoding="utf-8")
        yield path


def prepared() -> Study:
    """Read the extract and place everyone on the streets."""
    with scenario() as path:
        watch = Stopwatch(lambda _: None)
        return prepare(path, project=Project(path.parents[1]), watch=watch).study


def whole_run() -> dict[str, Any]:
    """Run all of it as a user does: seconds, of each step too, peak memory, size of the output."""
    with scenario() as path:
        out = path.parents[1] / "out"
        before = time.perf_counter()
        command = [sys.executable, "-m", "siting", "run", str(path), "--out", str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return {
            "seconds": time.perf_counter() - before,
            "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
            "timings": json.loads((out / "run.json").read_text(encoding="utf-8"))["timings"],
            "output_mb": sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) / 1e6,
        }


def row() -> Row:
    """Compare three cutoffs of three kinds with networkx."""
    study = prepared()
    graph = Graph(study.streets)
    kind = study.layers.facilities["kind"].to_numpy()
    edge = study.facilities.edge
    sources = [
        np.unique(study.streets.edge_u[edge[(kind == name) & (edge >= 0)]]) for name in KINDS
    ]
    questions = [(nodes, metres * 1000) for nodes in sources for metres in (300, 500, 1200)]

    def ours() -> list[Any]:
        return [graph.nearest(nodes, cut_mm) for nodes, cut_mm in questions]

    def peer() -> list[dict[int, int]]:
        search = nx.multi_source_dijkstra_path_length
        return [search(graph.networkx, set(nodes.tolist()), cutoff=c) for nodes, c in questions]

    for label, found in zip(ours(), peer(), strict=True):
        cost = np.full(graph.size, np.inf)
        cost[list(found)] = list(found.values())
        same_costs(label, cost)
    counts = ", ".join(f"{len(s)} {k}" for s, k in zip(sources, KINDS, strict=True))
    note = f"{study.streets.source_nodes:,} nodes drawn, {graph.size:,} after contraction; {counts}"
    timed = in_turns(ours, peer, repetitions=5)
    return Row("Iceland, three kinds × three cutoffs", "networkx multi-source", *timed, 100, note)


def main() -> None:
    """Run both and write the page."""
    whole = whole_run()
    steps = "\n".join(f"| {name} | {s:.1f} |" for name, s in whole["timings"].items())
    page = f"""\
# Iceland: measured

`python -m benchmarks.run iceland` wrote this page. {conditions()}

{chr(10).join(table([row()]))}

## `siting run` on all of Iceland, from the extract to the tables

{whole["seconds"]:.0f} s, peak {whole["peak_mb"]:,.0f} MB, {whole["output_mb"]:.0f} MB written.

| step | s |
|---|---:|
{steps}
"""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "iceland.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
