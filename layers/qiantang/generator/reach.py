"""Which points have a street near, on their side of walls and water."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.town import Town

BANK_M = 120


def reachable(
    points: NDArray[np.object_], town: Town, walls: NDArray[np.object_], *, leg_m: float
) -> NDArray[np.bool_]:
    """Say which points have their nearest street within `leg_m`, across no barrier or bank."""
    lines = np.array([r.line for r in town.streets])
    nearest = shapely.STRtree(lines).nearest(points)
    legs: Any = shapely.shortest_line(points, lines[nearest])
    crossed, _ = shapely.STRtree(walls).query(legs, predicate="crosses")
    good = shapely.length(legs) < leg_m
    good[np.unique(crossed)] = False
    river = town.skeleton.river.buffer(BANK_M)
    shapely.prepare(river)
    return good & ~shapely.intersects(river, points)
