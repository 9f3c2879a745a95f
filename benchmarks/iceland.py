"""The real network: all of Iceland from OpenStreetMap: ``python -m benchmarks.run iceland``."""

from __future__ import annotations

import re
import resource
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
import numpy as np

from benchmarks.engine_page import OUT, ROOT, conditions
from benchmarks.engine_peers import Graph, same_costs
from benchmarks.measure import Row, in_turns, table
from siting.network.engine import within
from siting.network.kernels import UNREACHED
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
    """Compare three cutoffs of three kinds with networkx: by nine searches each, and by our three.

    Whoever is within a cutoff is within each larger one, so the engine searches once a kind.
    """
    graph = Graph(study.streets)
    kind = study.layers.facilities["kind"].to_numpy()
    edge = study.facilities.edge
    sources = [
        np.unique(study.streets.edge_u[edge[(kind == name) & (edge >= 0)]]) for name in KINDS
    ]
    cutoffs_mm = (300_000, 500_000, 1_200_000)
    questions = [(nodes, cut_mm) for nodes in sources for cut_mm in cutoffs_mm]

    def nine() -> list[Any]:
        return [graph.nearest(nodes, cut_mm) for nodes, cut_mm in questions]

    def three() -> list[Any]:
        labels = [graph.nearest(nodes, cutoffs_mm[-1]) for nodes in sources]
        return [
            np.where(label <= within(cut_mm), label, UNREACHED)
            for label in labels
            for cut_mm in cutoffs_mm
        ]

    def peer() -> list[dict[int, int]]:
        search = nx.multi_source_dijkstra_path_length
        return [search(graph.networkx, set(nodes.tolist()), cutoff=c) for nodes, c in questions]

    for one, other, found in zip(nine(), three(), peer(), strict=True):
        cost = np.full(graph.size, np.inf)
        cost[list(found)] = list(found.values())
        same_costs(one, cost)
        np.testing.assert_array_equal(one, other)
    counts = ", ".join(f"{len(s)} {k}" for s, k in zip(sources, KINDS, strict=True))
    note = f"{study.streets.source_nodes:,} nodes drawn, {graph.size:,} after contraction; {counts}"
    what, against = "Iceland, three kinds × three cutoffs", "networkx multi-source, nine searches"
    return [
        Row(
            f"{what}, one search a kind", against, *in_turns(three, peer, repetitions=5), 100, note
        ),
        Row(f"{what}, nine searches", against, *in_turns(nine, peer, repetitions=5), None),
    ]


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
