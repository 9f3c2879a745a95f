"""Measure the rankings against solvers: ``python -m benchmarks.ranking --size small|full``.

Writes ranking.md into docs/performance, in small into outputs/performance. Ratios count, not
seconds: both sides run in turn on the same rows. ``--only coverage|models|spopt|memory`` prints one
section and writes nothing.
"""

from __future__ import annotations

import argparse
import ctypes
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import block_array, csc_array

from benchmarks.engine_page import OUT
from benchmarks.ranking_instances import FULL, SMALL, Instance, Sizes, build, reached, with_places
from benchmarks.ranking_peers import GAP, answer, name_of
from siting.ranking.capacitated import capacitated
from siting.ranking.choice import choice_of
from siting.ranking.core import core_of
from siting.ranking.covering import SetCover, cover_programme
from siting.ranking.effort import Effort
from siting.ranking.exact import Programme
from siting.ranking.max_coverage import coverage_programme, max_coverage
from siting.ranking.p_center import p_center
from siting.ranking.p_median import median, median_programme, p_median
from siting.ranking.places import places, places_programme
from siting.ranking.set_cover import set_cover

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import CoverModel
    from siting.ranking.prices import Search
    from siting.ranking.ranking import Ranking

LEVELS = (0.01, 0.0025)
OWN = Effort(iterations=2000, operations=1, solver_entries=200_000, solver_nodes=1_000_000)
ALONE = replace(OWN, solver_entries=-1)
BRANCHING = replace(OWN, operations=2_000_000_000, numbers=5_000_000)
"""The other models branch before they ask the solver."""

HEAD = """\
# Rankings: measured

`python -m benchmarks.ranking --size {size}` wrote this page; two cores, one run, {peers}. Seconds
differ between machines, ratios less. The networks are synthetic, the people clustered. A peer stops
at a gap of 1e-4 or at its limit (then the ratio is a lower bound, marked ≥); its gap is its own
claim. Own times hold everything from the cover sets to the certificate; the *certified* gap is what
the checker recomputes, the *solver's* what HiGHS claims once the prices have settled most sites.
"""
COVERAGE = """
## Maximal coverage

| demand × sites | pairs → merged | own: certified gap 1 % / 0.25 % after | own: all \
| certified gap | solver's gap | HiGHS, merged rows | HiGHS, raw rows | ratio merged / raw |
|---|---|---|---|---|---|---|---|---|
"""
MODELS = """
## Other models

Own searches stop at the better of the peers' gaps, at 1 % at the latest.

| model | instance | own | gap | HiGHS | OR-Tools SCIP | ratio to HiGHS / to SCIP |
|---|---|---|---|---|---|---|
"""


@dataclass
class Trace:
    """When a search reached which certified gap; it ends at `stop_at`, or after `seconds`."""

    seconds: float
    base: int = 0
    stop_at: float = GAP
    started: float = field(default_factory=time.perf_counter)
    reached: dict[float, float] = field(default_factory=dict)

    def __call__(self, state: Search) -> bool:
        bound, value = abs(self.base + state.bound), abs(self.base + state.value)
        gap = abs(bound - value) / max(bound, value, 1)
        for level in LEVELS:
            if gap <= level:
                self.reached.setdefault(level, self.elapsed)
        return gap <= self.stop_at or self.elapsed > self.seconds

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self.started


def in_words(peer: dict[str, float]) -> str:
    """Say how long a peer took and how far it came."""
    came = f"{peer['gap']:.2%}" if peer["gap"] < 1 else "no useful bound"
    return f"{peer['seconds']:.1f} s, {came}"


def ratio(peer: dict[str, float], seconds: float) -> str:
    """Say how much faster we were; at least so much where the peer did not finish."""
    return f"{'≥ ' if peer['gap'] > GAP else ''}{peer['seconds'] / seconds:,.1f}×"


def agree(own: Ranking, peer: dict[str, float], *, base: int = 0) -> None:
    """Stop unless a peer that proves its answer finds what we prove to be best."""
    if own.status == "optimal" and peer["gap"] <= GAP:
        found = base + abs(peer["objective"])
        if abs(found - own.objective) > GAP * found + 1e-6:
            raise AssertionError(f"own {own.objective}, peer {found}")


def solver_gap(own: Ranking) -> float:
    """Return the gap to the solver's claim, or to the certified bound where none was asked."""
    bound = own.certified_bound if own.solver_bound is None else own.solver_bound
    return abs(bound - own.objective) / max(bound, own.objective, 1)


