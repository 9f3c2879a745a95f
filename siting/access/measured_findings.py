"""Say what a rule about a measured value found: conclusion, data, caliber, advice."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from math import ceil
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.access.lacks import name_of, text_of
from siting.access.measured_tables import SHARE, counts_parts, measured_gaps
from siting.plan.model import (
    AdjacencyRule,
    CountRule,
    ProjectRule,
    Quantity,
    RatioRule,
    RegisterRule,
    RouteRule,
    ShareRule,
    StockRule,
)

if TYPE_CHECKING:
    from siting.access.measure import Measurement
    from siting.access.study import Study
    from siting.plan.model import MeasureRule
    from siting.words import Lang

LANGS: tuple[Lang, Lang] = ("zh", "en")
SHOWN = 5  # names in a sentence; the tables hold them all
ODD = 0.5  # a value below this part of its target may be another thing than the text means
SPARE = 1e-9  # what a division of floats may leave over a whole number


@cache
def _words(name: str) -> dict[str, Any]:
    return tomllib.loads(files("siting.access").joinpath(f"{name}.toml").read_text("utf-8"))


def describe_measurement(measurement: Measurement, study: Study, *, nature: str) -> dict[str, Any]:
    """Return ``{"rule", "verdict", "sentence": {part: {"zh", "en"}}}``, as `describe` does.

    `nature` is that of the data; empty: they are real.
    """
    say = {
        "conclusion": _conclusion,
        "data": lambda m, lang: _data(m, study, nature=nature, lang=lang),
        "caliber": _caliber,
        "advice": _advice,
    }
    return {
        "rule": measurement.rule.id,
        "verdict": str(measurement.headline["verdict"]),
        "sentence": {
            part: {lang: sentence(measurement, lang) for lang in LANGS}
            for part, sentence in say.items()
        },
    }


def is_share(rule: MeasureRule) -> bool:
    """Tell whether a rule's value is a fraction, for people a percentage."""
    return isinstance(rule, ShareRule | AdjacencyRule) or rule.measure.en.startswith(SHARE)


def number(value: float, rule: MeasureRule, lang: Lang) -> str:
    """Return a value of a rule as people read it: a percentage, or a number and its measure."""
    if is_share(rule):
        return f"{value:.1%}"
    return f"{plain(value)} {unit_of(value, rule.measure.in_(lang), lang)}"


def unit_of(value: float, measure: str, lang: Lang) -> str:
    """Return the unit of a value as it stands behind it: in English of exactly one, singular."""
    word, _, rest = measure.partition(" ")
    one = _words("measured_findings")["one"]
    return f"{one[word]} {rest}".strip() if lang == "en" and value == 1 and word in one else measure


def difference(value: float, rule: MeasureRule, lang: Lang) -> str:
    """Return how far two values of a rule are apart: of percentages, in points."""
    if is_share(rule):
        return str(_words("measured_findings")["points"][lang].format(points=f"{100 * value:.1f}"))
    return number(value, rule, lang)


