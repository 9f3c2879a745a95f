"""Compare two scenarios, and attribute every difference to one change.

If B begins where A ends (B extends A, or both share their first changes), the changes between
them are applied one after the other, and each alone: what the changes do together beyond what
each does alone is the interaction. Otherwise only the whole difference is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.access.comparison_tables import (
    answers_of,
    attribution_of,
    differences_of,
    gaps_of,
    swipe_of,
)
from siting.access.coverage import check_ledger
from siting.access.evaluate import DEFAULT, Evaluation, evaluate
from siting.access.gaps import find_gaps
from siting.access.placing import study_of
from siting.access.readings import Evaluated
from siting.layers.changes import apply_changes
from siting.prepare import Prepared, Progress, Stopwatch, prepare
from siting.report.map import map_page
from siting.report.published import rule_record
from siting.run import Work, gather
from siting.scenario.model import ChangeReading
from siting.scenario.read import change_places

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from siting.access.study import Study
    from siting.project import Project
    from siting.report.result import Result
    from siting.scenario.model import Change
    from siting.words import Lang


@dataclass(frozen=True)
class Comparison:
    """What differs between two scenarios.

    Attributes
    ----------
    before, after
        Both scenarios, prepared.
    answers
        Per rule, for the district and each street: the people judged, those left out, coverage
        and verdict before and after.
    differences
        Per rule, part and unit of every level: people and covered before and after, and the
        difference divided into access, band and people.
    gaps
        Gaps opened, closed and changed, each with the change that moved most of its people.
    attribution
        Per rule: what each change does to the people covered, in sequence and alone, and the
        interaction; empty if B does not begin where A ends.
    swipe
        Demand points whose people are not covered as before, for a before/after map.
    """

    before: Prepared
    after: Prepared
    answers: pd.DataFrame
    differences: pd.DataFrame
    gaps: pd.DataFrame
    attribution: pd.DataFrame
    swipe: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the names of their files."""
        names = ("answers", "differences", "attribution", "gaps", "swipe")
        return {name: getattr(self, name) for name in names}

    @property
    def about(self) -> dict[str, Any]:
        """What the report says about the comparison as a whole."""
        first, second = self.before.scenario, self.after.scenario
        compared = set(self.differences["rule"])
        rules = [
            rule_record(rule, self.after.study) for rule in self.after.rules if rule.id in compared
        ]
        natures = self.before.study.layers.residents["data_nature"].dropna().unique()
        return {
            "before": first.title.model_dump(),
            "after": second.title.model_dump(),
            "as_of": [first.as_of.isoformat(), second.as_of.isoformat()],
            "crs": second.crs,
            "rules": rules,
            "data_nature": "、".join(sorted(natures)),
            "manifest": {"before": first.name, "after": second.name, "rules": sorted(compared)},
        }


@dataclass(frozen=True)
class Step:
    """One change between two scenarios: what it is, and where it stands."""

    text: str
    change: Change | None
    as_of: date


def compare(
    first: Path, second: Path, *, project: Project, say: Progress = lambda _: None
) -> Comparison:
    """Compare two scenario files of one place.

    Raises
    ------
    ScenarioError, DataError
        With every problem of either.
    """
    watch = Stopwatch(say)
    before = prepare(first, project=project, watch=watch)
    after = prepare(second, project=project, watch=watch)
    steps = steps_between(before, after)
    with watch.step("compare"):
        chain = (
            [before.study, *_in_sequence(before, steps)] if steps else [before.study, after.study]
        )
        alone = [_study(before, [step]) for step in steps]
    changes = [step.text for step in steps]
    answers, differences, gaps, attribution, swipe = [], [], [], [], []
    common = {rule.id for rule in after.rules}
    for rule in before.rules:
        if rule.id not in common:
            continue
        with watch.step("rules"):
            taken = [_evaluate(rule.id, before, s, steps[:i]) for i, s in enumerate(chain)]
            if not steps:
                taken[-1] = _evaluate(rule.id, after, after.study, [])
            single = [
                _evaluate(rule.id, before, s, [step]) for s, step in zip(alone, steps, strict=True)
            ]
        answers.append(answers_of(taken, chain).assign(rule=rule.id))
        differences.append(differences_of(taken, after.study).assign(rule=rule.id))
        found = [find_gaps(taken[0], chain[0]), find_gaps(taken[-1], chain[-1])]
        gaps.append(gaps_of(found, taken, changes).assign(rule=rule.id))
        swipe.append(swipe_of(taken, after.study).assign(rule=rule.id))
        moved = attribution_of(changes, taken=taken, chain=chain, single=single, alone=alone)
        attribution.append(moved.assign(rule=rule.id))
    tables = (answers, differences, gaps, attribution, swipe)
    return Comparison(before, after, *(_stack(table) for table in tables))