def without_merging(model: CoverModel, count: int) -> Programme:
    """Write the programme of the demand rows as they are, each a row of its own."""
    core = core_of(model)
    some = np.flatnonzero(np.bincount(model.demand, minlength=len(model.weights)) > 0)
    renamed = np.cumsum(np.bincount(some, minlength=len(model.weights))) - 1
    row = renamed[model.demand].astype(np.int32)
    raw = replace(core, indptr=model.indptr, row=row, weights=model.weights[some])
    return coverage_programme(raw, choice_of(model, sites=count))


def coverage_row(instance: Instance) -> str:
    model = build(instance)
    core, choice = core_of(model), choice_of(model, sites=instance.count)
    trace = Trace(instance.seconds, core.base)
    effort = OWN if instance.solver else ALONE
    own = max_coverage(model, sites=instance.count, effort=effort, watch=trace)
    seconds = trace.elapsed
    merged = answer("highs", coverage_programme(core, choice), seconds=instance.seconds)
    agree(own, merged, base=core.base)
    said, faster = "–", ratio(merged, seconds)
    if instance.raw:
        raw = answer("highs", without_merging(model, instance.count), seconds=instance.seconds)
        agree(own, raw, base=core.base)
        said, faster = in_words(raw), f"{faster} / {ratio(raw, seconds)}"
    after = (f"{trace.reached[g]:.2f} s" if g in trace.reached else "–" for g in LEVELS)
    return (
        f"| {instance} | {len(model.demand):,} → {len(core.row):,} | {' / '.join(after)} "
        f"| {seconds:.2f} s, {own.status} | {own.gap:.3%} | {solver_gap(own):.3%} "
        f"| {in_words(merged)} | {said} | {faster} |"
    )


def center_programme(programme: Programme, cost_mm: Any, row: Any) -> Programme:
    """Turn the p-median's programme into the p-center's: one more variable, the largest cost."""
    rows, columns = int(row.max()) + 1, len(programme.cost)
    at = programme.sites + np.arange(len(row))
    walked = csc_array((cost_mm / 1000, (row, at)), shape=(rows, columns))
    largest = csc_array(-np.ones((rows, 1)))
    return Programme(
        cost=np.r_[np.zeros(columns), 1.0],
        matrix=block_array([[programme.matrix, None], [walked, largest]]).tocsc(),
        row_low=np.r_[programme.row_low, np.full(rows, -np.inf)],
        row_high=np.r_[programme.row_high, np.zeros(rows)],
        low=np.r_[programme.low, 0.0],
        high=np.r_[np.where(np.arange(columns) < at[-1] + 1, programme.high, 0), np.inf],
        sites=programme.sites,
    )


def cases(sizes: Sizes) -> list[tuple[str, Instance, Callable[[Any], Ranking], Programme, bool]]:
    """Return name, instance, own search and programme of each other model."""
    instance, few = sizes.models, sizes.places
    large, small = reached(build(instance)), reached(build(few))
    roomy = with_places(small, few.count)
    core, choice = core_of(large), choice_of(large)
    rows = np.arange(len(core.weights))
    everyone = SetCover(core, choice, np.ones_like(choice.cost), rows, [], 0, 0, 1)
    p, q = instance.count, few.count * 2
    walk = median(large, choice_of(large, sites=p), np.flatnonzero(large.weights))
    near = median(small, choice_of(small, sites=q), np.flatnonzero(small.weights))
    center = center_programme(
        median_programme(near), near.cost / small.weights[small.weights > 0][near.row], near.row
    )
    full = places(roomy, choice_of(roomy, sites=few.count))
    return [
        ("set-cover", instance, lambda w: set_cover(large, effort=BRANCHING, watch=w),
         cover_programme(everyone), True),
        (f"p-median, p = {p}", instance,
         lambda w: p_median(large, sites=p, effort=BRANCHING, watch=w),
         median_programme(walk), True),
        (f"p-center, p = {q}", few, lambda w: p_center(small, sites=q, effort=BRANCHING, watch=w),
         center, False),
        (f"capacitated, p = {few.count}", few,
         lambda w: capacitated(roomy, sites=few.count, effort=BRANCHING, watch=w),
         places_programme(full), True),
    ]  # fmt: skip


def model_rows(sizes: Sizes) -> list[str]:
    """Compare the other models with two solvers on the same programmes."""
    lines = []
    for name, instance, own, programme, gaps in cases(sizes):
        peers = [answer(peer, programme, seconds=instance.seconds) for peer in ("highs", "scip")]
        best = min(peers, key=lambda peer: (max(peer["gap"], GAP), peer["seconds"]))
        stop_at = min(max(best["gap"], GAP), 0.01) if gaps else -1.0
        trace = Trace(2 * instance.seconds, stop_at=stop_at)
        found = own(trace)
        seconds = trace.elapsed
        if gaps:
            agree(found, best)
        lines.append(
            f"| {name} | {instance.demand:,} × {instance.sites:,}, {instance.cutoff_m} m "
            f"| {seconds:.1f} s, {found.status} | {min(found.gap, solver_gap(found)):.2%} "
            f"| {in_words(peers[0])} | {in_words(peers[1])} "
            f"| {ratio(peers[0], seconds)} / {ratio(peers[1], seconds)} |"
        )
        print(lines[-1], flush=True)
    return lines


