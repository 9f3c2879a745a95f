"""Facilities for elders and patients, and the counters for everybody's affairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from generator.placing import settle
from generator.tables import (
    NO,
    UNKNOWN,
    YES,
    flags,
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

    from generator.placing import Ground
    from generator.tables import Row

SEED = 60
LARGE_BEDS = 100


def health(ground: Ground, own: dict[str, Any]) -> pd.DataFrame:
    """Return community health centres and hospitals, with departments for elders and hospice."""
    rng = np.random.default_rng([SEED, 1])
    centres = place_rows("CH", settle(ground, "CH", own["centres"], rng), ground.rules["CH"])
    ring = settle(ground, "CH", own["ring"], rng, outside=True)
    hospitals = place_rows("HO", settle(ground, "HO", own["hospitals"], rng), ground.rules["HO"])
    hospice = flags(rng, len(centres), own["hospice_centres"])
    for row, offers in zip(centres, hospice, strict=True):
        row |= {
            "安宁疗护": offers,
            "安宁疗护床位": own["hospice_beds"] // 4 if offers == YES else 0,
        }
    for k, row in enumerate(hospitals):
        general = k < own["general"]
        offers = k < own["hospice_hospitals"]
        row |= {
            "等级": "三级" if k < own["tertiary"] else "二级",
            "综合医院": yes(general),
            "老年医学科": yes(k < own["geriatric"]) if general else UNKNOWN,
            "安宁疗护": yes(offers),
            "安宁疗护床位": own["hospice_beds"] // 2 if offers else 0,
        }
    rows = [*centres, *hospitals, *place_rows("CHO", ring, ground.rules["CH"])]
    for row in rows:
        row["启用年份"] = year(rng, own["opened"])
    return table(rows, ground.rules["columns"], "health")


def elder_homes(ground: Ground, own: dict[str, Any], centres: list[Row]) -> pd.DataFrame:
    """Return residential homes for elders: larger ones, and small ones inside communities."""
    rng = np.random.default_rng([SEED, 2])
    idle = own["not_operating"]
    small = sizes(
        rng, own["embedded"], own["embedded"] * sum(own["embedded_beds"]) // 2, own["embedded_beds"]
    )
    number = own["count"] - own["embedded"]
    large = sizes(rng, number, own["beds"] - sum(small), own["large_beds"])
    plan = [
        ("EH", number + len(idle), large + [own["large_beds"][0]] * len(idle), False),
        ("EM", own["embedded"], small, False),
        ("EH", own["ring"], sizes(rng, own["ring"], own["ring"] * 110, own["large_beds"]), True),
    ]
    rows: list[Row] = []
    for prefix, count, beds, outside in plan:
        chosen = settle(ground, prefix, count, rng, outside=outside)
        fresh = place_rows(prefix + "O" * outside, chosen, ground.rules[prefix])
        fresh = [fresh[k] for k in rng.permutation(count)]
        for row, size in zip(fresh, beds, strict=True):
            row.update(_home(size, own, rng), 嵌入式=yes(prefix == "EM"))
        rows += idle_rows(fresh, idle) if prefix == "EH" and not outside else fresh
    for row, contract in zip(rows, nearest_id(rows, centres), strict=True):
        signed = rng.random() < own["signed_share"]
        row |= {"医养签约": yes(signed), "签约机构": contract if signed else ""}
    able = [
        r for r in rows if r["区外"] == NO and r["状态"] == "运营" and r["床位数"] >= LARGE_BEDS
    ]
    for row, beds in zip(able, sizes(rng, len(able), own["dementia_beds"], [0, 40]), strict=True):
        row["认知障碍床位"] = beds
    return table(rows, ground.rules["columns"], "elder_homes")


def _home(beds: int, own: dict[str, Any], rng: np.random.Generator) -> Row:
    """Return the columns of one home for elders."""
    public = rng.random() < own["public_share"]
    return {
        "启用年份": year(rng, own["opened"]),
        "床位数": beds,
        "护理型床位": int(beds * own["nursing_share"] + 0.5),
        "认知障碍床位": 0,
        "等级": str(rng.choice(["二级", "三级", "四级"])) if beds >= own["large_beds"][0] else "",
        "办园性质": "公办" if public else "民办",
        "普惠": YES if public else str(rng.choice([YES, NO, UNKNOWN])),
        "内设医疗机构": yes(beds >= LARGE_BEDS and rng.random() < own["clinic_share"] * 2),
    }


def home_care(ground: Ground, own: dict[str, Any], centres: list[Row]) -> pd.DataFrame:
    """Return street centres and day-care centres for elders at home."""
    rng = np.random.default_rng([SEED, 3])
    rows = place_rows("HC", settle(ground, "HC", own["street_centres"], rng), ground.rules["HC"])
    for row in rows:
        row["名称"] = f"{row['街道']}居家养老服务中心"
    rows += place_rows(
        "DC", settle(ground, "DC", own["community_centres"], rng), ground.rules["DC"]
    )
    ring = settle(ground, "DC", own["ring"], rng, outside=True)
    outer = place_rows("DCO", ring, ground.rules["DC"])
    unsigned = [YES] * (len(rows) - own["not_signed"] - own["contract_unknown"])
    unsigned += [NO] * own["not_signed"] + [UNKNOWN] * own["contract_unknown"]
    signed = [unsigned[k] for k in rng.permutation(len(rows))] + [YES] * len(outer)
    beds = sizes(rng, len(rows), own["home_beds"], [0, 12]) + [0] * len(outer)
    contract = nearest_id(rows + outer, centres)
    functions = ground.rules["columns"]["home_care_centres"][2:8]
    for k, row in enumerate(rows + outer):
        row |= {
            "启用年份": year(rng, own["opened"]),
            "医养签约": signed[k],
            "签约机构": contract[k] if signed[k] == YES else "",
            "家庭养老床位": beds[k],
        }
        chances = zip(functions, own["function_share"], strict=True)
        row |= {name: yes(rng.random() < share) for name, share in chances}
    return table(rows + outer, ground.rules["columns"], "home_care_centres")


def service_points(ground: Ground, own: dict[str, Any]) -> pd.DataFrame:
    """Return counters for residents' and enterprises' affairs."""
    rng = np.random.default_rng([SEED, 4])
    rows = place_rows("SP", settle(ground, "SP", own["service_points"], rng), ground.rules["SP"])
    for row in rows:
        row["启用年份"] = year(rng, own["opened"])
    return table(rows, ground.rules["columns"], "service_points")
