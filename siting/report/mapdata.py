"""What the map embeds: the town drawn, its people, verdicts, facilities, gaps and candidates.

Pure functions from a `Result` to plain data; positions are whole millimetres from the origin of
the page's plane (`projection.py`), texts come in both languages because the page can switch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from siting.plan.vocabulary import kinds
from siting.report.livedata import put_live
from siting.report.payload import UNREACHABLE, pack
from siting.report.projection import LocalPlane, local_plane
from siting.report.sheets import named_kinds
from siting.report.streetclasses import STREET_CLASSES, street_class
from siting.report.words import families, name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from siting.report.result import Result
    from siting.words import Lang

    Arrays = dict[str, ArrayLike]

VERDICTS = [
    "covered",
    "uncovered",
    "undetermined",
    "not_applicable",
    "not_assessed",
    "outside",
]
GAP_COUNTS = ["people", "fix_people", "readings_failing", "readings_total", "priority"]
GAP_METRES = ["nearest_m", "straight_m", "cutoff_m"]  # embedded in decimetres
LANGS: tuple[Lang, ...] = ("zh", "en")
AREA_SIMPLIFY_M = 4.0  # service areas are drawn as thin lines over everything
DRAWN_UNIT_MM = 500
SIMPLIFY_MM = 2_000  # of what is only drawn: half a pixel at the closest zoom of a district


def plane_of(result: Result) -> LocalPlane:
    """Fit the page's plane over everything that the map shows."""
    boxes = [
        layer.total_bounds
        for layer in (result.layers.units, result.layers.streets, result.layers.water)
        if len(layer)
    ]
    low = np.min([box[:2] for box in boxes], axis=0)
    high = np.max([box[2:] for box in boxes], axis=0)
    bounds = np.concatenate([np.floor(low), np.ceil(high)]).astype(np.int64) * 1000
    x0, y0, x1, y1 = (int(value) for value in bounds)
    return local_plane(result.scenario["crs"], bounds_mm=(x0, y0, x1, y1))


def map_data(
    result: Result,
    *,
    before: Result | None = None,
    basemaps: list[dict[str, Any]] | None = None,
    publish: bool = False,
) -> dict[str, Any]:
    """Return everything that the page embeds, ready for JSON.

    Parameters
    ----------
    before
        An earlier state of the same place, to compare with by swiping.
    basemaps
        Online base maps that the reader may switch on.
    publish
        The result has been made public: areas instead of points, no trials, no base maps.
    """
    plane = plane_of(result)
    arrays: Arrays = {}
    groups = verdict_groups(result)
    data = {
        "plane": plane.as_dict(),
        "scenario": result.scenario,
        "base": _base(result, plane, arrays),
        "demand": _demand(result, plane, arrays, codes=result.layers.units["code"].tolist()),
        "facilities": _facilities(result, plane),
        "rules": _rules(result, arrays),
        "gaps": _gaps(result, plane, arrays),
        "candidates": _placed_rows(result.candidates, plane),
        "areas": _areas(result, plane, arrays),
        "verdicts": VERDICTS,
        "groups": [{lang: name("group", group, lang) for lang in LANGS} for group in groups],
        "group_ids": groups,
        "words": families(),
        "basemaps": [] if publish else basemaps or [],
        "published": publish,
        "trial": None if publish else _trial(result, plane, arrays),
    }
    if before is not None:
        data["before"] = _before(before, result, plane, arrays)
    return data | {"packed": pack(arrays)}


def _before(before: Result, result: Result, plane: LocalPlane, arrays: Arrays) -> dict[str, Any]:
    """Add the people and verdicts of the earlier state under names that begin with ``before.``."""
    earlier: Arrays = {}
    _demand(before, plane, earlier, codes=result.layers.units["code"].tolist())
    _rules(before, earlier)
    arrays |= {f"before.{name}": values for name, values in earlier.items()}
    return {"title": before.scenario["title"]}


def _trial(result: Result, plane: LocalPlane, arrays: Arrays) -> dict[str, Any]:
    """Add what trials need; `capacity` names the column that counts a kind's places or beds."""
    capacity = {id_: kind.capacity for id_, kind in kinds().items()}
    return put_live(result, plane, arrays) | {"capacity": capacity}


