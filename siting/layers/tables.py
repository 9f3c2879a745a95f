"""From a raw source to a table of a schema: columns found, cells read, geometry placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.errors import DataError, Problem, problem, raise_all
from siting.layers.columns import PLACE_KEYS, Mapping, map_columns, plain
from siting.layers.coordinates import degrees, known_crs, to_metric
from siting.layers.faults import fault_in_rows
from siting.layers.joining import areas_by_code, check_stated_sums, with_people
from siting.layers.schemas import Column, Schema
from siting.layers.values import is_missing, read_column
from siting.words import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.model import Notes
    from siting.layers.raw import Raw
    from siting.scenario.model import LayerSpec

    Shapes = NDArray[np.object_]

HOLDERS = {"GCJ02": "GCJ-02", "GCJ-02": "GCJ-02", "BD09": "BD-09", "BD-09": "BD-09"}


@dataclass(frozen=True)
class Source:
    """What reading needs to know: the schema, the scenario's block, the file's name, the CRS.

    `units` are those to which residents without coordinates may be joined, if there are any.
    """

    schema: Schema
    spec: LayerSpec
    where: str
    metric: str
    notes: Notes
    units: gpd.GeoDataFrame | None = None


def table_of(raw: Raw, source: Source) -> tuple[gpd.GeoDataFrame, str]:
    """Read a raw source into a typed table in the metric CRS, indexed by its row numbers.

    Returns the table, and the CRS in which its coordinates were declared.

    Raises
    ------
    DataError
        With every problem of columns and cells; then, if there is none, of coordinates.
    """
    if raw.table.empty:
        raise DataError(problem("layer-empty", source.where, layer=source.schema.name))
    headings = [c for c in raw.table.columns if c != _geometry_name(raw.table)]
    mapping, problems = map_columns(
        headings, schema=source.schema, fields=source.spec.fields, where=source.where
    )
    _note_mapping(mapping, source.schema, source.notes)
    columns: dict[str, pd.Series] = {}
    for key, heading in mapping.columns.items():
        if key not in PLACE_KEYS and not (key == "kind" and source.spec.kind):
            values, faults = _column(raw.table[heading], key, mapping, source)
            columns[key] = values
            problems += faults
    raise_all(problems, DataError)
    if source.spec.kind:
        columns["kind"] = pd.Series(source.spec.kind, index=raw.table.index, dtype="str")
    if source.schema.name == "residents":
        columns = _with_people(columns, raw, mapping, source)
    crs, geometry = _geometry(raw, mapping, source, columns)
    table = gpd.GeoDataFrame(columns, index=raw.table.index, geometry=geometry, crs=source.metric)
    return _of_shape(table, source), crs


def _with_people(
    columns: dict[str, pd.Series], raw: Raw, mapping: Mapping, source: Source
) -> dict[str, pd.Series]:
    counted = {key: source.schema.columns.get(key) or _count(key) for key in columns}
    check_stated_sums(columns, raw.totals, mapping, counted, where=source.where)
    spec = source.spec
    return with_people(
        columns, shares=spec.shares, total=spec.total, where=source.where, notes=source.notes
    )


def _count(key: str) -> Column:
    """Return the column of an age band or total that the schema lacks."""
    return Column(key, "whole", Text(zh=key, en=key))


def _geometry_name(table: pd.DataFrame) -> str | None:
    return str(table.geometry.name) if isinstance(table, gpd.GeoDataFrame) else None


def _own_names(key: str, schema: Schema) -> list[str]:
    column = schema.columns.get(key)
    return [plain(key), plain(column.text.zh)] if column else [plain(key)]


def _note_mapping(mapping: Mapping, schema: Schema, notes: Notes) -> None:
    """Note headings that are synonyms; the schema's own names need no note."""
    for key, heading in mapping.columns.items():
        if key not in PLACE_KEYS and plain(heading) not in _own_names(key, schema):
            notes.add("column-mapped", column=key, example=heading)
    for key, others in mapping.passed_over.items():
        notes.add("column-preferred", column=key, example=", ".join(others))
    for key in mapping.factors:
        notes.add("unit-converted", column=key, example=mapping.columns[key])


def _column(
    cells: pd.Series, key: str, mapping: Mapping, source: Source
) -> tuple[pd.Series, list[Problem]]:
    """Read one column; ages and totals that the schema lacks are whole numbers too."""
    column = source.schema.columns.get(key) or _count(key)
    reading = read_column(cells, column=column, factor=mapping.factors.get(key, 1.0))
    for custom, (count, example) in reading.customs.items():
        source.notes.add(custom, column=key, count=count, example=example)
    faults = [
        fault_in_rows(fault, source.where, column=mapping.columns[key], cells=bad,
                      allowed=", ".join(column.choices))
        for fault, bad in reading.faults.items()
    ]  # fmt: skip
    return reading.cells, faults


def _geometry(
    raw: Raw, mapping: Mapping, source: Source, columns: dict[str, pd.Series]
) -> tuple[str, Shapes]:
    """Return the declared CRS, and the geometries in the metric CRS."""
    if source.units is not None and _unplaced(raw, mapping, columns):
        areas = areas_by_code(columns, source.units, where=source.where, notes=source.notes)
        return source.metric, areas
    if isinstance(raw.table, gpd.GeoDataFrame):
        shapes = shapely.force_2d(np.asarray(raw.table.geometry.array))
    else:
        shapes = _points(raw.table, mapping, source)
    crs = _crs(raw, mapping, source)
    return crs, to_metric(
        shapes, crs=crs, metric=source.metric, where=source.where, rows=raw.table.index,
        notes=source.notes,
    )  # fmt: skip


