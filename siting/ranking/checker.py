"""An independent checker of certificates: it knows the cover sets and the formulas, no solver.

It shares no code with the modules that choose sites or compute bounds; the arithmetic is plain
Python on whole numbers. What it recomputes is defined in docs/method.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from siting.ranking.cover_model import CoverModel

_FREE, _MUST, _NEVER, _EXISTING = 0, 1, 2, 3
_BUDGET_PARTS = 10_000
_HASHED = (
    "indptr", "demand", "weights", "covered", "status", "site_cost", "conflicts", "cost_mm",
    "capacity",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One way in which a certificate does not hold."""

    key: str
    stated: Any
    found: Any


def check(certificate: dict[str, Any], model: CoverModel) -> list[Finding]:
    """Recompute feasibility, objective and certified bound of a certificate.

    Parameters
    ----------
    certificate
        What a model of this floor wrote.
    model
        The cover sets, from wherever the checker's user trusts them to come.

    Returns
    -------
    list of Finding
        Empty if the certificate holds. If the cover sets differ, that is the only finding.
    """
    stated = certificate["cover_sets_sha256"]
    if stated != (found := _digest(model)):
        return [Finding("cover-sets", stated, found)]
    opened = {site: j for j, site in enumerate(model.site_ids)}
    unknown = [site for site in certificate["sites"] if site not in opened]
    if unknown:
        return [Finding("unknown-site", unknown, None)]
    chosen = [opened[site] for site in certificate["sites"]]
    findings = _broken_limits(certificate, model, chosen)
    objective = _covered(model, chosen)
    bound = _coverage_bound(certificate, model)
    for key, value in (("objective", objective), ("certified_bound", max(bound, objective))):
        if certificate[key] != value:
            findings.append(Finding(key, certificate[key], value))
    if certificate["status"] == "optimal" and bound > objective:
        findings.append(Finding("status", "optimal", "feasible"))
    return findings


def _digest(model: CoverModel) -> str:
    text = [f"{site}\n".encode() for site in model.site_ids]
    for name in _HASHED:
        array = getattr(model, name)
        if array is not None:
            text += [f"{name} {array.size}\n".encode(), array.astype("<i8").tobytes()]
    return hashlib.sha256(b"".join(text)).hexdigest()


def _broken_limits(
    certificate: dict[str, Any], model: CoverModel, chosen: list[int]
) -> list[Finding]:
    limits = certificate["parameters"]
    status = model.status.tolist()
    findings = []
    if len(set(chosen)) < len(chosen):
        findings.append(Finding("site-twice", certificate["sites"], None))
    wrong = [model.site_ids[j] for j in chosen if status[j] in (_NEVER, _EXISTING)]
    if wrong:
        findings.append(Finding("site-not-free", wrong, None))
    missing = [model.site_ids[j] for j, s in enumerate(status) if s == _MUST and j not in chosen]
    if missing:
        findings.append(Finding("must-missing", missing, None))
    if limits["sites"] is not None and len(chosen) > limits["sites"]:
        findings.append(Finding("too-many-sites", limits["sites"], len(chosen)))
    spent = sum(int(model.site_cost[j]) for j in chosen)
    if limits["budget"] is not None and spent > limits["budget"]:
        findings.append(Finding("over-budget", limits["budget"], spent))
    standing = {*chosen, *(j for j, s in enumerate(status) if s == _EXISTING)}
    findings += [
        Finding("too-close", (model.site_ids[a], model.site_ids[b]), None)
        for a, b in model.conflicts.tolist()
        if a in standing and b in standing and (a in chosen or b in chosen)
    ]
    return findings


def _reached(model: CoverModel, sites: list[int]) -> set[int]:
    rows = set(np.flatnonzero(model.covered).tolist())
    for j in sites:
        rows.update(model.demand[model.indptr[j] : model.indptr[j + 1]].tolist())
    return rows


def _covered(model: CoverModel, chosen: list[int]) -> int:
    existing = [j for j, s in enumerate(model.status.tolist()) if s == _EXISTING]
    return sum(int(model.weights[i]) for i in _reached(model, [*chosen, *existing]))


def _coverage_bound(certificate: dict[str, Any], model: CoverModel) -> int:
    """Evaluate the Lagrangian of maximal coverage at the stated prices."""
    proof, limits = certificate["proof"], certificate["parameters"]
    status = model.status.tolist()
    fixed = {j for j, s in enumerate(status) if s in (_MUST, _EXISTING)}
    barred = {b if a in fixed else a for a, b in model.conflicts.tolist() if {a, b} & fixed}
    free = [j for j, s in enumerate(status) if s == _FREE and j not in barred]
    served = _reached(model, sorted(fixed))
    base = sum(int(model.weights[i]) for i in served)

    people, members = _merged(model, free, served)
    prices, scale = proof["rows"], proof["scale"]
    cliques, clique_prices = proof["cliques"], proof["clique_prices"]
    budget_price = proof["budget_price"]
    numbers = [scale, budget_price, *prices, *clique_prices]
    if (
        len(prices) != len(people)
        or len(cliques) != len(clique_prices)
        or any(not isinstance(x, int) or x < 0 for x in numbers)
        or scale < 1
        or not _are_cliques(cliques, model)
    ):
        return sum(people) + base  # the prices prove nothing beyond the obvious
    worth = dict.fromkeys(free, 0)
    for sites, price in zip(members, prices, strict=True):
        for j in sites:
            worth[j] += price
    at = {site: j for j, site in enumerate(model.site_ids)}
    for clique, price in zip(cliques, clique_prices, strict=True):
        for site in clique:
            if at[site] in worth:
                worth[at[site]] -= price
    must = [j for j, s in enumerate(status) if s == _MUST]
    total: int = sum(max(0, w * scale - u) for w, u in zip(people, prices, strict=True))
    total += sum(clique_prices)
    if limits["budget"] is not None:
        left = limits["budget"] - sum(int(model.site_cost[j]) for j in must)
        for j in free:
            cost = int(model.site_cost[j])
            worth[j] -= budget_price * (cost * _BUDGET_PARTS // left if left else cost)
        total += budget_price * (_BUDGET_PARTS if left else 0)
    count = len(free) if limits["sites"] is None else limits["sites"] - len(must)
    total += sum(sorted((v for v in worth.values() if v > 0), reverse=True)[:count])
    return int(base + min(total // scale, sum(people)))


def _merged(
    model: CoverModel, free: list[int], served: set[int]
) -> tuple[list[int], list[tuple[int, ...]]]:
    """Return the people and the sites of each group of rows that the same free sites reach."""
    sites_of: dict[int, list[int]] = {}
    for j in free:
        for i in model.demand[model.indptr[j] : model.indptr[j + 1]].tolist():
            sites_of.setdefault(i, []).append(j)
    people: dict[tuple[int, ...], int] = {}
    for i in sorted(sites_of):
        weight = int(model.weights[i])
        if i not in served and weight > 0:
            group = tuple(sites_of[i])
            people[group] = people.get(group, 0) + weight
    return list(people.values()), list(people)


def _are_cliques(cliques: list[list[str]], model: CoverModel) -> bool:
    """Say whether all sites of each clique exclude one another."""
    rivals = {(model.site_ids[a], model.site_ids[b]) for a, b in model.conflicts.tolist()}
    return all(
        (min(a, b), max(a, b)) in rivals
        for clique in cliques
        for i, a in enumerate(clique)
        for b in clique[i + 1 :]
    )
