"""Facilities for children: kindergartens, nurseries, schools, play spaces, community stations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from generator.placing import settle
from generator.tables import (
    NO,
    UNKNOWN,
    YES,
    idle_rows,
    nearest_id,
    place_rows,
    sizes,
    table,
    year,
    yes,
)

if TYPE_CHECKING:
    import pandas as pd

    from generator.placing import Ground, Spots
    from generator.tables import Row

SEED = 72


def kindergartens(ground: Ground, own: dict[str, Any]) -> pd.DataFrame:
    """Return kindergartens of the baseline, some with a nursery class, a few not operating."""
    rng = np.random.default_rng([SEED, 1])
    idle = own["not_operating"]
    count = own["count"]
    inside = place_rows("KG", settle(ground, "KG", count + len(idle), rng), ground.rules["KG"])
    ring = settle(ground, "KG", own["ring"], rng, outside=True)
    outer = place_rows("KGO", ring, ground.rules["KG"])
    order = rng.permutation(len(inside))
    inside = [inside[k] for k in order]
    kinds = ["公办"] * own["public"] + ["普惠"] * own["inclusive_private"]
    kinds += ["民办"] * (count - len(kinds)) + ["公办"] * (len(idle) + len(outer))
    classes = sizes(rng, count, own["classes"], own["classes_range"])
    classes += [8] * (len(idle) + len(outer))
    able = [k for k in range(count) if inside[k]["街道"] != own["without_nursery"]]
    chosen = {able[int(k)] for k in rng.permutation(len(able))[: own["with_nursery"]]}
    nursery = [yes(k in chosen) for k in range(len(inside) + len(outer))]
    for row, kind, number, open_to in zip(inside + outer, kinds, classes, nursery, strict=True):
        places = number * own["class_size"]
        row |= {
            "启用年份": year(rng, own["opened"]),
            "班级数": number,
            "学位数": places,
            "在园/在校人数": int(places * rng.uniform(0.82, 1.02)),
            "办园性质": "公办" if kind == "公办" else "民办",
            "普惠": yes(kind != "民办"),
            "开设托班": open_to,
            "托位数": own["nursery_class_places"] if open_to == YES else 0,
        }
    return table([*idle_rows(inside, idle), *outer], ground.rules["columns"], "kindergartens")


def nurseries(ground: Ground, own: dict[str, Any], centres: list[Row]) -> pd.DataFrame:
    """Return nurseries; one street has none on the inclusive list, some listings are unknown."""
    rng = np.random.default_rng([SEED, 2])
    idle = own["not_operating"]
    chosen = settle(ground, "NU", own["count"], rng)
    rows = place_rows("NU", chosen, ground.rules["NU"])
    spare = settle(ground.without(chosen), "NU", 7 + len(idle), rng)
    spare = spare.take(sorted(rng.permutation(len(spare.xy))[: len(idle)]))
    rows += place_rows(
        "NU", spare, ground.rules["NU"] | {"word": "托育中心"}, first=own["count"] + 1
    )
    ring = settle(ground, "NU", own["ring"], rng, outside=True)
    outer = place_rows("NUO", ring, ground.rules["NU"])
    places = sizes(rng, own["count"], own["places"], own["size"])
    places += [own["size"][0] * 2] * (len(idle) + len(outer))
    listed = _listings(chosen, own, rng) + [NO] * (len(idle) + len(outer))
    contract = nearest_id(rows + outer, centres)
    for k, row in enumerate(rows + outer):
        row |= {
            "启用年份": year(rng, own["opened"]),
            "托位数": places[k],
            "在园/在校人数": int(places[k] * rng.uniform(0.55, 0.95)),
            "办园性质": "公办" if rng.random() < own["public_share"] else "民办",
            "普惠": listed[k],
            "举办类型": str(rng.choice(own["hosts"])),
            "签约机构": contract[k] if rng.random() < own["signed_share"] else "",
        }
    return table([*idle_rows(rows, idle), *outer], ground.rules["columns"], "nurseries")


def _listings(chosen: Spots, own: dict[str, Any], rng: np.random.Generator) -> list[str]:
    """Return yes, no or unknown; every street but one has at least one yes."""
    street = chosen.street
    open_to = [
        int(k) for k in rng.permutation(len(street)) if street[k] != own["without_inclusive"]
    ]
    codes = sorted({str(street[k]) for k in open_to})
    first = [next(k for k in open_to if street[k] == code) for code in codes]
    order = first + [k for k in open_to if k not in first]
    listed = [NO] * len(street)
    for k in order[: own["inclusive"]]:
        listed[k] = YES
    for k in order[own["inclusive"] : own["inclusive"] + own["unknown"]]:
        listed[k] = UNKNOWN
    return listed


def schools(ground: Ground, own: dict[str, Any]) -> pd.DataFrame:
    """Return primary, nine-year, middle, high and vocational schools, each kind apart."""
    rng = np.random.default_rng([SEED, 3])
    nine = own["nine_year"] * own["nine_year_classes"]
    plan = [
        ("NS", own["nine_year"], nine, own["nine_year_range"], False),
        ("PS", own["primary"], own["primary_classes"] - nine * 2 // 3, own["primary_range"], False),
        ("MS", own["middle"], own["middle_classes"] - nine // 3, own["middle_range"], False),
        ("HS", own["high"] - 1, own["high_classes"], own["high_range"], False),
        ("VS", own["vocational"], own["vocational_classes"], own["vocational_range"], False),
        ("PS", own["ring_primary"], own["ring_primary"] * 24, own["primary_range"], True),
        ("MS", own["ring_middle"], own["ring_middle"] * 24, own["middle_range"], True),
    ]
    rows: list[Row] = []
    for prefix, count, classes, bounds, outside in plan:
        rule = ground.rules[prefix]
        chosen = settle(ground, prefix, count, rng, outside=outside)
        ground = ground.without(chosen)
        fresh = place_rows(prefix + "O" * outside, chosen, rule)
        numbers = sizes(rng, count, classes, bounds)
        for k, (row, number) in enumerate(zip(fresh, numbers, strict=True)):
            places = school_places(rule["type"], number, own)
            private = prefix == "HS" and k == 0
            group = str(rng.choice(own["groups"])) if rng.random() < own["grouped_share"] else ""
            row |= {
                "启用年份": year(rng, own["opened"]),
                "班级数": number,
                "学位数": places,
                "在园/在校人数": int(places * rng.uniform(0.86, 1.03)),
                "办园性质": "民办" if private else "公办",
                "寄宿": yes(prefix in ("HS", "VS")),
                "教育集团": "" if private or outside else group,
            }
        rows += fresh
    return table(rows, ground.rules["columns"], "schools")


def school_places(kind: str, classes: int, own: dict[str, Any]) -> int:
    """Return a school's places: primary classes are smaller than the others."""
    primary = {"小学": classes, "九年一贯制学校": classes * 2 // 3}.get(kind, 0)
    return int(primary * own["primary_class_size"] + (classes - primary) * own["upper_class_size"])


def play_spaces(ground: Ground, own: dict[str, Any]) -> pd.DataFrame:
    """Return play spaces in compounds, parks and villages."""
    return _plain(ground, own, "PL", "play_spaces", [SEED, 7])


def stations(ground: Ground, own: dict[str, Any]) -> pd.DataFrame:
    """Return community stations with a children's room."""
    return _plain(ground, own, "CS", "community_stations", [SEED, 8])


def _plain(
    ground: Ground, own: dict[str, Any], prefix: str, name: str, seed: list[int]
) -> pd.DataFrame:
    """Return facilities that have no more than a place and an opening year."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for outside, count in ((False, own[name]), (True, own[f"ring_{name}"])):
        chosen = settle(ground, prefix, count, rng, outside=outside)
        rows += place_rows(prefix + "O" * outside, chosen, ground.rules[prefix])
    for row in rows:
        row["启用年份"] = year(rng, own["opened"])
    return table(rows, ground.rules["columns"], name)