def spopt_line(instance: Instance) -> str:
    """Compare with spopt, where it is installed: build and solve, by CBC."""
    try:
        import pulp  # noqa: PLC0415 - a peer that need not be installed
        from spopt import __version__  # noqa: PLC0415
        from spopt.locate import MCLP  # noqa: PLC0415
    except ImportError:
        return "spopt is not installed here: not compared."
    model = build(instance)
    dense = np.full((len(model.weights), instance.sites), 10.0**9)
    dense[model.demand, np.repeat(np.arange(instance.sites), np.diff(model.indptr))] = model.cost_mm
    trace = Trace(instance.seconds, core_of(model).base)
    own = max_coverage(model, sites=instance.count, effort=ALONE, watch=trace)
    mine, started = trace.elapsed, time.perf_counter()
    theirs = MCLP.from_cost_matrix(
        dense, model.weights, instance.cutoff_m * 1000, p_facilities=instance.count
    )
    theirs.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=instance.seconds))
    seconds = time.perf_counter() - started
    people = round(pulp.value(theirs.problem.objective))
    proved = theirs.problem.sol_status == pulp.LpSolutionOptimal
    if proved and not own.objective <= people <= own.certified_bound:
        raise AssertionError(f"own {own.objective} to {own.certified_bound}, spopt {people}")
    return (
        f"spopt {__version__} (build and solve, CBC) on {instance}: {seconds:.1f} s for {people:,} "
        f"people{'' if proved else ', stopped at its limit'}; own {mine:.3f} s for "
        f"{own.objective:,} (certified gap {own.gap:.3%}): "
        f"{'' if proved else '≥ '}{seconds / mine:,.0f}×."
    )


def memory_line(instance: Instance) -> str:
    """Measure what merging needs beside the cover sets, by the peak resident memory of Linux."""
    model = build(instance)
    status, peak = Path("/proc/self/status"), Path("/proc/self/clear_refs")

    def kilobytes(key: str) -> int:
        lines = status.read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith(key)).split()[1])

    ctypes.CDLL(None).malloc_trim(0)  # what building the model took and gave back is not room
    before = kilobytes("VmRSS")
    peak.write_text("5", encoding="ascii")  # forget the highest figure so far
    started = time.perf_counter()
    core = core_of(model)
    seconds = time.perf_counter() - started
    held = sum(a.nbytes for a in (model.indptr, model.demand, model.weights)) / 2**20
    return (
        f"{len(model.demand):,} pairs of {instance.demand:,} rows and {instance.sites:,} sites "
        f"({held:,.0f} MB without costs) become {len(core.row):,} pairs of {len(core.weights):,} "
        f"rows in {seconds:.2f} s, with {(kilobytes('VmHWM') - before) / 1024:,.0f} MB more memory "
        "at the most."
    )


def sections(sizes: Sizes) -> dict[str, Callable[[], list[str]]]:
    """Return what each section of the page is made by."""

    def coverage() -> list[str]:
        lines = []
        for instance in sizes.coverage:
            lines.append(coverage_row(instance))
            print(lines[-1], flush=True)
        return [*COVERAGE.splitlines(), *lines]

    return {
        "coverage": coverage,
        "memory": lambda: ["", "## Merging rows", "", memory_line(sizes.many_pairs)],
        "models": lambda: [*MODELS.splitlines(), *model_rows(sizes)],
        "spopt": lambda: ["", "## spopt", "", spopt_line(sizes.spopt)],
    }


def main() -> None:
    """Run the benchmarks and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=["small", "full"], default="small")
    parser.add_argument("--only", choices=["coverage", "memory", "models", "spopt"])
    given = parser.parse_args()
    sizes = SMALL if given.size == "small" else FULL
    for count in (2, 150):  # compile, and what only many sites need
        max_coverage(build(SMALL.coverage[0]), sites=count, effort=ALONE)
    max_coverage(build(SMALL.coverage[1]), sites=2, effort=ALONE)
    made = sections(sizes)
    if given.only:
        print("\n".join(made[given.only]()))
        return
    head = HEAD.format(size=given.size, peers=f"{name_of('highs')} and {name_of('scip')}")
    lines = head.splitlines() + [line for section in made.values() for line in section()]
    OUT[given.size].mkdir(parents=True, exist_ok=True)
    (OUT[given.size] / "ranking.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
