"""A search for cheap covers that learns which people are hard to reach.

One site is shut, another opened where somebody is not reached, again and again; whoever stays
unreached gets heavier from step to step, so that no local optimum holds for long (Gao, Weise and
Li 2015). All in whole numbers, with random numbers of its own: every machine finds the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from siting.network.compiled import compiled

if TYPE_CHECKING:
    from siting.ranking.cover_model import Flags, Index, Ints

_NOBODY, _SHARED = -1, 2


class Sets(NamedTuple):
    """The rows of each site, and the sites of each row."""

    indptr: Ints
    row: Index
    by_row: Ints
    row_site: Index


class Now(NamedTuple):
    """Where the search stands.

    Of sites: open, shut since nobody beside them changed, worth of opening or (below zero) of
    staying open. Of rows: open sites, weight, the missed ones first and the place of each there.
    """

    is_open: Flags
    tired: Flags
    score: Ints
    reached: Ints
    heavy: Ints
    missed: Ints
    place: Ints


@compiled
def _open(site: int, sets: Sets, now: Now, missing: int) -> int:
    """Open a site: mend the score of its neighbours; returns how many rows are still missed."""
    is_open, tired, count, heavy, score = now.is_open, now.tired, now.reached, now.heavy, now.score
    missed, place = now.missed, now.place
    is_open[site] = True
    score[site] = -score[site]
    for e in range(sets.indptr[site], sets.indptr[site + 1]):
        i = sets.row[e]
        count[i] += 1
        if count[i] == 1:
            missing -= 1
            missed[place[i]] = missed[missing]
            place[missed[missing]] = place[i]
        for q in range(sets.by_row[i], sets.by_row[i + 1]):
            j = sets.row_site[q]
            tired[j] = False
            if j != site and count[i] == 1:
                score[j] -= heavy[i]
            elif j != site and count[i] == _SHARED and is_open[j]:
                score[j] += heavy[i]
    return missing


@compiled
def _shut(site: int, sets: Sets, now: Now, missing: int) -> int:
    """Shut a site, likewise."""
    is_open, tired, count, heavy, score = now.is_open, now.tired, now.reached, now.heavy, now.score
    missed, place = now.missed, now.place
    is_open[site] = False
    score[site] = -score[site]
    for e in range(sets.indptr[site], sets.indptr[site + 1]):
        i = sets.row[e]
        count[i] -= 1
        if count[i] == 0:
            missed[missing] = i
            place[i] = missing
            missing += 1
        for q in range(sets.by_row[i], sets.by_row[i + 1]):
            j = sets.row_site[q]
            tired[j] = False
            if j != site and count[i] == 0:
                score[j] += heavy[i]
            elif j != site and count[i] == 1 and is_open[j]:
                score[j] -= heavy[i]
    tired[site] = True
    return missing


@compiled
def _add(value: Ints, among: Ints | Index, more: int) -> None:
    """Add a number to some of the values."""
    for i in among:
        value[i] += more


@compiled
def _total(value: Ints, among: Ints) -> int:
    """Add up some of the values."""
    total = 0
    for i in among:
        total += value[i]
    return total


@compiled
def _easiest_to_lose(is_open: Flags, score: Ints, cost: Ints, since: Ints, latest: int) -> int:
    """Return the open site that is worth least for its cost; of equal ones that of old."""
    worst = _NOBODY
    for j in range(len(score)):
        if is_open[j] and j != latest:
            less = 0 if worst < 0 else score[j] * cost[worst] - score[worst] * cost[j]
            if worst < 0 or less > 0 or (less == 0 and since[j] < since[worst]):
                worst = j
    return worst


@compiled
def _best_to_win(  # noqa: PLR0917 - compiled code takes arrays by position
    among: Index, tired: Flags, score: Ints, cost: Ints, since: Ints, blocked: Ints, room: int
) -> int:
    """Return the site that wins most for its cost; a tired one only if there is no other."""
    best = _NOBODY
    for j in among:
        if blocked[j] == 0 and cost[j] <= room:
            more = 1
            if best >= 0 and tired[j] == tired[best]:
                more = score[j] * cost[best] - score[best] * cost[j]
            elif best >= 0 and tired[j]:
                more = -1
            if more > 0 or (more == 0 and since[j] < since[best]):
                best = j
    return best


@compiled
def cheaper_cover(  # noqa: PLR0917 - one search, kept whole for the compiler
    indptr: Ints, row: Index, by_row: Ints, row_site: Index, people: Ints, cost: Ints,
    rival_ptr: Ints, rival: Index, start: Ints, spare: int, enough: int, steps: int,
) -> Ints:  # fmt: skip
    """Look for a choice of sites that leaves out at most `spare` people and costs less.

    Parameters
    ----------
    indptr, row, by_row, row_site, people
        The rows of each site, the sites of each row, and the people of each row.
    cost, rival_ptr, rival
        What each site costs, and which others may not stand beside it.
    start
        Sites that leave out few enough.
    spare
        Most people left out.
    enough
        A cost that is low enough to stop.
    steps
        Most sites to shut.

    Returns
    -------
    Ints
        The cheapest choice found, ascending.
    """
    sites, rows = len(cost), len(people)
    sets = Sets(indptr, row, by_row, row_site)
    now = Now(
        np.zeros(sites, np.bool_),
        np.zeros(sites, np.bool_),
        indptr[1:] - indptr[:-1],
        np.zeros(rows, np.int64),
        np.ones(rows, np.int64),
        np.arange(rows),
        np.arange(rows),
    )
    blocked, since = np.zeros(sites, np.int64), np.zeros(sites, np.int64)
    missing, spent, latest, random = rows, 0, _NOBODY, 1
    for j in start:
        missing = _open(j, sets, now, missing)
        spent += cost[j]
        _add(blocked, rival[rival_ptr[j] : rival_ptr[j + 1]], 1)
    best, least = np.flatnonzero(now.is_open), spent
    for step in range(1, steps + 1):
        shut = _easiest_to_lose(now.is_open, now.score, cost, since, latest)
        if least <= enough or shut < 0:
            break
        missing = _shut(shut, sets, now, missing)
        spent -= cost[shut]
        since[shut] = step
        _add(blocked, rival[rival_ptr[shut] : rival_ptr[shut + 1]], -1)
        if _total(people, now.missed[:missing]) > spare:
            random = (random * 1103515245 + 12345) % 2**31
            i = now.missed[(random >> 8) % missing]
            among = row_site[by_row[i] : by_row[i + 1]]
            room = least - spent - 1
            latest = _best_to_win(among, now.tired, now.score, cost, since, blocked, room)
            if latest >= 0:
                missing = _open(latest, sets, now, missing)
                spent += cost[latest]
                since[latest] = step
                _add(blocked, rival[rival_ptr[latest] : rival_ptr[latest + 1]], 1)
            _add(now.heavy, now.missed[:missing], 1)
            for i in now.missed[:missing]:
                _add(now.score, row_site[by_row[i] : by_row[i + 1]], 1)
        if spent < least and _total(people, now.missed[:missing]) <= spare:
            best, least = np.flatnonzero(now.is_open), spent
    return best
