"""What may leave the house: people by community, small counts suppressed, no points, no trials.

Points with ages are personal data (domain practice: aggregate, suppress counts below five). A
count that could be computed from others is suppressed as well (`suppression.py`). Every table of
a result is either rebuilt from the suppressed coverage table or loses what could betray it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.gaps import gap_id
from siting.access.verdicts import CLASSES
from siting.report.publiccounts import finest_level, public_counts
from siting.report.publicfigures import (
    headlines,
    public_candidates,
    public_finding,
    public_indicators,
    public_ledger,
    public_measurements,
    public_sensitivity,
    told_rules,
)
from siting.report.suppression import SMALLEST, any_small

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.report.result import Result

PEOPLE_OF_UNITS = ["pop", "p0_14", "p60", "p65", "p16_18", "p60_hukou"]
METRES_STEP = 50  # a walk told to the metre would tell from which house
MANIFEST = ("scenario", "parameters", "inputs", "network", "versions", "timings")


def public(result: Result) -> Result:
    """Return the result as it may be published."""
    level = finest_level(result.coverage)
    coverage, residents = public_counts(result, level)
    told, judged = told_rules(coverage), set(coverage["rule"])
    silent = set(coverage.loc[coverage["people"].isna(), "unit"])
    measured = public_measurements(result, silent=silent)
    stated = told | headlines(measured)
    hushed = (judged - told) | (headlines(result.measurements) - stated)
    layers = result.layers
    return replace(
        result,
        rules=[rule | {"live": None} for rule in result.rules],
        measures=[
            rule | {"live": None} | ({"value": None} if rule["id"] in hushed else {})
            for rule in result.measures
        ],
        layers=replace(
            layers, residents=layers.residents.iloc[:0], units=_public_units(layers.units)
        ),
        demand=_public_demand(result, residents, level),
        facilities=_public_facilities(result.facilities),
        verdicts=_public_verdicts(coverage, level),
        coverage=coverage,
        ledger=public_ledger(result.ledger, coverage),
        findings=[public_finding(finding, stated) for finding in result.findings],
        indicators=public_indicators(result.indicators, coverage, told, silent=silent),
        sensitivity=public_sensitivity(result.sensitivity, silent=hushed),
        register=result.register.assign(
            value=result.register["value"].mask(result.register["rule"].isin(hushed))
        ),
        before=None,
        measurements=measured,
        gaps=_public_gaps(result, coverage, level),
        candidates=public_candidates(result, coverage),
        on_site=result.on_site.iloc[:0],
        places_by_mode={},
        certificates={},
        manifest=_public_manifest(result.manifest, told),
    )


def _public_units(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the units without the people that a source gives them: some are hidden elsewhere."""
    given = [name for name in PEOPLE_OF_UNITS if name in units]
    return units.assign(**dict.fromkeys(given, pd.array([pd.NA] * len(units), dtype="Int64")))


def _public_demand(result: Result, residents: pd.Series[Any], level: str) -> pd.DataFrame:
    """Return one row per finest unit, at its middle and on no street.

    Where the number of residents is hidden, `residents` is 0 and `reason` says "suppressed".
    """
    units = result.layers.units.set_index("code")
    own = units.loc[residents.index]
    point = own.geometry.representative_point()
    street = own.index if level == "street" else own["parent"]
    return pd.DataFrame(
        {
            "id": own.index,
            "name": "",
            "kind": level,
            "community": own.index,
            "street": list(street),
            "block": list(units["parent"].reindex(street)),
            "outside": own["outside"].to_numpy(bool),
            "x_mm": np.round(point.x.to_numpy() * 1000).astype(np.int64),
            "y_mm": np.round(point.y.to_numpy() * 1000).astype(np.int64),
            "edge": -1,
            "offset_mm": 0,
            "leg_mm": 0,
            "component": -1,
            "reason": np.where(residents.isna(), "suppressed", "aggregated"),
            "residents": residents.fillna(0).to_numpy(np.int64),
        }
    )


