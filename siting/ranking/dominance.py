"""What a cover can do without: rows that others imply, and sites that others make needless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.network.compiled import compiled

if TYPE_CHECKING:
    from siting.ranking.cover_model import Flags, Index, Ints

KEPT, EMPTY = -1, -2
"""What is not needless; and what is, with nothing that stands for it."""


@compiled
def implied(  # noqa: C901 - one loop, kept whole for the compiler
    indptr: Ints, row: Index, by_row: Ints, row_site: Index, order: Ints
) -> Ints:
    """Find for each row another one that implies it: the other's sites are all among its own.

    `order` lists the rows by number of sites, fewest first. A row that implies others is `KEPT`.
    """
    by = np.full(len(by_row) - 1, KEPT)
    for i in order:
        if by[i] != KEPT:
            continue
        begin = by_row[i]
        end = by_row[i + 1]
        rarest = row_site[begin]
        for e in range(begin, end):
            j = row_site[e]
            if indptr[j + 1] - indptr[j] < indptr[rarest + 1] - indptr[rarest]:
                rarest = j
        for e in range(indptr[rarest], indptr[rarest + 1]):
            other = row[e]
            if other == i or by[other] != KEPT:
                continue
            at = by_row[other]
            last = by_row[other + 1]
            if last - at < end - begin:
                continue
            inside = True
            for q in range(begin, end):
                while at < last and row_site[at] < row_site[q]:
                    at += 1
                if at == last or row_site[at] != row_site[q]:
                    inside = False
                    break
            if inside:
                by[other] = i
    return by


@compiled
def dominated(  # noqa: C901, PLR0917 - one loop, kept whole for the compiler
    indptr: Ints, row: Index, by_row: Ints, row_site: Index, cost: Ints, alone: Flags
) -> Ints:
    """Find for each site another one that makes it needless: it reaches as much, for no more.

    Of equal sites the first stays. Only sites that are `alone`, without rivals, replace others.
    Taken in order, each site that stands for another is still there when the other is left out.
    """
    by = np.full(len(indptr) - 1, KEPT)
    for j in range(len(by)):
        begin = indptr[j]
        size = indptr[j + 1] - begin
        if size == 0:
            by[j] = EMPTY
            continue
        rarest = row[begin]
        for e in range(begin, begin + size):
            i = row[e]
            if by_row[i + 1] - by_row[i] < by_row[rarest + 1] - by_row[rarest]:
                rarest = i
        for q in range(by_row[rarest], by_row[rarest + 1]):
            k = row_site[q]
            at = indptr[k]
            last = indptr[k + 1]
            equal = last - at == size and cost[k] == cost[j]
            if k == j or by[k] != KEPT or not alone[k] or cost[k] > cost[j] or last - at < size:
                continue
            if equal and k > j:
                continue
            inside = True
            for e in range(begin, begin + size):
                while at < last and row[at] < row[e]:
                    at += 1
                if at == last or row[at] != row[e]:
                    inside = False
                    break
            if inside:
                by[j] = k
                break
    return by
