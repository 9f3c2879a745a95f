"""Communities, planning units, streets, blocks of streets, the district."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from generator.facts import NATURE
from generator.space import METRES

if TYPE_CHECKING:
    from generator.blocks import Face
    from generator.town import Town

SLICE_M = 100
URBAN_USES = {"tower", "midrise", "resettle", "oldtown", "campus", "civic"}
RURAL_USES = {"village", "farm", "wetland"}
AREA_WEIGHT = 350.0  # people that a square kilometre counts for when communities are cut


def communities(town: Town, facts: dict[str, Any], names: dict[str, Any]) -> list[dict[str, Any]]:
    """Group faces into communities: hearts stand alone, the rest grow to like size.

    Returns records with code, name, street, faces, outside and the share of urban land.
    """
    weight: dict[int, float] = defaultdict(float)
    land_use: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for home in town.homes:
        weight[town.blocks[home.block].face.number] += home.weight
    for block in town.blocks:
        land_use[block.face.number][block.use] += block.area.area
    records = []
    for code, name, label, faces, count, outside in _streets(town, facts, names):
        groups = [[f] for f in faces if f.heart]
        rest = [f for f in faces if not f.heart]
        load = {f.number: weight[f.number] + f.land.area / 1e6 * AREA_WEIGHT for f in rest}
        groups += _grow(rest, load, count - len(groups))
        records += _named(code, name, label, groups, land_use, outside=outside)
    return records


def _streets(town: Town, facts: dict[str, Any], names: dict[str, Any]) -> Any:
    """Yield code, name, community names, faces and number of communities of each street."""
    for street in facts["streets"]:
        faces = [f for f in town.faces if f.street == street["code"]]
        label = names["communities"][street["code"]]
        yield street["code"], street["name"], label, faces, street["communities"], False
    for street in facts["ring"]:
        faces = [f for f in town.faces if not f.street and f.zone["name"] == street["zone"]]
        label = names["ring"][street["name"]]
        yield street["code"], street["name"], label, faces, len(label), True


def _grow(faces: list[Face], load: dict[int, float], count: int) -> list[list[Face]]:
    """Grow `count` connected groups of faces of like load from seeds far apart."""
    tree = shapely.STRtree([f.land for f in faces])
    a, b = tree.query([f.land.buffer(3) for f in faces], predicate="intersects")
    beside: dict[int, list[int]] = defaultdict(list)
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        shared = faces[i].land.buffer(3).intersection(faces[j].land)
        if i != j and shared.area > 150:
            beside[i].append(j)
    xy = np.array([[f.land.centroid.x, f.land.centroid.y] for f in faces])
    size = np.array([load[f.number] for f in faces])
    seeds = _seeds(xy, size, count)
    owner = dict(zip(seeds, range(count), strict=True))
    total = [size[s] for s in seeds]
    heap = [(total[k], k) for k in range(count)]
    heapq.heapify(heap)
    while heap and len(owner) < len(faces):
        grown, k = heapq.heappop(heap)
        edge = {j for i, o in owner.items() if o == k for j in beside[i] if j not in owner}
        if not edge:
            continue
        near = min(sorted(edge), key=lambda j: np.hypot(*(xy[j] - xy[seeds[k]])) * (1 + size[j] / 1e5))
        owner[near] = k
        heapq.heappush(heap, (grown + size[near], k))
    for i in range(len(faces)):
        if i not in owner:
            owner[i] = owner[min(owner, key=lambda j: np.hypot(*(xy[j] - xy[i])))]
    return [[faces[i] for i in sorted(owner) if owner[i] == k] for k in range(count)]


def _seeds(xy: Any, size: Any, count: int) -> list[int]:
    """Return weighted k-means centres' nearest faces, distinct and deterministic."""
    seeds = [int(np.argmax(size))]
    while len(seeds) < count:
        away = np.min(np.hypot(*(xy[:, None] - xy[seeds][None]).transpose(2, 0, 1)), axis=1)
        seeds.append(int(np.argmax(away * np.sqrt(size))))
    for _ in range(12):
        distance = np.hypot(*(xy[:, None] - xy[seeds][None]).transpose(2, 0, 1))
        nearest = distance.argmin(axis=1)
        taken: set[int] = set()
        for k in range(count):
            own = nearest == k
            centre = np.average(xy[own], axis=0, weights=size[own]) if own.any() else xy[seeds[k]]
            order = np.argsort(np.hypot(*(xy - centre).T), kind="stable")
            seeds[k] = next(int(i) for i in order if int(i) not in taken)
            taken.add(seeds[k])
    return seeds


