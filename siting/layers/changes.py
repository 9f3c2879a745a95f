"""Apply a scenario's changes to the layers, in order, without touching the base.

Every change returns new tables. A change that cannot be made is a problem at its block and line;
all of them are named at once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import singledispatch
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.errors import Problem, ScenarioError, problem, raise_all
from siting.layers.impossible import Impossible, similar
from siting.layers.links import LINK_REACH_M, TooFar, cut, linked, whole_mm
from siting.layers.model import Layers
from siting.layers.people_changes import moved, scaled
from siting.plan.vocabulary import kinds
from siting.scenario.model import (
    Close,
    Cut,
    Link,
    Move,
    Open,
    Resize,
    Scale,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.scenario.model import Change, LonLat

GEOGRAPHIC = "EPSG:4490"


def apply_changes(
    layers: Layers, changes: Sequence[Change], *, places: Sequence[str], as_of: date
) -> Layers:
    """Return the layers with `changes` applied one after the other.

    Parameters
    ----------
    changes, places
        The changes, and for each the file, line and block where it stands. A change of reading
        concerns rules and leaves the layers as they are.
    as_of
        Evaluation date: what a change opens is open by then.

    Raises
    ------
    ScenarioError
        With one problem for each change that cannot be made.
    """
    problems: list[Problem] = []
    for change, where in zip(changes, places, strict=True):
        try:
            layers = _apply(change, layers, as_of)
        except Impossible as impossible:
            problems.append(problem(impossible.key, where, **impossible.values))
    raise_all(problems, ScenarioError)
    return layers


@singledispatch
def _apply(_change: object, layers: Layers, _as_of: date) -> Layers:
    return layers


@_apply.register
def _open(change: Open, layers: Layers, as_of: date) -> Layers:
    table = layers.facilities
    if change.project is not None:
        chosen = (table["project"] == change.project).fillna(False).to_numpy(bool)
        known = sorted(set(table["project"].dropna()) - {""})
        if not chosen.any():
            raise Impossible(
                "change-project-unknown", project=change.project, known=", ".join(known)
            )
    elif change.facility is not None:
        chosen = _facility(table, change.facility)
    else:
        return replace(layers, facilities=_with_new(change, layers, as_of))
    opened = table.copy()
    opened.loc[chosen, "status"] = "operating"
    late = chosen & ~(table["year_open"] <= as_of.year).fillna(False).to_numpy(bool)
    opened.loc[late, "year_open"] = as_of.year
    return replace(layers, facilities=opened)


def _with_new(change: Open, layers: Layers, as_of: date) -> gpd.GeoDataFrame:
    if change.kind is None or change.lon is None or change.lat is None:
        raise Impossible("change-open-what")
    table = layers.facilities
    point = _on_land(layers, (change.lon, change.lat))
    count = table["id"].astype(str).str.startswith("new-").sum()
    capacity = kinds()[change.kind].capacity
    row: dict[str, object] = {
        "id": f"new-{count + 1:03d}",
        "name": change.name or f"{kinds()[change.kind].text.zh}（新增{count + 1}）",
        "kind": change.kind,
        "status": "operating",
        "year_open": as_of.year,
        "outside": False,
        "position": "schematic",
        "data_nature": "情景假设",
    }
    if capacity is not None:
        row[capacity] = change.capacity
    row |= _home(layers, point)
    new = gpd.GeoDataFrame([row], geometry=[point], crs=table.crs)
    new = new.reindex(columns=table.columns).astype(table.drop(columns="geometry").dtypes.to_dict())
    grown = pd.concat([table, new], ignore_index=True).sort_values("id", ignore_index=True)
    return gpd.GeoDataFrame(grown, geometry="geometry", crs=table.crs)


def _home(layers: Layers, point: shapely.Point) -> dict[str, str]:
    """Return the community and street in which a point lies, where there are any."""
    units = layers.units
    inside = units[shapely.intersects(units.geometry.to_numpy(), point)]
    found = inside.sort_values("code").drop_duplicates("level").set_index("level")["code"]
    return {level: str(found[level]) for level in ("community", "street") if level in found}


@_apply.register
def _close(change: Close, layers: Layers, _as_of: date) -> Layers:
    table = layers.facilities.copy()
    table.loc[_facility(table, change.facility), "status"] = "closed"
    return replace(layers, facilities=table)


@_apply.register
def _resize(change: Resize, layers: Layers, _as_of: date) -> Layers:
    table = layers.facilities.copy()
    chosen = _facility(table, change.facility)
    kind = str(table.loc[chosen, "kind"].iloc[0])
    capacity = kinds()[kind].capacity
    if capacity is None:
        raise Impossible("change-no-capacity", facility=change.facility, kind=kind)
    table.loc[chosen, capacity] = change.capacity
    return replace(layers, facilities=table)


def _facility(table: pd.DataFrame, facility: str) -> np.ndarray:
    chosen = (table["id"] == facility).to_numpy(bool)
    if not chosen.any():
        chosen = (table["name"] == facility).to_numpy(bool)
    if not chosen.any():
        near = similar(facility, [*table["id"].astype(str), *table["name"].dropna().astype(str)])
        raise Impossible("change-facility-unknown", facility=facility, near=near)
    if chosen.sum() > 1:
        ids = ", ".join(table.loc[chosen, "id"])
        raise Impossible("change-facility-twice", facility=facility, ids=ids)
    return chosen


@_apply.register
def _link(change: Link, layers: Layers, _as_of: date) -> Layers:
    """Add a walkable line that joins the nearest streets at both its ends."""
    line = shapely.LineString([_on_land(layers, end) for end in (change.start, change.end)])
    try:
        streets = linked(layers.streets, line, name="", data_nature="情景假设")
    except TooFar as far:
        lon, lat = (change.start, change.end)[far.end]
        values = {"lon": lon, "lat": lat, "reach": LINK_REACH_M}
        raise Impossible("change-link-nowhere", **values) from far
    return replace(layers, streets=streets)


@_apply.register
def _cut(change: Cut, layers: Layers, _as_of: date) -> Layers:
    """Take out every straight piece of a street that the line between two points crosses."""
    knife = shapely.LineString([_point(layers, change.start), _point(layers, change.end)])
    streets = cut(layers.streets, knife)
    if streets is None:
        raise Impossible("change-cut-nothing")
    return replace(layers, streets=streets)


def _on_land(layers: Layers, lonlat: LonLat) -> shapely.Point:
    point = _point(layers, lonlat)
    if shapely.intersects(layers.water.geometry.to_numpy(), point).any():
        raise Impossible("change-in-water", lon=lonlat[0], lat=lonlat[1])
    return point


def _point(layers: Layers, lonlat: LonLat) -> shapely.Point:
    """Return a longitude and latitude in the metric CRS, to the millimetre."""
    series = gpd.GeoSeries([shapely.Point(lonlat)], crs=GEOGRAPHIC).to_crs(layers.crs)
    return shapely.Point(whole_mm(np.array(series.iloc[0].coords[0])))


@_apply.register
def _scale(change: Scale, layers: Layers, _as_of: date) -> Layers:
    return replace(layers, residents=scaled(change, layers))


@_apply.register
def _move(change: Move, layers: Layers, _as_of: date) -> Layers:
    return replace(layers, residents=moved(change, layers))
