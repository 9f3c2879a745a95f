"""Where the projects that a plan names stand: open, building, not started, or not to be found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from siting.access.bounds import Bounds, Row, judge, merged

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.plan.model import ProjectRule

# From the least advanced on: a project stands where its least advanced part stands.
STAGES = ("not_started", "building", "open")
OF_STATUS = {"planned": "not_started", "building": "building", "operating": "open"}


def project_rows(rule: ProjectRule, study: Study) -> list[Row]:
    """Return where each project stands, and how many of them are open."""
    rows = [_project(name, study) for name in rule.projects]
    found = [row.verdict for row in rows]
    done = found.count("open")
    unknown = len(found) - sum(found.count(stage) for stage in STAGES)
    verdict = _together(found)
    if rule.target is not None:
        lacking = Bounds(done, done + unknown)
        verdict = judge(lacking, target=rule.target, up_to=rule.up_to)
    headline = Row(
        verdict=verdict,
        value=float(done),
        numerator=float(done),
        denominator=float(len(rows)),
        target=rule.target,
        up_to=rule.up_to,
        lacks=merged(row.lacks for row in rows),
    )
    return [headline, *rows]


def _project(name: str, study: Study) -> Row:
    """Return where one project stands by the facilities that belong to it.

    A position that the source calls schematic, or does not give, is unknown; the status stands as
    in the data.
    """
    table = study.layers.facilities
    parts = table[(table["project"] == name).fillna(False).to_numpy(bool)]
    ids = "、".join(sorted(parts["id"].astype(str)))
    row = Row(verdict="position_unknown", part="project", unit=ids, unit_name=name)
    if parts.empty:
        return replace(row, lacks={"projects.absent": 1})
    nowhere = parts.geometry.isna() | parts.geometry.is_empty | (parts["position"] == "schematic")
    lacks = {"projects.located": 1} if nowhere.any() else {}
    late = (parts["status"] == "operating") & (parts["year_open"] > study.as_of.year).fillna(False)
    stages = parts["status"].map(OF_STATUS).mask(late.to_numpy(bool))
    if stages.isna().any():
        return replace(row, verdict="not_assessed", lacks={**lacks, "projects.stage": 1})
    stage = min(stages, key=STAGES.index)
    return replace(row, verdict=stage, value=float(stage == "open"), lacks=lacks)


def _together(found: list[str]) -> str:
    """Return where several projects stand as one: under way as soon as one of them is."""
    among = set(found)
    if among == {"open"}:
        return "open"
    if among & {"open", "building"}:
        return "building"
    return next(v for v in ("not_started", "not_assessed", "position_unknown") if v in among)
