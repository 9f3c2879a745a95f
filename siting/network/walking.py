"""How far people get in the minutes of a plan: by the standards' distances, or by speed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

from siting.errors import ScenarioError, problem
from siting.network.modes import modes
from siting.network.noding import to_mm

_OLDEST = 200  # an age that nobody reaches ends the last group


@dataclass(frozen=True)
class AgeCutoff:
    """Largest acceptable cost of people between two ages, both included."""

    from_age: int
    to_age: int
    cutoff_mm: int


@cache
def _walking() -> dict[str, Any]:
    text = files("siting.network").joinpath("walking.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def cutoffs(
    minutes: int,
    *,
    by: Literal["standard", "time"] = "standard",
    mode: str = "walk",
    from_age: int = 0,
    to_age: int | None = None,
    speed_m_s: float | None = None,
) -> list[AgeCutoff]:
    """Turn minutes into cutoffs for the ages of a group.

    Parameters
    ----------
    by
        ``standard``: the distance that the standards read into the minutes, whatever the age.
        ``time``: speed times minutes, one cutoff for each range of ages with its own speed. A
        mode with a speed of its own, such as the e-bike, always goes by time.
    from_age, to_age
        Completed years of the group, both included (None: no upper end).
    speed_m_s
        One speed for all ages, to the millimetre a second, instead of those of `walking.toml`.

    Raises
    ------
    ScenarioError
        The standards know no distance for these minutes.
    """
    last = _OLDEST if to_age is None else to_age
    per_minute = modes()[mode].get("metres_per_minute")
    if per_minute is not None:
        return [AgeCutoff(from_age, last, minutes * per_minute * 1000)]
    if by == "standard":
        return [AgeCutoff(from_age, last, _standard_m(minutes) * 1000)]
    if speed_m_s is not None:
        return [AgeCutoff(from_age, last, minutes * 60 * int(to_mm(speed_m_s)))]
    speeds = _walking()["speed"]
    ends = [*(speed["from_age"] for speed in speeds), _OLDEST + 1]
    return [
        AgeCutoff(max(first, from_age), min(end - 1, last), minutes * mm_per_minute)
        for (first, end), mm_per_minute in zip(
            pairwise(ends), (speed["metres_per_minute"] * 1000 for speed in speeds), strict=True
        )
        if first <= last and end > from_age
    ]


def _standard_m(minutes: int) -> int:
    known: dict[str, int] = _walking()["standard_m"]
    if str(minutes) not in known:
        listed = ", ".join(known)
        raise ScenarioError(problem("no-standard-distance", "walk", minutes=minutes, known=listed))
    return known[str(minutes)]
