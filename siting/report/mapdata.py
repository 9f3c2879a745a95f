"""What the map embeds: the town drawn, its people, verdicts, facilities, gaps and candidates.

Pure functions from a `Result` to plain data; positions are whole millimetres from the origin of
the page's plane (`projection.py`), texts come in both languages because the page can switch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.access.measured_findings import unit_of
from siting.access.verdicts import CLASSES
from siting.plan.vocabulary import kinds
from siting.report.livedata import put_live
from siting.report.mapfindings import (
    index_of,
    published_totals,
    put_areas,
    put_rules,
    verdict_groups,
)
from siting.report.mapgaps import area_rules, put_gaps
from siting.report.mapground import plane_of, put_ground
from siting.report.payload import pack
from siting.report.plainrows import plain_rows
from siting.report.words import families, name

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from siting.report.projection import LocalPlane
    from siting.report.result import Result
    from siting.words import Lang

    Arrays = dict[str, ArrayLike]

LANGS: tuple[Lang, ...] = ("zh", "en")


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
    rules = put_rules(result, arrays)
    if publish:
        rules = [rule | {"published": published_totals(result, rule)} for rule in rules]
    rules += area_rules(result)
    data = {
        "plane": plane.as_dict(),
        "scenario": result.scenario,
        "sources": sorted({e["provider"] for e in result.manifest["inputs"] if e.get("provider")}),
        "base": put_ground(result, plane, arrays),
        "demand": _demand(result, plane, arrays, codes=result.layers.units["code"].tolist()),
        "facilities": _facilities(result, plane),
        "rules": rules,
        "measures": [_measure(one) for one in result.measures],
        "gaps": put_gaps(result, plane, arrays, rules=rules),
        "candidates": _placed_rows(_candidates(result), plane),
        "areas": put_areas(result, plane, arrays),
        "verdicts": CLASSES,
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


def _measure(rule: dict[str, Any]) -> dict[str, Any]:
    """Return what trials need of a rule on a measured value, and its unit of exactly one."""
    wanted = ("id", "title", "measure", "counts_parts", "value", "verdict", "live")
    one = {lang: unit_of(1, rule["measure"][lang], lang) for lang in LANGS}
    return {key: rule[key] for key in wanted} | {"measure_one": one}


def _before(before: Result, result: Result, plane: LocalPlane, arrays: Arrays) -> dict[str, Any]:
    """Add the people and verdicts of the earlier state under names that begin with ``before.``."""
    earlier: Arrays = {}
    _demand(before, plane, earlier, codes=result.layers.units["code"].tolist())
    put_rules(before, earlier)
    arrays |= {f"before.{name}": values for name, values in earlier.items()}
    return {"title": before.scenario["title"]}


def _trial(result: Result, plane: LocalPlane, arrays: Arrays) -> dict[str, Any]:
    """Add what trials need; `capacity` names the column that counts a kind's places or beds."""
    capacity = {id_: kind.capacity for id_, kind in kinds().items()}
    return put_live(result, plane, arrays) | {"capacity": capacity}


def _demand(
    result: Result, plane: LocalPlane, arrays: Arrays, *, codes: list[str]
) -> dict[str, Any]:
    """Add where people live, by place and by unit (numbers in `codes`), and how many in all."""
    demand = result.demand
    arrays["demand.x"] = demand["x_mm"] - plane.origin_mm[0]
    arrays["demand.y"] = demand["y_mm"] - plane.origin_mm[1]
    arrays["demand.community"] = index_of(demand["community"], codes)
    arrays["demand.street"] = index_of(demand["street"], codes)
    arrays["demand.block"] = index_of(demand["block"], codes)
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
    rows = plain_rows(table)
    return [row | {"x": int(a), "y": int(b)} for row, a, b in zip(rows, x, y, strict=True)]


def _candidates(result: Result) -> pd.DataFrame:
    """Return the ranked sites with the names of what would replace them, and of their units."""
    named = dict(zip(result.layers.parcels["id"], result.layers.parcels["name"], strict=True))
    units = dict(zip(result.layers.units["code"], result.layers.units["name"], strict=True))
    table = result.candidates
    places = table["replacement"].fillna("").astype(str).str.split(":").str[0]
    return table.assign(
        replacement=[named.get(place, place) for place in places],
        unit=[units.get(unit, unit) for unit in table["unit"]],
    )


def _placed_rows(table: pd.DataFrame, plane: LocalPlane) -> list[dict[str, Any]]:
    """Return rows as plain data; longitude and latitude also as a position in the plane."""
    lon, lat = (table[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    x, y = plane.from_lonlat(lon, lat) if len(table) else (lon, lat)
    return [
        row | {"x": round(a), "y": round(b)}
        for row, a, b in zip(plain_rows(table), x, y, strict=True)
        if np.isfinite(a)
    ]
