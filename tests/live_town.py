"""A larger town, run by the real floors: what the page recomputes is checked against it.

24 × 13 crossings about 140 m apart, with jitter and bends; a river between rows 8 and 9 and
one bridge; 30 walled blocks with one gate each; villages of the ring in the last column. The
rules are those of `town.py`, and counts of facilities. Some facilities have empty fields, so that
"perhaps" is met too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from town import AGES, CRS, PLAN, SCENARIO

if TYPE_CHECKING:
    from pathlib import Path

# Counts: what each counts, its target, the units that must each reach it.
COUNTS = {
    "homes-of-ten": """target = 7
quantity = { facilities = [{ kind = "elder_home", at_least = { beds = 10 } }] }""",
    "enough-not-too-many": """target = 14
up_to = 16
quantity = { facilities = [{ kind = "kindergarten" }] }""",
    "opened-lately": """target = 3
quantity = { facilities = [{ kind = "kindergarten", opened = [2019, 2020] }] }""",
    "nurseries-by-street": """target = 3
unit_level = "street"
quantity = { facilities = [{ kind = "nursery", where = { inclusive = true } }] }""",
    "towns-only": """target = 2
unit_level = "community"
units = { where = { urban_rural = "111" } }
quantity = { facilities = [{ kind = "kindergarten" }, { kind = "nursery" }] }""",
    "unknown-streets": """target = 2
unit_level = "street"
units = { where = { urban_rural = "111" } }
quantity = { facilities = [{ kind = "kindergarten" }] }""",
    "only-stated": """unit_level = "community"
quantity = { facilities = [{ kind = "nursery" }, { kind = "elder_home" }] }""",
    "beds": """target = 100
quantity = { facilities = [{ kind = "elder_home" }], sum = "beds" }""",
}


def count_rules() -> str:
    """Return a clause and a rule for each of the counts, as a plan writes them."""
    return "".join(
        f"""
[[clause]]
id = "C-{id_}"
section = "五"
class = "b"
tier = "T1"
rule = "{id_}"
text = {{ zh = "{id_}", en = "{id_}" }}
[[rule]]
id = "{id_}"
kind = "count"
basis = "plan"
clauses = ["C-{id_}"]
places = ["town"]
source = {{ document = "示例镇规划", clause = "五", confidence = "A" }}
title = {{ zh = "计数 {id_}", en = "count {id_}" }}
text = {{ zh = "{id_}", en = "{id_}" }}
measure = {{ zh = "家", en = "homes" }}
{asked}
"""
        for id_, asked in COUNTS.items()
    )


X0, Y0, STEP = 533_000.0, 3_353_000.0, 140.0
COLUMNS, NORTH, ROWS = 24, 9, 13
WEST = 12  # columns of the western street
RING = 22  # first column of the ring beyond the district


def y_of(row: float) -> float:
    """Return the northing of a row; the river is five steps wide."""
    return (ROWS - 1 - row) * STEP + (5 * STEP if row < NORTH else 0)


def street_lines(rng: np.random.Generator) -> list[shapely.LineString]:
    """Return one bent line for each street piece."""
    nodes = {
        (c, r): np.round(np.array((X0 + c * STEP, Y0 + y_of(r))) + rng.uniform(-25, 25, 2), 3)
        for r in range(ROWS)
        for c in range(COLUMNS)
    }
    lines = []
    for (c, r), here in nodes.items():
        for other in ((c + 1, r), (c, r + 1)):
            crosses = r == NORTH - 1 and other[1] == NORTH
            if other not in nodes or (crosses and c != WEST) or rng.random() < 0.07:
                continue
            bend = np.round((here + nodes[other]) / 2 + rng.uniform(-9, 9, 2), 3)
            lines.append(shapely.LineString([here, bend, nodes[other]]))
    return lines


def walls(rng: np.random.Generator) -> list[shapely.LineString]:
    """Return walled blocks, each with a gate of ten metres."""
    found = []
    for _ in range(30):
        c, r = rng.integers(0, COLUMNS - 1), rng.integers(0, ROWS - 1)
        if r == NORTH - 1:
            continue
        x, y = X0 + (c + 0.5) * STEP, Y0 + (y_of(r) + y_of(r + 1)) / 2
        ring = shapely.box(x - 42, y - 42, x + 42, y + 42).exterior
        gate = rng.uniform(0, ring.length - 10)
        found.append(shapely.ops.substring(ring, gate + 10, ring.length))
        found.append(shapely.ops.substring(ring, 0, gate))
    return [wall for wall in found if wall.length > 0]


def places(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return points on land, all over the town."""
    c = rng.uniform(-0.4, COLUMNS - 0.6, count)
    r = rng.uniform(-0.4, ROWS - 0.6, count)
    r = np.where((r > NORTH - 1) & (r < NORTH), NORTH - 1.2, r)
    return np.column_stack([X0 + c * STEP, Y0 + np.array([y_of(row) for row in r])]).round(3)


