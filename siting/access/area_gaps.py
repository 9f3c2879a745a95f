"""Areas without the neighbour that a rule asks for, as gaps: who lives there, and what would help.

An area is within a distance or it is not, so that whatever helps covers everybody in it: of the
smallest repairs that do, the nearest is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from siting.access.repairs import SMALLEST_FIRST, without_class
from siting.layers.units import unit_codes
from siting.network.noding import to_mm
from siting.plan.model import AdjacencyRule

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.access.measure import Measurement
    from siting.access.study import Study

    Integers = NDArray[np.int64]

FAR_MM = np.iinfo(np.int64).max


def area_gaps(
    default: Measurement, others: list[Measurement], study: Study, *, sites: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return the areas of a rule that stand beside nothing, by people, then by homes, most first.

    Only a rule that says whom its areas' facilities are for (`Areas.group`) has gaps.

    Parameters
    ----------
    default, others
        The rule under the reading that counts, and under every other.
    sites
        Parcels on which such a facility could be built: `id` and geometry.

    Returns
    -------
    pandas.DataFrame
        The columns of `siting.access.gaps.find_gaps` but `part` (`people` live in the area;
        `straight_m` is measured from its edge, and nobody walks: `nearest_m` is missing),
        `fix`, `fix_people`, `candidate` and `readings_failing`.
    """
    rule = default.rule
    asked = rule.areas if isinstance(rule, AdjacencyRule) else None
    failing = _failing(default)
    if not isinstance(rule, AdjacencyRule) or asked is None or asked.group is None or not failing:
        return pd.DataFrame()
    table = study.layers.areas[asked.layer]
    table = table[table["id"].isin(failing)].reset_index(drop=True)
    shapes = table.geometry.to_numpy()
    people = _people_in(shapes, study, people=study.people(asked.group, caliber=rule.caliber))
    options = _options(shapes, rule, study, sites=sites)
    best = options.drop_duplicates("gap").set_index("gap").reindex(range(len(table)))
    idle = np.isin(np.arange(len(table)), options.loc[options["fix"] == "open", "gap"])
    points = table.geometry.representative_point()
    of_level = {
        level: unit_codes(table.set_geometry(points), study.layers.units, level=level)
        for level in ("community", "street")
    }
    found = pd.DataFrame(
        {
            "group": asked.group,
            "facility_kind": rule.beside[0].kind,
            "community": of_level["community"].fillna(of_level["street"]).fillna("").to_numpy(),
            "street": of_level["street"].fillna("").to_numpy(),
            "place": table["name"].fillna(table["id"]),
            "people": people,
            **_nearest(shapes, rule, study),
            "nearest_m": np.nan,
            "cutoff_m": float(rule.within_m),
            "cause": np.where(idle, "not_operating", "no_facility"),
            "barrier": "",
            "barrier_name": "",
            "fix": best["fix"].fillna(""),
            "fix_people": np.where(best["fix"].notna(), people, 0),
            "candidate": best["candidate"].fillna(""),
            "readings_failing": sum(
                table["id"].isin(_failing(one)).astype(np.int64) for one in (default, *others)
            ),
            "x_mm": np.rint(points.x * 1000).astype(np.int64),
            "y_mm": np.rint(points.y * 1000).astype(np.int64),
        }
    )
    order = ["people", "households", "id"]
    ranked = found[["people"]].join(table[["households", "id"]])
    rows = ranked.sort_values(order, ascending=[False, False, True]).index
    return found.loc[rows].reset_index(drop=True)


def _failing(found: Measurement) -> set[str]:
    """Return the ids of the areas that surely stand beside nothing."""
    table = found.table
    alone = (table["part"] == "area") & (table["verdict"] == "fail")
    return set(table.loc[alone, "unit"])


def _people_in(shapes: NDArray[np.object_], study: Study, *, people: Integers) -> Integers:
    """Count the people at the demand points inside each shape, its edge included."""
    homes = shapely.STRtree(study.layers.residents.geometry.to_numpy())
    area, home = homes.query(shapes, predicate="covers")
    return np.bincount(area, people[home], minlength=len(shapes)).astype(np.int64)


def _distances_mm(shapes: NDArray[np.object_], places: gpd.GeoDataFrame) -> Integers:
    """Return how far each place (column) is from each shape, straight from its edge."""
    points = places.geometry.representative_point().to_numpy()
    metres = shapely.distance(shapes[:, None], points[None, :])
    known = np.nan_to_num(np.floor(metres * 1000 + 0.5))
    return np.where(np.isnan(metres), FAR_MM, known.astype(np.int64))


def _nearest(
    shapes: NDArray[np.object_], rule: AdjacencyRule, study: Study
) -> dict[str, NDArray[np.generic]]:
    """Return the operating facility nearest to each shape (−1: none) and how far it is."""
    rows = np.flatnonzero(study.matching(rule.beside)[0])
    away = _distances_mm(shapes, study.layers.facilities.iloc[rows])
    away = np.column_stack([away, np.full(len(shapes), FAR_MM)])  # somewhere, if nowhere else
    first = away.argmin(axis=1)
    least = away[np.arange(len(shapes)), first]
    there = least < FAR_MM
    return {
        "nearest": np.where(there, np.append(rows, -1)[first], -1),
        "straight_m": np.where(there, np.round(least / 1000, 1), np.nan),
    }


def _options(
    shapes: NDArray[np.object_], rule: AdjacencyRule, study: Study, *, sites: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return what would give each shape its neighbour, the smallest and nearest first.

    Columns `gap` (row of the shape), `fix`, `candidate`, `away_mm`; the order is that of
    `siting.access.repairs.SMALLEST_FIRST`, ties go to the smaller id.
    """
    table = study.layers.facilities
    places = {
        "convert": table[without_class(rule.beside, study)],
        "open": table[study.idle(rule.beside)],
        "new_facility": sites,
    }
    found = []
    for fix, there in places.items():
        away = _distances_mm(shapes, there)
        gap, at = np.nonzero(away <= int(to_mm(rule.within_m)))
        near = {"gap": gap, "candidate": there["id"].to_numpy(object)[at], "away_mm": away[gap, at]}
        found.append(pd.DataFrame(near).assign(fix=fix, size=SMALLEST_FIRST.index(fix)))
    order = ["gap", "size", "away_mm", "candidate"]
    return pd.concat(found, ignore_index=True).sort_values(order, ignore_index=True)
