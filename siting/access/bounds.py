"""A measured value between bounds: what is known for sure, what it may be, and what is missing.

A fact that is missing widens the bounds; a verdict stands only if it is the same all over them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite

Lacks = Mapping[str, int]
"""What would have to be known: ``table.column`` → how many rows lack it (0: the whole table)."""


@dataclass(frozen=True)
class Bounds:
    """A value no smaller than `low` and no larger than `high`.

    `numerator` and `denominator` are those of the stated value, `low`, where it is a quotient.
    A value of which nothing exists to measure is `empty`.
    """

    low: float
    high: float
    lacks: Lacks = field(default_factory=dict)
    numerator: float | None = None
    denominator: float | None = None
    empty: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a measurement (`siting.access.measure.COLUMNS`)."""

    verdict: str
    part: str = "all"
    level: str = ""
    unit: str = ""
    unit_name: str = ""
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    target: float | None = None
    up_to: float | None = None
    lacks: Lacks = field(default_factory=dict)


def unknown(lacks: Lacks) -> Bounds:
    """Return the bounds of a value of which nothing is known."""
    return Bounds(0, inf, lacks)


def nothing() -> Bounds:
    """Return the bounds of a value for which there is nothing to measure."""
    return Bounds(0, 0, empty=True)


def merged(lacks: Iterable[Lacks]) -> Lacks:
    """Add up what several values lack, in the order of names."""
    total: Counter[str] = Counter()
    for one in lacks:
        for what, count in one.items():
            total[what] += count
    return dict(sorted(total.items()))


def united(lacks: Iterable[Lacks]) -> Lacks:
    """Return what values of the same rows lack: what two of them lack is missing once."""
    most: dict[str, int] = {}
    for one in lacks:
        most |= {what: max(count, most.get(what, 0)) for what, count in one.items()}
    return dict(sorted(most.items()))


def quotient(numerator: Bounds, denominator: Bounds, *, per: int = 1) -> Bounds:
    """Return one value over another, `per` so many; empty where there is nothing to divide by."""
    if denominator.empty or denominator.high == 0:
        return nothing()
    low = numerator.low * per / denominator.high
    if denominator.low > 0:
        high = numerator.high * per / denominator.low
    else:
        high = inf if numerator.high > 0 else 0.0
    return Bounds(
        low,
        high,
        united([numerator.lacks, denominator.lacks]),
        numerator=numerator.low,
        denominator=denominator.high if isfinite(denominator.high) else None,
    )


def judge(bounds: Bounds, *, target: float | None, up_to: float | None) -> str:
    """Return the verdict on a value: it passes from `target` to `up_to`, both included.

    Without either it is only stated (``no_target``), if anything of it is known.
    """
    if bounds.empty:
        return "not_applicable"
    if target is None and up_to is None:
        return "not_assessed" if bounds.low == 0 < bounds.high else "no_target"
    least = -inf if target is None else target
    most = inf if up_to is None else up_to
    if bounds.low >= least and bounds.high <= most:
        return "pass"
    return "fail" if bounds.high < least or bounds.low > most else "not_assessed"


def bounded_row(
    bounds: Bounds,
    *,
    target: float | None = None,
    up_to: float | None = None,
    part: str = "all",
    level: str = "",
    unit: str = "",
    unit_name: str = "",
) -> Row:
    """Return the row of a value; what cannot be judged has no value, only what is missing."""
    verdict = judge(bounds, target=target, up_to=up_to)
    stated = verdict not in ("not_applicable", "not_assessed")
    return Row(
        verdict=verdict,
        part=part,
        level=level,
        unit=unit,
        unit_name=unit_name,
        value=bounds.low if stated else None,
        numerator=bounds.numerator if stated else None,
        denominator=bounds.denominator if stated else None,
        target=target,
        up_to=up_to,
        lacks=bounds.lacks if bounds.low < bounds.high else {},
    )


def gathered(verdicts: Iterable[str]) -> str:
    """Return the verdict on several that must all pass: partial if some do and some do not."""
    among = Counter(verdicts)
    passes, fails = among["pass"], among["fail"]
    others = [v for v in ("not_assessed", "undetermined") if among[v]]
    if passes and fails:
        return "partial"
    if others:
        return others[0]
    if passes or fails:
        return "pass" if passes else "fail"
    return "not_applicable"


def row_of_all(rows: list[Row], *, lacks: Lacks | None = None) -> Row:
    """Return the headline over rows that must all pass: how many do, of how many judged."""
    judged = [row for row in rows if row.verdict != "not_applicable"]
    verdict = gathered(row.verdict for row in judged)
    passing = sum(row.verdict == "pass" for row in judged)
    stated = verdict in ("pass", "fail", "partial")
    return Row(
        verdict=verdict,
        value=float(passing) if stated else None,
        numerator=float(passing) if judged else None,
        denominator=float(len(judged)) if judged else None,
        target=float(len(judged)) if judged else None,
        lacks=merged(row.lacks for row in rows) if lacks is None else lacks,
    )
