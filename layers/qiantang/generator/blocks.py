"""From faces between arterial roads to blocks with a use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from generator.frame import Frame
from generator.skeleton import Road
from shapely.ops import split as cut_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.space import Area

SPLIT_JITTER = 0.09
SCATTERED = ("civic", "park")
FIELD_M = 420.0
LOCAL_GRADES = ("tertiary", "residential")


@dataclass(frozen=True)
class Face:
    """A piece of land between arterial roads, and what the drawing says about it.

    `land` reaches to the middle of roads and motorways; `area` leaves out motorway verges.
    `whole` names the use of a face that is not cut into blocks; `heart` is the drawing's entry of
    an old resettlement quarter.
    """

    number: int
    land: Area
    area: Area
    bank: str
    street: str
    zone: dict[str, Any]
    whole: str = ""
    heart: dict[str, Any] | None = None
    campus: dict[str, Any] | None = None


@dataclass(frozen=True)
class Block:
    """A piece of land of one use."""

    number: int
    area: Area
    use: str
    face: Face


def split(
    area: Area, target_m2: float, rng: np.random.Generator, depth: int = 0
) -> tuple[list[Area], list[Road]]:
    """Cut an area across its long side until its pieces are about `target_m2`.

    The cuts are streets: the first is a through street, later ones are smaller.
    """
    if area.area < target_m2 * rng.uniform(1.35, 1.8):
        return [area], []
    frame = Frame.of(area)
    local = frame.inward(area)
    west, south, east, north = local.bounds
    at = 0.5 + rng.uniform(-SPLIT_JITTER, SPLIT_JITTER)
    lean = rng.uniform(-0.03, 0.03)
    if east - west > north - south:
        u = west + at * (east - west)
        reach = (north - south) * lean
        cut = shapely.LineString([[u - reach, south - 9], [u + reach, north + 9]])
    else:
        v = south + at * (north - south)
        reach = (east - west) * lean
        cut = shapely.LineString([[west - 9, v - reach], [east + 9, v + reach]])
    cut = frame.outward(cut)
    grade = LOCAL_GRADES[min(depth, len(LOCAL_GRADES) - 1)]
    pieces, streets = [], [
        Road(line, grade)
        for line in shapely.get_parts(shapely.intersection(cut, area))
        if line.length > 1
    ]
    halves = shapely.get_parts(cut_by(area, cut))
    for half in sorted(halves, key=lambda h: (round(h.centroid.x), round(h.centroid.y))):
        more, inner = split(half, target_m2, rng, depth + 1)
        pieces += more
        streets += inner
    return pieces, streets


def deal(mix: dict[str, int], places: list[Area], rng: np.random.Generator) -> list[str]:
    """Return a use for each place in shares of `mix` (largest remainder).

    Scattered uses (parks, shops) fall anywhere; the others lie together, as they were built
    quarter by quarter: places are ordered by a smooth field and dealt in runs.
    """
    weight = np.array(list(mix.values()), dtype=float)
    share = weight / weight.sum() * len(places)
    number = np.floor(share).astype(int)
    for k in np.argsort(-(share - number), kind="stable")[: len(places) - number.sum()]:
        number[k] += 1
    count = dict(zip(mix, number, strict=True))
    dealt = [""] * len(places)
    order = rng.permutation(len(places))
    scattered = [use for use in mix if use in SCATTERED for _ in range(count[use])]
    for k, use in zip(order, scattered, strict=False):
        dealt[k] = use
    rest = order[len(scattered) :]
    at = np.array([[p.centroid.x, p.centroid.y] for p in places])[rest]
    heading = rng.uniform(0, 2 * np.pi, (2, 1))
    axis = np.hstack([np.cos(heading), np.sin(heading)])
    field = (np.sin(at @ axis.T / FIELD_M + rng.uniform(0, 6, 2)) * [1.0, 0.7]).sum(axis=1)
    rank = np.argsort(field + rng.normal(0, 0.12, len(rest)), kind="stable")
    runs = [str(use) for use in rng.permutation(list(mix)) if use not in SCATTERED]
    for k, use in zip(rest[rank], [u for u in runs for _ in range(count[u])], strict=True):
        dealt[k] = use
    return dealt


def make_blocks(
    faces: Sequence[Face], rng: np.random.Generator
) -> tuple[list[Block], list[Road]]:
    """Cut urban faces into blocks and deal a use to each, zone by zone."""
    streets: list[Road] = []
    waiting: dict[tuple[str, str], list[tuple[Face, Area]]] = {}
    done: list[tuple[Face, Area, str]] = []
    for face in faces:
        if face.whole:
            done.append((face, face.area, face.whole))
            continue
        size = face.zone["block_ha"] * 1e4
        pieces, inner = split(face.area, size, rng) if size else ([face.area], [])
        streets += inner
        key = (face.zone["name"], face.heart["name"] if face.heart else "")
        waiting.setdefault(key, []).extend((face, piece) for piece in pieces)
    for (_, _), pieces in sorted(waiting.items()):
        first = pieces[0][0]
        mix = (first.heart or first.zone)["mix"]
        for (face, piece), use in zip(
            pieces, deal(mix, [p for _, p in pieces], rng), strict=True
        ):
            done.append((face, piece, use))
    done.sort(key=lambda d: (d[0].number, round(d[1].centroid.x), round(d[1].centroid.y)))
    return [Block(i, area, use, face) for i, (face, area, use) in enumerate(done)], streets
