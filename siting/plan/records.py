"""What every rule is made of: source, scope, filters of facilities, readings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from siting.plan.vocabulary import check_group, check_kind
from siting.toml import Record
from siting.words import Text

Basis = Literal["plan", "standard", "reference"]
Confidence = Literal["A", "B", "G", "E"]
Settlement = Literal["urban", "rural"]
Mode = Literal["walk", "ebike"]
Caliber = Literal["resident", "registered", "without-students"]
Level = Literal[
    "community", "street", "block", "district", "planning_unit", "grid", "county", "school_district"
]
Group = Annotated[str, check_group]
Kind = Annotated[str, check_kind]
Years = tuple[int, int]


class Source(Record):
    """Where a figure stands: document, clause and how sure we are (A verified … E estimate)."""

    document: str
    clause: str
    confidence: Confidence


class Condition(Record):
    """What a row must fulfil, by plain fields; no expression language.

    `where` asks for equality, or for one of several values; `at_least` for a number not below the
    given one: a missing value is unknown, neither yes nor no. `present` asks that a text is not
    empty, and there an empty one is a no.
    """

    where: dict[str, bool | str | list[str]] = {}
    at_least: dict[str, int | float] = {}
    present: list[str] = []


class FacilityFilter(Condition):
    """Facilities of one kind that fulfil a condition and opened in some years, if any are given."""

    kind: Kind
    opened: Years | None = None


class Scope(Record):
    """The units in which a rule holds; everywhere if nothing is given."""

    level: Level | None = None
    names: list[str] = []
    settlement: Settlement | None = None


class Reading(Record):
    """One defensible way to understand an ambiguous clause: fields of the rule that it sets."""

    id: str
    title: Text
    set: dict[str, Any]


class Quantity(Record):
    """A number that data give: exactly one of facilities, people, a figure of units, a register.

    `facilities` are counted, or a column of them is summed (`sum`); `group` counts people;
    `figure` sums a column of the units (population, GDP) over those that fulfil `units`;
    `topic` sums the figures of a register.
    """

    facilities: list[FacilityFilter] = []
    sum: str | None = None
    group: Group | None = None
    figure: str | None = None
    units: Condition = Condition()
    topic: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Quantity:
        given = [bool(self.facilities), self.group is not None, self.figure is not None]
        if sum([*given, self.topic is not None]) != 1:
            raise ValueError("a quantity is one of: facilities, group, figure, topic")
        return self


class RuleRecord(Record):
    """What every rule says, whatever its kind."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Text
    text: Text
    basis: Basis
    clauses: list[str] = Field(min_length=1)
    places: list[str] = Field(min_length=1)
    source: Source
    scope: Scope = Scope()
    caliber: Caliber = "resident"
    reading: list[Reading] = []


class PeopleRecord(RuleRecord):
    """A rule that people fulfil or not; its target is a share of those to whom it applies."""

    group: Group
    target: float = Field(default=1.0, gt=0)
    distance: Literal["walking", "straight"] = "walking"
    tolerance: float = Field(default=0.0, ge=-0.5, le=1.0)


class MeasureRecord(RuleRecord):
    """A rule that a measured value fulfils or not; without a target it is only stated.

    `up_to` closes the range in which a value passes; `measure` names the unit of the value.
    """

    target: float | None = None
    up_to: float | None = None
    measure: Text
