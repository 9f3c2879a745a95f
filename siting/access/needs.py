"""The kind ``access``: each person reaches a facility of every need that concerns their age."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from siting.access.judged import Judged, cutoff_mm_of, in_scope, judge_filters
from siting.access.verdicts import HEADLINE, NOT_APPLICABLE, NOT_ASSESSED, join_needs, needed
from siting.layers.residents import age_columns
from siting.network.walking import AgeCutoff, cutoffs
from siting.plan.vocabulary import OLDEST, groups

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.plan.model import AccessRule, Need


class Concern(NamedTuple):
    """A need, and the largest acceptable cost of people of one age."""

    need: str
    cutoff_mm: int


def judge_access(rule: AccessRule, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge per need, then the headline over the needs that concern each age."""
    by_id = {need.id: need for need in rule.need}
    judged: dict[Concern, Judged] = {}
    rows = []
    for need in rule.need:
        for name, columns, concerns in _segments([need], need.group, rule, study):
            (concern,) = concerns
            judged[concern] = _judge_need(rule, by_id[concern.need], study, concern.cutoff_mm)
            rows.append(
                judged[concern].rows(
                    part=need.id,
                    group=name,
                    facility_kind=need.facilities[0].kind,
                    **_people(rule, study, columns),
                )
            )
    if len(rule.need) == 1:
        # The only need is the rule: it keeps its kind of facility.
        return pd.concat([*rows, *(r.assign(part=HEADLINE) for r in rows)], ignore_index=True), NONE
    rows += [
        _joined([judged[one] for one in concerns], at_least=rule.needs_at_least).rows(
            part=HEADLINE, group=name, facility_kind=HEADLINE, **_people(rule, study, columns)
        )
        for name, columns, concerns in _segments(
            [need for need in rule.need if need.headline], rule.group, rule, study
        )
    ]
    return pd.concat(rows, ignore_index=True), NONE


NONE = pd.DataFrame()


def _people(rule: AccessRule, study: Study, columns: list[str]) -> dict[str, np.ndarray]:
    return {
        "people": study.people_aged(columns, caliber=rule.caliber),
        "unknown": study.uncounted(columns, caliber=rule.caliber),
    }


def _judge_need(rule: AccessRule, need: Need, study: Study, cutoff_mm: int) -> Judged:
    """Judge one need; where it asks about town or village and that is unknown: not assessed."""
    cutoff = np.full(study.count, cutoff_mm_of(cutoff_mm / 1000, rule))
    scope = in_scope(rule, study)
    if need.settlement is None:
        return judge_filters(
            rule, study, need.facilities, cutoff_mm=cutoff, scope=scope, mode=need.mode
        )
    home = study.settlement()
    cutoff[(home != need.settlement).fillna(True).to_numpy(bool)] = -1
    judged = judge_filters(
        rule, study, need.facilities, cutoff_mm=cutoff, scope=scope, mode=need.mode
    )
    unknown = home.isna().to_numpy(bool) & scope & ~study.outside
    return replace(judged, verdict=np.where(unknown, NOT_ASSESSED, judged.verdict).astype(np.int8))


def _joined(parts: list[Judged], *, at_least: int | None) -> Judged:
    """Join several needs; the last one that must be met, from near to far, speaks for all."""
    stack = np.vstack([part.verdict for part in parts])
    wanted = needed(stack, at_least=at_least)
    applying = stack != NOT_APPLICABLE
    # From far beyond the cutoff to well within it; what does not apply comes last.
    order = np.argsort(-np.vstack([part.ratio for part in parts]), axis=0, kind="stable")
    place = np.maximum(applying.sum(axis=0) - wanted, 0)
    last = np.take_along_axis(order, place[None, :], axis=0)[0]
    straight = np.vstack([part.straight_all for part in parts]) & applying
    return Judged(
        verdict=join_needs([part.verdict for part in parts], at_least=at_least),
        cost_mm=np.choose(last, [p.cost_mm for p in parts]),
        straight_mm=np.choose(last, [p.straight_mm for p in parts]),
        cutoff_mm=np.choose(last, [p.cutoff_mm for p in parts]),
        facility=np.choose(last, [p.facility for p in parts]),
        ratio=np.choose(last, [p.ratio for p in parts]),
        straight_all=straight.sum(axis=0) >= wanted,
    )


def need_cutoffs(need: Need, rule: AccessRule, study: Study) -> list[AgeCutoff]:
    """Return how far the ages of a need may go: by its metres, or by its minutes and their speed.

    The tolerance of a reading is not in it.
    """
    ages = groups()[need.group]
    by_time = rule.by_time or rule.speed_m_s is not None or study.walk.mode == "time"
    if need.minutes is None or not by_time:
        return [AgeCutoff(*ages.ages, round(need.cutoff_m * 1000))]
    return cutoffs(
        need.minutes,
        by="time",
        mode=need.mode,
        from_age=ages.from_age,
        to_age=ages.to_age,
        speed_m_s=rule.speed_m_s or study.walk.speed_m_s,
    )


def age_segments(rule: AccessRule, study: Study) -> list[tuple[str, list[str], list[str]]]:
    """Split the ages of a rule's group where the needs that concern them, or a cutoff, change.

    Returns
    -------
    list of (name, age columns, need ids), from young to old; ages that no need concerns are left
    out. The name is that of the people group with the same ages, or ``age_<from>_<to>``.
    """
    needs = [need for need in rule.need if need.headline]
    return [
        (name, columns, [one.need for one in concerns])
        for name, columns, concerns in _segments(needs, rule.group, rule, study)
    ]


def _segments(
    needs: list[Need], group: str, rule: AccessRule, study: Study
) -> list[tuple[str, list[str], list[Concern]]]:
    """Split the ages of `group` where the needs that concern them, or a cutoff, change."""
    reach = {need.id: need_cutoffs(need, rule, study) for need in needs}
    first_age, last_age = groups()[group].ages
    ages = []
    for column, low, top in age_columns():
        high = OLDEST if top is None else top
        concerns = [
            Concern(need, one.cutoff_mm)
            for need, found in reach.items()
            for one in found
            if one.from_age <= low and high <= one.to_age
        ]
        if concerns and first_age <= low and high <= last_age:
            ages.append((column, low, high, concerns))
    names = {one.ages: one.id for one in groups().values()}
    found = []
    for concerns, run in groupby(ages, key=lambda age: age[3]):
        columns, lows, highs, _ = zip(*run, strict=True)
        name = names.get((lows[0], highs[-1]), f"age_{lows[0]}_{highs[-1]}")
        found.append((name, list(columns), concerns))
    return found
