"""People groups and facility kinds: the vocabulary that rules are written in (`*.toml` beside)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import AfterValidator

from siting.words import Text

OLDEST = 200
"""An age that nobody reaches: it ends the groups without an upper end."""


@dataclass(frozen=True)
class AgeGroup:
    """A group of residents by completed years of age, both ends included (None: open)."""

    id: str
    text: Text
    from_age: int
    to_age: int | None

    @property
    def ages(self) -> tuple[int, int]:
        """The first age and the last; `OLDEST` where the group is open."""
        return self.from_age, OLDEST if self.to_age is None else self.to_age

    def holds(self, other: AgeGroup) -> bool:
        """Tell whether all ages of another group are of this one."""
        (low, high), (first, last) = self.ages, other.ages
        return low <= first and last <= high

    def meets(self, other: AgeGroup) -> bool:
        """Tell whether some age is of both groups."""
        (low, high), (first, last) = self.ages, other.ages
        return low <= last and first <= high


@dataclass(frozen=True)
class FacilityKind:
    """A kind of facility.

    `capacity` is the column that counts its places or beds, if any; `serves_outside` tells
    whether one beyond the district serves its residents (public schools admit by district).
    """

    id: str
    text: Text
    capacity: str | None
    serves_outside: bool


def _entries(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("siting.plan").joinpath(name).read_text(encoding="utf-8"))


@cache
def groups() -> dict[str, AgeGroup]:
    """Return every people group by its id."""
    return {
        key: AgeGroup(key, Text(zh=e["zh"], en=e["en"]), e.get("from", 0), e.get("to"))
        for key, e in _entries("groups.toml").items()
    }


@cache
def kinds() -> dict[str, FacilityKind]:
    """Return every facility kind by its id."""
    return {
        key: FacilityKind(
            key, Text(zh=e["zh"], en=e["en"]), e.get("capacity"), e.get("serves_outside", True)
        )
        for key, e in _entries("kinds.toml").items()
    }


def _known(value: str, known: dict[str, Any]) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is none of: {', '.join(known)}")
    return value


check_group = AfterValidator(lambda value: _known(value, groups()))
check_kind = AfterValidator(lambda value: _known(value, kinds()))
