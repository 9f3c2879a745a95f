"""The bound of a tree of prices: that of its weakest part.

Part of the checker: no solver is imported here. Each inner node of a tree opens or shuts one site,
or settles several; each leaf holds prices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from siting.ranking.checker_case import BrokenProof, Leaf, Worth

if TYPE_CHECKING:
    from siting.ranking.checker_case import Case

_BUDGET_PARTS = 10_000

Decided = dict[int, bool]
Value = Callable[[Leaf], tuple[Worth, int]]
"""What each site is worth at the prices of a leaf, and what these add to the bound beside."""


def highest_bound(case: Case, tree: dict[str, Any], rows: int, value: Value) -> int | None:
    """Return the largest bound of all parts of a tree; None if no choice agrees with any of them.

    Where sites are settled, a choice agrees with all of that, and is part of the rest, or differs
    in one of them at least: each of these cases is bounded at the prices that settle them.
    """
    at = {case.model.site_ids[j]: j for j in case.free}
    bounds: list[int | None] = []
    stack: list[tuple[dict[str, Any], Decided]] = [(tree, {})]
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
        leaf = node.get("settled", node)
        numbers = [*leaf["rows"], *leaf["cliques"], leaf["limit"]]
        if len(leaf["rows"]) != rows or len(leaf["cliques"]) != len(case.cliques):
            raise BrokenProof("there are not as many prices as rows and cliques")
        if any(type(x) is not int or x < 0 for x in numbers):
            raise BrokenProof("a price is not a whole number, or negative")
        worth, paid = value(leaf)
        cases = [decided]
        if "settled" in node:
            more = {at[s]: True for s in node["open"]} | {at[s]: False for s in node["shut"]}
            if more.keys() & decided.keys():
                raise BrokenProof("a site that is decided is settled")
            cases = [decided | {j: not is_open} for j, is_open in more.items()]
            stack.append((node["rest"], decided | more))
        for one in cases:
            choice = _best_choice(case, worth, leaf, one)
            bounds.append(None if choice is None else choice + paid)
    return max((bound for bound in bounds if bound is not None), default=None)


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
