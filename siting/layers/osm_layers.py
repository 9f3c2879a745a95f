"""Layers of OpenStreetMap extracts; each file is read once and shared between layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from siting.errors import DataError, problem
from siting.layers import osm_streets, osm_tables, osm_water
from siting.layers.osm import Extract, ExtractFile
from siting.layers.spread import people_by_column, people_in_homes

if TYPE_CHECKING:
    from pathlib import Path

    from siting.layers.tables import Source


def osm_layer(extract: Extract, name: str, *, kind: str | None, where: str) -> gpd.GeoDataFrame:
    """Return one layer of an extract, in degrees.

    Parameters
    ----------
    kind
        The only kind of facilities that is wanted, or None for all.

    Raises
    ------
    DataError
        If OpenStreetMap has no such layer.
    """
    if name == "streets":
        return osm_streets.walking_streets(extract)
    if name == "water":
        return osm_water.water(extract)
    if name == "barriers":
        return osm_tables.barriers(extract)
    if name == "facilities":
        return osm_tables.facilities(extract, kind=kind)
    if name == "buildings":
        both = [osm_tables.homes(extract), osm_tables.plain_buildings(extract)]
        return gpd.GeoDataFrame(pd.concat(both, ignore_index=True))
    raise DataError(problem("osm-layer", where, layer=name))


@dataclass
class OsmFiles:
    """The extracts of one run."""

    _extracts: dict[tuple[Path, Any], ExtractFile] = field(default_factory=dict)

    def layer(self, path: Path, source: Source) -> gpd.GeoDataFrame:
        """Return one layer of a file, in the metric CRS of `source`.

        Raises
        ------
        DataError
            If the file is damaged or has no such layer; for residents, if no total with shares of
            ages is stated.
        """
        box = source.spec.bbox
        extract = self._extracts.setdefault((path, box), ExtractFile(path, box))
        name = source.schema.name
        if name == "residents":
            return people_of(extract, source)
        return osm_layer(extract, name, kind=source.spec.kind, where=source.where).to_crs(
            source.metric
        )


def people_of(extract: Extract, source: Source) -> gpd.GeoDataFrame:
    """Spread the stated total over residential buildings; where there are none, over plain ones.

    Raises
    ------
    DataError
        If no total with shares of ages is stated, or there are no buildings.
    """
    spec, where = source.spec, source.spec.where or source.where
    if spec.total is None or spec.shares is None:
        raise DataError(problem("osm-residents", where))
    people = people_by_column(spec.total, spec.shares, where=where)
    homes = osm_tables.homes(extract)
    if homes.empty:
        homes = osm_tables.plain_buildings(extract)
    if homes.empty:
        raise DataError(problem("layer-empty", source.where, layer="residents"))
    return people_in_homes(homes.to_crs(source.metric), people=people, notes=source.notes)
