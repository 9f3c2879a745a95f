"""The bounds of set cover and p-center, and what a cover can do without.

Part of the checker: no solver is imported here.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

from siting.ranking.checker_case import (
    EXISTING,
    FREE,
    MUST,
    BrokenProof,
    case_of,
    uncovered_groups,
    worth_of,
)
from siting.ranking.checker_tree import highest_bound

if TYPE_CHECKING:
    from siting.ranking.checker_case import Case, Leaf, Worth
    from siting.ranking.cover_model import CoverModel


def set_cover_bound(case: Case, tree: dict[str, Any]) -> int:
    """Return what covers cost at least."""
    base, groups = uncovered_groups(case)
    everybody = sum(case.weights)
    target = ceil(Fraction(str(case.limits["share"])) * everybody)
    spare = base + sum(groups.values()) - target
    by_cost = case.limits["minimise"] == "cost"
    cost = {j: int(case.model.site_cost[j]) if by_cost else 1 for j in (*case.free, *case.must)}
    fixed, most = sum(cost[j] for j in case.must), sum(cost[j] for j in case.free) + 1
    case, left = _reduced(case, groups, cost, rows_too=not spare)
    reaching = [sites for sites, _ in left]

    def value(leaf: Leaf) -> tuple[Worth, int]:
        prices, t = leaf["rows"], leaf["limit"]
        worth = worth_of(case, reaching, prices)
        paid = [min(u, t * w) if spare else u for u, (_, w) in zip(prices, left, strict=True)]
        return {j: v - cost[j] * case.scale for j, v in worth.items()}, t * spare - sum(paid)

    highest = highest_bound(case, tree, len(left), value)
    return fixed + (most if highest is None else min(most, max(0, -(highest // case.scale))))


Rows = list[tuple[set[int], int]]
"""For each row the sites that reach it, and its people."""


def _reduced(
    case: Case, groups: dict[tuple[int, ...], int], cost: dict[int, int], *, rows_too: bool
) -> tuple[Case, Rows]:
    """Leave out what the proof says a cover can do without, if that is so.

    Each step builds on those before it.
    """
    at = {case.model.site_ids[j]: j for j in case.free}
    sites_of = {row: set(sites) for row, sites in enumerate(groups)}
    rows_of: dict[int, set[int]] = {j: set() for j in case.free}
    for row, sites in sites_of.items():
        for j in sites:
            rows_of[j].add(row)
    for step in case.reduced:
        for row, by in step["rows"]:
            if not rows_too:
                raise BrokenProof("people may be left out: no row implies another")
            _drop_row(row, by, sites_of, rows_of)
        for site, by in step["sites"]:
            _drop_site(case, at[site], None if by is None else at[by], sites_of, rows_of, cost)
    people = list(groups.values())
    return replace(case, free=sorted(rows_of)), [(s, people[row]) for row, s in sites_of.items()]


def _drop_row(
    row: int, by: int, sites_of: dict[int, set[int]], rows_of: dict[int, set[int]]
) -> None:
    """Leave out a row that is reached whenever another is: its sites hold all of the other's."""
    sites = sites_of.pop(row)
    if not sites_of[by] <= sites:
        raise BrokenProof(f"row {row} is not implied by row {by}")
    for j in sites:
        rows_of[j].remove(row)


def _drop_site(  # noqa: PLR0917 - what is known of the cover
    case: Case,
    site: int,
    by: int | None,
    sites_of: dict[int, set[int]],
    rows_of: dict[int, set[int]],
    cost: dict[int, int],
) -> None:
    """Leave out a site beside one without rivals that reaches all its rows, for no more."""
    rows = rows_of.pop(site)
    if by is None:
        holds = not rows
    else:
        pairs = case.model.conflicts.tolist()
        rivals = {b if a == by else a for a, b in pairs if by in {a, b}} & rows_of.keys()
        holds = not rivals and rows <= rows_of[by] and cost[by] <= cost[site]
    if not holds:
        raise BrokenProof(f"a site is not needless: {case.model.site_ids[site]}")
    for row in rows:
        sites_of[row].remove(site)


BEYOND = 10**18
"""The bound of a p-center that no choice can keep at any radius."""


def center_bound(proof: dict[str, Any], model: CoverModel, parameters: dict[str, Any]) -> int:
    """Return the least radius that is not refuted: the next one after that of the proof."""
    status = model.status.tolist()
    fixed = {j for j, s in enumerate(status) if s in (MUST, EXISTING)}
    barred = {b if a in fixed else a for a, b in model.conflicts.tolist() if {a, b} & fixed}
    usable = fixed | {j for j, s in enumerate(status) if s == FREE and j not in barred}
    if model.cost_mm is None:
        raise BrokenProof("there are no costs")
    costs: dict[int, list[int]] = {}
    for j in sorted(usable):
        part = slice(int(model.indptr[j]), int(model.indptr[j + 1]))
        for i, cost in zip(model.demand[part].tolist(), model.cost_mm[part].tolist(), strict=True):
            if model.weights[i] and not model.covered[i]:
                costs.setdefault(i, []).append(cost)
    least = max((min(c) for c in costs.values()), default=0)
    if proof["cover"] is None:
        return least
    radius = proof["radius"]
    by_cost = parameters["budget"] is not None
    case = case_of(model, {"share": 1, "minimise": "cost" if by_cost else "sites"}, proof["cover"])
    for j, rows in case.rows_of.items():
        rows[:] = [i for i in rows if case.cost_of[j][i] <= radius]
    allowed = usable - {j for j, s in enumerate(status) if s == EXISTING}
    most = sum(int(model.site_cost[j]) for j in allowed) if by_cost else len(allowed)
    limit = min(parameters["budget"] if by_cost else parameters["sites"], most)
    if set_cover_bound(case, proof["cover"]["tree"]) <= limit:
        raise BrokenProof(f"the prices do not refute the radius {radius}")
    later = {cost for c in costs.values() for cost in c if cost > radius and cost >= least}
    return min(later, default=BEYOND)
