"""What looks wrong about plans as documents: clauses and rules that do not name each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem, problem

if TYPE_CHECKING:
    from siting.plan.model import Plan


def lint_plans(plans: list[Plan]) -> list[Problem]:
    """Look for rules that answer no clause, and clauses whose rule does not name them.

    A clause may have several rules: it names the one that speaks for it, and each of them names
    the clause. Clauses without rule or reason, and rules that do not exist, are errors when plans
    are read.
    """
    clauses = {clause.id for plan in plans for clause in plan.clause}
    rules = {rule.id: rule for plan in plans for rule in plan.rule}
    found = [
        problem("rule-no-clause", f"{plan.id}.toml {rule.id}", clauses="、".join(rule.clauses))
        for plan in plans
        for rule in plan.rule
        if not clauses & set(rule.clauses)
    ]
    found += [
        problem("clause-not-named", f"{plan.id}.toml {clause.id}", rule=clause.rule)
        for plan in plans
        for clause in plan.clause
        if clause.rule in rules and clause.id not in rules[clause.rule].clauses
    ]
    return found
