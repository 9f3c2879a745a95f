"""The tables that an auditor recomputes any figure from, and the records that tell a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from geopandas import points_from_xy

from siting.access.evaluate import DEFAULT
from siting.access.gaps import gap_id
from siting.plan.vocabulary import groups
from siting.report.live import live_record

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.access.evaluate import Evaluation
    from siting.access.study import Study
    from siting.network.snap import Positions
    from siting.plan.model import PeopleRule, Rule

VERDICTS = [
    "rule", "reading", "part", "group", "facility_kind", "demand", "people", "cost_mm",
    "straight_mm", "cutoff_mm", "facility", "verdict", "borderline", "straight_covered",
]  # fmt: skip
_POSITION = ("x_mm", "y_mm", "edge", "offset_mm", "leg_mm", "component", "reason")


def demand_table(study: Study) -> pd.DataFrame:
    """Return the placed residents with their units and one column of people per group."""
    residents = study.layers.residents
    return pd.DataFrame(
        {
            "id": residents["id"],
            "name": residents["name"],
            "kind": residents["kind"],
            **{level: study.units(level) for level in ("community", "street", "block")},
            "outside": study.outside,
            **_positions(study.demand),
            **{group: study.people(group) for group in groups()},
        }
    )


def facility_table(study: Study) -> pd.DataFrame:
    """Return the facilities with their places on the network and whether they count."""
    table = pd.DataFrame(study.layers.facilities.drop(columns="geometry"))
    units = {level: study.facility_units(level) for level in ("community", "street")}
    return table.assign(**units, **_positions(study.facilities), counted=study.operating())


def _positions(positions: Positions) -> dict[str, Any]:
    return {name: getattr(positions, name) for name in _POSITION}


def places_by_mode(study: Study) -> dict[str, pd.DataFrame]:
    """Return where residents and facilities stand on the networks of modes beside walking."""
    ids = {"demand": study.layers.residents["id"], "facilities": study.layers.facilities["id"]}
    columns = ("edge", "offset_mm", "leg_mm")
    return {
        f"{part}_{mode}": pd.DataFrame(
            {"id": ids[part]} | {c: getattr(getattr(network, part), c) for c in columns}
        )
        for mode, network in study.networks.items()
        if mode != "walk"
        for part in ids
    }


def verdict_table(evaluations: list[Evaluation], study: Study) -> pd.DataFrame:
    """Return the verdict rows of all `evaluations`, demand and facilities by their ids."""
    demand = study.layers.residents["id"].to_numpy()
    facility = np.append(study.layers.facilities["id"].to_numpy(object), "")
    if not evaluations:
        return pd.DataFrame(columns=VERDICTS)
    tables = [one.verdicts.assign(rule=one.rule.id, reading=one.reading) for one in evaluations]
    table = pd.concat(tables, ignore_index=True)
    return table.assign(demand=demand[table["demand"]], facility=facility[table["facility"]])[
        VERDICTS
    ]


def on_site_table(study: Study) -> pd.DataFrame:
    """Return the pairs on one site, which count by the straight line: demand, facility, mm."""
    pairs = study.on_site
    return pd.DataFrame(
        {
            "demand": study.layers.residents["id"].to_numpy()[pairs.demand],
            "facility": study.layers.facilities["id"].to_numpy()[pairs.facility],
            "straight_mm": pairs.straight_mm,
        }
    )


def rule_record(rule: PeopleRule, study: Study, *, chosen: str | None = None) -> dict[str, Any]:
    """Return what the report floor says about a rule (see `Result.rules`)."""
    return {
        "id": rule.id,
        "kind": rule.kind,
        "basis": rule.basis,
        "title": rule.title.model_dump(),
        "text": rule.text.model_dump(),
        "limits": limits_of(rule),
        "clauses": list(rule.clauses),
        "source": rule.source.model_dump(),
        "group": rule.group,
        "target": rule.target,
        "readings": _readings(rule, chosen),
        "parts": _parts(rule, study),
        "live": live_record(rule, study),
    }


def silent_record(rule: PeopleRule) -> dict[str, Any]:
    """Return what the report floor says about a rule that nobody can judge in the place."""
    return {"id": rule.id, "title": rule.title.model_dump(), "readings": _readings(rule, None)}


def _readings(rule: PeopleRule, chosen: str | None) -> list[dict[str, Any]]:
    """Return the titles of the readings; the one that the scenario chose counts as default."""
    return [
        {"id": DEFAULT if one.id == chosen else one.id, "title": one.title.model_dump()}
        for one in rule.reading
    ]


def limits_of(rule: PeopleRule) -> dict[str, str]:
    """Return the limits that decide, and the share asked for if the text gives one.

    Limits of needs shown beside stand in their own rows.
    """
    if rule.kind == "access":
        parts = [(n.title, n.cutoff_m) for n in rule.need if n.headline]
    elif rule.kind == "density-access":
        parts = [(b.title, b.cutoff_m) for b in rule.band if b.cutoff_m is not None]
    elif rule.kind == "capacity":
        parts = [(s.title, s.cutoff_m) for s in rule.stage]
    else:
        parts = []
    zh = [f"{title.zh} ≤ {cutoff:g} 米" for title, cutoff in parts]
    en = [f"{title.en} ≤ {cutoff:g} m" for title, cutoff in parts]
    if rule.kind == "presence":
        zh.append(f"每个单元至少 {rule.at_least} 处")
        en.append(f"at least {rule.at_least} in each unit")
    if rule.target < 1:
        zh.append(f"目标 ≥ {rule.target:.1%}")
        en.append(f"target ≥ {rule.target:.1%}")
    return {"zh": "；".join(zh), "en": "; ".join(en)}


def _parts(rule: PeopleRule, study: Study) -> list[dict[str, Any]]:
    ids = study.layers.facilities["id"]

    def part(
        name: str, title: dict[str, str], group: str, filters: list[Any], mode: str = "walk"
    ) -> dict[str, Any]:
        certain, _ = study.matching(filters)
        return {
            "part": name,
            "title": title,
            "group": group,
            "facility_kind": filters[0].kind,
            "facilities": list(ids[certain]),
            "mode": mode,
        }

    if rule.kind == "access":
        return [part(n.id, n.title.model_dump(), n.group, n.facilities, n.mode) for n in rule.need]
    if rule.kind == "density-access":
        return [
            part(b.id, b.title.model_dump(), rule.group, rule.facilities)
            for b in rule.band
            if b.cutoff_m is not None
        ]
    if rule.kind == "capacity":
        return [part(s.id, s.title.model_dump(), s.group, s.facilities) for s in rule.stage]
    return [part("all", rule.title.model_dump(), rule.group, rule.facilities)]


def gap_table(
    rule: Rule, gaps: pd.DataFrame, study: Study, *, fixes: pd.DataFrame, readings: int
) -> pd.DataFrame:
    """Return the rule's rows of gaps.csv from `siting.access.gaps` and the best repair of each.

    `fixes` has one row per gap: `fix`, `fix_people`, `candidate` (a site, a facility, or a link
    from point to point), `readings_failing`.
    """
    names = dict(zip(study.layers.units["code"], study.layers.units["name"], strict=True))
    facility = np.append(study.layers.facilities["name"].to_numpy(object), "")
    lon, lat = _lonlat(gaps, study.layers.residents)
    count = len(gaps)
    return pd.DataFrame(
        {
            "gap": [gap_id(rule.id, i + 1) for i in range(count)],
            "rule": rule.id,
            "basis": rule.basis,
            "street": gaps["street"].map(names).fillna(""),
            "unit": gaps["community"].map(names).fillna(""),
            "place": gaps["place"],
            "group": gaps["group"],
            "people": gaps["people"],
            "facility_kind": gaps["facility_kind"],
            "nearest": facility[gaps["nearest"].to_numpy()],
            "nearest_m": gaps["nearest_m"].astype("Float64"),
            "straight_m": gaps["straight_m"].astype("Float64"),
            "cutoff_m": gaps["cutoff_m"].astype("Float64"),
            "cause": gaps["cause"],
            "barrier": gaps["barrier"],
            "barrier_name": gaps["barrier_name"],
            "fix": fixes["fix"],
            "fix_people": fixes["fix_people"],
            "candidate": fixes["candidate"],
            "readings_failing": fixes["readings_failing"],
            "readings_total": readings,
            "priority": np.arange(1, count + 1),
            "lon": lon,
            "lat": lat,
        }
    )


def _lonlat(gaps: pd.DataFrame, residents: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    points = points_from_xy(gaps["x_mm"] / 1000, gaps["y_mm"] / 1000, crs=residents.crs)
    geographic = points.to_crs("EPSG:4490")
    return geographic.x, geographic.y
