"""What the scenario that another one extends says: its headline figures, to tell what changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from siting.access.coverage import headline
from siting.access.evaluate import evaluate
from siting.access.measure import measure
from siting.access.placing import study_of
from siting.layers.changes import apply_changes
from siting.report.valued import plain
from siting.scenario.model import ChangeReading
from siting.scenario.read import change_places, read_scenario

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.prepare import Prepared
    from siting.scenario.model import Scenario
    from siting.words import Text


@dataclass(frozen=True)
class Before:
    """The extended scenario's name and title, and the figure of each rule: coverage or value."""

    name: str
    title: Text
    figures: dict[str, float | None]

    def record(self) -> dict[str, Any]:
        """Return it as `Result.before` wants it."""
        return {"name": self.name, "title": self.title.model_dump(), "figures": self.figures}


def figures_before(prepared: Prepared) -> Before | None:
    """Return the headline figures of the scenario that this one extends, if it extends one.

    Both read the same layers unless the nearer file names others; then nothing is compared here
    (`siting compare` runs both).
    """
    if len(prepared.scenario.files) == 1:
        return None
    scenario = read_scenario(prepared.scenario.files[1])
    if scenario.layers != prepared.scenario.layers:
        return None
    study = _study(scenario, prepared)
    chosen = {c.rule: c.reading for c in scenario.change if isinstance(c, ChangeReading)}
    figures: dict[str, float | None] = {}
    for rule in prepared.rules:
        reading = next((one for one in rule.reading if one.id == chosen.get(rule.id)), None)
        figures[rule.id] = headline(evaluate(rule, study, reading=reading), study)["coverage"]
    for value_rule in prepared.measures:
        reading = next(
            (one for one in value_rule.reading if one.id == chosen.get(value_rule.id)), None
        )
        figures[value_rule.id] = plain(
            measure(value_rule, study, reading=reading).headline["value"]
        )
    return Before(scenario.name, scenario.title, figures)


def _study(scenario: Scenario, prepared: Prepared) -> Study:
    """Place the layers as the extended scenario changes them; the same streets serve again."""
    layers = apply_changes(
        prepared.raw, scenario.change, places=change_places(scenario), as_of=scenario.as_of
    )
    return study_of(
        layers,
        scenario.walk,
        modes=list(prepared.study.networks),
        as_of=scenario.as_of,
        like=prepared.study,
    )
