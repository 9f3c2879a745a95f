"""Residents: integer people per building or group of houses, by single year of age.

Streets close exactly: each age group of a street is shared out by cumulative rounding along a
spatial order, so that neighbours get their fair share and nobody is lost or invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from generator.facts import NATURE
from generator.space import METRES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.town import Town

SEED = 769150
CHILD_GROUPS = {
    "age_0_2": (0, 1, 2),
    "age_3_5": (3, 4, 5),
    "age_6_11": (6, 7, 8, 9, 10, 11),
    "age_12_14": (12, 13, 14),
    "age_15_17": (15, 16, 17),
}
ELDER_COLUMNS = ("p60_64", "p65_79", "p80")
AGE_COLUMNS = (*(f"p_{a}" for a in range(18)), "p18_59", *ELDER_COLUMNS)
BUILT = {
    "compound": (2004, 2019),
    "resettlement": (1999, 2016),
    "village": (1986, 2012),
    "dormitory": (2001, 2012),
    "worker_housing": (2005, 2019),
}


def apportion(total: float, parts: Sequence[float]) -> list[int]:
    """Return integers that add up to `total`, in shares of `parts` (largest remainder)."""
    share = np.asarray(parts, dtype=float)
    exact = share / share.sum() * total
    number = np.floor(exact).astype(int)
    order = np.argsort(-(exact - number), kind="stable")
    number[order[: round(total) - number.sum()]] += 1
    return number.tolist()


def scatter(total: int, weight: NDArray[np.float64], start: float) -> NDArray[np.int64]:
    """Share an integer out over points in their order, by cumulative rounding.

    `start` in [0, 1) shifts the rounding, so that different groups favour different points.
    """
    if total == 0 or weight.sum() == 0:
        return np.zeros(len(weight), dtype=np.int64)
    climb = np.cumsum(weight) / weight.sum() * total
    climb[-1] = total
    steps = np.floor(climb + start)
    return np.diff(np.r_[np.floor(start), steps]).astype(np.int64)


def street_totals(facts: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return every street's people by group, scaled so that both halves close exactly."""
    totals: dict[str, dict[str, int]] = {}
    streets = {s["code"]: s for s in facts["streets"]}
    for block in facts["blocks"]:
        own = [streets[c] for c in block["streets"]]
        people = apportion(block["residents"], [s["residents"] for s in own])
        factor = block["residents"] / sum(s["residents"] for s in own)
        for street, residents in zip(own, people, strict=True):
            scaled = {
                key: round(street[key] * factor)
                for key in (*CHILD_GROUPS, "age_60", "age_65", "age_80", "students")
            }
            totals[street["code"]] = {"residents": residents, **scaled}
    for ring in facts["ring"]:
        totals[ring["code"]] = _ring_totals(ring["residents"], facts)
    return totals


def _ring_totals(residents: int, facts: dict[str, Any]) -> dict[str, int]:
    """Return a ring street's people by group from the ages of the neighbouring districts."""
    whole = {key: sum(s[key] for s in facts["streets"]) for key in (*CHILD_GROUPS, "age_60", "age_65", "age_80")}
    children = sum(whole[k] for k in list(CHILD_GROUPS)[:4])
    ages = facts["ring_ages"]
    grown = {
        key: round(whole[key] / children * residents * ages["children_share"])
        for key in CHILD_GROUPS
    }
    for key in ("age_60", "age_65", "age_80"):
        grown[key] = round(whole[key] / whole["age_60"] * residents * ages["elder_share"])
    return {"residents": residents, **grown, "students": 0}


def _groups(total: dict[str, int]) -> dict[str, int]:
    """Return the people of each age column except 18–59, from a street's group totals."""
    columns: dict[str, int] = {}
    for key, years in CHILD_GROUPS.items():
        for year, number in zip(years, apportion(total[key], [1.0] * len(years)), strict=True):
            columns[f"p_{year}"] = number
    columns["p60_64"] = total["age_60"] - total["age_65"]
    columns["p65_79"] = total["age_65"] - total["age_80"]
    columns["p80"] = total["age_80"]
    return columns


def residents_table(
    town: Town, facts: dict[str, Any], parts: list[dict[str, Any]]
) -> gpd.GeoDataFrame:
    """Return one row per home with people, sorted by id."""
    part_of = {f.number: c for c in parts for f in c["faces"]}
    rows = []
    rng = np.random.default_rng(SEED)
    totals = street_totals(facts)
    for code in sorted(totals):
        homes = [
            (h, part_of[town.blocks[h.block].face.number])
            for h in town.homes
            if town.blocks[h.block].face.number in part_of
            and part_of[town.blocks[h.block].face.number]["street_code"] == code
        ]
        homes.sort(key=lambda hp: (hp[1]["code"], hp[0].block, hp[0].at.y, hp[0].at.x))
        counts = _count(homes, totals[code], facts, rng)
        kept = counts["total"] > 0
        for k in np.flatnonzero(kept):
            home, part = homes[k]
            rows.append(_row(home, part, {c: int(counts[c][k]) for c in (*AGE_COLUMNS, "students", "hukou")}, rng))
    table = gpd.GeoDataFrame(rows, crs=METRES)
    table.insert(0, "id", _ids(table))
    table.insert(1, "name", _names(table))
    return table.drop(columns=["block"]).sort_values("id", ignore_index=True)