def _named(
    code: str, street: str, label: list[str], groups: Any, land_use: Any, *, outside: bool
) -> list[dict[str, Any]]:
    """Give codes and names: the most urban groups become communities (社区), the rest villages."""
    records = []
    for faces in groups:
        use: dict[str, float] = defaultdict(float)
        for face in faces:
            for kind, area in land_use[face.number].items():
                use[kind] += area
        total = sum(use.values()) or 1.0
        records.append(
            {
                "faces": faces,
                "heart": faces[0].heart if len(faces) == 1 else None,
                "urban": sum(use[u] for u in URBAN_USES) / total,
                "rural": sum(use[u] for u in RURAL_USES) / total,
                "works": use["industry"] / total,
            }
        )
    records.sort(key=lambda r: (r["heart"] is None, -round(r["urban"], 6), r["faces"][0].number))
    free = iter(label)
    serial = {"社区": 0, "村": 200}
    for record in records:
        name = record["heart"]["name"] if record["heart"] else next(free)
        kind = "村" if name.endswith("村") else "社区"
        serial[kind] += 1
        record |= {
            "code": f"{code}{serial[kind]:03d}",
            "name": name,
            "street_code": code,
            "street": street,
            "outside": outside,
            "urban_rural": _urban_rural(code, name, record),
        }
    return records


def _urban_rural(street: str, name: str, record: dict[str, Any]) -> str:
    """Return the statistical urban–rural code (统计用城乡划分代码)."""
    if street in ("330114001", "330114002", "330102901"):
        return "112" if record["works"] + record["rural"] > 0.55 else "111"
    if record["urban"] > 0.3:
        return "121"
    if record["works"] > 0.5:
        return "123"
    if not name.endswith("村"):
        return "122" if record["urban"] > 0.04 else "210"
    return "122" if record["urban"] > 0.12 else "220"


def units_table(
    town: Town, facts: dict[str, Any], parts: list[dict[str, Any]], water: Any
) -> gpd.GeoDataFrame:
    """Return all levels of units in metres, sorted by code."""
    rows = [
        _row(c["code"], c["name"], "community", c["street_code"], _merge(c["faces"]), water,
             urban_rural=c["urban_rural"], outside=c["outside"])
        for c in parts
    ]
    block_of = {s: b["code"] for b in facts["blocks"] for s in b["streets"]}
    wet = _river_shares(town)
    shapes: dict[str, Any] = {}
    for street in [*facts["streets"], *facts["ring"]]:
        code = street["code"]
        own = [f for c in parts if c["street_code"] == code for f in c["faces"]]
        shapes[code] = shapely.union_all([_merge(own), wet.get(code, shapely.Polygon())], grid_size=0.01)
        rows.append(
            _row(code, street["name"], "street", block_of.get(code, ""), shapes[code], water,
                 outside=code not in block_of)
        )
    for block in facts["blocks"]:
        shapes[block["code"]] = shapely.union_all([shapes[s] for s in block["streets"]], grid_size=0.01)
        rows.append(
            _row(block["code"], block["name"], "block", facts["district"]["code"],
                 shapes[block["code"]], water)
        )
    whole = shapely.union_all([shapes[b["code"]] for b in facts["blocks"]], grid_size=0.01)
    district = facts["district"]
    rows.append(_row(district["code"], district["name"], "district", "", whole, water))
    zones = sorted({f.zone["name"] for f in town.faces if f.street})
    for k, zone in enumerate(zones, 1):
        own = [f for f in town.faces if f.street and f.zone["name"] == zone]
        rows.append(
            _row(f"{district['code']}U{k:02d}", zone, "planning_unit", district["code"], _merge(own), water)
        )
    return gpd.GeoDataFrame(rows, crs=METRES).sort_values("code", ignore_index=True)


def _merge(faces: list[Face]) -> Any:
    return shapely.union_all([f.land for f in faces], grid_size=0.01)


def _row(
    code: str, name: str, level: str, parent: str, shape: Any, water: Any,
    *, urban_rural: str = "", outside: bool = False,
) -> dict[str, Any]:
    land = shapely.difference(shape, water)
    return {
        "code": code, "name": name, "level": level, "parent": parent,
        "urban_rural": urban_rural, "land_km2": round(land.area / 1e6, 4),
        "outside": outside, "data_nature": NATURE, "geometry": shape,
    }


def _river_shares(town: Town) -> dict[str, Any]:
    """Return each street's share of the river: from its bank to the middle."""
    line = town.skeleton.centreline
    shares: dict[str, list[Any]] = defaultdict(list)
    at = np.arange(0, line.length, SLICE_M)
    spot = shapely.line_interpolate_point(line, np.r_[at, line.length])
    xy = shapely.get_coordinates(spot)
    step = np.gradient(xy, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
    riverside = [f for f in town.faces if f.street and f.land.distance(town.skeleton.river) < 5]
    tree = shapely.STRtree([f.land for f in riverside])
    for side, bank in ((2000, "left"), (-2000, "right")):
        for k in range(len(xy) - 1):
            quad = shapely.Polygon(
                [xy[k], xy[k + 1], xy[k + 1] + normal[k + 1] * side, xy[k] + normal[k] * side]
            )
            wet = shapely.intersection(quad, town.skeleton.river)
            reach = quad.buffer(40)
            near = [riverside[i] for i in sorted(tree.query(reach, predicate="intersects"))]
            near = [f for f in near if f.bank == bank]
            if near and not wet.is_empty:
                best = max(near, key=lambda f: shapely.intersection(f.land, reach).area)
                shares[best.street].append(wet)
    return {
        street: shapely.union_all(pieces, grid_size=0.01) for street, pieces in shares.items()
    }
