"""Rasters of people: cells with counts become areas with whole people.

Population grids hold fractions of people. The whole grid is rounded at once, along a curve on
which neighbours stand together, so that no neighbourhood gains or loses more than one person.
"""

from __future__ import annotations

import re
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from siting.errors import DataError, problem
from siting.layers.raw import Raw, first_line
from siting.layers.spread import GOLDEN, along

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from siting.layers.model import Notes

    Longs = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Box = tuple[float, float, float, float]

# The one driver of each ending: GDAL goes by contents, and some only point elsewhere.
DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".img": "HFA", ".asc": "AAIGrid"}
WGS84 = "EPSG:4326"
MOST_CELLS = 50_000_000
AGE_IN_NAME = re.compile(r"_([fmt])_(\d{1,3})(?:_|$)")  # sex and first age of a WorldPop file
FINE = 2.0**40  # parts in which a band is weighed before it is rounded


class Cells(NamedTuple):
    """The cells of a raster in which anybody lives.

    `people` has one row per band and may hold fractions; `number` counts cells from 1, row by
    row; `empty` cells of the window have no data in some band.
    """

    shapes: gpd.GeoSeries
    people: Numbers
    headings: list[str]
    number: Longs
    crs: str
    empty: int


def read_raster(path: Path, *, box: Box | None, notes: Notes) -> Raw:
    """Read a raster of people as one square area per cell in which anybody lives.

    A band is headed by its description (``p0_2``, ``60岁以上``), else ``band 1`` and so on; a band
    that is the only one and has no description is headed ``pop``. Of a folder every raster is a
    band, headed by the ages that its name tells, else by its name.

    Parameters
    ----------
    box
        West, south, east, north in degrees: only cells that touch it are read.

    Raises
    ------
    DataError
        If a file is damaged, has no georeference, too many cells, or counts that are negative
        or not finite; or if the files of a folder have different cells.
    """
    cells = read_cells(path, box=box)
    notes.add("raster-nodata", count=cells.empty)
    whole = whole_people(cells.people, cells.shapes)
    notes.add("raster-rounded", count=int(whole.sum()), example=f"{cells.people.sum():.2f}")
    table = gpd.GeoDataFrame(dict(zip(cells.headings, whole, strict=True)), geometry=cells.shapes)
    return Raw(table.set_axis(pd.Index(cells.number)), cells.crs)


def read_cells(path: Path, *, box: Box | None) -> Cells:
    """Read the cells of a raster of people, fractions and all.

    Raises
    ------
    DataError
        As `read_raster`.
    """
    files = raster_files(path)
    grids = [_read_grid(file, box) for file in files]
    first = grids[0]
    for file, grid in zip(files, grids, strict=True):
        if grid.place != first.place:
            raise DataError(problem("raster-grids", file.name, other=files[0].name))
    headings, people = _bands(files, grids)
    cell = np.flatnonzero((people > 0).any(axis=0))
    if not len(cell):
        raise DataError(problem("layer-empty", path.name, layer="residents"))
    transform, crs, (left, top, width, _) = first.place
    row, column = np.divmod(cell, width)
    row, column = row + top, column + left
    corners = [
        _apply(transform, column + right, row + down)
        for right, down in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]
    return Cells(
        gpd.GeoSeries(shapely.polygons(np.stack(corners, axis=1)), crs=crs.to_wkt()),
        people[:, cell],
        headings,
        cell + 1,
        crs.to_string(),
        int(np.any([grid.unknown for grid in grids], axis=0).sum()),
    )


def raster_files(path: Path) -> list[Path]:
    """Return a raster, or those of a folder in order of their names; none if it has none."""
    inside = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file for file in inside if file.is_file() and file.suffix.lower() in DRIVERS]


class _Grid(NamedTuple):
    """One file: people of each band (bands × cells), cells that some band does not know, place."""

    people: Numbers
    unknown: NDArray[np.bool_]
    headings: list[str]
    place: tuple[tuple[float, ...], Any, tuple[int, int, int, int]]


