"""report.html: the findings clause by clause, whole in one file, printable on A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.report import figures, rows, sheets
from siting.report.answers import answer_tables, status_counts
from siting.report.grids import input_grid, ledger_grid, sheet_grid
from siting.report.jsontext import readable
from siting.report.offline import asset, with_policy
from siting.report.printed import for_paper, running_head
from siting.report.section import numbered, rule_section, table_of, value_section
from siting.report.template import HTML_LANG, rendered
from siting.report.words import read_data, say
from siting.report.workbook import note_text

if TYPE_CHECKING:
    import pandas as pd

    from siting.report.result import Result
    from siting.words import Lang

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
        answers=answer_tables(result, frames["answer"], lang),
        counts=status_counts(result, lang),
        unknown=_unknown(frames["register"], result, lang),
        sections=[
            (value_section if "value" in rule else rule_section)(result, rule, frames, lang=lang)
            | {"title": numbered(at, rule["title"][lang], lang), "of_value": "value" in rule}
            for at, rule in enumerate(rows.ordered_rules(result), start=1)
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


def _unknown(register: pd.DataFrame, result: Result, lang: Lang) -> dict[str, Any]:
    """Return the clauses that were not assessed, with what is missing to do so."""
    mine = register[result.register["status"] == "not_assessed"]
    return table_of(mine, "register", lang=lang, heading="unknown", of="unknown_columns")


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
