"""Lines in service that link a school with homes: which do, and which end of the others fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from siting.access.bounds import Bounds, Row, bounded_row, merged, unknown
from siting.layers.spatial import metres_to_nearest
from siting.network.noding import to_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.bounds import Lacks
    from siting.access.study import Study
    from siting.plan.model import RouteRule

    Floats = NDArray[np.float64]

NOT_YET = {"planned": "not_started", "building": "building"}


def route_rows(rule: RouteRule, study: Study) -> list[Row]:
    """Return how many lines link a school with homes, and what is wrong with each of the others.

    A line that does not has a row ``school_end`` or ``home_end`` with the distance of its nearest
    stop there; a line that is not in service a row ``line``.
    """
    lines = study.layers.lines.sort_values("id", ignore_index=True)
    if lines.empty:
        return [bounded_row(unknown({"layer.lines": 0}), target=rule.target, up_to=rule.up_to)]
    schools = _schools(rule, study)
    stops = _stops(study)
    wrong = [_line(line, rule, study, schools, stops) for _, line in lines.iterrows()]
    low = sum(not rows for rows in wrong)
    open_ = [rows for rows in wrong if rows and _may_count(rows)]
    lacks = merged(row.lacks for rows in open_ for row in rows)
    counted = Bounds(low, low + len(open_), lacks)
    headline = bounded_row(counted, target=rule.target, up_to=rule.up_to)
    return [headline, *(row for rows in wrong for row in rows)]


def _may_count(rows: list[Row]) -> bool:
    return all(row.verdict == "not_assessed" for row in rows)


def _schools(rule: RouteRule, study: Study) -> pd.DataFrame:
    """Return the facilities by id: `geometry`, and whether each is a school (missing: perhaps)."""
    certain, perhaps = study.matching(rule.schools)
    table = study.layers.facilities
    meant = pd.Series(certain, dtype="boolean").mask(pd.Series(perhaps))
    return pd.DataFrame({"id": table["id"], "geometry": table.geometry, "meant": meant}).set_index(
        "id"
    )


def _stops(study: Study) -> pd.DataFrame:
    """Return the stops in their order along the lines, with the mm to where people live."""
    homes = study.layers.residents.geometry.to_numpy()
    lived_in = (study.people("residents") > 0) & ~study.outside
    stops = study.layers.stops.sort_values(["line", "order"], ignore_index=True)
    stops = stops[~(stops.geometry.isna() | stops.geometry.is_empty)]
    metres = metres_to_nearest(stops.geometry.to_numpy(), homes[lived_in])
    return pd.DataFrame(stops.assign(home_mm=np.floor(metres * 1000 + 0.5)))


def _line(
    line: pd.Series, rule: RouteRule, study: Study, schools: pd.DataFrame, stops: pd.DataFrame
) -> list[Row]:
    """Return what is wrong with a line, or would have to be known of it; nothing: it counts."""
    about = Row(verdict="fail", part="line", unit=str(line["id"]), unit_name=_text(line["name"]))
    if line["status"] in NOT_YET:
        return [replace(about, verdict=NOT_YET[line["status"]])]
    if line["status"] == "closed":
        return [about]
    if not pd.isna(line["year_open"]) and line["year_open"] > study.as_of.year:
        return [replace(about, verdict="not_started")]
    own = stops[stops["line"] == line["id"]]
    if own.empty:
        return [replace(about, verdict="not_assessed", lacks={"lines.stops": 1})]
    at_school = _to_school(line, own, schools)
    homes_mm = own["home_mm"].to_numpy(float)
    near = at_school <= to_mm(rule.stop_within_m)
    # One stop is no ride: where a single one is at the school, homes must be near another.
    home_mm = homes_mm[~near] if near.sum() == 1 else homes_mm
    school = _end("school_end", at_school, rule, {"lines.school": 1}, about)
    return [*school, *_end("home_end", home_mm, rule, {"layer.residents": 0}, about)]


def _end(part: str, stops_mm: Floats, rule: RouteRule, lacks: Lacks, about: Row) -> list[Row]:
    """Return the row of an end that no stop serves, or of which that is not known."""
    nearest = stops_mm.min(initial=np.inf)  # NaN if any is
    if nearest <= to_mm(rule.stop_within_m):
        return []
    if np.isnan(nearest):
        return [replace(about, verdict="not_assessed", part=part, lacks=lacks)]
    metres = None if np.isinf(nearest) else float(nearest) / 1000
    return [replace(about, part=part, value=metres, up_to=rule.stop_within_m)]


def _to_school(line: pd.Series, stops: pd.DataFrame, schools: pd.DataFrame) -> Floats:
    """Return the mm from each stop to the line's school: NaN unknown, infinite if it is none."""
    if line["school"] not in schools.index:
        return np.full(len(stops), np.nan)
    school = schools.loc[line["school"]]
    if pd.isna(school["meant"]):
        return np.full(len(stops), np.nan)
    if not school["meant"]:
        return np.full(len(stops), np.inf)
    metres = shapely.distance(stops["geometry"].to_numpy(), school["geometry"])
    return np.asarray(np.floor(metres * 1000 + 0.5))


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
