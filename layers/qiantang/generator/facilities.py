"""Facilities of the baseline: children, elders, neighbourhood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from generator.siting import by_street
from generator.tables import place_rows, sizes, table, years

if TYPE_CHECKING:
    from generator.siting import Spots

SEED = 72
HEAD = ["编号", "名称"]
PLACE = ["经度", "纬度", "街道", "社区", "状态", "启用年份"]
TAIL = ["规划项目", "位置", "区外", "数据性质"]
HOUSED = ("tower", "midrise", "resettle", "oldtown", "village")


def _of(*uses: str) -> Any:
    return lambda spots: np.isin(spots.use, uses)


def _ages(low: int, high: int) -> list[str]:
    return [f"p_{age}" for age in range(low, high + 1)]


ELDERS = ["p60_64", "p65_79", "p80"]


def kindergartens(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return kindergartens of the baseline."""
    own = facts["facilities"]["kindergartens"]
    rng = np.random.default_rng([SEED, 1])
    rows: list[dict[str, Any]] = []
    for count, outside, prefix in ((own["count"], False, "KG"), (own["ring"], True, "KGO")):
        chosen = by_street(
            spots, people, _ages(3, 5), count, allowed=_of(*HOUSED, "civic"), outside=outside,
            least=1, reach_m=330, apart_m=330, whim=0.55, rng=rng,
        )
        fresh = place_rows(prefix, chosen, "幼儿园")
        low, high = own["classes_range"]
        total = own["classes"] if not outside else round(own["classes"] / own["count"] * count)
        classes = sizes(rng, count, total, low, high)
        kind = ["公办"] * own["public"] + ["普惠"] * own["inclusive_private"]
        kind = (kind + ["民办"] * count)[:count] if not outside else ["公办"] * count
        kind = [kind[k] for k in rng.permutation(count)]
        nursery = np.zeros(count, dtype=bool)
        nursery[rng.permutation(count)[: own["with_nursery"] if not outside else 0]] = True
        for k, row in enumerate(fresh):
            places = classes[k] * own["class_size"]
            row |= {
                "启用年份": years(rng, 1, 1998, 2020)[0],
                "班级数": classes[k], "学位数": places,
                "在园/在校人数": int(places * rng.uniform(0.82, 1.02)),
                "办园性质": "公办" if kind[k] == "公办" else "民办",
                "普惠": "否" if kind[k] == "民办" else "是",
                "开设托班": "是" if nursery[k] else "否",
                "托位数": own["nursery_class_places"] if nursery[k] else 0,
            }
        rows += fresh
    return table(
        rows,
        [*HEAD, *PLACE, "班级数", "学位数", "在园/在校人数", "办园性质", "普惠", "开设托班", "托位数", *TAIL],
    )


