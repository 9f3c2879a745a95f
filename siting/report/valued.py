"""What the report says about rules on measured values: records, figures as text, rows of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.access.measured_findings import is_share, unit_of
from siting.access.measured_tables import ENDS, counts_parts
from siting.plan.read import with_reading
from siting.report.live import live_record
from siting.report.words import name, say

if TYPE_CHECKING:
    from siting.access.measure import Measurement
    from siting.access.study import Study
    from siting.plan.model import MeasureRule
    from siting.report.result import Result
    from siting.words import Lang

DEFAULT = "default"
HEADLINE = "all"
MANY = 1000


def value_record(
    found: Measurement, others: list[Measurement], study: Study, *, chosen: str | None
) -> dict[str, Any]:
    """Return what the report floor says about one rule (see `Result.measures`)."""
    rule = found.rule
    first = found.table.iloc[0]
    return {
        "id": rule.id,
        "kind": rule.kind,
        "is_share": is_share(rule),
        "counts_parts": counts_parts(found),
        "basis": rule.basis,
        "title": rule.title.model_dump(),
        "text": rule.text.model_dump(),
        "measure": rule.measure.model_dump(),
        "limits": _limits(rule),
        "clauses": list(rule.clauses),
        "source": rule.source.model_dump(),
        "target": rule.target,
        "up_to": rule.up_to,
        "value": plain(first["value"]),
        "parts_judged": plain(first["denominator"]),
        "verdict": str(first["verdict"]),
        "missing": {"zh": str(first["missing"]), "en": str(first["missing_en"])},
        "readings": [
            {
                "id": DEFAULT if one.id == chosen else one.id,
                "title": one.title.model_dump(),
                "measure": with_reading(rule, one).measure.model_dump(),
            }
            for one in rule.reading
        ],
        "outcomes": [
            {
                "reading": one.reading,
                "value": plain(one.table.iloc[0]["value"]),
                "verdict": str(one.table.iloc[0]["verdict"]),
            }
            for one in (found, *others)
        ],
        "live": live_record(rule, study),
    }


def as_read(rule: dict[str, Any], reading: str) -> dict[str, Any]:
    """Return the record of a rule with the unit of measure that it has under a reading."""
    own = {one["id"]: one["measure"] for one in rule["readings"]}
    return rule | {"measure": own.get(reading, rule["measure"])}


def change(result: Result, rule: dict[str, Any], now: float | None, lang: Lang) -> str | None:
    """Write how much a figure differs from the extended scenario's: rates in points."""
    before = None if result.before is None else result.before["figures"].get(rule["id"])
    if before is None or now is None:
        return None
    difference = now - before
    if "value" not in rule or rule["is_share"]:
        points = 100 * difference
        return f"{points:+.1f} 个百分点" if lang == "zh" else f"{points:+.1f} points"
    sign = "+" if difference >= 0 else "−"
    return sign + figure(abs(difference), rule, lang)


def plain(value: Any) -> float | None:
    """Return a figure of a table as a plain number, None where it is missing."""
    return None if pd.isna(value) else float(value)


def figure(value: float | None, rule: dict[str, Any], lang: Lang) -> str:
    """Write a value of a rule with its unit of measure: shares as rates, counts whole."""
    if value is None:
        return "—"
    if rule["is_share"]:
        return f"{value:.1%}"
    number = f"{value:,.0f}" if value.is_integer() or value >= MANY else f"{value:,.2f}"
    return f"{number} {unit_of(value, rule['measure'][lang], lang)}".strip()


def found_value(rule: dict[str, Any], lang: Lang) -> str:
    """Write what a rule found in the whole place; where its parts are judged, how many pass."""
    if rule["counts_parts"] and rule["value"] is not None:
        return say("page", "parts_pass", lang, passing=rule["value"], parts=rule["parts_judged"])
    return figure(rule["value"], rule, lang)


def _limits(rule: MeasureRule) -> dict[str, str]:
    if rule.target is None:
        return {"zh": "", "en": ""}
    about = {"is_share": is_share(rule), "measure": rule.measure.model_dump()}

    def written(lang: Lang) -> str:
        low = figure(rule.target, about, lang)
        return f"≥ {low}" if rule.up_to is None else f"{low} – {figure(rule.up_to, about, lang)}"

    return {"zh": f"目标 {written('zh')}", "en": f"target {written('en')}"}


def value_rows(table: pd.DataFrame, rule: dict[str, Any], lang: Lang) -> pd.DataFrame:
    """Return the rows of a rule's measurement as a reviewer reads them, the whole first."""
    mine = table[table["rule"] == rule["id"]]
    return pd.DataFrame(
        {
            "rule": mine["rule"],
            "title": rule["title"][lang],
            "subject": [_subject(row, rule, lang) for row in mine.to_dict("records")],
            "numerator": mine["numerator"],
            "denominator": mine["denominator"],
            "value": _figures(mine, "value", rule, lang),
            "target": _figures(mine, "target", rule, lang),
            "verdict": [name("verdict", code, lang) for code in mine["verdict"]],
            "missing": mine["missing" if lang == "zh" else "missing_en"],
            "is_total": mine["part"] == HEADLINE,
        }
    )


def _figures(table: pd.DataFrame, column: str, rule: dict[str, Any], lang: Lang) -> list[str]:
    """Write a column of a measurement: distances in metres, all else as the rule measures."""
    ends = table["part"].isin(ENDS) | (rule["kind"] == "adjacency") & (table["part"] != HEADLINE)
    found = zip(table[column], ends, strict=True)
    return [(_metres if far else figure)(plain(value), rule, lang) for value, far in found]


def _metres(value: float | None, _rule: dict[str, Any], lang: Lang) -> str:
    return "—" if value is None else f"{value:,.1f} {name('measure', 'm', lang)}"


def _subject(row: dict[str, Any], rule: dict[str, Any], lang: Lang) -> str:
    """Name what a row is about: the whole, a part, a unit."""
    if row["part"] == HEADLINE and not (row["unit_name"] and row["level"] != "district"):
        return str(rule["title"][lang])
    named = str(row["unit_name"] or "")
    if row["part"] == HEADLINE:
        return named
    part = name("part", row["part"], lang)
    if row["part"] == "unit" and named:
        return named
    return f"{part} · {named}" if named and named != part else part
