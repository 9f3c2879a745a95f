"""An independent checker of certificates: it knows the cover sets and the formulas, no solver.

It shares no code with the modules that choose sites or compute bounds; the arithmetic is plain
Python on whole numbers, written to be read. What it recomputes is defined in docs/method.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from siting.ranking.checker_bounds import bound_of
from siting.ranking.checker_case import BrokenProof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.ranking.cover_model import CoverModel

_FREE, _MUST, _NEVER, _EXISTING = 0, 1, 2, 3
_HASHED = (
    "indptr", "demand", "weights", "covered", "status", "site_cost", "conflicts", "cost_mm",
    "capacity",
)  # fmt: skip
_SAME = 1e-12
_PARTS = 10**6
_MAXIMISING = ("max-coverage", "capacitated", "conjunctive")


@dataclass(frozen=True)
class Finding:
    """One way in which a certificate does not hold: what it states, and what was found."""

    key: str
    stated: Any
    found: Any


def check(certificate: dict[str, Any], model: CoverModel) -> list[Finding]:
    """Recompute feasibility, objective, certified bound and status of a certificate.

    Parameters
    ----------
    certificate
        What a model of this floor wrote.
    model
        The cover sets, from wherever the checker's user trusts them to come.

    Returns
    -------
    list of Finding
        Empty if the certificate holds. If the cover sets differ, that is the only finding. The
        solver's claim is not checked: that is what makes it a claim.
    """
    stated = certificate["cover_sets_sha256"]
    if stated != (found := _digest(model)):
        return [Finding("cover-sets", stated, found)]
    at = {site: j for j, site in enumerate(model.site_ids)}
    if unknown := [site for site in certificate["sites"] if site not in at]:
        return [Finding("unknown-site", unknown, None)]
    try:
        bound = bound_of(certificate, model)
    except BrokenProof as broken:
        return [Finding("proof", str(broken), None)]
    if certificate["status"] == "infeasible":
        return _infeasibility(certificate, model, bound)
    if bound is None or certificate["objective"] is None:  # then nothing may be claimed
        holds = certificate["status"] == "not-found" and not certificate["sites"]
        return [] if holds else [Finding("objective", certificate["objective"], None)]
    return _answer(certificate, model, [at[site] for site in certificate["sites"]], bound)


def _answer(
    certificate: dict[str, Any], model: CoverModel, chosen: list[int], bound: int
) -> list[Finding]:
    """Check what is said of the chosen sites."""
    findings = _broken_limits(certificate, model, chosen)
    objective = _objective(certificate, model, chosen)
    if objective is None:
        return [*findings, Finding("objective", certificate["objective"], None)]
    maximises = certificate["model"] in _MAXIMISING
    bound = max(bound, objective) if maximises else min(bound, objective)
    proved_by = _proved_by(certificate, objective, bound)
    stopped = "stopped" if certificate["status"] == "stopped" else "feasible"
    for key, value in (
        ("objective", objective),
        ("certified_bound", bound),
        ("gap", abs(bound - objective) / max(bound, objective) if bound != objective else 0.0),
        ("proved_by", proved_by),
        ("status", "optimal" if proved_by else stopped),
    ):
        if not _same(certificate[key], value):
            findings.append(Finding(key, certificate[key], value))
    return findings


def _proved_by(certificate: dict[str, Any], objective: int, bound: int) -> str | None:
    """Say which bound the objective meets; the solver's is only a claim, but named as one."""
    if objective == bound:
        return "certificate"
    return "solver" if objective == certificate["solver_bound"] else None