UNITS = [
    # code, name, level, parent, urban_rural, land_km2, outside, columns and rows
    ("T", "大镇", "district", None, None, 5.0, False, (-1, -1, RING, ROWS)),
    ("B", "全镇区块", "block", "T", None, 5.0, False, (-1, -1, RING, ROWS)),
    ("S1", "西街道", "street", "B", None, 1.0, False, (-1, -1, WEST, NORTH - 0.5)),
    ("S2", "东街道", "street", "B", None, 1.0, False, (WEST, -1, RING, NORTH - 0.5)),
    ("S3", "南街道", "street", "B", None, 1.0, False, (-1, NORTH - 0.5, RING, ROWS)),
    ("C1", "西一社区", "community", "S1", "111", 0.9, False, (-1, -1, 5, NORTH - 0.5)),
    ("C2", "西二社区", "community", "S1", "111", 2.4, False, (5, -1, WEST, NORTH - 0.5)),
    ("C3", "东一社区", "community", "S2", "111", 0.9, False, (WEST, -1, 17, NORTH - 0.5)),
    ("C4", "东二社区", "community", "S2", "111", 9.0, False, (17, -1, RING, NORTH - 0.5)),
    ("C5", "南村", "community", "S3", "220", 1.0, False, (-1, NORTH - 0.5, RING, ROWS)),
    ("X", "外镇", "street", None, None, 1.0, True, (RING, -1, COLUMNS, ROWS)),
    ("XC", "外村", "community", "X", "220", 1.0, True, (RING, -1, COLUMNS, ROWS)),
]


def units_table() -> gpd.GeoDataFrame:
    """Return the units layer; columns and rows become boxes."""
    rows = []
    for code, name, level, parent, urban_rural, land, outside, (c0, r0, c1, r1) in UNITS:
        low, high = Y0 + y_of(r1) - STEP / 2, Y0 + y_of(r0) - STEP / 2
        rows.append(
            {
                "code": code,
                "name": name,
                "level": level,
                "parent": parent,
                "urban_rural": urban_rural,
                "land_km2": land,
                "outside": outside,
                "data_nature": "示意(合成)",
                "geometry": shapely.box(X0 + (c0 - 0.5) * STEP, low, X0 + (c1 - 0.5) * STEP, high),
            }
        )
    return gpd.GeoDataFrame(rows, crs=CRS)


