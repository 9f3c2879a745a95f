"""What the map needs to judge a rule again by itself, after a trial change.

A rule is *live* if it rests on walking costs or on counts of facilities alone. Rules that need
another network, straight lines, a unit's own facilities, another caliber, an assignment or a
column's sum are not: they ask for a formal run.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any, Literal

from siting.access.conditions import holds
from siting.access.needs import age_segments, need_cutoffs
from siting.access.scopes import facilities_inside, own_units
from siting.access.verdicts import HEADLINE
from siting.plan.model import AccessRule, CountRule, DensityAccessRule, PresenceRule
from siting.plan.records import Scope

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from siting.access.study import Study
    from siting.plan.model import FacilityFilter


@singledispatch
def live_record(_rule: object, _study: Study) -> dict[str, Any] | None:
    """Return how to judge the rule from costs or counts, or None if the page cannot.

    Returns
    -------
    dict
        ``needs``: what must be reached, each with ``id``, the parts of the rule that it ``feeds``,
        its ``filters`` and the ids of the facilities that pass them: ``certain``, ``perhaps`` (a
        fact is missing), and of those that would if they were opened, ``would`` and
        ``would_perhaps``. ``segments``: which needs concern each people group of the headline.
        A presence rule also gives its ``presence``: ``level``, ``at_least`` and ``homes`` (unit of
        every facility that may count); a count rule its ``count``: ``level`` (or None), ``homes``,
        ``target``, ``up_to`` and ``units``, those that are asked (``code``, and ``is_doubtful``
        where a fact is missing about whether they are).
    """
    return None


@live_record.register(AccessRule)
def _access(rule: AccessRule, study: Study) -> dict[str, Any] | None:
    if rule.distance != "walking" or any(need.mode != "walk" for need in rule.need):
        return None
    if rule.needs_at_least is not None or rule.caliber != "resident":
        return None
    if any(len(need_cutoffs(need, rule, study)) > 1 for need in rule.need):
        return None
    single = len(rule.need) == 1
    needs = [
        _need(need.id, [need.id, HEADLINE] if single else [need.id], need.facilities, study)
        for need in rule.need
    ]
    segments = [] if single else age_segments(rule, study)
    return {
        "needs": needs,
        "segments": [{"group": name, "needs": concerned} for name, _, concerned in segments],
    }


@live_record.register(DensityAccessRule)
def _density_access(rule: DensityAccessRule, study: Study) -> dict[str, Any] | None:
    elsewhere = rule.same_unit or rule.kernel_m is not None or rule.grid_m is not None
    if rule.distance != "walking" or elsewhere or rule.caliber != "resident":
        return None
    bands = [band.id for band in rule.band if band.cutoff_m is not None]
    return {
        "needs": [_need(HEADLINE, [HEADLINE, *bands], rule.facilities, study)],
        "segments": [],
    }


@live_record.register(PresenceRule)
def _presence(rule: PresenceRule, study: Study) -> dict[str, Any] | None:
    need = _need(HEADLINE, [HEADLINE], rule.facilities, study)
    homes = _homes(need, rule.unit_level, study)
    return {
        "needs": [need],
        "segments": [],
        "presence": {"level": rule.unit_level, "at_least": rule.at_least, "homes": homes},
    }


@live_record.register(CountRule)
def _count(rule: CountRule, study: Study) -> dict[str, Any] | None:
    quantity, level = rule.quantity, rule.unit_level
    if not quantity.facilities or quantity.sum is not None or rule.scope != Scope():
        return None
    if level == "county" and "county" in study.layers.facilities:
        return None  # counties are named in the table, and a new facility names none
    own = facilities_inside(rule, study).to_numpy(bool)
    need = _need(HEADLINE, [HEADLINE], quantity.facilities, study, among=own)
    count: dict[str, Any] = {"level": level, "homes": {}, "units": []}
    if level is not None:
        units = own_units(rule, study, level)
        if units.empty:
            return None
        meant = holds(units, rule.units)
        asked = zip(units["code"], meant, meant.isna(), strict=True)
        count["homes"] = _homes(need, level, study)
        count["units"] = [
            {"code": code, "is_doubtful": doubt} for code, yes, doubt in asked if doubt or yes
        ]
    return {
        "needs": [need],
        "segments": [],
        "count": count | {"target": rule.target, "up_to": rule.up_to},
    }


def _homes(need: dict[str, Any], level: str, study: Study) -> dict[str, str]:
    """Return the unit of every facility that may count, where it is known."""
    ids = study.layers.facilities["id"]
    codes = study.facility_units(level)
    counted = {id_ for key in ("certain", "perhaps", "would", "would_perhaps") for id_ in need[key]}
    return {
        id_: code
        for id_, code in zip(ids, codes, strict=True)
        if id_ in counted and isinstance(code, str)
    }


def _need(
    id_: str,
    feeds: list[str],
    filters: list[FacilityFilter],
    study: Study,
    *,
    among: NDArray[np.bool_] | Literal[True] = True,
) -> dict[str, Any]:
    table, year = study.layers.facilities, study.as_of.year
    in_time = (table["year_open"] <= year).fillna(value=False)
    opened = table.assign(status="operating", year_open=table["year_open"].where(in_time, year))
    all_open = study.with_facilities(opened)
    now, then = study.matching(filters), all_open.matching(filters)
    closed = ~study.operating()
    masks = {
        "certain": now[0],
        "perhaps": now[1],
        "would": then[0] & closed,
        "would_perhaps": then[1] & closed,
    }
    return {
        "id": id_,
        "feeds": feeds,
        "filters": [asked_filter(one, table) for one in filters],
        **{name: list(table["id"][mask & among]) for name, mask in masks.items()},
    }


def asked_filter(one: FacilityFilter, facilities: pd.DataFrame) -> dict[str, Any]:
    """Return a filter as the page asks it; ``unasked`` columns nobody has filled in."""
    unasked = [c for c in one.present if c not in facilities or facilities[c].isna().all()]
    return one.model_dump(mode="json") | {"unasked": unasked}
