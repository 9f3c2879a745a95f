"""From a raw source to a table of a schema: columns found, cells read, geometry placed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.errors import DataError, Problem, problem, raise_all
from siting.layers.columns import PLACE_KEYS, Mapping, map_columns, plain
from siting.layers.coordinates import to_metric
from siting.layers.faults import fault_in_rows
from siting.layers.joining import PARCEL, areas_by_code, parcels_by_code
from siting.layers.people import check_stated_sums, with_people
from siting.layers.positions import coordinate_headings, crs_of, has_coordinates, points_of
from siting.layers.schemas import Schema, count_column
from siting.layers.values import read_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.model import Notes
    from siting.layers.raw import Raw
    from siting.scenario.model import LayerSpec

    Shapes = NDArray[np.object_]

SHOWN = 12  # headings


@dataclass(frozen=True)
class Source:
    """What reading needs to know: the schema, the scenario's block, the file's name, the CRS.

    `units` and `parcels` are those to which rows without coordinates may be joined. Where
    `placeless`, rows need no position at all.
    """

    schema: Schema
    spec: LayerSpec
    where: str
    metric: str
    notes: Notes
    units: gpd.GeoDataFrame | None = None
    parcels: gpd.GeoDataFrame | None = None
    placeless: bool = False


class Placed(NamedTuple):
    """A source as a typed table in the metric CRS, indexed by its row numbers.

    `crs` is the one in which its coordinates were declared (empty: it has none), `headings` what
    the source calls each column, `seen` all headings of the source.
    """

    table: gpd.GeoDataFrame
    crs: str
    headings: dict[str, str]
    seen: list[str]


def table_of(raw: Raw, source: Source) -> Placed:
    """Read a raw source into a typed table in the metric CRS.

    Raises
    ------
    DataError
        With every problem of columns and cells; then, if there is none, of coordinates.
    """
    if raw.table.empty:
        raise DataError(problem("layer-empty", source.where, layer=source.schema.name))
    headings = [str(c) for c in raw.table.columns if c != _geometry_name(raw.table)]
    mapping, problems = map_columns(
        headings, schema=source.schema, fields=source.spec.fields, where=source.where
    )
    stated = {k: v for k in ("kind", "level") if (v := getattr(source.spec, k)) is not None}
    _note_mapping(mapping, headings, source, stated=set(stated))
    columns: dict[str, pd.Series] = {}
    for key, heading in mapping.columns.items():
        if key not in PLACE_KEYS and key not in stated:
            values, faults = _column(raw.table[heading], key, mapping, source)
            columns[key] = values
            problems += faults
    raise_all(problems, DataError)
    for key, value in stated.items():
        columns[key] = pd.Series(value, index=raw.table.index, dtype="str")
    if source.schema.name == "residents":
        columns = _with_people(columns, raw, mapping, source)
    crs, geometry, known = _geometry(raw, mapping, source, columns)
    if known and "position" in source.schema.columns:
        said = columns.get("position", pd.Series(None, index=raw.table.index, dtype="str"))
        columns["position"] = said.fillna(known)
    table = gpd.GeoDataFrame(columns, index=raw.table.index, geometry=geometry, crs=source.metric)
    return Placed(_of_shape(table, source), crs, mapping.columns, headings)


def _with_people(
    columns: dict[str, pd.Series], raw: Raw, mapping: Mapping, source: Source
) -> dict[str, pd.Series]:
    counted = {key: source.schema.columns.get(key) or count_column(key) for key in columns}
    check_stated_sums(columns, raw.totals, mapping, counted, where=source.where)
    return with_people(
        columns,
        spec=source.spec,
        headings=mapping.columns,
        where=source.where,
        notes=source.notes,
    )


def _geometry_name(table: pd.DataFrame) -> str | None:
    return str(table.geometry.name) if isinstance(table, gpd.GeoDataFrame) else None


def _own_names(key: str, schema: Schema) -> list[str]:
    column = schema.columns.get(key)
    return [plain(key), plain(column.text.zh)] if column else [plain(key)]


def _note_mapping(
    mapping: Mapping, headings: list[str], source: Source, *, stated: set[str]
) -> None:
    """Note headings that are synonyms, and those not used; the schema's own names need no note.

    Columns that the scenario states for all rows are not used.
    """
    notes = source.notes
    used = {key: heading for key, heading in mapping.columns.items() if key not in stated}
    for key, heading in used.items():
        if key not in PLACE_KEYS and plain(heading) not in _own_names(key, source.schema):
            notes.add("column-mapped", column=key, example=heading)
    for key, others in mapping.passed_over.items():
        notes.add("column-preferred", column=key, example=", ".join(others))
    for key in mapping.factors:
        notes.add("unit-converted", column=key, example=mapping.columns[key])
    told = {*used.values(), *chain.from_iterable(mapping.passed_over.values())}
    unused = [heading for heading in headings if heading not in told]
    more = " …" if len(unused) > SHOWN else ""
    notes.add("column-unused", count=len(unused), example=", ".join(unused[:SHOWN]) + more)


def _column(
    cells: pd.Series, key: str, mapping: Mapping, source: Source
) -> tuple[pd.Series, list[Problem]]:
    """Read one column; ages and totals that the schema lacks are whole numbers too."""
    column = source.schema.columns.get(key) or count_column(key)
    reading = read_column(cells, column=column, factor=mapping.factors.get(key, 1.0))
    source.notes.add_customs(reading, column=key)
    faults = [
        fault_in_rows(fault, source.where, column=mapping.columns[key], cells=bad,
                      allowed=", ".join(column.choices))
        for fault, bad in reading.faults.items()
    ]  # fmt: skip
    return reading.cells, faults


def _geometry(
    raw: Raw, mapping: Mapping, source: Source, columns: dict[str, pd.Series]
) -> tuple[str, Shapes, str | None]:
    """Return the declared CRS, the geometries in the metric CRS, and how well they are known.

    A table without coordinates may name parcels, else units, on which its rows lie.
    """
    spatial = isinstance(raw.table, gpd.GeoDataFrame)
    if not spatial and not has_coordinates(mapping):
        joined = _by_code(raw, mapping, source, columns)
        if joined is not None:
            return "", *joined
    if spatial:
        drawn = np.asarray(cast("gpd.GeoDataFrame", raw.table).geometry.array)
        source.notes.add("geometry-flat", count=int(shapely.has_z(drawn).sum()))
        shapes = shapely.force_2d(drawn)
    else:
        shapes = points_of(raw.table, mapping, where=source.where, notes=source.notes)
    crs = crs_of(raw, mapping, declared=source.spec.crs, where=source.where, notes=source.notes)
    moved = to_metric(
        shapes,
        crs=crs,
        metric=source.metric,
        where=source.where,
        rows=raw.table.index,
        column=", ".join(coordinate_headings(mapping)) or "geometry",
        notes=source.notes,
    )
    return crs, moved, None


def _by_code(
    raw: Raw, mapping: Mapping, source: Source, columns: dict[str, pd.Series]
) -> tuple[Shapes, str | None] | None:
    """Return the parcel or unit that each row names; none at all for a place without geometry."""
    where, notes = source.where, source.notes
    if source.placeless or source.schema.geometry == "none":
        return np.full(len(raw.table), None, dtype=object), None
    if PARCEL in mapping.columns and source.parcels is not None:
        _stop_if_lost(source.parcels)
        cells = raw.table[mapping.columns[PARCEL]].astype("str")
        return parcels_by_code(cells, source.parcels, where=where, notes=notes), "approximate"
    if {"community", "street"} & set(columns) and source.units is not None:
        _stop_if_lost(source.units)
        shapes = areas_by_code(
            columns, source.units, headings=mapping.columns, where=where, notes=notes,
            counted=source.schema.name == "residents",
        )  # fmt: skip
        return shapes, "schematic"
    return None


def _stop_if_lost(areas: gpd.GeoDataFrame) -> None:
    """Stop without a word if the areas to be joined to could not be read: theirs is the fault."""
    if areas.empty:
        raise DataError([])


def _of_shape(table: gpd.GeoDataFrame, source: Source) -> gpd.GeoDataFrame:
    """Bring geometries to the shape of the schema: mended, single lines, points within areas."""
    shapes = np.asarray(table.geometry.array)
    broken = ~(shapely.is_valid(shapes) | shapely.is_missing(shapes))
    if broken.any():
        rows = table.index[broken]
        source.notes.add("geometry-mended", count=len(rows), rows=rows)
        shapes = np.where(broken, shapely.make_valid(shapes), shapes)
    wanted = source.schema.geometry
    # areas of residents are divided when the units are known
    if source.schema.name == "residents" or wanted == "none":
        return cast("gpd.GeoDataFrame", table.set_geometry(shapes, crs=table.crs))
    if wanted == "point":
        areas = ~shapely.is_missing(shapes) & (shapely.get_type_id(shapes) != 0)
        if areas.any():
            source.notes.add("geometry-reduced", count=int(areas.sum()))
            shapes = np.where(areas, shapely.point_on_surface(shapes), shapes)
        return cast("gpd.GeoDataFrame", table.set_geometry(shapes, crs=table.crs))
    gone = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if source.placeless and gone.all():
        return table
    source.notes.add("geometry-missing", count=int(gone.sum()))
    table = table.set_geometry(shapes, crs=table.crs)[~gone]
    if wanted == "line":
        parts = table.explode()
        source.notes.add("geometry-parts", count=len(parts) - len(table))
        table = parts
    return cast("gpd.GeoDataFrame", table)


def note_defaults(table: gpd.GeoDataFrame, source: Source) -> None:
    """Note the cells that a source leaves empty and that the schema's defaults will fill."""
    for column in source.schema.columns.values():
        if column.default is not None:
            empty = table[column.key].isna().sum() if column.key in table else len(table)
            example = str(column.default).lower()
            source.notes.add("default", column=column.key, count=int(empty), example=example)


