"""What would have to be known to judge the people whom a rule could not judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.access.bounds import united
from siting.access.density import density_of
from siting.access.land import RESIDENTIAL
from siting.access.parts import filters_of, gap_parts, group_of
from siting.access.places import places_of
from siting.access.quantities import counted, facts_of_members
from siting.access.verdicts import HEADLINE
from siting.layers.residents import columns_of_group
from siting.plan.model import AccessRule, CapacityRule, DensityAccessRule
from siting.plan.vocabulary import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from siting.access.bounds import Lacks
    from siting.access.evaluate import Evaluation
    from siting.access.study import Study
    from siting.plan.model import PeopleRule


def lacks_of(evaluation: Evaluation, study: Study) -> Lacks:
    """Return what is missing, ``table.column`` → rows that lack it, where anybody is not assessed.

    Facts of facilities that perhaps serve, registered residents or students of homes, the unit
    of a home or what its rule asks of it.
    """
    rows = evaluation.verdicts
    open_ = (rows["part"] == HEADLINE) & (rows["verdict"] == "not_assessed")
    demand = np.unique(rows.loc[open_, "demand"].to_numpy(np.int64))
    if not len(demand):
        return {}
    rule = evaluation.rule
    return united(
        [
            *(_of_facilities(rule, part, study) for part in gap_parts(rule)),
            *(_of_people(rule, part, study, demand) for part in gap_parts(rule)),
            *_of_units(rule, study, demand),
        ]
    )


def _of_facilities(rule: PeopleRule, part: str, study: Study) -> Lacks:
    """Count the facts for want of which a facility serves only perhaps, or has unknown places."""
    filters, table = filters_of(rule, part), study.layers.facilities
    certain, perhaps = study.matching(filters)
    what = facts_of_members(filters, table, pd.Series(perhaps))["what"]
    if isinstance(rule, CapacityRule):
        silent = table.loc[certain & (places_of(table) < 0), "kind"]
        what = pd.concat([what, silent.map(lambda kind: f"facilities.{kinds()[kind].capacity}")])
    return counted(what)


def _of_people(rule: PeopleRule, part: str, study: Study, demand: NDArray[np.int64]) -> Lacks:
    """Count the homes of which the caliber's people are not known."""
    columns = columns_of_group(group_of(rule, part))
    open_ = int(study.uncounted(columns, caliber=rule.caliber)[demand].sum())
    column = "hukou" if rule.caliber == "registered" else "students"
    return {f"residents.{column}": open_} if open_ else {}


def _of_units(rule: PeopleRule, study: Study, demand: NDArray[np.int64]) -> Iterator[Lacks]:
    """Yield what is not known of the units in which homes lie, or that they lie in none."""
    if isinstance(rule, AccessRule):
        if any(need.settlement is not None for need in rule.need):
            villages = study.units("community").to_numpy(object)[demand]
            unknown = study.settlement().isna().to_numpy(bool)[demand]
            yield _lacking("units.urban_rural", len(pd.unique(villages[unknown])))
        return
    if isinstance(rule, DensityAccessRule):
        if rule.area == "residential" and RESIDENTIAL not in study.layers.areas:
            yield {f"layer.{RESIDENTIAL}": 0}
            return
        density = density_of(rule, study)
        row = density.row[demand]
        inside = np.unique(row[row >= 0])
        column = RESIDENTIAL if rule.area == "residential" else "land_km2"
        silent = density.table["density"].isna().to_numpy(bool)[inside]
        yield _lacking(f"units.{column}", int(silent.sum()))
        astray = bool((row < 0).any())
    else:
        astray = bool(study.units(rule.unit_level).isna().to_numpy(bool)[demand].any())
    if astray and not isinstance(rule, CapacityRule):
        yield {f"level.{rule.unit_level}": 0}


def _lacking(what: str, count: int) -> Lacks:
    return {what: count} if count else {}