def _unplaced(raw: Raw, mapping: Mapping, columns: dict[str, pd.Series]) -> bool:
    """Tell whether a table says where its rows lie by naming their units alone."""
    placed = {"lon", "lat", "coordinates"} & set(mapping.columns)
    named = {"community", "street"} & set(columns)
    return not isinstance(raw.table, gpd.GeoDataFrame) and not placed and bool(named)


def _points(table: pd.DataFrame, mapping: Mapping, source: Source) -> Shapes:
    """Read positions from two columns, or from one with both numbers."""
    found = mapping.columns
    if "lon" in found and "lat" in found:
        texts = table[found["lon"]].astype(str), table[found["lat"]].astype(str)
        headings = (found["lon"], found["lat"])
    elif "coordinates" in found:
        pairs = table[found["coordinates"]].astype(str).str.split(r"[,，;\s]+", n=1, expand=True)
        pairs = pairs.reindex(columns=[0, 1]).fillna("")
        texts, headings = (pairs[0], pairs[1]), (found["coordinates"],) * 2
    else:
        seen = ", ".join(map(str, table.columns))
        raise DataError(problem("position-columns", source.where, seen=seen))
    one = headings[0] == headings[1]
    problems: list[Problem] = []
    numbers = []
    for text, heading in zip(texts, headings, strict=True):
        empty = text.map(is_missing)
        value = text.where(~empty).map(degrees, na_action="ignore").astype("float64")
        bad = text[value.isna() & ~empty]
        dms = text[value.notna() & ~text.str.fullmatch(r"\s*-?\d+(\.\d*)?\s*")]
        if len(bad) and not (one and problems):
            shown = table[heading].astype(str)[bad.index]
            problems.append(
                fault_in_rows("cell-not-a-coordinate", source.where, column=heading, cells=shown)
            )
        if len(dms):
            source.notes.add("dms", column=heading, count=len(dms), example=dms.iloc[0])
        numbers.append(np.asarray(value, np.float64))
    half = np.isnan(numbers[0]) != np.isnan(numbers[1])
    if half.any() and not problems:
        named = ", ".join(dict.fromkeys(headings))
        cells = (texts[0] + ", " + texts[1])[half].str.strip(" ,")
        problems.append(fault_in_rows("position-half", source.where, column=named, cells=cells))
    raise_all(problems, DataError)
    x, y = numbers
    if "coordinates" in found and "lon" not in found:
        x, y = _longitude_first(x, y, notes=source.notes)
    missing = np.isnan(x)
    source.notes.add("position-missing", count=int(missing.sum()))
    points: Shapes = shapely.points(np.nan_to_num(x), np.nan_to_num(y))
    points[missing] = None
    return points


def _longitude_first(
    x: NDArray[np.float64], y: NDArray[np.float64], *, notes: Notes
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Order a pair that one cell holds: within China a longitude exceeds every latitude."""
    turned = (np.abs(x) < 54) & (y >= 73) & (y <= 136)  # noqa: PLR2004  the country's extent
    if turned.any():
        example = f"{x[turned][0]},{y[turned][0]}"
        notes.add("pair-order", count=int(turned.sum()), example=example)
    return np.where(turned, y, x), np.where(turned, x, y)


def _crs(raw: Raw, mapping: Mapping, source: Source) -> str:
    """Return the declared CRS, else the one a column or a heading names, else the file's own.

    Raises
    ------
    DataError
        If there is none, or a column names several.
    """
    carried = known_crs(raw.crs, where=source.where) if raw.crs else None
    if source.spec.crs:
        declared = known_crs(source.spec.crs, where=source.where)
        if carried and carried != declared:
            source.notes.add("crs-overrides", example=carried)
        return declared
    if "crs" in mapping.columns:
        named = raw.table[mapping.columns["crs"]].astype(str)
        systems = sorted({known_crs(n, where=source.where) for n in named.unique() if n})
        if len(systems) > 1:
            raise DataError(problem("crs-several", source.where, crs=", ".join(systems)))
        if systems:
            return systems[0]
    heading = mapping.columns.get("lon", "").upper()
    for mark, system in HOLDERS.items():
        if mark in heading:
            return system
    if carried is None:
        raise DataError(problem("crs-missing", source.where))
    return carried


def _of_shape(table: gpd.GeoDataFrame, source: Source) -> gpd.GeoDataFrame:
    """Bring geometries to the shape of the schema: mended, single lines, points within areas."""
    shapes = np.asarray(table.geometry.array)
    broken = ~(shapely.is_valid(shapes) | shapely.is_missing(shapes))
    if broken.any():
        source.notes.add("geometry-mended", count=int(broken.sum()))
        shapes = np.where(broken, shapely.make_valid(shapes), shapes)
    wanted = source.schema.geometry
    if source.schema.name == "residents":  # their areas are divided when the units are known
        return cast("gpd.GeoDataFrame", table.set_geometry(shapes, crs=table.crs))
    if wanted == "point":
        areas = ~shapely.is_missing(shapes) & (shapely.get_type_id(shapes) != 0)
        if areas.any():
            source.notes.add("geometry-reduced", count=int(areas.sum()))
            shapes = np.where(areas, shapely.point_on_surface(shapes), shapes)
        return cast("gpd.GeoDataFrame", table.set_geometry(shapes, crs=table.crs))
    gone = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    source.notes.add("geometry-missing", count=int(gone.sum()))
    table = table.set_geometry(shapes, crs=table.crs)[~gone]
    if wanted == "line":
        table = table.explode()
    return cast("gpd.GeoDataFrame", table)


def clip_to(table: gpd.GeoDataFrame, box: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Keep the rows of which some part lies in a box of degrees."""
    frame = gpd.GeoSeries([shapely.box(*box)], crs="EPSG:4326").segmentize(0.01).to_crs(table.crs)
    return table[table.intersects(frame.iloc[0])]
