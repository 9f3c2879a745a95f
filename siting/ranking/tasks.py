"""From the verdicts of rules to a cover model: whom each site would newly serve, and who counts.

A *task* stacks the demand of all rules (or needs) that a ranking serves, one below the other. A
person counts if the rule applies to them and is judged (covered or uncovered).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from siting.access.evaluate import HEADLINE
from siting.access.study import UNREACHABLE
from siting.access.verdicts import COVERED, NOT_APPLICABLE, UNCOVERED
from siting.plan.model import AccessRule, DensityAccessRule
from siting.ranking.cover_model import EXISTING, FREE, MUST, NEVER, CoverModel, cover_model
from siting.ranking.pools import rivals
from siting.ranking.sites import BOUNDLESS_MM, Sites, pairs_of, reached, rows_of
from siting.ranking.weights import weighted
from siting.scenario.model import ALL_NEEDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from siting.access.evaluate import Evaluation
    from siting.access.study import Study
    from siting.plan.model import FacilityFilter, PeopleRule
    from siting.scenario.model import Rank, RankRule

    Ints = NDArray[np.int64]
    Readings = Mapping[str, Evaluation]

TODAY = "(today)"
"""Stands for all facilities of today where only the nearest one matters; sorts before any id."""


@dataclass(frozen=True)
class Asked:
    """One part of a rule that a ranking serves: by which kind of facility, at which weight.

    Where the ages of a part may go differently far, each such `group` is a part of its own; `need`
    is what the ranking asks for by name.
    """

    rule: str
    need: str | None
    part: str
    kind: str
    group: str
    filters: tuple[FacilityFilter, ...]
    weight: Fraction


@dataclass(frozen=True, eq=False)
class Variation:
    """How a town differs from what the data say of it.

    `stretch` multiplies how far people walk within every limit, `people` the people of each row of
    the residents.
    """

    stretch: float = 1
    people: NDArray[np.float64] | None = None

    def of(self, people: Ints) -> Ints:
        """Return the people there are then, rounded half up."""
        if self.people is None:
            return people
        return np.floor(people * self.people + 0.5).astype(np.int64)


AS_IS = Variation()


@dataclass(frozen=True, eq=False)
class Task:
    """A cover model and what its rows stand for.

    Attributes
    ----------
    model
        The cover sets; its weights are people × `scale`, or what they count for.
    people
        People of each row, unweighted.
    demand, asked
        Row of the residents, and position in the question's `asked`, of each row.
    scale
        What one person of weight 1 counts in `model`.
    """

    model: CoverModel
    people: Ints
    demand: Ints
    asked: Ints
    scale: int

    @property
    def unweighted(self) -> CoverModel:
        """The model in which every person counts 1."""
        return replace(self.model, weights=self.people)

    def only(self, parts: list[int]) -> CoverModel:
        """Return the unweighted model of some of the parts: nobody else counts."""
        mine = np.isin(self.asked, parts)
        return replace(self.model, weights=np.where(mine, self.people, 0))


def asked_of(rank: Rank, readings: Readings) -> list[Asked]:
    """Return the parts of rules that a ranking serves; for all needs at once, one for each."""
    return [
        _asked(one, readings[one.rule], part, group)
        for one in rank.asked
        for part in _parts(one, readings[one.rule].rule)
        for group in _groups(readings[one.rule].verdicts, part)
    ]


def _groups(verdicts: pd.DataFrame, part: str) -> list[str]:
    return list(verdicts["group"][(verdicts["part"] == part).to_numpy(bool)].unique())


def is_conjunctive(rank: Rank) -> bool:
    """Tell whether a ranking asks for every need of its rule together."""
    return any(one.need == ALL_NEEDS for one in rank.asked)


def _parts(one: RankRule, rule: PeopleRule) -> list[str]:
    if not isinstance(rule, AccessRule):
        return [HEADLINE]
    if one.need == ALL_NEEDS:
        return [need.id for need in rule.need if need.headline]
    return [one.need or rule.need[0].id]


def _asked(one: RankRule, evaluation: Evaluation, part: str, group: str) -> Asked:
    weight, filters = Fraction(str(one.weight)), _filters(evaluation.rule, part)
    return Asked(one.rule, one.need, part, filters[0].kind, group, filters, weight)


def _filters(rule: PeopleRule, part: str) -> tuple[FacilityFilter, ...]:
    """Return the facilities that a part of a rule asks for."""
    if isinstance(rule, AccessRule):
        return tuple(next(need for need in rule.need if need.id == part).facilities)
    if isinstance(rule, DensityAccessRule):
        return tuple(rule.facilities)
    raise TypeError(f"no site can be ranked for {rule.kind}")


def filters_asked(rank: Rank, rules: Mapping[str, PeopleRule]) -> list[tuple[FacilityFilter, ...]]:
    """Return the facilities that each part asks for which a ranking serves."""
    return [
        _filters(rules[one.rule], part)
        for one in rank.asked
        for part in _parts(one, rules[one.rule])
    ]


def kinds_asked(rank: Rank, rules: Mapping[str, PeopleRule]) -> list[str]:
    """Return the kinds of facility that a ranking may open, in the order of its rules."""
    return list(dict.fromkeys(filters[0].kind for filters in filters_asked(rank, rules)))


@dataclass(frozen=True)
class Judged:
    """The people of one part, per row of the residents.

    Who counts, who is served today, whom the part does not concern, and what the nearest facility
    of today costs.
    """

    people: Ints
    covered: NDArray[np.bool_]
    exempt: NDArray[np.bool_]
    today_mm: Ints


def judged(one: Asked, readings: Readings, study: Study, variation: Variation = AS_IS) -> Judged:
    """Read the verdicts of one part, as they are or would be."""
    rows = rows_of(readings[one.rule], one.part, one.group)
    verdict = rows["verdict"].cat.codes.to_numpy()
    home, cost = rows["demand"].to_numpy(), rows["cost_mm"].to_numpy()
    exempt = np.zeros(study.count, bool)
    exempt[home[verdict == NOT_APPLICABLE]] = True
    known = (verdict == COVERED) | (verdict == UNCOVERED)
    at = home[known]
    people = np.zeros(study.count, np.int64)
    np.add.at(people, at, rows["people"].to_numpy()[known])
    covered = np.zeros(study.count, bool)
    today = np.full(study.count, UNREACHABLE, np.int64)
    today[at] = cost[known]
    if variation.stretch == 1:
        covered[at] = verdict[known] == COVERED
    else:
        covered[at] = (cost <= rows["cutoff_mm"].to_numpy() * variation.stretch)[known]
    return Judged(variation.of(people), covered, exempt, today)


def task(
    rank: Rank,
    readings: Readings,
    study: Study,
    sites: Sites,
    variation: Variation = AS_IS,
    *,
    measured: bool = False,
) -> Task:
    """Return whom each site would newly cover under one reading of each rule.

    Those covered today stay covered, whatever opens. A candidate without a place on the streets
    covers nobody.

    Parameters
    ----------
    rank, readings
        The question, and the evaluation of each of its rules.
    sites
        The candidates of `pools_of`, placed.
    variation
        How the town differs from the data.
    measured
        Lift the cutoff and keep the costs, with one existing site for the nearest facility of
        today; people whom nothing at all reaches are left out.
    """
    asked = asked_of(rank, readings)
    parts = [judged(one, readings, study, variation) for one in asked]
    site: list[Ints] = []
    row: list[Ints] = []
    cost: list[Ints] = []
    for at, one in enumerate(asked):
        mine, its = sites.of_kind(one.kind)
        sets = reached(
            its,
            readings[one.rule],
            study,
            part=one.part,
            group=one.group,
            stretch=inf if measured else variation.stretch,
        )
        site.append(mine[pairs_of(sets)])
        row.append(sets.demand.astype(np.int64) + at * study.count)
        cost.append(sets.cost_mm.astype(np.int64))
    ids = [*sites.table["id"]]
    status = status_of(rank, sites.table)
    if measured:
        today = np.concatenate([part.today_mm for part in parts])
        served = np.flatnonzero(today < BOUNDLESS_MM)
        site.append(np.full(len(served), len(ids)))
        row.append(served)
        cost.append(today[served])
        ids, status = [*ids, TODAY], np.append(status, EXISTING)
    people = np.concatenate([part.people for part in parts])
    pair_row = np.concatenate(row)
    if measured:
        reachable = np.zeros(len(people), bool)
        reachable[pair_row] = True
        people = np.where(reachable, people, 0)
    worth, scale = weighted(rank, asked, people, study)
    model = cover_model(
        ids,
        np.concatenate(site),
        pair_row,
        weights=worth,
        covered=None if measured else np.concatenate([part.covered for part in parts]),
        status=status,
        site_cost=[*sites.table["cost"], *([0] if measured else [])],
        conflicts=rivals(sites.table, spacing_m=rank.spacing_m),
        cost_mm=np.concatenate(cost) if measured else None,
    )
    return task_of(model, people, study, scale=scale)


def task_of(model: CoverModel, people: Ints, study: Study, *, scale: int = 1) -> Task:
    """Say of the rows of a model whose they are: all residents, once for each part."""
    at = np.arange(len(people))
    return Task(model, people, at % study.count, at // study.count, scale)


def status_of(rank: Rank, table: pd.DataFrame) -> NDArray[np.int8]:
    """Return which sites must open and which must not, by their own id or that of their place."""
    ids, places = table["id"], table["place"]
    must = (ids.isin(rank.must) | places.isin(rank.must)).to_numpy()
    never = (ids.isin(rank.never) | places.isin(rank.never)).to_numpy()
    return np.select([never, must], [NEVER, MUST], FREE).astype(np.int8)
