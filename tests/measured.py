"""Small studies made of plain tables, without streets, for rules about measured values."""

from datetime import date
from functools import cache

import geopandas as gpd
import pandas as pd
import shapely
from pydantic import TypeAdapter

from siting.access.measure import measure
from siting.access.study import Study
from siting.layers.model import Layers
from siting.layers.schemas import complete, empty, schemas
from siting.plan.model import Rule

CRS = "EPSG:4549"
RULE = TypeAdapter(Rule)
TEXT = {"zh": "值", "en": "value"}


def rule_of(kind, **more):
    """Return a rule of a kind with everything that every rule must say."""
    plain = {
        "id": "r",
        "kind": kind,
        "title": TEXT,
        "text": TEXT,
        "measure": TEXT,
        "basis": "plan",
        "clauses": ["C1"],
        "places": ["town"],
        "source": {"document": "规划", "clause": "一", "confidence": "A"},
    }
    return RULE.validate_python({**plain, **more})


def table_of(name, rows):
    """Return a complete table of the schema `name` from dictionaries of cells."""
    schema = schemas()[name]
    if not rows:
        return _empty(name)
    frame = pd.DataFrame([{k: v for k, v in row.items() if k != "geometry"} for row in rows])
    typed = {
        c: frame[c].astype(schema.columns[c].dtype if c in schema.columns else object)
        for c in frame
    }
    points = gpd.GeoSeries([row.get("geometry") for row in rows], crs=CRS)
    return complete(gpd.GeoDataFrame(typed, geometry=points, crs=CRS), schema=schema)


@cache
def _empty(name):
    return empty(schemas()[name], crs=CRS)


def study_of(
    *, facilities=(), units=(), registers=(), residents=(), areas=None, as_of=2020, **tables
):
    """Return a study of hand-made tables, in the order of their rows; `networks` are empty."""
    named = (
        {"id": f"f{i}", "kind": "kindergarten", "outside": False, **row}
        for i, row in enumerate(facilities)
    )
    layers = Layers(
        crs=CRS,
        facilities=table_of("facilities", list(named)),
        units=table_of("units", [{"outside": False, "name": u["code"], **u} for u in units]),
        registers=table_of("registers", [{"clause": "C1", **row} for row in registers]),
        residents=table_of("residents", [{"outside": False, **row} for row in residents]),
        **{name: table_of(name, []) for name in ("streets", "barriers", "water")},
        **{name: table_of(name, tables.get(name, [])) for name in ("parcels", "lines", "stops")},
        areas={name: table_of("areas", rows) for name, rows in (areas or {}).items()},
    )
    return Study(layers=layers, networks={}, as_of=date(as_of, 11, 1))


def headline(study, kind, **more):
    """Return the first row of a rule's table."""
    return measure(rule_of(kind, **more), study).headline


def stated(row):
    """Return value and verdict of a row, with None where there is no value."""
    return (None if pd.isna(row["value"]) else float(row["value"])), row["verdict"]


def at(x, y=0):
    """Return a point, in metres from the origin of the drawing."""
    return shapely.Point(500_000 + x, 3_350_000 + y)


def box(x, y, width, height):
    """Return a rectangle by its south-west corner and its sides, in metres."""
    low = at(x, y)
    return shapely.box(low.x, low.y, low.x + width, low.y + height)
