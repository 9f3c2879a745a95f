"""Residential land within reach: a second measure beside people, judged where each area lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from siting.access.density import band_index, density_of
from siting.access.judged import cutoff_mm_of
from siting.access.land import RESIDENTIAL
from siting.access.needs import need_cutoffs
from siting.access.parts import filters_of, gap_parts, mode_of
from siting.access.placing import closed_lines, place_points
from siting.layers.spatial import area_at
from siting.network.costs import nearest_costs, straight_nearest
from siting.plan.model import AccessRule, DensityAccessRule

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.network.snap import Positions
    from siting.plan.model import PeopleRule

    Integers = NDArray[np.int64]


class LandCovered(NamedTuple):
    """Residential land to which a part of a rule applies, and how much of it is covered; in m²."""

    part: str
    covered_m2: float
    land_m2: float


def residential_land_covered(rule: PeopleRule, study: Study) -> list[LandCovered]:
    """Measure the residential land within the cutoff of each part, where there is such a layer.

    An area counts as a whole, by a point inside it that walks like everybody else; one that no
    street reaches is not covered. Rules about presence or places say nothing of land.
    """
    table = study.layers.areas.get(RESIDENTIAL)
    if table is None or not isinstance(rule, AccessRule | DensityAccessRule):
        return []
    inside = ~table["outside"].fillna(value=False).to_numpy(bool)
    size = np.where(inside, shapely.area(np.asarray(table.geometry)), 0.0)
    found = []
    for part in gap_parts(rule):
        cutoff = _cutoffs(rule, part, table, study)
        if cutoff is None or not (size[cutoff >= 0] > 0).any():
            continue
        cost = _costs(rule, part, table, study)
        covered = float(size[(cost <= cutoff) & (cutoff >= 0)].sum())
        found.append(LandCovered(part, covered, float(size[cutoff >= 0].sum())))
    return found


def _costs(rule: PeopleRule, part: str, table: gpd.GeoDataFrame, study: Study) -> Integers:
    mode = mode_of(rule, part)
    network = study.networks[mode]
    points = study.once((RESIDENTIAL, mode), lambda: _placed(table, study, mode))
    certain = np.flatnonzero(study.matching(filters_of(rule, part))[0])
    sites = network.facilities.take(certain)
    if rule.distance == "straight":
        return straight_nearest(demand=points, facilities=sites).straight_mm.astype(np.int64)
    return nearest_costs(network.streets, demand=points, facilities=sites).cost_mm.astype(np.int64)


def _placed(table: gpd.GeoDataFrame, study: Study, mode: str) -> Positions:
    points = table.assign(geometry=table.geometry.representative_point())
    closed = study.once("closed", lambda: closed_lines(study.layers))
    return place_points(points, study.networks[mode].streets, closed, study.walk)


def _cutoffs(
    rule: AccessRule | DensityAccessRule, part: str, table: gpd.GeoDataFrame, study: Study
) -> Integers | None:
    """Return the cutoff of each area, −1 where the part does not apply; None: it cannot be told."""
    binds = _in_units(rule.scope.level, rule.scope.names, table, study)
    if isinstance(rule, DensityAccessRule):
        if rule.grid_m is not None or rule.kernel_m is not None:
            return None
        return np.where(binds, _by_band(rule, table, study), -1)
    need = next((n for n in rule.need if n.id == part), rule.need[0])
    # The slowest age speaks for a home in which all may live.
    metres = min(one.cutoff_mm for one in need_cutoffs(need, rule, study)) / 1000
    settlement = need.settlement or rule.scope.settlement
    if settlement is not None:
        units = study.layers.units
        code = units["urban_rural"].astype("string").str[0].map({"1": "urban", "2": "rural"})
        here = units[(units["level"] == "community") & (code == settlement)]
        binds &= _in_units("community", list(here["name"]), table, study)
    return np.where(binds, cutoff_mm_of(metres, rule), -1)


def _by_band(rule: DensityAccessRule, table: gpd.GeoDataFrame, study: Study) -> Integers:
    units = study.layers.units
    units = units[(units["level"] == rule.unit_level) & ~units["outside"].astype(bool)]
    units = units.sort_values("code", ignore_index=True)  # as the table of densities
    density = density_of(rule, study).table["density"].to_numpy()
    cutoffs = [-1 if b.cutoff_m is None else cutoff_mm_of(b.cutoff_m, rule) for b in rule.band]
    of_unit = np.array([*cutoffs, -1], np.int64)[band_index(density, rule.band)]
    at = area_at(table.geometry.representative_point(), units.geometry)
    return np.where(at >= 0, of_unit[at], -1)


def _in_units(
    level: str | None, names: list[str], table: gpd.GeoDataFrame, study: Study
) -> NDArray[np.bool_]:
    """Tell which areas lie in one of some units; everywhere without a level."""
    if level is None:
        return np.ones(len(table), bool)
    units = study.layers.units
    here = units[(units["level"] == level) & units["name"].isin(names)]
    return np.asarray(area_at(table.geometry.representative_point(), here.geometry) >= 0)