def _read_grid(path: Path, box: Box | None) -> _Grid:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused below
            grid = rasterio.open(path, driver=DRIVERS[path.suffix.lower()])
        with grid:
            if grid.crs is None or grid.transform.is_identity:
                raise DataError(problem("raster-unplaced", path.name))
            window = _window(grid, box, where=path.name)
            counts = grid.read(window=window, masked=True).astype(np.float64)
            transform, crs = tuple(grid.transform)[:6], grid.crs
            headings = _headings(grid.descriptions)
    except (RasterioError, ValueError, OSError) as error:
        detail = first_line(error).replace(f"{path.parent}/", "")
        raise DataError(problem("file-damaged", path.name, detail=detail)) from error
    bands, height, width = counts.shape
    part = (int(window.col_off), int(window.row_off), width, height)
    people = _checked(counts, path.name).reshape(bands, -1)
    unknown = np.ma.getmaskarray(counts).any(axis=0).ravel()
    return _Grid(people, unknown, headings, (transform, crs, part))


def _bands(files: list[Path], grids: list[_Grid]) -> tuple[list[str], Numbers]:
    """Return headings and people of all bands; bands of one heading, men and women, are added."""
    people = np.concatenate([grid.people for grid in grids])
    headings = [text for grid in grids for text in grid.headings]
    if len(headings) == len(files) > 1:  # one file per band, which its name tells
        headings = _by_age([file.stem for file in files])
    order = list(dict.fromkeys(headings))
    of = np.array([order.index(text) for text in headings])
    return order, np.stack([people[of == i].sum(axis=0) for i in range(len(order))])


def _by_age(names: list[str]) -> list[str]:
    """Return the ages that file names tell as WorldPop does: each band ends where the next begins.

    ``chn_f_0_2020``, ``chn_m_1_2020``, ``chn_f_5_2020`` are 0, 1 to 4, and 5 and over. Names that
    tell no ages stay as they are.
    """
    told = [found for name in names if (found := AGE_IN_NAME.search(name))]
    ages = [int(found[2]) for found in told]
    of_both = {found[1] for found in told} > {"t"}  # totals beside women or men count twice
    if len(told) < len(names) or of_both:
        return names
    firsts = sorted(set(ages))
    lasts = {age: f"_{following - 1}" for age, following in pairwise(firsts)}
    return [f"p{age}{lasts.get(age, '')}" for age in ages]


def _apply(transform: tuple[float, ...], x: Numbers | Longs, y: Numbers | Longs) -> Numbers:
    """Return points moved by an affine transformation."""
    a, b, c, d, e, f = transform
    return np.column_stack([a * x + b * y + c, d * x + e * y + f])


def whole_people(counts: Numbers, shapes: gpd.GeoSeries) -> NDArray[np.int64]:
    """Round the counts of each band to whole people that add up to its rounded sum."""
    order = np.argsort(shapes.hilbert_distance().to_numpy(), kind="stable")
    whole = np.zeros(counts.shape, np.int64)
    for i, band in enumerate(counts):
        total = int(np.floor(band.sum() + 0.5))
        weights = np.rint(band[order] * (FINE / max(band.sum(), 1.0))).astype(np.int64)
        whole[i, order] = along(total, weights, phase=GOLDEN * (i + 1) % 1)
    return whole


def _headings(descriptions: tuple[str | None, ...]) -> list[str]:
    if len(descriptions) == 1:
        return [descriptions[0] or "pop"]
    return [text or f"band {i}" for i, text in enumerate(descriptions, 1)]


def _window(grid: Any, box: Box | None, *, where: str) -> Window:
    """Return the part of a grid that a box of degrees touches; without a box, all of it."""
    window = Window(0, 0, grid.width, grid.height)
    if box is not None:
        west, south, east, north = transform_bounds(WGS84, grid.crs, *box)
        corners = np.array([(west, south), (west, north), (east, south), (east, north)])
        cells = _apply(tuple(~grid.transform)[:6], corners[:, 0], corners[:, 1])
        size = [grid.width, grid.height]
        left, top = np.clip(np.floor(cells.min(axis=0)), 0, size)
        right, bottom = np.clip(np.ceil(cells.max(axis=0)), 0, size)
        window = Window(left, top, right - left, bottom - top)
    if window.width * window.height > MOST_CELLS:
        measured = f"{window.width:.0f} × {window.height:.0f}"
        raise DataError(problem("raster-large", where, size=measured, most=MOST_CELLS))
    return window


def _checked(counts: Any, where: str) -> Numbers:
    """Return counts with nought where there are no data; refuse what is no count."""
    mask = np.ma.getmaskarray(counts) | np.isnan(counts.data)
    people: Numbers = np.where(mask, 0, counts.data)
    for bad in (~np.isfinite(people), people < 0):
        if bad.any():
            value = people[bad][0]
            raise DataError(
                problem("raster-value", where, value=f"{value:g}", count=int(bad.sum()))
            )
    return people
