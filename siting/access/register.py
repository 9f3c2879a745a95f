"""The register: every clause of the scenario's plans with its status. Nothing passes by silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from siting.plan.model import Clause, Plan

COLUMNS = ["id", "class", "rule", "status", "value", "target", "missing"]


class Outcome(NamedTuple):
    """What a rule found: its verdict, its value against its target, and what is missing."""

    verdict: str
    value: float | None
    target: float | None
    missing: str = ""


def register_table(plans: list[Plan], *, place: str, outcomes: dict[str, Outcome]) -> pd.DataFrame:
    """Return one row per clause: what its rule found, or why there is none.

    A clause of a plan that does not bind in `place` is not applicable there, unless a rule that
    does bind there names it: one of the same origin, or a reference.
    """
    naming: dict[str, str] = {}
    for rule in (rule for plan in plans for rule in plan.rule if place in rule.places):
        for clause_id in rule.clauses:
            naming.setdefault(clause_id, rule.id)
    rows = [
        _row(clause, naming.get(clause.id), outcomes, binds=place in plan.places)
        for plan in plans
        for clause in plan.clause
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": "Float64", "target": "Float64"})


def _row(
    clause: Clause, named: str | None, outcomes: dict[str, Outcome], *, binds: bool
) -> dict[str, object]:
    rule = (clause.rule if binds else None) or named or ""
    found = outcomes.get(rule)
    row = {"id": clause.id, "class": clause.letter, "rule": rule if found else ""}
    if found is None:
        silent = "non_spatial" if clause.tier == "N" else "not_assessed"
        reason = clause.reason.zh if clause.reason is not None else ""
        elsewhere = "非本规划" + (f"；同源条款：{clause.same_as}" if clause.same_as else "")
        return row | {
            "status": silent if binds else "not_applicable",
            "value": None,
            "target": None,
            "missing": reason if binds else elsewhere,
        }
    other = "" if binds else "非本规划；按同源条款或参照规则评估"
    return row | {
        "status": found.verdict,
        "value": found.value,
        "target": found.target,
        "missing": "；".join(text for text in (other, found.missing) if text),
    }
