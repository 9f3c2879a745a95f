"""The residents layer: one row per building or group of houses, and the same people as cells."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from generator.facts import NATURE
from generator.people import AGES, count_people, street_totals
from generator.space import METRES, to_degrees, to_metres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.communities import Community
    from generator.layout import Home
    from generator.town import Town

SEED = 769150
COLUMNS = [
    *("id", "name", "kind", "community", "street", "year_built"),
    *AGES,
    *("students", "hukou", "outside", "data_nature", "geometry"),
]


def residents_table(
    town: Town,
    facts: dict[str, Any],
    styles: dict[str, Any],
    names: dict[str, Any],
    found: list[Community],
) -> gpd.GeoDataFrame:
    """Return one row per home with people, sorted by id.

    Besides the columns of the layer: `community_code`, `street_code`, `block`, for the modules
    that place facilities among the people.
    """
    of_face = {f.number: c for c in found for f in c.faces}
    own: dict[str, list[tuple[Home, Community]]] = {}
    for home in town.homes:
        community = of_face[town.blocks[home.block].face.number]
        own.setdefault(community.street_code, []).append((home, community))
    rng = np.random.default_rng(SEED)
    label = _block_names(town, names, of_face)
    totals = street_totals(facts)
    rows: list[dict[str, Any]] = []
    for code in sorted(own):
        homes = sorted(own[code], key=lambda h: (h[1].code, h[0].block, h[0].at.y, h[0].at.x))
        halls = _student_share(homes, town)
        counts = count_people(
            homes, totals[code], profile=facts["profile"], campus_weight=halls, rng=rng
        )
        rows += _rows(homes, counts, label, styles["built"])
    return gpd.GeoDataFrame(rows, crs=METRES).sort_values("id", ignore_index=True)


def _student_share(homes: list[tuple[Home, Community]], town: Town) -> Any:
    """Return each hall's share of its campus's weight."""
    campus = [town.blocks[h.block].face.campus for h, _ in homes]
    beds = Counter[str]()
    for (home, _), own in zip(homes, campus, strict=True):
        if own:
            beds[own["name"]] += home.people  # type: ignore[assignment]
    return np.array(
        [
            own["weight"] * home.people / beds[own["name"]] if own else 0.0
            for (home, _), own in zip(homes, campus, strict=True)
        ]
    )


def _rows(
    homes: list[tuple[Home, Community]], counts: Any, label: dict[int, str], built: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of homes with people; homes are numbered within community and block."""
    everyone = sum(counts[name] for name in AGES)
    serial, building = Counter[str](), Counter[int]()
    for k in np.flatnonzero(everyone > 0):
        home, community = homes[k]
        serial[community.code] += 1
        building[home.block] += 1
        year = np.random.default_rng([SEED, home.block])
        low, high = built[home.kind]
        yield {
            "id": f"R{community.code}-{serial[community.code]:04d}",
            "name": f"{label[home.block]}{building[home.block]}{_unit(home.kind)}",
            "kind": home.kind,
            "community": community.name,
            "street": community.street,
            "year_built": int(year.integers(low, high + 1)),
            **{name: int(counts[name][k]) for name in (*AGES, "students", "hukou")},
            "outside": community.outside,
            "data_nature": NATURE,
            "community_code": community.code,
            "street_code": community.street_code,
            "block": home.block,
            "geometry": home.at,
        }


def _unit(kind: str) -> str:
    return {"village": "号户群", "dormitory": "号楼"}.get(kind, "幢")


def _block_names(
    town: Town, names: dict[str, Any], of_face: dict[int, Community]
) -> dict[int, str]:
    """Name each block of homes: published housing areas first, then composed names."""
    words = names["compounds"]
    rng = np.random.default_rng([SEED, 1])
    known = {zone: list(area) for zone, area in words.items() if zone.endswith("单元")}
    label: dict[int, str] = {}
    taken = Counter[str]()
    for block in sorted(town.blocks, key=lambda b: (-round(b.area.area), b.number)):
        community = of_face.get(block.face.number)
        if community is None:
            continue
        stem = community.name.removesuffix("社区")
        zone = block.face.zone["name"]
        if block.use in ("tower", "midrise") and known.get(zone):
            name = known[zone].pop(0)
        elif block.use in ("tower", "midrise"):
            name = str(rng.choice(words["first"])) + str(rng.choice(words["second"]))
            name += str(rng.choice(words[block.use]))
        elif block.use in ("resettle", "oldtown"):
            name = stem + str(rng.choice(words[block.use]))
        elif block.face.campus:
            name = block.face.campus["name"] + "学生公寓"
        else:
            name = stem + ("蓝领公寓" if block.use == "industry" else "")
        taken[name] += 1
        again = taken[name] > 1 or block.use in ("resettle", "village", "farm", "industry")
        label[block.number] = f"{name}{taken[name]}区" if again else name
    return label


def population_cells(table: gpd.GeoDataFrame, cell_m: int) -> tuple[Any, float, float]:
    """Return people per cell (rows north to south), and the west and north edges.

    Positions are those that the layer publishes, rounded in degrees.
    """
    x, y = shapely.get_coordinates(to_metres(to_degrees(table.geometry.to_numpy()))).T
    people = table[list(AGES)].sum(axis=1).to_numpy()
    west, north = np.floor(x.min() / cell_m) * cell_m, np.ceil(y.max() / cell_m) * cell_m
    column = ((x - west) // cell_m).astype(int)
    row = ((north - y) // cell_m).astype(int)
    cells = np.zeros((row.max() + 1, column.max() + 1), dtype=np.int32)
    np.add.at(cells, (row, column), people)
    return cells, float(west), float(north)
