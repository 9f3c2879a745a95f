"""School bus lines (求知专线): each joins a residential quarter with a school, with its stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from generator.facts import NATURE
from generator.placing import crowd
from generator.space import to_degrees, to_metres

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from generator.town import Town

SEED = 702
STOP_ROADS = ("primary", "secondary", "tertiary")
SCHOOL_AGES = [6, 14]
QUARTER_M = 600


def bus_tables(
    town: Town, people: gpd.GeoDataFrame, schools: pd.DataFrame, own: dict[str, Any]
) -> dict[str, pd.DataFrame]:
    """Return lines and stops. A few lines stop too far from their school, a few open later."""
    rng = np.random.default_rng(SEED)
    served = schools[schools["类型"].isin(own["kinds"]) & schools["区外"].eq("否")]
    served = served[served["状态"].eq("运营") & served["规划项目"].eq("")]
    quarters = _quarters(people[~people["outside"]])
    halts = _halts(town)
    lines: list[dict[str, Any]] = []
    stops: list[dict[str, Any]] = []
    for number in range(1, own["lines"] + 1):
        code = f"QZ{number:02d}"
        school = served.iloc[(number - 1) % len(served)]
        gate = shapely.get_coordinates(to_metres(shapely.Point(school["经度"], school["纬度"])))[0]
        quarter = _quarter_for(quarters, gate, own, rng)
        way = _way(quarter["xy"], gate, halts, own, rng)
        way = way[: len(way) // 2 + 1] if number in own["ends_short"] else way
        opened = own["late_year"] if number in own["late"] else int(rng.integers(*own["years"]))
        lines.append(
            {
                "线路编号": code,
                "名称": f"求知专线{number}号线（{quarter['name']}—{school['名称']}）",
                "学校": school["编号"],
                "学校名称": school["名称"],
                "起点社区": quarter["name"],
                "开通年份": opened,
                "状态": "运营" if opened <= own["open_by"] else "规划",
                "数据性质": NATURE,
            }
        )
        stops += _stop_rows(code, way)
    return {"bus_lines": pd.DataFrame(lines), "bus_stops": pd.DataFrame(stops)}


def _stop_rows(code: str, way: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Return the stops of one line in their order."""
    degrees = shapely.get_coordinates(to_degrees(shapely.points(way)))
    return [
        {
            "线路编号": code,
            "站序": k,
            "站点": f"{code}-{k}",
            "经度": lon,
            "纬度": lat,
            "数据性质": NATURE,
        }
        for k, (lon, lat) in enumerate(degrees, 1)
    ]


def _quarters(people: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return for each community its pupils and the place where most of them live."""
    pupils = crowd(people, SCHOOL_AGES)
    xy = shapely.get_coordinates(people.geometry)
    near = cKDTree(xy).query_ball_tree(cKDTree(xy), QUARTER_M / 2)
    around = np.array([pupils[n].sum() for n in near])
    table = people[["community_code", "community"]].assign(pupils=pupils, around=around)
    table = table.assign(row=np.arange(len(table)))
    best = table.sort_values(["around", "row"], ascending=[False, True])
    best = best.drop_duplicates("community_code").sort_values("community_code")
    total = table.groupby("community_code")["pupils"].sum()
    return pd.DataFrame(
        {
            "name": best["community"].to_numpy(),
            "pupils": total.reindex(best["community_code"]).to_numpy(),
            "xy": list(xy[best["row"].to_numpy()]),
        }
    )


def _quarter_for(
    quarters: pd.DataFrame,
    gate: NDArray[np.float64],
    own: dict[str, Any],
    rng: np.random.Generator,
) -> pd.Series:
    """Choose a quarter at bus distance, more often one with many pupils."""
    away = np.hypot(*(np.vstack(quarters["xy"].to_numpy()) - gate).T)
    low, high = own["distance_m"]
    fits = quarters[(away > low) & (away < high)]
    weight = fits["pupils"].to_numpy(dtype=float) + 1.0
    return fits.iloc[int(rng.choice(len(fits), p=weight / weight.sum()))]


def _halts(town: Town) -> NDArray[np.float64]:
    """Return the vertices of roads wide enough for a bus."""
    return shapely.get_coordinates([r.line for r in town.streets if r.grade in STOP_ROADS])


def _way(
    start: NDArray[np.float64],
    gate: NDArray[np.float64],
    halts: NDArray[np.float64],
    own: dict[str, Any],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return stops from a quarter to a school gate, on roads near the straight line."""
    count = int(rng.integers(*own["stops"]))
    share = np.r_[0.0, np.sort(rng.uniform(0.15, 0.85, count)), 1.0][:, None]
    _, nearest = cKDTree(halts).query(start + (gate - start) * share)
    _, first = np.unique(nearest, return_index=True)
    return halts[nearest[np.sort(first)]]