def nurseries(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return nurseries; one street has none on the inclusive list, some listings are unknown."""
    own = facts["facilities"]["nurseries"]
    rng = np.random.default_rng([SEED, 2])
    rows: list[dict[str, Any]] = []
    for count, outside, prefix in ((own["count"], False, "NU"), (own["ring"], True, "NUO")):
        chosen = by_street(
            spots, people, _ages(0, 2), count, allowed=_of(*HOUSED, "civic"), outside=outside,
            least=1, reach_m=330, apart_m=300, whim=0.5, rng=rng,
        )
        fresh = place_rows(prefix, chosen, "托育园")
        low, high = own["size"]
        total = own["places"] if not outside else round(own["places"] / own["count"] * count)
        places = sizes(rng, count, total, low, high)
        listed = _listings(chosen, own, rng) if not outside else ["否"] * count
        for k, row in enumerate(fresh):
            row |= {
                "启用年份": years(rng, 1, 2012, 2020)[0],
                "托位数": places[k],
                "在园/在校人数": int(places[k] * rng.uniform(0.55, 0.95)),
                "办园性质": "公办" if rng.random() < 0.25 else "民办",
                "普惠": listed[k],
            }
        rows += fresh
    return table(rows, [*HEAD, *PLACE, "托位数", "在园/在校人数", "办园性质", "普惠", *TAIL])


def _listings(chosen: Spots, own: dict[str, Any], rng: np.random.Generator) -> list[str]:
    """Return yes, no or unknown (empty); every street but one has at least one yes."""
    street = chosen.street
    listed = ["否"] * len(street)
    open_to = [k for k in rng.permutation(len(street)) if street[k] != own["without_inclusive"]]
    first = [next(k for k in open_to if street[k] == s) for s in sorted({street[k] for k in open_to})]
    rest = [k for k in open_to if k not in first]
    for k in (first + rest)[: own["inclusive"]]:
        listed[k] = "是"
    for k in (first + rest)[own["inclusive"] : own["inclusive"] + own["unknown"]]:
        listed[k] = ""
    return listed


def schools(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return primary, middle, nine-year, high and vocational schools."""
    own = facts["facilities"]["schools"]
    rng = np.random.default_rng([SEED, 3])
    nine = own["nine_year"] * own["nine_year_classes"]
    plan = [
        ("PS", "小学", own["primary"], own["primary_classes"] - nine * 2 // 3, (12, 36), _ages(6, 11), 700, 1),
        ("NS", "九年一贯制学校", own["nine_year"], nine, (36, 36), _ages(6, 14), 1500, 0),
        ("MS", "初中", own["middle"], own["middle_classes"] - nine // 3, (18, 36), _ages(12, 14), 1500, 0),
        ("HS", "高中", own["high"] - 1, own["high_classes"], (36, 60), _ages(15, 17), 3000, 0),
        ("VS", "中职学校", own["vocational"], own["vocational_classes"], (40, 78), _ages(15, 17), 3000, 0),
        ("PSO", "小学", own["ring_primary"], own["ring_primary"] * 24, (12, 36), _ages(6, 11), 700, 0),
        ("MSO", "初中", own["ring_middle"], own["ring_middle"] * 24, (12, 36), _ages(12, 14), 1500, 0),
    ]
    words = {"小学": "小学", "九年一贯制学校": "学校", "初中": "中学", "高中": "高级中学", "中职学校": "职业学校"}
    rows: list[dict[str, Any]] = []
    for prefix, kind, count, total, (low, high), ages, reach, least in plan:
        chosen = by_street(
            spots, people, ages, count, allowed=_of("civic", "midrise", "resettle", "village", "oldtown", "vacant"),
            outside=prefix.endswith("O"), least=least, reach_m=reach, apart_m=450, whim=0.35, rng=rng,
        )
        fresh = place_rows(prefix, chosen, words[kind])
        classes = sizes(rng, count, total, low, high)
        size = own["primary_class_size"] if kind in ("小学",) else own["upper_class_size"]
        for k, row in enumerate(fresh):
            places = classes[k] * size
            if kind == "九年一贯制学校":
                places = classes[k] * 2 // 3 * own["primary_class_size"] + classes[k] // 3 * own["upper_class_size"]
            row |= {
                "类型": kind, "启用年份": years(rng, 1, 1985, 2020)[0],
                "班级数": classes[k], "学位数": places,
                "在园/在校人数": int(places * rng.uniform(0.86, 1.03)),
                "办园性质": "民办" if kind == "高中" and k == 0 else "公办",
            }
        rows += fresh
    return table(rows, [*HEAD, "类型", *PLACE, "班级数", "学位数", "在园/在校人数", "办园性质", *TAIL])


def elder_homes(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return residential homes for elders: larger ones, and small ones inside communities."""
    own = facts["facilities"]["elder_homes"]
    rng = np.random.default_rng([SEED, 4])
    large = own["count"] - own["embedded"]
    rows: list[dict[str, Any]] = []
    low, high = own["embedded_beds"]
    small_beds = sizes(rng, own["embedded"], own["embedded"] * (low + high) // 2, low, high)
    plan = [
        ("EH", large, own["beds"] - sum(small_beds), (60, 420), False, "civic village resettle vacant".split(), 1200, 1),
        ("EM", own["embedded"], sum(small_beds), (low, high), False, "resettle midrise oldtown".split(), 600, 0),
        ("EHO", own["ring"], own["ring"] * 110, (40, 300), True, "civic village resettle".split(), 1200, 0),
    ]
    for prefix, count, beds, (least_beds, most_beds), outside, uses, reach, least in plan:
        chosen = by_street(
            spots, people, ELDERS, count, allowed=_of(*uses), outside=outside, least=least,
            reach_m=reach, apart_m=500, whim=0.4, rng=rng,
        )
        fresh = place_rows(prefix, chosen, "嵌入式养老院" if prefix == "EM" else "养老院")
        number = sizes(rng, count, beds, least_beds, most_beds)
        for row, n in zip(fresh, number, strict=True):
            row |= {
                "启用年份": years(rng, 1, 1996, 2020)[0], "床位数": n,
                "护理型床位": int(n * own["nursing_share"] + 0.5), "认知障碍床位": 0,
                "等级": ["二级", "三级", "四级"][int(rng.integers(3))] if n >= 60 else "",
                "嵌入式": "是" if prefix == "EM" else "否",
                "办园性质": "公办" if rng.random() < 0.45 else "民办",
            }
        rows += fresh
    inside = [r for r in rows if r["区外"] == "否" and r["床位数"] >= 100]
    for row, n in zip(inside, sizes(rng, len(inside), own["dementia_beds"], 0, 40), strict=True):
        row["认知障碍床位"] = n
    return table(
        rows, [*HEAD, *PLACE, "床位数", "护理型床位", "认知障碍床位", "等级", "嵌入式", "办园性质", *TAIL]
    )


def _simple(
    spots: Spots, people: Any, plan: list[tuple[str, str, str, int, bool, list[str], list[str], int, int, int]],
    rng: np.random.Generator, first_year: int,
) -> list[dict[str, Any]]:
    """Return rows that have a place, a kind and an opening year only."""
    rows: list[dict[str, Any]] = []
    for prefix, kind, word, count, outside, uses, columns, reach, apart, least in plan:
        chosen = by_street(
            spots, people, columns, count, allowed=_of(*uses), outside=outside, least=least,
            reach_m=reach, apart_m=apart, whim=0.3, rng=rng,
        )
        fresh = place_rows(prefix, chosen, word)
        for row in fresh:
            row |= {"类型": kind, "启用年份": years(rng, 1, first_year, 2020)[0]}
        rows += fresh
    return rows


def home_care(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return street centres and day-care centres for elders at home."""
    own = facts["facilities"]["home_care"]
    uses = [*HOUSED, "civic"]
    plan = [
        ("HC", "居家养老服务中心", "街道居家养老服务中心", own["street_centres"], False, uses, ELDERS, 1500, 800, 1),
        ("DC", "居家养老服务照料中心", "居家养老服务照料中心", own["community_centres"], False, uses, ELDERS, 500, 400, 1),
        ("DCO", "居家养老服务照料中心", "居家养老服务照料中心", own["ring"], True, uses, ELDERS, 500, 400, 1),
    ]
    rows = _simple(spots, people, plan, np.random.default_rng([SEED, 5]), 2010)
    for row in rows:
        if row["类型"] == "居家养老服务中心":
            row["名称"] = f"{row['街道']}居家养老服务中心"
    return table(rows, [*HEAD, "类型", *PLACE, *TAIL])


def health(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return community health centres and hospitals."""
    own = facts["facilities"]["health"]
    uses = ["civic", "oldtown", "midrise", "village", "resettle"]
    everyone = [*_ages(0, 17), "p18_59", *ELDERS]
    plan = [
        ("CH", "社区卫生服务中心", "社区卫生服务中心", own["centres"], False, uses, everyone, 1200, 1200, 1),
        ("HO", "医院", "医院", own["hospitals"], False, ["civic", "vacant"], everyone, 2500, 1500, 0),
        ("CHO", "社区卫生服务中心", "社区卫生服务中心", own["ring"], True, uses, everyone, 1200, 1200, 0),
    ]
    rows = _simple(spots, people, plan, np.random.default_rng([SEED, 6]), 1990)
    return table(rows, [*HEAD, "类型", *PLACE, *TAIL])


def play_spaces(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return play spaces in compounds, parks and villages."""
    own = facts["facilities"]["neighbourhood"]
    uses = [*HOUSED, "park"]
    plan = [
        ("PL", "", "儿童活动场地", own["play_spaces"], False, uses, _ages(0, 14), 200, 170, 1),
        ("PLO", "", "儿童活动场地", own["ring_play_spaces"], True, uses, _ages(0, 14), 200, 170, 1),
    ]
    rows = _simple(spots, people, plan, np.random.default_rng([SEED, 7]), 2005)
    return table(rows, [*HEAD, *PLACE, *TAIL])


def stations(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return community stations with a children's room."""
    own = facts["facilities"]["neighbourhood"]
    plan = [
        ("CS", "", "社区服务站·儿童之家", own["stations"], False, list(HOUSED), _ages(0, 14), 280, 240, 1),
        ("CSO", "", "社区服务站·儿童之家", own["ring_stations"], True, list(HOUSED), _ages(0, 14), 280, 240, 1),
    ]
    rows = _simple(spots, people, plan, np.random.default_rng([SEED, 8]), 2005)
    return table(rows, [*HEAD, *PLACE, *TAIL])


def service_points(spots: Spots, people: Any, facts: dict[str, Any]) -> pd.DataFrame:
    """Return counters for residents' and enterprises' affairs."""
    own = facts["facilities"]["neighbourhood"]
    plan = [
        ("SP", "便民服务中心", "便民服务中心", own["service_points"], False, [*HOUSED, "civic"], ["p18_59"], 900, 700, 1),
    ]
    rows = _simple(spots, people, plan, np.random.default_rng([SEED, 9]), 2008)
    return table(rows, [*HEAD, "类型", *PLACE, *TAIL])
