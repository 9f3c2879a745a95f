"""Straight lines between points: beside every walking figure, and on shared premises instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from siting.network.kernels import UNREACHABLE
from siting.network.noding import to_mm
from siting.network.snap import NO_POSITION

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from siting.network.snap import Obstacles, Positions

    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]


class StraightNearest(NamedTuple):
    """Straight distance of each demand row to its nearest facility, and that facility."""

    straight_mm: Ints
    facility: Ints


@dataclass(frozen=True, eq=False)
class OnSite:
    """Pairs of a demand row and a facility row on the same premises, and their distance."""

    demand: Ints
    facility: Ints
    straight_mm: Ints

    def among(self, rows: ArrayLike) -> OnSite:
        """Return the pairs of the chosen facility rows (ascending), numbered within the choice."""
        chosen = np.asarray(rows)
        place = np.searchsorted(chosen, self.facility)
        inside = place < len(chosen)
        inside[inside] = chosen[place[inside]] == self.facility[inside]
        return OnSite(self.demand[inside], place[inside].astype(np.int32), self.straight_mm[inside])


def on_site_pairs(
    *,
    demand: Positions,
    facilities: Positions,
    obstacles: Obstacles | None = None,
    within_m: float = 50,
) -> OnSite:
    """Find the pairs less than `within_m` apart whose straight line crosses no obstacle.

    Nobody walks out to the street and back to a kindergarten in the same yard. Sorted by demand,
    then facility.
    """
    people, places = _present(demand), _present(facilities)
    tree = cKDTree(_xy(facilities, places))
    hits = tree.query_ball_point(_xy(demand, people), to_mm(within_m), return_sorted=True)
    row = np.repeat(people, [len(found) for found in hits])
    facility = places[np.concatenate([*hits, []]).astype(np.int64)]
    square = _square(demand, row, facilities, facility)
    keep = square < int(to_mm(within_m)) ** 2
    if obstacles is not None:
        ends = (demand.x_mm[row], demand.y_mm[row])
        keep &= ~obstacles.block(*ends, facilities.x_mm[facility], facilities.y_mm[facility])
    return OnSite(row[keep].astype(np.int32), facility[keep].astype(np.int32), _root(square[keep]))


def straight_nearest(*, demand: Positions, facilities: Positions) -> StraightNearest:
    """Find the facility nearest in a straight line; ties go to the smallest row.

    `UNREACHABLE` and −1 where the demand row has no position or there is no facility.
    """
    straight = np.full(len(demand), UNREACHABLE, np.int32)
    nearest = np.full(len(demand), -1, np.int32)
    rows, places = _present(demand), _present(facilities)
    if len(places):
        # One facility per place, the smallest row; then few can be equally far.
        _, first = np.unique(_xy(facilities, places), axis=0, return_index=True)
        places = places[np.sort(first)]
        tree = cKDTree(_xy(facilities, places))
        count = 2
        while len(rows):
            count = min(count, len(places))
            found = places[tree.query(_xy(demand, rows), k=range(1, count + 1))[1]]
            square = _square(demand, rows[:, None], facilities, found)
            best = square.min(axis=1)
            ties = square == best[:, None]
            nearest[rows] = np.where(ties, found, found.max()).min(axis=1)
            straight[rows] = _root(best)
            # Where even the last one found is as near as the first, there may be more.
            rows = rows[ties[:, -1]] if count < len(places) else rows[:0]
            count *= 2
    return StraightNearest(straight, nearest)


def _present(positions: Positions) -> Longs:
    return np.flatnonzero(positions.x_mm != NO_POSITION)


def _xy(positions: Positions, rows: Longs) -> NDArray[np.float64]:
    return np.column_stack([positions.x_mm[rows], positions.y_mm[rows]]).astype(np.float64)


def _square(a: Positions, row_a: Longs, b: Positions, row_b: Longs) -> Longs:
    """Square of the distance, exact in whole millimetres."""
    dx, dy = a.x_mm[row_a] - b.x_mm[row_b], a.y_mm[row_a] - b.y_mm[row_b]
    return np.asarray(dx * dx + dy * dy)


def _root(square: Longs) -> Ints:
    root = np.floor(np.sqrt(square.astype(np.float64)) + 0.5)
    return np.minimum(root, UNREACHABLE - 1).astype(np.int32)
