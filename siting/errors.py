"""Errors are for people: where, what was found, what was expected, how to mend it.

All problems of an input are collected and raised once. The sentences are data
(`siting/problems/*.toml`), in Chinese and English; code names a problem by its key and gives
the values that the sentences need.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from siting.words import Lang, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one input.

    `key` names an entry of `siting/problems/*.toml`; `where` says which file, row, column, block
    or line; `values` fill the braces of the entry's sentences.
    """

    key: str
    where: str
    values: dict[str, Any] = field(default_factory=dict)

    def _say(self, part: str, lang: Lang) -> str:
        return catalogue("problems")[self.key][f"{part}_{lang}"].format_map(self.values)

    def found(self, lang: Lang = "en") -> str:
        """Say what was found."""
        return self._say("found", lang)

    def expected(self, lang: Lang = "en") -> str:
        """Say what was expected."""
        return self._say("expected", lang)

    def remedy(self, lang: Lang = "en") -> str:
        """Say how to mend it."""
        return self._say("remedy", lang)

    def as_dict(self, lang: Lang = "en") -> dict[str, str]:
        """Return the four answers as the JSON contract wants them."""
        return {
            "where": self.where,
            "found": self.found(lang),
            "expected": self.expected(lang),
            "remedy": self.remedy(lang),
        }


def problem(key: str, where: object, /, **values: object) -> Problem:
    """Build a `Problem` with its values given by name."""
    return Problem(key, str(where), values)


class SitingError(Exception):
    """Base of every error that `siting` raises on purpose."""

    kind = "internal"
    exit_code = 70

    def __init__(self, problems: Problem | list[Problem]) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("; ".join(f"{p.where}: {p.found()}" for p in self.problems))


class UsageError(SitingError):
    """The command line asks for something that does not exist."""

    kind = "usage"
    exit_code = 2


class ScenarioError(SitingError):
    """A scenario, plan or rule file cannot be followed."""

    kind = "scenario"
    exit_code = 3


class DataError(SitingError):
    """A layer cannot be read, or says something impossible."""

    kind = "data"
    exit_code = 4


class LedgerError(SitingError):
    """People were lost or invented: a defect of `siting`, never of the user."""

    kind = "ledger"


def raise_all(problems: list[Problem], error: type[SitingError]) -> None:
    """Raise `error` with all `problems`, if there are any."""
    if problems:
        raise error(problems)


@dataclass
class Gathered:
    """Errors of steps that do not need each other, kept to be raised as one."""

    errors: list[SitingError] = field(default_factory=list)

    def tried(self, step: Callable[[], Found]) -> Found | None:
        """Return what a step finds; None if it raises an error of the user's, which is kept."""
        try:
            return step()
        except (ScenarioError, DataError) as error:
            self.errors.append(error)
            return None

    def error(self) -> SitingError:
        """Return one error with all problems: of the scenario if any lies there, else of data."""
        in_scenario = any(isinstance(one, ScenarioError) for one in self.errors)
        kind = ScenarioError if in_scenario else DataError
        return kind([problem for one in self.errors for problem in one.problems])