def _public_facilities(table: pd.DataFrame) -> pd.DataFrame:
    """Return the facilities; how many children a small class has is nobody's business."""
    if "enrolled" not in table:
        return table
    return table.assign(enrolled=table["enrolled"].mask(any_small(table["enrolled"])))


def _public_verdicts(coverage: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return the people of each class by finest unit, as the coverage table shows them."""
    rows = coverage[coverage["level"] == level]
    rows = rows.drop(columns="people").rename(columns={"unit": "demand"})
    keys = ["rule", "reading", "part", "group", "facility_kind", "demand"]
    long = rows.melt(id_vars=keys, value_vars=[*CLASSES], var_name="verdict", value_name="people")
    long = long[long["people"].fillna(0) > 0].sort_values([*keys, "verdict"], ignore_index=True)
    far = np.iinfo(np.int32).max
    return long.assign(
        people=long["people"].astype(np.int64),
        cost_mm=far,
        straight_mm=far,
        facility="",
        cutoff_mm=-1,
        borderline=False,
        straight_covered=False,
    )


def _public_gaps(result: Result, coverage: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return one gap per need and community, where the coverage table shows as many people.

    A gap of one courtyard would leave another one's people as a difference. Walks are rounded; a
    link would lead to the courtyard, and the old numbers would tell how many places are left out.
    """
    units = result.layers.units
    units = units[units["level"] == level]
    place = units.geometry.representative_point().to_crs("EPSG:4490")
    keys = ["rule", "street", "unit", "group", "facility_kind"]
    gaps = result.gaps.sort_values(["rule", "priority"])
    people = gaps.groupby(keys)["people"].transform("sum")
    gaps = gaps.assign(people=people).drop_duplicates(keys)
    told = coverage.loc[coverage["level"] == level].drop(columns=["unit", "people"])
    told = told.rename(columns={"unit_name": "unit", "uncovered": "people"})
    match = ["rule", "unit", "group", "facility_kind", "people"]
    shown = pd.MultiIndex.from_frame(told[match].dropna())
    kept = pd.MultiIndex.from_frame(gaps[match]).isin(shown)
    gaps = gaps[kept & (gaps["people"] >= SMALLEST)]
    gaps = gaps.sort_values(["rule", "people", "gap"], ascending=[True, False, True])
    at = dict(zip(units["name"], place, strict=True))
    few = any_small(gaps["fix_people"], gaps["people"] - gaps["fix_people"])
    priority = gaps.groupby("rule").cumcount() + 1
    return gaps.assign(
        gap=[gap_id(rule, n) for rule, n in zip(gaps["rule"], priority, strict=True)],
        place="",
        priority=priority,
        candidate=gaps["candidate"].mask(gaps["fix"] == "link", ""),
        fix_people=gaps["fix_people"].mask(few, 0),
        lon=[round(at[name].x, 4) for name in gaps["unit"]],
        lat=[round(at[name].y, 4) for name in gaps["unit"]],
        **{name: _rounded(gaps[name]) for name in ("nearest_m", "straight_m")},
    ).reset_index(drop=True)


def _rounded(metres: pd.Series[Any]) -> pd.Series[Any]:
    rounded: pd.Series[Any] = (metres / METRES_STEP).round() * METRES_STEP
    return rounded


def _public_manifest(manifest: dict[str, Any], told: set[str]) -> dict[str, Any]:
    """Return run.json: where the figures come from, and those that are published."""
    figures = ("rule", "verdict", "people", "covered", "undetermined", "coverage")
    rules = [
        {key: rule[key] for key in figures if rule["rule"] in told or key in ("rule", "verdict")}
        for rule in manifest.get("rules", [])
    ]
    kept = {key: manifest[key] for key in MANIFEST if key in manifest}
    return kept | {"rules": rules, "published": {"smallest_count": SMALLEST}}
