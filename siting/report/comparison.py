"""What a comparison writes: four tables, and a page that tells them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

from siting.report.jsontext import readable
from siting.report.offline import asset, with_policy
from siting.report.tables import csv_cells
from siting.report.words import read_data

if TYPE_CHECKING:
    import pandas as pd

    from siting.words import Lang

MOST_GAPS = 30
STREETS = ["unit_name", "people_before", "people_after", "covered_before", "covered_after",
           "difference", "by_access", "by_band", "by_people"]  # fmt: skip
GAPS = ["street", "community", "place", "part", "what", "people_before", "people_after", "change"]


def write_comparison(
    tables: dict[str, pd.DataFrame],
    *,
    about: dict[str, Any],
    folder: Path,
    lang: Lang,
    swipe_map: str | None = None,
) -> None:
    """Write the tables as CSV, report.html, map.html and run.json; the folder is replaced whole.

    Parameters
    ----------
    tables
        ``differences``, ``attribution``, ``gaps``, ``swipe``, with the columns of
        comparison.toml.
    about
        ``before`` and ``after`` (texts), ``rules`` (id → title), ``data_nature``, ``manifest``.
    swipe_map
        The page on which both are swiped; a place without streets has none.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
        fresh = Path(temporary) / "new"
        fresh.mkdir()
        for key, columns in read_data("comparison.toml")["tables"].items():
            cells = csv_cells(tables[key], columns)
            text = cells.to_csv(index=False, lineterminator="\n")
            (fresh / f"{key}.csv").write_text(text, encoding="utf-8-sig", newline="")
        text = comparison_page(tables, about=about, lang=lang, has_map=swipe_map is not None)
        (fresh / "report.html").write_text(text, encoding="utf-8")
        if swipe_map is not None:
            (fresh / "map.html").write_text(swipe_map, encoding="utf-8")
        (fresh / "run.json").write_text(readable(about["manifest"]) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(Path(temporary) / "old")
        shutil.move(fresh, folder)


def comparison_page(
    tables: dict[str, pd.DataFrame], *, about: dict[str, Any], lang: Lang, has_map: bool = False
) -> str:
    """Return the page of a comparison in one language."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    words = {key: text[lang] for key, text in read_data("comparison.toml")["words"].items()}
    titles = {rule: title[lang] for rule, title in about["rules"].items()}
    district = _headlines(tables["differences"], level="district")
    answer = district.assign(unit_name=[titles[rule] for rule in district["rule"]])
    text = environment.from_string(asset("page/compare.html")).render(
        words=words,
        html_lang={"zh": "zh-CN", "en": "en"}[lang],
        before=about["before"][lang],
        after=about["after"][lang],
        stamp=about["data_nature"],
        answer=_grid(answer, "differences", STREETS, lang, {"unit_name": words["rule"]}),
        attributed=len(tables["attribution"]) > 0,
        has_map=has_map,
        rules=[_section(rule, titles[rule], tables, words, lang) for rule in titles],
        style=asset("page/report.css"),
    )
    return with_policy(text)


def _headlines(differences: pd.DataFrame, *, level: str) -> pd.DataFrame:
    return differences[(differences["part"] == "all") & (differences["level"] == level)]


def _section(
    rule: str, title: str, tables: dict[str, pd.DataFrame], words: dict[str, str], lang: Lang
) -> dict[str, Any]:
    of_rule = {key: table[table["rule"] == rule] for key, table in tables.items()}
    streets = _headlines(of_rule["differences"], level="street")
    gaps = of_rule["gaps"].sort_values("people_before", ascending=False, kind="stable")
    shown = gaps.head(MOST_GAPS)
    more = words["more"].format(shown=len(shown), count=len(gaps)) if len(gaps) > len(shown) else ""
    attribution = of_rule["attribution"].replace({"change": words})
    return {
        "title": title,
        "streets": _grid(streets, "differences", STREETS, lang),
        "gaps": _grid(shown.replace({"what": words, "part": words}), "gaps", GAPS, lang),
        "attribution": _grid(attribution, "attribution", ["change", "in_sequence", "alone"], lang),
        "more": more,
    }


def _grid(
    table: pd.DataFrame,
    key: str,
    columns: list[str],
    lang: Lang,
    heads: dict[str, str] | None = None,
) -> dict[str, Any]:
    declared = read_data("comparison.toml")["tables"][key]
    headings = [
        {"text": (heads or {}).get(c, declared[c][lang]), "numeric": declared[c]["as"] == "people"}
        for c in columns
    ]
    rows = [
        [_cell(value, heading["numeric"]) for value, heading in zip(row, headings, strict=True)]
        for row in table[columns].itertuples(index=False)
    ]
    return {"headings": headings, "rows": rows}


def _cell(value: Any, numeric: bool) -> dict[str, Any]:  # noqa: FBT001
    text = f"{int(value):,}" if numeric else str(value)
    return {"text": text, "numeric": numeric}
