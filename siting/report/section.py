"""One section of the report: everything that is told of one rule."""

from __future__ import annotations

from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any

from siting.report import rows
from siting.report.answers import undetermined_share
from siting.report.grids import indicator_grid, sheet_grid
from siting.report.pictures import map_picture, reading_dots, street_bars
from siting.report.printed import for_paper
from siting.report.rankings import ranking_blocks
from siting.report.words import name, read_data, say
from siting.report.workbook import note_text

if TYPE_CHECKING:
    import pandas as pd

    from siting.report.result import Result
    from siting.words import Lang

MOST_GAPS = 15
MOST_VALUES = 40
HOTTEST = 3  # blocks of each stage that are printed
MOST_PARTS = 6  # rules of more parts print the streets of the whole and the totals of the parts
CHINESE_DIGITS = "〇一二三四五六七八九"
SENTENCES = {"conclusion": "conclusion", "data": "data", "caliber": "caliber", "advice": "remedy"}


def rule_section(
    result: Result, rule: dict[str, Any], frames: dict[str, pd.DataFrame], *, lang: Lang
) -> dict[str, Any]:
    """Return everything that the template says about one rule."""
    id_ = rule["id"]
    mine = {key: rows.of_rule(frame, id_) for key, frame in frames.items()}
    gaps = mine["gaps"].assign(number=range(1, len(mine["gaps"]) + 1))
    hot = mine["blocks"]["hot"] == name("yes", "True", lang)
    calm = int((~hot).sum())
    judged = mine["coverage"]
    judged = judged[judged["judged"].gt(0).fillna(value=False)]
    if len(rule["parts"]) > MOST_PARTS:
        judged = judged[judged["is_total"] | (judged["part"] == rows.HEADLINE)]
    grid = partial(table_of, lang=lang)
    by_unit = rule["kind"] == "presence"
    said = ["source", "caliber", *([] if by_unit else ["distance"])]
    notes = [note_text(note, result, lang) for note in said]
    ranks = mine["blocks"].loc[hot, "rank"] <= HOTTEST
    return rule_head(rule, lang) | {
        "sentences": _sentences(result, id_, lang),
        "map": map_picture(result, rule, lang),
        "bars": street_bars(result, id_, lang),
        "streets": _streets(judged, lang, notes, by_unit=by_unit),
        "indicators": _indicators(result, id_, lang),
        "density": grid(mine["density"], "density", heading="density"),
        "density_units": for_paper(
            grid(mine["density_units"], "density_units", heading="density_units"),
            "density_units",
            lang=lang,
        ),
        "blocks": for_paper(
            grid(mine["blocks"][hot], "blocks", heading="blocks"),
            "blocks",
            lang=lang,
            first=ranks.tolist(),
        ),
        "more_blocks": say("page", "more_blocks", lang, n=calm) if calm else "",
        "readings": _readings(mine["sensitivity"], lang),
        "dots": reading_dots(result, id_, lang),
        "gaps": _gaps(gaps, lang),
        "rankings": ranking_blocks(result, id_, lang),
    }


def value_section(
    result: Result, rule: dict[str, Any], frames: dict[str, pd.DataFrame], *, lang: Lang
) -> dict[str, Any]:
    """Return everything that the template says about one rule on a measured value."""
    mine = {key: rows.of_rule(frame, rule["id"]) for key, frame in frames.items()}
    values = mine["values"]
    more = max(0, len(values) - MOST_VALUES)
    table = table_of(values.head(MOST_VALUES), "values", lang=lang, heading="values")
    return rule_head(rule, lang) | {
        "sentences": _sentences(result, rule["id"], lang),
        "table": for_paper(_without_empty(table), "values", lang=lang, left_out=more),
        "readings": _readings(mine["sensitivity"], lang, of="value_columns"),
    }


