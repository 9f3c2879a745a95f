"""Demand rows that the same sites reach are one row: merged exactly, in one pass over the pairs.

Rows are brought together by a 64-bit sum of random codes of their sites. A second pass compares
them for certain: a group stands only if every site reaches all of it or nothing of it. Should a
sum ever collide, the rows of that group stay apart; what differs is never merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.network.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.ranking.cover_model import Flags, Index, Ints

    Codes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Merged:
    """Merged rows, in the order of the first row of each.

    Attributes
    ----------
    indptr, row
        The merged rows of each site, in CSR form, ascending.
    weights
        People of each merged row.
    label
        The merged row of each row; −1 if it has no people or no site.
    """

    indptr: Ints
    row: Index
    weights: Ints
    label: Index


def merge_rows(indptr: Ints, demand: Index, weights: Ints, sites: Ints) -> Merged:
    """Merge the rows that the same ones of `sites` reach; drop those without people or site.

    Parameters
    ----------
    indptr, demand
        The rows of every site, in CSR form.
    weights
        People of each row; rows without people are dropped.
    sites
        The sites that count; the answer has them in this order.
    """
    total = _added_codes(indptr, demand, sites, _codes(sites), len(weights))
    label, first = _labels(total, weights > 0)
    torn = _torn(indptr, demand, sites, label, len(first))
    if torn.any():
        label, first = _apart(label, torn)
    start, row, people = _renamed(indptr, demand, sites, label, first, weights)
    return Merged(start, row, people, label)


def _codes(sites: Ints) -> Codes:
    return np.random.default_rng(0).integers(1, 2**63, len(sites), np.uint64)


@compiled
def _added_codes(indptr: Ints, demand: Index, sites: Ints, code: Codes, n: int) -> Codes:
    """Add up, for each row, the codes of the sites that reach it."""
    total = np.zeros(n, np.uint64)
    for s in range(len(sites)):
        for e in range(indptr[sites[s]], indptr[sites[s] + 1]):
            total[demand[e]] += code[s]
    return total


@compiled
def _labels(total: Codes, wanted: Flags) -> tuple[Index, Ints]:
    """Give each different sum a number, in order of their first rows; −1 for rows not wanted."""
    n = len(total)
    size = 2
    while size < 2 * n:
        size *= 2
    slot = np.full(size, -1, np.int32)
    label = np.full(n, -1, np.int32)
    first = np.empty(n, np.int64)
    groups = 0
    for i in range(n):
        if not wanted[i] or total[i] == 0:
            continue
        at = np.int64(total[i] & np.uint64(size - 1))
        while slot[at] >= 0 and total[first[slot[at]]] != total[i]:
            at = np.int64((at + 1) % size)
        if slot[at] < 0:
            slot[at] = groups
            first[groups] = i
            groups += 1
        label[i] = slot[at]
    return label, first[:groups].copy()


@compiled
def _torn(indptr: Ints, demand: Index, sites: Ints, label: Index, groups: int) -> Flags:
    """Say which groups some site reaches in part only."""
    size = np.zeros(groups, np.int32)
    for i in range(len(label)):
        if label[i] >= 0:
            size[label[i]] += 1
    torn = np.zeros(groups, np.bool_)
    reached = np.zeros(groups, np.int32)
    for j in sites:
        for e in range(indptr[j], indptr[j + 1]):
            if label[demand[e]] >= 0:
                reached[label[demand[e]]] += 1
        for e in range(indptr[j], indptr[j + 1]):
            g = label[demand[e]]
            if g >= 0 and reached[g]:
                torn[g] |= reached[g] != size[g]
                reached[g] = 0
    return torn


def _apart(label: Index, torn: Flags) -> tuple[Index, Ints]:
    """Leave the rows of torn groups apart, and number all groups anew."""
    rows = np.flatnonzero(label >= 0)
    alone = torn[label[rows]]
    key = np.where(alone, len(torn) + rows, label[rows])
    _, at, inverse = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(at)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    fresh = label.copy()
    fresh[rows] = rank[inverse]
    return fresh, rows[at[order]]


@compiled
def _renamed(  # noqa: PLR0917 - compiled code takes arrays by position
    indptr: Ints, demand: Index, sites: Ints, label: Index, first: Ints, weights: Ints
) -> tuple[Ints, Index, Ints]:
    """List the merged rows of each site, and add up their people."""
    people = np.zeros(len(first), np.int64)
    for i in range(len(label)):
        if label[i] >= 0:
            people[label[i]] += weights[i]
    start = np.zeros(len(sites) + 1, np.int64)
    for s in range(len(sites)):
        held = 0
        for e in range(indptr[sites[s]], indptr[sites[s] + 1]):
            i = demand[e]
            if label[i] >= 0 and first[label[i]] == i:
                held += 1
        start[s + 1] = start[s] + held
    row = np.empty(start[len(sites)], np.int32)
    at = 0
    for j in sites:
        for e in range(indptr[j], indptr[j + 1]):
            i = demand[e]
            if label[i] >= 0 and first[label[i]] == i:
                row[at] = label[i]
                at += 1
    return start, row, people
