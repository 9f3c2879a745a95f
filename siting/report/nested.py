"""Which people that a rule counts are among those that another counts, wherever they live.

Whoever is covered within 300 m is covered within 1,000 m, and the stages of a rule add up to its
headline: a reader may subtract such counts like any parts of a sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from siting.plan.vocabulary import groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

FLAGS = ["straight_covered", "borderline"]

CountedSet = tuple[str, str, str, str]
"""The people whom a rule counts in the district: rule, reading, part, column of coverage.csv."""


def nested_sets(
    verdicts: pd.DataFrame, demand: pd.DataFrame
) -> list[tuple[CountedSet, list[list[CountedSet]]]]:
    """Return the sets of people within each set: families whose people are nobody twice.

    Parameters
    ----------
    verdicts, demand
        Tables of a result: a set is told by where and of which ages its people are.

    Returns
    -------
    list
        A set and its families: each of the largest sets within it alone, then as many of those
        as are disjoint. Compared are sets of the same column; equal ones stand for each other.
    """
    names, members = _members(verdicts, demand)
    if not names:
        return []
    shared = (members @ members.T).toarray()
    size = shared.diagonal()
    rule, _, _, column = np.array(names).reshape(-1, 4).T
    within = (shared == size[:, None]) & (column[:, None] == column)
    strictly, equal = within & ~within.T, within & within.T
    first = equal.argmax(axis=1)  # of equal sets
    own = first == np.arange(len(names))
    found = [(names[first[n]], [[names[n]]]) for n in np.flatnonzero(~own)]
    for outer in np.flatnonzero(own):
        inner = strictly[:, outer] & own
        direct = np.flatnonzero(inner & ~strictly[:, inner].any(axis=1))
        apart: list[int] = []
        order = sorted(
            np.flatnonzero(inner).tolist(), key=lambda n: (rule[n] != rule[outer], -size[n])
        )
        for one in order:
            if not shared[one, apart].any():
                apart.append(one)
        families = [[n] for n in direct.tolist()] + ([apart] if len(apart) > 1 else [])
        found.append((names[outer], [[names[n] for n in family] for family in families]))
    return found


def _members(
    verdicts: pd.DataFrame, demand: pd.DataFrame
) -> tuple[list[CountedSet], csr_array[Any]]:
    """Return the sets, and who is in each: a column per place and span of ages with anybody."""
    every = {key: one.ages for key, one in groups().items()}
    cuts = np.unique([(low, high + 1) for low, high in every.values()])
    span = {key: (low <= cuts) & (cuts <= high) for key, (low, high) in every.items()}
    lived = np.ones((len(demand), len(cuts)), bool)
    for group in span.keys() & set(demand):
        lived &= ~np.outer(demand[group] == 0, span[group])
    number = np.arange(lived.size).reshape(lived.shape)
    rows = verdicts[verdicts["verdict"] != "outside"]
    rows = rows.assign(place=pd.Index(demand["id"]).get_indexer(rows["demand"]))
    names: list[CountedSet] = []
    people: list[NDArray[np.int64]] = []
    for (rule, reading, part), mine in rows.groupby(["rule", "reading", "part"]):
        place = mine["place"].to_numpy()
        who = lived[place] & np.array([span[group] for group in mine["group"]])
        for column in [*mine["verdict"].unique(), *FLAGS]:
            counted = (mine[column] if column in FLAGS else mine["verdict"] == column).to_numpy()
            if counted.any():
                names.append((str(rule), str(reading), str(part), column))
                people.append(number[place[counted]][who[counted]])
    ends = np.cumsum([0, *map(len, people)])
    entries = np.concatenate([np.zeros(0, np.int64), *people])
    shape = (len(names), lived.size)
    return names, csr_array((np.ones(len(entries)), entries, ends), shape=shape)
