"""Measure the rankings against solvers: ``python -m benchmarks.ranking --size small|full``.

Writes docs/performance/ranking.md. Ratios count, not seconds: both sides run in the same process on
the same merged rows. The networks are synthetic, the people clustered.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarks.engine_networks import at_nodes, on_edges, some_nodes, town
from siting.network.costs import cover_sets
from siting.ranking.capacitated import capacitated, places, places_programme
from siting.ranking.choice import choice_of
from siting.ranking.core import core_of
from siting.ranking.cover_model import CoverModel, cover_model
from siting.ranking.covering import SetCover, cover_programme
from siting.ranking.effort import Effort
from siting.ranking.max_coverage import coverage_programme, max_coverage
from siting.ranking.p_center import p_center
from siting.ranking.p_median import median, median_programme, p_median
from siting.ranking.set_cover import set_cover

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.exact import Programme
    from siting.ranking.prices import Search
    from siting.ranking.ranking import Ranking

OUT = Path(__file__).parents[1] / "docs" / "performance" / "ranking.md"
GAPS = (0.01, 0.0025, 0.0001)
OWN = Effort(iterations=3000, operations=2**62, numbers=5_000_000, solver_entries=-1)


HEAD = """\
# Rankings: measured

`python -m benchmarks.ranking --size {size}` wrote this page; two cores, one run. Seconds differ
between machines, ratios less. Own figures: certified gap. HiGHS (through scipy, gap 1e-4): its own
claim.

## Maximal coverage

| demand × sites | pairs → merged | merging | own: seconds to 1 / 0.25 / 0.01 % | own gap at the \
end | HiGHS, merged rows | HiGHS, raw rows | ratio to HiGHS, merged |
|---|---|---|---|---|---|---|---|
"""
OTHERS = """
## Other models

| model | instance | own | certified gap | HiGHS on the same programme | ratio |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Instance:
    """A network, demand and candidates on it, and what to solve."""

    nodes: int
    demand: int
    sites: int
    cutoff_m: int
    count: int
    seconds: float
    raw: bool = False

    def __str__(self) -> str:
        return f"{self.demand:,} × {self.sites:,}, {self.cutoff_m} m, p = {self.count}"


SMALL = [
    Instance(2_000, 6_000, 200, 500, 10, 10, raw=True),
    Instance(5_000, 20_000, 500, 800, 20, 10),
]
FULL = [
    Instance(20_000, 20_000, 1_000, 1_200, 50, 60),
    Instance(100_000, 152_000, 1_000, 1_200, 50, 60, raw=True),
    Instance(100_000, 152_000, 1_000, 1_200, 100, 60, raw=True),
    Instance(100_000, 152_000, 5_000, 1_200, 50, 30),
    Instance(1_000_000, 1_500_000, 20_000, 1_200, 100, 60),
]


def build(instance: Instance, *, seed: int = 0, capacity: bool = False) -> CoverModel:
    """Put clustered people on the edges of a network, candidates on its nodes."""
    rng = np.random.default_rng(seed)
    streets = town(instance.nodes, seed=seed)
    demand = on_edges(streets, instance.demand, seed=seed + 1)
    sites = at_nodes(streets, some_nodes(streets, instance.sites, seed=seed + 2))
    field = np.full(instance.demand, 0.05)
    extent = float(demand.x_mm.max())
    for _ in range(max(3, int((extent / 6_300_000) ** 2))):
        x, y = rng.uniform(0, extent, 2)
        spread = rng.uniform(500_000, 2_200_000)
        square = (demand.x_mm - x) ** 2 + (demand.y_mm - y) ** 2
        field += rng.uniform(0.2, 1) * np.exp(-square / (2 * spread**2))
    weights = np.maximum(1, np.rint(field * rng.integers(10, 60, instance.demand))).astype(np.int64)
    sets = cover_sets(streets, demand=demand, sites=sites, cutoff_m=instance.cutoff_m)
    site = np.repeat(np.arange(instance.sites), np.diff(sets.indptr))
    room = int(weights.sum() * 1.1 / instance.sites)
    return cover_model(
        [f"{j:06}" for j in range(instance.sites)],
        site,
        sets.demand,
        weights=weights,
        cost_mm=sets.cost_mm,
        capacity=np.full(instance.sites, room) if capacity else None,
    )


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


