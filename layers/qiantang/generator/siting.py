"""Where facilities stand: spots at gates, inside blocks and along lanes, and who takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from generator.town import Town

GATE_INWARD_M = 14
SPOT_STEP = 3
SERVED_LEFT = 0.3


@dataclass(frozen=True)
class Spots:
    """Places for facilities: position, use of the block, community record."""

    xy: NDArray[np.float64]
    use: NDArray[np.str_]
    part: list[dict[str, Any]]
    block: NDArray[np.int64]

    def where(self, mask: NDArray[np.bool_]) -> Spots:
        """Return the spots of a mask."""
        keep = np.flatnonzero(mask)
        return Spots(self.xy[keep], self.use[keep], [self.part[k] for k in keep], self.block[keep])

    @property
    def street(self) -> NDArray[np.str_]:
        """Street code of each spot."""
        return np.array([p["street_code"] for p in self.part])

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Whether each spot lies in the ring."""
        return np.array([p["outside"] for p in self.part], dtype=bool)


def find_spots(town: Town, parts: list[dict[str, Any]]) -> Spots:
    """Collect places: inside compound gates, along village lanes, on inner walks of open blocks."""
    part_of = {f.number: p for p in parts for f in p["faces"]}
    wet = shapely.prepared.prep(town.skeleton.river.buffer(120))
    rows = []
    for block, layout in zip(town.blocks, town.layouts, strict=True):
        part = part_of.get(block.face.number)
        if part is None:
            continue
        heart = shapely.get_coordinates(block.area.representative_point())[0]
        if layout.gates:
            places = [_inward(shapely.get_coordinates(g)[0], heart) for g in layout.gates]
        elif block.use in ("village", "farm", "oldtown"):
            places = [np.array(h[:2]) + (4.0, 3.0) for h in layout.homes[::SPOT_STEP]]
        else:
            places = [
                shapely.get_coordinates(r.line.interpolate(0.4, normalized=True))[0] + (5.0, 5.0)
                for r in layout.roads[:4]
            ]
        rows += [(p, block.use, part, block.number) for p in places if not wet.contains(shapely.Point(p))]
    return Spots(
        np.array([r[0] for r in rows]), np.array([r[1] for r in rows]),
        [r[2] for r in rows], np.array([r[3] for r in rows]),
    )


def _inward(gate: NDArray[np.float64], heart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Step from a gate into its block."""
    step = heart - gate
    return gate + step / max(np.hypot(*step), 1.0) * GATE_INWARD_M


def choose(
    spots: Spots, count: int, people: NDArray[np.float64], at: NDArray[np.float64],
    *, reach_m: float, apart_m: float, whim: float, rng: np.random.Generator,
) -> list[int]:
    """Choose spots one by one where many people within reach are not served yet.

    `whim` is how far real decisions stray from need (log-normal spread): it leaves gaps.
    """
    near = cKDTree(spots.xy).query_ball_tree(cKDTree(at), reach_m)
    left = people.astype(float).copy()
    taste = np.exp(rng.normal(0, whim, len(spots.xy)))
    free = np.ones(len(spots.xy), dtype=bool)
    score = np.array([left[n].sum() if n else 0.0 for n in near]) * taste + taste * 1e-3
    around = cKDTree(spots.xy)
    chosen: list[int] = []
    while len(chosen) < count and free.any():
        best = int(np.argmax(np.where(free, score, -1)))
        chosen.append(best)
        free[around.query_ball_point(spots.xy[best], apart_m)] = False
        free[best] = False
        left[near[best]] *= SERVED_LEFT
        for k in around.query_ball_point(spots.xy[best], 2 * reach_m):
            score[k] = (left[near[k]].sum() if near[k] else 0.0) * taste[k] + taste[k] * 1e-3
    return chosen


def quotas(total: int, weight: dict[str, float], least: int = 1) -> dict[str, int]:
    """Share a number of facilities out over streets, each at least `least`."""
    keys = sorted(weight)
    spare = total - least * len(keys)
    exact = np.array([weight[k] for k in keys])
    exact = exact / exact.sum() * spare
    number = np.floor(exact).astype(int)
    for k in np.argsort(-(exact - number), kind="stable")[: spare - number.sum()]:
        number[k] += 1
    return {k: int(n) + least for k, n in zip(keys, number, strict=True)}


def by_street(
    spots: Spots, residents: pd.DataFrame, columns: list[str], total: int,
    *, allowed: Callable[[Spots], NDArray[np.bool_]], outside: bool, least: int = 1,
    reach_m: float, apart_m: float, whim: float, rng: np.random.Generator,
) -> Spots:
    """Choose spots street by street in shares of the people of `columns`."""
    own = residents[residents["outside"] == outside]
    crowd = own[columns].sum(axis=1).to_numpy()
    xy = shapely.get_coordinates(own.geometry)
    weight = {str(s): float(crowd[own["street_code"] == s].sum()) for s in own["street_code"].unique()}
    number = quotas(total, weight, least)
    mask = allowed(spots) & (spots.outside == outside)
    taken = []
    for street in sorted(number):
        pool = spots.where(mask & (spots.street == street))
        here = (own["street_code"] == street).to_numpy()
        picks = choose(
            pool, number[street], crowd[here], xy[here],
            reach_m=reach_m, apart_m=apart_m, whim=whim, rng=rng,
        )
        taken.append(pool.where(np.isin(np.arange(len(pool.xy)), picks)))
    return Spots(
        np.vstack([t.xy for t in taken]), np.concatenate([t.use for t in taken]),
        [p for t in taken for p in t.part], np.concatenate([t.block for t in taken]),
    )
