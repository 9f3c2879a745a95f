"""What only data can tell about a rule: filters that match nothing, scopes that name no unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem, ScenarioError, problem, raise_all
from siting.scenario.model import ChangeReading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.access.study import Study
    from siting.plan.model import Rule
    from siting.scenario.model import Change


def check_rules(rules: Sequence[Rule], study: Study) -> None:
    """Check that every unit a rule or its readings name, and every level, exists in the layers.

    Raises
    ------
    ScenarioError
        With one problem for each name or level that the units layer does not know.
    """
    problems: list[Problem] = []
    units = study.layers.units
    levels = sorted(set(units["level"]))
    for rule in rules:
        scope = rule.scope
        known = units.loc[units["level"] == scope.level, "name"]
        problems += [
            problem("rule-unit-unknown", rule.id, unit=name, known=", ".join(sorted(known)))
            for name in scope.names
            if name not in set(known)
        ]
        level = getattr(rule, "unit_level", None)
        # In a place without geometry such a rule is not assessed.
        if len(study.layers.residents) and level is not None and level not in levels:
            problems.append(
                problem("rule-level-missing", rule.id, level=level, known=", ".join(levels))
            )
    raise_all(problems, ScenarioError)


def check_readings(changes: list[Change], rules: Sequence[Rule], *, places: list[str]) -> None:
    """Check that every change of reading names a rule of the plans and a reading of it.

    Raises
    ------
    ScenarioError
        With one problem for each change that does not.
    """
    known = {rule.id: rule for rule in rules}
    problems: list[Problem] = []
    for change, where in zip(changes, places, strict=True):
        if not isinstance(change, ChangeReading):
            continue
        if change.rule not in known:
            names = ", ".join(sorted(known))
            problems.append(problem("scenario-rule", where, rule=change.rule, known=names))
            continue
        readings = [one.id for one in known[change.rule].reading]
        if change.reading not in readings:
            names = ", ".join(readings) or "–"
            values = {"rule": change.rule, "reading": change.reading, "known": names}
            problems.append(problem("scenario-reading", where, **values))
    raise_all(problems, ScenarioError)
