"""results.gpkg: what the run found, styled for QGIS, and what an auditor needs to recompute it.

GDAL writes the clock into a GeoPackage; `OGR_CURRENT_DATE` fixes it, so that the same findings
give the same bytes.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from siting.report.qml import qml
from siting.report.words import families, read_data

if TYPE_CHECKING:
    from pathlib import Path

    from siting.network.streets import Streets
    from siting.report.result import Result
    from siting.words import Lang

FILE = "results.gpkg"
DATE = "2000-01-01T00:00:00.000Z"
GEOMETRY = {
    "units": "MultiPolygon",
    "service_areas": "MultiPolygon",
    "streets": "LineString",
    "demand": "Point",
    "facilities": "Point",
    "gaps": "Point",
    "candidates": "Point",
}
_STYLES_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME
)
"""
_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
  styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time)
VALUES ('', '', ?, 'geom', ?, ?, '', 1, 'siting', '', ?)
"""
_CONTENTS = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)
"""


# Rows that judge nothing: that a person lives beyond the rule's reach stands in coverage.csv.
NOT_JUDGED = ("not_applicable", "outside")


def layers_of(result: Result) -> dict[str, pd.DataFrame]:
    """Return every layer by name, from the ground up; tables without geometry last."""
    crs, networks = result.scenario["crs"], _networks(result)
    return {
        "units": result.layers.units,
        "service_areas": result.service_areas,
        **{_of(mode, "streets"): street_lines(on, crs) for mode, on in networks.items()},
        **{
            _of(mode, "joints"): joint_points(on, crs)
            for mode, on in networks.items()
            if len(on.joints.node)
        },
        "demand": _points(result.demand, crs),
        "facilities": _points(result.facilities, crs),
        "gaps": _lonlat(result.gaps, crs),
        "candidates": _lonlat(result.candidates, crs),
        "verdicts": result.verdicts[~result.verdicts["verdict"].isin(NOT_JUDGED)],
        "on_site": result.on_site,
        **result.places_by_mode,
    }


def _networks(result: Result) -> dict[str, Streets]:
    if result.streets is None:
        raise ValueError("a place without streets has no GeoPackage")
    return {"walk": result.streets, **result.streets_by_mode}


def _of(mode: str, layer: str) -> str:
    """Name a layer of a mode of travel; walking is the plain one."""
    return layer if mode == "walk" else f"{layer}_{mode}"


def street_lines(streets: Streets, crs: str) -> gpd.GeoDataFrame:
    """Return the network's edges with their end nodes and costs in both directions."""
    xy = np.column_stack([streets.vertex_x_mm, streets.vertex_y_mm]) / 1000
    edge = np.repeat(np.arange(len(streets.edge_u)), np.diff(streets.vertex_start))
    table = {
        "edge": np.arange(len(streets.edge_u)),
        "u": streets.edge_u,
        "v": streets.edge_v,
        "length_mm": streets.length_mm,
        "cost_uv_mm": streets.cost_uv_mm,
        "cost_vu_mm": streets.cost_vu_mm,
    }
    lines = shapely.linestrings(xy, indices=edge)
    return gpd.GeoDataFrame(table, geometry=lines, crs=crs)


def joint_points(streets: Streets, crs: str) -> gpd.GeoDataFrame:
    """Return the nodes inside edges, where links join them."""
    joints = streets.joints
    x, y = (axis[joints.node] / 1000 for axis in (streets.node_x_mm, streets.node_y_mm))
    table = {"node": joints.node, "edge": joints.edge, "offset_mm": joints.offset_mm}
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs=crs)


def _points(table: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(table["x_mm"] / 1000, table["y_mm"] / 1000)
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=points, crs=crs)


def _lonlat(table: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326").to_crs(crs)


def _writable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with columns that the format knows: text for what is mixed or textual."""
    plain = table.copy()
    for column in plain.columns:
        is_text = plain[column].dtype == object or isinstance(plain[column].dtype, pd.StringDtype)
        if column != "geometry" and is_text:
            plain[column] = plain[column].astype(object).where(plain[column].notna(), None)
    return plain


def _add_styles(path: Path, *, lang: Lang, layers: list[str]) -> None:
    words = {code: text[lang] for code, text in families()["status"].items()}
    styles: dict[str, Any] = read_data("styles.toml")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES_TABLE)
        database.execute(_CONTENTS, (DATE,))
        for layer in layers:
            if layer in styles:
                row = (layer, layer, qml(styles[layer], labels=words), DATE)
                database.execute(_STYLE, row)


def write_geopackage(result: Result, folder: Path, *, lang: Lang) -> str:
    """Write results.gpkg into `folder` and return its name."""
    path = folder / FILE
    layers = layers_of(result)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": DATE})
    try:
        for name, table in layers.items():
            pyogrio.write_dataframe(
                _writable(table),
                path,
                layer=name,
                driver="GPKG",
                append=path.exists(),
                geometry_type=GEOMETRY.get(name),
                promote_to_multi=GEOMETRY.get(name) == "MultiPolygon",
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    _add_styles(path, lang=lang, layers=list(layers))
    return FILE