@dataclass
class Trace:
    """When a search reached which gap."""

    started: float
    seconds: float
    base: int = 0

    def __post_init__(self) -> None:
        self.reached: dict[float, float] = {}

    def __call__(self, state: Search) -> bool:
        now = time.perf_counter() - self.started
        bound, value = self.base + state.bound, self.base + state.value
        gap = (bound - value) / max(bound, 1)
        for level in GAPS:
            if gap <= level:
                self.reached.setdefault(level, now)
        return gap <= GAPS[-1] or now > self.seconds


def highs(programme: Programme, *, seconds: float) -> dict[str, float]:
    """Let HiGHS solve a programme; gap 1e-4, and so many seconds."""
    found, elapsed = timed(
        lambda: milp(
            programme.cost,
            constraints=LinearConstraint(programme.matrix, programme.row_low, programme.row_high),
            bounds=Bounds(programme.low, programme.high),
            integrality=np.arange(len(programme.cost)) < programme.sites,
            options={"time_limit": seconds, "mip_rel_gap": 1e-4},
        )
    )
    gap = found.get("mip_gap")
    return {"seconds": elapsed, "gap": np.inf if gap is None or found.x is None else float(gap)}


def in_words(peer: dict[str, float]) -> str:
    """Say how long a peer took and how far it came."""
    came = f"{peer['gap']:.2%}" if peer["gap"] < 1 else "no useful bound"
    return f"{peer['seconds']:.1f} s, {came}"


def without_merging(model: CoverModel, count: int) -> Programme:
    """Write the programme of the demand rows as they are, each a row of its own."""
    core = core_of(model)
    reached = np.flatnonzero(np.bincount(model.demand, minlength=len(model.weights)) > 0)
    renamed = np.cumsum(np.bincount(reached, minlength=len(model.weights))) - 1
    raw = replace(
        core,
        indptr=model.indptr,
        row=renamed[model.demand].astype(np.int32),
        weights=model.weights[reached],
    )
    return coverage_programme(raw, choice_of(model, sites=count))


