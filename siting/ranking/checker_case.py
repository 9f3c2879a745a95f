"""What a certificate speaks of, as plain Python: the cover sets, and what is fixed in them.

Part of the checker: no solver is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.ranking.cover_model import CoverModel

FREE, MUST, EXISTING = 0, 1, 3

Leaf = dict[str, Any]
Worth = dict[int, int]


class BrokenProof(Exception):  # noqa: N818 - it names what is broken
    """The proof is not of the form that docs/method.md defines."""


@dataclass(frozen=True)
class Case:
    """The cover sets as plain Python, with what is fixed taken note of."""

    model: CoverModel
    limits: dict[str, Any]
    scale: int
    cliques: list[list[int]]
    reduced: list[dict[str, Any]]
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


def case_of(model: CoverModel, limits: dict[str, Any], proof: dict[str, Any]) -> Case:
    """Take note of what is fixed, and of the cliques, if their sites exclude one another."""
    status = model.status.tolist()
    fixed = [j for j, s in enumerate(status) if s in (MUST, EXISTING)]
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
        reduced=proof.get("reduced", []),
        must=[j for j in fixed if status[j] == MUST],
        fixed=fixed,
        free=[j for j, s in enumerate(status) if s == FREE and j not in barred],
        rows_of=rows_of,
        cost_of=cost_of,
        weights=model.weights.tolist(),
    )


def merged(case: Case, sites: list[int], rows: list[int]) -> dict[tuple[int, ...], int]:
    """Add up the people of rows that the same sites reach, in the order of their first rows."""
    reaching = case.sites_of(sites)
    people: dict[tuple[int, ...], int] = {}
    for i in rows:
        if i in reaching:
            group = tuple(reaching[i])
            people[group] = people.get(group, 0) + case.weights[i]
    return people


def uncovered_groups(case: Case) -> tuple[int, dict[tuple[int, ...], int]]:
    """Return the people covered whatever is chosen, and the groups of the others."""
    served = {i for j in case.fixed for i in case.rows_of[j]}
    served |= {i for i, done in enumerate(case.model.covered.tolist()) if done}
    rest = [i for i in case.concerned() if i not in served]
    return sum(case.weights[i] for i in served), merged(case, case.free, rest)


def worth_of(case: Case, groups: Iterable[Iterable[int]], prices: list[int]) -> Worth:
    """Add up the prices of the groups of rows that each free site reaches."""
    worth = dict.fromkeys(case.free, 0)
    for sites, price in zip(groups, prices, strict=True):
        for j in sites:
            worth[j] += price
    return worth
