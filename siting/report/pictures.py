"""Figures of the page as images with captions: a rule's map, its bars by street, its readings."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from siting.report import figures, rows
from siting.report.mapfigure import CLASSES, rule_map
from siting.report.words import say

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

LAST_COVERED = 2  # of the colour classes; those after it lie beyond the limit


def picture(svg: str, caption: str, **more: Any) -> dict[str, Any] | None:
    """Return a figure for the template; as an image it brings its own style past the policy."""
    if not svg:
        return None
    source = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    return {"source": source, "alt": caption, "caption": caption} | more


def map_picture(result: Result, rule: dict[str, Any], lang: Lang) -> dict[str, Any] | None:
    """Return the map of one rule with what its colours say."""
    by_unit = rule["kind"] == "presence"
    caption = say(
        "page", "unit_caption" if by_unit else "map_caption", lang, title=rule["title"][lang]
    )
    shown = {1: "unit_pass", 4: "unit_fail"} if by_unit else {at: f"class_{at}" for at in range(5)}
    keys = [
        {"colour": CLASSES[at], "text": say("page", word, lang), "gap": at > LAST_COVERED}
        for at, word in shown.items()
    ]
    return picture(rule_map(result, rule), caption, keys=keys)


def street_bars(result: Result, rule: str, lang: Lang) -> dict[str, Any] | None:
    """Return the headline's bars by street, where the rule judges anybody there."""
    table = rows.of_rule(rows.default_rows(result), rule)
    table = table[(table["level"] == "street") & (table["part"] == rows.HEADLINE)]
    table = table[table["judged"].gt(0).fillna(value=False) & table["coverage"].notna()]
    if table.empty:
        return None
    return picture(figures.coverage_bars(table, lang=lang), say("page", "bars_caption", lang))


def reading_dots(result: Result, rule: str, lang: Lang) -> dict[str, Any] | None:
    """Return one dot for each reading of a rule, where there is more than the default."""
    table = rows.of_rule(result.sensitivity, rule)
    if len(table) < 2:  # noqa: PLR2004  nothing to compare
        return None
    labels = rows.reading_titles(result, table, lang)
    drawing = figures.reading_dots(table.assign(label=labels), lang=lang)
    return picture(drawing, say("page", "dots_caption", lang))
