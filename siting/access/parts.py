"""The parts of a rule about people: whom each concerns, what it asks for, how they travel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.access.verdicts import HEADLINE
from siting.plan.model import AccessRule, CapacityRule

if TYPE_CHECKING:
    from siting.plan.model import FacilityFilter, Need, PeopleRule, Stage


def group_of(rule: PeopleRule, part: str) -> str:
    """Return the people group of a part: that of its need or stage, else of the whole rule."""
    one = _member(rule, part)
    return rule.group if one is None else str(one.group)


def filters_of(rule: PeopleRule, part: str) -> list[FacilityFilter]:
    """Return the facilities that a part asks for; those of every part for the whole rule."""
    one = _member(rule, part)
    if one is not None:
        return list(one.facilities)
    if isinstance(rule, AccessRule | CapacityRule):
        return [found for member in _members(rule) for found in member.facilities]
    return list(rule.facilities)


def mode_of(rule: PeopleRule, part: str) -> str:
    """Return how people travel to the facilities of a part."""
    return str(getattr(_member(rule, part), "mode", "walk"))


def gap_parts(rule: PeopleRule) -> list[str]:
    """Return the parts whose gaps a facility could close: needs, stages, or the whole rule."""
    members = _members(rule)
    closable = [one.id for one in members if getattr(one, "headline", True)]
    return closable if len(members) > 1 else [HEADLINE]


def _members(rule: PeopleRule) -> list[Need] | list[Stage]:
    if isinstance(rule, AccessRule):
        return rule.need
    return rule.stage if isinstance(rule, CapacityRule) else []


def _member(rule: PeopleRule, part: str) -> Need | Stage | None:
    """Return the need or stage that a part is; the only one stands for the whole rule."""
    members = _members(rule)
    if part == HEADLINE:
        return members[0] if len(members) == 1 else None
    return next((one for one in members if one.id == part), None)
