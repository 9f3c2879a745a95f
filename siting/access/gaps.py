"""Gaps: uncovered people of one rule, need and unit who live close together, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from siting.access.barriers import crossings
from siting.access.parts import filters_of, gap_parts, group_of, mode_of
from siting.access.study import UNREACHABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.evaluate import Evaluation
    from siting.access.study import Reach, Study
    from siting.plan.model import PeopleRule

# Uncovered points of a unit that stand no farther apart (straight) belong to one gap.
LINK_MM = 200_000

# A longer walk from the door to the street, if it alone exceeds the limit, points at the data.
LONG_LEG_MM = 50_000


@dataclass(frozen=True)
class GapMembers:
    """Which gap each verdict row of an evaluation belongs to (−1: none), and the gaps' table."""

    gap: NDArray[np.int64]
    table: pd.DataFrame


def gap_id(rule: str, number: int) -> str:
    """Return the id of a rule's gap in every table; the first number is one."""
    return f"{rule}-{number:04d}"


def find_gaps(evaluation: Evaluation, study: Study) -> GapMembers:
    """Gather uncovered verdict rows into gaps, the largest first within each part.

    The table has one row per gap: `part`, `group`, `facility_kind`, `community`, `street`,
    `place`, `people`, `nearest` (facility row, −1), `nearest_m`, `straight_m`, `cutoff_m`,
    `cause`, `barrier`, `barrier_name`, `x_mm`, `y_mm` (people-weighted centre). Distances are
    those of the gap's median person.

    The cause is the first of these that holds for most of its people: ``bad_snap`` (within the
    cutoff but for a long leg to the street), ``full`` (a place is within reach, and taken),
    ``not_operating`` (so is a facility that is planned, not yet open, or closed), ``detour``
    (within the cutoff in a straight line); else it is ``no_facility``. A detour names what the
    straight line of its median person crosses, if anything.
    """
    rows = evaluation.verdicts
    gap = np.full(len(rows), -1, np.int64)
    parts = rows["part"].to_numpy()
    open_ = (rows["verdict"] == "uncovered").to_numpy()
    community = study.homes().fillna("")
    tables: list[pd.DataFrame] = []
    for part in gap_parts(evaluation.rule):
        at = np.flatnonzero(open_ & (parts == part))
        if not len(at):
            continue
        demand = rows["demand"].to_numpy()[at]
        labels = _link(study, demand, community.to_numpy()[demand])
        table = _describe(evaluation.rule, part, rows.iloc[at], labels, study).sort_values(
            ["people", "first"], ascending=[False, True], kind="stable"
        )
        order = np.empty(len(table), np.int64)
        order[table.index.to_numpy()] = np.arange(len(table))
        gap[at] = order[labels] + sum(len(t) for t in tables)
        tables.append(table.drop(columns="first"))
    return GapMembers(gap, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame())


def _link(study: Study, demand: NDArray[np.int64], unit: NDArray[np.object_]) -> NDArray[np.int64]:
    """Label points by single linkage within their unit, in the order of the points."""
    xy = np.column_stack([study.demand.x_mm[demand], study.demand.y_mm[demand]]).astype(float)
    pairs = cKDTree(xy).query_pairs(LINK_MM, output_type="ndarray")
    pairs = pairs[unit[pairs[:, 0]] == unit[pairs[:, 1]]]
    n = len(demand)
    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, np.int64)


def _describe(
    rule: PeopleRule, part: str, rows: pd.DataFrame, labels: NDArray[np.int64], study: Study
) -> pd.DataFrame:
    """Describe each gap by the sums over its people, its largest point and its median person."""
    demand, people = rows["demand"].to_numpy(), rows["people"].to_numpy()
    count = int(labels.max()) + 1
    total = np.bincount(labels, people, minlength=count).astype(np.int64)
    cause = np.full(count, "no_facility", object)
    for name, holds in reversed(_causes(rule, part, rows, study).items()):
        cause[2 * np.bincount(labels, people * holds, minlength=count) > total] = name
    residents = study.layers.residents
    first = np.full(count, study.count)
    np.minimum.at(first, labels, demand)
    largest = demand[_first_of_each(np.lexsort((demand, -people, labels)), labels)]
    middle = rows.iloc[_median_rows(rows["cost_mm"].to_numpy(), people, labels)]
    x, y = (
        np.bincount(labels, axis[demand] * people.astype(float), minlength=count) / total
        for axis in (study.demand.x_mm, study.demand.y_mm)
    )
    return pd.DataFrame(
        {
            "part": part,
            "group": group_of(rule, part),
            "facility_kind": rows["facility_kind"].iloc[0],
            "community": study.homes().fillna("").to_numpy()[largest],
            "street": study.units("street").fillna("").to_numpy()[largest],
            "place": residents["name"].fillna(residents["id"]).to_numpy()[largest],
            "people": total,
            "nearest": middle["facility"].to_numpy(),
            "nearest_m": _metres(middle["cost_mm"]),
            "straight_m": _metres(middle["straight_mm"]),
            "cutoff_m": _metres(middle["cutoff_mm"]),
            "cause": cause,
            **_in_the_way(rule, part, middle["demand"].to_numpy(), cause == "detour", study),
            "x_mm": np.rint(x).astype(np.int64),
            "y_mm": np.rint(y).astype(np.int64),
            "first": first,
        }
    )


