"""The kind ``capacity``: who has a place within reach once all places are given out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from siting.access.capacity import assign
from siting.access.judged import cutoff_mm_of, in_scope
from siting.access.verdicts import (
    BORDERLINE,
    CLASS_TYPE,
    COVERED,
    HEADLINE,
    NOT_APPLICABLE,
    NOT_ASSESSED,
    OUTSIDE,
    UNCOVERED,
    UNDETERMINED,
)
from siting.access.within import within_reach
from siting.layers.residents import columns_of_group, largest_remainder
from siting.plan.vocabulary import kinds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.plan.model import CapacityRule, Stage

    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]


class Supply(NamedTuple):
    """The facilities of a stage: who certainly counts, their places for it, who may have some.

    `places` is 0 where `unknown` (the places are missing, or a fact that a filter asks for).
    """

    certain: Booleans
    places: Integers
    unknown: Booleans


class Given(NamedTuple):
    """How the places of a stage were given out.

    One row per demand point and facility in `demand`, `facility`, `people`, `cost_mm`; `left` and
    `perhaps` are arrays over demand: people certainly without a place, and people who would have
    one if what is unknown were favourable.
    """

    demand: Integers
    facility: Integers
    people: Integers
    cost_mm: Integers
    left: Integers
    perhaps: Integers


def judge_places(rule: CapacityRule, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge per stage and together; and tell for each block who is left without a place.

    Children of the whole district take places, also where the rule does not bind: then they are
    not judged. A demand point may be split, one row for each facility its children go to and one
    for those who are left.
    """
    supplies = supplies_of(rule, study)
    rows, blocks = [], []
    for stage in rule.stage:
        found, table = _judge_stage(rule, stage, supplies[stage.id], study)
        rows.append(found)
        blocks.append(table)
    several = {"facility_kind": HEADLINE} if len(rule.stage) > 1 else {}
    whole = [one.assign(part=HEADLINE, **several) for one in rows]
    return pd.concat([*rows, *whole], ignore_index=True), pd.concat(blocks, ignore_index=True)


def supplies_of(rule: CapacityRule, study: Study) -> dict[str, Supply]:
    """Return the supply of every stage; a facility's places are divided among its stages.

    Whole places, by largest remainder: what the stages get and what is meant for others adds up
    to what the facility has.
    """
    table = study.layers.facilities
    matches = [study.matching(stage.facilities) for stage in rule.stage]
    total = places_of(table)
    share = np.array(
        [
            np.where(certain, table["kind"].map(stage.share).fillna(1.0).to_numpy(float), 0.0)
            for stage, (certain, _) in zip(rule.stage, matches, strict=True)
        ]
    )
    given = np.zeros((len(rule.stage), len(table)), np.int64)
    for row in np.flatnonzero((share > 0).any(axis=0) & (total > 0)):
        others = max(0.0, 1.0 - share[:, row].sum())
        given[:, row] = largest_remainder(int(total[row]), [*share[:, row], others])[:-1]
    return {
        stage.id: Supply(certain, places, perhaps | (certain & (total < 0)))
        for stage, (certain, perhaps), places in zip(rule.stage, matches, given, strict=True)
    }


def places_of(facilities: pd.DataFrame) -> Integers:
    """Return the places or beds of each facility, −1 where they are not known."""
    found = np.full(len(facilities), -1, np.int64)
    for kind, rows in facilities.groupby("kind").indices.items():
        column = kinds()[str(kind)].capacity
        if column is not None:
            found[rows] = facilities[column].to_numpy(np.int64, na_value=-1)[rows]
    return found


def _judge_stage(
    rule: CapacityRule, stage: Stage, supply: Supply, study: Study
) -> tuple[pd.DataFrame, pd.DataFrame]:
    columns = columns_of_group(stage.group)
    people = study.people_aged(columns, caliber=rule.caliber)
    uncounted = study.uncounted(columns, caliber=rule.caliber)
    placed = study.located if rule.distance == "straight" else study.placed()
    asking = ~study.outside & placed & ~uncounted
    cutoff_mm = cutoff_mm_of(stage.cutoff_m, rule)
    given = _give(rule, study, supply, np.where(asking, people, 0), cutoff_mm)
    verdict = np.full(study.count, UNCOVERED, np.int8)
    verdict[uncounted] = NOT_ASSESSED
    verdict[~placed] = UNDETERMINED
    verdict[~in_scope(rule, study)] = NOT_APPLICABLE
    verdict[study.outside] = OUTSIDE
    rows = _rows(rule, study, supply, given, people=people, verdict=verdict, cutoff_mm=cutoff_mm)
    named = rows.assign(part=stage.id, group=stage.group, facility_kind=stage.facilities[0].kind)
    return named, _blocks(rule, stage, supply, named, study)


def _give(
    rule: CapacityRule, study: Study, supply: Supply, asking: Integers, cutoff_mm: int
) -> Given:
    """Give out places; where some are unknown, see who would still be left if they were plenty."""
    sites = np.flatnonzero((supply.places > 0) | supply.unknown)
    cutoffs = np.where(asking > 0, cutoff_mm, -1)
    straight = rule.distance == "straight"
    sets = within_reach(study, sites, cutoff_mm=cutoffs, straight=straight)
    found = assign(sets, people=asking, capacity=supply.places[sites])
    left = found.unserved
    if supply.unknown.any():
        plenty = np.where(supply.unknown[sites], asking.sum(), supply.places[sites])
        left = np.minimum(left, assign(sets, people=asking, capacity=plenty).unserved)
    site = np.repeat(np.arange(len(sites)), np.diff(sets.indptr))
    pair = site * study.count + sets.demand
    order = np.argsort(pair)
    taken = order[np.searchsorted(pair[order], found.site * study.count + found.demand)]
    return Given(
        demand=found.demand,
        facility=sites[found.site],
        people=found.people,
        cost_mm=sets.cost_mm[taken].astype(np.int64),
        left=left,
        perhaps=found.unserved - left,
    )


