"""The faces between arterial roads, and what the drawing says about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from generator.frame import largest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.skeleton import Skeleton
    from generator.space import Area

LEAST_M2 = 4000
LARGEST_M2 = 8e6  # what is larger is the open land beyond the drawing
STRIP_M = 75


@dataclass(frozen=True)
class Face:
    """A piece of land between arterial roads.

    `land` reaches to the middle of roads and motorways; `area` leaves out motorway verges.
    `whole` names the use of a face that is not cut into blocks. `heart`, `campus` and `lake` are
    entries of the drawing whose point lies in the face.
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
    lake: dict[str, Any] | None = None


def find_faces(drawing: dict[str, Any], skeleton: Skeleton) -> list[Face]:
    """Find the faces of both banks; those outside the district are kept within the ring."""
    outlines, zones = (_placed(drawing, skeleton, key) for key in ("outlines", "zones"))
    marks = {key: _marks(drawing, skeleton, key) for key in ("hearts", "campuses", "lakes")}
    verge = shapely.union_all([w.line for w in skeleton.ways if w.grade != "tunnel"])
    verge = verge.buffer(drawing["verge_m"])
    faces: list[Face] = []
    for bank, land in _pieces(skeleton):
        area = largest(land.difference(verge))
        if land.area > LARGEST_M2 or area.area < LEAST_M2:
            continue
        inner = land.representative_point()
        outline = next((e for e, b, o in outlines if b == bank and o.contains(inner)), None)
        zone = min(
            (z for z in zones if z[1] == bank and z[0].get("outer", False) == (outline is None)),
            key=lambda z: z[2].distance(inner),
        )[0]
        heart, campus, lake = (
            next((e for e, at in marks[key] if land.contains(at)), None) for key in marks
        )
        strip = land.buffer(-STRIP_M).is_empty and land.distance(skeleton.river) < STRIP_M
        whole = "strip" if strip else "campus" if campus else "lake" if lake else ""
        street = outline["street"] if outline else ""
        faces.append(Face(len(faces), land, area, bank, street, zone, whole, heart, campus, lake))
    district = {b: _union(f for f in faces if f.street and f.bank == b) for b in skeleton.banks}
    ring_m = drawing["ring_m"]
    return [f for f in faces if f.street or f.land.centroid.distance(district[f.bank]) < ring_m]


def _union(faces: Iterable[Face]) -> Area:
    return shapely.union_all([f.land for f in faces])


def _placed(drawing: dict[str, Any], skeleton: Skeleton, key: str) -> list[tuple[Any, str, Area]]:
    """Return drawn outlines or zone boxes with their bank, in metres."""
    return [
        (
            entry,
            grid["bank"],
            skeleton.place(
                shapely.Polygon(entry["ring"]) if "ring" in entry else shapely.box(*entry["box"]),
                grid["name"],
            ),
        )
        for grid in drawing["grid"]
        for entry in grid[key]
    ]


def _marks(drawing: dict[str, Any], skeleton: Skeleton, key: str) -> list[tuple[Any, Any]]:
    """Return drawn marks with their places in metres."""
    first = drawing["grid"][0]["name"]
    return [(e, skeleton.place(shapely.Point(e["at"]), e.get("grid", first))) for e in drawing[key]]


def _pieces(skeleton: Skeleton) -> Iterator[tuple[str, Area]]:
    """Yield the land between roads, motorways, railways and water, west to east on each bank."""
    for bank, shore in skeleton.banks.items():
        cuts = [r.line for r in (*skeleton.roads, *skeleton.ways) if r.line.intersects(shore)]
        net = shapely.union_all([*cuts, shore.boundary], grid_size=0.01)
        found = [f for f in shapely.get_parts(shapely.polygonize([net])) if f.area > LEAST_M2]
        for face in sorted(found, key=lambda f: (round(f.centroid.x), round(f.centroid.y))):
            yield bank, face
