"""Layers that some rules alone ask for: registers, named areas, bus lines and their stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from siting.layers.schemas import finish, schemas
from siting.layers.sources import file_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from siting.layers.reader import Reader
    from siting.scenario.model import LayerSpec


def read_extras(
    reader: Reader,
    specs: Mapping[str, Any],
    *,
    units: gpd.GeoDataFrame,
    known: dict[str, gpd.GeoDataFrame],
) -> dict[str, Any]:
    """Read the tables `registers`, `areas`, `lines` and `stops` of `Layers`.

    Parameters
    ----------
    reader
        Keeps the problems of every layer for the end.
    specs
        Blocks of the scenario by the name of their table; `areas` is a mapping.
    units
        Those to which areas are assigned.
    known
        Units and parcels on which areas without coordinates of their own may lie.
    """
    one = cast("Mapping[str, LayerSpec]", specs)
    named = cast("Mapping[str, LayerSpec]", specs.get("areas") or {})
    stops = reader.layer("stops", one.get("stops")).sort_values(["line", "order"])
    return {
        "registers": _rows(reader.layer("registers", one.get("registers")), "registers"),
        "lines": _rows(reader.layer("lines", one.get("lines")), "lines"),
        "stops": finish(stops, schema=schemas()["stops"], where="stops"),
        "areas": {name: _areas(reader, spec, units, known) for name, spec in named.items()},
    }


def _rows(table: gpd.GeoDataFrame, name: str) -> pd.DataFrame:
    """Return a finished table without the geometry that it does not have."""
    done = finish(table, schema=schemas()[name], where=name)
    return pd.DataFrame(done.drop(columns="geometry"))


def _areas(
    reader: Reader,
    spec: LayerSpec,
    units: gpd.GeoDataFrame,
    known: dict[str, gpd.GeoDataFrame],
) -> gpd.GeoDataFrame:
    where = file_name(spec)
    table = reader.assigned(reader.layer("areas", spec, **known), units, where=where)
    measured = table.assign(area_m2=table["area_m2"].fillna(table.area))
    return finish(measured, schema=schemas()["areas"], where=where)
