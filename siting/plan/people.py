"""Rules about people: can everyone reach what the plan promises, and is there a place for them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from siting.plan.records import (
    FacilityFilter,
    Group,
    Kind,
    Level,
    Mode,
    PeopleRecord,
    Settlement,
)
from siting.toml import Record
from siting.words import Text


class Need(Record):
    """A group of people must reach one of the facilities within the cutoff.

    `cutoff_m` is what the standards read into the plan's `minutes`; where a scenario walks by time,
    the minutes count instead, at the speed of each age. `settlement` narrows the need to people
    who live in town or in villages; `mode` says how they travel; with `headline = false` it is
    shown beside the rule's figure but does not decide it.
    """

    id: str
    title: Text
    group: Group
    facilities: list[FacilityFilter] = Field(min_length=1)
    cutoff_m: float = Field(gt=0)
    minutes: int | None = Field(default=None, gt=0)
    settlement: Settlement | None = None
    mode: Mode = "walk"
    headline: bool = True


class Band(Record):
    """A density class, people per km², and the cutoff that holds in it (None: rule does not apply).

    The lower end is excluded by `over` and included by `at_least`; the upper end is included by
    `up_to` and excluded by `under`.
    """

    id: str
    title: Text
    over: float | None = None
    at_least: float | None = None
    up_to: float | None = None
    under: float | None = None
    cutoff_m: float | None = Field(default=None, gt=0)


class AccessRule(PeopleRecord):
    """Each person reaches a facility of every need that concerns their age (class a).

    With `needs_at_least`, of that many of them (or of all, where fewer concern the age). With
    `by_time`, or a `speed_m_s` for all ages, the minutes of the needs count and not their metres.
    """

    kind: Literal["access"]
    need: list[Need] = Field(min_length=1)
    needs_at_least: int | None = Field(default=None, ge=1)
    by_time: bool = False
    speed_m_s: float | None = Field(default=None, gt=0, le=10)


class DensityAccessRule(PeopleRecord):
    """The cutoff depends on the density of a group where a person lives (class a).

    The density is that of the unit of `unit_level`; of a square of `grid_m`; or within
    `kernel_m` around each home. `area` is the land of the unit, or its residential land alone.
    """

    kind: Literal["density-access"]
    density_group: Group
    unit_level: Level = "community"
    grid_m: int | None = Field(default=None, ge=100)
    kernel_m: int | None = Field(default=None, ge=100)
    area: Literal["land", "residential"] = "land"
    band: list[Band] = Field(min_length=1)
    facilities: list[FacilityFilter] = Field(min_length=1)
    same_unit: bool = False

    @model_validator(mode="after")
    def _one_density(self) -> DensityAccessRule:
        if self.kernel_m is not None and (self.grid_m is not None or self.same_unit):
            raise ValueError("a density around each home has neither squares nor a same unit")
        return self


class PresenceRule(PeopleRecord):
    """Each unit of a level has at least one facility (class b)."""

    kind: Literal["presence"]
    unit_level: Level
    facilities: list[FacilityFilter] = Field(min_length=1)
    at_least: int = Field(default=1, ge=1)


class Stage(Record):
    """A group of children, the facilities that have places for them, and how far they walk.

    `share` gives the part of a kind's places that is meant for this stage (a nine-year school);
    a block in which `class_size` of its children find no place lacks a class.
    """

    id: str
    title: Text
    group: Group
    facilities: list[FacilityFilter] = Field(min_length=1)
    share: dict[Kind, float] = {}
    cutoff_m: float = Field(gt=0)
    class_size: int = Field(ge=1)


class CapacityRule(PeopleRecord):
    """Everybody has a place within reach when places are given out (class e).

    Places go to as many people as possible, then as near as possible. `unit_level` is the block
    by which those without a place are counted.
    """

    kind: Literal["capacity"]
    stage: list[Stage] = Field(min_length=1)
    unit_level: Level = "community"
