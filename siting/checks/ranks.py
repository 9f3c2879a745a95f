"""What a [[rank]] block asks for must exist: its rule, its need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem, ScenarioError, problem, raise_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.plan.model import Rule
    from siting.scenario.model import Scenario


def check_ranks(scenario: Scenario, rules: Sequence[Rule]) -> None:
    """Check that every [[rank]] block names a rule of the scenario's plans and a need of it.

    Raises
    ------
    ScenarioError
        With one problem for each block that does not.
    """
    known = {rule.id: rule for rule in rules}
    problems: list[Problem] = []
    for i, rank in enumerate(scenario.rank):
        where = f"{scenario.name}.toml rank[{i + 1}]"
        if rank.rule not in known:
            names = ", ".join(sorted(known))
            problems.append(problem("scenario-rule", where, rule=rank.rule, known=names))
            continue
        needs = [need.id for need in getattr(known[rank.rule], "need", [])]
        if rank.need is not None and rank.need not in needs:
            names = ", ".join(needs) or "–"
            problems.append(
                problem("scenario-need", where, rule=rank.rule, need=rank.need, known=names)
            )
        if rank.need is None and len(needs) > 1:
            names = ", ".join(needs)
            problems.append(problem("rank-needs", where, rule=rank.rule, known=names))
    raise_all(problems, ScenarioError)
