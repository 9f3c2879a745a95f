"""What a plan promises: documents, clauses, rules and readings, as records of TOML files.

A *clause* is a sentence of a plan; a *rule* is its test; a *reading* is one defensible way to
understand it. A rule kind is one model here and one function in `siting.access`.
"""

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
Level = Literal["community", "street", "block", "district", "planning_unit", "grid"]
Group = Annotated[str, check_group]
Kind = Annotated[str, check_kind]


class Source(Record):
    """Where a figure stands: document, clause and how sure we are (A verified … E estimate)."""

    document: str
    clause: str
    confidence: Confidence


class FacilityFilter(Record):
    """Facilities of one kind, narrowed by plain fields; no expression language.

    `where` asks for equality (a missing value is unknown, neither yes nor no), `at_least` for a
    number not below the given one.
    """

    kind: Kind
    where: dict[str, bool | str] = {}
    at_least: dict[str, int] = {}


class Scope(Record):
    """The units in which a rule holds; everywhere if nothing is given."""

    level: Level | None = None
    names: list[str] = []
    settlement: Settlement | None = None


class Need(Record):
    """A group of people must reach one of the facilities within the cutoff.

    `settlement` narrows it to people who live in town or in villages; `mode` says how they
    travel; with `headline = false` it is shown beside the rule's figure but does not decide it.
    """

    id: str
    title: Text
    group: Group
    facilities: list[FacilityFilter] = Field(min_length=1)
    cutoff_m: float = Field(gt=0)
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


class Reading(Record):
    """One defensible way to understand an ambiguous clause: fields of the rule that it sets."""

    id: str
    title: Text
    set: dict[str, Any]


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
    group: Group
    target: float = Field(default=1.0, gt=0)
    distance: Literal["walking", "straight"] = "walking"
    tolerance: float = Field(default=0.0, ge=-0.5, le=1.0)
    reading: list[Reading] = []


class AccessRule(RuleRecord):
    """Each person reaches a facility of every need that concerns their age (class a)."""

    kind: Literal["access"]
    need: list[Need] = Field(min_length=1)


class DensityAccessRule(RuleRecord):
    """The cutoff depends on the density of a group in the unit where a person lives (class a)."""

    kind: Literal["density-access"]
    density_group: Group
    unit_level: Level
    band: list[Band] = Field(min_length=1)
    facilities: list[FacilityFilter] = Field(min_length=1)
    same_unit: bool = False


class PresenceRule(RuleRecord):
    """Each unit of a level has at least one facility (class b)."""

    kind: Literal["presence"]
    unit_level: Level
    facilities: list[FacilityFilter] = Field(min_length=1)
    at_least: int = Field(default=1, ge=1)


Rule = Annotated[AccessRule | DensityAccessRule | PresenceRule, Field(discriminator="kind")]


class Clause(Record):
    """A sentence of a plan, paraphrased, with its rule or the reason why there is none."""

    id: str
    section: str
    text: Text
    letter: Literal["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] = Field(alias="class")
    tier: Literal["T1", "T2", "T3", "N"]
    confidence: Confidence = "A"
    rule: str | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _rule_or_reason(self) -> Clause:
        if (self.rule is None) == (self.reason is None):
            raise ValueError("a clause has a rule, or the reason why there is none")
        return self


class Plan(Record):
    """A plan document: where it binds, its clauses, and the rules that test them."""

    id: str
    title: Text
    document: str
    places: list[str] = Field(min_length=1)
    clause: list[Clause] = []
    rule: list[Rule] = []
