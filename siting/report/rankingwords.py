"""What is said of a ranking in plain words, by its record in run.json."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any

from siting.report.words import name, read_data

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

BY_PEOPLE = ("people", "weighted_people", "priority")
"""Measures whose losses are told in people."""
LEAST = ("sites", "cost", "person_mm", "mm")
"""Measures of which less is better."""
SMALLEST = 0.0001
"""A gap below a hundredth of a percent is not rounded to nothing."""
UNSURE = ("B", "G", "E")
"""Confidence of a source that must be checked before it is quoted."""


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    words: dict[str, dict[str, dict[str, str]]] = read_data("rankings.toml")
    return words


def _say(family: str, key: str, lang: Lang, /, **values: object) -> str:
    text = _words()[family][key][lang]
    return text.format(**values) if values else text


def _gap(gap: float | None) -> str:
    if gap is None:
        return "–"
    return f"<{SMALLEST:.2%}" if 0 < gap < SMALLEST else f"{gap:.2%}"


class RankingWords:
    """One ranking, by its record in run.json, and the words for it."""

    def __init__(self, result: Result, record: dict[str, Any], lang: Lang) -> None:
        self.result, self.record, self.lang = result, record, lang
        self.rules = {rule["id"]: rule for rule in result.rules}
        self.removes = record["model"] == "removal"

    def say(self, family: str, key: str, /, **values: object) -> str:
        """Say one sentence."""
        return _say(family, key, self.lang, **values)

    def model(self) -> str:
        """Name the model."""
        return self.say("model", self.record["model"])

    def called(self, site: str) -> str:
        """Name a site; its id where it has no name."""
        told = str(self.record.get("names", {}).get(site, site))
        more = [self._more(one) for one in site.split(":")[1:]]
        if not more:
            return told
        within = self.list_of(more)
        return f"{told}（{within}）" if self.lang == "zh" else f"{told} ({within})"

    def _more(self, word: str) -> str:
        """Say the kind or the places that the id of a site ends in."""
        if word.isdigit():
            return self.say("line", "size", places=int(word))
        return name("kind", word, self.lang)

    def list_of(self, words: list[str]) -> str:
        """Put words in a row."""
        return ("、" if self.lang == "zh" else ", ").join(words)

    def what(self) -> str:
        """Name what the ranking serves."""
        return self.list_of([self.part(one) for one in self.record["rules"]])

    def part(self, one: dict[str, Any]) -> str:
        """Name a need by its title, a rule without needs by its own."""
        rule = self.rules[one["rule"]]
        titles = {part["part"]: part["title"][self.lang] for part in rule["parts"]}
        if one["need"] == "all":
            return f"{rule['title'][self.lang]} ({self.say('line', 'all_needs')})"
        return str(titles.get(one["need"] or "", rule["title"][self.lang]))

    def limits(self) -> str:
        """Say what limits the choice."""
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
        """Say a figure of the objective in its measure."""
        if value is None:
            return "–"
        measure = "kept" if self.removes else self.record["measure"]
        people = self.record["people"] or 1
        scaled = {"person_mm": value / 1000 / people, "mm": value / 1000}.get(measure, value)
        return self.say("measure", measure, value=scaled)

    def then(self, row: dict[str, Any]) -> str:
        """Say what a plan achieves with a replacement."""
        if self.record["measure"] in BY_PEOPLE:
            key = "fewer" if row["loss"] >= 0 else "more"
            return self.say("line", key, loss=abs(row["loss"]))
        if row["objective"] is None:
            return self.say("line", "missed")
        return self.measured(row["objective"])

    def setback(self, row: dict[str, Any]) -> float:
        """Return how much worse a plan is without one of its sites, infinite where it fails."""
        if self.record["measure"] in BY_PEOPLE:
            return float(row["loss"])
        if row["objective"] is None:
            return inf
        worse = float(row["objective"] - self.record["objective"])
        return -worse if self.record["measure"] == "share" else worse

    def falls(self, row: dict[str, Any]) -> str:
        """Say what to do if one site falls through, and what that costs."""
        key = "stays" if self.removes else "falls" if row["replacement"] else "falls_none"
        site, other = self.called(row["site"]), self.called(row["replacement"])
        return self.say("line", key, site=site, other=other, then=self.then(row))

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
        if one["kind"] == "link":
            street, _, where = one["name"].rpartition(" ")
            return self.say("trial", "link", name=f"{name('street', street, self.lang)} {where}")
        key = one["name"] if one["kind"] == "pace" else one["kind"]
        return self.say("trial", key, name=one["name"])

    def beaten(self, row: dict[str, Any]) -> str:
        """Say why a site ranks lower than those chosen."""
        key = "completed" if self.record["model"] == "conjunctive" else "beaten"
        by = self.called(row["taken_by"]) or self.say("line", "today")
        return self.say("line", key, **row | {"by": by})

    def asked(self) -> str:
        """Say the model and its limits, weights among them."""
        return ("；" if self.lang == "zh" else "; ").join([self.model(), self.limits()])

    def noise(self, place: str) -> list[str]:
        """Say from what noise a site needs protection."""
        flags = self.record.get("noise", [])
        return [one[self.lang] for one in flags if one["site"].partition(":")[0] == place]

    def hangs_on(self, trial: str) -> str:
        """Say in which trial a site is left out first, if in any."""
        told = self.trial(trial)
        return self.say("line", "hangs_on", trial=told) if told else ""

    def proof(self) -> str:
        """Say how well the choice is proved."""
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
            "gap": _gap(record["gap"]),
            "solver": record["solver"],
            "solver_gap": _gap(record["solver_gap"]),
        }
        least = record["measure"] in LEAST
        key = "open_fair" if fair else "open_least" if least else "open"
        if status == "optimal":
            key = "optimal" if record["proved_by"] == "certificate" else "claimed"
        told = [self.say("line", key, **values)]
        if key in ("open", "open_least") and record["solver"] is not None:
            bound = self.measured(record["solver_bound"])
            gap = _gap(record["solver_gap"])
            told.append(
                self.say("line", "open_solver", solver=record["solver"], bound=bound, gap=gap)
            )
        if record["model"] == "conjunctive":
            told.append(self.say("line", "conjunctive"))
        return (" " if self.lang == "en" else "").join(told)

    def candidates(self) -> str:
        """Say how many candidates there were, and why others were left out."""
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
        """Say which other plans are as good, and what losing a site costs."""
        found = self.record.get("alternatives")
        if found is None:
            return ""
        shared = [self.called(site) for site in found["shared"]]
        key = "single" if found["plans"] == 1 else "plans" if shared else "plans_none"
        told = self.say("line", key, **found | {"shared": self.list_of(shared)})
        rows = [row for row in self.record["regret"] if row["replacement"] or not self.removes]
        worst = max(rows, key=self.setback, default=None)
        return (
            told
            if worst is None
            else (" " if self.lang == "en" else "").join([told, self.falls(worst)])
        )

    def robustness(self) -> str:
        """Say in which cases the sites were chosen again."""
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

    def price(self) -> str:
        """Say what the worst street's coming first costs in all."""
        if "price" not in self.record:
            return ""
        people = self.record["price"]
        return self.say("line", "price_paid" if people else "price_none", people=people)
