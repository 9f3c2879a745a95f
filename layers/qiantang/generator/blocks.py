"""From faces between arterial roads to blocks with a use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.ops import split as cut_by

from generator.frame import Frame
from generator.skeleton import Road

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.faces import Face
    from generator.space import Area

SPLIT_JITTER = 0.09
LEAN = 0.03
LOCAL_GRADES = ("tertiary", "residential")
SCATTERED = ("civic", "park")
FIELD_M = 420.0  # how far uses of one kind lie together


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
    cut = frame.outward(_cut_line(frame.inward(area), rng))
    grade = LOCAL_GRADES[min(depth, len(LOCAL_GRADES) - 1)]
    streets = [
        Road(line, grade)
        for line in shapely.get_parts(shapely.intersection(cut, area))
        if line.length > 1
    ]
    pieces: list[Area] = []
    halves = shapely.get_parts(cut_by(area, cut))
    for half in sorted(halves, key=lambda h: (round(h.centroid.x), round(h.centroid.y))):
        more, inner = split(half, target_m2, rng, depth + 1)
        pieces += more
        streets += inner
    return pieces, streets


def _cut_line(area: Area, rng: np.random.Generator) -> shapely.LineString:
    """Return a line across the long side of an area, near its middle, leaning a little."""
    west, south, east, north = area.bounds
    at = 0.5 + rng.uniform(-SPLIT_JITTER, SPLIT_JITTER)
    lean = rng.uniform(-LEAN, LEAN)
    if east - west > north - south:
        u, reach = west + at * (east - west), (north - south) * lean
        return shapely.LineString([[u - reach, south - 9], [u + reach, north + 9]])
    v, reach = south + at * (north - south), (east - west) * lean
    return shapely.LineString([[west - 9, v - reach], [east + 9, v + reach]])


def deal(mix: dict[str, int], places: list[Area], rng: np.random.Generator) -> list[str]:
    """Return a use for each place in shares of `mix` (largest remainder).

    Scattered uses (parks, shops) fall anywhere; the others lie together, as they were built
    quarter by quarter: places are ordered by a smooth field and dealt in runs.
    """
    weight = np.array(list(mix.values()), dtype=float)
    share = weight / weight.sum() * len(places)
    number = np.floor(share).astype(int)
    number[np.argsort(-(share - number), kind="stable")[: len(places) - number.sum()]] += 1
    count = dict(zip(mix, number.tolist(), strict=True))
    dealt = [""] * len(places)
    order = rng.permutation(len(places))
    scattered = [use for use in mix if use in SCATTERED for _ in range(count[use])]
    for k, use in zip(order, scattered, strict=False):
        dealt[k] = use
    rest = order[len(scattered) :]
    rank = np.argsort(_smooth_field([places[k] for k in rest], rng), kind="stable")
    runs = [str(use) for use in rng.permutation(list(mix)) if use not in SCATTERED]
    for k, use in zip(rest[rank], [u for u in runs for _ in range(count[u])], strict=True):
        dealt[k] = use
    return dealt


def _smooth_field(places: list[Area], rng: np.random.Generator) -> Any:
    """Return a value per place that changes slowly over the map, with a little noise."""
    at = np.array([[p.centroid.x, p.centroid.y] for p in places]).reshape(-1, 2)
    heading = rng.uniform(0, 2 * np.pi, 2)
    axis = np.array([np.cos(heading), np.sin(heading)])
    wave = np.sin(at @ axis / FIELD_M + rng.uniform(0, 6, 2)) * [1.0, 0.7]
    return wave.sum(axis=1) + rng.normal(0, 0.12, len(places))


def make_blocks(faces: Sequence[Face], rng: np.random.Generator) -> tuple[list[Block], list[Road]]:
    """Cut faces into blocks and deal a use to each, zone by zone; hearts have their own mix."""
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
    for _, group in sorted(waiting.items(), key=lambda item: item[0]):
        first = group[0][0]
        uses = deal((first.heart or first.zone)["mix"], [piece for _, piece in group], rng)
        done += [(face, piece, use) for (face, piece), use in zip(group, uses, strict=True)]
    done.sort(key=lambda d: (d[0].number, round(d[1].centroid.x), round(d[1].centroid.y)))
    return [Block(k, area, use, face) for k, (face, area, use) in enumerate(done)], streets
