"""A town of twelve crossings, small enough to add up on paper.

    y (m)
    400   I─────J─────K─────L      北岸 north bank
                      ║            ≈ river, y 280 … 320 ≈
    200   E─────F─────G─────H      ║ the bridge G–K is the only crossing
          │     │     │     │
      0   A─────B─────C─────D
          0    200   400   600  x (m)

Every street piece is 200 m long. Origin: EPSG:4549, x 500 000, y 3 350 000. A wall runs along
y = 100 from x = 210 to x = 390, between B–C and F–G, without a gate.

Units: 西社区 (x < 300) and 东社区 (x > 300) make up 南街道, 北社区 makes up 北街道; both streets
make up the block 全镇区块. 外村 lies beyond the town. The parcels are candidate sites.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

CRS = "EPSG:4549"
X0, Y0 = 500_000.0, 3_350_000.0

NODES = {
    name: (200.0 * column, 200.0 * row)
    for row, names in enumerate(("ABCD", "EFGH", "IJKL"))
    for column, name in enumerate(names)
}
STREETS = ("AB", "BC", "CD", "EF", "FG", "GH", "IJ", "JK", "KL", "AE", "BF", "CG", "DH", "GK")

AGES = (
    *(f"p_{age}" for age in range(18)),
    "p18_59",
    "p60_64",
    "p65_79",
    "p80",
)

# id: (x, y, community, {age column: people}).
RESIDENTS = {
    "d1": (100, 20, "W", {"p_1": 10, "p_4": 20, "p_8": 30, "p18_59": 100, "p60_64": 40}),
    "d2": (500, 10, "E", {"p_1": 5, "p_4": 5, "p_8": 5, "p18_59": 50, "p80": 30}),
    "d3": (100, 390, "N", {"p_0": 4, "p_5": 6, "p18_59": 20, "p65_79": 10}),
    "d4": (310, 210, "E", {"p_2": 8, "p_3": 2, "p_14": 10, "p18_59": 40, "p60_64": 60}),
    "d5": (-100, 0, "X", {"p_1": 7, "p18_59": 13, "p80": 5}),
}

# id: (kind, x, y, extra columns).
FACILITIES = {
    "kg1": ("kindergarten", 200, -10, {"has_nursery": "否", "places": 90, "inclusive": "是"}),
    "nu1": ("nursery", 600, 210, {"inclusive": "是", "nursery_places": 20}),
    "eh1": ("elder_home", 400, 410, {"beds": 20}),
    "eh2": ("elder_home", 0, 100, {"beds": 9}),
    "kg2": ("kindergarten", 600, 100, {"status": "规划", "project": "东幼儿园", "places": 60}),
}

PARCELS = {"s1": (100, -20, "A33"), "s2": (300, 190, "A6"), "s3": (100, 420, "R22")}

UNITS = [
    # code, name, level, parent, urban_rural, land_km2, outside, box
    ("T", "示例镇", "district", None, None, 1.0, False, (-50, -50, 650, 450)),
    ("B", "全镇区块", "block", "T", None, 1.0, False, (-50, -50, 650, 450)),
    ("S", "南街道", "street", "B", None, 0.06, False, (-50, -50, 650, 280)),
    ("NS", "北街道", "street", "B", None, 0.02, False, (-50, 320, 650, 450)),
    ("W", "西社区", "community", "S", "111", 0.04, False, (-50, -50, 300, 280)),
    ("E", "东社区", "community", "S", "111", 0.02, False, (300, -50, 650, 280)),
    ("N", "北社区", "community", "NS", "220", 0.02, False, (-50, 320, 650, 450)),
    ("X", "外村", "community", "XS", "220", 0.05, True, (-300, -50, -50, 280)),
    ("XS", "外镇", "street", None, None, 0.05, True, (-300, -50, -50, 280)),
]

PLAN = """
id = "town-plan"
document = "示例镇规划"
places = ["town"]
title = { zh = "示例镇规划", en = "Town plan" }

