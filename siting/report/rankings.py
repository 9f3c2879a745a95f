"""The rankings of the report: which sites, how well that is proved, and why, in plain words."""

from __future__ import annotations

import base64
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.report.figures import ranking_curve
from siting.report.grids import plain_grid
from siting.report.words import name, read_data

if TYPE_CHECKING:
    from siting.report.grids import Cell, Grid
    from siting.report.result import Result
    from siting.words import Lang

STORIES = 3
"""Sites whose story is told; the others are in run.json."""
UNSURE = ("B", "G", "E")
"""Confidence of a source that must be checked before it is quoted."""


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    words: dict[str, dict[str, dict[str, str]]] = read_data("rankings.toml")
    return words


def _say(family: str, key: str, lang: Lang, /, **values: object) -> str:
    text = _words()[family][key][lang]
    return text.format(**values) if values else text


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


class _Block:
    """One ranking and the words for it."""

    def __init__(self, result: Result, record: dict[str, Any], lang: Lang) -> None:
        self.result, self.record, self.lang = result, record, lang
        self.rules = {rule["id"]: rule for rule in result.rules}
        self.removes = record["model"] == "removal"

    def say(self, family: str, key: str, /, **values: object) -> str:
        return _say(family, key, self.lang, **values)

    def block(self) -> dict[str, Any]:
        record = self.record
        tables = [self.sites(), self.rule_by_rule(), self.streets(), *self.removal()]
        model = self.say("model", record["model"])
        return {
            "id": record["ranking"],
            "title": self.say("line", "title", what=self.what(), model=model),
            "lines": self.lines(),
            "curve": self.curve(),
            "tables": [table for table in tables if table is not None],
            "why": self.say("line", "why"),
            "stories": self.stories(),
            "lower_heading": self.say("line", "lower"),
            "lower": self.lower(),
        }

    def called(self, site: str) -> str:
        return str(self.record.get("names", {}).get(site, site))

    def list_of(self, words: list[str]) -> str:
        return ("、" if self.lang == "zh" else ", ").join(words)

    def what(self) -> str:
        return self.list_of([self.part(one) for one in self.record["rules"]])

    def part(self, one: dict[str, Any]) -> str:
        """Name a need by its title, a rule without needs by its own."""
        rule = self.rules[one["rule"]]
        titles = {part["part"]: part["title"][self.lang] for part in rule["parts"]}
        if one["need"] == "all":
            return f"{rule['title'][self.lang]} ({self.say('line', 'all_needs')})"
        return str(titles.get(one["need"] or "", rule["title"][self.lang]))

    # --- sentences

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

    def limits(self) -> str:
        told = []
        for key, value in self.record["limits"].items():
            if key == "weights":
                each = {**value["groups"], **value["streets"]}
                text = [f"{name('group', one, self.lang)} ×{w:g}" for one, w in each.items()]
                told.append(self.say("limit", key, value=self.list_of(text)))
            elif key in ("must", "never"):
                told.append(
                    self.say("limit", key, value=self.list_of([self.called(s) for s in value]))
                )
            else:
                word = "close" if self.removes and key == "sites" else key
                told.append(self.say("limit", word, value=value))
        return "；".join(told) if self.lang == "zh" else "; ".join(told)

    def measured(self, value: float | None) -> str:
        if value is None:
            return "–"
        measure = "kept" if self.removes else self.record["measure"]
        people = self.record["people"] or 1
        scaled = {"person_mm": value / 1000 / people, "mm": value / 1000}.get(measure, value)
        return self.say("measure", measure, value=scaled)

    def proof(self) -> str:
        record = self.record
        status, fair = record["status"], record["measure"] == "share"
        if status == "infeasible":
            left, people = record["unserved_people"], record["people"]
            return self.say("line", "infeasible", people=left, most=1 - left / max(people, 1))
        if status == "not-found":
            return self.say("line", "not-found")
        values = {
            "objective": self.measured(record["objective"]),
            "bound": self.measured(record["certified_bound"]),
            "limit": record["certified_bound"],
            "gap": record["gap"],
            "solver": record["solver"],
            "solver_gap": record["solver_gap"],
        }
        key = "open_fair" if fair else "open"
        if status == "optimal":
            key = "optimal" if record["proved_by"] == "certificate" else "claimed"
        told = [self.say("line", key, **values)]
        if key == "open" and record["solver"] is not None:
            bound = self.measured(record["solver_bound"])
            gap = record["solver_gap"]
            told.append(
                self.say("line", "open_solver", solver=record["solver"], bound=bound, gap=gap)
            )
        if record["model"] == "conjunctive":
            told.append(self.say("line", "conjunctive"))
        return (" " if self.lang == "en" else "").join(told)

    def candidates(self) -> str:
        record = self.record
        if self.removes:
            return ""
        excluded = [
            f"{self.say('reason', key)} {count}" for key, count in record["excluded"].items()
        ]
        key = "pool" if excluded else "pool_all"
        told = [self.say("line", key, count=record["candidates"], excluded=self.list_of(excluded))]
        told += [self.area(one) for one in record["least_areas"]]
        return (" " if self.lang == "en" else "").join(told)

    def area(self, one: dict[str, Any]) -> str:
        """Say a least area and its source; what must be checked before quoting is labelled so."""
        source = one["source"]
        text = self.say("line", "own_area")
        if source is not None:
            text = f"{source['document']} {source['clause']}"
            if source["confidence"] in UNSURE:
                unsure = self.say("line", "unsure", confidence=source["confidence"])
                text += ("；" if self.lang == "zh" else "; ") + unsure
        title = one["title"][self.lang]
        return self.say("line", "area", area=one["min_area_m2"], title=title, source=text)

    def others(self) -> str:
        found = self.record.get("alternatives")
        if found is None:
            return ""
        shared = [self.called(site) for site in found["shared"]]
        key = "single" if found["plans"] == 1 else "plans" if shared else "plans_none"
        told = self.say("line", key, **found | {"shared": self.list_of(shared)})
        regrets = self.record["regret"]
        if not regrets:
            return told
        worst = max(regrets, key=lambda row: row["loss"])
        key = "falls" if worst["replacement"] else "falls_none"
        site, other = self.called(worst["site"]), self.called(worst["replacement"])
        told_regret = self.say("line", key, site=site, other=other, loss=worst["loss"])
        return f"{told}{' ' if self.lang == 'en' else ''}{told_regret}"

    def robustness(self) -> str:
        found = self.record.get("robustness")
        if not found or not found["trials"] or not found["sites"]:
            return ""
        kinds = Counter(trial["kind"] for trial in found["trials"])
        told = [self.say("kinds", kind, count=count) for kind, count in kinds.items()]
        always = [self.called(row["site"]) for row in found["sites"] if row["share"] == 1]
        key = "robust_some" if always else "robust_none"
        key = "robust_all" if len(always) == len(found["sites"]) else key
        result = self.say("line", key, sites=self.list_of(always))
        count = len(found["trials"])
        return self.say("line", "trials", count=count, kinds=self.list_of(told), result=result)

    def trial(self, id_: str) -> str:
        """Say in which case a site is left out first."""
        trials = {one["id"]: one for one in self.record["robustness"]["trials"]}
        if id_ not in trials:
            return ""
        one = trials[id_]
        if one["kind"] == "reading":
            readings = {r["id"]: r["title"] for r in self.rules[one["rule"]]["readings"]}
            title = readings.get(one["name"])
            return str(title[self.lang] if title else self.say("trial", one["name"]))
        key = one["name"] if one["kind"] == "pace" else one["kind"]
        return self.say("trial", key, name=one["name"])

    def price(self) -> str:
        if "price" not in self.record:
            return ""
        people = self.record["price"]
        return self.say("line", "price_paid" if people else "price_none", people=people)

    # --- figure and tables

    def curve(self) -> dict[str, Any] | None:
        points = pd.DataFrame(self.record.get("curve", []))
        if len(points) < 2 or not self.record["people"]:  # noqa: PLR2004  a curve needs two points
            return None
        table = points.assign(people=self.record["people"])
        knee = self.record["diminishing"]
        svg = ranking_curve(table, chosen=len(self.record["robustness"]["sites"]), lang=self.lang)
        caption = self.say("line", "curve", knee=knee)
        source = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
        return {"source": source, "alt": caption, "caption": caption}

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
        rows = [[self._cell(column, row) for column in columns] for row in mine.to_dict("records")]
        return self.grid("sites", columns, rows)

    def _cell(self, column: str, row: dict[str, Any]) -> Cell:
        texts = {
            "name": lambda: str(row["name"] or row["site"]),
            "kind": lambda: name("kind", row["facility_kind"], self.lang),
            "drops_out": lambda: self.trial(row["drops_out"]) or "—",
            "replacement": lambda: self.called(row["replacement"]) or "—",
        }
        if column in texts:
            return texts[column](), None
        value = row[{"robust": "robust_share"}.get(column, column)]
        if pd.isna(value):
            return "—", None
        share = column in ("coverage", "robust")
        return (f"{value:.1%}" if share else f"{value:,.0f}"), float(value)

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
        close: list[list[Cell]] = [
            [_number(at), (one["name"], None), _number(one["covered"])]
            for at, one in enumerate(found["close"], 1)
        ]
        least: list[list[Cell]] = [
            [(one["name"], None), _number(one["reached"]), _number(one["loss"])]
            for one in found["least_needed"]
        ]
        return [
            self.grid("close", ["order", "facility", "after"], close),
            self.grid("least", ["facility", "reached", "loss"], least),
        ]

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
        if not beaten:
            shown = "runners_up" in self.record and self.record["model"] != "conjunctive"
            return [self.say("line", "none_gained")] if shown else []
        return [
            self.say(
                "line",
                "beaten",
                **row
                | {
                    "site": self.called(row["site"]),
                    "by": self.called(row["taken_by"]) or self.say("line", "today"),
                },
            )
            for row in beaten[:STORIES]
        ]


def _number(value: float) -> Cell:
    return f"{value:,.0f}", float(value)


def _share(value: float) -> Cell:
    return f"{value:.1%}", float(value)