def rule_head(rule: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """Return what a section says first of its rule: basis, clauses, source, text, limits."""
    return {
        "id": rule["id"],
        "basis": rule["basis"],
        "basis_word": name("basis", rule["basis"], lang),
        "clauses": rule["clauses"],
        "source": f"{rule['source']['document']} {rule['source']['clause']}",
        "text": rule["text"][lang],
        "limits": rule["limits"][lang],
    }


def _sentences(result: Result, rule: str, lang: Lang) -> list[tuple[str, str]]:
    """Return the four sentences of a rule's finding, each under its heading."""
    found = [finding for finding in result.findings if finding["rule"] == rule]
    return [
        (say("page", heading, lang), finding["sentence"][key][lang])
        for finding in found
        for key, heading in SENTENCES.items()
    ]


def _streets(frame: pd.DataFrame, lang: Lang, notes: list[str], *, by_unit: bool) -> dict[str, Any]:
    """Return a table of streets; the undetermined stand under each rate.

    Where units are judged nobody walks: the rate is of the people who live in one that passes.
    """
    at = read_data("page.toml")["columns"]["coverage"].index("coverage")
    table = table_of(frame, "coverage", lang=lang, heading="by_street", notes=notes)
    if by_unit:
        table["columns"][at] |= {"heading": say("page", "in_passing_units", lang)}
    for row, found in zip(table["rows"], frame.to_dict("records"), strict=True):
        row["cells"][0] |= {"short": False}
        row["cells"][at] |= {"more": undetermined_share(found, lang)}
    return _without_empty(table)


def _gaps(frame: pd.DataFrame, lang: Lang) -> dict[str, Any]:
    """Return the largest gaps; under a place stands its community, under a repair its site."""
    keys = read_data("page.toml")["columns"]["gaps"]
    more, frame = max(0, len(frame) - MOST_GAPS), frame.head(MOST_GAPS)
    table = table_of(frame, "gaps", lang=lang, heading="gaps")
    place, fix, cause = (keys.index(key) for key in ("place", "fix", "cause"))
    told = frame.fillna({"candidate": ""}).to_dict("records")
    for row, gap in zip(table["rows"], told, strict=True):
        row["cells"][place] |= {"more": f"{gap['street']} {gap['unit']}", "short": False}
        row["cells"][fix] |= {"more": gap["candidate"], "short": False}
        row["cells"][cause] |= {"short": False}
    return for_paper(table, "gaps", lang=lang, left_out=more)


def _readings(frame: pd.DataFrame, lang: Lang, *, of: str = "columns") -> dict[str, Any]:
    """Return the table of readings; under a verdict, its last column, stands what is missing."""
    table = table_of(frame, "sensitivity", lang=lang, heading="readings", of=of)
    for row, missing in zip(table["rows"], frame["missing"], strict=True):
        row["cells"][-1] |= {"more": missing, "short": False} if missing else {}
    return for_paper(table, "sensitivity", lang=lang)


def _indicators(result: Result, rule: str, lang: Lang) -> dict[str, Any]:
    """Return what a rule measures besides; on paper the district's figures go first."""
    grid, is_district, more = indicator_grid(result, rule, lang)
    table = _without_empty(grid)
    return for_paper(table, "indicators", lang=lang, first=is_district, left_out=more)


def table_of(
    frame: pd.DataFrame,
    sheet: str,
    *,
    lang: Lang,
    heading: str,
    notes: list[str] | None = None,
    of: str = "columns",
) -> dict[str, Any]:
    """Return a sheet as a table of the page, with the columns of one of its lists (`of`)."""
    columns = read_data("page.toml")[of][sheet]
    label = say("page", heading, lang)
    return sheet_grid(frame, sheet, lang=lang, label=label, columns=columns, notes=notes)


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table without the columns in which no row says anything."""
    texts = zip(*([cell["text"] for cell in row["cells"]] for row in table["rows"]), strict=True)
    told = [bool(set(column) - {"", "—"}) for column in texts]
    if not told:
        return table
    rows = [row | {"cells": [*compress(row["cells"], told)]} for row in table["rows"]]
    return table | {"columns": [*compress(table["columns"], told)], "rows": rows}


def numbered(number: int, title: str, lang: Lang) -> str:
    """Put a section's number before its title."""
    return f"{chinese_number(number)}、{title}" if lang == "zh" else f"{number}. {title}"


def chinese_number(number: int) -> str:
    """Write a number from 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else CHINESE_DIGITS[tens] + "十"
    return ten + (CHINESE_DIGITS[ones] if ones else "")
