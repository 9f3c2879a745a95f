"""Indicators: what a rule measures that is not a count of people covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.density import bands_of, density_of
from siting.access.parts import gap_parts
from siting.access.residential import residential_land_covered
from siting.access.study import UNREACHABLE
from siting.access.supply import equity, indicator, per_thousand
from siting.access.verdicts import COVERED, HEADLINE
from siting.plan.model import AccessRule, CapacityRule, DensityAccessRule, PresenceRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.access.evaluate import Evaluation
    from siting.access.study import Study
    from siting.plan.model import PeopleRule

COLUMNS = ["rule", "reading", "level", "unit", "indicator", "value", "target", "measure"]
APPLIES = ("covered", "uncovered", "undetermined", "not_assessed")


def indicator_table(
    evaluation: Evaluation, study: Study, *, others: Sequence[Evaluation] = ()
) -> pd.DataFrame:
    """Return the rule's rows of indicators.csv (docs/outputs.md).

    `others` are the rule's further readings: each that understands density otherwise adds how
    many people change band.
    """
    rule, table = evaluation.rule, evaluation.units
    rows = [
        *_distances(evaluation),
        *equity(evaluation, study),
        *_residential(rule, study),
        *per_thousand(rule, study),
    ]
    if isinstance(rule, AccessRule):
        rows += _types_reached(evaluation)
    if isinstance(rule, DensityAccessRule):
        rows += _densities(rule, table)
        rows += band_changes(rule, study, others=others)
    if isinstance(rule, PresenceRule):
        rows += _presence(rule, table)
    if isinstance(rule, CapacityRule):
        rows += _places(rule, table)
    units = study.layers.units
    code = units.loc[(units["level"] == "district") & ~units["outside"].astype(bool), "code"]
    unit = str(code.iloc[0]) if len(code) else ""
    found = pd.DataFrame(rows, columns=COLUMNS[1:])
    found["unit"] = found["unit"].fillna(unit)
    found["reading"] = found["reading"].fillna(evaluation.reading)
    found.insert(0, "rule", rule.id)
    return found


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """Return the value that the given share of the people do not exceed (lower quantile)."""
    order = np.argsort(values, kind="stable")
    reached = weights[order].cumsum()
    return float(values[order][np.searchsorted(reached, share * reached[-1])])


def _distances(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the walking distances that half and nine tenths of the people do not exceed."""
    found = []
    for part, rows in evaluation.verdicts.groupby("part", sort=False):
        known = rows[rows["verdict"].isin(("covered", "uncovered"))]
        if part == HEADLINE and (evaluation.verdicts["part"] != HEADLINE).any():
            continue
        if not len(known) or (known["facility"] < 0).all():
            continue
        metres = known["cost_mm"].to_numpy() / 1000
        people = known["people"].to_numpy()
        for name, share in (("p50", 0.5), ("p90", 0.9)):
            value = weighted_quantile(metres, people, share)
            far = value * 1000 >= UNREACHABLE
            found.append(indicator(f"nearest_{name}:{part}", None if far else round(value, 1), "m"))
    return found


def _types_reached(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return how many types of facility a person reaches on average, and how many concern one.

    The types that decide, where each need is one: not what is shown beside them.
    """
    rows = evaluation.verdicts
    deciding = gap_parts(evaluation.rule)
    needs = rows[rows["part"].isin(deciding) & rows["verdict"].isin(APPLIES)]
    whole = rows[(rows["part"] == HEADLINE) & rows["verdict"].isin(APPLIES)]["people"].sum()
    if not whole:
        return []
    reached = needs["people"].where(needs["verdict"] == "covered", 0).sum()
    return [
        indicator("types_reached_mean", round(reached / whole, 3), "types per person"),
        indicator(
            "types_concerned_mean", round(needs["people"].sum() / whole, 3), "types per person"
        ),
    ]


def _densities(rule: DensityAccessRule, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the density of every unit, and the units and people of every band."""
    known = table[table["density"].notna()] if rule.kernel_m is None else table[:0]
    level = "grid" if rule.grid_m is not None else rule.unit_level
    found = [
        indicator("density", round(density, 1), "people/km²", level=level, unit=unit)
        for unit, density in zip(known["unit"], known["density"], strict=True)
    ]
    return found + _bands(rule, table)


def _bands(rule: DensityAccessRule, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the density units and the people of every band."""
    found = []
    for band in [b.id for b in rule.band] + [""]:
        inside = table[table["band"] == band]
        name = band or "unknown"
        if band or len(inside):
            found.append(indicator(f"units_in_band:{name}", len(inside), "units"))
            found.append(
                indicator(f"people_in_band:{name}", int(inside["subject"].sum()), "people")
            )
    return found


def band_changes(
    rule: DensityAccessRule, study: Study, *, others: Sequence[Evaluation]
) -> list[dict[str, Any]]:
    """Return how many people change band under each reading that tells density otherwise.

    Beside it the density units and people of every band under that reading.
    """
    band = bands_of(rule, study)
    people = np.where(study.outside, 0, study.people(rule.group, caliber=rule.caliber))
    own = density_of(rule, study)
    found = []
    for other in others:
        then = other.rule
        if not isinstance(then, DensityAccessRule) or density_of(then, study) is own:
            continue
        changed = int(people[bands_of(then, study) != band].sum())
        here = {"reading": other.reading}
        found.append(indicator("people_changed_band", changed, "people", **here))
        found += [row | here for row in _bands(then, other.units)]
    return found


def _places(rule: CapacityRule, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return children, places and those without one, of every block and stage."""
    found = []
    for stage in rule.stage:
        blocks = table[table["stage"] == stage.id]
        for name, measure in PLACES.items():
            known = blocks[blocks[name].notna()]
            found += [
                indicator(f"{name}:{stage.id}", value, measure, level=rule.unit_level, unit=unit)
                for unit, value in zip(known["unit"], known[name], strict=True)
            ]
        found.append(indicator(f"hot_blocks:{stage.id}", int(blocks["lacks_class"].sum()), "units"))
    return found


PLACES = {
    "children": "people",
    "places": "places",
    "private_places": "places",
    "boarding_places": "places",
    "unserved": "people",
    "ratio": "places per child",
}


def _residential(rule: PeopleRule, study: Study) -> list[dict[str, Any]]:
    """Return the share of residential land within reach, part by part."""
    return [
        indicator(f"residential_land:{one.part}", round(one.covered_m2 / one.land_m2, 4), "share")
        for one in residential_land_covered(rule, study)
    ]


def _presence(rule: PresenceRule, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the facilities of every unit, and how many units have enough."""
    wanted = {"level": rule.unit_level, "target": rule.at_least}
    found = [
        indicator("facilities", int(count), "facilities", unit=unit, **wanted)
        for unit, count in zip(table["unit"], table["facilities"], strict=True)
    ]
    passing = int((table["verdict"] == COVERED).sum())
    found.append(indicator("units_passing", passing, "units", target=len(table)))
    return found
