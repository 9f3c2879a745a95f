"""The real network: all of Iceland from OpenStreetMap: ``python -m benchmarks.run iceland``."""

from __future__ import annotations

import re
import resource
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
import numpy as np

from benchmarks.engine_page import OUT, ROOT, conditions
from benchmarks.engine_peers import Graph, same_costs
from benchmarks.measure import Row, in_turns, table
from siting.network.engine import side_by_side
from siting.network.warm import warm_up
from siting.prepare import Stopwatch
from siting.project import Project
from siting.run import gather, work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.access.study import Study

EXTRACT = ROOT / ".cache" / "iceland.osm.pbf"
KINDS = ("kindergarten", "primary_school", "elder_home")
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


class Run(NamedTuple):
    """What a run of all Iceland took, and the study it made."""

    seconds: dict[str, float]
    peak_mb: float
    study: Study


def whole_run() -> Run:
    """Run everything from the extract to the tables."""
    with scenario() as path:
        watch = Stopwatch(lambda _: None)
        done = work(path, project=Project(path.parents[1]), watch=watch)
        gather(done, watch)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Run(watch.seconds, peak_mb, done.prepared.study)


def rows(study: Study) -> list[Row]:
    """Compare three cutoffs of three kinds with networkx, on one thread and on two."""
    graph = Graph(study.streets)
    kind = study.layers.facilities["kind"].to_numpy()
    edge = study.facilities.edge
    sources = [
        np.unique(study.streets.edge_u[edge[(kind == name) & (edge >= 0)]]) for name in KINDS
    ]
    questions = [(nodes, metres * 1000) for nodes in sources for metres in (300, 500, 1200)]

    def ours(threads: int) -> list[Any]:
        return side_by_side(lambda question: graph.nearest(*question), questions, threads)

    def peer() -> list[dict[int, int]]:
        search = nx.multi_source_dijkstra_path_length
        return [search(graph.networkx, set(nodes.tolist()), cutoff=c) for nodes, c in questions]

    for label, found in zip(ours(2), peer(), strict=True):
        cost = np.full(graph.size, np.inf)
        cost[list(found)] = list(found.values())
        same_costs(label, cost)
    counts = ", ".join(f"{len(s)} {k}" for s, k in zip(sources, KINDS, strict=True))
    note = f"{study.streets.source_nodes:,} nodes drawn, {graph.size:,} after contraction; {counts}"
    found = []
    for threads, clock in ((1, time.process_time), (2, time.perf_counter)):
        timed = in_turns(partial(ours, threads), peer, repetitions=5, clock=clock)
        what = "Iceland, three kinds × three cutoffs" + (", two threads" if threads > 1 else "")
        found.append(Row(what, "networkx multi-source", *timed, 100 if threads > 1 else None, note))
    return found


def main() -> None:
    """Run both and write the page."""
    warm_up()
    run = whole_run()
    total = sum(run.seconds.values())
    steps = "\n".join(f"| {name} | {s:.1f} | {s / total:.0%} |" for name, s in run.seconds.items())
    page = f"""\
# Iceland: measured

`python -m benchmarks.run iceland` wrote this page. {conditions()}

{chr(10).join(table(rows(run.study)))}

## All of Iceland, from the extract to the tables

{total:.0f} s of wall-clock time, peak {run.peak_mb:,.0f} MB. Reading is the step `layers`.

| step | s | share |
|---|---:|---:|
{steps}
"""
    (OUT["full"] / "iceland.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
