"""What any rule asks of the data: columns, facilities, people, levels, and a source of its own."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from siting.errors import Problem, problem
from siting.layers.schemas import schemas
from siting.plan.read import AnyRule, with_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from siting.access.study import Study
    from siting.plan.model import Condition, FacilityFilter, Rule

ESTIMATE = "E"


def under_every_reading(
    rule: AnyRule, look: Callable[[AnyRule, str], Iterable[Problem]]
) -> Iterator[Problem]:
    """Look at a rule and at every reading of it; what a reading shares with the rule is said once.

    `look` is given the rule as it is understood, and where it stands.
    """
    understood = [(rule.id, rule)]
    understood += [(f"{rule.id} / {one.id}", with_reading(rule, one)) for one in rule.reading]
    said: set[tuple[str, ...]] = set()
    for where, one in understood:
        found = {(p.key, *map(str, p.values.items())): p for p in look(one, where)}
        yield from (p for what, p in found.items() if what not in said)
        said |= set(found)


def columns_declared(condition: Condition, table: str, *, where: str) -> Iterator[Problem]:
    """Find columns of a condition that the schema of a table does not declare."""
    known = list(schemas()[table].columns)
    for column in (*condition.where, *condition.at_least, *condition.present):
        if column not in known:
            near = (get_close_matches(column, known, n=1, cutoff=0.5) or ["–"])[0]
            yield problem("measure-column", where, column=column, table=table, near=near)


def facilities_pass(one: FacilityFilter, study: Study, *, where: str) -> Iterator[Problem]:
    """Find a filter that no operating facility passes, not even perhaps."""
    certain, perhaps = study.matching([one])
    if not (certain | perhaps).any():
        yield problem("measure-nothing", where, kind=one.kind, filter=_said(one))


def _said(one: FacilityFilter) -> str:
    """Return a filter as the plan file writes it, near enough to be found there."""
    parts = [f"kind = {one.kind}"]
    parts += [f"{column} = {wanted}" for column, wanted in one.where.items()]
    parts += [f"{column} ≥ {least}" for column, least in one.at_least.items()]
    parts += [f"present {column}" for column in one.present]
    return ", ".join(parts) + (f", opened {one.opened[0]}–{one.opened[1]}" if one.opened else "")


def people_live(groups: Iterable[str], study: Study, *, where: str) -> Iterator[Problem]:
    """Find people groups with nobody in them, each once."""
    for group in dict.fromkeys(groups):
        if not study.people(group).sum():
            yield problem("measure-nobody", where, group=group)


def level_exists(level: str | None, study: Study, *, where: str) -> Iterator[Problem]:
    """Find a level of which the units layer has no unit."""
    levels = sorted(set(study.layers.units["level"]))
    if level is not None and level not in levels:
        yield problem("measure-level", where, level=level, known="、".join(levels) or "–")


def source_given(rule: Rule, *, where: str) -> Iterator[Problem]:
    """Find a target whose source has no document or clause, or is nothing but an estimate."""
    source = rule.source
    blank = not (source.document.strip() and source.clause.strip())
    if rule.target is not None and (blank or source.confidence == ESTIMATE):
        yield problem("rule-source", where, confidence=source.confidence)
