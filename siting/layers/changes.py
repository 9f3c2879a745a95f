"""Apply a scenario's changes to the layers, in order, without touching the base.

Every change returns new tables. A change that cannot be made is a problem at its block and line;
all of them are named at once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import singledispatch
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.errors import Problem, ScenarioError, problem, raise_all
from siting.layers.links import LINK_REACH_M, TooFar, cut, linked, whole_mm
from siting.layers.model import Layers
from siting.layers.residents import (
    age_columns,
    columns_of_group,
    largest_remainder,
    parse_band,
    parts_of_band,
)
from siting.layers.units import unit_codes
from siting.plan.vocabulary import groups, kinds
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


class Impossible(Exception):  # noqa: N818 - an outcome, turned into a Problem by `apply_changes`
    """A change that cannot be made; carries the key and values of its problem."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


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
    point = _point(layers, (change.lon, change.lat))
    if shapely.intersects(layers.water.geometry.to_numpy(), point).any():
        raise Impossible("change-in-water", lon=change.lon, lat=change.lat)
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
        near = _similar(facility, [*table["id"].astype(str), *table["name"].dropna().astype(str)])
        raise Impossible("change-facility-unknown", facility=facility, near=near)
    if chosen.sum() > 1:
        ids = ", ".join(table.loc[chosen, "id"])
        raise Impossible("change-facility-twice", facility=facility, ids=ids)
    return chosen


def _similar(word: str, known: list[str]) -> str:
    return ", ".join(get_close_matches(word, known, n=3, cutoff=0.4)) or "–"


@_apply.register
def _link(change: Link, layers: Layers, _as_of: date) -> Layers:
    """Add a walkable line that joins the nearest streets at both its ends."""
    ends = [_point(layers, lonlat) for lonlat in (change.start, change.end)]
    water = layers.water.geometry.to_numpy()
    for point, lonlat in zip(ends, (change.start, change.end), strict=True):
        if shapely.intersects(water, point).any():
            raise Impossible("change-in-water", lon=lonlat[0], lat=lonlat[1])
    line = shapely.LineString(ends)
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


def _point(layers: Layers, lonlat: LonLat) -> shapely.Point:
    """Return a longitude and latitude in the metric CRS, to the millimetre."""
    series = gpd.GeoSeries([shapely.Point(lonlat)], crs=GEOGRAPHIC).to_crs(layers.crs)
    return shapely.Point(whole_mm(np.array(series.iloc[0].coords[0])))


@_apply.register
def _scale(change: Scale, layers: Layers, _as_of: date) -> Layers:
    """Multiply the people of a unit, or add people with a stated age profile to it.

    Whole people: each age column of the unit is rounded once as a whole, then divided over its
    demand points by the largest remainder, so that unit totals are exact.
    """
    table = layers.residents.copy()
    inside = _in_unit(layers, change.unit, without=change.without)
    if (change.factor is None) == (change.add is None):
        raise Impossible("change-scale-what")
    if change.factor is not None:
        if change.factor < 0:
            raise Impossible("change-negative", unit=change.unit, people=change.factor)
        for column in _columns(change.group):
            now = table.loc[inside, column].to_numpy(np.int64)
            table.loc[inside, column] = largest_remainder(round(now.sum() * change.factor), now)
        return replace(layers, residents=table)
    assert change.add is not None  # noqa: S101 - said by the check above
    weights = table.loc[inside, _ages()].to_numpy(np.int64).sum(axis=1)
    for column, people in _by_profile(change).items():
        now = table.loc[inside, column].to_numpy(np.int64)
        table.loc[inside, column] = now + largest_remainder(people, np.maximum(weights, 1))
    return replace(layers, residents=table)


def _by_profile(change: Scale) -> dict[str, int]:
    """Divide the people added over the age columns, by the profile's shares (they sum to 1)."""
    assert change.add is not None  # noqa: S101
    if change.add < 0:
        raise Impossible("change-negative", unit=change.unit, people=change.add)
    profile = change.profile or {}
    shares: dict[str, float] = dict.fromkeys(_ages(), 0.0)
    for band, share in profile.items():
        ends = parse_band(band)
        if ends is None or share < 0:
            raise Impossible("change-profile", band=band, share=share)
        parts = parts_of_band(*ends)
        for column, years in parts.items():
            shares[column] += share * years / sum(parts.values())
    if abs(sum(profile.values()) - 1) > 1e-6:  # noqa: PLR2004 - shares typed with a few decimals
        raise Impossible("change-profile-sum", total=round(sum(profile.values()), 6))
    people = largest_remainder(change.add, list(shares.values()))
    return dict(zip(shares, (int(p) for p in people), strict=True))


@_apply.register
def _move(change: Move, layers: Layers, _as_of: date) -> Layers:
    """Move people of a group from one unit to another, each age in proportion to those there."""
    table = layers.residents.copy()
    source, target = _in_unit(layers, change.unit), _in_unit(layers, change.to)
    columns = _columns(change.group)
    there = table.loc[source, columns].to_numpy(np.int64)
    if change.people < 0 or change.people > there.sum():
        raise Impossible(
            "change-move-too-many", unit=change.unit, people=change.people, there=int(there.sum())
        )
    leaving = largest_remainder(change.people, there.ravel()).reshape(there.shape)
    table.loc[source, columns] = there - leaving
    weights = np.maximum(table.loc[target, _ages()].to_numpy(np.int64).sum(axis=1), 1)
    arriving = [largest_remainder(int(n), weights) for n in leaving.sum(axis=0)]
    table.loc[target, columns] = (
        table.loc[target, columns].to_numpy(np.int64) + np.array(arriving).T
    )
    return replace(layers, residents=table)


def _ages() -> list[str]:
    return [column for column, _, _ in age_columns()]


def _columns(group: str) -> list[str]:
    """Return the age columns of a people group, or the one column that `group` names."""
    if group in _ages():
        return [group]
    if group not in groups():
        known = ", ".join([*groups(), *_ages()])
        raise Impossible("change-group-unknown", group=group, known=known)
    ages = groups()[group]
    return columns_of_group(from_age=ages.from_age, to_age=ages.to_age)


def _in_unit(layers: Layers, unit: str, *, without: str | None = None) -> np.ndarray:
    """Tell which demand points lie in a unit, and not in the one that is left out."""
    inside = _within(layers, unit)
    if without is not None:
        inside &= ~_within(layers, without)
    if not inside.any():
        raise Impossible("change-unit-empty", unit=unit)
    return inside


def _within(layers: Layers, unit: str) -> np.ndarray:
    """Tell which demand points lie in a unit or in an area of a context layer."""
    units = layers.units
    row = units[(units["code"] == unit) | (units["name"] == unit)]
    if len(row):
        level, code = str(row["level"].iloc[0]), str(row["code"].iloc[0])
        codes = unit_codes(layers.residents, units, level=level)
        return (codes == code).fillna(False).to_numpy(bool, copy=True)
    areas = [area[area["name"] == unit] for area in layers.context.values() if "name" in area]
    shapes = [shape for area in areas for shape in area.geometry if shape.area > 0]
    if not shapes:
        named = [
            name for area in layers.context.values() if "name" in area for name in area["name"]
        ]
        near = _similar(unit, [*units["code"], *units["name"], *map(str, named)])
        raise Impossible("change-unit-unknown", unit=unit, near=near)
    points = layers.residents.geometry.to_numpy()
    return np.asarray(shapely.intersects(shapely.union_all(shapes), points))
