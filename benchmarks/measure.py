"""Times of two that do the same, taken in turns; and tables to print."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import floor, log10
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_TURN_S = 0.2


@dataclass(frozen=True)
class Row:
    """One comparison: milliseconds of both, the median ratio, and the ratio to reach."""

    what: str
    against: str
    ours_ms: float
    peer_ms: float
    ratio: float
    least: float | None
    note: str = ""


def in_turns(
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    *,
    repetitions: int,
    clock: Callable[[], float] = time.process_time,
) -> tuple[float, float, float]:
    """Call both in turns; return the medians in milliseconds and the median of the ratios.

    In processor time, which other work on the machine disturbs least; what disturbs it slows
    neighbours in time alike, so that their ratio holds. Where both use two processors, ask for
    `time.perf_counter`. What is quick is called again until a turn has lasted long enough to tell.
    """
    times = [(_turn(ours, clock), _turn(peer, clock)) for _ in range(repetitions)]
    mine, theirs = (median(column) for column in zip(*times, strict=True))
    return mine, theirs, median(b / a for a, b in times)


def _turn(call: Callable[[], Any], clock: Callable[[], float]) -> float:
    """Return the milliseconds of a call."""
    start = clock()
    calls, passed = 0, 0.0
    while passed < _TURN_S:
        call()
        calls += 1
        passed = clock() - start
    return 1000 * passed / calls


def table(rows: Sequence[Row]) -> list[str]:
    """Print comparisons as a Markdown table."""
    lines = [
        "| | against | own, ms | peer, ms | ratio | to reach | notes |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        least = "" if row.least is None else f"{row.least:g}×"
        lines.append(
            f"| {row.what} | {row.against} | {_figures(row.ours_ms)} | {_figures(row.peer_ms)} | "
            f"{row.ratio:,.1f}× | {least} | {row.note} |"
        )
    return lines


def _figures(value: float) -> str:
    """Print three figures that count."""
    decimals = max(0, 2 - floor(log10(value))) if value > 0 else 0
    return f"{value:,.{decimals}f}"
