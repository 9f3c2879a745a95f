"""What any rule asks of the data: columns, facilities, people, levels, and a source of its own."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem, problem
from siting.layers.schemas import schemas
from siting.plan.read import AnyRule, with_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from siting.access.study import Study
    from siting.plan.model import Condition, FacilityFilter, Rule

ESTIMATE = "E"
YES_NO = (True, False)


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


def facilities_pass(
    filters: list[FacilityFilter], study: Study, *, where: str
) -> Iterator[Problem]:
    """Find filters of a list that no operating facility passes, not even perhaps.

    Beside one that some pass another may find none: that no hospital of a kind has a ward is an
    answer. A kind that the data do not have, or a word that its rows never bear, is not.
    """
    found = [np.logical_or(*study.matching([one])).any() for one in filters]
    for one, is_passed in zip(filters, found, strict=True):
        if not is_passed and (not any(found) or _is_strange(one, study)):
            yield problem("measure-nothing", where, kind=one.kind, filter=_said(one))


def _is_strange(one: FacilityFilter, study: Study) -> bool:
    """Tell whether no facility of a filter's kind operates, or none bears a word it asks for."""
    table = study.layers.facilities
    rows = table[(table["kind"] == one.kind) & study.operating()]
    words = {c: [w] if isinstance(w, str) else w for c, w in one.where.items() if w not in YES_NO}
    return rows.empty or any(not rows[c].isin(w).any() for c, w in words.items() if c in rows)


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
