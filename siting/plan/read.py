"""Read plan files; apply readings to rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from siting.errors import Problem, ScenarioError, problem, raise_all
from siting.plan.model import Plan, Reading, Rule
from siting.toml import parse, place, read_text, read_toml

if TYPE_CHECKING:
    from pathlib import Path

_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
AnyRule = TypeVar("AnyRule", bound=Rule)
ALL = "*"  # every record of a list, where a reading changes some by their ids


def read_plans(names: list[str], *, folder: Path) -> list[Plan]:
    """Read the plan files `names` of `folder`.

    Raises
    ------
    ScenarioError
        With every problem of every file: unknown keys, rules or clauses named twice, a clause
        whose rule does not exist, a reading that the rule's kind cannot follow.
    """
    plans: list[Plan] = []
    problems: list[Problem] = []
    for name in names:
        path = folder / f"{name}.toml"
        try:
            plan = parse(Plan, read_toml(path), path=path)
            problems += _lint(plan, path)
            plans.append(plan)
        except ScenarioError as error:
            problems += error.problems
    seen: dict[str, str] = {}
    for plan in plans:
        for record in (*plan.rule, *plan.clause):
            if record.id in seen:
                where = f"{plan.id}.toml"
                problems.append(problem("plan-twice", where, id=record.id, other=seen[record.id]))
            seen[record.id] = f"{plan.id}.toml"
    rules = {rule.id for plan in plans for rule in plan.rule}
    problems += [
        problem(
            "plan-no-rule",
            f"{plan.id}.toml {clause.id}",
            rule=clause.rule,
            known=", ".join(sorted(rules)),
        )
        for plan in plans
        for clause in plan.clause
        if clause.rule is not None and clause.rule not in rules
    ]
    raise_all(problems, ScenarioError)
    return plans


def with_reading(rule: AnyRule, reading: Reading) -> AnyRule:
    """Return the rule as `reading` understands it.

    What a reading sets takes the place of the rule's own. In a list of records with ids (needs,
    stages, bands), a table keyed by their ids changes those records alone; ``"*"`` means all.

    Raises
    ------
    pydantic.ValidationError
        If the reading sets what the rule's kind, or a record of it, does not have.
    """
    data = rule.model_dump(by_alias=True, exclude_none=True)
    data |= {key: _changed(data.get(key), new) for key, new in reading.set.items()}
    # The kind is set by the rule alone, so the model stays the same.
    return cast("AnyRule", _RULE.validate_python(data | {"kind": rule.kind}))


def _changed(old: Any, new: Any) -> Any:
    """Return `new`, or the records `old` with the changes that a table keyed by ids makes."""
    if not (isinstance(old, list) and isinstance(new, dict)):
        return new
    named = {one.get("id") for one in old}
    if not set(new) <= named | {ALL}:
        return new  # an id that no record bears: no list of records, which the model refuses
    return [{**one, **new.get(ALL, {}), **new.get(one["id"], {})} for one in old]


def _lint(plan: Plan, path: Path) -> list[Problem]:
    text = read_text(path)
    problems = []
    for i, rule in enumerate(plan.rule):
        for j, reading in enumerate(rule.reading):
            try:
                with_reading(rule, reading)
            except ValidationError as error:
                where = place(("rule", i, "reading", j), name=path.name, text=text)
                detail = "; ".join(f"{e['loc'][-1]}: {e['msg']}" for e in error.errors())
                problems.append(problem("reading-impossible", where, id=reading.id, detail=detail))
    return problems
