"""Layers fetched from OpenStreetMap by osmnx, once, into the files that scenarios then read.

Nothing else in the project touches the network: a run reads the file, and whoever has it needs no
network to repeat the run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from siting.errors import DataError, problem
from siting.layers.osm import Found, Objects, area_tags, first_tags, gate_tags, line_tags, meanings
from siting.layers.osm import plain_tags as plain
from siting.layers.osm_layers import osm_layer
from siting.layers.raw import first_line
from siting.layers.sources import file_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import geopandas as gpd

    from siting.layers.osm import Box
    from siting.scenario.model import Download, LayerSpec

    Tags = dict[str, bool | str | list[str]]

WRITTEN = (".gpkg", ".geojson", ".fgb")
LETTERS = {"node": "n", "way": "w", "relation": "r"}


def wanted(layers: Mapping[str, Any]) -> Iterator[tuple[str, LayerSpec]]:
    """Yield the blocks of a scenario's layers that ask for a download, with their tables."""
    for name, block in layers.items():
        several = isinstance(block, list)
        for spec in block if several else block.values() if isinstance(block, dict) else [block]:
            if spec.download is not None:
                yield name, spec
            if spec.over is not None and spec.over.download is not None:
                yield "buildings", spec.over


def download_layer(name: str, spec: LayerSpec, *, base: Path) -> Path:
    """Fetch one layer and write it to the path of its block; an older file is replaced.

    Parameters
    ----------
    name
        The table: ``streets``, ``facilities``, ``buildings``, ``water`` or ``barriers``.
    base
        The place's folder, to which the path is relative.

    Raises
    ------
    DataError
        If the block names no file that can be written, the table does not come from
        OpenStreetMap, or the server cannot be reached or has nothing.
    """
    where = file_name(spec) or spec.where
    path = base / spec.path
    if path.suffix not in WRITTEN or spec.download is None:
        raise DataError(problem("download-path", where, endings=", ".join(WRITTEN)))
    tags = tags_of(name, where=where)
    found = extract_of(_features(spec.download, tags, where=where), box=spec.download.bbox)
    table = osm_layer(found, name, kind=spec.kind, where=where)
    if table.empty:
        raise DataError(problem("layer-empty", where, layer=name))
    part = path.with_name(f"part-{path.name}")
    table.to_file(part)
    part.replace(path)
    return path


def tags_of(name: str, *, where: str) -> Tags:
    """Return the tags to ask for, by key, for one table.

    Raises
    ------
    DataError
        If the table does not come from OpenStreetMap.
    """
    table = meanings()
    pairs = {
        "streets": [*(pair for pair in line_tags() if pair[0] == "highway"), *gate_tags()],
        "facilities": first_tags(table["facility"]),
        "buildings": [*(pair for pair in area_tags() if pair[0] == "building"), *plain()],
        "water": [("natural", value) for values in table["water"].values() for value in values],
        "barriers": first_tags(table["barrier"]),
    }
    if name not in pairs:
        raise DataError(problem("osm-layer", where, layer=name))
    keys = dict.fromkeys(key for key, _ in pairs[name])
    return {key: [value for other, value in pairs[name] if other == key] for key in keys}


def _features(download: Download, tags: Tags, *, where: str) -> gpd.GeoDataFrame:
    import osmnx  # noqa: PLC0415  slow to load, and only a download needs it

    osmnx.settings.use_cache = False  # the file that is written is the cache
    try:
        if download.bbox is not None:
            return osmnx.features_from_bbox(download.bbox, tags)
        return osmnx.features_from_place(str(download.place), tags)
    except (OSError, ValueError) as error:  # no connection, no answer, nothing found
        detail = first_line(error)[:200]
        raise DataError(problem("download-refused", where, detail=detail)) from error


def extract_of(features: gpd.GeoDataFrame, *, box: Box | None) -> Found:
    """Sort the features of osmnx into points, lines and areas with their tags.

    Parameters
    ----------
    features
        Indexed by kind of element and number, one column per tag.
    box
        Where lines and areas are to be cut.
    """
    found = Found(box)
    shapes = features.geometry.to_numpy()
    by_type = {0: found.points, 1: found.lines, 3: found.areas, 6: found.areas}
    columns = features.drop(columns=features.geometry.name)
    rows = columns.astype(object).where(columns.notna(), None).to_dict("records")
    for (kind, number), shape, row in zip(features.index, shapes, rows, strict=True):
        objects: Objects | None = by_type.get(int(shapely.get_type_id(shape)))
        if objects is not None:
            tags = {key: str(value) for key, value in row.items() if not pd.isna(value)}
            objects.add(f"{LETTERS[kind]}{number}", shapely.to_wkb(shape, hex=True), tags)
    # closed gates are points, and buildings of unknown use areas, told apart by their tags
    return replace(found, gates=found.points, plain=found.areas)
