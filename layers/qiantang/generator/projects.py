"""The named projects of the plan: rows of their own, at schematic places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from generator.children import school_places
from generator.facts import NATURE
from generator.space import point_m, to_degrees

if TYPE_CHECKING:
    from generator.placing import Spots
    from generator.tables import Row

OPENED_BY = 2020
OPEN_SLOTS = ("site", "walk", "plot")


def project_rows(facts: dict[str, Any], spots: Spots, schools: pd.DataFrame) -> list[Row]:
    """Return one row per named project.

    A project stands at the open spot nearest to its drawn position; an extension stands on the
    site of the school that it extends.
    """
    fits = np.isin(spots.slot, OPEN_SLOTS) & ~spots.outside
    open_land = spots.take(fits)
    rows = []
    for number, project in enumerate(facts["projects"], 1):
        opened = project["year"] <= OPENED_BY
        places = _places(project, facts["facilities"])
        rows.append(
            {
                "编号": f"PJ{number:02d}",
                "名称": project["name"],
                "类型": project["kind"],
                **_site(project, open_land, schools),
                "状态": "运营" if opened else "规划",
                "启用年份": project["year"],
                "班级数": project["classes"],
                "学位数": places,
                "在园/在校人数": places if opened else 0,
                "办园性质": "公办",
                "普惠": "是",
                "开设托班": "否",
                "托位数": 0,
                "寄宿": "是" if project["kind"] == "高中" else "否",
                "教育集团": "",
                "规划项目": project["name"],
                "位置": "示意",
                "区外": "否",
                "数据性质": NATURE,
            }
        )
    return rows


def _places(project: Row, own: dict[str, Any]) -> int:
    if project["kind"] == "幼儿园":
        return int(project["classes"] * own["kindergartens"]["class_size"])
    return school_places(project["kind"], project["classes"], own["schools"])


def _site(project: Row, open_land: Spots, schools: pd.DataFrame) -> Row:
    """Return position, street and community of a project."""
    if "extends" in project:
        return (
            schools.set_index("名称")
            .loc[project["extends"], ["经度", "纬度", "街道", "社区"]]
            .to_dict()
        )
    k = int(cKDTree(open_land.xy).query(shapely.get_coordinates(point_m(project["at"]))[0])[1])
    lon, lat = shapely.get_coordinates(to_degrees(shapely.Point(open_land.xy[k])))[0]
    owner = open_land.owner[k]
    return {"经度": lon, "纬度": lat, "街道": owner.street, "社区": owner.name}


def name_extended(schools: pd.DataFrame, facts: dict[str, Any]) -> pd.DataFrame:
    """Give the schools that projects extend their names: the nearest of the same kind."""
    named = schools.copy()
    extended = [p["extends"] for p in facts["projects"] if "extends" in p]
    for project in facts["projects"]:
        if "extends" in project and not (named["名称"] == project["extends"]).any():
            free = named["类型"].eq(project["kind"]) & named["区外"].eq("否")
            pool = named[free & ~named["名称"].isin(extended)]
            away = ((pool[["经度", "纬度"]] - project["at"]) ** 2).sum(axis=1)
            named.loc[away.idxmin(), "名称"] = project["extends"]
    return named


def with_projects(frame: pd.DataFrame, rows: list[Row]) -> pd.DataFrame:
    """Return a table with the project rows of its columns added, sorted by id."""
    more = pd.DataFrame(rows).reindex(columns=frame.columns)
    return pd.concat([frame, more], ignore_index=True).sort_values("编号", ignore_index=True)
