"""The findings that the map shows: rules with the verdicts of everybody, and service areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.verdicts import CLASSES
from siting.report.mapground import put_lines
from siting.report.payload import UNREACHABLE
from siting.report.plainrows import plain_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from siting.report.projection import LocalPlane
    from siting.report.result import Result

    Arrays = dict[str, ArrayLike]

AREA_SIMPLIFY_M = 4.0  # service areas are drawn as thin lines over everything
DRAWN_UNIT_MM = 500


def index_of(values: pd.Series[Any], known: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each value in `known`, −1 for what is not there."""
    return pd.Index(known).get_indexer(pd.Index(values.astype(object))).astype(np.int64)


def verdict_groups(result: Result) -> list[str]:
    """Return the people groups that verdict rows speak of, in a fixed order."""
    return sorted(result.verdicts["group"].unique())


def put_rules(result: Result, arrays: Arrays) -> list[dict[str, Any]]:
    """Add the verdict rows of every part of every rule, and return the rules with them."""
    facility_ids = result.facilities["id"].tolist()
    demand_ids = result.demand["id"].tolist()
    verdicts = result.verdicts[result.verdicts["reading"] == "default"]
    findings = {finding["rule"]: finding for finding in result.findings}
    groups = verdict_groups(result)
    district = result.coverage
    district = district[(district["level"] == "district") & (district["unit"] != "outside")]
    district = district[district["reading"] == "default"]
    rules = []
    for rule in result.rules:
        mine = verdicts[verdicts["rule"] == rule["id"]]
        parts = _shown_parts(rule, set(mine["part"]))
        headlines = district[district["rule"] == rule["id"]]
        for part in parts:
            table = mine[mine["part"] == part]
            key = f"rows.{rule['id']}.{part}"
            arrays[f"{key}.demand"] = index_of(table["demand"], demand_ids)
            arrays[f"{key}.facility"] = index_of(table["facility"], facility_ids)
            arrays[f"{key}.group"] = index_of(table["group"], groups)
            arrays[f"{key}.verdict"] = index_of(table["verdict"], CLASSES)
            arrays[f"{key}.people"] = table["people"]
            arrays[f"{key}.straight"] = table["straight_covered"].astype(np.int64)
            for column in ("cost_mm", "cutoff_mm"):
                values = table[column].fillna(UNREACHABLE)
                arrays[f"{key}.{column}"] = values.where(values < UNREACHABLE, -1)
        rules.append(
            rule
            | {"shown": parts, "finding": findings.get(rule["id"])}
            | {"verdicts": dict(zip(headlines["part"], headlines["verdict"], strict=True))}
        )
    return rules


def _shown_parts(rule: dict[str, Any], judged: set[str]) -> list[str]:
    """Return the headline, and the rule's parts where it has several."""
    parts = [part["part"] for part in rule["parts"] if part["part"] in judged]
    return ["all", *parts] if len(parts) > 1 else ["all"] if "all" in judged else parts


def published_totals(result: Result, rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule's people by verdict as its coverage table shows them, by part and unit.

    Of a published result the rows lack what is hidden: sums of them would not be the totals.
    """
    table = result.coverage[result.coverage["rule"] == rule["id"]]
    table = table[
        table["level"].isin(["district", "street", "community"]) & (table["unit"] != "outside")
    ]
    number = {code: at for at, code in enumerate(result.layers.units["code"])}
    totals: dict[str, Any] = {}
    for row in table.to_dict("records"):
        counts = [None if pd.isna(row[name]) else int(row[name]) for name in CLASSES]
        unit = "all" if row["level"] == "district" else str(number[row["unit"]])
        totals.setdefault(row["part"], {})[unit] = counts
    return totals


def put_areas(result: Result, plane: LocalPlane, arrays: Arrays) -> list[dict[str, Any]]:
    """Add the dissolved service areas, and return what each belongs to."""
    areas = result.service_areas
    shapes = areas.geometry.simplify(AREA_SIMPLIFY_M, preserve_topology=False)
    put_lines(arrays, "areas", shapes, plane, unit_mm=DRAWN_UNIT_MM)
    return plain_rows(areas[["rule", "part", "facility_kind", "cutoff_m"]])
