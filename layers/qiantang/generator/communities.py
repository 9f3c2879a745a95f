"""Grouping faces into communities and villages, and naming them."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

from generator.space import point_m

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from generator.faces import Face
    from generator.town import Town

URBAN_USES = ("tower", "midrise", "resettle", "oldtown", "campus", "civic", "lake")
RURAL_USES = ("village", "farm", "wetland")
AREA_WEIGHT = 1500.0  # people that a square kilometre counts for when communities are cut
LEAST_BORDER_M2 = 150
TOWN_KIND = {True: "社区", False: "村"}


@dataclass(frozen=True)
class Community:
    """A community (社区) or village (村) and its faces."""

    code: str
    name: str
    street_code: str
    street: str
    urban_rural: str
    outside: bool
    faces: tuple[Face, ...]

    @property
    def heart(self) -> dict[str, Any] | None:
        """The drawing's entry, if this is an old resettlement quarter."""
        return self.faces[0].heart if len(self.faces) == 1 else None

    @property
    def land_km2(self) -> float:
        """Land to the middle of the roads around."""
        return sum(f.land.area for f in self.faces) / 1e6


def find_communities(town: Town, facts: dict[str, Any], names: dict[str, Any]) -> list[Community]:
    """Group faces into communities: hearts stand alone, the rest grow to like size."""
    load: dict[int, float] = {f.number: f.land.area / 1e6 * AREA_WEIGHT for f in town.faces}
    for home in town.homes:
        load[town.blocks[home.block].face.number] += home.people
    land_use: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for block in town.blocks:
        land_use[block.face.number][block.use] += block.area.area
    found = []
    for street, labels, faces, outside in _streets(town, facts, names):
        groups = [[f] for f in faces if f.heart]
        rest = [f for f in faces if not f.heart]
        count = street.get("communities", len(labels)) - len(groups)
        groups += _grow(rest, load, count)
        for number, name, group in _named(groups, labels, land_use):
            shares = _shares(group, land_use)
            found.append(
                Community(
                    f"{street['code']}{number:03d}",
                    name,
                    street["code"],
                    street["name"],
                    _urban_rural(street["code"], name, shares),
                    outside,
                    tuple(group),
                )
            )
    return found


def _streets(
    town: Town, facts: dict[str, Any], names: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], list[Face], bool]]:
    """Yield each street's record, names for its communities, its faces, whether outside."""
    for street in facts["streets"]:
        faces = [f for f in town.faces if f.street == street["code"]]
        yield street, names["communities"][street["code"]], faces, False
    for street in facts["ring"]:
        faces = [f for f in town.faces if not f.street and f.zone["name"] == street["zone"]]
        yield street, names["ring"][street["name"]], faces, True


def _grow(faces: list[Face], load: dict[int, float], count: int) -> list[list[Face]]:
    """Grow `count` connected groups of faces of like load from seeds far apart."""
    beside = _neighbours(faces)
    xy = np.array([[f.land.centroid.x, f.land.centroid.y] for f in faces])
    size = np.array([load[f.number] for f in faces])
    seeds = _seeds(xy, size, count)
    owner = dict(zip(seeds, range(count), strict=True))
    heap = [(float(size[s]), k) for k, s in enumerate(seeds)]
    heapq.heapify(heap)
    while heap and len(owner) < len(faces):
        grown, k = heapq.heappop(heap)
        edge = sorted({j for i, o in owner.items() if o == k for j in beside[i] if j not in owner})
        if edge:
            away = np.hypot(*(xy[edge] - xy[seeds[k]]).T) * (1 + size[edge] / 1e5)
            near = edge[int(away.argmin())]
            owner[near] = k
            heapq.heappush(heap, (grown + float(size[near]), k))
    for i in range(len(faces)):
        if i not in owner:
            owner[i] = owner[min(sorted(owner), key=lambda j: float(np.hypot(*(xy[j] - xy[i]))))]
    return [[faces[i] for i in sorted(owner) if owner[i] == k] for k in range(count)]


