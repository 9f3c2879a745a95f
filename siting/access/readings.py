"""Every rule under every reading: the one that counts first, and how each changes its figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.access.coverage import headline
from siting.access.evaluate import DEFAULT, Evaluation, evaluate
from siting.access.lacks import in_words
from siting.access.measure import Measurement, measure
from siting.access.register import Outcome
from siting.access.unassessed import lacks_of

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.plan.model import MeasureRule, PeopleRule

NO_PLACE = {"layer.residents": 0, "layer.streets": 0}  # what a place without geometry lacks
AS_WRITTEN, NO_OUTSIDE = "as-written", "no-outside-facilities"


@dataclass(frozen=True)
class Evaluated:
    """One rule under the reading that counts (as it stands, or as chosen) and every other."""

    default: Evaluation
    others: list[Evaluation]

    @property
    def readings(self) -> list[Evaluation]:
        """All readings, the one that counts first."""
        return [self.default, *self.others]


@dataclass(frozen=True)
class Measured:
    """One rule about a value under the reading that counts and every other."""

    default: Measurement
    others: list[Measurement]

    @property
    def readings(self) -> list[Measurement]:
        """All readings, the one that counts first."""
        return [self.default, *self.others]

    @property
    def outcome(self) -> Outcome:
        """What the register says of it."""
        first = self.default.headline
        target = _plain(first["target"])
        return Outcome(
            str(first["verdict"]), _plain(first["value"]), target,
            str(first["missing"]), str(first["missing_en"]),
        )  # fmt: skip


def evaluate_readings(rule: PeopleRule, study: Study, *, chosen: str | None = None) -> Evaluated:
    """Evaluate a rule under the reading that counts, and under every other.

    What counts is named ``default``, whether it is the rule as it stands or the reading that the
    scenario chose; then the rule as it stands is ``as-written``. Where facilities beyond the
    district serve, the last reading does without them.
    """
    named = {one.id: one for one in rule.reading}
    default = evaluate(rule, study, reading=named.pop(chosen or "", None))
    others = [evaluate(rule, study, reading=one) for one in named.values()]
    if default.reading != DEFAULT:
        default = replace(default, reading=DEFAULT)
        others.insert(0, replace(evaluate(rule, study), reading=AS_WRITTEN))
    if study.outside_serves():
        alone = replace(evaluate(default.rule, study.without_outside()), reading=NO_OUTSIDE)
        others.append(alone)
    return Evaluated(default, others)


def measure_readings(rule: MeasureRule, study: Study, *, chosen: str | None = None) -> Measured:
    """Measure a rule's value under the reading that counts, and under every other."""
    named = {one.id: one for one in rule.reading}
    default = measure(rule, study, reading=named.pop(chosen or "", None))
    others = [measure(rule, study, reading=one) for one in named.values()]
    if default.reading != DEFAULT:
        default = replace(default, reading=DEFAULT)
        others.insert(0, replace(measure(rule, study), reading=AS_WRITTEN))
    return Measured(default, others)


def _plain(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def sensitivity_of(one: Evaluated, study: Study) -> pd.DataFrame:
    """Return the rows of sensitivity.csv of a rule about people, one for each reading."""
    cells = [_cells(reading, study) for reading in one.readings]
    return _under(one.default.rule.id, [reading.reading for reading in one.readings], cells)


def _cells(evaluation: Evaluation, study: Study) -> dict[str, Any]:
    figures = headline(evaluation, study)
    missing = in_words(lacks_of(evaluation, study))
    return figures | {"people": figures["applies"]} | missing


def values_under(one: Measured) -> pd.DataFrame:
    """Return the rows of sensitivity.csv of a rule about a value, one for each reading."""
    cells = [{str(k): v for k, v in reading.headline.items()} for reading in one.readings]
    return _under(one.default.rule.id, [reading.reading for reading in one.readings], cells)


def not_assessed_under(rule: PeopleRule) -> pd.DataFrame:
    """Return the rows of sensitivity.csv of a rule that nobody can judge."""
    readings = [DEFAULT, *(reading.id for reading in rule.reading)]
    cell = {"verdict": "not_assessed"} | in_words(NO_PLACE)
    return _under(rule.id, readings, [cell] * len(readings))


def _under(rule: str, readings: list[str], cells: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["people", "covered", "coverage", "verdict", "value"]
    columns += ["not_assessed", "missing", "missing_en"]
    table = pd.DataFrame([{name: cell.get(name) for name in columns} for cell in cells])
    table.insert(0, "rule", rule)
    table.insert(1, "reading", readings)
    return table.astype(FIGURES)


FIGURES = {
    **dict.fromkeys(("people", "covered", "not_assessed"), "Int64"),
    **dict.fromkeys(("coverage", "value"), "Float64"),
}
