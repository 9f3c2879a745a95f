"""The bounds of certificates, evaluated from stated prices and cover sets alone.

Part of the checker: no solver is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.ranking.checker_case import BrokenProof, case_of, merged, uncovered_groups, worth_of
from siting.ranking.checker_covers import center_bound, set_cover_bound
from siting.ranking.checker_tree import highest_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.checker_case import Case, Leaf, Worth
    from siting.ranking.cover_model import CoverModel


def bound_of(certificate: dict[str, Any], model: CoverModel) -> int | None:
    """Return the bound that the certificate's prices prove, in the model's own units.

    Raises
    ------
    BrokenProof
        If the proof is incomplete or malformed.
    """
    proof, parameters = certificate["proof"], certificate["parameters"]
    try:
        if proof["kind"] == "no-site-reaches":
            return None
        if proof["kind"] == "p-center":
            return center_bound(proof, model, parameters)
        case = case_of(model, parameters, proof)
        return _KINDS[proof["kind"]](case, proof["tree"])
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise BrokenProof(f"{type(error).__name__}: {error}") from error


def _coverage(case: Case, tree: dict[str, Any]) -> int:
    base, groups = uncovered_groups(case)
    people = list(groups.values())

    def value(leaf: Leaf) -> tuple[Worth, int]:
        prices: list[int] = leaf["rows"]
        left = sum(max(0, w * case.scale - u) for w, u in zip(people, prices, strict=True))
        return worth_of(case, groups, prices), left

    highest = highest_bound(case, tree, len(groups), value)
    return base + (0 if highest is None else min(highest // case.scale, sum(people)))


def _median(case: Case, tree: dict[str, Any]) -> int:
    rows = case.concerned()
    most = [
        min(
            (case.cost_of[j][i] * case.weights[i] for j in case.fixed if i in case.cost_of[j]),
            default=None,
        )
        for i in rows
    ]

    def value(leaf: Leaf) -> tuple[Worth, int]:
        price = dict(zip(rows, leaf["rows"], strict=True))
        paid = [
            u if m is None else min(u, m * case.scale)
            for u, m in zip(leaf["rows"], most, strict=True)
        ]
        worth = {
            j: sum(
                max(0, price[i] - cost * case.weights[i] * case.scale)
                for i, cost in case.cost_of[j].items()
                if i in price
            )
            for j in case.free
        }
        return worth, -sum(paid)

    highest = highest_bound(case, tree, len(rows), value)
    if highest is None:
        raise BrokenProof("no leaf holds a choice")
    return max(0, -(highest // case.scale))


def _capacitated(case: Case, tree: dict[str, Any]) -> int:
    groups = merged(case, sorted([*case.fixed, *case.free]), case.concerned())
    people, everybody = list(groups.values()), sum(groups.values())
    members: dict[int, list[int]] = {j: [] for j in (*case.fixed, *case.free)}
    for g, sites in enumerate(groups):
        for j in sites:
            members[j].append(g)

    def filled(j: int, worth: list[int]) -> int:
        capacity = case.model.capacity
        left, total = everybody if capacity is None else int(capacity[j]), 0
        for g in sorted(members[j], key=lambda g: -worth[g]):
            if worth[g] > 0:
                total += min(left, people[g]) * worth[g]
                left -= min(left, people[g])
        return total

    def value(leaf: Leaf) -> tuple[Worth, int]:
        prices: list[int] = leaf["rows"]
        worth = [case.scale - u for u in prices]
        always = sum(filled(j, worth) for j in case.fixed)
        paid = sum(u * w for u, w in zip(prices, people, strict=True))
        return {j: filled(j, worth) for j in case.free}, always + paid

    highest = highest_bound(case, tree, len(groups), value)
    base = sum(w for w, done in zip(case.weights, case.model.covered, strict=True) if done)
    return base + (0 if highest is None else min(highest // case.scale, everybody))


def _conjunctive(case: Case, tree: dict[str, Any]) -> int:
    n = len(case.weights) // case.limits["kinds"]
    served = {i for j in case.fixed for i in case.rows_of[j]}
    served |= {i for i, done in enumerate(case.model.covered.tolist()) if done}
    reaching = case.sites_of(case.free)
    lacks = {i: [r for r in range(i, len(case.weights), n) if r not in served] for i in range(n)}
    base = sum(case.weights[i] for i, rows in lacks.items() if not rows)
    possible = {
        i: rows
        for i, rows in lacks.items()
        if rows and case.weights[i] and all(r in reaching for r in rows)
    }
    rows = [r for needed in possible.values() for r in needed]
    everybody = sum(case.weights[i] for i in possible)

    def value(leaf: Leaf) -> tuple[Worth, int]:
        price: dict[int, int] = dict(zip(rows, leaf["rows"], strict=True))
        worth = dict.fromkeys(case.free, 0)
        for r, u in price.items():
            for j in reaching[r]:
                worth[j] += u
        return worth, sum(
            max(0, case.weights[i] * case.scale - sum(price[r] for r in needed))
            for i, needed in possible.items()
        )

    highest = highest_bound(case, tree, len(rows), value)
    return base + (0 if highest is None else min(highest // case.scale, everybody))


_KINDS: dict[str, Callable[[Case, dict[str, Any]], int]] = {
    "coverage": _coverage,
    "set-cover": set_cover_bound,
    "p-median": _median,
    "capacitated": _capacitated,
    "conjunctive": _conjunctive,
}
