"""Density of a group of people where each home stands, and the bands of a rule over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from siting.access.judged import UnitsOf
from siting.access.land import discs, land_km2, people_within, square_codes, square_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.plan.model import Band, DensityAccessRule


class Density(NamedTuple):
    """The units by which a rule tells density: their table, and the row of each demand point.

    The table has `unit`, `unit_name`, `people` (the density group), `subject` (the rule's group),
    `land_km2` and `density` (per km² of land; NaN where the land area is unknown or zero), one
    row per unit within the district, sorted by `unit`; `row` is −1 for people in no such unit.
    """

    table: pd.DataFrame
    row: NDArray[np.int64]


def band_index(density: NDArray[np.float64], bands: list[Band]) -> NDArray[np.int64]:
    """Return the band of each density (people per km²), ``len(bands)`` where there is none.

    The first band that holds a value owns it; a value that no band holds (a hole between bands,
    an unknown density) belongs to none, which is for the caller to report.
    """
    index = np.full(len(density), len(bands), np.int64)
    for i in reversed(range(len(bands))):
        band = bands[i]
        inside = ~np.isnan(density)
        if band.over is not None:
            inside &= density > band.over
        if band.at_least is not None:
            inside &= density >= band.at_least
        if band.up_to is not None:
            inside &= density <= band.up_to
        if band.under is not None:
            inside &= density < band.under
        index[inside] = i
    return index


def density_table(rule: DensityAccessRule, study: Study) -> pd.DataFrame:
    """Return the table of `Density` with the `band` of each unit (empty: none)."""
    table = density_of(rule, study).table
    names = np.array([*(b.id for b in rule.band), ""], object)
    return table.assign(band=names[band_index(table["density"].to_numpy(), rule.band)])


def bands_of(rule: DensityAccessRule, study: Study) -> NDArray[np.int64]:
    """Return the band of each demand point's unit, ``len(rule.band)`` where there is none."""
    density = density_of(rule, study)
    band = np.append(band_index(density.table["density"].to_numpy(), rule.band), len(rule.band))
    return np.asarray(band[density.row])


def density_of(rule: DensityAccessRule, study: Study) -> Density:
    """Measure density as the rule reads it; readings that differ in nothing else share it."""
    key = (
        *("density", rule.density_group, rule.group, rule.caliber),
        *(rule.unit_level, rule.grid_m, rule.kernel_m, rule.area),
    )
    return study.once(key, lambda: _density_of(rule, study))


def _density_of(rule: DensityAccessRule, study: Study) -> Density:
    if rule.kernel_m is not None:
        return _around_homes(rule, study, rule.kernel_m)
    if rule.grid_m is not None:
        return _of_squares(rule, study, rule.grid_m)
    return _of_units(rule, study)


def units_of(rule: DensityAccessRule, study: Study) -> UnitsOf:
    """Return the units of homes and facilities within which ``same_unit`` looks."""
    if rule.grid_m is not None:
        return UnitsOf(
            square_codes(study.demand, rule.grid_m), square_codes(study.facilities, rule.grid_m)
        )
    return UnitsOf(study.units(rule.unit_level), study.facility_units(rule.unit_level))


def _of_units(rule: DensityAccessRule, study: Study) -> Density:
    """Density of the units of a level: people of the district only, whose units they are."""
    units = study.layers.units
    units = units[(units["level"] == rule.unit_level) & ~units["outside"].astype(bool)]
    units = units.sort_values("code", ignore_index=True)
    land = units["land_km2"].to_numpy(float, na_value=np.nan)
    if rule.area != "land":
        land = land_km2(units.geometry, study, area=rule.area)
    codes = study.units(rule.unit_level).where(~study.outside)
    row = pd.Index(units["code"]).get_indexer(pd.Index(codes))
    return _density(rule, study, row=row, units=units[["code", "name"]], land=land)


def _of_squares(rule: DensityAccessRule, study: Study, grid_m: int) -> Density:
    """Density of squares in which people of the district live, whoever else lives there."""
    codes = square_codes(study.demand, grid_m)
    units = pd.Series(sorted(set(codes[~study.outside].dropna())), dtype="string")
    land = land_km2(square_shapes(units, grid_m, crs=study.layers.crs), study, area=rule.area)
    row = pd.Index(units).get_indexer(pd.Index(codes))
    return _density(
        rule, study, row=row, units=pd.DataFrame({"code": units, "name": ""}), land=land
    )


def _density(
    rule: DensityAccessRule,
    study: Study,
    *,
    row: NDArray[np.int64],
    units: pd.DataFrame,
    land: NDArray[np.float64],
) -> Density:
    counted = _by_row(study.people(rule.density_group, caliber=rule.caliber), row, len(units))
    inside = np.where(study.outside, -1, row)
    subject = _by_row(study.people(rule.group, caliber=rule.caliber), inside, len(units))
    table = _table(units["code"], units["name"], counted, subject, land)
    return Density(table, row)


def _around_homes(rule: DensityAccessRule, study: Study, radius_m: int) -> Density:
    """Density within a radius of each home: all people there, whatever side of the border."""
    people = study.people(rule.density_group, caliber=rule.caliber)
    rows = np.flatnonzero(~study.outside & study.located)
    counted = people_within(study.demand, people, rows, radius_m=radius_m)
    land = land_km2(
        discs(study.demand, rows, radius_m, crs=study.layers.crs), study, area=rule.area
    )
    residents = study.layers.residents.iloc[rows]
    subject = study.people(rule.group, caliber=rule.caliber)[rows]
    table = _table(residents["id"], residents["name"], counted, subject, land)
    row = np.full(study.count, -1, np.int64)
    row[rows] = np.arange(len(rows))
    return Density(table, row)


def _by_row(people: NDArray[np.int64], row: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    known = row >= 0
    return np.bincount(row[known], people[known], minlength=count).astype(np.int64)


def _table(
    unit: pd.Series,
    name: pd.Series,
    people: NDArray[np.int64],
    subject: NDArray[np.int64],
    land: NDArray[np.float64],
) -> pd.DataFrame:
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.where(land > 0, people / land, np.nan)
    return pd.DataFrame(
        {
            "unit": unit.to_numpy(),
            "unit_name": name.to_numpy(),
            "people": people,
            "subject": subject,
            "land_km2": land,
            "density": density,
        }
    )