def coverage_rows(instance: Instance) -> list[str]:
    model, building = timed(lambda: build(instance))
    print(f"{instance}: built in {building:.1f} s", flush=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    core, merging = timed(lambda: core_of(model))
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    trace = Trace(time.perf_counter(), instance.seconds, core.base)
    own = max_coverage(model, sites=instance.count, effort=OWN, watch=trace)
    seconds = time.perf_counter() - trace.started
    programme = coverage_programme(core, choice_of(model, sites=instance.count))
    merged = highs(programme, seconds=instance.seconds)
    rows = [merged]
    if instance.raw:
        rows.append(highs(without_merging(model, instance.count), seconds=instance.seconds))
    reached = " / ".join(f"{trace.reached[g]:.2f}" if g in trace.reached else "–" for g in GAPS)
    said = [in_words(row) for row in rows] + ["–"] * (2 - len(rows))
    ratio = merged["seconds"] / trace.reached.get(GAPS[-1], seconds)
    line = (
        f"| {instance} | {len(model.demand):,} → {len(core.row):,} | {merging:.2f} s, "
        f"{memory:.0f} MB | {reached} | {own.gap:.3%} | {said[0]} | {said[1]} | {ratio:.1f}× |"
    )
    print(line, flush=True)
    return [line]


def other_models(instance: Instance) -> list[str]:
    """Compare the other models with HiGHS on the same programme."""
    model = build(instance, capacity=True)
    reached = np.bincount(model.demand, minlength=len(model.weights)) > 0
    model = replace(model, weights=np.where(reached, model.weights, 0))
    core, choice = core_of(model), choice_of(model)
    cost = np.ones(choice.sites, np.int64)
    rows_of = np.arange(len(core.weights))
    everyone = SetCover(core, rows_of, len(rows_of), choice, cost, 0, 1)
    needed = (set_cover(model, effort=OWN, watch=_after(5)).objective or 0) + 10
    limited = choice_of(model, sites=needed)
    rows = np.flatnonzero(model.weights > 0)
    few = choice_of(model, sites=instance.count)
    cases: list[tuple[str, Callable[[Any], Ranking], Programme | None]] = [
        ("set-cover", lambda w: set_cover(model, effort=OWN, watch=w), cover_programme(everyone)),
        (
            f"p-median, p = {needed}",
            lambda w: p_median(model, sites=needed, effort=OWN, watch=w),
            median_programme(median(model, limited, rows)),
        ),
        (
            f"p-center, p = {needed}",
            lambda w: p_center(model, sites=needed, effort=OWN, watch=w),
            None,
        ),
        (
            f"capacitated, p = {instance.count}",
            lambda w: capacitated(model, sites=instance.count, effort=OWN, watch=w),
            places_programme(places(model, few)),
        ),
    ]
    lines = []
    for name, own, programme in cases:
        found, seconds = timed(lambda own=own: own(_after(instance.seconds)))
        peer = highs(programme, seconds=instance.seconds) if programme is not None else None
        said = "–" if peer is None else in_words(peer)
        ratio = "–" if peer is None else f"{peer['seconds'] / seconds:.1f}×"
        gap = "–" if found.gap is None else f"{found.gap:.3%}"
        lines.append(
            f"| {name} | {instance.demand:,} × {instance.sites:,}, {len(model.demand):,} pairs "
            f"| {seconds:.1f} s, {found.status} | {gap} | {said} | {ratio} |"
        )
        print(lines[-1], flush=True)
    return lines


def _after(seconds: float) -> Callable[[Search], bool]:
    end = time.perf_counter() + seconds
    return lambda _: time.perf_counter() > end


def spopt_rows(instance: Instance) -> list[str]:
    """Compare with spopt, where it is installed."""
    try:
        import pulp  # noqa: PLC0415 - a peer that need not be installed
        from spopt.locate import MCLP  # noqa: PLC0415
    except ImportError:
        return ["spopt is not installed here: not compared.", ""]
    model = build(instance)
    dense = np.full((len(model.weights), instance.sites), 10.0**9)
    site = np.repeat(np.arange(instance.sites), np.diff(model.indptr))
    dense[model.demand, site] = model.cost_mm
    own, mine = timed(lambda: max_coverage(model, sites=instance.count, effort=OWN))

    def solve() -> float:
        problem = MCLP.from_cost_matrix(
            dense, model.weights, instance.cutoff_m * 1000, p_facilities=instance.count
        )
        problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=600))
        return float(pulp.value(problem.problem.objective))

    theirs, seconds = timed(solve)
    said = (
        f"spopt (build and solve, CBC) on {instance}: {seconds:.1f} s for {theirs:,.0f} people; "
        f"own {mine:.2f} s for {own.objective:,} ({own.status}): {seconds / mine:,.0f}×."
    )
    return [said, ""]


def main() -> None:
    """Run the benchmarks and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=["small", "full"], default="small")
    size = parser.parse_args().size
    instances = SMALL if size == "small" else FULL
    max_coverage(build(SMALL[0]), sites=2)  # compile
    lines = HEAD.format(size=size).splitlines()
    for instance in instances:
        lines += coverage_rows(instance)
    lines += OTHERS.splitlines()
    lines += other_models(
        Instance(2_000, 2_000, 150, 2_000, 20, 10)
        if size == "small"
        else Instance(10_000, 10_000, 500, 3_000, 50, 60)
    )
    lines += ["", "## Peers", ""]
    lines += spopt_rows(SMALL[0] if size == "small" else FULL[0])
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
