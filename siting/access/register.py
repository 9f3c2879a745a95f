"""The register: every clause of the scenario's plans with its status. Nothing passes by silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from siting.plan.model import Plan

COLUMNS = ["id", "class", "rule", "status", "value", "target", "missing"]


def register_table(
    plans: list[Plan], *, place: str, verdicts: dict[str, str], values: dict[str, float | None]
) -> pd.DataFrame:
    """Return one row per clause: its rule's verdict and value, or why there is none.

    A clause of a plan that does not bind in `place` is not applicable there, whatever it says.
    """
    targets = {rule.id: rule.target for plan in plans for rule in plan.rule}
    rows = []
    for plan in plans:
        binds = place in plan.places
        for clause in plan.clause:
            rule = clause.rule if binds and clause.rule else ""
            silent = "non_spatial" if clause.tier == "N" else "not_assessed"
            reason = clause.reason.zh if clause.reason is not None else ""
            rows.append(
                {
                    "id": clause.id,
                    "class": clause.letter,
                    "rule": rule,
                    "status": verdicts.get(rule, silent) if binds else "not_applicable",
                    "value": values.get(rule),
                    "target": targets.get(rule),
                    "missing": reason if binds else "非本规划",
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)
