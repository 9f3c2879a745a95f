"""The rankings of the report: which sites, how well that is proved, and why, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.report.figures import ranking_curve
from siting.report.grids import plain_grid
from siting.report.pictures import picture
from siting.report.rankingwords import BY_PEOPLE, RankingWords
from siting.report.valued import plain
from siting.report.words import name

if TYPE_CHECKING:
    from siting.report.grids import Cell, Grid
    from siting.report.result import Result
    from siting.words import Lang

PLANS = 5
"""Other plans that are shown; all are in run.json."""
STORIES = 3
"""Sites whose story is told; the others are in run.json."""


def ranking_blocks(result: Result, rule: str, lang: Lang) -> list[dict[str, Any]]:
    """Return what the template says of every ranking whose first rule is `rule`.

    Returns
    -------
    list of dict
        ``id``, ``title``, ``lines`` (heading and sentence), ``curve`` (a picture or None),
        ``tables``, ``stories`` and ``lower`` (sentences).
    """
    records = result.manifest.get("rankings", [])
    return [_Block(result, record, lang).block() for record in records if record["rule"] == rule]


class _Block(RankingWords):
    """The same as headings, tables and stories for the template."""

    def block(self) -> dict[str, Any]:
        record, by_people = self.record, self.record["measure"] in BY_PEOPLE
        tables = [self.sites(), self.rule_by_rule(), self.streets(), *self.removal(), self.plans()]
        return {
            "id": record["ranking"],
            "title": self.say("line", "title", what=self.what(), model=self.model()),
            "lines": self.lines(),
            "curve": self.curve(),
            "tables": [table for table in tables if table is not None],
            "why": self.say("line", "why"),
            "stories": self.stories(),
            "lower_heading": self.say("line", "lower" if by_people else "lower_cover"),
            "lower": self.lower(),
        }

    def lines(self) -> list[tuple[str, str]]:
        lines = [
            ("asked", self.limits()),
            ("proof", self.proof()),
            ("candidates", self.candidates()),
            ("others", self.others()),
            ("robust", self.robustness()),
            ("price", self.price()),
        ]
        return [(self.say("line", heading), text) for heading, text in lines if text]

    # --- figure and tables

    def curve(self) -> dict[str, Any] | None:
        points = pd.DataFrame(self.record.get("curve", []))
        if len(points) < 2 or not self.record["people"]:  # noqa: PLR2004  a curve needs two points
            return None
        table = points.assign(people=self.record["people"])
        knee = self.record["diminishing"]
        svg = ranking_curve(table, chosen=len(self.record["robustness"]["sites"]), lang=self.lang)
        caption = self.say("line", "curve", knee=knee)
        return picture(svg, caption)

    def grid(self, table: str, columns: list[str], rows: list[list[Cell]]) -> Grid | None:
        if not rows:
            return None
        headings = [self.say("column", column) for column in columns]
        return plain_grid(rows, headings=headings, label=self.say("table", table))

    def sites(self) -> Grid | None:
        mine = self.result.candidates
        mine = mine[mine["ranking"] == self.record["ranking"]].sort_values("rank")
        kinds, sized = len(set(mine["facility_kind"])) > 1, mine["capacity"].gt(0).any()
        has_regret = "regret" in self.record
        columns = ["rank", "name", *(["kind"] if kinds else []), *(["capacity"] if sized else [])]
        columns += ["gain", "coverage", "robust", "drops_out"]
        columns += ["replacement", "regret"] if has_regret else []
        columns += ["then"] if has_regret and self.record["measure"] not in BY_PEOPLE else []
        rows = [[self._cell(column, row) for column in columns] for row in mine.to_dict("records")]
        return self.grid("sites", columns, rows)

    def _cell(self, column: str, row: dict[str, Any]) -> Cell:
        texts = {
            "name": lambda: str(row["name"] or row["site"]),
            "kind": lambda: name("kind", row["facility_kind"], self.lang),
            "drops_out": lambda: self.trial(row["drops_out"]) or "—",
            "replacement": lambda: self.called(row["replacement"]) or "—",
            "then": lambda: self.then({"objective": plain(row["objective_then"])}),
        }
        if column in texts:
            return texts[column](), None
        value = row[{"robust": "robust_share"}.get(column, column)]
        if pd.isna(value):
            return "—", None
        share = column in ("coverage", "robust")
        return (f"{value:.1%}" if share else f"{value:,.0f}"), float(value)

    def plans(self) -> Grid | None:
        """Show the best of the other plans: what each takes out, puts in and achieves."""
        found = self.record.get("alternatives", {}).get("others", [])[:PLANS]
        counted = self.record["measure"] != "priority"
        rows: list[list[Cell]] = [
            [
                (self.list_of([self.called(site) for site in one["out"]]), None),
                (self.list_of([self.called(site) for site in one["in"]]), None),
                *([(self.measured(one["objective"]), None)] if counted else []),
            ]
            for one in found
        ]
        swap = ["shut_too", "kept_too"] if self.removes else ["out", "in"]
        return self.grid("plans", [*swap, *(["then"] if counted else [])], rows)

    def rule_by_rule(self) -> Grid | None:
        rows: list[list[Cell]] = [
            [
                (self.part(one), None),
                _number(one["people"]),
                _number(one["covered_before"]),
                _number(one["covered"]),
                _share(one["covered"] / one["people"] if one["people"] else 0),
            ]
            for one in self.record["rules"]
            if "people" in one
        ]
        return self.grid("rules", ["rule", "people", "before", "covered", "share"], rows)

    def streets(self) -> Grid | None:
        rows: list[list[Cell]] = [
            [
                (one["street"], None),
                _number(one["people"]),
                _number(one["covered"]),
                _share(one["share"]),
            ]
            for one in self.record.get("streets", [])
        ]
        return self.grid("streets", ["street", "people", "covered", "share"], rows)

    def removal(self) -> list[Grid | None]:
        found = self.record.get("removal")
        if found is None:
            return []
        instead = {row["site"]: row for row in self.record.get("regret", [])}
        close: list[list[Cell]] = [
            [
                _number(at),
                (one["name"], None),
                _number(one["covered"]),
                *self._instead(instead.get(one["site"])),
            ]
            for at, one in enumerate(found["close"], 1)
        ]
        least: list[list[Cell]] = [
            [(one["name"], None), _number(one["reached"]), _number(one["loss"])]
            for one in found["least_needed"]
        ]
        return [
            self.grid("close", ["order", "facility", "after", "stays", "regret"], close),
            self.grid("least", ["facility", "reached", "loss"], least),
        ]

    def _instead(self, row: dict[str, Any] | None) -> list[Cell]:
        """Say which facility closes if another one has to stay, and how many people that loses."""
        if row is None or not row["replacement"]:
            return [("—", None), ("—", None)]
        return [(self.called(row["replacement"]), None), _number(row["loss"])]

    # --- why

    def stories(self) -> list[tuple[str, str]]:
        end, comma = ("。", "；") if self.lang == "zh" else (".", "; ")
        return [
            (self.called(one["site"]), comma.join(self.story(one)) + end)
            for one in self.record.get("explanation", [])[:STORIES]
        ]

    def story(self, one: dict[str, Any]) -> list[str]:
        people = sum(row["people"] for row in one["streets"])
        told = [self.say("line", "gains", people=people, streets=self.list_of(self.by_street(one)))]
        near = one["nearest"]
        if near is not None:
            places = self.say("line", "places", places=near["places"]) if near["places"] else ""
            kind = name("kind", one["kind"], self.lang)
            told.append(self.say("line", "nearest", **near | {"kind": kind, "places": places}))
        told.append(self.say("line", "against" if one["capacity"] else "demand", **one))
        told += [
            self.say("line", "overlap", people=row["people"], site=self.called(row["other"]))
            for row in one["overlaps"][:1]
        ]
        gaps = [self.say("line", "gap", **gap) for gap in one["gaps"][:STORIES]]
        return [*told, *([self.say("line", "gaps", gaps=self.list_of(gaps))] if gaps else [])]

    def by_street(self, one: dict[str, Any]) -> list[str]:
        """Say the people of each street, and of which ages they are."""
        told = []
        for row in one["streets"]:
            groups = {key: n for key, n in row.items() if key not in ("street", "people")}
            ages = [f"{name('group', key, self.lang)} {n:,}" for key, n in groups.items()]
            left = row["people"] - sum(groups.values())
            if groups and left > 0:
                ages.append(self.say("line", "other_ages", people=left))
            inside = f" [{self.list_of(ages)}]" if ages else ""
            told.append(f"{row['street']} {row['people']:,}{inside}")
        return told

    def lower(self) -> list[str]:
        beaten = [row for row in self.record.get("runners_up", []) if row["adds"]]
        colon = "：" if self.lang == "zh" else ": "
        if not beaten:
            shown = "runners_up" in self.record
            return [self.say("line", "none_gained")] if shown else []
        return [f"{self.called(row['site'])}{colon}{self.beaten(row)}" for row in beaten[:STORIES]]


def _number(value: float) -> Cell:
    return f"{value:,.0f}", float(value)


def _share(value: float) -> Cell:
    return f"{value:.1%}", float(value)
