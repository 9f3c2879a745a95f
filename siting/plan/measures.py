"""Rules about a measured value: counts, ratios, shares, neighbours, projects, registers, stock."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from siting.plan.records import (
    Condition,
    FacilityFilter,
    Group,
    Level,
    MeasureRecord,
    Quantity,
    Years,
)
from siting.toml import Record


class CountRule(MeasureRecord):
    """A quantity reaches the target: in the whole place, or in each unit of a level (class b).

    `units` narrows the units of the level by plain fields, as ``where = { kind = "县" }``.
    """

    kind: Literal["count"]
    quantity: Quantity
    unit_level: Level | None = None
    units: Condition = Condition()


class RatioRule(MeasureRecord):
    """One quantity over another, `per` so many (class d); the whole place decides.

    With `unit_level` the ratio of each unit is stated beside it, without a verdict.
    """

    kind: Literal["ratio"]
    numerator: Quantity
    denominator: Quantity
    per: int = Field(default=1, ge=1)
    unit_level: Level | None = None


class ShareRule(MeasureRecord):
    """The share of some facilities that fulfil a condition (class d).

    Facilities count one each, or by a column (`weight`: children enrolled, beds). The shares of
    the units of `unit_level` are stated beside it, without a verdict.
    """

    kind: Literal["share"]
    among: list[FacilityFilter] = Field(min_length=1)
    having: Condition
    weight: str | None = None
    unit_level: Level | None = None


class Areas(Record):
    """Areas of a named layer (new housing, industrial parks) that fulfil a condition.

    `years` are those of their completion, whenever the evaluation date: a plan provides for what
    is still to be built. `group` are the people of an area whom the facility is for: with it, an
    area that fails is a gap of so many people, with the smallest repair.
    """

    layer: str
    condition: Condition = Condition()
    years: Years | None = None
    group: Group | None = None


class AdjacencyRule(MeasureRecord):
    """Facilities, or areas, stand beside another facility (class c).

    Beside: on the same parcel, or no farther apart than `within_m`; between that and `unsure_m`
    it is undetermined (points stand for buildings). The target is a share of them.
    """

    kind: Literal["adjacency"]
    facilities: list[FacilityFilter] = []
    areas: Areas | None = None
    beside: list[FacilityFilter] = Field(min_length=1)
    within_m: float = Field(ge=0)
    unsure_m: float | None = Field(default=None, gt=0)
    distance: Literal["walking", "straight"] = "straight"

    @model_validator(mode="after")
    def _one_subject(self) -> AdjacencyRule:
        if bool(self.facilities) == (self.areas is not None):
            raise ValueError("an adjacency rule is about facilities, or about areas")
        if self.areas is not None and self.distance == "walking":
            raise ValueError("areas have no door: how far they are is measured in a straight line")
        return self


class ProjectRule(MeasureRecord):
    """Projects that the plan names: where each stands (class f); a target counts the open ones."""

    kind: Literal["project"]
    projects: list[str] = Field(min_length=1)


class RouteRule(MeasureRecord):
    """Lines in service that link a school with homes (class h): their number reaches the target.

    A line counts if one of its stops lies within `stop_within_m` of a school it serves, and
    another within as much of where people live.
    """

    kind: Literal["route"]
    stop_within_m: float = Field(default=300, gt=0)
    schools: list[FacilityFilter] = Field(min_length=1)


class RegisterRule(MeasureRecord):
    """What a register states (tier T3): its figures, added up or looked at one by one.

    Of several entries of a topic and name the latest counts, except where each year must reach
    the target. `each` says what must reach it: the total, or every name, year or topic. A figure
    may be a count, a rate (``70.6%``), a fraction (``612/1180``) or yes and no.
    """

    kind: Literal["register"]
    topics: list[str] = Field(min_length=1)
    each: Literal["total", "name", "year", "topic"] = "total"
    years: Years | None = None


class StockRule(MeasureRecord):
    """The people of a group who live in compounds built by some year (class i), and where.

    `homes` says which residents live in a compound. Buildings belong to one if they share the name
    before their number (``春华公寓3幢``). Each compound is stated, those with most people first.
    """

    kind: Literal["stock"]
    homes: Condition
    group: Group
    built_up_to: int