def swipe_map(found: Comparison, *, lang: Lang, say: Progress = lambda _: None) -> str | None:
    """Return the map on which both scenarios are swiped; None for a place without streets.

    It shows every rule as it counts; rankings and readings belong to each scenario's own run.
    """
    if found.after.scenario.layers.streets is None:
        return None
    watch = Stopwatch(say)
    with watch.step("rules"):
        before, after = (_drawn(one, watch) for one in (found.before, found.after))
    return map_page(after, lang=lang, before=before)


def _drawn(prepared: Prepared, watch: Stopwatch) -> Result:
    """Return what the map shows of a scenario."""
    study = prepared.study
    evaluated = []
    for rule in prepared.rules:
        default = _evaluate(rule.id, prepared, study, [])
        evaluated.append(Evaluated(replace(default, reading=DEFAULT), []))
    done = Work(
        prepared=prepared,
        evaluated=evaluated,
        measured=[],
        rankings=[],
        areas=[],
        differs={rule.id: {} for rule in prepared.rules},
        ledger=check_ledger([one.default for one in evaluated], study),
        before=None,
    )
    return gather(done, watch)


def steps_between(before: Prepared, after: Prepared) -> list[Step]:
    """Return the changes that lead from A to B; none if B does not begin where A ends.

    A later evaluation date comes first: it may open what was built meanwhile.
    """
    a, b = before.scenario, after.scenario
    same = ("place", "crs", "plans", "walk", "layers")
    if any(getattr(a, key) != getattr(b, key) for key in same):
        return []
    if b.change[: len(a.change)] != a.change:
        return []
    dated = [Step(f"as_of {b.as_of}", None, b.as_of)] if a.as_of != b.as_of else []
    new = b.change[len(a.change) :]
    places = change_places(b)[len(a.change) :]
    return dated + [
        Step(f"{where} {_say(one)}", one, b.as_of) for one, where in zip(new, places, strict=True)
    ]


def _say(change: Change) -> str:
    data = change.model_dump(exclude_none=True, by_alias=True, exclude={"profile"})
    return " ".join(str(value) for value in data.values())


def _in_sequence(before: Prepared, steps: list[Step]) -> list[Study]:
    return [_study(before, steps[: i + 1]) for i in range(len(steps))]


def _study(before: Prepared, steps: list[Step]) -> Study:
    """Return the study of A with some steps applied; unchanged tables keep their places."""
    changes = [step.change for step in steps if step.change is not None]
    as_of = max([before.scenario.as_of, *(s.as_of for s in steps)])
    layers = apply_changes(
        before.study.layers, changes, places=[s.text for s in steps if s.change], as_of=as_of
    )
    return study_of(
        layers,
        before.scenario.walk,
        modes=list(before.study.networks),
        as_of=as_of,
        like=before.study,
    )


def _evaluate(rule_id: str, prepared: Prepared, study: Study, steps: list[Step]) -> Evaluation:
    rule = next(rule for rule in prepared.rules if rule.id == rule_id)
    chosen = prepared.chosen | {
        s.change.rule: s.change.reading for s in steps if isinstance(s.change, ChangeReading)
    }
    reading = next((one for one in rule.reading if one.id == chosen.get(rule_id)), None)
    return evaluate(rule, study, reading=reading)


def _stack(tables: list[pd.DataFrame]) -> pd.DataFrame:
    stacked = pd.concat(tables, ignore_index=True)
    return stacked[["rule", *(c for c in stacked.columns if c != "rule")]]
