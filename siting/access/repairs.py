"""The smallest repair of each gap: places, a class, a project opened, a link, or a new site.

What takes least comes first (`SMALLEST_FIRST`). A smaller repair is preferred to a larger one if
it covers at least `ENOUGH` of the people whom the best of all would cover.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.access.gaps import straight_lines
from siting.access.links import helped, links_across
from siting.access.parts import filters_of, mode_of
from siting.access.places import places_of
from siting.access.within import within_reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.evaluate import Evaluation
    from siting.access.gaps import GapMembers
    from siting.access.study import Study
    from siting.plan.model import FacilityFilter, PeopleRule

    Booleans = NDArray[np.bool_]

SMALLEST_FIRST = ("expand", "convert", "open", "link", "new_facility")
ENOUGH = 0.8
COLUMNS = ["gap", "fix", "people", "candidate"]


def smallest_repairs(
    evaluation: Evaluation, gaps: GapMembers, study: Study, *, sites: pd.DataFrame
) -> pd.DataFrame:
    """Return for each gap `fix`, `fix_people` and `candidate` (all empty or 0: none helps).

    - ``expand``: places added at a facility within reach whose places are all taken;
    - ``convert``: a nursery class in a kindergarten that has none;
    - ``open``: a facility that is planned, being built or closed;
    - ``link``: a gate or footbridge between two points on streets, as ``lon,lat>lon,lat``;
    - ``new_facility``: a candidate site.

    Parameters
    ----------
    sites
        The best candidate site of each gap, in their order: `candidate` and `fix_people`.
    """
    new = pd.DataFrame(
        {
            "gap": np.arange(len(gaps.table)),
            "fix": "new_facility",
            "people": sites["fix_people"].to_numpy(),
            "candidate": sites["candidate"].to_numpy(),
        }
    )
    options = [new]
    for part in gaps.table["part"].unique():
        rows = evaluation.verdicts.assign(gap=gaps.gap)
        rows = rows[(rows["gap"] >= 0) & (rows["part"] == part)]
        options += _at_facilities(evaluation.rule, str(part), rows, study)
        options += _over_links(evaluation.rule, str(part), rows, gaps, study)
    chosen = _smallest(pd.concat(options, ignore_index=True)).reindex(range(len(gaps.table)))
    return pd.DataFrame(
        {
            "fix": chosen["fix"].fillna(""),
            "fix_people": chosen["people"].fillna(0).astype(np.int64),
            "candidate": chosen["candidate"].fillna(""),
        }
    )


def _smallest(options: pd.DataFrame) -> pd.DataFrame:
    """Choose one option per gap: the smallest that covers nearly as many as the best."""
    options = options[options["people"] > 0]
    best = options.groupby("gap")["people"].transform("max")
    enough = options[options["people"] >= ENOUGH * best]
    size = enough["fix"].map({fix: i for i, fix in enumerate(SMALLEST_FIRST)})
    ordered = enough.assign(size=size).sort_values(
        ["gap", "size", "people", "candidate"], ascending=[True, True, False, True]
    )
    return ordered.drop_duplicates("gap").set_index("gap")


def _at_facilities(
    rule: PeopleRule, part: str, rows: pd.DataFrame, study: Study
) -> list[pd.DataFrame]:
    """Return what could be done at facilities that exist or are planned."""
    filters = filters_of(rule, part)
    masks = {"convert": without_class(filters, study), "open": study.idle(filters)}
    if rule.kind == "capacity":
        masks["expand"] = study.matching(filters)[0]
    ids = study.layers.facilities["id"].to_numpy()
    found = []
    for fix, mask in masks.items():
        pairs = _pairs(rule, part, rows, mask, study)
        best = _best(pairs.assign(fix=fix, candidate=ids[pairs["facility"]]))
        if rule.kind == "capacity" and fix == "open":
            places = pd.Series(places_of(study.layers.facilities), index=ids)
            best["people"] = best["people"].clip(upper=best["candidate"].map(places).clip(lower=0))
        found.append(best)
    return found


def without_class(filters: list[FacilityFilter], study: Study) -> Booleans:
    """Tell which operating kindergartens would pass a filter, had they a nursery class."""
    asking = [one for one in filters if one.where.get("has_nursery") is True]
    relaxed = [
        one.model_copy(update={"where": {k: v for k, v in one.where.items() if k != "has_nursery"}})
        for one in asking
    ]
    none = study.layers.facilities["has_nursery"].eq(other=False).fillna(value=False)
    return np.asarray(study.matching(relaxed)[0] & none.to_numpy(bool))


def _pairs(
    rule: PeopleRule, part: str, rows: pd.DataFrame, mask: Booleans, study: Study
) -> pd.DataFrame:
    """Pair the people of gaps with the facilities that could serve them: within reach, or here."""
    people = rows[["gap", "demand", "people"]]
    sites = np.flatnonzero(mask)
    if rule.kind == "presence":
        unit = study.facility_units(rule.unit_level).iloc[sites]
        there = pd.DataFrame({"facility": sites, "unit": unit.to_numpy()}).dropna()
        home = study.units(rule.unit_level).iloc[people["demand"]]
        return people.assign(unit=home.to_numpy()).merge(there, on="unit")
    sets = within_reach(
        study,
        sites,
        cutoff_mm=_cutoffs(rows, study),
        mode=mode_of(rule, part),
        straight=rule.distance == "straight",
    )
    site = np.repeat(sites, np.diff(sets.indptr))
    return people.merge(pd.DataFrame({"facility": site, "demand": sets.demand}), on="demand")


def _cutoffs(rows: pd.DataFrame, study: Study) -> NDArray[np.int64]:
    """Return the cutoff of each demand point of some rows, −1 elsewhere."""
    cutoff = np.full(study.count, -1, np.int64)
    cutoff[rows["demand"]] = rows["cutoff_mm"]
    return cutoff


def _best(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return for each gap the candidate with most people; ties go to the smaller id."""
    sums: pd.DataFrame = pairs.groupby(["gap", "fix", "candidate"])["people"].sum().reset_index()
    ordered = sums.sort_values(["gap", "people", "candidate"], ascending=[True, False, True])
    first: pd.DataFrame = ordered.drop_duplicates("gap")[COLUMNS]
    return first


def _over_links(
    rule: PeopleRule, part: str, rows: pd.DataFrame, gaps: GapMembers, study: Study
) -> list[pd.DataFrame]:
    """Return the links over what lies in the way of the largest point of each gap."""
    if rule.kind == "capacity":
        return []  # a way to a school is no place in it
    behind = np.flatnonzero(gaps.table["barrier"] != "")
    inside = rows[rows["gap"].isin(behind)].sort_values(
        ["gap", "people", "demand"], ascending=[True, False, True]
    )
    if not len(inside):
        return []
    mode = mode_of(rule, part)
    facilities = study.matching(filters_of(rule, part))[0]
    first = inside.drop_duplicates("gap")["demand"].to_numpy()
    ahead = study.reach(facilities, mode=mode)
    first = first[ahead.straight_facility[first] >= 0]
    links = links_across(study, *straight_lines(first, ahead, study), mode=mode)
    pairs = helped(
        study, links, facilities=facilities, cutoff_mm=_cutoffs(rows, study), mode=mode
    ).merge(rows[["gap", "demand", "people"]], on="demand")
    names = np.array(links.names, object)
    return [_best(pairs.assign(fix="link", candidate=names[pairs["link"]]))]