def _causes(
    rule: PeopleRule, part: str, rows: pd.DataFrame, study: Study
) -> dict[str, NDArray[np.bool_]]:
    """Tell for each row which causes hold, in the order in which they speak."""
    demand = rows["demand"].to_numpy()
    cost, cutoff = rows["cost_mm"].to_numpy(), rows["cutoff_mm"].to_numpy()
    leg = np.where(study.placed(), study.demand.leg_mm, 0).astype(np.int64)[demand]
    straight = rule.distance == "straight"
    return {
        "bad_snap": (leg > LONG_LEG_MM) & (cost > cutoff) & (cost - leg <= cutoff) & ~straight,
        "full": (cost <= cutoff) & (rule.kind == "capacity"),
        "not_operating": _idle_near(rule, part, rows, study),
        "detour": rows["straight_covered"].to_numpy(),
    }


def _idle_near(rule: PeopleRule, part: str, rows: pd.DataFrame, study: Study) -> NDArray[np.bool_]:
    """Tell for each row whether a facility that does not operate stands within reach."""
    idle = study.idle(filters_of(rule, part))
    demand = rows["demand"].to_numpy()
    if not idle.any():
        return np.zeros(len(rows), bool)
    if rule.kind == "presence":
        there = study.facility_units(rule.unit_level)[idle].dropna()
        here = study.units(rule.unit_level).isin(there).to_numpy(bool)
        return np.asarray(here[demand], bool)
    reach = study.reach(idle, mode=mode_of(rule, part))
    cost = reach.straight_mm if rule.distance == "straight" else reach.cost_mm
    return np.asarray(cost[demand] <= rows["cutoff_mm"].to_numpy(), bool)


def _in_the_way(
    rule: PeopleRule,
    part: str,
    demand: NDArray[np.int64],
    asked: NDArray[np.bool_],
    study: Study,
) -> dict[str, NDArray[np.object_]]:
    """Name what stands between some demand points and the facility straight ahead of them."""
    kind, name = np.full(len(demand), "", object), np.full(len(demand), "", object)
    ahead = study.reach(study.matching(filters_of(rule, part))[0], mode=mode_of(rule, part))
    at = np.flatnonzero(asked & (ahead.straight_facility[demand] >= 0))
    if len(at):
        found = crossings(study.layers, *straight_lines(demand[at], ahead, study))
        kind[at], name[at] = found.kind, found.name
    return {"barrier": kind, "barrier_name": name}


def straight_lines(
    demand: NDArray[np.int64], ahead: Reach, study: Study
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ends of the lines from demand points to their nearest facility, as x and y."""
    facility = ahead.straight_facility[demand]
    homes, sites = study.demand, study.facilities
    return (
        np.column_stack([homes.x_mm[demand], homes.y_mm[demand]]),
        np.column_stack([sites.x_mm[facility], sites.y_mm[facility]]),
    )


def _first_of_each(order: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first row of each label in an order that is sorted by label."""
    return order[np.flatnonzero(np.diff(labels[order], prepend=-1))]


def _median_rows(
    cost: NDArray[np.int64], people: NDArray[np.int64], labels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the row of the median person by cost of each label."""
    order = np.lexsort((cost, labels))
    reached = people[order].cumsum()
    start = np.flatnonzero(np.diff(labels[order], prepend=-1))
    before = np.concatenate([[0], reached[start[1:] - 1]])
    total = np.diff(np.append(before, reached[-1]))
    return order[np.searchsorted(2 * reached, 2 * before + total)]


def _metres(values_mm: pd.Series) -> NDArray[np.float64]:
    """Return metres to a tenth; what is unreachable or does not apply is missing."""
    known = ~values_mm.isin([UNREACHABLE, -1])
    return (values_mm / 1000).round(1).where(known).to_numpy(float)


def readings_failing(
    members: GapMembers, evaluation: Evaluation, others: list[Evaluation]
) -> NDArray[np.int64]:
    """Count for each gap the readings in which most of its people are uncovered.

    The default reading is one of them.
    """
    count = np.ones(len(members.table), np.int64)
    rows = evaluation.verdicts
    inside = members.gap >= 0
    key = pd.MultiIndex.from_frame(rows.loc[inside, ["part", "demand"]])
    gap = members.gap[inside]
    people = rows["people"].to_numpy()[inside]
    total = np.bincount(gap, people, minlength=len(count))
    for other in others:
        uncovered = other.verdicts[other.verdicts["verdict"] == "uncovered"]
        still = key.isin(pd.MultiIndex.from_frame(uncovered[["part", "demand"]]))
        count += 2 * np.bincount(gap, people * still, minlength=len(count)) > total
    return count
