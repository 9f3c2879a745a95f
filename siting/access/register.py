"""The register: every clause of the scenario's plans with its status. Nothing passes by silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from siting.access.lacks import joined, said
from siting.words import Text

if TYPE_CHECKING:
    from siting.plan.model import Clause, Plan

COLUMNS = [
    *("id", "class", "rule", "status", "value", "target"),
    *("missing", "missing_en", "text", "text_en"),
]
NOTHING = Text(zh="", en="")


class Outcome(NamedTuple):
    """What a rule found: its verdict, its value against its target, and what is missing."""

    verdict: str
    value: float | None
    target: float | None
    missing: str = ""
    missing_en: str = ""


def register_table(plans: list[Plan], *, place: str, outcomes: dict[str, Outcome]) -> pd.DataFrame:
    """Return one row per clause: what its rule found, or why there is none.

    A clause of a plan that does not bind in `place` is not applicable there, unless a rule that
    does bind there names it: one of the same origin, or a reference. The rule that speaks for a
    clause gives its status; `missing` is what any of the clause's rules lacks.
    """
    naming: dict[str, list[str]] = {}
    for rule in (rule for plan in plans for rule in plan.rule if place in rule.places):
        for clause_id in rule.clauses:
            naming.setdefault(clause_id, []).append(rule.id)
    rows = [
        _row(clause, naming.get(clause.id, []), outcomes, binds=place in plan.places)
        for plan in plans
        for clause in plan.clause
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": "Float64", "target": "Float64"})


def _row(
    clause: Clause, named: list[str], outcomes: dict[str, Outcome], *, binds: bool
) -> dict[str, object]:
    rule = (clause.rule if binds else None) or next(iter(named), "")
    found = outcomes.get(rule)
    told = _untested(clause, binds=binds) if found is None else [] if binds else [said("judged")]
    told += [Text(zh=one.missing, en=one.missing_en) for one in map(outcomes.get, named) if one]
    silent = "non_spatial" if clause.tier == "N" else "not_assessed"
    return {
        "id": clause.id,
        "class": clause.letter,
        "rule": rule if found else "",
        "status": found.verdict if found else silent if binds else "not_applicable",
        "value": found.value if found else None,
        "target": found.target if found else None,
        "missing": joined(told, "zh"),
        "missing_en": joined(told, "en"),
        "text": clause.text.zh,
        "text_en": clause.text.en,
    }


def _untested(clause: Clause, *, binds: bool) -> list[Text]:
    """Say why no rule tests a clause."""
    if binds:
        return [clause.reason or NOTHING]
    origin = [said("same_as", clause=clause.same_as)] if clause.same_as else []
    return [said("elsewhere"), *origin]
