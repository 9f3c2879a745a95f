"""Who stands beside whom: facilities or areas, and the nearest facility of some kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from siting.access.bounds import Lacks, Row, bounded_row, judge, merged, united, unknown
from siting.access.conditions import holds, missing_facts
from siting.access.placing import closed_lines
from siting.access.quantities import NO_FACTS, counted, facts_of_members, members
from siting.access.shares import share_of
from siting.layers.spatial import area_at
from siting.network.costs import cover_sets, on_site_pairs
from siting.network.noding import to_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.plan.model import AdjacencyRule, Areas

    Floats = NDArray[np.float64]

# A neighbour that is farther to walk than this is none, whatever a reading calls near.
FAR_M = 10_000


@dataclass(frozen=True)
class Subjects:
    """Of whom a rule asks a neighbour.

    `table` has `id`, `name`, `sure` (it surely is one) and `geometry`; its index are the rows of
    the source. `facts` are those for want of which one is not sure (`row`, `what`).
    """

    name: str
    table: pd.DataFrame
    facts: pd.DataFrame

    @property
    def astray(self) -> NDArray[np.bool_]:
        """Subjects whose own position is not known."""
        places = self.table["geometry"].to_numpy()
        return np.asarray(shapely.is_missing(places) | shapely.is_empty(places))


@dataclass(frozen=True)
class Neighbours:
    """Facilities (rows of their table), whether they surely count, and how far they are.

    `mm` has a row per subject and a column per facility: 0 on one parcel, NaN where unknown.
    """

    facilities: NDArray[np.int64]
    certain: NDArray[np.bool_]
    mm: Floats
    facts: pd.DataFrame


def adjacency_rows(rule: AdjacencyRule, study: Study) -> list[Row]:
    """Return the share of subjects with a neighbour, and each one's distance to the nearest."""
    if rule.areas is not None and rule.areas.layer not in study.layers.areas:
        lacking = unknown({f"layer.{rule.areas.layer}": 0})
        return [bounded_row(lacking, target=rule.target, up_to=rule.up_to)]
    subjects = _facilities(rule, study) if rule.areas is None else _areas(rule.areas, study)
    certain, perhaps = study.matching(rule.beside)
    beside = np.flatnonzero(certain | perhaps)
    facts = facts_of_members(rule.beside, study.layers.facilities, pd.Series(perhaps))
    near = Neighbours(beside, certain[beside], _distances(rule, subjects, study, beside), facts)
    rows = [_row(rule, subjects, near, at=i) for i in range(len(subjects.table))]
    return [_headline(rule, subjects, near, rows), *rows]


def _facilities(rule: AdjacencyRule, study: Study) -> Subjects:
    table = study.layers.facilities
    sure, perhaps = members(rule.facilities, rule, study)
    facts = facts_of_members(rule.facilities, table, perhaps)
    every = table[["id", "name", "geometry"]].assign(sure=sure)
    return Subjects("facility", every[(sure | perhaps).to_numpy(bool)], facts)


def _areas(asked: Areas, study: Study) -> Subjects:
    """Return the areas of the place that fulfil the condition and are of the years."""
    table = study.layers.areas[asked.layer]
    table = table[~table["outside"].fillna(False).to_numpy(bool)]
    meant = holds(table, asked.condition)
    facts = [missing_facts(table, asked.condition, name="areas")]
    if asked.years is not None:
        year = table["year"]
        meant &= year.between(*asked.years).astype("boolean").mask(year.isna())
        undated = table.index[year.isna() & meant.isna()]
        facts.append(pd.DataFrame({"row": undated, "what": "areas.year"}))
    every = table[["id", "name", "geometry"]].assign(sure=meant.fillna(False).astype(bool))
    chosen = every[meant.fillna(True).to_numpy(bool)]
    return Subjects("area", chosen, pd.concat([NO_FACTS, *facts], ignore_index=True))


def _distances(
    rule: AdjacencyRule, subjects: Subjects, study: Study, beside: NDArray[np.int64]
) -> Floats:
    """Return the distance of each subject to each facility, in mm: 0 on one parcel, NaN unknown.

    A facility is no neighbour of itself.
    """
    table = study.layers.facilities
    here = subjects.table["geometry"].to_numpy()
    there = table.geometry.to_numpy()[beside]
    straight = np.floor(shapely.distance(here[:, None], there[None, :]) * 1000 + 0.5)
    found = straight
    if rule.areas is None:
        rows = subjects.table.index.to_numpy(np.int64)
        if rule.distance == "walking":
            found = np.where(np.isnan(straight), np.nan, _walks(study, rows, beside))
        parcel = area_at(table.geometry, study.layers.parcels.geometry)
        same = (parcel[rows][:, None] == parcel[beside][None, :]) & (parcel[rows][:, None] >= 0)
        found = np.where(same, 0.0, found)
        found = np.where(rows[:, None] == beside[None, :], np.inf, found)
    return np.asarray(found)


