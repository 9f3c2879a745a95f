"""From coordinates as they are declared to the scenario's metric CRS, or the reason why not.

A coordinate system is declared by the scenario or carried by the file, never guessed: the shift
of a Chinese web map (some 500 m) is larger than the distances that rules test.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from siting.errors import DataError, problem
from siting.layers.axes import centres, inside, turned, with_declared_zone
from siting.layers.faults import fault_in_rows
from siting.layers.shifted import wgs84_from
from siting.layers.values import narrow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.model import Notes

    Numbers = NDArray[np.float64]
    Shapes = NDArray[np.object_]

WGS84 = "EPSG:4326"
SHIFTED = ("GCJ-02", "BD-09")

_DMS = re.compile(
    r"^[ensw东西南北经纬]*\s*(-?\d{1,3})\s*[°度:]\s*(\d{1,2})\s*['′分:]\s*(\d{1,2}(?:\.\d+)?)\s*"
    r"(?:\"|″|''|′′|秒)?\s*[ensw东西南北经纬]*$"
)
_DEGREES = re.compile(r"^[ensw东西南北经纬]*\s*(-?\d+(?:\.\d+)?)\s*[°度]?\s*[ensw东西南北经纬]*$")


@cache
def _names() -> tuple[dict[str, str], list[str]]:
    text = files("siting.layers").joinpath("crs_names.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    aliases = {narrow(word): key for key, words in data["aliases"].items() for word in words}
    return aliases | {narrow(key): key for key in data["aliases"]}, data["refused"]["words"]


@cache
def between(source: str, target: str) -> Transformer:
    """Return the transformation from one CRS to another, x before y; making one is slow."""
    return Transformer.from_crs(source, target, always_xy=True)


def known_crs(declared: str, *, where: str) -> str:
    """Return a declared CRS under its usual name: an EPSG code, a WKT, ``GCJ-02`` or ``BD-09``.

    Raises
    ------
    DataError
        If there is no such system, or it cannot be converted without parameters that are not
        public (Beijing 1954, Xi'an 1980, city and local systems).
    """
    aliases, refused = _names()
    text = narrow(declared)
    if text in aliases:
        return aliases[text]
    name = f"EPSG:{text}" if text.isdigit() else declared.strip()
    try:
        crs = CRS.from_user_input(name)
    except CRSError as error:
        key = "crs-refused" if any(word in text for word in refused) else "crs-unknown"
        raise DataError(problem(key, where, crs=declared)) from error
    geodetic = crs.geodetic_crs
    described = f"{crs.name} {geodetic.name if geodetic else 'local'}".casefold()
    if any(word in described for word in refused):
        raise DataError(problem("crs-refused", where, crs=crs.name))
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt()


def metric_crs(declared: str, *, where: str) -> str:
    """Return the scenario's CRS under its usual name.

    Raises
    ------
    DataError
        If it does not measure metres on the ground plane.
    """
    name = known_crs(declared, where=where)
    if name in SHIFTED or not CRS.from_user_input(name).is_projected or not _in_metres(name):
        raise DataError(problem("crs-not-metric", where, crs=declared))
    return name


def _in_metres(name: str) -> bool:
    return all(axis.unit_conversion_factor == 1 for axis in CRS.from_user_input(name).axis_info)


def scale_error(crs: str, *, x: float, y: float) -> float:
    """Return by how much `crs` stretches or shrinks a length at (`x`, `y`), as a share of it."""
    from pyproj import Proj  # noqa: PLC0415  only asked once a run

    lon, lat = between(crs, WGS84).transform(x, y)
    factors = Proj(crs).get_factors(lon, lat)
    scales = (factors.meridional_scale, factors.parallel_scale)
    return float(max(abs(scale - 1) for scale in scales))


def degrees(text: str) -> float | None:
    """Read a coordinate in decimal degrees or metres, or in degrees, minutes and seconds."""
    plain = narrow(text)
    if match := _DEGREES.match(plain):
        value = float(match[1])
    elif match := _DMS.match(plain):
        whole = abs(float(match[1])) + float(match[2]) / 60 + float(match[3]) / 3600
        value = -whole if match[1].startswith("-") else whole
    else:
        return None
    return -value if re.search(r"[sw南西]", plain) else value


def to_metric(
    shapes: Shapes,
    *,
    crs: str,
    metric: str,
    where: str,
    rows: pd.Index,
    column: str = "geometry",
    notes: Notes,
) -> Shapes:
    """Bring geometries from their CRS into the metric CRS.

    Parameters
    ----------
    shapes
        In `crs`, x before y; None where a row has no position.
    crs
        A name that `known_crs` gave.
    rows
        The row numbers that people see.
    column
        Heading of the columns that hold the coordinates, for messages.

    Returns
    -------
    numpy.ndarray
        New geometries. Exchanged axes and zone numbers are mended and noted.

    Raises
    ------
    DataError
        If positions lie outside the area for which the metric CRS is made.
    """
    base = WGS84 if crs in SHIFTED else crs
    home = _home(metric, base)
    note = "pair-order"
    if CRS.from_user_input(base).is_projected:
        note = "axes-swapped"
        shapes = with_declared_zone(
            shapes, crs=base, home=home, where=where, rows=rows, column=column, notes=notes
        )
    shapes = turned(shapes, home=home, rows=rows, note=note, notes=notes)
    _check_home(shapes, home=home, where=where, rows=rows, column=column)
    if crs in SHIFTED:
        notes.add("shifted-crs", count=len(shapes), example=crs)
    transformer = between(base, metric)

    def project(xy: Numbers) -> Numbers:
        x, y = xy[:, 0], xy[:, 1]
        if crs in SHIFTED:
            x, y = wgs84_from(crs, x, y)
        return np.column_stack(transformer.transform(x, y))

    if crs == metric:
        return shapes
    moved: Shapes = shapely.transform(shapes, project)
    return moved


def to_degrees(x: Numbers, y: Numbers, *, crs: str) -> tuple[Numbers, Numbers]:
    """Return longitude and latitude (WGS-84) of metric positions."""
    transformer = between(crs, WGS84)
    lon, lat = transformer.transform(x, y)
    return np.asarray(lon), np.asarray(lat)


@cache
def _home(metric: str, crs: str) -> tuple[float, float, float, float] | None:
    """Return the area of use of the metric CRS, as bounds in `crs`."""
    area = CRS.from_user_input(metric).area_of_use
    if area is None:
        return None
    transformer = between(WGS84, crs)
    bounds: Any = transformer.transform_bounds(*area.bounds, densify_pts=21)
    return (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3]))


def _check_home(
    shapes: Shapes,
    *,
    home: tuple[float, float, float, float] | None,
    where: str,
    rows: pd.Index,
    column: str,
) -> None:
    """Refuse positions outside the area of use."""
    if home is None:
        return
    x, y = centres(shapes)
    known = np.array([shape is not None and not shape.is_empty for shape in shapes], bool)
    outside = known & ~inside(x, y, home)
    if outside.any():
        shown = [f"{a:.6g}, {b:.6g}" for a, b in zip(x[outside], y[outside], strict=True)]
        area = f"{home[0]:.6g}–{home[2]:.6g}, {home[1]:.6g}–{home[3]:.6g}"
        cells = pd.Series(shown, index=rows[outside])
        raise DataError(
            fault_in_rows("position-outside", where, column=column, cells=cells, area=area)
        )
