"""How many people of which age live where: integers that close to the last person.

Each age group of a street is shared out by cumulative rounding along a spatial order, so that
neighbours get their fair share and nobody is lost or invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.communities import Community
    from generator.layout import Home

    Counts = dict[str, NDArray[np.int64]]

YEARS_OF = {
    "age_0_2": range(3),
    "age_3_5": range(3, 6),
    "age_6_11": range(6, 12),
    "age_12_14": range(12, 15),
    "age_15_17": range(15, 18),
}
ELDERS = ("p60_64", "p65_79", "p80")
ELDER_TOTALS = ("age_60", "age_65", "age_80")
AGES = (*(f"p_{age}" for age in range(18)), "p18_59", *ELDERS)


def apportion(total: float, parts: Sequence[float]) -> list[int]:
    """Return integers that add up to `total`, in shares of `parts` (largest remainder)."""
    share = np.asarray(parts, dtype=float)
    exact = share / share.sum() * total
    number = np.floor(exact).astype(int)
    order = np.argsort(-(exact - number), kind="stable")
    number[order[: round(total) - number.sum()]] += 1
    return [int(n) for n in number]


def scatter(total: int, weight: NDArray[np.float64], start: float) -> NDArray[np.int64]:
    """Share an integer out over points in their order, by cumulative rounding.

    `start` in [0, 1) shifts the rounding, so that different groups favour different points.
    """
    if total == 0 or weight.sum() == 0:
        return np.zeros(len(weight), dtype=np.int64)
    climb = np.cumsum(weight) / weight.sum() * total
    climb[-1] = total
    steps = np.floor(climb + start)
    return np.diff(np.r_[np.floor(start), steps]).astype(np.int64)


def street_totals(facts: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return every street's people by group, scaled so that both halves close exactly."""
    totals: dict[str, dict[str, int]] = {}
    streets = {s["code"]: s for s in facts["streets"]}
    for block in facts["blocks"]:
        own = [streets[code] for code in block["streets"]]
        people = apportion(block["residents"], [s["residents"] for s in own])
        factor = block["residents"] / sum(s["residents"] for s in own)
        for street, residents in zip(own, people, strict=True):
            groups = (*YEARS_OF, *ELDER_TOTALS, "students")
            scaled = {key: round(street[key] * factor) for key in groups}
            totals[street["code"]] = {"residents": residents, **scaled}
    return totals | {r["code"]: _ring_totals(r["residents"], facts) for r in facts["ring"]}


def _ring_totals(residents: int, facts: dict[str, Any]) -> dict[str, int]:
    """Return a ring street's people by group, from the ages of the neighbouring districts."""
    whole = {k: sum(s[k] for s in facts["streets"]) for k in (*YEARS_OF, *ELDER_TOTALS)}
    children = sum(whole[k] for k in YEARS_OF if k != "age_15_17")
    young = residents * facts["ring_ages"]["children_share"] / children
    old = residents * facts["ring_ages"]["elder_share"] / whole["age_60"]
    grown = {k: round(whole[k] * young) for k in YEARS_OF}
    return {
        "residents": residents,
        **grown,
        **{k: round(whole[k] * old) for k in ELDER_TOTALS},
        "students": 0,
    }


def _columns(total: dict[str, int]) -> dict[str, int]:
    """Return the people of each age column except 18–59, from a street's group totals."""
    columns: dict[str, int] = {}
    for key, years in YEARS_OF.items():
        each = apportion(total[key], [1.0] * len(years))
        columns |= {f"p_{year}": n for year, n in zip(years, each, strict=True)}
    elders = (total["age_60"] - total["age_65"], total["age_65"] - total["age_80"], total["age_80"])
    return columns | dict(zip(ELDERS, elders, strict=True))


def count_people(
    homes: list[tuple[Home, Community]],
    total: dict[str, int],
    *,
    profile: dict[str, Any],
    campus_weight: NDArray[np.float64],
    rng: np.random.Generator,
) -> Counts:
    """Share a street's people out over its homes (in spatial order).

    `campus_weight` holds the share of students of each home, 0 where nobody studies.
    """
    kinds = [h.kind for h, _ in homes]
    people = np.where(campus_weight > 0, 0.0, [h.people for h, _ in homes])
    settled = total["residents"] - total["students"]
    elder, crowd = _hearts(
        homes, people, kinds, elders=total["age_60"], settled=settled, profile=profile
    )
    child = crowd * [profile[k]["child"] for k in kinds]
    columns = _columns(total)
    counts = {
        name: scatter(number, elder if name in ELDERS else child, rng.random())
        for name, number in columns.items()
    }
    others = sum(counts.values())
    room = np.maximum(crowd - others * 0.9, crowd * 0.25)
    grown = scatter(settled - sum(columns.values()), room, rng.random())
    students = scatter(total["students"], campus_weight, rng.random())
    counts["p18_59"] = grown + students
    counts["students"] = students
    everyone = sum(counts[name] for name in AGES)
    share = np.array([profile[k]["hukou"] for k in kinds])
    counts["hukou"] = np.floor(everyone * share + 0.5).astype(np.int64)
    return counts


def _hearts(
    homes: list[tuple[Home, Community]],
    people: NDArray[np.float64],
    kinds: list[str],
    *,
    elders: int,
    settled: int,
    profile: dict[str, Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return elders and people expected per home; hearts of old quarters have theirs fixed."""
    elder = people * [profile[k]["elder"] for k in kinds]
    crowd = people.copy()
    share = profile["heart_elder_share"]
    codes = np.array([c.code for _, c in homes])
    fixed = {c.code: c.heart["elders_per_km2"] * c.land_km2 for _, c in homes if c.heart}
    for code, number in sorted(fixed.items()):
        own = codes == code
        elder[own] *= number / elder[own].sum()
        crowd[own] *= number / share / crowd[own].sum()
    rest = ~np.isin(codes, list(fixed))
    elder[rest] *= (elders - sum(fixed.values())) / elder[rest].sum()
    crowd[rest] *= (settled - sum(fixed.values()) / share) / crowd[rest].sum()
    return elder, crowd
