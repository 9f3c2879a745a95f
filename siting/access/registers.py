"""What registers state: figures as people write them, added up or looked at one by one."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING

import pandas as pd

from siting.access.bounds import Bounds, Row, bounded_row, merged, row_of_all, unknown
from siting.layers.values import narrow, words

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.plan.model import RegisterRule

# Of an entry in another state nothing is known yet: it is planned, being built, not assessed.
STATED = ("operating",)

_RATE = re.compile(r"(\d+(?:\.\d+)?)%")
_FRACTION = re.compile(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")
_COUNT = re.compile(r"\d+(?:\.\d+)?")


def figure(text: object) -> tuple[str, float, float]:
    """Read a register's figure: its form, numerator and denominator.

    The form is ``count``, ``rate`` (``70.6%`` is 0.706 of 1), ``fraction`` (``612/1180``),
    ``answer`` (yes is 1 of 1, no 0 of 1), or ``unknown``.
    """
    plain = narrow(text).replace(",", "").replace(" ", "") if isinstance(text, str) else ""
    if match := _RATE.fullmatch(plain):
        return "rate", float(match[1]) / 100, 1.0
    if (match := _FRACTION.fullmatch(plain)) and float(match[2]) > 0:
        return "fraction", float(match[1]), float(match[2])
    if _COUNT.fullmatch(plain):
        return "count", float(plain), nan
    if plain in (*words()["yes"], *words()["no"]):
        return "answer", float(plain in words()["yes"]), 1.0
    return "unknown", nan, nan


def entries(study: Study, topics: list[str], years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return what registers state of `topics` on the evaluation date.

    Of several entries of one name the latest counts, those of later years not at all. Columns:
    `topic`, `name`, `year`, `form`, `numerator`, `denominator`.
    """
    table = study.layers.registers
    first, last = years or (0, study.as_of.year)
    year = table["year"]
    chosen = table["topic"].isin(topics) & ~(year > min(last, study.as_of.year)).fillna(False)
    chosen &= ~(year < first).fillna(False) & (table["status"] != "closed").fillna(True)
    rows = table[chosen.to_numpy(bool)].sort_values(
        ["topic", "name", "year", "value"], kind="stable", na_position="first"
    )
    stated = rows["status"].isin(STATED) | rows["status"].isna()
    found = [figure(text) for text in rows["value"].where(stated)]
    columns = ["form", "numerator", "denominator"]
    figures = pd.DataFrame(found, columns=columns, index=rows.index)
    every: pd.DataFrame = pd.concat([rows[["topic", "name", "year"]], figures], axis=1)
    return every.reset_index(drop=True)


def latest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the last entry of each topic and name: how things stand."""
    return rows.drop_duplicates(["topic", "name"], keep="last").reset_index(drop=True)


def total_of(rows: pd.DataFrame, topics: list[str]) -> Bounds:
    """Add up entries: counts to a sum, fractions and answers to Σ/Σ.

    Rates without their fractions have no weights: of several only the least and the greatest
    bound the whole. Figures of different forms do not add up.
    """
    if rows.empty:
        return unknown({f"registers.{topic}": 0 for topic in sorted(topics)})
    known = rows[rows["form"] != "unknown"]
    open_ = rows.loc[rows["form"] == "unknown", "topic"].value_counts().sort_index()
    lacks = {f"registers.{topic}": int(count) for topic, count in open_.items()}
    forms = set(known["form"])
    if forms == {"count"}:
        low = float(known["numerator"].sum())
        return Bounds(low, inf if lacks else low, lacks)
    if forms == {"rate"}:
        rates = known["numerator"]
        low, high = (0.0, inf) if lacks else (float(rates.min()), float(rates.max()))
        several = {f"weights.{topic}": len(rates) for topic in sorted(topics)} if low < high else {}
        return Bounds(low, high, lacks or several)
    if forms and forms <= {"fraction", "answer"}:
        return _share(known, lacks, answers=forms == {"answer"})
    mixed = {f"forms.{topic}": len(known) for topic in sorted(topics)} if forms else {}
    return unknown(lacks or mixed)


def _share(known: pd.DataFrame, lacks: dict[str, int], *, answers: bool) -> Bounds:
    part, whole = float(known["numerator"].sum()), float(known["denominator"].sum())
    open_ = sum(lacks.values())
    if not open_:
        return Bounds(part / whole, part / whole, numerator=part, denominator=whole)
    if not answers:
        return unknown(lacks)
    return Bounds(
        part / (whole + open_),
        (part + open_) / (whole + open_),
        lacks,
        numerator=part,
        denominator=whole + open_,
    )


def register_rows(rule: RegisterRule, study: Study) -> list[Row]:
    """Return what a register rule says: the total, or every name, year or topic."""
    rows = entries(study, rule.topics, rule.years)
    whole = total_of(rows if rule.each == "year" else latest(rows), rule.topics)
    if rule.each == "total":
        return [bounded_row(whole, target=rule.target, up_to=rule.up_to)]
    each = [
        bounded_row(
            total_of(part, rule.topics if rule.each != "topic" else [key]),
            target=rule.target,
            up_to=rule.up_to,
            part=rule.each,
            unit=key,
            unit_name=key,
        )
        for key, part in _parts(rule, rows)
    ]
    if rule.target is None and rule.up_to is None:
        lacks = merged(row.lacks for row in each) if each else whole.lacks
        return [replace(bounded_row(whole), lacks=lacks), *each]
    if not each:
        return [bounded_row(whole, target=rule.target, up_to=rule.up_to)]
    return [row_of_all(each), *each]


def _parts(rule: RegisterRule, rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Split the entries by what must each reach the target; a topic or year may have none."""
    if rule.each == "topic":
        keys = sorted(rule.topics)
        return [(key, latest(rows[rows["topic"] == key])) for key in keys]
    if rule.each == "year":
        first, last = rule.years or (rows["year"].min(), rows["year"].max())
        span = [] if pd.isna(first) else range(int(first), int(last) + 1)
        return [(str(year), rows[(rows["year"] == year).fillna(False)]) for year in span]
    stands = latest(rows)
    keys = sorted(stands["name"].dropna().unique())
    return [(key, stands[(stands["name"] == key).fillna(False)]) for key in keys]
