"""What a comparison writes: five tables, and a page that tells them as the report tells one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.report.figures import change_dots
from siting.report.grids import plain_grid, written
from siting.report.jsontext import readable
from siting.report.offline import asset, with_policy
from siting.report.pictures import picture
from siting.report.printed import for_paper, running_head
from siting.report.rows import BASES, clause_order
from siting.report.section import numbered, rule_head
from siting.report.tables import csv_cells
from siting.report.template import HTML_LANG, rendered
from siting.report.words import name, read_data, say

if TYPE_CHECKING:
    from siting.report.grids import Cell, Grid
    from siting.words import Lang

MOST_GAPS = 30
ANSWER = ["uncovered_before", "uncovered_after", "coverage_before", "coverage_after"]
PEOPLE = ["covered_before", "covered_after", "difference", "by_access", "by_band", "by_people"]
VERDICTS = ["verdict_before", "verdict_after"]
COUNTS = {"people_before", "people_after"}
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
        ``answers``, ``differences``, ``attribution``, ``gaps``, ``swipe``, with the columns of
        comparison.toml.
    about
        ``before`` and ``after`` (texts), ``as_of`` (both), ``crs``, ``rules`` (records, see
        `Result.rules`), ``data_nature``, ``manifest``.
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
    return with_policy(_Page(tables, about, lang).text(has_map=has_map))


class _Page:
    """The page of one comparison: the answers by basis, then a section for each rule."""

    def __init__(self, tables: dict[str, pd.DataFrame], about: dict[str, Any], lang: Lang) -> None:
        self.tables, self.about, self.lang = tables, about, lang
        declared = read_data("comparison.toml")
        self.words = {key: text[lang] for key, text in declared["words"].items()}
        self.headings = {
            table: {column: form[lang] for column, form in columns.items()}
            for table, columns in declared["tables"].items()
        }
        self.rules = sorted(about["rules"], key=clause_order)
        answers = tables["answers"]
        district = answers[answers["level"] == "district"].to_dict("records")
        units = tables["differences"]
        self.unit_names = dict(zip(units["unit"], units["unit_name"], strict=True))
        self.district: dict[str, dict[Any, Any]] = {row["rule"]: row for row in district}

    def text(self, *, has_map: bool) -> str:
        about, lang = self.about, self.lang
        title = f"{about['before'][lang]} → {about['after'][lang]}"
        changed = sum(self.changed(rule) for rule in self.rules)
        return rendered(
            "compare.html",
            say=lambda key: say("page", key, lang),
            words=self.words,
            html_lang=HTML_LANG[lang],
            before=about["before"][lang],
            after=about["after"][lang],
            as_of=about["as_of"],
            crs=about["crs"],
            stamp=about["data_nature"],
            lead=self.words["lead"].format(rules=len(self.rules), changed=changed),
            answers=[table for basis in BASES if (table := self.answers(basis)) is not None],
            sections=[self.section(at, rule) for at, rule in enumerate(self.rules, 1)],
            attributed=len(self.tables["attribution"]) > 0,
            has_map=has_map,
            running=running_head(title, about["data_nature"]),
            style=asset("page/report.css"),
            script=asset("page/tables.js"),
        )

    def of(self, table: str, rule: dict[str, Any]) -> pd.DataFrame:
        found: pd.DataFrame = self.tables[table]
        mine: pd.DataFrame = found[found["rule"] == rule["id"]]
        return mine

    def changed(self, rule: dict[str, Any]) -> bool:
        """Say whether the answer differs: people covered in any unit, a gap, or the verdict."""
        table = self.of("differences", rule)
        moved = table.loc[table["part"] == "all", PEOPLE[2:]].to_numpy().any()
        one = self.district[rule["id"]]
        return bool(moved or len(self.of("gaps", rule)) or _now(one) != _then(one))

    # --- the answer

    def answers(self, basis: str) -> Grid | None:
        rules = [rule for rule in self.rules if rule["basis"] == basis]
        if not rules:
            return None
        rows = []
        for rule in rules:
            one = self.district[rule["id"]]
            rows.append(
                [(" ".join(rule["clauses"]), None), (rule["title"][self.lang], None)]
                + [_cell(one[key], key) for key in ANSWER]
                + [_points(one), (self.verdicts(one), None)]
            )
        keys = [self.words["clause"], self.words["rule"]]
        keys += [self.headings["answers"][key] for key in ANSWER]
        headings = [*keys, self.words["points"], self.words["verdict"]]
        table = plain_grid(rows, headings=headings, label=say("page", f"answer_{basis}", self.lang))
        for row, rule in zip(table["rows"], rules, strict=True):
            row["cells"][1] |= {"link": rule["id"], "more": rule["limits"][self.lang]}
            row["cells"][-1] |= {"verdict": self.district[rule["id"]]["verdict_after"]}
        return table | {"basis": basis}

    def verdicts(self, one: dict[Any, Any]) -> str:
        """Write a verdict, or both where they differ."""
        then, now = (name("verdict", one[key], self.lang) for key in VERDICTS)
        return now if then == now else f"{then} → {now}"

    # --- a rule

    def section(self, at: int, rule: dict[str, Any]) -> dict[str, Any]:
        lang = self.lang
        streets = self.of("answers", rule)
        streets = streets[(streets["level"] == "street") & (streets["judged_after"] > 0)]
        drawn = streets.dropna(subset=["coverage_before", "coverage_after"])
        tables = [self.streets(rule, streets), self.attribution(rule), self.gaps(rule)]
        return rule_head(rule, lang) | {
            "title": numbered(at, rule["title"][lang], lang),
            "sentences": self.sentences(rule),
            "changed": self.changed(rule),
            "dots": picture(change_dots(drawn, lang=lang), self.words["caption"])
            if len(drawn)
            else None,
            "tables": [table for table in tables if table is not None and table["rows"]],
        }

    def sentences(self, rule: dict[str, Any]) -> list[tuple[str, str]]:
        one = self.district[rule["id"]]
        figures = {key: _cell(one[key], key)[0] for key in ANSWER}
        told = figures | {"points": _points(one)[0], "verdict": self.verdicts(one)}
        sentence = self.words["found" if self.changed(rule) else "unchanged"].format(**told)
        steps = self.of("attribution", rule)
        steps = steps[(steps["step"] > 0) & (steps["in_sequence"] != 0)]
        if steps.empty:
            return [(self.words["conclusion"], sentence)]
        most = max(steps.to_dict("records"), key=lambda step: abs(step["in_sequence"]))
        people = f"{int(most['in_sequence']):+,}"
        mostly = self.words["main_change_text"].format(change=most["change"], people=people)
        return [(self.words["conclusion"], sentence), (self.words["main_change"], mostly)]

    def streets(self, rule: dict[str, Any], streets: pd.DataFrame) -> Grid:
        moved = self.of("differences", rule)
        moved = moved[(moved["part"] == "all") & (moved["level"] == "street")]
        both = streets.merge(moved[["unit", *PEOPLE]], on="unit", how="left")
        keys = [*ANSWER[2:], *PEOPLE]
        rows: list[list[Cell]] = [
            [(row["unit_name"], None), *(_cell(row[key], key) for key in keys)]
            for row in both.to_dict("records")
        ]
        known = self.headings["answers"] | self.headings["differences"]
        headings = [known[key] for key in ("unit_name", *keys)]
        return plain_grid(rows, headings=headings, label=self.words["streets"])

    def attribution(self, rule: dict[str, Any]) -> Grid | None:
        keys = ["in_sequence", "alone"]
        found = self.of("attribution", rule)
        if not found[keys].to_numpy().any():
            return None
        told = (found[keys].fillna(0) != 0).any(axis=1) | (found["step"] == 0)
        rows: list[list[Cell]] = [
            [
                (self.words[row["change"]] if row["step"] == 0 else row["change"], None),
                *(_cell(row[key], key) for key in keys),
            ]
            for row in found[told].to_dict("records")
        ]
        headings = [self.headings["attribution"][key] for key in ("change", *keys)]
        grid = plain_grid(rows, headings=headings, label=self.words["attribution"])
        idle = len(found) - len(rows)
        return grid | {"more": self.words["idle"].format(n=idle) if idle else ""}

    def gaps(self, rule: dict[str, Any]) -> Grid:
        found = self.of("gaps", rule)
        found = found.sort_values("people_before", ascending=False, kind="stable")
        shown = found.head(MOST_GAPS)
        titles = {part["part"]: part["title"][self.lang] for part in rule["parts"]}
        texts = {"what": self.words, "part": titles | {"all": self.words["all"]}}
        texts |= {"street": self.unit_names, "community": self.unit_names}
        rows: list[list[Cell]] = [
            [
                _cell(row[key], key)
                if key in COUNTS
                else (texts.get(key, {}).get(row[key], str(row[key])), None)
                for key in GAPS
            ]
            for row in shown.to_dict("records")
        ]
        headings = [self.headings["gaps"][key] for key in GAPS]
        grid = plain_grid(rows, headings=headings, label=self.words["gaps"])
        return for_paper(grid, "gap_changes", lang=self.lang, left_out=len(found) - len(shown))


def _then(one: dict[Any, Any]) -> tuple[Any, Any]:
    return one["verdict_before"], one["uncovered_before"]


def _now(one: dict[Any, Any]) -> tuple[Any, Any]:
    return one["verdict_after"], one["uncovered_after"]


def _points(one: dict[Any, Any]) -> Cell:
    """Write by how many points a rate has changed; what has not changed has no sign."""
    if pd.isna(one["coverage_before"]) or pd.isna(one["coverage_after"]):
        return "—", None
    difference = float(one["coverage_after"]) - float(one["coverage_before"])
    return (written(difference, "points") if difference else "0.0"), difference


def _cell(value: Any, key: str) -> Cell:
    if pd.isna(value):
        return "—", None
    return written(value, "share" if key.startswith("coverage") else "people"), float(value)
