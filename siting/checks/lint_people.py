"""What looks wrong about rules on people once the data are known: warnings, not errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.access.parts import filters_of
from siting.access.verdicts import HEADLINE
from siting.checks.asked import (
    columns_declared,
    facilities_pass,
    level_exists,
    people_live,
    source_given,
    under_every_reading,
)
from siting.errors import Problem, problem
from siting.plan.model import AccessRule, CapacityRule, DensityAccessRule
from siting.plan.vocabulary import groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.access.study import Study
    from siting.plan.model import Need, PeopleRule, Stage


def lint_people(rules: list[PeopleRule], study: Study) -> list[Problem]:
    """Look at rules, and every reading of them, beside the data.

    Returns
    -------
    list of Problem
        Columns that no schema declares, filters that no facility passes even perhaps, groups
        without people, needs and stages for people who are not of the rule's group, levels that
        the units do not have, targets without source; once each, in the order of the rules.
        Bands with holes and units that nobody knows are errors: `siting.checks.rules`.
    """
    return [
        found
        for rule in rules
        for found in under_every_reading(rule, lambda one, where: _of_rule(one, study, where=where))
    ]


def _of_rule(rule: PeopleRule, study: Study, *, where: str) -> Iterator[Problem]:
    members = _members(rule)
    lists = [one.facilities for one in members] or [filters_of(rule, HEADLINE)]
    for filters in lists:
        for one in filters:
            yield from columns_declared(one, "facilities", where=where)
        yield from facilities_pass(filters, study, where=where)
    asked = [str(rule.group), *(str(one.group) for one in members)]
    if isinstance(rule, DensityAccessRule):
        asked.append(str(rule.density_group))
    yield from people_live(asked, study, where=where)
    for member in members:
        decides = getattr(member, "headline", True)
        if decides and not _within(str(member.group), str(rule.group)):
            told = {"part": member.id, "group": member.group, "whole": rule.group}
            yield problem("rule-group", where, **told)
    yield from level_exists(getattr(rule, "unit_level", None), study, where=where)
    yield from source_given(rule, where=where)


def _members(rule: PeopleRule) -> list[Need] | list[Stage]:
    if isinstance(rule, AccessRule):
        return rule.need
    return rule.stage if isinstance(rule, CapacityRule) else []


def _within(group: str, whole: str) -> bool:
    """Tell whether all ages of a group are of another: only they stand in the rule's figure."""
    return groups()[whole].holds(groups()[group])