def residents_table(rng: np.random.Generator, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return 700 places where people live, with units by position."""
    xy = places(rng, 700)
    points = gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=CRS)
    table = {
        "id": [f"d{i:04d}" for i in range(len(xy))],
        "name": [f"小区{i}" for i in range(len(xy))],
        "kind": "compound",
    }
    for level in ("community", "street"):
        of_level = units[units["level"] == level]
        inside = gpd.sjoin(gpd.GeoDataFrame(geometry=points), of_level, predicate="intersects")
        table[level] = inside["code"][~inside.index.duplicated()].reindex(points.index)
    for age in AGES:
        top = 40 if age.startswith("p_") else 300
        table[age] = rng.integers(0, top // 4, len(xy))
    frame = gpd.GeoDataFrame(table, geometry=points)
    outside = frame["street"] == "X"
    return frame.assign(outside=outside, data_nature="示意(合成)").dropna(subset=["community"])


KINDS = [
    ("kindergarten", "幼儿园", 16, {"学位数": 180}),
    ("kindergarten", "规划幼儿园", 3, {"学位数": 180, "状态": "规划", "规划项目": "新园"}),
    ("nursery", "托育", 8, {"普惠": "是", "托位数": 40}),
    ("nursery", "民办托育", 4, {"普惠": None, "托位数": 40}),
    ("elder_home", "养老院", 6, {"床位数": 40}),
    ("elder_home", "小型养老院", 2, {"床位数": 9}),
    ("elder_home", "养老点", 2, {"床位数": None}),
]


def facilities_table(rng: np.random.Generator) -> pd.DataFrame:
    """Return the facilities with longitude and latitude, headed in Chinese."""
    rows = [
        {"编号": f"{kind[:2]}{i:02d}-{name}", "名称": f"{name}{i}", "类型": kind} | extra
        for kind, name, count, extra in KINDS
        for i in range(count)
    ]
    xy = places(rng, len(rows))
    points = gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=CRS).to_crs("EPSG:4490")
    return pd.DataFrame(rows, dtype=object).assign(
        经度=points.x.round(9).to_numpy(), 纬度=points.y.round(9).to_numpy(), 数据性质="示意(合成)"
    )


def write_live_town(root: Path, *, seed: int = 5, changes: str = "") -> Path:
    """Write the town as a project below `root`, and return the path of its scenario."""
    rng = np.random.default_rng(seed)
    place = root / "layers" / "town"
    place.mkdir(parents=True, exist_ok=True)
    (root / "scenarios" / "plans").mkdir(parents=True, exist_ok=True)
    (root / "scenarios" / "plans" / "town-plan.toml").write_text(
        PLAN + count_rules(), encoding="utf-8"
    )
    path = root / "scenarios" / "town.toml"
    scenario = SCENARIO.replace("min_component_nodes = 2", "min_component_nodes = 30")
    path.write_text(scenario + changes, encoding="utf-8")
    lines = street_lines(rng)
    streets = {"class": "residential", "name": "", "walkable": True, "data_nature": "示意(合成)"}
    barriers = walls(rng)
    river = shapely.box(X0 - 200, Y0 + y_of(NORTH) + 150, X0 + 4000, Y0 + y_of(NORTH - 1) - 150)
    parcels = places(rng, 4)
    layers = {
        "units": units_table(),
        "streets": gpd.GeoDataFrame(streets, geometry=lines, crs=CRS, index=range(len(lines))),
        "barriers": gpd.GeoDataFrame(
            {"kind": "wall", "name": ""}, geometry=barriers, crs=CRS, index=range(len(barriers))
        ),
        "river": gpd.GeoDataFrame({"name": ["大江"]}, geometry=[river], crs=CRS),
        "parcels": gpd.GeoDataFrame(
            {
                "id": [f"s{i}" for i in range(len(parcels))],
                "name": "地块",
                "land_use": "A33",
                "area_m2": 900.0,
                "data_nature": "示意(合成)",
            },
            geometry=[shapely.Point(p).buffer(15) for p in parcels],
            crs=CRS,
        ),
    }
    layers["residents"] = residents_table(rng, layers["units"])
    for name, table in layers.items():
        table.to_file(place / f"{name}.gpkg", driver="GPKG")
    facilities_table(rng).to_csv(place / "facilities.csv", index=False, encoding="utf-8-sig")
    return path
