"""Service areas for the eye, and how often they disagree with the verdicts, which rest on costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from siting.network.isochrones import service_area

if TYPE_CHECKING:
    from siting.access.evaluate import Evaluation
    from siting.access.study import Study
    from siting.plan.model import FacilityFilter


def rule_areas(evaluation: Evaluation, study: Study) -> gpd.GeoDataFrame:
    """Return one dissolved service area per part of the rule that has a cutoff.

    Columns: `rule`, `part`, `facility_kind`, `cutoff_m`, geometry.
    """
    rows = []
    for part, filters, cutoff_m in _parts(evaluation):
        certain, _ = study.matching(filters)
        area = service_area(
            study.streets,
            facilities=study.facilities.take(np.flatnonzero(certain)),
            cutoff_m=cutoff_m,
        )
        rows.append(
            {
                "rule": evaluation.rule.id,
                "part": part,
                "facility_kind": filters[0].kind,
                "cutoff_m": cutoff_m,
                "geometry": area,
            }
        )
    columns = ["rule", "part", "facility_kind", "cutoff_m", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=study.layers.crs)


def _parts(evaluation: Evaluation) -> list[tuple[str, list[FacilityFilter], float]]:
    rule = evaluation.rule
    if rule.kind == "access":
        return [(need.id, need.facilities, need.cutoff_m) for need in rule.need]
    if rule.kind == "density-access":
        return [(b.id, rule.facilities, b.cutoff_m) for b in rule.band if b.cutoff_m is not None]
    return []


def disagreement(evaluation: Evaluation, areas: gpd.GeoDataFrame, study: Study) -> dict[str, int]:
    """Count the people on whom the drawn area and the verdict disagree, by part of the rule."""
    points = study.layers.residents.geometry.to_numpy()
    found = {}
    for part, area in zip(areas["part"], areas.geometry, strict=True):
        rows = evaluation.verdicts[evaluation.verdicts["part"] == part]
        judged = rows[rows["verdict"].isin(("covered", "uncovered"))]
        shapely.prepare(area)
        inside = shapely.intersects(area, points[judged["demand"].to_numpy()])
        differs = inside != (judged["verdict"] == "covered").to_numpy()
        found[str(part)] = int(judged["people"].to_numpy()[differs].sum())
    return found
