"""Times of two that do the same, taken in turns; and tables to print."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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
    neighbours in time alike, so that their ratio holds.
    """
    times = []
    for _ in range(repetitions):
        start = clock()
        ours()
        middle = clock()
        peer()
        times.append((1000 * (middle - start), 1000 * (clock() - middle)))
    mine, theirs = (median(column) for column in zip(*times, strict=True))
    return mine, theirs, median(b / a for a, b in times)


def table(rows: Sequence[Row]) -> list[str]:
    """Print comparisons as a Markdown table."""
    lines = [
        "| | against | own, ms | peer, ms | ratio | to reach | notes |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        least = "" if row.least is None else f"{row.least:g}×"
        lines.append(
            f"| {row.what} | {row.against} | {row.ours_ms:,.2f} | {row.peer_ms:,.1f} | "
            f"{row.ratio:,.1f}× | {least} | {row.note} |"
        )
    return lines