def _same(stated: Any, found: Any) -> bool:
    if isinstance(stated, float) and isinstance(found, float):
        return abs(stated - found) <= _SAME
    return bool(stated == found)


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
    if wrong := [model.site_ids[j] for j in chosen if status[j] in (_NEVER, _EXISTING)]:
        findings.append(Finding("site-not-free", wrong, None))
    missing = [model.site_ids[j] for j, s in enumerate(status) if s == _MUST and j not in chosen]
    if missing:
        findings.append(Finding("must-missing", missing, None))
    if limits.get("sites") is not None and len(chosen) > limits["sites"]:
        findings.append(Finding("too-many-sites", limits["sites"], len(chosen)))
    spent = sum(int(model.site_cost[j]) for j in chosen)
    if limits.get("budget") is not None and spent > limits["budget"]:
        findings.append(Finding("over-budget", limits["budget"], spent))
    standing = {*chosen, *(j for j, s in enumerate(status) if s == _EXISTING)}
    findings += [
        Finding("too-close", (model.site_ids[a], model.site_ids[b]), None)
        for a, b in model.conflicts.tolist()
        if a in standing and b in standing and (a in chosen or b in chosen)
    ]
    return findings


def _objective(certificate: dict[str, Any], model: CoverModel, chosen: list[int]) -> int | None:
    """Measure the chosen sites; None if they do not do what the model asks for."""
    name = certificate["model"]
    standing = [*chosen, *np.flatnonzero(model.status == _EXISTING).tolist()]
    weights: list[int] = model.weights.tolist()
    if name == "capacitated":
        return _served(model, standing)
    reached = _cheapest(model, standing)
    people = sum(weights[i] for i in reached)
    if name == "max-coverage":
        return people
    if name == "conjunctive":
        kinds = certificate["parameters"]["kinds"]
        n = len(weights) // kinds
        whole = (i for i in range(n) if all(t * n + i in reached for t in range(kinds)))
        return sum(weights[i] for i in whole)
    if name == "set-cover":
        target = ceil(Fraction(str(certificate["parameters"]["share"])) * sum(weights))
        by_cost = certificate["parameters"]["minimise"] == "cost"
        spent = sum(int(model.site_cost[j]) if by_cost else 1 for j in chosen)
        return spent if people >= target else None
    concerned = [i for i, w in enumerate(weights) if w and not model.covered[i]]
    return _walked(name, {i: weights[i] for i in concerned}, reached)


def _walked(name: str, people: dict[int, int], reached: dict[int, int]) -> int | None:
    """Add up people × cost, or find the largest cost; None if somebody is not reached."""
    if any(i not in reached for i in people):
        return None
    if name == "p-median":
        return sum(w * reached[i] for i, w in people.items())
    return max((reached[i] for i in people), default=0)


def _cheapest(model: CoverModel, standing: list[int]) -> dict[int, int]:
    """Return the rows that are reached, each with the least cost at which it is."""
    reached: dict[int, int] = dict.fromkeys(np.flatnonzero(model.covered).tolist(), 0)
    for j in standing:
        part = slice(int(model.indptr[j]), int(model.indptr[j + 1]))
        rows: list[int] = model.demand[part].tolist()
        costs = [0] * len(rows) if model.cost_mm is None else model.cost_mm[part].tolist()
        for i, cost in zip(rows, costs, strict=True):
            reached[i] = min(cost, reached.get(i, cost))
    return reached


def _served(model: CoverModel, standing: list[int]) -> int:
    """Return the people whom the places serve: a largest flow, by another solver's hand."""
    n, k = len(model.weights), len(model.site_ids)
    everybody = int(model.weights.sum())
    capacity = [everybody] * k if model.capacity is None else model.capacity.tolist()
    arcs = []
    for j in sorted(standing):
        arcs.append((n + j, n + k + 1, min(capacity[j], everybody)))
        rows = model.demand[model.indptr[j] : model.indptr[j + 1]]
        arcs += [(i, n + j, int(model.weights[i])) for i in rows[~model.covered[rows]].tolist()]
    arcs += [(n + k, i, int(model.weights[i])) for i in range(n) if not model.covered[i]]
    start, end, most = np.array(arcs, np.int32).reshape(-1, 3).T
    graph = csr_array((most, (start, end)), shape=(n + k + 2, n + k + 2))
    flow = int(maximum_flow(graph, n + k, n + k + 1).flow_value)
    return flow + sum(int(w) for w in model.weights[model.covered])


