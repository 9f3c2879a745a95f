"""One prepared study: demand, facilities and streets, ready for any rule to ask its question.

A *study* answers two questions for every demand point: how many people of a group live there, and
what does the nearest facility that passes a filter cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from siting.access.calibers import ages_counted, caliber_unknown
from siting.access.conditions import passing
from siting.layers.residents import columns_of_group
from siting.layers.units import unit_codes
from siting.network.costs import UNREACHABLE, nearest_costs, straight_nearest
from siting.plan.vocabulary import kinds
from siting.scenario.model import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import date

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from siting.layers.model import Layers
    from siting.network.costs import OnSite
    from siting.network.snap import Positions
    from siting.network.streets import Streets
    from siting.plan.model import FacilityFilter
    from siting.plan.records import Caliber

    Booleans = NDArray[np.bool_]
    Integers = NDArray[np.int64]

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Reach:
    """What the nearest of some facilities costs each demand point; arrays over demand.

    `cost_mm` and `straight_mm` are `UNREACHABLE` where there is none; `facility` is the row of
    the nearest on the network (−1: none), `straight_facility` the nearest in a straight line.
    """

    cost_mm: Integers
    facility: Integers
    straight_mm: Integers
    straight_facility: Integers


@dataclass(frozen=True)
class Network:
    """The streets of one mode of travel, and where everybody and everything stands on them."""

    streets: Streets
    demand: Positions
    facilities: Positions
    on_site: OnSite


@dataclass(frozen=True)
class Study:
    """Everything a rule needs.

    Attributes
    ----------
    layers
        Validated tables with the scenario's changes applied.
    networks
        One per mode of travel that the rules use; ``walk`` is always there.
    as_of
        A facility counts if it operates and opened no later.
    outside_counts
        Whether facilities beyond the district may serve (each kind decides for itself then).
    walk
        How people walk: by the standards' distances or by time, and how far off a street.
    """

    layers: Layers
    networks: dict[str, Network]
    as_of: date
    outside_counts: bool = True
    walk: Walk = field(default_factory=Walk)
    _reaches: dict[tuple[str, bytes], Reach] = field(default_factory=dict, repr=False)
    _units: dict[tuple[str, str], pd.Series] = field(default_factory=dict, repr=False)
    _standing: dict[Hashable, object] = field(default_factory=dict, repr=False)
    _kept: dict[Hashable, object] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """Number of demand points."""
        return len(self.layers.residents)

    @property
    def outside(self) -> Booleans:
        """Demand points beyond the district."""
        beyond: Booleans = self.layers.residents["outside"].to_numpy(bool)
        return beyond

    @property
    def streets(self) -> Streets:
        """The walking network."""
        return self.networks["walk"].streets

    @property
    def demand(self) -> Positions:
        """Residents on the walking network."""
        return self.networks["walk"].demand

    @property
    def facilities(self) -> Positions:
        """Facilities on the walking network."""
        return self.networks["walk"].facilities

    @property
    def on_site(self) -> OnSite:
        """Pairs of residents and facilities on one site."""
        return self.networks["walk"].on_site

    def placed(self, mode: str = "walk") -> Booleans:
        """Tell which demand points stand on the network of a mode."""
        return np.asarray(self.networks[mode].demand.edge >= 0)

    @property
    def located(self) -> Booleans:
        """Demand points whose position is known, on the network or off it."""
        return np.asarray(self.demand.reason != "no-position")

    def once(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Return what `make` makes of this study's people and land; it is made only once."""
        return _once(self._kept, key, make)

    def ages(self, caliber: Caliber = "resident") -> pd.DataFrame:
        """People at each demand point by column of age, as a caliber counts them."""
        return self.once(
            ("ages", caliber), lambda: ages_counted(self.layers.residents, caliber=caliber)
        )

    def people(self, group: str, *, caliber: Caliber = "resident") -> Integers:
        """People of a group (`siting/plan/groups.toml`) at each demand point."""
        return self.people_aged(columns_of_group(group), caliber=caliber)

    def people_aged(self, columns: list[str], *, caliber: Caliber = "resident") -> Integers:
        """People of some columns of age at each demand point."""
        return self.once(
            ("people", caliber, *columns),
            lambda: self.ages(caliber)[columns].to_numpy(np.int64).sum(axis=1),
        )

    def uncounted(self, columns: list[str], *, caliber: Caliber) -> Booleans:
        """Tell where it is not known how many people of some ages a caliber counts."""
        return caliber_unknown(self.layers.residents, columns, caliber=caliber)

    def operating(self) -> Booleans:
        """Tell which facilities count on the evaluation date."""
        return _once(self._standing, "operating", self._operating)

    def _operating(self) -> Booleans:
        table = self.layers.facilities
        year = table["year_open"].fillna(0).to_numpy(np.int64)
        serves = (table["status"] == "operating").to_numpy(bool) & (year <= self.as_of.year)
        reach_out = table["kind"].map(lambda kind: kinds()[kind].serves_outside).to_numpy(bool)
        beyond = table["outside"].to_numpy(bool)
        return np.asarray(serves & (~beyond | (reach_out & self.outside_counts)))

    def matching(self, filters: list[FacilityFilter]) -> tuple[Booleans, Booleans]:
        """Tell which operating facilities pass any of `filters`: certainly, and perhaps.

        A facility passes perhaps if a field that a filter asks for is empty: missing is unknown,
        never no (and never yes).
        """
        key = "matching", *(one.model_dump_json() for one in filters)
        return _once(self._standing, key, lambda: self._match(filters))

    def _match(self, filters: list[FacilityFilter]) -> tuple[Booleans, Booleans]:
        table = self.layers.facilities
        certain = np.zeros(len(table), bool)
        perhaps = np.zeros(len(table), bool)
        for one in filters:
            passes = passing(table, one)
            certain |= passes.fillna(False).to_numpy(bool)
            perhaps |= passes.fillna(True).to_numpy(bool)
        counts = self.operating()
        return certain & counts, perhaps & ~certain & counts

    def idle(self, filters: list[FacilityFilter]) -> Booleans:
        """Tell which facilities would certainly pass, if they were in operation."""
        opened = _once(self._standing, "opened", self._opened)
        return opened.matching(filters)[0] & ~self.operating()

    def _opened(self) -> Study:
        table = self.layers.facilities
        year = table["year_open"].clip(upper=self.as_of.year)
        return self.with_facilities(table.assign(status="operating", year_open=year))

    def with_facilities(self, facilities: gpd.GeoDataFrame) -> Study:
        """Return the study in which the facilities, in their places, have other properties."""
        return replace(self, layers=replace(self.layers, facilities=facilities), _standing={})

    def reach(self, mask: Booleans, *, mode: str = "walk") -> Reach:
        """Return what the nearest facility of `mask` costs each demand point."""
        key = mode, np.packbits(mask).tobytes()
        if key not in self._reaches:
            self._reaches[key] = _measure(self.networks[mode], np.flatnonzero(mask))
        return self._reaches[key]

    def units(self, level: str) -> pd.Series:
        """Return the code of the unit of `level` in which each demand point lies (may be empty)."""
        return self._codes("residents", level)

    def homes(self) -> pd.Series:
        """Return the code of the smallest unit in which each demand point lies."""
        level = "community" if (self.layers.units["level"] == "community").any() else "grid"
        return self.once("homes", lambda: self.units(level).fillna(self.units("street")))

    def facility_units(self, level: str) -> pd.Series:
        """Return the code of the unit of `level` in which each facility stands (may be empty)."""
        return self._codes("facilities", level)

    def _codes(self, table: str, level: str) -> pd.Series:
        key = (table, level)
        if key not in self._units:
            points = getattr(self.layers, table)
            self._units[key] = unit_codes(points, self.layers.units, level=level)
        return self._units[key]

    def settlement(self) -> pd.Series:
        """Tell for each demand point whether its community is urban or rural (empty: unknown).

        Urban–rural codes of the statistics bureau: 1xx town, 210 and 220 village (J09).
        """
        return self.once("settlement", self._settlement)

    def _settlement(self) -> pd.Series:
        units = self.layers.units
        code = units.set_index("code")["urban_rural"].reindex(self.units("community"))
        kinds_ = code.astype("string").str[0].map({"1": "urban", "2": "rural"})
        found: pd.Series = kinds_.reset_index(drop=True)
        return found

    def outside_serves(self) -> bool:
        """Tell whether any facility beyond the district counts."""
        beyond = self.layers.facilities["outside"].to_numpy(bool)
        return bool((self.operating() & beyond).any())

    def without_outside(self) -> Study:
        """Return the study in which no facility beyond the district serves."""
        return replace(self, outside_counts=False, _reaches={}, _standing={})


def _once(kept: dict[Hashable, object], key: Hashable, make: Callable[[], Kept]) -> Kept:
    if key not in kept:
        kept[key] = make()
    return kept[key]  # type: ignore[return-value]


def _measure(network: Network, rows: Integers) -> Reach:
    chosen = network.facilities.take(rows)
    cost, nearest = nearest_costs(
        network.streets,
        demand=network.demand,
        facilities=chosen,
        on_site=network.on_site.among(rows),
    )
    straight, straight_row = straight_nearest(demand=network.demand, facilities=chosen)
    return Reach(
        cost_mm=cost.astype(np.int64),
        facility=_rows(nearest, rows),
        straight_mm=straight.astype(np.int64),
        straight_facility=_rows(straight_row, rows),
    )


def _rows(nearest: NDArray[np.int32], rows: Integers) -> Integers:
    """Translate positions in a choice of facilities into rows of the facilities table."""
    if not len(rows):
        return np.full(len(nearest), -1, np.int64)
    return np.where(nearest >= 0, rows[np.maximum(nearest, 0)], -1)


__all__ = ["UNREACHABLE", "Reach", "Study"]
