"""Sites that may not open beside one another: lists of rivals, and groups of mutual rivals."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from siting.ranking.cover_model import CoverModel, Index, Ints


def rival_lists(model: CoverModel, site: Ints) -> tuple[Ints, Index]:
    """Return the conflicts among free sites, under their new numbers, in both directions."""
    renamed = np.full(len(model.site_ids), -1)
    renamed[site] = np.arange(len(site))
    pairs = renamed[model.conflicts]
    pairs = pairs[(pairs >= 0).all(axis=1)]
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    start = np.cumsum(np.bincount(pairs[:, 0], minlength=len(site)))
    return np.r_[0, start].astype(np.int64), pairs[:, 1].astype(np.int32)


def cliques_of(rival_ptr: Ints, rival: Index) -> tuple[Ints, ...]:
    """Cover all pairs of rivals by groups of mutual rivals, grown from the smallest site."""
    if not len(rival):
        return ()
    mates = [set(rival[a:b].tolist()) for a, b in pairwise(rival_ptr)]
    done: set[tuple[int, int]] = set()
    cliques = []
    for a in range(len(mates)):
        for b in sorted(m for m in mates[a] if m > a):
            if (a, b) in done:
                continue
            group = [a, b]
            for c in sorted(mates[a] & mates[b]):
                if all(c in mates[g] for g in group):
                    group.append(c)
            group.sort()
            done |= {(x, y) for i, x in enumerate(group) for y in group[i + 1 :]}
            cliques.append(np.array(group, np.int64))
    return tuple(cliques)


def rivals_among(rival_ptr: Ints, rival: Index, sites: Ints) -> tuple[Ints, Index]:
    """Return the rivals of some sites (ascending) among themselves, numbered by their places."""
    renamed = np.full(len(rival_ptr) - 1, -1)
    renamed[sites] = np.arange(len(sites))
    one = renamed[np.repeat(np.arange(len(renamed)), np.diff(rival_ptr))]
    other = renamed[rival]
    kept = (one >= 0) & (other >= 0)
    size = np.bincount(one[kept], minlength=len(sites))
    return np.r_[0, np.cumsum(size)].astype(np.int64), other[kept].astype(np.int32)