[[clause]]
id = "T1"
section = "一"
class = "a"
tier = "T1"
rule = "circle"
text = { zh = "儿童生活圈", en = "children's circle" }
[[clause]]
id = "T2"
section = "二"
class = "a"
tier = "T1"
rule = "homes"
text = { zh = "养老机构", en = "elder homes" }
[[clause]]
id = "T3"
section = "三"
class = "b"
tier = "T1"
rule = "presence"
text = { zh = "街道托育", en = "a nursery in every street" }
[[clause]]
id = "T4"
section = "四"
class = "j"
tier = "N"
text = { zh = "加强宣传", en = "tell everybody" }
reason = { zh = "非空间", en = "not spatial" }

[[rule]]
id = "circle"
kind = "access"
basis = "plan"
clauses = ["T1"]
places = ["town"]
group = "children"
scope = { level = "block", names = ["全镇区块"] }
source = { document = "示例镇规划", clause = "一", confidence = "A" }
title = { zh = "儿童生活圈", en = "children's circle" }
text = { zh = "儿童300米内有托育和幼儿园", en = "nursery and kindergarten within 300 m" }
[[rule.need]]
id = "nursery"
title = { zh = "托育", en = "nursery" }
group = "nursery_age"
cutoff_m = 300
facilities = [{ kind = "nursery" }]
[[rule.need]]
id = "kindergarten"
title = { zh = "幼儿园", en = "kindergarten" }
group = "children"
cutoff_m = 300
facilities = [{ kind = "kindergarten" }]
[[rule.reading]]
id = "straight-line"
title = { zh = "直线", en = "straight line" }
set = { distance = "straight" }

[[rule]]
id = "homes"
kind = "density-access"
basis = "standard"
clauses = ["T2"]
places = ["town"]
group = "elders"
density_group = "elders"
unit_level = "community"
source = { document = "示例镇规划", clause = "二", confidence = "A" }
title = { zh = "养老机构", en = "elder homes" }
text = { zh = "按密度", en = "by density" }
facilities = [{ kind = "elder_home", at_least = { beds = 10 } }]
[[rule.band]]
id = "high"
title = { zh = "高密度", en = "high" }
over = 3000
cutoff_m = 400
[[rule.band]]
id = "medium"
title = { zh = "中密度", en = "medium" }
at_least = 1000
up_to = 3000
cutoff_m = 1000
[[rule.band]]
id = "low"
title = { zh = "低密度", en = "low" }
under = 1000
[[rule.reading]]
id = "same-unit"
title = { zh = "同一社区", en = "same community" }
set = { same_unit = true }

