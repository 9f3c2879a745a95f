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
    from siting.plan.model import FacilityFilter, PeopleRule


# Grid of the drawing: areas of a whole district need not be as fine as one isochrone.
CELL_M = 10.0
COLUMNS = ["rule", "part", "facility_kind", "cutoff_m", "geometry"]


def rule_areas(evaluation: Evaluation, study: Study) -> gpd.GeoDataFrame:
    """Return one dissolved service area per part of the rule that has a cutoff.

    Columns: `rule`, `part`, `facility_kind`, `cutoff_m`, geometry. Needs that only stand beside
    the headline are not drawn. Where ages have limits of their own, the widest is drawn.
    """
    rows = []
    verdicts = evaluation.verdicts
    limits = verdicts[verdicts["cutoff_mm"] > 0].groupby("part")["cutoff_mm"].max() / 1000
    for part, filters, stated_m, mode in _parts(evaluation.rule):
        cutoff_m = float(limits.get(part, stated_m))
        certain, _ = study.matching(filters)
        network = study.networks[mode]
        area = service_area(
            network.streets,
            facilities=network.facilities.take(np.flatnonzero(certain)),
            cutoff_m=cutoff_m,
            cell_m=CELL_M,
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
    return gpd.GeoDataFrame(rows, columns=COLUMNS, geometry="geometry", crs=study.layers.crs)


def no_areas(crs: str) -> gpd.GeoDataFrame:
    """Return the table of service areas without a row."""
    return gpd.GeoDataFrame([], columns=COLUMNS, geometry="geometry", crs=crs)


def _parts(rule: PeopleRule) -> list[tuple[str, list[FacilityFilter], float, str]]:
    if rule.kind == "access":
        return [(n.id, n.facilities, n.cutoff_m, n.mode) for n in rule.need if n.headline]
    if rule.kind == "density-access":
        limited = [band for band in rule.band if band.cutoff_m is not None]
        return [(b.id, rule.facilities, b.cutoff_m or 0, "walk") for b in limited]
    return []


def disagreement(evaluation: Evaluation, areas: gpd.GeoDataFrame, study: Study) -> dict[str, int]:
    """Count the people on whom the drawn area and the verdict disagree, by part of the rule.

    Only those whose limit is drawn: others would walk another way.
    """
    points = study.layers.residents.geometry.to_numpy()
    found = {}
    drawn = zip(areas["part"], areas["cutoff_m"], areas.geometry, strict=True)
    for part, cutoff_m, area in drawn:
        rows = evaluation.verdicts[evaluation.verdicts["part"] == part]
        rows = rows[rows["cutoff_mm"] == round(cutoff_m * 1000)]
        judged = rows[rows["verdict"].isin(("covered", "uncovered"))]
        shapely.prepare(area)
        inside = shapely.intersects(area, points[judged["demand"].to_numpy()])
        differs = inside != (judged["verdict"] == "covered").to_numpy()
        found[str(part)] = int(judged["people"].to_numpy()[differs].sum())
    return found
