"""A source as it stands, before anything is known of what its cells mean."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd


@dataclass(frozen=True)
class Raw:
    """A source as it stands.

    `table` has the headings of the source; its index holds row numbers (spreadsheet rows, or
    features counted from 1). It is a GeoDataFrame if the source has geometries. `crs` is what
    the file carries, if anything. `totals` are the rows in which a sheet sums up all of itself.
    """

    table: pd.DataFrame
    crs: str | None
    totals: pd.DataFrame | None = None


def numbered(table: pd.DataFrame) -> Raw:
    """Return the features of a table counted from 1, with its CRS."""
    crs = table.crs.to_string() if isinstance(table, gpd.GeoDataFrame) and table.crs else None
    return Raw(table.set_axis(pd.RangeIndex(1, len(table) + 1)), crs)


def first_line(error: Exception) -> str:
    """Return what an error of another library says, without its details."""
    return (str(error) or type(error).__name__).splitlines()[0]
