"""What is wrong about a rule once the data are known: units nobody knows, bands with holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.checks.asked import under_every_reading
from siting.checks.bands import lint_bands
from siting.errors import Problem, ScenarioError, problem, raise_all
from siting.plan.model import DensityAccessRule, PeopleRecord
from siting.scenario.model import ChangeReading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from siting.access.study import Study
    from siting.plan.model import Rule
    from siting.scenario.model import Change, Scenario


def check_rules(rules: Sequence[Rule], study: Study) -> None:
    """Check that every unit a rule or its readings name exists, and that bands leave no doubt.

    A rule on people must also find units of its level. A measured value without them is not
    assessed and says so, as is a reading without them: `siting.checks.lint` warns of both.

    Raises
    ------
    ScenarioError
        With one problem for each name or level that the units layer does not know, and for each
        density that no band owns, or more than one.
    """
    problems: list[Problem] = []
    for rule in rules:
        problems += under_every_reading(rule, lambda one, where: _wrong(one, study, where))
        if isinstance(rule, PeopleRecord):
            problems += _level(rule, study)
    raise_all(problems, ScenarioError)


def _wrong(rule: Rule, study: Study, where: str) -> Iterator[Problem]:
    units = study.layers.units
    known = sorted(units.loc[units["level"] == rule.scope.level, "name"].dropna())
    for name in rule.scope.names:
        if name not in known:
            yield problem("rule-unit-unknown", where, unit=name, known=", ".join(known))
    if isinstance(rule, DensityAccessRule):
        yield from lint_bands(rule.band, where=where)


def _level(rule: PeopleRecord, study: Study) -> Iterator[Problem]:
    level = getattr(rule, "unit_level", None)
    levels = sorted(set(study.layers.units["level"]))
    # Where no residents are known there is nobody to judge, whatever the units.
    if study.count and level is not None and level not in levels:
        yield problem("rule-level-missing", rule.id, level=level, known=", ".join(levels))


def check_walk(scenario: Scenario, study: Study) -> None:
    """Check that every street class with a factor of its own is one of the streets layer.

    Raises
    ------
    ScenarioError
        With one problem for each class that no street has.
    """
    known = sorted(set(study.layers.streets["class"].dropna()))
    where = f"{scenario.name}.toml [walk]"
    raise_all(
        [
            problem("walk-class-unknown", where, name=name, known=", ".join(known) or "–")
            for name in scenario.walk.factors
            if name not in known
        ],
        ScenarioError,
    )


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
