"""Figures that may leave the house: those that tell no count hidden in the coverage table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.report.publiccounts import OUTSIDE, SUMS
from siting.report.suppression import any_small, is_small

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.report.result import Result

OF_PEOPLE = ("count", "ratio", "stock")  # measures that may divide by people, or count them
PER_PEOPLE = "per_thousand"
OTHERS_COUNTED = ("adjacency", "project", "route")  # beside counts, which are live if of facilities
COUNTED_BESIDE = ("regret", "objective_then", "youngest_oldest", "reach", "score")
"""Columns of candidates.csv that count people beside those of the coverage: not published."""

REACHED_BY_ALL = ["objective", "bound", "optimality_gap"]


def headlines(measurements: pd.DataFrame) -> set[str]:
    """Return the rules of which a table of measurements states the district's value."""
    return set(measurements.loc[measurements["level"] == "district", "rule"])


def told_rules(coverage: pd.DataFrame) -> set[str]:
    """Return the rules whose district figures are published without a gap."""
    head = coverage[(coverage["level"] == "district") & (coverage["part"] == "all")]
    whole = head[[*SUMS, "straight_covered"]].notna().all(axis=1)
    return set(head["rule"]) - set(head.loc[~whole, "rule"])


def _told_parts(coverage: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the parts of rules of which every count of the district is published."""
    head = coverage[(coverage["level"] == "district") & (coverage["unit"] != OUTSIDE)]
    head = head[head[SUMS].notna().all(axis=1)]
    return set(zip(head["rule"], head["part"], strict=True))


def public_ledger(ledger: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Return the ledgers of the default readings, and parts, whose every count is published."""
    is_told = pd.MultiIndex.from_frame(ledger[["rule", "part"]]).isin(_told_parts(coverage))
    few = any_small(*(ledger[name] for name in SUMS))
    kept = (ledger["reading"] == "default").to_numpy() & is_told & ~few
    shown: pd.DataFrame = ledger[kept].reset_index(drop=True)
    return shown


def public_finding(finding: dict[str, Any], told: set[str]) -> dict[str, Any]:
    """Return the sentences; advice names a compound, and a conclusion may name hidden figures."""
    nothing = {"zh": "", "en": ""}
    silent = {"advice": nothing} | ({} if finding["rule"] in told else {"conclusion": nothing})
    return finding | {"sentence": finding["sentence"] | silent}


def public_indicators(
    table: pd.DataFrame, coverage: pd.DataFrame, told: set[str], *, silent: set[str]
) -> pd.DataFrame:
    """Return indicators of rules and units whose people are published.

    A density times an area, or a mean times its people, is a count again; places per 1,000 tell
    the residents, who are hidden in some of the units in `silent`.
    """
    whole = coverage[coverage[SUMS].notna().all(axis=1) & (coverage["part"] == "all")]
    units = pd.MultiIndex.from_frame(whole[["rule", "unit"]])
    is_told = pd.MultiIndex.from_frame(table[["rule", "unit"]]).isin(units)
    judged = set(coverage["rule"])
    district = table["level"] == "district"
    kept = np.where(district, table["rule"].isin(told) | ~table["rule"].isin(judged), is_told)
    few = (table["measure"] == "people") & any_small(table["value"])
    by = [table[key] for key in ("rule", "reading", "level", "unit")]
    betrayed = few.groupby(by).transform("any") & (table["measure"] == "people")
    betrayed |= table["unit"].isin(silent) & table["indicator"].str.startswith(PER_PEOPLE)
    return table[kept & ~betrayed].reset_index(drop=True)


def public_sensitivity(table: pd.DataFrame, *, silent: set[str]) -> pd.DataFrame:
    """Return the readings of rules told in full, without those that few people tell apart."""
    rest = table["people"] - table["covered"]
    few = any_small(rest, table["covered"], table["not_assessed"]) | _beside_others(table)
    kept = ~table["rule"].isin(silent).to_numpy() & ~few
    shown: pd.DataFrame = table[kept].reset_index(drop=True)
    return shown


def _beside_others(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which readings differ by few people from the default or from one told before."""
    counts = table[["people", "covered"]].to_numpy(np.float64, na_value=np.nan)
    told: dict[str, list[int]] = {}
    few = np.zeros(len(table), bool)
    for at in np.argsort((table["reading"] != "default").to_numpy(), kind="stable").tolist():
        others = told.setdefault(str(table["rule"].iloc[at]), [])
        few[at] = is_small(np.abs(counts[others] - counts[at])).any()
        if not few[at]:
            others.append(at)
    return few


def _not_people(result: Result) -> set[str]:
    """Return the rules that count facilities, areas or projects: those may be few."""
    return {
        rule["id"] for rule in result.measures if rule["live"] or rule["kind"] in OTHERS_COUNTED
    }


def public_measurements(result: Result, *, silent: set[str]) -> pd.DataFrame:
    """Return values of whole streets and above; a ratio to few people would tell how many.

    Figures of rules that count no people are told however small. Of the others a level is told
    whole or not at all, for the rows of a rule add up; not, where one is of few people, or of a
    unit whose people are hidden (those in `silent`).
    """
    table = result.measurements
    table = table[~table["level"].isin(["community", "grid"]) & (table["part"] != "compound")]
    sums = table["value"].mask(table["denominator"].notna())  # a ratio is no count
    few = any_small(sums, table["numerator"], table["denominator"])
    people = {one["id"] for one in result.measures if one["kind"] in OF_PEOPLE}
    betrays = (table["rule"].isin(people) & table["unit"].isin(silent)) | few
    betrays &= ~table["rule"].isin(_not_people(result))
    hidden = betrays.groupby([table["rule"], table["level"]]).transform("any")
    shown: pd.DataFrame = table[~hidden].reset_index(drop=True)
    return shown


def public_candidates(result: Result, coverage: pd.DataFrame) -> pd.DataFrame:
    """Return each ranking up to the first site that few people tell from the one before.

    Without its gain the first site tells who is covered today: of a ranking for a rule and need
    whose district figures are hidden none is told. What all sites reach is told of whole rankings:
    less what those that are told reach, it would be the gain of the next.
    """
    told = _told_parts(coverage)
    asked = {
        one["ranking"]: {(part["rule"], part["need"] or "all") for part in one["rules"]}
        for one in result.manifest.get("rankings", [])
    }
    table = result.candidates
    open_ = [
        asked.get(row.ranking, {(row.rule, row.reason or "all")}) <= told
        for row in table.itertuples()
    ]
    table = table[np.array(open_, bool)]
    table = table.sort_values(["rule", "reason", "rank"], kind="stable")
    left = table["covered"] / table["coverage"].replace(0, np.nan) - table["covered"]
    few = any_small(table["gain"], left.round())
    cut = pd.Series(few, table.index).groupby([table["rule"], table["reason"]])
    reached = table[REACHED_BY_ALL].mask(cut.transform("any"))
    kept = table.assign(**reached)[~cut.cummax()].sort_index().reset_index(drop=True)
    return kept.assign(**dict.fromkeys(COUNTED_BESIDE, np.nan))
