"""Towns of any size for the map's benchmark: a grid of bent streets with people all over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from pathlib import Path

CRS = "EPSG:4549"
X0, Y0, STEP_M = 533_000.0, 3_353_000.0, 90.0
COMMUNITY_M = 2_000
NATURE = {"data_nature": "示意(合成)"}
AGES = [*(f"p_{age}" for age in range(18)), "p18_59", "p60_64", "p65_79", "p80"]
RULE = """
[[rule]]
id = "{id}"
kind = "access"
basis = "standard"
clauses = ["B"]
places = ["town"]
group = "{group}"
source = {{ document = "bench", clause = "1", confidence = "E" }}
title = {{ zh = "{id}", en = "{id}" }}
text = {{ zh = "{id}", en = "{id}" }}
[[rule.need]]
id = "{kind}"
title = {{ zh = "{kind}", en = "{kind}" }}
group = "{group}"
cutoff_m = {cutoff}
facilities = [{{ kind = "{kind}" }}]
"""
RULES = [
    {"id": "kindergartens", "group": "kindergarten_age", "kind": "kindergarten", "cutoff": 500},
    {"id": "homes", "group": "elders", "kind": "elder_home", "cutoff": 1000},
]
PLAN = """
id = "bench"
document = "bench"
places = ["town"]
title = { zh = "bench", en = "bench" }
[[clause]]
id = "B"
section = "1"
class = "a"
tier = "T1"
rule = "kindergartens"
text = { zh = "-", en = "-" }
"""
SCENARIO = """
title = { zh = "示意镇", en = "Sample town" }
place = "town"
as_of = 2020-11-01
crs = "EPSG:4549"
plans = ["bench"]
[layers.residents]
path = "residents.gpkg"
[layers.units]
path = "units.gpkg"
[layers.streets]
path = "streets.gpkg"
[[layers.facilities]]
path = "facilities.gpkg"
"""


def write_town(root: Path, *, points: int, nodes: int) -> Path:
    """Write a grid town with bends and jitter as a project; return its scenario."""
    rng = np.random.default_rng(1)
    place = root / "layers" / "town"
    plans = root / "scenarios" / "plans"
    place.mkdir(parents=True)
    plans.mkdir(parents=True)
    (plans / "bench.toml").write_text(PLAN + "".join(RULE.format(**one) for one in RULES), "utf-8")
    path = root / "scenarios" / "town.toml"
    path.write_text(SCENARIO, "utf-8")
    side = round(nodes**0.5)
    width = side * STEP_M
    layers = {
        "streets": streets(rng, side),
        "units": units(width),
        "residents": residents(rng, points, width),
        "facilities": facilities(rng, max(20, nodes // 400), width),
    }
    for name, table in layers.items():
        table.to_file(place / f"{name}.gpkg", driver="GPKG")
    return path


def streets(rng: np.random.Generator, side: int) -> gpd.GeoDataFrame:
    """Return a jittered grid of streets, each with one bend."""
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * STEP_M
    at = grid + np.array([X0, Y0]) + rng.uniform(-18, 18, grid.shape)
    ends = [(at[:, :-1], at[:, 1:]), (at[:-1], at[1:])]
    a, b = (np.concatenate([pair[k].reshape(-1, 2) for pair in ends]) for k in (0, 1))
    kept = rng.random(len(a)) > 0.08
    a, b = a[kept], b[kept]
    bend = (a + b) / 2 + rng.uniform(-6, 6, a.shape)
    lines = shapely.linestrings(np.stack([a, bend, b], axis=1).round(3))
    table = {"class": "residential", "name": "", "walkable": True, **NATURE}
    return gpd.GeoDataFrame(table, geometry=lines, crs=CRS, index=range(len(lines)))


def units(width: float) -> gpd.GeoDataFrame:
    """Return a district of four streets with communities of about two kilometres."""
    rows: list[dict[str, Any]] = []

    def add(code: str, level: str, parent: str | None, box: tuple[float, float, float]) -> None:
        x, y, size = box
        shape = shapely.box(X0 + x, Y0 + y, X0 + x + size, Y0 + y + size)
        row = {"code": code, "name": code, "level": level, "parent": parent, "urban_rural": "111"}
        rows.append(row | {"land_km2": size * size / 1e6, "outside": False, "geometry": shape})

    add("T", "district", None, (-100, -100, width + 200))
    add("B", "block", "T", (-100, -100, width + 200))
    half = width / 2 + 100
    across = max(2, round(half / COMMUNITY_M))
    for i, (cx, cy) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        x, y = cx * half - 100, cy * half - 100
        add(f"S{i}", "street", "B", (x, y, half))
        size = half / across
        for k, (dx, dy) in enumerate(np.ndindex(across, across)):
            add(f"S{i}C{k}", "community", f"S{i}", (x + dx * size, y + dy * size, size))
    return gpd.GeoDataFrame(rows, crs=CRS).assign(**NATURE)


def residents(rng: np.random.Generator, points: int, width: float) -> gpd.GeoDataFrame:
    """Return people at points all over the town."""
    xy = rng.uniform(0, width, (points, 2)).round(3)
    people = {age: rng.integers(0, 9, points) for age in AGES}
    table = {"id": [f"d{i:06d}" for i in range(points)], "name": "", "kind": "cell", **people}
    return gpd.GeoDataFrame(
        table | {"outside": False} | NATURE,
        geometry=gpd.points_from_xy(*(xy + np.array([X0, Y0])).T),
        crs=CRS,
    )


def facilities(rng: np.random.Generator, count: int, width: float) -> gpd.GeoDataFrame:
    """Return kindergartens and elder homes in turn."""
    xy = rng.uniform(0, width, (count, 2)).round(3)
    kinds = [RULES[i % 2]["kind"] for i in range(count)]
    statuses = ["planned" if i % 10 in {4, 5} else "operating" for i in range(count)]
    table = {"id": [f"f{i:05d}" for i in range(count)], "name": [f"设施{i}" for i in range(count)]}
    return gpd.GeoDataFrame(
        table | {"kind": kinds, "status": statuses, "year_open": 2010, "beds": 50} | NATURE,
        geometry=gpd.points_from_xy(*(xy + np.array([X0, Y0])).T),
        crs=CRS,
    )