def _rows(
    rule: CapacityRule,
    study: Study,
    supply: Supply,
    given: Given,
    *,
    people: Integers,
    verdict: NDArray[np.int8],
    cutoff_mm: int,
) -> pd.DataFrame:
    """Return verdict rows: who has a place where, who has none, and those not asked about."""
    reach = study.reach(supply.certain)
    straight = rule.distance == "straight"
    nearest_mm = reach.straight_mm if straight else reach.cost_mm
    nearest = reach.straight_facility if straight else reach.facility
    asked = verdict == UNCOVERED
    served = asked[given.demand]
    every = np.arange(study.count)
    blocks = [
        (given.demand, given.people, given.cost_mm, given.facility, COVERED, served),
        (every, given.left, nearest_mm, nearest, UNCOVERED, asked),
        (every, given.perhaps, nearest_mm, nearest, NOT_ASSESSED, asked),
        (every, people, nearest_mm, nearest, verdict, ~asked),
    ]
    rows = pd.concat(
        [
            pd.DataFrame(
                {"demand": at, "people": n, "cost_mm": cost, "facility": site, "verdict": code}
            )[keep & (n > 0)]
            for at, n, cost, site, code, keep in blocks
        ]
    ).sort_values(["demand", "verdict", "facility"], ignore_index=True)
    code = rows["verdict"].to_numpy(np.int8)
    ratio = rows["cost_mm"] / max(cutoff_mm, 1)
    # Who finds every place within reach taken is not near the limit, however near the school.
    near = (ratio > BORDERLINE[0]) & (ratio <= BORDERLINE[1]) & ((ratio > 1) | (code == COVERED))
    known = (code == COVERED) | (code == UNCOVERED)
    straight_mm = reach.straight_mm[rows["demand"]]
    return pd.DataFrame(
        {
            "part": "",
            "group": "",
            "facility_kind": "",
            "demand": rows["demand"],
            "people": rows["people"],
            "cost_mm": rows["cost_mm"],
            "straight_mm": straight_mm,
            "cutoff_mm": np.where(code == NOT_APPLICABLE, -1, cutoff_mm),
            "facility": rows["facility"],
            "verdict": pd.Categorical.from_codes(code, dtype=CLASS_TYPE),
            "borderline": known & near,
            "straight_covered": known & (straight_mm <= cutoff_mm),
        }
    )


def _blocks(
    rule: CapacityRule, stage: Stage, supply: Supply, rows: pd.DataFrame, study: Study
) -> pd.DataFrame:
    """Return one row per block where the rule binds; rank 1 leaves most without a place.

    Columns: `stage`, `unit`, `unit_name`, `children`, `places`, of them `private_places` and
    `boarding_places`, `unknown` (facilities whose places are not known), `unserved`,
    `not_assessed`, `ratio` (places ÷ children, NaN without children), `lacks_class`, `rank`.
    """
    homes = study.units(rule.unit_level)
    bound = in_scope(rule, study) & ~study.outside
    units = study.layers.units
    here = (units["level"] == rule.unit_level) & units["code"].isin(homes[bound].unique())
    units = units[here].sort_values("code", ignore_index=True)
    facilities = study.layers.facilities
    codes = pd.Index(units["code"])
    home = codes.get_indexer(homes)
    stands = codes.get_indexer(study.facility_units(rule.unit_level))
    private = (facilities["ownership"] == "private").to_numpy(bool, na_value=False)
    boarding = facilities["boarding"].to_numpy(bool, na_value=False)

    def by_unit(unit: NDArray[np.intp], values: Integers | Booleans) -> Integers:
        known = unit >= 0
        sums = np.bincount(unit[known], values[known], minlength=len(units))
        return sums.astype(np.int64)

    def people_who(*classes: str) -> Integers:
        chosen = rows[rows["verdict"].isin(classes)]
        return by_unit(home[chosen["demand"]], chosen["people"].to_numpy())

    children = people_who("covered", "uncovered", "undetermined", "not_assessed")
    places, unserved = by_unit(stands, supply.places), people_who("uncovered")
    order = np.lexsort((np.arange(len(units)), -unserved))
    rank = np.empty(len(units), np.int64)
    rank[order] = np.arange(1, len(units) + 1)
    return pd.DataFrame(
        {
            "stage": stage.id,
            "unit": units["code"],
            "unit_name": units["name"],
            "children": children,
            "places": places,
            "private_places": by_unit(stands, supply.places * private),
            "boarding_places": by_unit(stands, supply.places * boarding),
            "unknown": by_unit(stands, supply.unknown),
            "unserved": unserved,
            "not_assessed": people_who("not_assessed"),
            "ratio": np.divide(
                places, children, out=np.full(len(units), np.nan), where=children > 0
            ),
            "lacks_class": unserved >= stage.class_size,
            "rank": rank,
        }
    )