def _infeasibility(
    certificate: dict[str, Any], model: CoverModel, bound: int | None
) -> list[Finding]:
    """Check that rows have no site, or that the bound exceeds what any served choice costs."""
    status, parameters = model.status.tolist(), certificate["parameters"]
    if certificate["proof"]["kind"] == "no-site-reaches":
        fixed = {j for j, s in enumerate(status) if s in (_MUST, _EXISTING)}
        barred = {b if a in fixed else a for a, b in model.conflicts.tolist() if {a, b} & fixed}
        usable = fixed | {j for j, s in enumerate(status) if s == _FREE and j not in barred}
        reached = {i for j in usable for i in model.demand[model.indptr[j] : model.indptr[j + 1]]}
        alone = [
            i
            for i, w in enumerate(model.weights.tolist())
            if w and not model.covered[i] and i not in reached
        ]
        people = sum(int(model.weights[i]) for i in alone)
        everybody = int(model.weights.sum())
        spare = everybody - ceil(Fraction(str(parameters.get("share", 1))) * everybody)
        holds = alone == certificate["unserved"] and people > spare
        return [] if holds else [Finding("unserved", certificate["unserved"], alone)]
    if certificate["model"] == "p-median" and model.cost_mm is not None:
        dearest: dict[int, int] = {}
        for i, cost in zip(model.demand.tolist(), model.cost_mm.tolist(), strict=True):
            dearest[i] = max(dearest.get(i, 0), cost * int(model.weights[i]))
        highest = sum(d for i, d in dearest.items() if not model.covered[i])
    else:
        highest = -1
    holds = bound is not None and bound > highest
    return [] if holds else [Finding("status", "infeasible", "not-found")]


def check_worst_first(
    certificate: dict[str, Any], model: CoverModel, street: Sequence[str]
) -> list[Finding]:
    """Check a choice that puts the worst street first.

    Parameters
    ----------
    certificate
        What `siting.ranking.fairness.worst_first` wrote.
    model, street
        The cover sets, and the street of each demand row.
    """
    people: dict[str, int] = {}
    for name, weight in zip(street, model.weights.tolist(), strict=True):
        people[name] = people.get(name, 0) + weight
    weights = certificate["street_weights"]
    if set(weights) != set(people) or any(type(w) is not int or w < 0 for w in weights.values()):
        return [Finding("street-weights", weights, sorted(people))]
    each = [
        -(-weight * weights[name] * _PARTS // max(people[name], 1))
        for name, weight in zip(street, model.weights.tolist(), strict=True)
    ]
    weighted = replace(model, weights=np.array(each, np.int64))
    if findings := check(certificate["weighted"], weighted):
        return findings
    if certificate["weighted"]["parameters"] != certificate["parameters"]:
        return [Finding("parameters", certificate["parameters"], None)]
    at = {site: j for j, site in enumerate(model.site_ids)}
    chosen = [at[site] for site in certificate["sites"]]
    findings = _broken_limits(certificate, model, chosen)
    reached = _cheapest(model, [*chosen, *np.flatnonzero(model.status == _EXISTING).tolist()])
    covered = dict.fromkeys(people, 0)
    for i in reached:
        covered[street[i]] += int(model.weights[i])
    worst = min((Fraction(covered[s], p) for s, p in people.items() if p), default=Fraction(1))
    mean = Fraction(
        certificate["weighted"]["certified_bound"], _PARTS * max(sum(weights.values()), 1)
    )
    for key, value in (("objective", worst), ("certified_bound", min(mean, Fraction(1)))):
        stated = Fraction(*certificate[key])
        if stated != value:
            findings.append(Finding(key, certificate[key], [value.numerator, value.denominator]))
    return findings
