"""Say what a rule found in four plain sentences: conclusion, data, caliber, advice."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from siting.access.lacks import name_of
from siting.access.parts import filters_of
from siting.access.verdicts import COVERED, HEADLINE, NOT_ASSESSED, UNCOVERED
from siting.plan.model import PresenceRule
from siting.plan.vocabulary import groups

if TYPE_CHECKING:
    import pandas as pd

    from siting.access.evaluate import Evaluation
    from siting.access.study import Study
    from siting.plan.model import CapacityRule, PeopleRule
    from siting.words import Lang

LANGS: tuple[Lang, Lang] = ("zh", "en")
UNITS = 8  # units named in a sentence
NAMED = 3  # hot blocks named in a sentence; the others stand in the table


@cache
def _words() -> dict[str, Any]:
    file = files("siting.access").joinpath("findings.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def describe(
    evaluation: Evaluation,
    study: Study,
    *,
    figures: dict[str, Any],
    gaps: pd.DataFrame,
    nature: str,
) -> dict[str, Any]:
    """Return ``{"rule", "verdict", "sentence": {part: {"zh", "en"}}}`` for one evaluated rule.

    `figures` are those of `siting.access.coverage.headline`, `gaps` the rule's rows of the gap
    table, largest first.
    """
    sentences: dict[str, dict[str, str]] = {
        "conclusion": {},
        "data": {},
        "caliber": {},
        "advice": {},
    }
    for lang in LANGS:
        values = _values(evaluation, study, figures=figures, nature=nature, lang=lang)
        words = _words()
        kind = evaluation.rule.kind
        sentences["conclusion"][lang] = words["conclusion"][kind][lang].format_map(values)
        sentences["data"][lang] = words["data"][lang].format_map(values)
        sentences["caliber"][lang] = words["caliber"][lang].format_map(values)
        sentences["advice"][lang] = _advice(evaluation, gaps=gaps, values=values, lang=lang)
    return {
        "rule": evaluation.rule.id,
        "verdict": figures["verdict"],
        "sentence": sentences,
    }


def _values(
    evaluation: Evaluation, study: Study, *, figures: dict[str, Any], nature: str, lang: Lang
) -> dict[str, str]:
    rule = evaluation.rule
    words = _words()
    applies = figures["applies"]
    district = applies + figures["not_applicable"]
    certain, _ = study.matching(filters_of(rule, HEADLINE))
    return {
        "group": groups()[rule.group].text.in_(lang),
        **{
            name: f"{figures[name]:,}"
            for name in ("covered", "uncovered", "undetermined", "not_applicable")
        },
        "applies": f"{applies:,}",
        "coverage": percent(figures["covered"], applies),
        "straight": percent(figures["straight_covered"], applies),
        "undetermined_share": percent(figures["undetermined"], applies),
        "share": percent(applies, district),
        "points": f"{study.count:,}",
        "facilities": f"{int(certain.sum()):,}",
        "as_of": study.as_of.isoformat(),
        "nature": nature or words["nature"]["real"][lang],
        "distance": _how(rule, lang),
        "people": words["people"][rule.caliber][lang],
        "basis": words["basis"][rule.basis][lang],
        "document": rule.source.document,
        "clause": rule.source.clause,
        "clauses": "、".join(rule.clauses) if lang == "zh" else ", ".join(rule.clauses),
        **(_unit_values(evaluation, lang) if rule.kind == "presence" else {}),
        **({"hot": _hot_blocks(rule, evaluation.units, lang)} if rule.kind == "capacity" else {}),
    }


def _how(rule: PeopleRule, lang: Lang) -> str:
    """Say how reach is measured; whether a unit has a facility asks for no distance."""
    words = _words()
    if isinstance(rule, PresenceRule):
        level = name_of("level", rule.unit_level, lang)
        return str(words["presence"][lang].format(level=level, least=rule.at_least))
    return str(words["distance"][rule.distance][lang])


def _unit_values(evaluation: Evaluation, lang: Lang) -> dict[str, str]:
    table, words = evaluation.units, _words()

    def named(verdict: int) -> str:
        names = table.loc[table["verdict"] == verdict, "unit_name"]
        listed = ("、" if lang == "zh" else ", ").join(names.head(UNITS))
        if len(names) > UNITS:
            listed = words["several"][lang].format(names=listed, count=len(names))
        return listed or str(words["none"][lang])

    return {
        "units": str(len(table)),
        "passing": str(int((table["verdict"] == COVERED).sum())),
        "failing": named(UNCOVERED),
        "unknown": named(NOT_ASSESSED),
    }


def _hot_blocks(rule: CapacityRule, blocks: pd.DataFrame, lang: Lang) -> str:
    """Count and name the blocks of each stage that lack a class or more, the worst first."""
    words = _words()["hot"]
    join, found = "、" if lang == "zh" else ", ", []
    for stage in rule.stage:
        hot = blocks[(blocks["stage"] == stage.id) & blocks["lacks_class"]].sort_values("rank")
        names = [
            f"{name} {unserved:,}"
            for name, unserved in zip(hot["unit_name"], hot["unserved"], strict=True)
        ]
        if names:
            more = words["more"][lang] if len(names) > NAMED else ""
            units = join.join(names[:NAMED]) + more
            text = words["stage"][lang]
            found.append(text.format(stage=stage.title.in_(lang), count=len(names), units=units))
    return ("；" if lang == "zh" else "; ").join(found) or str(words["none"][lang])


def _advice(
    evaluation: Evaluation, *, gaps: pd.DataFrame, values: dict[str, str], lang: Lang
) -> str:
    words = _words()
    if evaluation.rule.kind == "presence":
        found = set(evaluation.units["verdict"])
        wanting = {"units": UNCOVERED, "verify": NOT_ASSESSED}
        said = [name for name, verdict in wanting.items() if verdict in found] or ["none"]
        texts = [words["advice"][name][lang].format_map(values) for name in said]
        return (" " if lang == "en" else "").join(texts)
    if not len(gaps):
        return str(words["advice"]["none"][lang])
    first = gaps.iloc[0]
    return str(
        words["advice"]["gaps"][lang].format_map(
            {
                "count": f"{len(gaps):,}",
                "street": first["street"],
                "place": first["place"],
                "people": f"{first['people']:,}",
                "cause": _cause(first, lang),
            }
        )
    )


def _cause(gap: pd.Series, lang: Lang) -> str:
    """Return the cause of a gap, and what lies in between where that is known."""
    words = _words()
    cause = str(words["cause"][gap["cause"]][lang])
    kind = gap.get("barrier", "")
    if not kind:
        return cause
    barrier = gap["barrier_name"] or words["barrier"][kind][lang]
    return str(words["cause"]["behind"][lang].format(cause=cause, barrier=barrier))


def percent(part: int, whole: int) -> str:
    """Return a rate with one decimal, a dash where there is nobody to divide by."""
    return f"{part / whole:.1%}" if whole else "—"
