"""Writing layers so that the same data give the same bytes."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import rasterio
from rasterio.transform import from_origin

from generator.space import DEGREES, METRES, to_degrees

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

WRITTEN_ON = "2020-11-01T00:00:00.000Z"


def write_layer(path: Path, layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Write metric tables as layers of one GeoPackage in degrees."""
    os.environ["OGR_CURRENT_DATE"] = WRITTEN_ON
    path.unlink(missing_ok=True)
    for name, table in layers.items():
        degrees = table.set_geometry(to_degrees(table.geometry.array), crs=DEGREES)
        degrees.to_file(path, layer=name, driver="GPKG", engine="pyogrio", SPATIAL_INDEX="NO")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table that Excel opens with its Chinese headings; whole numbers stay whole."""
    table.convert_dtypes().to_csv(
        path, index=False, encoding="utf-8-sig", float_format="%.7f", lineterminator="\n"
    )


def write_raster(path: Path, cells: Any, west: float, north: float, cell_m: int) -> None:
    """Write integer people per cell."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=cells.shape[0],
        width=cells.shape[1],
        count=1,
        dtype="int32",
        crs=METRES,
        transform=from_origin(west, north, cell_m, cell_m),
        compress="deflate",
    ) as raster:
        raster.write(cells, 1)


def write_checksums(path: Path, files: list[Path]) -> None:
    """Write the SHA-256 of every file, sorted by name."""
    lines = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in sorted(files)]
    path.write_text("".join(lines), encoding="utf-8")