def plain(value: float) -> str:
    """Return a number with thousands separators and no more than two decimals."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def _conclusion(measurement: Measurement, lang: Lang) -> str:
    words = _words("measured_findings")
    row, rule = measurement.headline, measurement.rule
    verdict = str(row["verdict"])
    values = {
        "title": rule.title.in_(lang),
        "missing": text_of(measurement.lacks, lang),
        "goal": _goal(rule, lang),
        "verdict": words["verdict"].get(verdict, {}).get(lang, ""),
        "things": _things(rule, lang),
        "of": "",
        "value": "",
    }
    if isinstance(rule, ProjectRule):
        return str(words["conclusion"]["project"][lang].format(**values, **_stages(measurement)))
    if not pd.isna(row["value"]):
        value = number(row["value"], rule, lang)
        least = words["least"][lang].format(value=value)
        values["value"] = least if measurement.lacks else value
    if not pd.isna(row["numerator"]) and not pd.isna(row["denominator"]):
        pair = {key: plain(row[key]) for key in ("numerator", "denominator")}
        values |= pair | {"of": words["of"][lang].format(**pair)}
    if counts_parts(measurement) and verdict in ("pass", "fail", "partial"):
        return str(words["conclusion"]["parts"][lang].format(**values))
    form = verdict if verdict in words["conclusion"] else "value"
    return str(words["conclusion"][form][lang].format(**values))


def _goal(rule: MeasureRule, lang: Lang) -> str:
    ends = {name: getattr(rule, name) for name in ("target", "up_to")}
    given = {name: number(end, rule, lang) for name, end in ends.items() if end is not None}
    form = "band" if len(given) > 1 else "".join(given)
    return str(_words("measured_findings")["goal"][form][lang].format(**given)) if form else ""


def _things(rule: MeasureRule, lang: Lang) -> str:
    """Return what the parts of a rule are called."""
    if isinstance(rule, RegisterRule) and rule.each != "total":
        return str(_words("measured_findings")["things"][rule.each][lang])
    level = getattr(rule, "unit_level", None)
    return "" if level is None else name_of("level", level, lang)


def _stages(measurement: Measurement) -> dict[str, int]:
    found = measurement.table["verdict"].iloc[1:].value_counts()
    known = {name: int(found.get(name, 0)) for name in ("open", "building", "not_started")}
    total = int(found.sum())
    return known | {"total": total, "unknown": total - sum(known.values())}


def _data(measurement: Measurement, study: Study, *, nature: str, lang: Lang) -> str:
    words = _words("measured_findings")["data"]["lacking" if measurement.lacks else "full"]
    join = "、" if lang == "zh" else ", "
    return str(
        words[lang].format(
            tables=join.join(name_of("layer", t, lang) for t in _tables(measurement.rule)),
            as_of=study.as_of.isoformat(),
            missing=text_of(measurement.lacks, lang),
            nature=nature or _words("findings")["nature"]["real"][lang],
        )
    )


def _tables(rule: MeasureRule) -> list[str]:
    """Return the tables that a rule reads."""
    if isinstance(rule, RouteRule):
        return ["lines", "stops", "facilities", "residents"]
    if isinstance(rule, RegisterRule):
        return ["registers"]
    if isinstance(rule, StockRule):
        return ["residents"]
    if isinstance(rule, AdjacencyRule) and rule.areas is not None:
        return [rule.areas.layer, "facilities"]
    quantities = [q for _, q in rule if isinstance(q, Quantity)]
    found = [_table_of(quantity) for quantity in quantities]
    return list(dict.fromkeys(found)) or ["facilities"]


def _table_of(quantity: Quantity) -> str:
    if quantity.facilities:
        return "facilities"
    if quantity.topic is not None:
        return "registers"
    return "units" if quantity.figure is not None else "residents"


def _caliber(measurement: Measurement, lang: Lang) -> str:
    rule = measurement.rule
    words, shared = _words("measured_findings")["caliber"], _words("findings")
    form, values = _how(rule, lang)
    how = words[form][lang].format(**values, measure=rule.measure.in_(lang))
    if "residents" in _tables(rule):
        people = shared["people"][rule.caliber][lang]
        how = f"{people}口径；{how}" if lang == "zh" else f"{people}; {how[0].lower()}{how[1:]}"
    return str(
        words["source"][lang].format(
            how=how,
            basis=shared["basis"][rule.basis][lang],
            document=rule.source.document,
            clause=rule.source.clause,
            clauses=("、" if lang == "zh" else ", ").join(rule.clauses),
        )
    )


def _how(rule: MeasureRule, lang: Lang) -> tuple[str, dict[str, str]]:
    """Return which sentence says how a rule measures, and what fills its braces."""
    form, values = str(rule.kind), {}
    if isinstance(rule, CountRule) and rule.unit_level is not None:
        form, values = "unit", {"level": name_of("level", rule.unit_level, lang)}
    elif isinstance(rule, CountRule) and not rule.quantity.facilities:
        form = "quantity"
    elif isinstance(rule, RatioRule):
        form, values = ("quotient" if rule.per == 1 else "ratio"), {"per": plain(rule.per)}
    elif isinstance(rule, ShareRule) and rule.weight is not None:
        form, values = "weighted", {"weight": name_of("facilities", rule.weight, lang)}
    elif isinstance(rule, AdjacencyRule):
        form = "adjacency" if rule.unsure_m is None else "unsure"
        values = {"within": plain(rule.within_m), "unsure": plain(rule.unsure_m or 0)}
        values["distance"] = _words("findings")["distance"][rule.distance][lang]
    elif isinstance(rule, RouteRule):
        values = {"within": plain(rule.stop_within_m)}
    elif isinstance(rule, StockRule):
        values = {"year": str(rule.built_up_to)}
    return form, values


def _advice(measurement: Measurement, lang: Lang) -> str:
    words = _words("measured_findings")["advice"]
    verdict = str(measurement.headline["verdict"])
    said = _shortfall(measurement, lang) if verdict == "fail" else []
    if verdict == "not_assessed" and measurement.lacks:
        said.append(words["complete"][lang].format(missing=text_of(measurement.lacks, lang)))
    if verdict not in ("pass", "open", "no_target", "not_assessed"):
        said += _names(measurement, lang)
    if isinstance(measurement.rule, StockRule):
        said += _largest(measurement, lang)
    plainly = "stated" if verdict == "no_target" else "none"
    return (" " if lang == "en" else "").join(said) or str(words[plainly][lang])


def _shortfall(measurement: Measurement, lang: Lang) -> list[str]:
    """Say how far a failing value is from its target, and what its numerator lacks."""
    words = _words("measured_findings")["advice"]
    rule, row = measurement.rule, measurement.headline
    if counts_parts(measurement) or isinstance(rule, ProjectRule):
        return []
    value = float(row["value"])
    if rule.target is None or value >= rule.target:
        over = value - (rule.up_to or 0)
        return [str(words["above"][lang].format(over=difference(over, rule, lang)))]
    said = [str(words["below"][lang].format(short=difference(rule.target - value, rule, lang)))]
    if not pd.isna(row["denominator"]):
        per = rule.per if isinstance(rule, RatioRule) else 1
        wanted = rule.target * float(row["denominator"]) / per
        more = ceil(wanted - float(row["numerator"]) - SPARE)
        said.append(str(words["more"][lang].format(more=plain(more))))
    if value < ODD * rule.target:
        said.append(str(words["odd"][lang]))
    return said


def _names(measurement: Measurement, lang: Lang) -> list[str]:
    """Name the parts that fall short, those farthest off first, and those that are not known."""
    words = _words("measured_findings")
    gaps = measured_gaps(measurement)
    kinds = gaps["verdict"].map(words["wanting"])
    said = []
    for kind in dict.fromkeys(words["wanting"].values()):
        names = gaps.loc[kinds == kind, "unit_name"].where(gaps["unit_name"] != "", gaps["unit"])
        names = names.drop_duplicates()
        if len(names):
            said.append(str(words["advice"][kind][lang].format(names=_listed(names, lang))))
    return said


def _largest(measurement: Measurement, lang: Lang) -> list[str]:
    """Name the compounds in which most people live."""
    known = measurement.table.iloc[1:].query("verdict != 'not_assessed'")["unit_name"]
    words = _words("measured_findings")["advice"]["largest"]
    return [str(words[lang].format(names=_listed(known, lang)))] if len(known) else []


def _listed(names: pd.Series, lang: Lang) -> str:
    joined = ("、" if lang == "zh" else ", ").join(names.head(SHOWN))
    more = _words("measured_findings")["and_more"][lang] if len(names) > SHOWN else ""
    return str(joined + more)
