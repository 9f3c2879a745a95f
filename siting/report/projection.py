"""The scenario's metric CRS as polynomials, so that the page can convert positions by itself.

Positions in the page are whole millimetres from an origin. Longitude and latitude follow from
them, and back, by two bivariate polynomials fitted to PROJ over the area: exact to a fraction of
a millimetre, so that a position exported from the page falls on the same millimetre in Python.
A district needs a low degree, a country a higher one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import Transformer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DEGREES = (5, 7, 9, 11, 13, 15)
TOLERANCE_MM = 0.05
_NODES = 21  # along each axis: more than the highest degree needs


@dataclass(frozen=True)
class Fit:
    """A polynomial from one plane to another: centre and half width per axis, coefficients."""

    degree: int
    centre: tuple[float, float]
    half: tuple[float, float]
    coefficients: Floats

    def __call__(self, a: Floats, b: Floats) -> tuple[Floats, Floats]:
        """Return the image of the points (a, b)."""
        u, v = (a - self.centre[0]) / self.half[0], (b - self.centre[1]) / self.half[1]
        terms = _terms(u, v, self.degree)
        first, second = self.coefficients.T
        return terms @ first, terms @ second

    def as_dict(self) -> dict[str, Any]:
        """Return the polynomial as plain data for the page."""
        return {
            "centre": list(self.centre),
            "half": list(self.half),
            "degree": self.degree,
            "coefficients": self.coefficients.T.tolist(),
        }


@dataclass(frozen=True)
class LocalPlane:
    """Millimetres from `origin_mm` ↔ longitude and latitude (EPSG:4326)."""

    crs: str
    origin_mm: tuple[int, int]
    to_lonlat: Fit
    from_lonlat: Fit

    def as_dict(self) -> dict[str, Any]:
        """Return both polynomials as plain data for the page."""
        return {
            "crs": self.crs,
            "origin_mm": list(self.origin_mm),
            "to_lonlat": self.to_lonlat.as_dict(),
            "from_lonlat": self.from_lonlat.as_dict(),
        }


def _terms(u: Floats, v: Floats, degree: int) -> Floats:
    """Return u^i v^j for i + j ≤ degree, in the order that the page uses as well."""
    return np.stack(
        [u**i * v**j for i in range(degree + 1) for j in range(degree + 1 - i)], axis=-1
    )


def _fit(a: Floats, b: Floats, image: Floats, degree: int) -> Fit:
    centre = ((a.max() + a.min()) / 2, (b.max() + b.min()) / 2)
    half = ((a.max() - a.min()) / 2, (b.max() - b.min()) / 2)
    terms = _terms((a - centre[0]) / half[0], (b - centre[1]) / half[1], degree)
    solution = np.asarray(np.linalg.lstsq(terms, image, rcond=None)[0], np.float64)
    width = (float(half[0]), float(half[1]))
    return Fit(degree, (float(centre[0]), float(centre[1])), width, solution)


def local_plane(crs: str, *, bounds_mm: tuple[int, int, int, int]) -> LocalPlane:
    """Fit the plane over ``(x0, y0, x1, y1)``, widened by a tenth; refuse an inexact fit.

    The lowest of `DEGREES` whose polynomials err by at most `TOLERANCE_MM` is taken.

    Raises
    ------
    ValueError
        If the area is so large (beyond a thousand kilometres or more) that none does.
    """
    x0, y0, x1, y1 = bounds_mm
    pad = max(x1 - x0, y1 - y0, 1_000_000) // 10
    # Chebyshev nodes keep the error even up to the rim.
    nodes = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    x = (x1 - x0) / 2 + ((x1 - x0) / 2 + pad) * nodes
    y = (y1 - y0) / 2 + ((y1 - y0) / 2 + pad) * nodes
    local_x, local_y = (grid.ravel() for grid in np.meshgrid(x, y))
    transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform((local_x + x0) / 1000, (local_y + y0) / 1000)
    for degree in DEGREES:
        there = _fit(local_x, local_y, np.column_stack([lon, lat]), degree)
        back = _fit(lon, lat, np.column_stack([local_x, local_y]), degree)
        again_x, again_y = back(*there(local_x, local_y))
        error = max(np.abs(again_x - local_x).max(), np.abs(again_y - local_y).max())
        if error <= TOLERANCE_MM:
            return LocalPlane(crs, (x0, y0), there, back)
    raise ValueError(f"{crs}: the page's projection errs by {error:.2f} mm")
