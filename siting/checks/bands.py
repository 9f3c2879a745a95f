"""Every density belongs to exactly one band of a rule: no hole, no overlap, no end owned twice."""

from __future__ import annotations

from itertools import groupby, pairwise
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from siting.access.density import band_index
from siting.errors import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.plan.model import Band

Span = tuple[float, float]
"""The values between two ends, both excluded; an end itself stands as the same value twice."""


def lint_bands(bands: list[Band], *, where: str) -> Iterator[Problem]:
    """Find the densities from 0 on that no band owns, or more than one.

    Who owns a value can change at the ends of bands only, so the ends and one value between each
    two of them answer for all.
    """
    ends = sorted({0.0, *(end for band in bands for end in _ends(band))})
    spans: list[Span] = []
    for low, high in pairwise([*ends, inf]):
        spans += [(low, low), (low, high)]
    owned = [(span, _owners(bands, span)) for span in spans]
    for owners, run in groupby(owned, key=lambda one: one[1]):
        within = [span for span, _ in run]
        if not owners:
            yield problem("band-hole", where, span=_said(within))
        elif len(owners) > 1:
            yield problem("band-twice", where, span=_said(within), bands="、".join(owners))


def _ends(band: Band) -> list[float]:
    ends = (band.over, band.at_least, band.up_to, band.under)
    return [end for end in ends if end is not None]


def _owners(bands: list[Band], span: Span) -> tuple[str, ...]:
    low, high = span
    value = np.array([low + 1 if high == inf else (low + high) / 2])
    return tuple(band.id for band in bands if band_index(value, [band])[0] == 0)


def _said(spans: list[Span]) -> str:
    """Write a run of spans as people write a range, with ``d`` for the density."""
    first, last = spans[0], spans[-1]
    if first == last and first[0] == first[1]:
        return f"d = {first[0]:.10g}"
    low = f"{first[0]:.10g} {'≤' if first[0] == first[1] else '<'} d"
    return low if last[1] == inf else f"{low} {'≤' if last[0] == last[1] else '<'} {last[1]:.10g}"
