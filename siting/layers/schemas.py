"""The declared tables (`schemas.toml`) and the one validator that they drive."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import DataError, Problem, problem, raise_all
from siting.layers.faults import fault_in_rows
from siting.plan.vocabulary import kinds
from siting.words import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Type = Literal["text", "answer", "whole", "number", "yes", "year", "choice"]
Choices = dict[str, list[str]]
Geometry = Literal["point", "line", "polygon", "any", "none"]

DTYPES: dict[Type, str] = {
    "text": "str",
    "answer": "str",
    "whole": "Int64",
    "number": "Float64",
    "yes": "boolean",
    "year": "Int64",
    "choice": "str",
}
SHAPES: dict[Geometry, tuple[str, ...]] = {
    "point": ("Point",),
    "line": ("LineString",),
    "polygon": ("Polygon", "MultiPolygon"),
}


@dataclass(frozen=True)
class Column:
    """One column: how its cells are read, and what they mean."""

    key: str
    type: Type
    text: Text
    required: bool = False
    default: str | bool | None = None
    unit: str | None = None
    choices: Choices = field(default_factory=dict)

    @property
    def dtype(self) -> str:
        """The pandas dtype of the finished column."""
        return DTYPES[self.type]


@dataclass(frozen=True)
class Schema:
    """One table: its columns in order, its geometry, and the column that names its rows."""

    name: str
    text: Text
    geometry: Geometry
    key: str | None
    columns: dict[str, Column]


@cache
def schemas() -> dict[str, Schema]:
    """Return every declared table by its name."""
    text = files("siting.layers").joinpath("schemas.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    choices = entries.pop("choices")
    choices["kinds"] = {
        kind.id: [kind.text.zh, kind.text.en, *choices["kinds"].get(kind.id, [])]
        for kind in kinds().values()
    }
    return {name: _schema(name, entry, choices) for name, entry in entries.items()}


def _schema(name: str, entry: dict[str, Any], choices: dict[str, Choices]) -> Schema:
    columns = [
        column
        for key, spec in entry["columns"].items()
        for column in _columns(key, spec, _choices(spec.get("choices", []), choices))
    ]
    return Schema(
        name,
        Text(zh=entry["zh"], en=entry["en"]),
        entry["geometry"],
        entry.get("key"),
        {column.key: column for column in columns},
    )


def _choices(named: str | list[str], choices: dict[str, Choices]) -> Choices:
    """Return the lists of allowed values that an entry names, one after the other."""
    names = [named] if isinstance(named, str) else named
    return {key: words for name in names for key, words in choices[name].items()}


def _columns(key: str, spec: dict[str, Any], choices: Choices) -> list[Column]:
    """Read one entry; one with `years` stands for a column per year of age."""
    if "years" in spec:
        first, last = spec["years"]
        return [
            Column(f"{key}{age}", spec["type"], _text(spec, str(age)))
            for age in range(first, last + 1)
        ]
    plain = {k: spec[k] for k in ("required", "default", "unit") if k in spec}
    return [Column(key, spec["type"], _text(spec, ""), choices=choices, **plain)]


def _text(spec: dict[str, Any], age: str) -> Text:
    return Text(zh=spec["zh"].format(age), en=spec["en"].format(age))


def count_column(key: str) -> Column:
    """Return the column of an age band or total that a schema lacks."""
    return Column(key, "whole", Text(zh=key, en=key))


def empty(schema: Schema, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """Return the table without rows."""
    columns = {c.key: pd.Series(dtype=cast("Any", c.dtype)) for c in schema.columns.values()}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs))


def validate(
    table: gpd.GeoDataFrame,
    *,
    schema: Schema,
    where: str,
    headings: Mapping[str, str] | None = None,
    seen: Iterable[str] | None = None,
) -> gpd.GeoDataFrame:
    """Check a table against its schema and return it complete.

    Parameters
    ----------
    table
        Columns by their canonical keys and of their final types; the index holds the row numbers
        that people see.
    where
        Name of the file, for messages.
    headings
        What the source calls the columns, for messages; `seen` are all its headings.

    Returns
    -------
    geopandas.GeoDataFrame
        All columns of the schema in their order (absent optional ones empty, defaults filled in),
        with the rows and the index of `table`.

    Raises
    ------
    DataError
        With one problem per fault and column.
    """
    if table.empty:
        raise DataError(problem("layer-empty", where, layer=schema.name))
    called = headings or {}
    names = ", ".join(table.columns.drop(table.geometry.name) if seen is None else seen)
    problems = [
        problem("column-missing", where, column=column.key, zh=column.text.zh, seen=names)
        for column in schema.columns.values()
        if column.required and column.key not in table
    ]
    problems += [
        fault
        for column in schema.columns.values()
        if column.key in table
        for fault in _column_faults(
            table, column=column, called=called.get(column.key, column.key), where=where
        )
    ]
    problems += key_faults(table, schema=schema, where=where, headings=called)
    problems += _geometry_faults(table, schema=schema, where=where)
    raise_all(problems, DataError)
    return complete(table, schema=schema)


def complete(table: gpd.GeoDataFrame, *, schema: Schema) -> gpd.GeoDataFrame:
    """Return the table with every column of the schema, typed and defaulted."""
    columns = {}
    for column in schema.columns.values():
        if column.key in table:
            values = table[column.key]
        else:
            values = pd.Series(pd.NA, index=table.index, dtype=cast("Any", column.dtype))
        if column.default is not None:
            values = values.fillna(column.default)
        columns[column.key] = values.astype(cast("Any", column.dtype))
    return gpd.GeoDataFrame(columns, geometry=table.geometry, crs=table.crs)


def finish(table: gpd.GeoDataFrame, *, schema: Schema, where: str) -> gpd.GeoDataFrame:
    """Sort a complete table by its key and forget the row numbers of its sources.

    Raises
    ------
    DataError
        If a key stands twice, as it may in tables stacked from several files.
    """
    raise_all(key_faults(table, schema=schema, where=where), DataError)
    if schema.key:
        table = table.sort_values(schema.key, kind="stable")
    return cast("gpd.GeoDataFrame", table.reset_index(drop=True))


def _column_faults(
    table: gpd.GeoDataFrame, *, column: Column, called: str, where: str
) -> list[Problem]:
    cells = table[column.key]
    faults = []
    if column.required and cells.isna().any():
        faults.append(("cell-empty", cells[cells.isna()]))
    if column.type in ("whole", "number"):
        negative = cells.fillna(0) < 0
        faults.append(("cell-negative", cells[negative]))
    if column.choices:
        unknown = ~(cells.isna() | cells.isin(list(column.choices)))
        faults.append(("cell-choice", cells[unknown]))
    allowed = ", ".join(column.choices)
    return [
        fault_in_rows(key, where, column=called, cells=bad, allowed=allowed)
        for key, bad in faults
        if len(bad)
    ]


def key_faults(
    table: gpd.GeoDataFrame,
    *,
    schema: Schema,
    where: str,
    headings: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Name the rows whose key stands more than once."""
    if schema.key is None or schema.key not in table:
        return []
    keys = table[schema.key]
    twice = keys[keys.notna() & keys.duplicated(keep=False)]
    if twice.empty:
        return []
    later = list(keys.index[keys.notna() & keys.duplicated()])
    called = (headings or {}).get(schema.key, schema.key)
    return [fault_in_rows("key-twice", where, column=called, cells=twice, lines=later)]


def _geometry_faults(table: gpd.GeoDataFrame, *, schema: Schema, where: str) -> list[Problem]:
    if schema.geometry in ("any", "none"):
        return []
    kinds_found = table.geom_type
    wrong = kinds_found[kinds_found.notna() & ~kinds_found.isin(SHAPES[schema.geometry])]
    if wrong.empty:
        return []
    names = ", ".join(sorted(np.unique(wrong.to_numpy(str))))
    return [
        fault_in_rows("geometry-type", where, column="geometry", cells=wrong, kinds=names,
                      wanted=" / ".join(SHAPES[schema.geometry]))
    ]  # fmt: skip
