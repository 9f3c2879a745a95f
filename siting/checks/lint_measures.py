"""What looks wrong about rules of measured values once the data are known: warnings, not errors."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from siting.errors import Problem, problem
from siting.layers.schemas import schemas
from siting.plan.model import (
    AdjacencyRule,
    Condition,
    FacilityFilter,
    ProjectRule,
    Quantity,
    RegisterRule,
    RouteRule,
    ShareRule,
)
from siting.plan.read import with_reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.access.study import Study
    from siting.plan.model import MeasureRule


def lint_measures(rules: list[MeasureRule], study: Study) -> list[Problem]:
    """Look at rules, and every reading of them, beside the data.

    Returns
    -------
    list of Problem
        Columns that no schema declares, filters that no facility passes even perhaps, topics,
        projects, layers and levels that the data do not have, groups without people, targets that
        no value can reach; once each, in the order of the rules.
    """
    found: list[Problem] = []
    for rule in rules:
        own = list(_of_rule(rule, study, where=rule.id))
        said = {(one.key, *map(str, one.values.items())) for one in own}
        found += own
        for reading in rule.reading:
            understood = with_reading(rule, reading)
            for one in _of_rule(understood, study, where=f"{rule.id} / {reading.id}"):
                what = (one.key, *map(str, one.values.items()))
                if what not in said:
                    found.append(one)
                    said.add(what)
    return found


def _of_rule(rule: MeasureRule, study: Study, *, where: str) -> Iterator[Problem]:
    for condition, table in _conditions(rule):
        yield from _columns(condition, table, where=where)
    for one in _filters(rule):
        yield from _matches(one, study, where=where)
    for quantity in _quantities(rule):
        yield from _quantity(quantity, study, where=where)
    yield from _names(rule, study, where=where)
    yield from _target(rule, where=where)


def _quantities(rule: MeasureRule) -> list[Quantity]:
    return [value for _, value in rule if isinstance(value, Quantity)]


def _filters(rule: MeasureRule) -> list[FacilityFilter]:
    """Return every facility filter of a rule, those of its quantities included."""
    lists = [value for _, value in rule if isinstance(value, list)]
    lists += [quantity.facilities for quantity in _quantities(rule)]
    return [one for filters in lists for one in filters if isinstance(one, FacilityFilter)]


def _conditions(rule: MeasureRule) -> list[tuple[Condition, str]]:
    """Return every condition of a rule with the table whose columns it asks about."""
    found: list[tuple[Condition, str]] = [(one, "facilities") for one in _filters(rule)]
    found += [(quantity.units, "units") for quantity in _quantities(rule)]
    units = getattr(rule, "units", None)
    if isinstance(units, Condition):
        found.append((units, "units"))
    if isinstance(rule, ShareRule):
        weighed = Condition(present=[] if rule.weight is None else [rule.weight])
        found += [(rule.having, "facilities"), (weighed, "facilities")]
    if isinstance(rule, AdjacencyRule) and rule.areas is not None:
        found.append((rule.areas.condition, "areas"))
    for quantity in _quantities(rule):
        for column, table in ((quantity.sum, "facilities"), (quantity.figure, "units")):
            if column is not None:
                found.append((Condition(present=[column]), table))
    return found


def _columns(condition: Condition, table: str, *, where: str) -> Iterator[Problem]:
    known = list(schemas()[table].columns)
    for column in (*condition.where, *condition.at_least, *condition.present):
        if column not in known:
            near = (get_close_matches(column, known, n=1, cutoff=0.5) or ["–"])[0]
            yield problem("measure-column", where, column=column, table=table, near=near)


def _matches(one: FacilityFilter, study: Study, *, where: str) -> Iterator[Problem]:
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


def _quantity(quantity: Quantity, study: Study, *, where: str) -> Iterator[Problem]:
    if quantity.topic is not None:
        yield from _topics([quantity.topic], study, where=where)
    if quantity.group is not None and not study.people(quantity.group).sum():
        yield problem("measure-nobody", where, group=quantity.group)


def _topics(topics: list[str], study: Study, *, where: str) -> Iterator[Problem]:
    known = sorted(set(study.layers.registers["topic"].dropna()))
    for topic in topics:
        if topic not in known:
            yield problem("measure-topic", where, topic=topic, known="、".join(known) or "–")


def _names(rule: MeasureRule, study: Study, *, where: str) -> Iterator[Problem]:
    """Look for the projects, topics, layers and levels that a rule names."""
    layers = study.layers
    if isinstance(rule, ProjectRule):
        known = set(layers.facilities["project"].dropna())
        for project in rule.projects:
            if project not in known:
                yield problem("measure-project", where, project=project)
    if isinstance(rule, RegisterRule):
        yield from _topics(rule.topics, study, where=where)
    if isinstance(rule, AdjacencyRule) and rule.areas is not None:
        yield from _layer(rule.areas.layer, sorted(layers.areas), where=where)
    if isinstance(rule, RouteRule):
        given = {"lines": layers.lines, "stops": layers.stops}
        for name in given:
            yield from _layer(name, [n for n, table in given.items() if len(table)], where=where)
    level = getattr(rule, "unit_level", None)
    levels = sorted(set(layers.units["level"]))
    if level is not None and level not in levels:
        yield problem("measure-level", where, level=level, known="、".join(levels) or "–")


def _layer(name: str, known: list[str], *, where: str) -> Iterator[Problem]:
    if name not in known:
        yield problem("measure-layer", where, layer=name, known="、".join(known) or "–")


def _target(rule: MeasureRule, *, where: str) -> Iterator[Problem]:
    """Find ranges that hold nothing, and shares of more than everything."""
    target, up_to = rule.target, rule.up_to
    if target is not None and up_to is not None and target > up_to:
        yield problem("measure-band", where, target=target, up_to=up_to)
    if isinstance(rule, ShareRule | AdjacencyRule) and (target or 0) > 1:
        yield problem("measure-share", where, target=target, share=(target or 0) / 100)
