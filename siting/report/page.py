"""report.html: the findings clause by clause, whole in one file, printable on A4."""

from __future__ import annotations

import base64
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.report import figures, rows, sheets
from siting.report.grids import indicator_grid, input_grid, ledger_grid, sheet_grid
from siting.report.jsontext import readable
from siting.report.mapfigure import CLASSES, rule_map
from siting.report.offline import asset, with_policy
from siting.report.printed import for_paper, running_head
from siting.report.rankings import ranking_blocks
from siting.report.template import rendered
from siting.report.words import families, name, read_data, say
from siting.report.workbook import note_text

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

MOST_GAPS = 15
MOST_VALUES = 40
HOTTEST = 3  # blocks of each stage that are printed
LAST_COVERED = 2  # of the colour classes; those after it lie beyond the limit
MOST_PARTS = 6  # rules of more parts print the streets of the whole and the totals of the parts
CHINESE_DIGITS = "〇一二三四五六七八九"
HTML_LANG = {"zh": "zh-CN", "en": "en"}
SENTENCES = {"conclusion": "conclusion", "data": "data", "caliber": "caliber", "advice": "remedy"}
METHOD = ["caliber", "distance", "limits", "basis", "verdicts", "missing", "crs", "source"]


def page(result: Result, *, lang: Lang) -> str:
    """Return report.html in one language."""
    scenario = result.scenario

    def word(key: str, **values: object) -> str:
        return say("page", key, lang, **values)

    frames = {key: build(result, lang) for key, build in sheets.SHEETS.items()}
    columns = read_data("page.toml")["columns"]
    text = rendered(
        "report.html",
        say=word,
        html_lang=HTML_LANG[lang],
        title=scenario["title"][lang],
        place=scenario["place_title"][lang],
        as_of=scenario["as_of"],
        crs=scenario["crs"],
        stamp=scenario["data_nature"],
        lead=_lead(result, lang),
        answers=_answers(result, frames["answer"], lang),
        counts=status_counts(result, lang),
        unknown=_unknown(frames["register"], result, lang),
        sections=[
            (_value_section if "value" in rule else _section)(result, rule, frames, lang=lang)
            | {"title": _numbered(at, rule, lang), "of_value": "value" in rule}
            for at, rule in enumerate(rows.ordered_rules(result))
        ],
        method=[note_text(note, result, lang) for note in METHOD],
        no_font=say("figure", "no_font", lang) if figures.cjk_font() is None else "",
        inputs=input_grid(result, lang),
        ledger=_ledger(result, lang),
        register=sheet_grid(
            frames["register"],
            "register",
            lang=lang,
            label=word("register"),
            columns=columns["register"],
        ),
        manifest=_manifest_text(result),
        footer=" ".join([word("footer"), *scenario["attribution"]]),
        style=asset("page/report.css"),
        running=running_head(
            f"{scenario['place_title'][lang]} · {scenario['title'][lang]} · {scenario['as_of']}",
            scenario["data_nature"],
        ),
        script=asset("page/tables.js"),
    )
    return with_policy(text)


def _lead(result: Result, lang: Lang) -> str:
    """Say how many rules were tested and, if the scenario extends another, what is compared."""
    sentence = "lead" if result.rules else "lead_values"
    lead = say("page", sentence, lang, rules=len(result.rules) + len(result.measures))
    if result.before is None:
        return lead
    title = result.before["title"][lang]
    return f"{lead}{'' if lang == 'zh' else ' '}{say('page', 'lead_change', lang, title=title)}"


def _ledger(result: Result, lang: Lang) -> dict[str, Any]:
    """Return the ledger; on paper its rows of whole rules go before those of parts."""
    grid = ledger_grid(result, lang)
    whole = say("page", "part_all", lang)
    first = [row["cells"][1]["text"] == whole for row in grid["rows"]]
    return for_paper(grid, "ledger", lang=lang, first=first)


def _manifest_text(result: Result) -> str:
    """Return what of the manifest the page does not tell elsewhere, and no timings."""
    told = ("timings", "inputs", "rules", "normalised", "rankings")
    return readable({key: value for key, value in result.manifest.items() if key not in told})


def _numbered(at: int, rule: dict[str, Any], lang: Lang) -> str:
    return numbered(at + 1, str(rule["title"][lang]), lang)


def numbered(number: int, title: str, lang: Lang) -> str:
    """Put a section's number before its title."""
    return f"{chinese_number(number)}、{title}" if lang == "zh" else f"{number}. {title}"


