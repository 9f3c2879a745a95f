"""What a [[rank]] block asks for must exist and fit together: rules, needs, limits, weights."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from siting.errors import Problem, ScenarioError, problem, raise_all
from siting.plan.model import AccessRule, DensityAccessRule
from siting.plan.vocabulary import groups
from siting.scenario.model import ALL_NEEDS
from siting.words import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from siting.plan.model import Rule
    from siting.scenario.model import Rank, RankRule, Scenario

SOURCES = ("parcels", "kindergartens", "streets", "grid")
COVERAGE = ("max-coverage", "by-priority")
ONE_RULE = ("capacitated", "worst-street-first")


def check_ranks(scenario: Scenario, rules: Sequence[Rule]) -> None:
    """Check that every [[rank]] block names what exists, and asks for what fits together.

    Raises
    ------
    ScenarioError
        With every problem of every block.
    """
    known = {rule.id: rule for rule in rules}
    problems: list[Problem] = []
    names: dict[str, str] = {}
    for i, rank in enumerate(scenario.rank):
        where = f"{scenario.name}.toml rank[{i + 1}]"
        if bool(rank.rule) == bool(rank.rules):
            problems.append(problem("rank-rule", where))
            continue
        if rank.name in names:
            problems.append(problem("rank-twice", where, name=rank.name, other=names[rank.name]))
        names[rank.name] = where
        for one in rank.asked:
            problems += _rule(one, known, where)
        problems += _together(rank, where)
        problems += _limits(rank, where)
        problems += _candidates(rank, scenario, where)
        problems += _weights(rank, known, where)
    raise_all(problems, ScenarioError)


def _rule(one: RankRule, known: dict[str, Rule], where: str) -> Iterator[Problem]:
    if one.rule not in known:
        names = ", ".join(sorted(known))
        yield problem("scenario-rule", where, rule=one.rule, known=names)
        return
    rule = known[one.rule]
    if not isinstance(rule, AccessRule | DensityAccessRule):
        fit = [key for key, r in known.items() if isinstance(r, AccessRule | DensityAccessRule)]
        yield problem("rank-no-distance", where, rule=one.rule, known=", ".join(sorted(fit)))
        return
    needs = [need.id for need in rule.need] if isinstance(rule, AccessRule) else []
    names = ", ".join(needs) or "–"
    if one.need == ALL_NEEDS and len(needs) > 1:
        if isinstance(rule, AccessRule) and rule.needs_at_least is not None:
            yield problem("rank-some-needs", where, rule=one.rule, known=names)
    elif one.need is not None and one.need not in needs:
        yield problem("scenario-need", where, rule=one.rule, need=one.need, known=names)
    elif one.need is None and len(needs) > 1:
        yield problem("rank-needs", where, rule=one.rule, known=names)


def _together(rank: Rank, where: str) -> Iterator[Problem]:
    """Refuse keys that contradict each other."""
    every = any(one.need == ALL_NEEDS for one in rank.asked)
    weighted = bool(rank.weights.groups or rank.weights.streets)
    several = len(rank.asked) > 1
    refused = {
        "need = all": every and (rank.model != "max-coverage" or several or weighted),
        "removal": rank.removal and (rank.model != "max-coverage" or several or weighted or every),
        "rules": several and rank.model in ONE_RULE,
        "weights": weighted and rank.model == "capacitated",
        "target": rank.target is not None and rank.model != "set-cover",
        "sites": rank.sites is not None and rank.model == "set-cover",
    }
    for key, is_wrong in refused.items():
        if is_wrong:
            yield problem("rank-together", where, key=key, model=rank.model)
    if rank.model == "by-priority" and not several:
        yield problem("rank-priority", where)
    repeated = [one.rule for one in rank.asked]
    if len({(one.rule, one.need) for one in rank.asked}) < len(repeated):
        yield problem("rank-rule-twice", where, rule=", ".join(repeated))


def _limits(rank: Rank, where: str) -> Iterator[Problem]:
    if rank.budget is not None and (rank.model == "set-cover" or rank.removal):
        yield problem("rank-together", where, key="budget", model=rank.model)
    if rank.model == "p-center" and rank.budget is not None and rank.sites is not None:
        yield problem("rank-one-limit", where)
    for site in sorted(set(rank.must) & set(rank.never)):
        yield problem("rank-must-never", where, site=site)


def _candidates(rank: Rank, scenario: Scenario, where: str) -> Iterator[Problem]:
    layers = [*SOURCES, *sorted(scenario.layers.context)]
    suits = catalogue("ranking")
    for one in rank.candidates:
        if one.layer not in layers:
            known = ", ".join(layers)
            yield problem("rank-layer", where, layer=one.layer, known=known)
        if one.layer == "parcels" and one.kind is not None and one.kind not in suits:
            yield problem("rank-kind", where, kind=one.kind)
        scales = {s for entry in suits.values() for s in entry.get("scale", {})}
        if one.scale not in scales:
            known = ", ".join(sorted(scales))
            yield problem("rank-scale", where, scale=one.scale, known=known)
        places = one.capacity is not None or one.layer == "kindergartens"
        if rank.model == "capacitated" and not places:
            yield problem("rank-capacity", where, layer=one.layer)


def _weights(rank: Rank, known: dict[str, Rule], where: str) -> Iterator[Problem]:
    """Check that weighted age groups lie within those of the rules and do not overlap."""
    served = [groups()[group] for one in rank.asked for group in _groups_of(one, known)]
    for group in rank.weights.groups:
        if served and not any(one.holds(groups()[group]) for one in served):
            yield problem("rank-weight-group", where, group=group)
    for one, other in combinations(sorted(rank.weights.groups), 2):
        if groups()[one].meets(groups()[other]):
            yield problem("rank-weight-overlap", where, group=one, other=other)


def _groups_of(one: RankRule, known: dict[str, Rule]) -> list[str]:
    rule = known.get(one.rule)
    if isinstance(rule, AccessRule):
        return [need.group for need in rule.need if one.need in (None, ALL_NEEDS, need.id)]
    return [rule.group] if isinstance(rule, DensityAccessRule) else []
