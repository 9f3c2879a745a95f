"""Layers that lie some hundred metres off: Chinese web maps' coordinates under another name.

GCJ-02 read as plain degrees stands about 500 m off, BD-09 about 1,100 m: more than the distances
that rules test. Such a layer no longer fits the streets. The detector reads its numbers in each of
those systems (and undoes a conversion that was declared), and suspects the one that brings its
points back to the streets, into the study area and out of the water. Where all layers agree with
each other but not with the streets, the units or the water, it is those that are suspected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from siting.layers.coordinates import WGS84, between, to_degrees
from siting.layers.shifted import bd09_from_gcj02, gcj02_from_wgs84, wgs84_from
from siting.layers.spatial import area_at, metres_to_nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.model import Layers

    Shapes = NDArray[np.object_]

Mistake = Literal["unconverted", "overconverted"]
OPPOSITE: dict[Mistake, Mistake] = {
    "unconverted": "overconverted",
    "overconverted": "unconverted",
}
SYSTEMS = ("GCJ-02", "BD-09")
READINGS = [(system, mistake) for system in SYSTEMS for mistake in OPPOSITE]
AREAS = ("units", "water")
LEAST_POINTS = 8  # fewer say nothing
LOOKED_AT = 2000  # points of a layer, evenly taken
NEARER = 0.5  # a conversion that halves the distance to the streets explains it
FITTING_M = 15.0  # a layer that lies so near to its streets is where it should be
FEWER = 0.5  # or one that halves the share of points that lie nowhere, if that is
ASTRAY = 0.1  # at least a tenth
LEAST_MOVE_M = 50.0  # outside China the systems do not differ


@dataclass(frozen=True)
class Fit:
    """How a layer lies: metres to the nearest street (median), share astray (0 to 1).

    Astray is in the water or outside every unit.
    """

    street_m: float
    astray: float


@dataclass(frozen=True)
class Shift:
    """A layer that fits better when its numbers are read in another system.

    Attributes
    ----------
    layer
        ``residents``, ``facilities:`` and a kind, ``streets``, ``units`` or ``water``.
    system
        ``GCJ-02`` or ``BD-09``.
    mistake
        ``unconverted``: its numbers are of `system` but were read as plain; ``overconverted``:
        they are plain but were read as of `system`.
    points
        How many rows the layer has.
    found, mended
        How it lies as declared, and when read in the other system; of streets and areas, how the
        points lie to them.
    east_m, north_m
        By how much it is off (medians).
    """

    layer: str
    system: str
    mistake: Mistake
    points: int
    found: Fit
    mended: Fit
    east_m: float
    north_m: float

    @property
    def offset_m(self) -> float:
        """How far the layer is off."""
        return float(np.sqrt(self.east_m**2 + self.north_m**2))


class Sample(NamedTuple):
    """Points of a layer, evenly taken, and of how many."""

    points: Shapes
    of: int


def find_shifts(layers: Layers) -> list[Shift]:
    """Return the layers that lie off as a shifted coordinate system would put them."""
    streets = _walked(layers)
    samples = samples_of(layers)
    if not len(streets) or not samples:
        return []
    of_streets = _streets_off(samples, layers, streets)
    if of_streets is not None:
        return [of_streets]
    found = [_suspicion(name, one, layers, streets) for name, one in samples.items()]
    suspected = [shift for shift in found if shift is not None]
    return suspected or _areas_off(samples, layers, streets)


def fits(layers: Layers) -> dict[str, Fit]:
    """Measure how each layer of points lies to streets, study area and water."""
    streets = _walked(layers)
    return {name: _fit(one.points, layers, streets) for name, one in samples_of(layers).items()}


def _walked(layers: Layers) -> Shapes:
    walkable = layers.streets["walkable"].astype(bool)
    return np.asarray(layers.streets.geometry[walkable].to_numpy(), dtype=object)


def samples_of(layers: Layers) -> dict[str, Sample]:
    """Return the layers that have points enough to say something."""
    samples = {}
    for name, points in point_layers(layers).items():
        known = points[~(shapely.is_missing(points) | shapely.is_empty(points))]
        if len(known) >= LEAST_POINTS:
            samples[name] = Sample(known[:: -(-len(known) // LOOKED_AT)], len(known))
    return samples


def point_layers(layers: Layers) -> dict[str, Shapes]:
    """Return the layers that the detector looks at: residents, and facilities of each kind."""
    facilities = layers.facilities
    kinds = sorted(set(facilities["kind"]))
    by_kind = {f"facilities:{kind}": facilities[facilities["kind"] == kind] for kind in kinds}
    tables = {"residents": layers.residents} | by_kind
    return {name: table.geometry.to_numpy() for name, table in tables.items()}


def _suspicion(name: str, sample: Sample, layers: Layers, streets: Shapes) -> Shift | None:
    """Return the reading that explains best why points do not fit, if any does."""
    points = sample.points
    found = _fit(points, layers, streets)
    if found.street_m <= FITTING_M and found.astray < ASTRAY:
        return None
    candidates = []
    for system, mistake in READINGS:
        moved = moved_shapes(points, crs=layers.crs, system=system, mistake=mistake)
        east_m, north_m = _offset(points, moved)
        mended = _fit(moved, layers, streets)
        if np.abs([east_m, north_m]).max() >= LEAST_MOVE_M and _explains(found, mended):
            candidates.append(
                Shift(name, system, mistake, sample.of, found, mended, east_m, north_m)
            )
    return min(candidates, key=lambda s: (s.mended.astray, s.mended.street_m), default=None)


def _offset(points: Shapes, moved: Shapes) -> tuple[float, float]:
    """Return by how much points are off if they belong where they were moved to (medians)."""
    by = shapely.get_coordinates(points) - shapely.get_coordinates(moved)
    east_m, north_m = np.median(by, axis=0)
    return float(east_m), float(north_m)


def _streets_off(samples: dict[str, Sample], layers: Layers, streets: Shapes) -> Shift | None:
    """Suspect the streets if every layer of points misses them by one and the same shift.

    Then either all those layers are off or the streets are: whichever fits the study area better
    for being moved, and in doubt the one rather than the many.
    """
    before = [_fit(one.points, layers, streets) for one in samples.values()]
    if len(samples) < 2 or min(fit.street_m for fit in before) <= FITTING_M:  # noqa: PLR2004
        return None
    vertices = shapely.points(shapely.get_coordinates(streets))
    vertices = vertices[:: -(-len(vertices) // LOOKED_AT)]
    candidates = []
    for system, mistake in READINGS:
        moved = [
            moved_shapes(one.points, crs=layers.crs, system=system, mistake=mistake)
            for one in samples.values()
        ]
        after = [_fit(shapes, layers, streets) for shapes in moved]
        pairs = list(zip(before, after, strict=True))
        if not all(new.street_m <= old.street_m * NEARER for old, new in pairs):
            continue
        other = OPPOSITE[mistake]
        turned = moved_shapes(vertices, crs=layers.crs, system=system, mistake=other)
        left_over = _astray(turned, layers)
        for_streets = _astray(vertices, layers) - left_over
        for_points = float(np.mean([old.astray - new.astray for old, new in pairs]))
        if for_streets >= for_points:
            east_m, north_m = _offset(next(iter(samples.values())).points, moved[0])
            shift = Shift("streets", system, other, len(streets), before[0], after[0],
                          -east_m, -north_m)  # fmt: skip
            candidates.append((left_over, sum(fit.street_m for fit in after), shift))
    return min(candidates, key=lambda one: one[:2])[2] if candidates else None


def _areas_off(samples: dict[str, Sample], layers: Layers, streets: Shapes) -> list[Shift]:
    """Suspect units or water where the points fit the streets but lie outside or in the water."""
    points = np.concatenate([one.points for one in samples.values()])
    street_m = _fit(points, layers, streets).street_m
    found = []
    for name in AREAS:
        astray = _astray(points, layers, of=(name,))
        candidates = []
        for system, mistake in READINGS if astray >= ASTRAY else []:
            moved = moved_shapes(points, crs=layers.crs, system=system, mistake=mistake)
            better = _astray(moved, layers, of=(name,))
            if better <= astray * FEWER and _fit(moved, layers, streets).street_m > street_m:
                east_m, north_m = _offset(points, moved)
                candidates.append(
                    Shift(name, system, OPPOSITE[mistake], len(getattr(layers, name)),
                          Fit(street_m, astray), Fit(street_m, better), -east_m, -north_m)
                )  # fmt: skip
        found += sorted(candidates, key=lambda s: s.mended.astray)[:1]
    return found


def _explains(found: Fit, mended: Fit) -> bool:
    nearer = mended.street_m <= found.street_m * NEARER and mended.astray <= found.astray
    inside = found.astray >= ASTRAY and mended.astray <= found.astray * FEWER
    return nearer or (inside and mended.street_m <= found.street_m)


def _fit(points: Shapes, layers: Layers, streets: Shapes) -> Fit:
    street_m = float(np.median(metres_to_nearest(points, streets)))
    return Fit(street_m, _astray(points, layers))


def _astray(points: Shapes, layers: Layers, *, of: tuple[str, ...] = AREAS) -> float:
    """Return the share of points outside every unit or in the water."""
    lost = np.zeros(len(points), bool)
    series = gpd.GeoSeries(points, crs=layers.crs)
    if "units" in of and len(layers.units):
        lost |= area_at(series, layers.units.geometry) < 0
    if "water" in of and len(layers.water):
        lost |= area_at(series, layers.water.geometry) >= 0
    return float(lost.mean())


def moved_shapes(shapes: Shapes, *, crs: str, system: str, mistake: Mistake) -> Shapes:
    """Return geometries where they lie if `mistake` was made about `system`."""

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = to_degrees(xy[:, 0], xy[:, 1], crs=crs)
        if mistake == "unconverted":
            lon, lat = wgs84_from(system, lon, lat)
        else:
            lon, lat = gcj02_from_wgs84(lon, lat)
            lon, lat = bd09_from_gcj02(lon, lat) if system == "BD-09" else (lon, lat)
        return np.column_stack(between(WGS84, crs).transform(lon, lat))

    moved: Shapes = shapely.transform(shapes, move)
    return moved
