"""Layers that lie some hundred metres off: Chinese web maps' coordinates under another name.

GCJ-02 read as plain degrees stands about 500 m off, BD-09 about 1,100 m: more than the distances
that rules test. Such a layer no longer fits the streets. The detector reads its numbers in each of
those systems (and undoes a conversion that was declared), and suspects the one that brings its
points back to the streets, into the study area and out of the water.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import shapely

from siting.layers.coordinates import WGS84, between, to_degrees
from siting.layers.shifted import bd09_from_gcj02, gcj02_from_wgs84, wgs84_from
from siting.layers.spatial import area_at, metres_to_nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from siting.layers.model import Layers

    Shapes = NDArray[np.object_]

Mistake = Literal["unconverted", "overconverted"]
MISTAKES: tuple[Mistake, ...] = ("unconverted", "overconverted")
SYSTEMS = ("GCJ-02", "BD-09")
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
        ``residents``, or ``facilities:`` and a kind.
    system
        ``GCJ-02`` or ``BD-09``.
    mistake
        ``unconverted``: its numbers are of `system` but were read as plain; ``overconverted``:
        they are plain but were read as of `system`.
    points
        How many points the layer has.
    found, mended
        How it lies as declared, and when read in the other system.
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


def find_shifts(layers: Layers) -> list[Shift]:
    """Return the layers of points that lie off as a shifted coordinate system would put them."""
    streets = layers.streets.geometry[layers.streets["walkable"].astype(bool)].to_numpy()
    found = []
    for name, points in point_layers(layers).items():
        known = points[~(shapely.is_missing(points) | shapely.is_empty(points))]
        if len(known) < LEAST_POINTS or not len(streets):
            continue
        sample = known[:: -(-len(known) // LOOKED_AT)]
        shift = _suspicion(name, sample, len(known), layers, streets)
        if shift is not None:
            found.append(shift)
    return found


def point_layers(layers: Layers) -> dict[str, Shapes]:
    """Return the layers that the detector looks at: residents, and facilities of each kind."""
    facilities = layers.facilities
    kinds = sorted(set(facilities["kind"]))
    by_kind = {f"facilities:{kind}": facilities[facilities["kind"] == kind] for kind in kinds}
    tables = {"residents": layers.residents} | by_kind
    return {name: table.geometry.to_numpy() for name, table in tables.items()}


def _suspicion(
    name: str, points: Shapes, count: int, layers: Layers, streets: Shapes
) -> Shift | None:
    """Return the reading that explains best why points do not fit, if any does."""
    found = _fit(points, layers, streets)
    if found.street_m <= FITTING_M and found.astray < ASTRAY:
        return None
    candidates = []
    for system in SYSTEMS:
        for mistake in MISTAKES:
            moved = moved_points(points, crs=layers.crs, system=system, mistake=mistake)
            by = shapely.get_coordinates(points) - shapely.get_coordinates(moved)
            east_m, north_m = (float(m) for m in np.median(by, axis=0))
            mended = _fit(moved, layers, streets)
            if np.abs([east_m, north_m]).max() >= LEAST_MOVE_M and _explains(found, mended):
                candidates.append(
                    Shift(name, system, mistake, count, found, mended, east_m, north_m)
                )
    return min(candidates, key=lambda s: (s.mended.astray, s.mended.street_m), default=None)


def _explains(found: Fit, mended: Fit) -> bool:
    nearer = mended.street_m <= found.street_m * NEARER and mended.astray <= found.astray
    inside = found.astray >= ASTRAY and mended.astray <= found.astray * FEWER
    return nearer or (inside and mended.street_m <= found.street_m)


def _fit(points: Shapes, layers: Layers, streets: Shapes) -> Fit:
    units = layers.units.geometry
    astray = np.zeros(len(points), bool)
    series = gpd.GeoSeries(points, crs=layers.crs)
    if len(units):
        astray |= area_at(series, units) < 0
    if len(layers.water):
        astray |= area_at(series, layers.water.geometry) >= 0
    return Fit(float(np.median(metres_to_nearest(points, streets))), float(astray.mean()))


def moved_points(points: Shapes, *, crs: str, system: str, mistake: Mistake) -> Shapes:
    """Return points where they lie if `mistake` was made about `system`."""

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = to_degrees(xy[:, 0], xy[:, 1], crs=crs)
        if mistake == "unconverted":
            lon, lat = wgs84_from(system, lon, lat)
        else:
            lon, lat = gcj02_from_wgs84(lon, lat)
            lon, lat = bd09_from_gcj02(lon, lat) if system == "BD-09" else (lon, lat)
        return np.column_stack(between(WGS84, crs).transform(lon, lat))

    moved: Shapes = shapely.transform(points, move)
    return moved


def mended(layers: Layers, shift: Shift) -> Layers:
    """Return the layers with the suspected one read in the other system."""
    name, _, kind = shift.layer.partition(":")
    table: gpd.GeoDataFrame = getattr(layers, name)
    of_layer = (table["kind"] == kind).to_numpy() if kind else np.ones(len(table), bool)
    shapes = table.geometry.to_numpy().copy()
    shapes[of_layer] = moved_points(
        shapes[of_layer], crs=layers.crs, system=shift.system, mistake=shift.mistake
    )
    changes: dict[str, Any] = {name: table.set_geometry(shapes, crs=table.crs)}
    return replace(layers, **changes)


def verdicts_flipped(
    layers: Layers, shift: Shift, judge: Callable[[Layers], Mapping[str, str]]
) -> list[str]:
    """Return the rules whose verdict another reading of the suspected layer would change.

    Parameters
    ----------
    judge
        Gives the verdict of each rule on some layers; it is called twice.
    """
    before, after = judge(layers), judge(mended(layers, shift))
    return [rule for rule in before if before[rule] != after[rule]]


def as_notes(
    shifts: list[Shift], flipped: Mapping[str, list[str]] | None = None
) -> list[dict[str, Any]]:
    """Return suspicions as the notes of a run (sentences in ``layers/notes.toml``).

    Parameters
    ----------
    flipped
        By layer, the rules whose verdict would change; None if nobody asked.
    """
    notes: list[dict[str, Any]] = []
    for shift in shifts:
        note = f"shift-{shift.mistake}"
        seen = (
            f"{shift.offset_m:.0f} m; {shift.found.street_m:.0f} m → {shift.mended.street_m:.0f} m"
            f"; {shift.found.astray:.0%} → {shift.mended.astray:.0%}"
        )
        notes.append(
            {"note": note, "where": shift.layer, "column": shift.system, "count": shift.points,
             "example": seen}
        )  # fmt: skip
        if flipped is not None:
            rules = flipped.get(shift.layer, [])
            notes.append(
                {"note": "shift-flips", "where": shift.layer, "column": shift.system,
                 "count": len(rules), "example": ", ".join(rules) or "–"}
            )  # fmt: skip
    return notes
