"""What is planned: the named projects, candidate parcels, growth poles, the metro."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from generator.facts import NATURE
from generator.frame import Frame, largest
from generator.space import METRES, line_m, point_m, to_degrees

if TYPE_CHECKING:
    from generator.siting import Spots
    from generator.town import Town

SEED = 5180
LAND_USE = {
    "vacant": (("A33", 22), ("A6", 20), ("080701", 12), ("080404", 14), ("R22", 10), ("0702", 6)),
    "resettle": (("R22", 5), ("A6", 1), ("080701", 1)),
    "midrise": (("R22", 5), ("0702", 1)),
    "tower": (("R22", 4), ("0702", 1)),
    "civic": (("A6", 3), ("080701", 2), ("R22", 2)),
    "village": (("A6", 4), ("080701", 3), ("0702", 3), ("A33", 2)),
    "oldtown": (("R22", 4), ("A6", 2)),
}
SHARE = {"vacant": 0.42, "village": 0.16, "resettle": 0.12, "tower": 0.1, "midrise": 0.08, "civic": 0.08, "oldtown": 0.04}


def project_rows(
    facts: dict[str, Any], spots: Spots, baseline: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Add the named projects to the kindergarten and school tables.

    Positions are schematic. An extension is a row of its own on the site of the school it extends;
    the school gets its name.
    """
    tables = {key: frame.copy() for key, frame in baseline.items()}
    open_land = spots.where(np.isin(spots.use, ("vacant", "civic", "tower", "park")) & ~spots.outside)
    for number, project in enumerate(facts["projects"], 1):
        key = "kindergartens" if project["kind"] == "幼儿园" else "schools"
        frame = tables[key]
        xy = shapely.get_coordinates(point_m(project["at"]))[0]
        if "extends" in project:
            frame, place = _rename_nearest(frame, project, xy)
        else:
            k = int(cKDTree(open_land.xy).query(xy)[1])
            lon, lat = shapely.get_coordinates(to_degrees(shapely.Point(open_land.xy[k])))[0]
            part = open_land.part[k]
            place = {"经度": lon, "纬度": lat, "街道": part["street"], "社区": part["name"]}
        row = {
            "编号": f"PJ{number:02d}", "名称": project["name"], "类型": project["kind"], **place,
            "状态": "运营" if project["year"] <= 2020 else "规划", "启用年份": project["year"],
            "班级数": project["classes"], "学位数": _places(project, facts),
            "在园/在校人数": _places(project, facts) if project["year"] <= 2020 else 0,
            "办园性质": "公办", "普惠": "是", "开设托班": "否", "托位数": 0,
            "规划项目": project["name"], "位置": "示意", "区外": "否", "数据性质": NATURE,
        }
        extra = pd.DataFrame([row])[[c for c in frame.columns if c in row]]
        tables[key] = pd.concat([frame, extra], ignore_index=True)
    return {key: frame.sort_values("编号", ignore_index=True) for key, frame in tables.items()}


def _places(project: dict[str, Any], facts: dict[str, Any]) -> int:
    own = facts["facilities"]
    primary, upper = own["schools"]["primary_class_size"], own["schools"]["upper_class_size"]
    classes = project["classes"]
    if project["kind"] == "九年一贯制学校":
        return classes * 2 // 3 * primary + classes // 3 * upper
    size = {"幼儿园": own["kindergartens"]["class_size"], "小学": primary}
    return int(classes * size.get(project["kind"], upper))