def _walks(study: Study, rows: NDArray[np.int64], beside: NDArray[np.int64]) -> Floats:
    """Return the mm on foot from `rows` to `beside` (infinite: too far to matter)."""
    if "walk" not in study.networks:
        return np.full((len(rows), len(beside)), np.nan)
    subjects, sites = study.facilities.take(rows), study.facilities.take(beside)
    pairs = on_site_pairs(demand=subjects, facilities=sites, obstacles=closed_lines(study.layers))
    near = cover_sets(study.streets, demand=subjects, sites=sites, cutoff_m=FAR_M, on_site=pairs)
    found = np.full((len(rows), len(beside)), np.inf)
    site = np.repeat(np.arange(len(beside)), np.diff(near.indptr))
    # Where one of the two stands on no street, the walk between them is not known.
    found[subjects.edge < 0, :] = np.nan
    found[:, sites.edge < 0] = np.nan
    found[near.demand, site] = near.cost_mm
    return found


def _row(rule: AdjacencyRule, subjects: Subjects, near: Neighbours, *, at: int) -> Row:
    """Judge one subject; whether a facility counts, or where it stands, may be unknown."""
    subject, index = subjects.table.iloc[at], subjects.table.index[at]
    known = near.certain & ~np.isnan(near.mm[at])
    surely = near.mm[at][known].min(initial=np.inf)
    perhaps = np.nan_to_num(near.mm[at], posinf=np.inf).min(initial=np.inf)
    within, unsure = to_mm(rule.within_m), to_mm(rule.unsure_m or rule.within_m)
    lacks = counted(subjects.facts.loc[subjects.facts["row"] == index, "what"])
    if surely <= within:
        verdict = "pass"
    elif perhaps <= within or subjects.astray[at]:
        verdict = "not_assessed"
        lacks = united([lacks, _open_facts(rule, subjects, near, rows=np.array([at]))])
    else:
        verdict = "undetermined" if perhaps <= unsure else "fail"
    return Row(
        verdict=verdict,
        part=subjects.name,
        unit=str(subject["id"]),
        unit_name=str(subject["name"]) if isinstance(subject["name"], str) else "",
        value=None if np.isinf(surely) else float(surely) / 1000,
        up_to=rule.within_m,
        lacks=lacks,
    )


def _open_facts(
    rule: AdjacencyRule, subjects: Subjects, near: Neighbours, *, rows: NDArray[np.int64]
) -> Lacks:
    """Count what leaves some subjects open: positions, theirs or others', and what counts."""
    astray = subjects.astray[rows]
    placed = near.mm[rows[~astray]]
    doubtful = (placed <= int(to_mm(rule.within_m))).any(axis=0)
    facts = counted(near.facts.loc[near.facts["row"].isin(near.facilities[doubtful]), "what"])
    table = "areas" if rule.areas is not None else "facilities"
    own = {f"{table}.geometry": int(astray.sum())}
    others = {"facilities.geometry": int(np.isnan(placed).any(axis=0).sum())}
    return {what: count for what, count in merged([facts, own, others]).items() if count}


def _headline(rule: AdjacencyRule, subjects: Subjects, near: Neighbours, rows: list[Row]) -> Row:
    """Return the share that stands beside; what points cannot tell is undetermined."""
    verdicts = pd.Series([row.verdict for row in rows], index=subjects.table.index, dtype=str)
    answer = verdicts.map({"pass": True, "fail": False}).astype("boolean")
    table = pd.DataFrame({"sure": subjects.table["sure"], "having": answer, "weight": 1.0})
    open_ = np.flatnonzero(verdicts == "not_assessed")
    facts = counted(subjects.facts["what"])
    lacks = united([facts, _open_facts(rule, subjects, near, rows=open_)])
    share = replace(share_of(table), lacks=lacks)
    row = bounded_row(share, target=rule.target, up_to=rule.up_to)
    if row.verdict == "not_assessed":
        # If the facts alone decide, only the points are too coarse.
        decided = table.assign(having=answer.mask(verdicts == "undetermined", other=False))
        if judge(share_of(decided), target=rule.target, up_to=rule.up_to) != "not_assessed":
            row = replace(row, numerator=share.numerator, denominator=share.denominator)
            return replace(row, verdict="undetermined", value=share.low)
    if row.verdict == "fail" and rule.target == 1 and row.value:
        return replace(row, verdict="partial")
    return row
