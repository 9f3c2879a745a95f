"""Evenness between streets, and what there is per thousand people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.parts import filters_of, gap_parts
from siting.access.verdicts import COVERED, HEADLINE, NOT_APPLICABLE, OUTSIDE
from siting.plan.vocabulary import kinds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.evaluate import Evaluation
    from siting.access.study import Study
    from siting.plan.model import PeopleRule
    from siting.plan.records import Caliber

CALIBERS: dict[str, Caliber] = {"": "resident", "_without_students": "without-students"}


def indicator(indicator: str, value: float | None, measure: str, **more: Any) -> dict[str, Any]:
    """Return a row of the indicators; of the district and the default reading unless told."""
    return {
        "reading": None,
        "level": "district",
        "unit": None,
        "indicator": indicator,
        "value": value,
        "target": None,
        "measure": measure,
        **more,
    }


def gini(rates: NDArray[np.float64], people: NDArray[np.int64]) -> float:
    """Return the Gini coefficient of rates, each weighing as many as it concerns.

    Half the mean difference between two people's rates, over their mean rate; 0 where all rates
    are alike (or nobody has anything).
    """
    mean = float(rates @ people)
    if mean == 0:
        return 0.0
    apart = np.abs(rates[:, None] - rates[None, :])
    return float(people @ apart @ people) / (2 * mean * float(people.sum()))


def equity(evaluation: Evaluation, study: Study) -> list[dict[str, Any]]:
    """Return how evenly the streets are covered: Gini coefficient, and the best less the worst."""
    rows = evaluation.verdicts
    code = rows["verdict"].cat.codes.to_numpy()
    counts = (rows["part"] == HEADLINE).to_numpy() & (code != NOT_APPLICABLE) & (code != OUTSIDE)
    street = study.units("street").to_numpy(object)[rows["demand"]]
    table = pd.DataFrame(
        {
            "street": street,
            "people": rows["people"].to_numpy(),
            "covered": np.where(code == COVERED, rows["people"], 0),
        }
    )[counts]
    sums = table.dropna(subset="street").groupby("street").sum()
    if len(sums) < 2:  # noqa: PLR2004 – one street is even with itself
        return []
    rates = (sums["covered"] / sums["people"]).to_numpy(float)
    even = gini(rates, sums["people"].to_numpy(np.int64))
    return [
        indicator("coverage_gini:street", round(even, 4), "0 is even"),
        indicator("coverage_spread:street", round(float(np.ptp(rates)), 4), "best less worst"),
    ]


def per_thousand(rule: PeopleRule, study: Study) -> list[dict[str, Any]]:
    """Return the places or beds per 1,000 residents of each street and of the district.

    Once among all residents, once without students in halls. Missing where a facility's places
    are not known.
    """
    found = []
    for part in gap_parts(rule):
        filters = filters_of(rule, part)
        column = kinds()[filters[0].kind].capacity
        if column is not None:
            found += _of_streets(part, column, study.matching(filters)[0], study)
    return found


def _of_streets(
    part: str, column: str, mask: NDArray[np.bool_], study: Study
) -> list[dict[str, Any]]:
    table = study.layers.facilities
    counted = mask & ~table["outside"].to_numpy(bool)
    # Of several kinds, those that have no such places at all (a care centre without beds) add none.
    has = table["kind"].map(lambda kind: kinds()[kind].capacity is not None).to_numpy(bool)
    places = table[column].astype("Float64").mask(table[column].isna() & ~has, 0)[counted]
    stands = study.facility_units("street")[counted].to_numpy(object)
    lives = study.units("street").where(~study.outside).to_numpy(object)
    found = []
    for suffix, caliber in CALIBERS.items():
        if caliber == "without-students" and study.layers.residents["students"].isna().all():
            continue
        people = np.where(study.outside, 0, study.people("residents", caliber=caliber))
        by_street = pd.Series(people).groupby(lives).sum()
        sums = places.groupby(stands).agg(lambda one: one.sum(skipna=False))
        supply = sums.reindex(by_street.index, fill_value=0.0)
        name = f"per_thousand{suffix}:{part}"
        found.append(
            indicator(name, _rate(places.sum(skipna=False), int(people.sum())), "places per 1,000")
        )
        found += [
            indicator(name, _rate(have, n), "places per 1,000", level="street", unit=street)
            for street, have, n in zip(by_street.index, supply, by_street, strict=True)
        ]
    return found


def _rate(places: float, people: float) -> float | None:
    return None if pd.isna(places) or not people else round(1000 * float(places) / people, 3)
