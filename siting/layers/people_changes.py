"""Changes of a scenario that concern people: more or fewer in a unit, some who move elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from siting.layers.impossible import Impossible, similar
from siting.layers.residents import (
    age_columns,
    columns_of_group,
    largest_remainder,
    parse_band,
    parts_of_band,
)
from siting.layers.units import unit_codes
from siting.plan.vocabulary import groups

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.layers.model import Layers
    from siting.scenario.model import Move, Scale


def scaled(change: Scale, layers: Layers) -> gpd.GeoDataFrame:
    """Return the residents once those of a unit are multiplied, or people are added to them.

    Each age column of the unit is rounded once as a whole, then divided over its demand points by
    the largest remainder, so that unit totals are exact. People are added by a profile of ages.

    Raises
    ------
    Impossible
        If nobody lives in the unit, or the change says too little, too much or less than nothing.
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
        return table
    assert change.add is not None  # noqa: S101 - said by the check above
    weights = _living(table, inside)
    for column, people in _by_profile(change).items():
        now = table.loc[inside, column].to_numpy(np.int64)
        table.loc[inside, column] = now + largest_remainder(people, weights)
    return table


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


def moved(change: Move, layers: Layers) -> gpd.GeoDataFrame:
    """Return the residents once some of a group moved from one unit to another.

    Each age leaves in proportion to those there.

    Raises
    ------
    Impossible
        If nobody lives in one of the units, or fewer in the first than are to move.
    """
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
    weights = _living(table, target)
    arriving = [largest_remainder(int(n), weights) for n in leaving.sum(axis=0)]
    table.loc[target, columns] = (
        table.loc[target, columns].to_numpy(np.int64) + np.array(arriving).T
    )
    return table


def _living(table: gpd.GeoDataFrame, inside: np.ndarray) -> np.ndarray:
    """Return the people of some demand points, by which newcomers share them; at least one each."""
    people = table.loc[inside, _ages()].to_numpy(np.int64)
    weights: np.ndarray = np.maximum(people.sum(axis=1), 1)
    return weights


def _ages() -> list[str]:
    return [column for column, _, _ in age_columns()]


def _columns(group: str) -> list[str]:
    """Return the age columns of a people group, or the one column that `group` names."""
    if group in _ages():
        return [group]
    if group not in groups():
        known = ", ".join([*groups(), *_ages()])
        raise Impossible("change-group-unknown", group=group, known=known)
    return columns_of_group(group)


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
        near = similar(unit, [*units["code"], *units["name"], *map(str, named)])
        raise Impossible("change-unit-unknown", unit=unit, near=near)
    points = layers.residents.geometry.to_numpy()
    return np.asarray(shapely.intersects(shapely.union_all(shapes), points))