def _neighbours(faces: list[Face]) -> dict[int, list[int]]:
    """Return for each face the faces with which it shares a border."""
    wide = [f.land.buffer(3) for f in faces]
    left, right = shapely.STRtree([f.land for f in faces]).query(wide, predicate="intersects")
    beside: dict[int, list[int]] = defaultdict(list)
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        if i != j and shapely.intersection(wide[i], faces[j].land).area > LEAST_BORDER_M2:
            beside[i].append(j)
    return beside


def _seeds(xy: NDArray[np.float64], size: NDArray[np.float64], count: int) -> list[int]:
    """Return faces near the centres of weighted k-means, distinct and deterministic."""
    seeds = [int(np.argmax(size))]
    while len(seeds) < count:
        away = np.hypot(*(xy[:, None] - xy[seeds][None]).transpose(2, 0, 1)).min(axis=1)
        seeds.append(int(np.argmax(away * np.sqrt(size))))
    for _ in range(12):
        nearest = np.hypot(*(xy[:, None] - xy[seeds][None]).transpose(2, 0, 1)).argmin(axis=1)
        taken: set[int] = set()
        for k in range(count):
            own = nearest == k
            centre = np.average(xy[own], axis=0, weights=size[own]) if own.any() else xy[seeds[k]]
            order = np.argsort(np.hypot(*(xy - centre).T), kind="stable").tolist()
            seeds[k] = next(i for i in order if i not in taken)
            taken.add(seeds[k])
    return seeds


def _shares(faces: list[Face], land_use: dict[int, dict[str, float]]) -> dict[str, float]:
    """Return the urban, rural and industrial shares of a group's land."""
    use: dict[str, float] = defaultdict(float)
    for face in faces:
        for kind, area in land_use[face.number].items():
            use[kind] += area
    total = sum(use.values()) or 1.0
    return {
        "urban": sum(use[u] for u in URBAN_USES) / total,
        "rural": sum(use[u] for u in RURAL_USES) / total,
        "works": use["industry"] / total,
    }


def _named(
    groups: list[list[Face]], labels: list[dict[str, Any]], land_use: dict[int, dict[str, float]]
) -> Iterator[tuple[int, str, list[Face]]]:
    """Yield serial number, name and faces: hearts, then names near their place, then the rest."""
    names = {k: g[0].heart["name"] for k, g in enumerate(groups) if g[0].heart}
    free = [k for k in range(len(groups)) if k not in names]
    placed = [x for x in labels if "at" in x]
    centre = [shapely.union_all([f.land for f in groups[k]]).centroid for k in free]
    away = np.array([[point_m(x["at"]).distance(c) for x in placed] for c in centre])
    if placed:
        for i, j in zip(*linear_sum_assignment(away), strict=True):
            names[free[i]] = placed[j]["name"]
    urban = {k: round(_shares(groups[k], land_use)["urban"], 6) for k in free}
    left = sorted((k for k in free if k not in names), key=lambda k: (-urban[k], k))
    rest = [x["name"] for x in labels if "at" not in x]
    rest += [x["name"] for x in placed if x["name"] not in names.values()]
    names |= dict(zip(left, rest, strict=False))
    for town, offset in ((True, 1), (False, 201)):
        own = [k for k in sorted(names) if names[k].endswith(TOWN_KIND[town])]
        for serial, k in enumerate(own):
            yield offset + serial, names[k], groups[k]


def _urban_rural(street: str, name: str, shares: dict[str, float]) -> str:
    """Return the statistical urban–rural code (统计用城乡划分代码)."""
    if street in ("330114001", "330114002", "330102901"):
        return "112" if shares["works"] + shares["rural"] > 0.5 else "111"
    if shares["urban"] > 0.3:
        return "121"
    if shares["works"] > 0.5:
        return "123"
    if name.endswith(TOWN_KIND[True]):
        return "122" if shares["urban"] > 0.04 else "210"
    return "122" if shares["urban"] > 0.12 else "220"
