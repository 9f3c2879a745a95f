"""What a plan promises: documents, clauses, rules and readings, as records of TOML files.

A *clause* is a sentence of a plan; a *rule* is its test; a *reading* is one defensible way to
understand it. A rule kind is one model here and one function in `siting.access`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from siting.plan.measures import (
    AdjacencyRule,
    Areas,
    CountRule,
    ProjectRule,
    RatioRule,
    RegisterRule,
    RouteRule,
    ShareRule,
    StockRule,
)
from siting.plan.people import (
    AccessRule,
    Band,
    CapacityRule,
    DensityAccessRule,
    Need,
    PresenceRule,
    Stage,
)
from siting.plan.records import (
    Condition,
    Confidence,
    FacilityFilter,
    Group,
    Kind,
    Level,
    MeasureRecord,
    Mode,
    PeopleRecord,
    Quantity,
    Reading,
    RuleRecord,
    Scope,
    Source,
)
from siting.toml import Record
from siting.words import Text

PeopleRule = AccessRule | DensityAccessRule | PresenceRule | CapacityRule
MeasureRule = (
    CountRule
    | RatioRule
    | ShareRule
    | AdjacencyRule
    | ProjectRule
    | RouteRule
    | RegisterRule
    | StockRule
)
Rule = Annotated[PeopleRule | MeasureRule, Field(discriminator="kind")]


class Clause(Record):
    """A sentence of a plan, paraphrased, with its rules or the reason why there is none.

    `same_as` names a clause of the same origin in another plan.
    """

    id: str
    section: str
    text: Text
    letter: Literal["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] = Field(alias="class")
    tier: Literal["T1", "T2", "T3", "N"]
    confidence: Confidence = "A"
    rule: str | None = None
    reason: Text | None = None
    same_as: str | None = None

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


__all__ = [
    "AccessRule",
    "AdjacencyRule",
    "Areas",
    "Band",
    "CapacityRule",
    "Clause",
    "Condition",
    "Confidence",
    "CountRule",
    "DensityAccessRule",
    "FacilityFilter",
    "Group",
    "Kind",
    "Level",
    "MeasureRecord",
    "MeasureRule",
    "Mode",
    "Need",
    "PeopleRecord",
    "PeopleRule",
    "Plan",
    "PresenceRule",
    "ProjectRule",
    "Quantity",
    "RatioRule",
    "Reading",
    "RegisterRule",
    "RouteRule",
    "Rule",
    "RuleRecord",
    "Scope",
    "ShareRule",
    "Source",
    "Stage",
    "StockRule",
]