def put_lines(
    arrays: Arrays, name: str, shapes: Iterable[Any], plane: LocalPlane, *, unit_mm: int = 1
) -> None:
    """Add the lines or rings of many shapes as flat coordinates with two levels of starts.

    Coordinates are counted in `unit_mm`: what is only drawn needs no millimetres.
    """
    xs, ys, line_start, shape_start = [], [], [0], [0]
    for shape in shapes:
        for line in _lines_of(shape):
            xy = np.floor(shapely.get_coordinates(line) * 1000 + 0.5).astype(np.int64)
            xs.append((xy[:, 0] - plane.origin_mm[0]) // unit_mm)
            ys.append((xy[:, 1] - plane.origin_mm[1]) // unit_mm)
            line_start.append(line_start[-1] + len(xy))
        shape_start.append(len(line_start) - 1)
    empty = np.empty(0, np.int64)
    arrays[f"{name}.x"] = np.concatenate([*xs, empty])
    arrays[f"{name}.y"] = np.concatenate([*ys, empty])
    arrays[f"{name}.line"] = np.array(line_start)
    arrays[f"{name}.shape"] = np.array(shape_start)
    arrays[f"{name}.unit"] = [unit_mm]


def _lines_of(shape: Any) -> list[Any]:
    """Return the lines of a line, the rings of a polygon, or those of a collection's members."""
    if shape is None or shape.is_empty:
        return []
    if shape.geom_type == "Polygon":
        return [shape.exterior, *shape.interiors]
    if hasattr(shape, "geoms"):
        return [line for part in shape.geoms for line in _lines_of(part)]
    return [shape]


def _simple(layer: gpd.GeoDataFrame) -> Any:
    return layer.geometry.simplify(SIMPLIFY_MM / 1000, preserve_topology=False)


def _base(result: Result, plane: LocalPlane, arrays: Arrays) -> dict[str, Any]:
    """Add water, units, barriers, the walking network and the roads nobody walks on."""
    layers, streets = result.layers, result.streets
    if streets is None:
        raise ValueError("a place without streets has no map")
    arrays["streets.x"] = streets.vertex_x_mm - plane.origin_mm[0]
    arrays["streets.y"] = streets.vertex_y_mm - plane.origin_mm[1]
    arrays["streets.start"] = streets.vertex_start
    classes = np.array([street_class(value) for value in layers.streets["class"]], np.int64)
    arrays["streets.class"] = classes[streets.edge_line]
    named = layers.streets["name"].fillna("").astype(str).to_numpy()
    names = sorted(set(named[streets.edge_line]) - {""})
    number = {name: i for i, name in enumerate(names)} | {"": -1}
    arrays["streets.name"] = [number[name] for name in named[streets.edge_line]]
    closed = layers.streets[~layers.streets["walkable"].fillna(False).astype(bool)]
    arrays["roads.class"] = [street_class(value) for value in closed["class"]]
    put_lines(arrays, "roads", _simple(closed), plane)
    put_lines(arrays, "water", _simple(layers.water), plane)
    put_lines(arrays, "barriers", _simple(layers.barriers), plane)
    put_lines(arrays, "units", layers.units.geometry, plane)
    units = layers.units
    return {
        "classes": STREET_CLASSES,
        "street_names": names,
        "water_names": layers.water["name"].fillna("").tolist(),
        "water_labels": _positions(layers.water.representative_point(), plane),
        "barrier_kinds": layers.barriers["kind"].tolist(),
        "units": units[["code", "name", "level", "outside"]].to_dict("records"),
        "unit_labels": _positions(units.representative_point(), plane),
    }


def _positions(points: gpd.GeoSeries, plane: LocalPlane) -> list[list[int]]:
    xy = np.floor(shapely.get_coordinates(points.to_numpy()) * 1000 + 0.5).astype(np.int64)
    placed: list[list[int]] = (xy - np.array(plane.origin_mm)).tolist()
    return placed


def _index(values: pd.Series[Any], known: list[str]) -> NDArray[np.int64]:
    """Return the place of each value in `known`, −1 for what is not there."""
    return pd.Index(known).get_indexer(pd.Index(values.astype(object))).astype(np.int64)


def _demand(
    result: Result, plane: LocalPlane, arrays: Arrays, *, codes: list[str]
) -> dict[str, Any]:
    """Add where people live, by place and by unit (numbers in `codes`), and how many in all."""
    demand = result.demand
    arrays["demand.x"] = demand["x_mm"] - plane.origin_mm[0]
    arrays["demand.y"] = demand["y_mm"] - plane.origin_mm[1]
    arrays["demand.community"] = _index(demand["community"], codes)
    arrays["demand.street"] = _index(demand["street"], codes)
    arrays["demand.block"] = _index(demand["block"], codes)
    arrays["demand.residents"] = demand["residents"]
    named = demand["name"].fillna("").astype(str)
    return {"names": named.tolist() if (named != "").any() else []}


def _facilities(result: Result, plane: LocalPlane) -> list[dict[str, Any]]:
    """Return what the map says about each facility; empty fields are left out."""
    wanted = [
        "id",
        "name",
        "kind",
        "status",
        "year_open",
        "project",
        "places",
        "nursery_places",
        "beds",
        "ownership",
        "inclusive",
        "position",
        "street",
        "outside",
        "counted",
        "data_nature",
    ]
    table = result.facilities
    table = table[[column for column in wanted if column in table.columns]]
    x = result.facilities["x_mm"] - plane.origin_mm[0]
    y = result.facilities["y_mm"] - plane.origin_mm[1]
    rows = _plain(table)
    return [row | {"x": int(a), "y": int(b)} for row, a, b in zip(rows, x, y, strict=True)]


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain data without their empty fields."""
    rows = table.astype(object).to_dict("records")
    return [
        {str(key): _scalar(value) for key, value in row.items() if not _is_empty(value)}
        for row in rows
    ]


def _is_empty(value: Any) -> bool:
    return bool(pd.isna(value)) or value == ""


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _placed_rows(table: pd.DataFrame, plane: LocalPlane) -> list[dict[str, Any]]:
    """Return rows as plain data; longitude and latitude also as a position in the plane."""
    lon, lat = (table[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    x, y = plane.from_lonlat(lon, lat) if len(table) else (lon, lat)
    return [
        row | {"x": round(a), "y": round(b)}
        for row, a, b in zip(_plain(table), x, y, strict=True)
        if np.isfinite(a)
    ]


def verdict_groups(result: Result) -> list[str]:
    """Return the people groups that verdict rows speak of, in a fixed order."""
    return sorted(result.verdicts["group"].unique())


def _gaps(result: Result, plane: LocalPlane, arrays: Arrays) -> dict[str, Any]:
    """Add the gaps column by column: figures and what stands elsewhere as numbers, names once."""
    gaps, units = named_kinds(result.gaps, result.rules), result.layers.units
    lon, lat = (gaps[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    x, y = plane.from_lonlat(lon, lat) if len(gaps) else (lon, lat)
    arrays["gap.x"], arrays["gap.y"] = np.round(x), np.round(y)
    known = {
        "rule": [rule["id"] for rule in result.rules],
        "street": units["name"].drop_duplicates().tolist(),
        "unit": units["name"].drop_duplicates().tolist(),
        "group": verdict_groups(result),
        "facility_kind": sorted(gaps["facility_kind"].unique()),
        "nearest": result.facilities["name"].drop_duplicates().tolist(),
        "cause": sorted(gaps["cause"].unique()),
        "fix": sorted(gaps["fix"].unique()),
        "candidate": sorted(gaps["candidate"].unique()),
        "place": sorted(gaps["place"].unique()),
    }
    for column, values in known.items():
        arrays[f"gap.{column}"] = _index(gaps[column], values)
    for column in GAP_METRES:
        tenths = (gaps[column].astype("Float64") * 10).round().fillna(-1)
        arrays[f"gap.{column}"] = tenths.to_numpy(np.int64)
    for column in GAP_COUNTS:
        arrays[f"gap.{column}"] = gaps[column].to_numpy(np.int64)
    own = ("facility_kind", "cause", "fix", "candidate", "place", "street")
    return {
        "counts": GAP_COUNTS,
        "metres": GAP_METRES,
        "texts": {column: known[column] for column in own} | {"unit": known["street"]},
    }


def _rules(result: Result, arrays: Arrays) -> list[dict[str, Any]]:
    """Add the verdict rows of every part of every rule, and return the rules with them."""
    facility_ids = result.facilities["id"].tolist()
    demand_ids = result.demand["id"].tolist()
    verdicts = result.verdicts[result.verdicts["reading"] == "default"]
    findings = {finding["rule"]: finding for finding in result.findings}
    groups = verdict_groups(result)
    district = result.coverage
    district = district[(district["level"] == "district") & (district["unit"] != "outside")]
    district = district[district["reading"] == "default"]
    rules = []
    for rule in result.rules:
        mine = verdicts[verdicts["rule"] == rule["id"]]
        parts = _shown_parts(rule, set(mine["part"]))
        headlines = district[district["rule"] == rule["id"]]
        for part in parts:
            table = mine[mine["part"] == part]
            key = f"rows.{rule['id']}.{part}"
            arrays[f"{key}.demand"] = _index(table["demand"], demand_ids)
            arrays[f"{key}.facility"] = _index(table["facility"], facility_ids)
            arrays[f"{key}.group"] = _index(table["group"], groups)
            arrays[f"{key}.verdict"] = _index(table["verdict"], VERDICTS)
            arrays[f"{key}.people"] = table["people"]
            arrays[f"{key}.straight"] = table["straight_covered"].astype(np.int64)
            for column in ("cost_mm", "cutoff_mm"):
                values = table[column].fillna(UNREACHABLE)
                arrays[f"{key}.{column}"] = values.where(values < UNREACHABLE, -1)
        rules.append(
            rule
            | {"shown": parts, "finding": findings.get(rule["id"])}
            | {"verdicts": dict(zip(headlines["part"], headlines["verdict"], strict=True))}
        )
    return rules


def _shown_parts(rule: dict[str, Any], judged: set[str]) -> list[str]:
    """Return the headline, and the rule's parts where it has several."""
    parts = [part["part"] for part in rule["parts"] if part["part"] in judged]
    return ["all", *parts] if len(parts) > 1 else ["all"] if "all" in judged else parts


def _areas(result: Result, plane: LocalPlane, arrays: Arrays) -> list[dict[str, Any]]:
    areas = result.service_areas
    shapes = areas.geometry.simplify(AREA_SIMPLIFY_M, preserve_topology=False)
    put_lines(arrays, "areas", shapes, plane, unit_mm=DRAWN_UNIT_MM)
    return _plain(areas[["rule", "part", "facility_kind", "cutoff_m"]])
