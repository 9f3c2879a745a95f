"""Nearest facilities beside pandana: ``python -m benchmarks.run pandana --size small|full``.

A room of its own, because pandana prepares a million nodes for eight minutes.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import pandas as pd

from benchmarks.engine import CUT_M, FACILITIES
from benchmarks.engine_networks import some_nodes, town
from benchmarks.engine_page import OUT, conditions
from benchmarks.engine_peers import Graph
from benchmarks.measure import Row, in_turns, table
from siting.network.kernels import COST_BITS, UNREACHED
from siting.network.warm import warm_up

NODES = {"small": 10_000, "full": 1_000_000}


def pandana_row(nodes: int) -> Row:
    """Compare nearest facilities at nodes with pandana, whose preparation takes minutes.

    Its nodes are in random order: so the numbers of OpenStreetMap come.
    """
    graph = Graph(town(nodes))
    sources = some_nodes(graph.streets, int(FACILITIES * nodes), seed=7)
    label = graph.nearest(sources, CUT_M * 1000)
    number = graph.random_order()
    start = time.process_time()
    peer = graph.pandana_by(number)
    x, y = (
        pd.Series(c[sources] / 1000) for c in (graph.streets.node_x_mm, graph.streets.node_y_mm)
    )
    peer.set_pois("f", CUT_M, 1, x, y)
    prepared = time.process_time() - start

    def query() -> Any:
        return peer.nearest_pois(CUT_M, "f", num_pois=1, include_poi_ids=True)

    found = query()[1].to_numpy()[number]
    cost = (label >> COST_BITS).astype(float) / 1000
    both = (found < CUT_M) & (cost < CUT_M)
    if abs(found[both] - cost[both]).max() > 0.1 or (label[~both] != UNREACHED).mean() > 1e-3:
        raise AssertionError("pandana differs")
    timed = in_turns(lambda: graph.nearest(sources, CUT_M * 1000), query, repetitions=3)
    note = f"query only; its preprocessing takes {prepared:.0f} s"
    what = f"nearest facility with ids, {graph.size:,} nodes, {len(sources):,} facilities, 1.2 km"
    least = 250 if nodes == 1_000_000 else None
    return Row(what, "pandana nearest_pois, random order", *timed, least, note)


def main() -> None:
    """Run the benchmark and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(NODES), default="small")
    size = parser.parse_args().size
    warm_up()
    lines = table([pandana_row(NODES[size])])
    print("\n".join(lines), flush=True)
    written = f"`python -m benchmarks.run pandana --size {size}` wrote this page. {conditions()}"
    page = ["# Beside pandana: measured", "", written, "", *lines]
    OUT[size].mkdir(parents=True, exist_ok=True)
    (OUT[size] / "pandana.md").write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
