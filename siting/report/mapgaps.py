"""The gaps that the map shows, of rules about people and of rules about areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from geopandas import points_from_xy

from siting.report.mapfindings import index_of, verdict_groups
from siting.report.mapground import put_lines
from siting.report.sheets import cause_text, named_kinds, place_of, site_names
from siting.report.valued import found_value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from siting.report.projection import LocalPlane
    from siting.report.result import Result
    from siting.words import Lang

    Arrays = dict[str, ArrayLike]

LANGS: tuple[Lang, ...] = ("zh", "en")
GAP_COUNTS = ["people", "fix_people", "readings_failing", "readings_total", "priority"]
GAP_METRES = ["nearest_m", "straight_m", "cutoff_m"]  # embedded in decimetres
ABOUT = [
    *("id", "kind", "basis", "title", "text", "limits", "clauses", "source"),
    *("readings", "verdict", "value"),
]


def area_rules(result: Result) -> list[dict[str, Any]]:
    """Return the rules about areas that have gaps, as the map's rules are: nobody is judged.

    ``found`` is their value as text; of their one part the facilities are those of its kind.
    """
    findings = {finding["rule"]: finding for finding in result.findings}
    rules = []
    for measure in result.measures:
        gaps = result.gaps[result.gaps["rule"] == measure["id"]]
        if gaps.empty:
            continue
        kind, group = gaps["facility_kind"].iloc[0], gaps["group"].iloc[0]
        there = (result.facilities["kind"] == kind) & result.facilities["counted"]
        part = {"part": "all", "title": measure["title"], "group": group, "facility_kind": kind}
        rules.append(
            {key: measure[key] for key in ABOUT}
            | {"found": {lang: found_value(measure, lang) for lang in LANGS}}
            | {"parts": [part | {"facilities": result.facilities["id"][there].tolist()}]}
            | {"shown": [], "verdicts": {}, "live": None, "finding": findings.get(measure["id"])}
        )
    return rules


def put_gaps(
    result: Result, plane: LocalPlane, arrays: Arrays, *, rules: list[dict[str, Any]]
) -> dict[str, Any]:
    """Add the gaps column by column: figures and what stands elsewhere as numbers, names once.

    `rules` are those of the map, in its order. The outline of a gap that is an area is added, too.
    """
    ids = [rule["id"] for rule in rules]
    mapped = result.gaps[result.gaps["rule"].isin(ids)]
    gaps, units = named_kinds(mapped, result.rules), result.layers.units
    lon, lat = (gaps[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    x, y = plane.from_lonlat(lon, lat) if len(gaps) else (lon, lat)
    arrays["gap.x"], arrays["gap.y"] = np.round(x), np.round(y)
    sites, rows = site_names(result), gaps.to_dict("records")
    written = {
        "why": [tuple(cause_text(row, lang) for lang in LANGS) for row in rows],
        "where": [tuple(place_of(row["candidate"], sites, lang) for lang in LANGS) for row in rows],
    }
    known = {
        "rule": ids,
        "street": units["name"].drop_duplicates().tolist(),
        "unit": units["name"].drop_duplicates().tolist(),
        "group": _groups(result, rules),
        "nearest": result.facilities["name"].drop_duplicates().tolist(),
        **{
            column: sorted(gaps[column].unique())
            for column in ("facility_kind", "cause", "fix", "candidate", "place")
        },
    }
    for column, values in known.items():
        arrays[f"gap.{column}"] = index_of(gaps[column], values)
    texts = {column: sorted(set(pairs)) for column, pairs in written.items()}
    for column, pairs in written.items():
        number = {pair: at for at, pair in enumerate(texts[column])}
        arrays[f"gap.{column}"] = [number[pair] for pair in pairs]
    for column in GAP_METRES:
        tenths = (gaps[column].astype("Float64") * 10).round().fillna(-1)
        arrays[f"gap.{column}"] = tenths.to_numpy(np.int64)
    for column in GAP_COUNTS:
        arrays[f"gap.{column}"] = gaps[column].to_numpy(np.int64)
    areas = gaps["rule"].isin([rule["id"] for rule in rules if "found" in rule]).to_numpy()
    put_lines(arrays, "zones", _outlines(result, lon[areas], lat[areas]), plane)
    return {
        "counts": GAP_COUNTS,
        "metres": GAP_METRES,
        "texts": {column: values for column, values in known.items() if column != "nearest"},
        "written": {
            column: [dict(zip(LANGS, pair, strict=True)) for pair in pairs]
            for column, pairs in texts.items()
        },
        "zones": np.flatnonzero(areas).tolist(),
    }


def _groups(result: Result, rules: list[dict[str, Any]]) -> list[str]:
    """Return the people groups of the map's rules, those that verdict rows speak of first."""
    judged = verdict_groups(result)
    asked = {part["group"] for rule in rules for part in rule["parts"]}
    return [*judged, *sorted(asked - {*judged})]


def _outlines(result: Result, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[Any]:
    """Return for each point the smallest area that holds it, or nothing."""
    if not len(lon):
        return []
    shapes = [shape for _, table in sorted(result.layers.areas.items()) for shape in table.geometry]
    points = points_from_xy(lon, lat, crs="EPSG:4490").to_crs(result.scenario["crs"])
    shapes.sort(key=shapely.area)
    held: list[Any] = [None] * len(lon)
    pairs = shapely.STRtree(shapes).query(points, predicate="intersects").T
    for at, shape in sorted(pairs.tolist()):
        held[at] = shapes[shape] if held[at] is None else held[at]
    return held
