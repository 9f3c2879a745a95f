"""What a person counts in a choice: by rule, street and age group, in whole numbers."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import ScenarioError, problem, raise_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.ranking.tasks import Asked
    from siting.scenario.model import Rank

    Ints = NDArray[np.int64]

LARGEST = 2**52
"""Weights beyond this could not be priced finely enough."""


def strictly(totals: Sequence[int]) -> list[int]:
    """Return weights by which one person of a rule outweighs everybody of all later rules.

    `totals` are the people of each rule, the most important first.
    """
    weights = [1]
    for total in reversed(totals[1:]):
        weights.append(weights[-1] * (total + 1))
    return weights[::-1]


def weighted(rank: Rank, asked: Sequence[Asked], people: Ints, study: Study) -> tuple[Ints, int]:
    """Weigh people by rule, street and age group, in whole numbers.

    Parameters
    ----------
    people
        People of each row of the task.

    Returns
    -------
    tuple
        The weights of all rows, and what one person of weight 1 counts.

    Raises
    ------
    ScenarioError
        If the weights lie too far apart to be priced finely enough.
    """
    street, street_scale = _street_weights(rank, study)
    ages, age_scale = _whole([Fraction(str(w)) for w in rank.weights.groups.values()])
    rules, rule_scale = _whole([one.weight for one in asked])
    people = people.reshape(len(asked), -1)
    worth = people * age_scale
    for group, weight in zip(rank.weights.groups, ages, strict=True):
        inside = np.where(people > 0, study.people(group), 0)
        worth = worth + np.minimum(inside, people) * (weight - age_scale)
    worth = worth * street
    scale = age_scale * street_scale
    if rank.model == "by-priority":
        totals = [int(row.sum()) for row in worth]
        worth = worth * np.array(strictly(totals), object)[:, None]
    else:
        worth, scale = worth * np.array(rules, object)[:, None], scale * rule_scale
    if int(worth.sum()) > LARGEST:
        raise ScenarioError(problem("rank-weights-large", f"rank {rank.name}"))
    return worth.astype(np.int64).ravel(), scale


def _street_weights(rank: Rank, study: Study) -> tuple[Ints, int]:
    """Return the weight of each residents' row by street, named by code or name, and the scale."""
    weights = rank.weights.streets
    if not weights:
        return np.ones(study.count, np.int64), 1
    streets = weighed_streets(rank, study)
    each = [
        Fraction(str(weights.get(code, weights.get(name, 1))))
        for code, name in zip(streets["code"], streets["name"], strict=True)
    ]
    whole, scale = _whole(each)
    of_code = dict(zip(streets["code"], whole, strict=True))
    return study.units("street").map(of_code).fillna(scale).to_numpy(np.int64), scale


def weighed_streets(rank: Rank, study: Study) -> pd.DataFrame:
    """Return all streets by code.

    Raises
    ------
    ScenarioError
        If a ranking weighs streets, by code or name, that there are not.
    """
    units = study.layers.units
    streets: pd.DataFrame = units[units["level"] == "street"].sort_values("code")
    known = set(streets["code"]) | set(streets["name"])
    names = ", ".join(streets["name"])
    raise_all(
        [
            problem("rank-weight-street", f"rank {rank.name}", street=one, known=names)
            for one in rank.weights.streets
            if one not in known
        ],
        ScenarioError,
    )
    return streets


def _whole(weights: Sequence[Fraction]) -> tuple[list[int], int]:
    """Return the weights as whole multiples of one over a common scale, and the scale."""
    scale = lcm(*(weight.denominator for weight in weights))
    return [int(weight * scale) for weight in weights], scale