def chinese_number(number: int) -> str:
    """Write a number from 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else CHINESE_DIGITS[tens] + "十"
    return ten + (CHINESE_DIGITS[ones] if ones else "")


def _answers(result: Result, frame: pd.DataFrame, lang: Lang) -> list[dict[str, Any]]:
    """Return the first page's tables, one for each basis; limits stand under a rule's title."""
    keys = [*read_data("page.toml")["columns"]["answer"]]
    if not result.rules:
        keys = [key for key in keys if key not in {"judged", "uncovered"}]
    if result.before is None:
        keys.remove("change")
    tables = []
    for basis in rows.BASES:
        rules = [rule for rule in rows.ordered_rules(result) if rule["basis"] == basis]
        mine = frame[frame["rule"].isin([rule["id"] for rule in rules])]
        if rules:
            label = say("page", f"answer_{basis}", lang)
            table = sheet_grid(mine, "answer", lang=lang, label=label, columns=keys)
            _tell_found(table, keys, mine, rules, lang)
            tables.append(table | {"basis": basis, "filter": False})
    return tables


def _tell_found(
    table: dict[str, Any],
    keys: list[str],
    frame: pd.DataFrame,
    rules: list[dict[str, Any]],
    lang: Lang,
) -> None:
    """Give a new table of answers its links, its limits, and values where there is no rate."""
    at = keys.index("coverage")
    table["columns"][at] = {"heading": say("page", "found", lang), "unit": "", "numeric": True}
    for row, rule, found in zip(table["rows"], rules, frame.to_dict("records"), strict=True):
        row["cells"][0] |= {"short": False}
        row["cells"][1] |= {"link": rule["id"], "more": rule["limits"][lang], "short": False}
        if "value" in rule:
            row["cells"][at] |= {"text": found["value"], "value": rule["value"]}
        else:
            row["cells"][at] |= {"more": _undetermined(found, lang)}


def _undetermined(row: dict[Any, Any], lang: Lang) -> str | None:
    """Say what share of the judged people is undetermined, where anybody is."""
    if pd.isna(row["undetermined"]) or not row["undetermined"] or not row["judged"]:
        return None
    share = sheets.written_share(row["undetermined"], row["judged"])
    return say("page", "undetermined", lang, share=share)


def _streets(frame: pd.DataFrame, lang: Lang, notes: list[str], *, by_unit: bool) -> dict[str, Any]:
    """Return a table of streets; the undetermined stand under each rate.

    Where units are judged nobody walks: the rate is of the people who live in one that passes.
    """
    at = read_data("page.toml")["columns"]["coverage"].index("coverage")
    table = _grid(frame, "coverage", lang=lang, heading="by_street", notes=notes)
    if by_unit:
        table["columns"][at] |= {"heading": say("page", "in_passing_units", lang)}
    for row, found in zip(table["rows"], frame.to_dict("records"), strict=True):
        row["cells"][0] |= {"short": False}
        row["cells"][at] |= {"more": _undetermined(found, lang)}
    return _without_empty(table)


def status_counts(result: Result, lang: Lang) -> str:
    """Say how many clauses the plans have, and how many of them stand in each status."""
    table = result.register
    counts = table["status"].value_counts()
    elsewhere = int((table["status"].eq("not_applicable") & table["missing"].ne("")).sum())
    listed = []
    for code in (one for one in families()["verdict"] if one in counts.index):
        text = f"{name('verdict', code, lang)} {counts[code]}"
        if code == "not_applicable" and elsewhere:
            text += say("page", "elsewhere", lang, n=elsewhere)
        listed.append(text)
    together = ("，" if lang == "zh" else ", ").join(listed)
    return say("page", "counts", lang, clauses=len(table), counts=together)


def _unknown(register: pd.DataFrame, result: Result, lang: Lang) -> dict[str, Any]:
    """Return the clauses that were not assessed, with what is missing to do so."""
    mine = register[result.register["status"] == "not_assessed"]
    return _grid(mine, "register", lang=lang, heading="unknown", of="unknown_columns")


def _section(
    result: Result, rule: dict[str, Any], frames: dict[str, pd.DataFrame], *, lang: Lang
) -> dict[str, Any]:
    """Return everything that the template says about one rule."""
    id_ = rule["id"]
    mine = {key: _of_rule(frame, id_) for key, frame in frames.items()}
    gaps = mine["gaps"].assign(number=range(1, len(mine["gaps"]) + 1))
    hot = mine["blocks"]["hot"] == name("yes", "True", lang)
    calm = int((~hot).sum())
    judged = mine["coverage"]
    judged = judged[judged["judged"].gt(0).fillna(value=False)]
    if len(rule["parts"]) > MOST_PARTS:
        judged = judged[judged["is_total"] | (judged["part"] == rows.HEADLINE)]
    grid = partial(_grid, lang=lang)
    by_unit = rule["kind"] == "presence"
    said = ["source", "caliber", *([] if by_unit else ["distance"])]
    notes = [note_text(note, result, lang) for note in said]
    ranks = mine["blocks"].loc[hot, "rank"] <= HOTTEST
    return _about(rule, result, lang) | {
        "map": _map(result, rule, lang),
        "bars": _bars(result, id_, lang),
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
        "dots": _dots(result, id_, lang),
        "gaps": _gaps(gaps, lang),
        "rankings": ranking_blocks(result, id_, lang),
    }


def _about(rule: dict[str, Any], result: Result, lang: Lang) -> dict[str, Any]:
    """Return what every section says first: basis, clauses, source, text, the four sentences."""
    return {
        "id": rule["id"],
        "basis": rule["basis"],
        "basis_word": name("basis", rule["basis"], lang),
        "clauses": rule["clauses"],
        "source": f"{rule['source']['document']} {rule['source']['clause']}",
        "text": rule["text"][lang],
        "limits": rule["limits"][lang],
        "sentences": _sentences(result, rule["id"], lang),
    }


def _value_section(
    result: Result, rule: dict[str, Any], frames: dict[str, pd.DataFrame], *, lang: Lang
) -> dict[str, Any]:
    """Return everything that the template says about one rule on a measured value."""
    mine = {key: _of_rule(frame, rule["id"]) for key, frame in frames.items()}
    values = mine["values"]
    more = max(0, len(values) - MOST_VALUES)
    table = _grid(values.head(MOST_VALUES), "values", lang=lang, heading="values")
    return _about(rule, result, lang) | {
        "table": for_paper(_without_empty(table), "values", lang=lang, left_out=more),
        "readings": _readings(mine["sensitivity"], lang, of="value_columns"),
    }


def _grid(
    frame: pd.DataFrame,
    sheet: str,
    *,
    lang: Lang,
    heading: str,
    notes: list[str] | None = None,
    of: str = "columns",
) -> dict[str, Any]:
    columns = read_data("page.toml")[of][sheet]
    label = say("page", heading, lang)
    return sheet_grid(frame, sheet, lang=lang, label=label, columns=columns, notes=notes)


def _gaps(frame: pd.DataFrame, lang: Lang) -> dict[str, Any]:
    """Return the largest gaps; under a place stands its community, under a repair its site."""
    keys = read_data("page.toml")["columns"]["gaps"]
    more, frame = max(0, len(frame) - MOST_GAPS), frame.head(MOST_GAPS)
    table = _grid(frame, "gaps", lang=lang, heading="gaps")
    place, fix, cause = (keys.index(key) for key in ("place", "fix", "cause"))
    told = frame.fillna({"candidate": ""}).to_dict("records")
    for row, gap in zip(table["rows"], told, strict=True):
        row["cells"][place] |= {"more": f"{gap['street']} {gap['unit']}", "short": False}
        row["cells"][fix] |= {"more": gap["candidate"], "short": False}
        row["cells"][cause] |= {"short": False}
    return for_paper(table, "gaps", lang=lang, left_out=more)


def _readings(frame: pd.DataFrame, lang: Lang, *, of: str = "columns") -> dict[str, Any]:
    """Return the table of readings; under a verdict, its last column, stands what is missing."""
    table = _grid(frame, "sensitivity", lang=lang, heading="readings", of=of)
    for row, missing in zip(table["rows"], frame["missing"], strict=True):
        row["cells"][-1] |= {"more": missing, "short": False} if missing else {}
    return for_paper(table, "sensitivity", lang=lang)


def _indicators(result: Result, rule: str, lang: Lang) -> dict[str, Any]:
    """Return what a rule measures besides; on paper the district's figures go first."""
    grid, is_district, more = indicator_grid(result, rule, lang)
    table = _without_empty(grid)
    return for_paper(table, "indicators", lang=lang, first=is_district, left_out=more)


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table without the columns in which no row says anything."""
    texts = zip(*([cell["text"] for cell in row["cells"]] for row in table["rows"]), strict=True)
    told = [bool(set(column) - {"", "—"}) for column in texts]
    if not told:
        return table
    rows = [row | {"cells": [*compress(row["cells"], told)]} for row in table["rows"]]
    return table | {"columns": [*compress(table["columns"], told)], "rows": rows}


def _of_rule(frame: pd.DataFrame, rule: str) -> pd.DataFrame:
    return frame[frame["rule"] == rule] if "rule" in frame.columns else frame.iloc[:0]


def _sentences(result: Result, rule: str, lang: Lang) -> list[tuple[str, str]]:
    found = [finding for finding in result.findings if finding["rule"] == rule]
    return [
        (say("page", heading, lang), finding["sentence"][key][lang])
        for finding in found
        for key, heading in SENTENCES.items()
    ]


def picture(svg: str, caption: str, **more: Any) -> dict[str, Any] | None:
    """Return a figure for the template; as an image it brings its own style past the policy."""
    if not svg:
        return None
    source = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    return {"source": source, "alt": caption, "caption": caption} | more


def _map(result: Result, rule: dict[str, Any], lang: Lang) -> dict[str, Any] | None:
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


def _bars(result: Result, rule: str, lang: Lang) -> dict[str, Any] | None:
    """Return the headline's bars by street, where the rule judges anybody there."""
    table = _of_rule(rows.default_rows(result), rule)
    table = table[(table["level"] == "street") & (table["part"] == rows.HEADLINE)]
    table = table[table["judged"].gt(0).fillna(value=False) & table["coverage"].notna()]
    if table.empty:
        return None
    return picture(figures.coverage_bars(table, lang=lang), say("page", "bars_caption", lang))


def _dots(result: Result, rule: str, lang: Lang) -> dict[str, Any] | None:
    table = _of_rule(result.sensitivity, rule)
    if len(table) < 2:  # noqa: PLR2004  nothing to compare
        return None
    labels = rows.reading_titles(result, table, lang)
    drawing = figures.reading_dots(table.assign(label=labels), lang=lang)
    return picture(drawing, say("page", "dots_caption", lang))
