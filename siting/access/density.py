"""Density of a group of people in the units of a level, and the bands of a rule over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.plan.model import Band, DensityAccessRule


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
    """Return one row per unit of the rule's level within the district.

    Columns: `unit`, `unit_name`, `people` (the density group), `subject` (the rule's group),
    `land_km2`, `density` (per km² of land; NaN where the land area is unknown or zero), `band`.
    """
    units = study.layers.units
    units = units[(units["level"] == rule.unit_level) & ~units["outside"].astype(bool)]
    codes = study.units(rule.unit_level).where(~study.outside)
    people = pd.Series(study.people(rule.density_group)).groupby(codes.to_numpy()).sum()
    subject = pd.Series(study.people(rule.group)).groupby(codes.to_numpy()).sum()
    land = units["land_km2"].to_numpy(float)
    counted = people.reindex(units["code"], fill_value=0).to_numpy(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.where(land > 0, counted / land, np.nan)
    band = band_index(density, rule.band)
    names = [b.id for b in rule.band] + [""]
    return pd.DataFrame(
        {
            "unit": units["code"].to_numpy(),
            "unit_name": units["name"].to_numpy(),
            "people": counted,
            "subject": subject.reindex(units["code"], fill_value=0).to_numpy(np.int64),
            "land_km2": land,
            "density": density,
            "band": [names[i] for i in band],
        }
    )


def bands_of(rule: DensityAccessRule, study: Study, table: pd.DataFrame) -> NDArray[np.int64]:
    """Return the band of each demand point's unit, ``len(rule.band)`` where there is none."""
    index = {band.id: i for i, band in enumerate(rule.band)}
    of_unit = dict(zip(table["unit"], table["band"].map(index).fillna(len(rule.band)), strict=True))
    codes = study.units(rule.unit_level)
    return codes.map(of_unit).fillna(len(rule.band)).to_numpy(np.int64)
