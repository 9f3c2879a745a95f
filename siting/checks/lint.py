"""The linter: what looks wrong about plans and rules beside the data, and runs all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.checks.lint_measures import lint_measures
from siting.checks.lint_people import lint_people
from siting.checks.lint_plans import lint_plans
from siting.plan.model import MeasureRecord, PeopleRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.access.study import Study
    from siting.errors import Problem
    from siting.plan.model import Plan, Rule


def lint(plans: list[Plan], rules: Sequence[Rule], study: Study) -> list[Problem]:
    """Return every warning: about the plans, the rules on people, those of measured values."""
    people = [rule for rule in rules if isinstance(rule, PeopleRecord)]
    measures = [rule for rule in rules if isinstance(rule, MeasureRecord)]
    return [
        *lint_plans(plans),
        *lint_people(people, study),
        *lint_measures(measures, study),
    ]
