"""The bounds of certificates, evaluated from stated prices and cover sets alone.

Part of the checker: no solver is imported here. A proof is a tree; each inner node opens or shuts
one site, each leaf holds prices. The bound of a certificate is the weakest of its leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.ranking.cover_model import CoverModel

_FREE, _MUST, _EXISTING = 0, 1, 3
_BUDGET_PARTS = 10_000

Decided = dict[int, bool]
Leaf = dict[str, Any]


class BrokenProof(Exception):  # noqa: N818 - it names what is broken
    """The proof is not of the form that docs/method.md defines."""


@dataclass(frozen=True)
class Case:
    """The cover sets as plain Python, with what is fixed taken note of."""

    model: CoverModel
    limits: dict[str, Any]
    scale: int
    cliques: list[list[int]]
    must: list[int]
    fixed: list[int]
    free: list[int]
    rows_of: dict[int, list[int]]
    cost_of: dict[int, dict[int, int]]
    weights: list[int] = field(repr=False)

    def concerned(self) -> list[int]:
        """Return the rows with people who are not covered by anything outside the model."""
        return [i for i, w in enumerate(self.weights) if w and not self.model.covered[i]]

    def sites_of(self, sites: list[int]) -> dict[int, list[int]]:
        """Return for each row those of `sites` that reach it."""
        found: dict[int, list[int]] = {}
        for j in sites:
            for i in self.rows_of[j]:
                found.setdefault(i, []).append(j)
        return found


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
            return _center(proof, model, parameters)
        case = _case(model, parameters, proof)
        return _KINDS[proof["kind"]](case, proof["tree"])
    except (KeyError, TypeError, IndexError) as error:
        raise BrokenProof(f"{type(error).__name__}: {error}") from error


def _case(model: CoverModel, limits: dict[str, Any], proof: dict[str, Any]) -> Case:
    status = model.status.tolist()
    fixed = [j for j, s in enumerate(status) if s in (_MUST, _EXISTING)]
    pairs = {(a, b) for a, b in model.conflicts.tolist()}
    barred = {b if a in fixed else a for a, b in pairs if a in fixed or b in fixed}
    at = {site: j for j, site in enumerate(model.site_ids)}
    cliques = [sorted(at[site] for site in clique) for clique in proof["cliques"]]
    for clique in cliques:
        if any((a, b) not in pairs for n, a in enumerate(clique) for b in clique[n + 1 :]):
            raise BrokenProof("a clique holds sites that do not exclude one another")
    rows_of, cost_of = {}, {}
    for j in range(len(status)):
        begin, end = int(model.indptr[j]), int(model.indptr[j + 1])
        rows_of[j] = model.demand[begin:end].tolist()
        if model.cost_mm is not None:
            cost_of[j] = dict(zip(rows_of[j], model.cost_mm[begin:end].tolist(), strict=True))
    if not isinstance(proof["scale"], int) or proof["scale"] < 1:
        raise BrokenProof("the scale is not a positive whole number")
    return Case(
        model=model,
        limits=limits,
        scale=proof["scale"],
        cliques=cliques,
        must=[j for j in fixed if status[j] == _MUST],
        fixed=fixed,
        free=[j for j, s in enumerate(status) if s == _FREE and j not in barred],
        rows_of=rows_of,
        cost_of=cost_of,
        weights=model.weights.tolist(),
    )


def _highest(
    case: Case, node: dict[str, Any], rows: int, bound: Callable[[Leaf, Decided], int | None]
) -> int | None:
    """Return the largest bound of all leaves; None if no choice agrees with any of them."""
    at = {case.model.site_ids[j]: j for j in case.free}
    highest: int | None = None
    stack: list[tuple[dict[str, Any], Decided]] = [(node, {})]
    while stack:
        node, decided = stack.pop()
        if "site" in node:
            site = at[node["site"]]
            if site in decided:
                raise BrokenProof(f"{node['site']} is decided twice")
            stack += [
                (node["open"], decided | {site: True}),
                (node["shut"], decided | {site: False}),
            ]
            continue
        numbers = [*node["rows"], *node["cliques"], node["limit"]]
        if len(node["rows"]) != rows or len(node["cliques"]) != len(case.cliques):
            raise BrokenProof("there are not as many prices as rows and cliques")
        if any(type(x) is not int or x < 0 for x in numbers):
            raise BrokenProof("a price is not a whole number, or negative")
        value = bound(node, decided)
        if value is not None:
            highest = value if highest is None else max(highest, value)
    return highest


def _best_choice(case: Case, worth: dict[int, int], leaf: Leaf, decided: Decided) -> int | None:
    """Return the most that an allowed choice is worth at the prices of a leaf."""
    net = dict(worth)
    for clique, price in zip(case.cliques, leaf["cliques"], strict=True):
        for j in clique:
            if j in net:
                net[j] -= price
    total: int = sum(leaf["cliques"])
    if case.limits.get("budget") is not None:
        left = case.limits["budget"] - sum(int(case.model.site_cost[j]) for j in case.must)
        for j in net:
            cost = int(case.model.site_cost[j])
            net[j] -= leaf["limit"] * (cost * _BUDGET_PARTS // left if left else cost)
        total += leaf["limit"] * (_BUDGET_PARTS if left else 0)
    opened = [j for j, is_open in decided.items() if is_open]
    count = len(case.free)
    if case.limits.get("sites") is not None:
        count = case.limits["sites"] - len(case.must)
    if len(opened) > count:
        return None
    others = sorted((v for j, v in net.items() if v > 0 and j not in decided), reverse=True)
    return total + sum(net[j] for j in opened) + sum(others[: count - len(opened)])


def _merged(case: Case, sites: list[int], rows: list[int]) -> dict[tuple[int, ...], int]:
    """Add up the people of rows that the same sites reach, in the order of their first rows."""
    reaching = case.sites_of(sites)
    people: dict[tuple[int, ...], int] = {}
    for i in rows:
        if i in reaching:
            group = tuple(reaching[i])
            people[group] = people.get(group, 0) + case.weights[i]
    return people


def _uncovered_groups(case: Case) -> tuple[int, dict[tuple[int, ...], int]]:
    """Return the people covered whatever is chosen, and the groups of the others."""
    served = {i for j in case.fixed for i in case.rows_of[j]}
    served |= {i for i, done in enumerate(case.model.covered.tolist()) if done}
    rest = [i for i in case.concerned() if i not in served]
    return sum(case.weights[i] for i in served), _merged(case, case.free, rest)


def _worth(case: Case, groups: dict[tuple[int, ...], int], prices: list[int]) -> dict[int, int]:
    worth = dict.fromkeys(case.free, 0)
    for sites, price in zip(groups, prices, strict=True):
        for j in sites:
            worth[j] += price
    return worth


def _coverage(case: Case, tree: dict[str, Any]) -> int:
    base, groups = _uncovered_groups(case)
    people = list(groups.values())

    def bound(leaf: Leaf, decided: Decided) -> int | None:
        choice = _best_choice(case, _worth(case, groups, leaf["rows"]), leaf, decided)
        if choice is None:
            return None
        prices: list[int] = leaf["rows"]
        return choice + sum(max(0, w * case.scale - u) for w, u in zip(people, prices, strict=True))

    highest = _highest(case, tree, len(groups), bound)
    return base + (0 if highest is None else min(highest // case.scale, sum(people)))


def _set_cover(case: Case, tree: dict[str, Any]) -> int:
    base, groups = _uncovered_groups(case)
    people = list(groups.values())
    everybody = sum(case.weights)
    target = ceil(Fraction(str(case.limits["share"])) * everybody)
    spare = base + sum(people) - target
    by_cost = case.limits["minimise"] == "cost"
    cost = {j: int(case.model.site_cost[j]) if by_cost else 1 for j in (*case.free, *case.must)}

    def bound(leaf: Leaf, decided: Decided) -> int | None:
        worth = _worth(case, groups, leaf["rows"])
        choice = _best_choice(
            case, {j: v - cost[j] * case.scale for j, v in worth.items()}, leaf, decided
        )
        if choice is None:
            return None
        t: int = leaf["limit"]
        paid = [min(u, t * w) if spare else u for u, w in zip(leaf["rows"], people, strict=True)]
        return int(choice - sum(paid) + t * spare)

    highest = _highest(case, tree, len(groups), bound)
    fixed = sum(cost[j] for j in case.must)
    most = sum(cost[j] for j in case.free) + 1
    return fixed + (most if highest is None else min(most, max(0, -(highest // case.scale))))


def _median(case: Case, tree: dict[str, Any]) -> int:
    rows = case.concerned()
    most = [
        min(
            (case.cost_of[j][i] * case.weights[i] for j in case.fixed if i in case.cost_of[j]),
            default=None,
        )
        for i in rows
    ]

    def bound(leaf: Leaf, decided: Decided) -> int | None:
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
        choice = _best_choice(case, worth, leaf, decided)
        return None if choice is None else choice - sum(paid)

    highest = _highest(case, tree, len(rows), bound)
    if highest is None:
        raise BrokenProof("no leaf holds a choice")
    return max(0, -(highest // case.scale))


def _capacitated(case: Case, tree: dict[str, Any]) -> int:
    groups = _merged(case, sorted([*case.fixed, *case.free]), case.concerned())
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

    def bound(leaf: Leaf, decided: Decided) -> int | None:
        prices: list[int] = leaf["rows"]
        worth = [case.scale - u for u in prices]
        choice = _best_choice(case, {j: filled(j, worth) for j in case.free}, leaf, decided)
        if choice is None:
            return None
        always = sum(filled(j, worth) for j in case.fixed)
        return choice + always + sum(u * w for u, w in zip(prices, people, strict=True))

    highest = _highest(case, tree, len(groups), bound)
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

    def bound(leaf: Leaf, decided: Decided) -> int | None:
        price: dict[int, int] = dict(zip(rows, leaf["rows"], strict=True))
        worth = dict.fromkeys(case.free, 0)
        for r, u in price.items():
            for j in reaching[r]:
                worth[j] += u
        choice = _best_choice(case, worth, leaf, decided)
        if choice is None:
            return None
        return choice + sum(
            max(0, case.weights[i] * case.scale - sum(price[r] for r in needed))
            for i, needed in possible.items()
        )

    highest = _highest(case, tree, len(rows), bound)
    return base + (0 if highest is None else min(highest // case.scale, everybody))


BEYOND = 10**18
"""The bound of a p-center that no choice can keep at any radius."""


def _center(proof: dict[str, Any], model: CoverModel, parameters: dict[str, Any]) -> int:
    """Return the least radius that is not refuted: the next one after that of the proof."""
    status = model.status.tolist()
    fixed = {j for j, s in enumerate(status) if s in (_MUST, _EXISTING)}
    barred = {b if a in fixed else a for a, b in model.conflicts.tolist() if {a, b} & fixed}
    usable = fixed | {j for j, s in enumerate(status) if s == _FREE and j not in barred}
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
    case = _case(model, {"share": 1, "minimise": "cost" if by_cost else "sites"}, proof["cover"])
    for j, rows in case.rows_of.items():
        rows[:] = [i for i in rows if case.cost_of[j][i] <= radius]
    allowed = usable - {j for j, s in enumerate(status) if s == _EXISTING}
    most = sum(int(model.site_cost[j]) for j in allowed) if by_cost else len(allowed)
    limit = min(parameters["budget"] if by_cost else parameters["sites"], most)
    if _set_cover(case, proof["cover"]["tree"]) <= limit:
        raise BrokenProof(f"the prices do not refute the radius {radius}")
    later = {cost for c in costs.values() for cost in c if cost > radius and cost >= least}
    return min(later, default=BEYOND)


_KINDS: dict[str, Callable[[Case, dict[str, Any]], int]] = {
    "coverage": _coverage,
    "set-cover": _set_cover,
    "p-median": _median,
    "capacitated": _capacitated,
    "conjunctive": _conjunctive,
}
