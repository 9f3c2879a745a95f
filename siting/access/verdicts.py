"""Verdicts: what a rule says about the people at a demand point, and about a unit.

People are *covered*, *uncovered*, *undetermined* (their place on the network is not known),
*not_applicable* (the rule does not bind where they live), *not_assessed* (a fact is missing) or
*outside* (they live beyond the district). The six classes add up to the people in the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADLINE = "all"
"""The part of a rule that speaks for the whole of it."""

CLASSES = (
    "covered",
    "uncovered",
    "undetermined",
    "not_applicable",
    "not_assessed",
    "outside",
)
COVERED, UNCOVERED, UNDETERMINED, NOT_APPLICABLE, NOT_ASSESSED, OUTSIDE = range(6)
CLASS_TYPE = pd.CategoricalDtype(list(CLASSES))

# A person is borderline from 0.9 to 1.1 of the cutoff: a sub-count, never a class.
BORDERLINE = (0.9, 1.1)

# What a rule says of a unit, a value or a clause. `no_target`: the plan gives no figure, the value
# is only stated; the last four say where a named project stands.
UNIT_VERDICTS = (
    "pass",
    "fail",
    "partial",
    "borderline",
    "undetermined",
    "not_assessed",
    "not_applicable",
    "no_target",
    "open",
    "building",
    "not_started",
    "position_unknown",
)


def judge(
    *,
    cost_mm: NDArray[np.int64],
    perhaps_mm: NDArray[np.int64],
    cutoff_mm: NDArray[np.int64],
    placed: NDArray[np.bool_],
    in_scope: NDArray[np.bool_],
    outside: NDArray[np.bool_],
) -> NDArray[np.int8]:
    """Return the class of each demand point.

    Parameters
    ----------
    cost_mm, perhaps_mm
        Cost of the nearest facility that certainly passes, and of the nearest that would pass if
        its missing facts were favourable.
    cutoff_mm
        Largest acceptable cost; covered if and only if cost ≤ cutoff. Negative: the rule does not
        apply there.
    placed, in_scope, outside
        Whether the position is known, the rule binds there, the point lies beyond the district.
    """
    verdict = np.full(len(cost_mm), UNCOVERED, np.int8)
    verdict[perhaps_mm <= cutoff_mm] = NOT_ASSESSED
    verdict[cost_mm <= cutoff_mm] = COVERED
    verdict[~placed] = UNDETERMINED
    verdict[~in_scope | (cutoff_mm < 0)] = NOT_APPLICABLE
    verdict[outside] = OUTSIDE
    return verdict


def join_needs(
    verdicts: list[NDArray[np.int8]], *, at_least: int | None = None
) -> NDArray[np.int8]:
    """Return the class of people who need every one of several things, or `at_least` so many.

    A need that does not apply asks for nothing (where fewer than `at_least` apply, all of them
    count). What cannot be reached any more is a no; otherwise what is not known stays open.
    """
    stack = np.vstack(verdicts)
    counts = {code: (stack == code).sum(axis=0) for code in range(len(CLASSES))}
    wanted = needed(stack, at_least=at_least)
    met = counts[COVERED]
    joined = np.full(stack.shape[1], UNCOVERED, np.int8)
    joined[met + counts[NOT_ASSESSED] + counts[UNDETERMINED] >= wanted] = UNDETERMINED
    joined[met + counts[NOT_ASSESSED] >= wanted] = NOT_ASSESSED
    joined[met >= wanted] = COVERED
    joined[wanted == 0] = NOT_APPLICABLE
    joined[counts[OUTSIDE] > 0] = OUTSIDE
    return joined


def needed(stack: NDArray[np.int8], *, at_least: int | None) -> NDArray[np.int64]:
    """Return how many of the needs that apply must be met; needs in rows, people in columns."""
    applying: NDArray[np.int64] = (stack != NOT_APPLICABLE).sum(axis=0)
    return applying if at_least is None else np.minimum(applying, at_least)


def unit_verdict(
    *,
    covered: int,
    uncovered: int,
    undetermined: int,
    not_assessed: int,
    borderline_covered: int,
    borderline_uncovered: int,
    target: float,
) -> str:
    """Judge a unit by the people in it.

    `borderline_covered` are covered only beyond 0.9 of the cutoff, `borderline_uncovered` would
    be covered at 1.1 of it. The target is a share of the people to whom the rule applies; a
    target of 1 stands for a text that gives no share, so falling short reads *partial* and not
    *fail* (unless nobody is covered; where that is not known, it is *not assessed*).
    """
    people = covered + uncovered + undetermined + not_assessed
    if people == 0:
        return "not_applicable"
    wanted = target * people
    nobody_knows = target >= 1 and covered == 0 < not_assessed  # whether it is partial or failed
    if nobody_knows or covered < wanted <= covered + not_assessed:
        return "not_assessed"
    if covered < wanted <= covered + undetermined + not_assessed:
        return "undetermined"
    strict = covered - borderline_covered >= wanted
    lenient = covered + borderline_uncovered >= wanted
    if strict != lenient:
        return "borderline"
    if covered >= wanted:
        return "pass"
    return "partial" if target >= 1 and covered > 0 else "fail"
