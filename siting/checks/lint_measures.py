"""What looks wrong about rules of measured values once the data are known: warnings, not errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.checks.asked import (
    columns_declared,
    facilities_pass,
    level_exists,
    people_live,
    source_given,
    under_every_reading,
)
from siting.errors import Problem, problem
from siting.plan.model import (
    AdjacencyRule,
    Condition,
    FacilityFilter,
    ProjectRule,
    Quantity,
    RegisterRule,
    RouteRule,
    ShareRule,
    StockRule,
)

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
        no value can reach or that have no source; once each, in the order of the rules.
    """
    return [
        found
        for rule in rules
        for found in under_every_reading(rule, lambda one, where: _of_rule(one, study, where=where))
    ]


def _of_rule(rule: MeasureRule, study: Study, *, where: str) -> Iterator[Problem]:
    for condition, table in _conditions(rule):
        yield from columns_declared(condition, table, where=where)
    for filters in _filters(rule):
        yield from facilities_pass(filters, study, where=where)
    topics = [q.topic for q in _quantities(rule) if q.topic is not None]
    yield from _topics(topics, study, where=where)
    groups = [str(q.group) for q in _quantities(rule) if q.group is not None]
    groups += [rule.group] if isinstance(rule, StockRule) else []
    yield from people_live(groups, study, where=where)
    yield from _names(rule, study, where=where)
    yield from level_exists(getattr(rule, "unit_level", None), study, where=where)
    yield from source_given(rule, where=where)
    yield from _target(rule, where=where)


def _quantities(rule: MeasureRule) -> list[Quantity]:
    return [value for _, value in rule if isinstance(value, Quantity)]


def _filters(rule: MeasureRule) -> list[list[FacilityFilter]]:
    """Return every list of facility filters of a rule, those of its quantities included."""
    lists = [value for _, value in rule if isinstance(value, list)]
    lists += [quantity.facilities for quantity in _quantities(rule)]
    return [one for one in lists if one and isinstance(one[0], FacilityFilter)]


def _conditions(rule: MeasureRule) -> list[tuple[Condition, str]]:
    """Return every condition of a rule with the table whose columns it asks about."""
    found: list[tuple[Condition, str]] = [
        (one, "facilities") for filters in _filters(rule) for one in filters
    ]
    found += [(quantity.units, "units") for quantity in _quantities(rule)]
    units = getattr(rule, "units", None)
    if isinstance(units, Condition):
        found.append((units, "units"))
    if isinstance(rule, ShareRule):
        weighed = Condition(present=[] if rule.weight is None else [rule.weight])
        found += [(rule.having, "facilities"), (weighed, "facilities")]
    if isinstance(rule, AdjacencyRule) and rule.areas is not None:
        found.append((rule.areas.condition, "areas"))
    if isinstance(rule, StockRule):
        found.append((rule.homes, "residents"))
    for quantity in _quantities(rule):
        for column, table in ((quantity.sum, "facilities"), (quantity.figure, "units")):
            if column is not None:
                found.append((Condition(present=[column]), table))
    return found


def _topics(topics: list[str], study: Study, *, where: str) -> Iterator[Problem]:
    known = sorted(set(study.layers.registers["topic"].dropna()))
    for topic in topics:
        if topic not in known:
            yield problem("measure-topic", where, topic=topic, known="、".join(known) or "–")


def _names(rule: MeasureRule, study: Study, *, where: str) -> Iterator[Problem]:
    """Look for the projects, topics and layers that a rule names."""
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