def _rename_nearest(
    frame: pd.DataFrame, project: dict[str, Any], xy: Any
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Give the nearest primary school the name that the project extends; return its place."""
    inside = frame[(frame["类型"] == project["kind"]) & (frame["区外"] == "否") & (frame["规划项目"] == "")]
    inside = inside[~inside["名称"].isin(["幸福河小学", "学林街小学"])]
    at = np.array([[point_m(p).x, point_m(p).y] for p in inside[["经度", "纬度"]].to_numpy()])
    index = inside.index[int(np.hypot(*(at - xy).T).argmin())]
    frame = frame.copy()
    frame.loc[index, "名称"] = project["extends"]
    return frame, frame.loc[index, ["经度", "纬度", "街道", "社区"]].to_dict()


def parcels_table(town: Town, parts: list[dict[str, Any]], count: int) -> gpd.GeoDataFrame:
    """Return candidate parcels: corners of vacant blocks, small sites in built quarters."""
    rng = np.random.default_rng(SEED)
    part_of = {f.number: p for p in parts for f in p["faces"] if not p["outside"]}
    rows = []
    for use, share in SHARE.items():
        pool = [b for b in town.blocks if b.use == use and b.face.number in part_of]
        codes, weight = zip(*LAND_USE[use], strict=True)
        for k in sorted(rng.permutation(len(pool))[: round(count * share)]):
            block = pool[int(k)]
            code = str(rng.choice(codes, p=np.array(weight) / sum(weight)))
            shape = _corner(block.area, code, rng)
            if shape is not None:
                part = part_of[block.face.number]
                rows.append(
                    {"land_use": code, "area_m2": round(shape.area), "community": part["name"],
                     "street": part["street"], "data_nature": NATURE, "geometry": shape}
                )
    table = gpd.GeoDataFrame(rows, crs=METRES)
    centre = table.geometry.centroid
    table = table.assign(_x=centre.x.round(), _y=centre.y.round())
    table = table.sort_values(["_x", "_y"], ignore_index=True).drop(columns=["_x", "_y"])
    table.insert(0, "id", [f"PC{k:03d}" for k in range(1, len(table) + 1)])
    serial = table.groupby("community").cumcount() + 1
    table.insert(1, "name", table["community"] + "候选地块" + serial.astype(str))
    return table


def _corner(area: Any, code: str, rng: np.random.Generator) -> Any:
    """Cut a plot out of a corner of a block, set back from its streets."""
    frame = Frame.of(area)
    site = largest(frame.inward(area).buffer(-13, join_style="mitre"))
    if site.is_empty:
        return None
    side = {"R22": (32, 62), "A6": (60, 110), "080701": (60, 110), "0702": (40, 80)}.get(code, (90, 170))
    width, depth = rng.uniform(*side, 2)
    west, south, east, north = site.bounds
    u = west if rng.random() < 0.5 else east - width
    v = south if rng.random() < 0.5 else north - depth
    plot = largest(shapely.intersection(site, shapely.box(u, v, u + width, v + depth)))
    return frame.outward(plot) if plot.area > 500 else None


def context_tables(town: Town, facts: dict[str, Any]) -> dict[str, gpd.GeoDataFrame]:
    """Return growth poles, metro stations and lines, for the map only."""
    poles = [
        {"name": p["name"], "planned_residents": p["planned_residents"] or None, "data_nature": NATURE,
         "geometry": town.skeleton.place(shapely.box(*p["box"]), p["grid"]).difference(town.skeleton.river)}
        for p in facts["poles"]
    ]
    stations: dict[str, dict[str, Any]] = {}
    lines = []
    for line in facts["metro"]["lines"]:
        for name, lon, lat in line["stations"]:
            record = stations.setdefault(
                name, {"name": name, "lines": [], "data_nature": NATURE, "geometry": point_m([lon, lat])}
            )
            record["lines"].append(line["name"])
        lines.append(
            {"name": line["name"], "data_nature": NATURE,
             "geometry": line_m([[lon, lat] for _, lon, lat in line["stations"]])}
        )
    for record in stations.values():
        record["lines"] = "、".join(record["lines"])
    return {
        "growth_poles": gpd.GeoDataFrame(poles, crs=METRES),
        "metro_stations": gpd.GeoDataFrame(list(stations.values()), crs=METRES),
        "metro_lines": gpd.GeoDataFrame(lines, crs=METRES),
    }
