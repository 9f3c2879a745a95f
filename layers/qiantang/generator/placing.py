"""Where facilities stand: spots at gates, on plots, along lanes, and who takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from generator.people import AGES, apportion
from generator.reach import reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from generator.blocks import Block
    from generator.communities import Community
    from generator.layout import Layout
    from generator.town import Town

AT_GATE = {"gate": (14.0, 5.0), "lodge": (14.0, -5.0), "porch": (26.0, 5.0)}
SITE_INWARD_M = 24.0
ASIDE_M = 6.0
LANE_STEP = 3
YARDS_PER_BLOCK = 3
WALKS = {"civic": ("walk", 4), "park": ("green", 2), "lake": ("green", 2)}
LEAST_SITE_M2 = 9000
MAX_LEG_M = 60.0
DETOUR = 1.5  # from one block to another
SERVED_LEFT = 0.3  # need that remains within reach of a new facility
LANED = ("village", "oldtown")
WALLED = ("tower", "midrise", "resettle")


@dataclass(frozen=True)
class Spots:
    """Places for facilities: position, kind of place, block, community."""

    xy: NDArray[np.float64]
    slot: NDArray[np.str_]
    block: NDArray[np.int64]
    use: NDArray[np.str_]
    owner: tuple[Community, ...]

    def take(self, index: Any) -> Spots:
        """Return some of the spots."""
        index = np.arange(len(self.xy))[index]
        return Spots(
            self.xy[index],
            self.slot[index],
            self.block[index],
            self.use[index],
            tuple(self.owner[i] for i in index),
        )

    @property
    def street(self) -> NDArray[np.str_]:
        """Street code of each spot."""
        return np.array([c.street_code for c in self.owner], dtype=str)

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Whether each spot lies in the ring."""
        return np.array([c.outside for c in self.owner], dtype=bool)


@dataclass(frozen=True)
class Ground:
    """All spots and all people: what a facility looks at before it settles."""

    spots: Spots
    people: gpd.GeoDataFrame
    rules: dict[str, Any]

    def without(self, gone: Spots) -> Ground:
        """Return the ground without the spots of a table that is already placed."""
        near, _ = cKDTree(gone.xy).query(self.spots.xy)
        return replace(self, spots=self.spots.take(near > 1.0))


def find_spots(town: Town, found: list[Community], walls: Any) -> Spots:
    """Collect places from which a street is reached without crossing a barrier or water."""
    of_face = {f.number: c for c in found for f in c.faces}
    rows = [
        (np.asarray(xy, dtype=float), slot, block, of_face[block.face.number])
        for block, layout in zip(town.blocks, town.layouts, strict=True)
        if block.face.number in of_face
        for slot, xy in _of_block(block, layout)
    ]
    spots = Spots(
        np.array([r[0] for r in rows]),
        np.array([r[1] for r in rows]),
        np.array([r[2].number for r in rows]),
        np.array([r[2].use for r in rows]),
        tuple(r[3] for r in rows),
    )
    return spots.take(reachable(shapely.points(spots.xy), town, walls, leg_m=MAX_LEG_M))


def _of_block(block: Block, layout: Layout) -> Iterator[tuple[str, Any]]:
    """Yield kind and position of the places of one block."""
    heart = shapely.get_coordinates(block.area.representative_point())[0]
    if block.use in WALLED:
        yield from _in_compound(layout, heart)
    elif block.use in LANED:
        for at, _, _ in layout.homes[::LANE_STEP]:
            yield "lane", (at.x + ASIDE_M, at.y + ASIDE_M / 2)
    elif block.use in WALKS:
        slot, number = WALKS[block.use]
        for road in layout.roads[:number]:
            yield slot, _aside(road.line, 0.4)
    elif block.use == "vacant" and block.area.area > LEAST_SITE_M2:
        edge = block.area.exterior.interpolate(0.1, normalized=True)
        yield "site", _inward(edge, heart, SITE_INWARD_M)