def _count(
    homes: list[Any], total: dict[str, int], facts: dict[str, Any], rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Share a street's people out over its homes."""
    kind = np.array([h.kind for h, _ in homes])
    hall = kind == "dormitory"
    people = np.array([h.weight for h, _ in homes])
    people = np.where(hall, 0.0, people)
    profile = facts["profile"]
    elder = np.array([profile[k]["elder"] for k in kind]) * people
    child = np.array([profile[k]["child"] for k in kind]) * people
    settled = total["residents"] - total["students"]
    elder, crowd = _hearts(homes, elder, people, total, settled, profile["heart_elder_share"])
    child = child * np.divide(crowd, people, out=np.zeros_like(people), where=people > 0)
    columns = _groups(total)
    counts = {
        name: scatter(number, elder if name in ELDER_COLUMNS else child, rng.random())
        for name, number in columns.items()
    }
    grown = settled - sum(columns.values())
    young = sum(counts.values())
    adult = scatter(grown, np.maximum(crowd - young * 0.9, crowd * 0.25), rng.random())
    students = scatter(total["students"], np.array([h.weight for h, _ in homes]) * hall, rng.random())
    counts["p18_59"] = adult + students
    counts["students"] = students
    counts["total"] = sum(counts[c] for c in AGE_COLUMNS)
    share = np.array([profile[k]["hukou"] for k in kind])
    counts["hukou"] = np.floor(counts["total"] * share + 0.5).astype(np.int64)
    return counts


def _hearts(
    homes: list[Any], elder: Any, people: Any, total: dict[str, int], settled: int, share: float
) -> tuple[Any, Any]:
    """Give the hearts of old quarters their elders; return elder and people weights."""
    codes = np.array([p["code"] for _, p in homes])
    elder, crowd = elder.copy(), people / people.sum() * settled
    target: dict[str, float] = {}
    for _, part in homes:
        if part["heart"]:
            land = sum(f.land.area for f in part["faces"]) / 1e6
            target[part["code"]] = part["heart"]["elders_per_km2"] * land
    fixed = np.isin(codes, list(target))
    left = total["age_60"] - sum(target.values())
    elder[~fixed] *= left / elder[~fixed].sum()
    crowd[~fixed] *= (settled - sum(target.values()) / share) / crowd[~fixed].sum()
    for code, number in target.items():
        own = codes == code
        elder[own] *= number / elder[own].sum()
        crowd[own] *= number / share / crowd[own].sum()
    return elder, crowd


def _row(home: Any, part: dict[str, Any], counts: dict[str, int], rng: np.random.Generator) -> dict[str, Any]:
    low, high = BUILT[home.kind]
    year = int(np.random.default_rng([SEED, home.block]).integers(low, high + 1))
    return {
        "kind": home.kind, "community": part["name"], "street": part["street"],
        "year_built": year, **counts,
        "outside": part["outside"], "data_nature": NATURE,
        "block": home.block, "part": part["code"], "street_code": part["street_code"], "geometry": home.at,
    }


def _ids(table: gpd.GeoDataFrame) -> list[str]:
    """Number the homes of each community: its code and four digits."""
    serial = table.groupby("part").cumcount() + 1
    return [f"R{p}-{n:04d}" for p, n in zip(table["part"], serial, strict=True)]


def _names(table: gpd.GeoDataFrame) -> list[str]:
    """Name homes after their community, block and building."""
    word = {"compound": "小区", "resettlement": "家园", "village": "组", "dormitory": "公寓", "worker_housing": "蓝领公寓"}
    block = table.groupby("part")["block"].transform(lambda b: b.rank(method="dense")).astype(int)
    number = table.groupby(["part", "block"]).cumcount() + 1
    return [
        f"{name[:-2] if name.endswith('社区') else name}{b}{word[kind]}{n}"
        for name, b, kind, n in zip(table["community"], block, table["kind"], number, strict=True)
    ]


def population_cells(table: gpd.GeoDataFrame, cell_m: int) -> tuple[Any, float, float]:
    """Return people per cell (rows north to south), and the west and north edges."""
    x, y = shapely.get_coordinates(table.geometry).T
    people = table[list(AGE_COLUMNS)].sum(axis=1).to_numpy()
    west, north = np.floor(x.min() / cell_m) * cell_m, np.ceil(y.max() / cell_m) * cell_m
    column = ((x - west) // cell_m).astype(int)
    row = ((north - y) // cell_m).astype(int)
    cells = np.zeros((row.max() + 1, column.max() + 1), dtype=np.int32)
    np.add.at(cells, (row, column), people)
    return cells, float(west), float(north)
