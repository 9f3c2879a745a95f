"""What several tables of the report ask of a result: titles, readings, the rows that count."""

from __future__ import annotations

from string import digits
from typing import TYPE_CHECKING, Any

from siting.report.words import name

if TYPE_CHECKING:
    import pandas as pd

    from siting.report.result import Result
    from siting.words import Lang

HEADLINE = "all"
OUTSIDE_UNIT = "outside"  # the unit of the people beyond the district
BASES = ["plan", "standard", "reference"]  # the order of reading; the three are never mixed


def ordered_rules(result: Result) -> list[dict[str, Any]]:
    """Return all rules, of people and of values, by basis and within it clause by clause."""
    return sorted([*result.rules, *result.measures], key=clause_order)


def clause_order(rule: dict[str, Any]) -> tuple[int, str, int]:
    """Order a rule's first clause: Q4 before Q13, and numbers after letters."""
    letters = rule["clauses"][0].rstrip(digits)
    return BASES.index(rule["basis"]), letters, int(rule["clauses"][0][len(letters) :] or 0)


def titles(result: Result, lang: Lang) -> dict[str, str]:
    """Return the title of every rule by its id."""
    return {rule["id"]: rule["title"][lang] for rule in _every_rule(result)}


def _every_rule(result: Result) -> list[dict[str, Any]]:
    return [*result.rules, *result.measures, *result.silent]


def reading_titles(result: Result, table: pd.DataFrame, lang: Lang) -> list[str]:
    """Return the title of the reading in each row of `table` (columns ``rule``, ``reading``)."""
    known = {
        (rule["id"], reading["id"]): reading["title"][lang]
        for rule in _every_rule(result)
        for reading in rule["readings"]
    }
    pairs = zip(table["rule"], table["reading"], strict=True)
    return [known.get(pair) or name("reading", pair[1], lang) for pair in pairs]


def default_rows(result: Result) -> pd.DataFrame:
    """Return the rows of coverage.csv inside the district, with the people who are judged.

    Missing is not passing: the undetermined and the not assessed are judged as well.
    """
    table = result.coverage
    table = table[(table["reading"] == "default") & (table["unit"] != OUTSIDE_UNIT)]
    judged = table["people"] - table["not_applicable"] - table["outside"]
    return table.assign(judged=judged)


def headline(result: Result) -> pd.DataFrame:
    """Return the district's row of each rule for everything that it asks together."""
    table = default_rows(result)
    whole = (table["level"] == "district") & (table["part"] == HEADLINE)
    return table[whole].drop_duplicates("rule").reset_index(drop=True)


def of_rule(frame: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Return the rows of one rule; of a table without rules, none."""
    return frame[frame["rule"] == rule] if "rule" in frame.columns else frame.iloc[:0]
