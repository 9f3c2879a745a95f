"""Measure the engine beside its peers: ``python -m benchmarks.run engine --size small|full``.

Every comparison first checks that both give the same answer. Writes engine.md and engine.svg into
docs/performance, in small into outputs/performance.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from benchmarks.engine_networks import at_nodes, on_edges, some_nodes, town
from benchmarks.engine_page import Growth, write
from benchmarks.engine_peers import (
    COVERS,
    Graph,
    osmnx_graph,
    osmnx_isochrone,
    same_costs,
    scipy_nearest,
)
from benchmarks.measure import Row, in_turns, table
from siting.access.capacity import accessibility, step_weights
from siting.network.compiled import compiled
from siting.network.costs import cover_sets, nearest_costs
from siting.network.isochrones import isochrones
from siting.network.kernels import LOW, UNREACHED
from siting.network.warm import warm_up

if TYPE_CHECKING:
    from siting.network.costs import CoverSets

CUT_M = 1200
FACILITIES = 0.005  # of the nodes


class Size(NamedTuple):
    """What to measure, small or full."""

    nodes: tuple[int, ...]
    cover_nodes: int
    cover_sites: int
    cover_sample: int
    areas: int
    fca_sites: int
    repetitions: int


SIZES = {
    "small": Size((10_000, 100_000), 20_000, 4_000, 20, 5, 1_000, repetitions=3),
    "full": Size(
        nodes=(10_000, 100_000, 1_000_000, 5_000_000),
        cover_nodes=100_000,
        cover_sites=50_000,
        cover_sample=100,
        areas=20,
        fca_sites=6_200,
        repetitions=5,
    ),
}


@compiled
def _stream(start: Any, word: Any, label: Any) -> Any:
    """Read every edge and write every label once: what memory allows."""
    total = np.uint64(0)
    for node in range(np.uint64(len(label))):
        for link in range(np.uint64(start[node]), np.uint64(start[node + np.uint64(1)])):
            total += word[link]
        label[node] = total
    return total


def nearest_rows(nodes: int, size: Size) -> tuple[list[Row], Growth]:
    """Compare nearest facilities at nodes with scipy and a streaming pass."""
    start = time.process_time()
    streets = town(nodes)
    build_s = time.process_time() - start
    graph = Graph(streets)
    sources = some_nodes(streets, int(FACILITIES * nodes), seed=7)
    cut_mm = CUT_M * 1000
    matrix, number = graph.shuffled()

    def ours() -> Any:
        return graph.nearest(sources, cut_mm)

    label = ours()
    cost, source = scipy_nearest(graph.matrix, sources, cut_mm)
    same_costs(label, cost)
    reached = label != UNREACHED
    ties = np.mean(sources[(label[reached] & LOW).astype(np.int64)] != source[reached])
    same_costs(label, scipy_nearest(matrix, number[sources], cut_mm)[0][number])
    what = f"nearest facility with ids, {graph.size:,} nodes, {len(sources):,} facilities, 1.2 km"
    million, five = nodes == 1_000_000, nodes == 5_000_000
    turns = {"repetitions": 7 if five else size.repetitions}
    mine, random_ms, ratio = in_turns(
        ours, lambda: scipy_nearest(matrix, number[sources], cut_mm), **turns
    )
    least = 12 if million else 18 if five else None
    note = f"ids differ at {ties:.1e} of the nodes: equal costs"
    rows = [Row(what, "scipy min_only, random order", mine, random_ms, ratio, least, note)]
    timed = in_turns(ours, lambda: scipy_nearest(graph.matrix, sources, cut_mm), **turns)
    rows.append(Row(what, "scipy min_only, our order", *timed, 8 if million else None))
    buffer = np.empty_like(label)
    _stream(*graph.inbound[:2], buffer)
    timed = in_turns(ours, lambda: _stream(*graph.inbound[:2], buffer), **turns)
    note = f"own takes {1 / timed[2]:.1f}× one pass" + (" (≤ 5× to reach)" if million else "")
    rows.append(Row(what, "streaming pass over the arrays", *timed, None, note))
    arrays = [*vars(streets).values(), *graph.inbound]
    stored = sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))
    return rows, Growth(graph.size, build_s, stored / graph.size, mine, random_ms)


def categories_row(nodes: int, repetitions: int) -> Row:
    """Compare the public search for three categories at once with three searches."""
    streets = town(nodes)
    demand = on_edges(streets, nodes + nodes // 2, seed=3)
    places = on_edges(streets, int(FACILITIES * nodes), seed=7)
    categories = [np.arange(first, len(places), 3) for first in range(3)]
    cutoff_mm = np.array([300_000, 500_000, 1_200_000])

    def together() -> Any:
        return nearest_costs(
            streets,
            demand=demand,
            facilities=places,
            categories=categories,
            cutoff_mm=cutoff_mm[:, None],
            threads=2,
        )

    def apart() -> Any:
        options = {"demand": demand, "threads": 1}
        return [
            nearest_costs(streets, facilities=places.take(rows), cutoff_mm=cut, **options)
            for rows, cut in zip(categories, cutoff_mm, strict=True)
        ]

    np.testing.assert_array_equal(together().cost_mm, [one.cost_mm for one in apart()])
    timed = in_turns(together, apart, repetitions=repetitions, clock=time.perf_counter)
    what = f"three categories at once, {len(demand):,} demand rows on {nodes:,} nodes, two threads"
    return Row(what, "one after the other, one thread", *timed, None)


def cover_rows(graph: Graph, size: Size, cutoff_m: int, least: float) -> list[Row]:
    """Compare cover sets, as sorted sparse rows, with three peers; milliseconds a site."""
    streets = graph.streets
    every = at_nodes(streets, np.arange(graph.size))
    nodes = some_nodes(streets, size.cover_sites, seed=11)
    chosen = np.arange(0, len(nodes), size.cover_sites // size.cover_sample)
    sites = at_nodes(streets, nodes)

    def ours(threads: int) -> CoverSets:
        return cover_sets(streets, demand=every, sites=sites, cutoff_m=cutoff_m, threads=threads)

    sets = ours(2)
    own = [slice(*sets.indptr[s : s + 2]) for s in chosen]
    rows = np.concatenate([sets.demand[part] for part in own])
    costs = np.concatenate([sets.cost_mm[part] for part in own])
    what = f"cover sets, {graph.size:,} nodes, {cutoff_m} m, a site"
    note = f"{len(sets.demand) / len(nodes):.0f} pairs a site"
    found = []
    for name, threads in (("networkx", 1), ("networkx", 2), ("scipy", 2), ("pandana", 2)):
        answer = partial(COVERS[name], graph, nodes[chosen], cutoff_m * 1000)
        _, of_rows, of_costs = answer()
        # Pandana computes in single precision: a row at the very cutoff may differ.
        exact = name != "pandana"
        if exact and not (np.array_equal(rows, of_rows) and np.array_equal(costs, of_costs)):
            raise AssertionError(f"{name}: cover sets differ")
        if abs(len(of_rows) - len(rows)) > 1e-3 * len(rows):
            raise AssertionError(f"{name}: cover sets differ in size")
        clock = time.process_time if threads == 1 else time.perf_counter
        mine, theirs, ratio = in_turns(partial(ours, threads), answer, repetitions=3, clock=clock)
        scale = len(nodes) / len(chosen)
        each = mine / len(nodes), theirs / len(chosen), ratio * scale
        on_two = "" if threads == 1 else ", two threads"
        found.append(Row(what + on_two, name, *each, None, note))
    best = min(found[1:], key=lambda row: row.ratio)
    return [replace(r, least=least) if r is best else r for r in found]


def area_rows(size: Size) -> list[Row]:
    """Compare isochrones of 1.2 km with the recipe of OSMnx."""
    streets = town(size.cover_nodes, bends=True)
    centres = some_nodes(streets, 5 * size.areas, seed=5)
    sample = centres[::5]
    places = at_nodes(streets, centres)
    graph = osmnx_graph(streets)

    def ours(threads: int) -> Any:
        table = isochrones(streets, facilities=places, cutoffs_m=[CUT_M], threads=threads)
        return table.geometry.to_numpy()

    def recipe() -> Any:
        return np.array([osmnx_isochrone(graph, c, CUT_M) for c in sample.tolist()])

    exact = isochrones(streets, facilities=places, cutoffs_m=[CUT_M], exact=True)
    oracle = exact.geometry.to_numpy()
    own, theirs = _iou(ours(1), oracle), _iou(recipe(), oracle[::5])
    if own.min() < 0.995:
        raise AssertionError(f"IoU with the exact area is {own.min():.4f}")
    note = f"IoU with the exact area: own {own.min():.4f} at least, recipe {np.median(theirs):.2f}"
    rows = []
    for threads, clock in ((1, time.process_time), (2, time.perf_counter)):
        mine, peer, ratio = in_turns(partial(ours, threads), recipe, repetitions=3, clock=clock)
        each = mine / len(centres), peer / len(sample), 5 * ratio
        what = "isochrone, 1.2 km, each" + (", two threads" if threads > 1 else "")
        rows.append(Row(what, "OSMnx recipe", *each, 50, note))
    return rows


def _iou(one: Any, other: Any) -> Any:
    both = shapely.area(shapely.intersection(one, other))
    return both / (shapely.area(one) + shapely.area(other) - both)


def fca_row(size: Size) -> Row:
    """Compare E2SFCA with PySAL access, both from the same pairs."""
    from access import Access, weights  # noqa: PLC0415 – only where it is installed

    streets = town(size.cover_nodes)
    demand = on_edges(streets, size.cover_nodes * 3 // 2, seed=3)
    sites = on_edges(streets, size.fca_sites, seed=4)
    sets = cover_sets(streets, demand=demand, sites=sites, cutoff_m=CUT_M)
    people = np.random.default_rng(5).integers(1, 40, len(demand))
    steps = [(300, 1.0), (600, 0.68), (1200, 0.22)]
    site = np.repeat(np.arange(len(sites)), np.diff(sets.indptr))
    costs = pd.DataFrame({"o": sets.demand, "d": site, "cost": sets.cost_mm / 1000})
    peer = Access(
        demand_df=pd.DataFrame({"id": np.arange(len(demand)), "people": people}),
        demand_index="id",
        demand_value="people",
        supply_df=pd.DataFrame({"id": np.arange(len(sites)), "places": 20.0}),
        supply_index="id",
        supply_value="places",
        cost_df=costs,
        cost_origin="o",
        cost_dest="d",
        cost_name="cost",
    )
    weight = weights.step_fn(dict(steps))

    def ours() -> Any:
        places = np.full(len(sites), 20)
        found = accessibility(sets, people=people, capacity=places, weight=step_weights(steps))
        return found.places

    def theirs() -> Any:
        return peer.enhanced_two_stage_fca(cost="cost", max_cost=CUT_M, weight_fn=weight)

    found = theirs().iloc[:, 0].reindex(np.arange(len(demand))).fillna(0)
    np.testing.assert_allclose(ours(), found, rtol=1e-9)
    timed = in_turns(ours, theirs, repetitions=3)
    return Row(f"E2SFCA, {len(costs):,} pairs", "PySAL access", *timed, 200)


def main() -> None:
    """Run the benchmarks and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    name = parser.parse_args().size
    size = SIZES[name]
    warm_up()
    rows: list[Row] = []
    growth: list[Growth] = []

    def show(more: list[Row]) -> None:
        # What is to be reached is said of the full sizes.
        more = more if name == "full" else [replace(row, least=None) for row in more]
        rows.extend(more)
        print("\n".join(table(more)[2:]), flush=True)
        write(name, rows, growth)  # each time: the last rows take long

    Graph(town(1_000)).nearest(np.arange(5), 1000)  # compile
    for nodes in size.nodes:
        more, measured = nearest_rows(nodes, size)
        growth.append(measured)
        show(more)
    graph = Graph(town(size.cover_nodes))
    for cutoff_m, least in ((500, 50), (1200, 65)):
        show(cover_rows(graph, size, cutoff_m, least))
    show(area_rows(size))
    show([fca_row(size)])
    show([categories_row(min(size.nodes[-1], 1_000_000), size.repetitions)])


if __name__ == "__main__":
    main()