[[rule]]
id = "presence"
kind = "presence"
basis = "plan"
clauses = ["T3"]
places = ["town"]
group = "nursery_age"
unit_level = "street"
source = { document = "示例镇规划", clause = "三", confidence = "A" }
title = { zh = "街道托育", en = "a nursery in every street" }
text = { zh = "每个街道一处普惠托育", en = "an affordable nursery in every street" }
facilities = [{ kind = "nursery", where = { inclusive = true } }]
"""

SCENARIO = """
title = { zh = "示例镇", en = "The town" }
place = "town"
as_of = 2020-11-01
crs = "EPSG:4549"
plans = ["town-plan"]
[walk]
max_snap_m = 200
min_component_nodes = 2
[layers.residents]
path = "residents.gpkg"
[layers.units]
path = "units.gpkg"
[layers.streets]
path = "streets.gpkg"
[layers.barriers]
path = "barriers.gpkg"
[layers.water]
path = "river.gpkg"
[layers.parcels]
path = "parcels.gpkg"
[[layers.facilities]]
path = "facilities.csv"
crs = "EPSG:4490"
[[rank]]
rule = "circle"
need = "kindergarten"
sites = 2
candidates = { land_use = [""], min_area_m2 = 0 }
[[rank]]
rule = "homes"
sites = 1
candidates = { land_use = ["A6"], min_area_m2 = 0 }
"""


def write_town(
    root: Path,
    *,
    residents: dict | None = None,
    facilities: dict | None = None,
    scenario: str = SCENARIO,
) -> Path:
    """Write the town as a project below `root` and return the path of its scenario."""
    place = root / "layers" / "town"
    place.mkdir(parents=True, exist_ok=True)
    (root / "scenarios" / "plans").mkdir(parents=True, exist_ok=True)
    (root / "scenarios" / "plans" / "town-plan.toml").write_text(PLAN, encoding="utf-8")
    path = root / "scenarios" / "town.toml"
    path.write_text(scenario, encoding="utf-8")
    _write(place / "residents.gpkg", residents_table(residents or RESIDENTS))
    facility_rows(facilities or FACILITIES).to_csv(
        place / "facilities.csv", index=False, encoding="utf-8-sig"
    )
    _write(place / "units.gpkg", units_table())
    streets = [shapely.LineString([at(*NODES[a]), at(*NODES[b])]) for a, b in STREETS]
    _write(
        place / "streets.gpkg",
        gpd.GeoDataFrame(
            {
                "class": "residential",
                "name": STREETS,
                "walkable": True,
                "data_nature": "示意(合成)",
            },
            geometry=streets,
            crs=CRS,
        ),
    )
    wall = shapely.LineString([at(210, 100), at(390, 100)])
    _write(
        place / "barriers.gpkg",
        gpd.GeoDataFrame({"kind": ["wall"], "name": ["围墙"]}, geometry=[wall], crs=CRS),
    )
    river = shapely.box(X0 - 300, Y0 + 280, X0 + 900, Y0 + 320)
    _write(place / "river.gpkg", gpd.GeoDataFrame({"name": ["小河"]}, geometry=[river], crs=CRS))
    _write(place / "parcels.gpkg", parcels_table())
    return path


def at(x: float, y: float) -> tuple[float, float]:
    """Return the map coordinates of a place in the drawing."""
    return X0 + x, Y0 + y


def residents_table(residents: dict) -> gpd.GeoDataFrame:
    """Return the residents layer."""
    parents = {code: parent for code, _, _, parent, *_ in UNITS}
    rows = [
        {
            "id": key,
            "name": f"小区{key}",
            "kind": "compound",
            "community": unit,
            "street": parents[unit],
            **{age: people.get(age, 0) for age in AGES},
            "outside": unit == "X",
            "data_nature": "示意(合成)",
            "geometry": shapely.Point(at(x, y)),
        }
        for key, (x, y, unit, people) in residents.items()
    ]
    return gpd.GeoDataFrame(rows, crs=CRS)


def facility_rows(facilities: dict) -> pd.DataFrame:
    """Return the facilities table with longitude and latitude, headed in Chinese."""
    points = gpd.GeoSeries(
        [shapely.Point(at(x, y)) for _, x, y, _ in facilities.values()], crs=CRS
    ).to_crs("EPSG:4490")
    heads = {
        "status": "状态", "has_nursery": "开设托班", "places": "学位数", "inclusive": "普惠",
        "nursery_places": "托位数", "beds": "床位数", "project": "规划项目",
        "year_open": "启用年份",
    }  # fmt: skip
    rows = [
        {"编号": key, "名称": f"设施{key}", "类型": kind} | {heads[k]: v for k, v in extra.items()}
        for key, (kind, _, _, extra) in facilities.items()
    ]
    table = pd.DataFrame(rows, dtype=object)
    for head in heads.values():
        if head not in table:
            table[head] = None
    lonlat = {"经度": points.x.round(9).to_numpy(), "纬度": points.y.round(9).to_numpy()}
    return table.assign(**lonlat, 数据性质="示意(合成)")


def units_table() -> gpd.GeoDataFrame:
    """Return the units layer."""
    rows = [
        {
            "code": code,
            "name": name,
            "level": level,
            "parent": parent,
            "urban_rural": urban_rural,
            "land_km2": land,
            "outside": outside,
            "data_nature": "示意(合成)",
            "geometry": shapely.box(X0 + box[0], Y0 + box[1], X0 + box[2], Y0 + box[3]),
        }
        for code, name, level, parent, urban_rural, land, outside, box in UNITS
    ]
    return gpd.GeoDataFrame(rows, crs=CRS)


def parcels_table() -> gpd.GeoDataFrame:
    """Return the parcels layer: squares of 10 m."""
    rows = [
        {
            "id": key,
            "name": f"地块{key}",
            "land_use": use,
            "area_m2": 100.0,
            "data_nature": "示意(合成)",
            "geometry": shapely.box(X0 + x - 5, Y0 + y - 5, X0 + x + 5, Y0 + y + 5),
        }
        for key, (x, y, use) in PARCELS.items()
    ]
    return gpd.GeoDataFrame(rows, crs=CRS)


def _write(path: Path, table: gpd.GeoDataFrame) -> None:
    if path.exists():
        path.unlink()
    table.to_file(path, layer=path.stem, driver="GPKG")