def clip_to(
    table: gpd.GeoDataFrame, box: tuple[float, float, float, float], *, notes: Notes
) -> gpd.GeoDataFrame:
    """Keep the rows of which some part lies in a box of degrees, and note how many do not."""
    frame = gpd.GeoSeries([shapely.box(*box)], crs="EPSG:4326").segmentize(0.01).to_crs(table.crs)
    inside = table.intersects(frame.iloc[0])
    notes.add("clipped", count=int((~inside).sum()))
    return cast("gpd.GeoDataFrame", table[inside])


def with_ids(table: gpd.GeoDataFrame, source: Source) -> gpd.GeoDataFrame:
    """Give rows without an identifier a number, in an order that is not the file's."""
    key = source.schema.key
    if key is None or (key in table and table[key].notna().all()) or source.schema.name == "units":
        return table
    shape = table.geometry.representative_point()
    name = table["name"].fillna("") if "name" in table else pd.Series("", index=table.index)
    order = np.lexsort([shape.y.fillna(0), shape.x.fillna(0), name.astype(str)])
    stem = source.where.partition(".")[0]
    made = pd.Series(
        [f"{stem}-{n:05d}" for n in range(1, len(table) + 1)], index=table.index[order]
    ).reindex(table.index)
    ids = table[key].fillna(made) if key in table else made
    source.notes.add(
        "id-made", count=len(table) if key not in table else int(table[key].isna().sum())
    )
    return cast("gpd.GeoDataFrame", table.assign(**{key: ids.astype("str")}))
