"""The tables of one run, and the notes about how their sources were read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.layers.schemas import empty, schemas

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.layers.values import Reading


def no_rows(name: str) -> pd.DataFrame:
    """Return a table without geometry (registers, lines) and without rows."""
    return pd.DataFrame(empty(schemas()[name]).drop(columns="geometry"))


@dataclass(frozen=True)
class Layers:
    """Validated tables, as docs/architecture.md describes them.

    Attributes
    ----------
    crs
        The metric CRS of every geometry.
    residents, facilities, units, streets, barriers, water, parcels
        The tables; one that the scenario does not name is present and empty.
    registers, areas, lines, stops
        What some rules alone ask for: registers and bus lines have no geometry, `areas` are by
        name.
    context
        Further layers by name, for the map only.
    notes
        What was normalised or deserves a warning: ``{"note", "where", "column", "count",
        "example"}``; the sentences stand in ``notes.toml``.
    sources
        One record per file read: ``{"layer", "path", "sha256", "rows", "crs"}``.
    """

    crs: str
    residents: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    registers: pd.DataFrame = field(default_factory=partial(no_rows, "registers"))
    areas: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    lines: pd.DataFrame = field(default_factory=partial(no_rows, "lines"))
    stops: gpd.GeoDataFrame = field(default_factory=lambda: empty(schemas()["stops"]))
    context: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)


class Notes:
    """Counts what readers change, so that nothing is mended silently.

    `cells` says how many cells and geometries were mended, `rows` in which rows.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.cells = 0
        self.rows: pd.Index[Any] = pd.Index([], dtype="int64")
        self._counts: Counter[tuple[str, str]] = Counter()
        self._examples: dict[tuple[str, str], str] = {}

    def add(
        self,
        note: str,
        *,
        column: str = "",
        count: int = 1,
        example: object = "",
        rows: pd.Index | None = None,
    ) -> None:
        """Count `count` cells, rows or layers to which `note` (a key of notes.toml) applies.

        `rows` are given where something was mended in them.
        """
        if count:
            self._counts[note, column] += count
            self._examples.setdefault((note, column), str(example))
        if rows is not None and len(rows):
            self.cells += count
            self.rows = self.rows.union(rows)

    def add_customs(self, reading: Reading, *, column: str) -> None:
        """Count the customs followed in reading a column: how many cells, the first, the rows."""
        for note, (count, example) in reading.customs.items():
            self.add(note, column=column, count=count, example=example, rows=reading.rows)

    def as_list(self) -> list[dict[str, Any]]:
        """Return the notes as plain data, in the order in which they first arose."""
        return [
            {"note": note, "where": self.where, "column": column, "count": count}
            | ({"example": example} if (example := self._examples[note, column]) else {})
            for (note, column), count in self._counts.items()
        ]