def _in_compound(layout: Layout, heart: NDArray[np.float64]) -> Iterator[tuple[str, Any]]:
    """Yield plots, places at the gates and yards of a compound."""
    for _, entrance in layout.plots:
        yield "plot", (entrance.x, entrance.y)
    for gate in layout.gates:
        for slot, (inward, aside) in AT_GATE.items():
            yield slot, _inward(gate, heart, inward) + aside
    inner = [r for r in layout.roads if r.line.length > 2 * MAX_LEG_M]
    for road in inner[1 :: max(1, len(inner) // YARDS_PER_BLOCK)]:
        yield "yard", _aside(road.line, 0.55)


def _inward(edge: Any, heart: NDArray[np.float64], by_m: float) -> NDArray[np.float64]:
    """Step from the edge of a block towards its heart."""
    start = np.array([edge.x, edge.y])
    step = heart - start
    return start + step / max(np.hypot(*step), 1.0) * by_m


def _aside(line: Any, share: float) -> NDArray[np.float64]:
    """Return a point beside a line, at a share of its length."""
    return shapely.get_coordinates(line.interpolate(share, normalized=True))[0] + ASIDE_M


def crowd(people: gpd.GeoDataFrame, ages: list[int]) -> NDArray[np.float64]:
    """Return the people of some ages (both ends included) at each home."""
    low, high = ages
    years = [f"p_{age}" for age in range(low, min(high, 17) + 1)]
    grown = {"p18_59": (18, 59), "p60_64": (60, 64), "p65_79": (65, 79), "p80": (80, 99)}
    years += [c for c, (first, last) in grown.items() if low <= last and high >= first]
    return people[[c for c in AGES if c in years]].sum(axis=1).to_numpy(dtype=float)


def settle(
    ground: Ground, prefix: str, count: int, rng: np.random.Generator, *, outside: bool = False
) -> Spots:
    """Choose `count` spots street by street, in shares of the people concerned."""
    rule = ground.rules[prefix]
    own = ground.people[ground.people["outside"] == outside]
    need, xy = crowd(own, rule["ages"]), shapely.get_coordinates(own.geometry)
    home_street, block = own["street_code"].to_numpy(), own["block"].to_numpy()
    fits = np.isin(ground.spots.slot, rule["slots"]) & (ground.spots.outside == outside)
    if "uses" in rule:
        fits &= np.isin(ground.spots.use, rule["uses"])
    codes = sorted(set(home_street))
    least = 0 if outside else rule["least"]
    spare = apportion(count - least * len(codes), [need[home_street == c].sum() for c in codes])
    chosen: list[int] = []
    for code, more in zip(codes, spare, strict=True):
        if least + more == 0:
            continue
        pool = np.flatnonzero(fits & (ground.spots.street == code))
        here = home_street == code
        near = _near(ground.spots.take(pool), xy[here], block[here], rule["reach_m"])
        picked = _choose(
            ground.spots.xy[pool], need[here], near, count=least + more, rule=rule, rng=rng
        )
        chosen += [int(pool[k]) for k in picked]
    return ground.spots.take(sorted(chosen))


def _near(
    spots: Spots, at: NDArray[np.float64], block: NDArray[np.int64], reach_m: float
) -> list[NDArray[np.int64]]:
    """Return the homes within reach of each spot; out of the block the way is longer."""
    near = []
    for k, found in enumerate(cKDTree(spots.xy).query_ball_tree(cKDTree(at), reach_m)):
        homes = np.array(sorted(found), dtype=np.int64)
        away = np.hypot(*(at[homes] - spots.xy[k]).T)
        near.append(homes[(block[homes] == spots.block[k]) | (away * DETOUR < reach_m)])
    return near


def _choose(
    spots: NDArray[np.float64],
    need: NDArray[np.float64],
    near: list[NDArray[np.int64]],
    *,
    count: int,
    rule: dict[str, Any],
    rng: np.random.Generator,
) -> list[int]:
    """Choose spots one by one where the need left within reach is largest, with some whim."""
    tree = cKDTree(spots)
    taste = np.exp(rng.normal(0, rule["whim"], len(spots)))
    left = need.copy()
    score = np.array([left[n].sum() for n in near]) * taste + taste * 1e-3
    chosen: list[int] = []
    while len(chosen) < count:
        best = int(np.argmax(score))
        chosen.append(best)
        left[near[best]] *= SERVED_LEFT
        for k in tree.query_ball_point(spots[best], 2 * rule["reach_m"]):
            if score[k] >= 0:
                score[k] = left[near[k]].sum() * taste[k] + taste[k] * 1e-3
        score[tree.query_ball_point(spots[best], rule["apart_m"])] = -1.0
    return chosen
