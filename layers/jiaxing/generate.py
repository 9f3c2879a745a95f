"""Build the Jiaxing tables: ``python layers/jiaxing/generate.py [folder]``.

Seven counties with their published residents and ages where known, the rest estimated so that
they add up to the city, and a register of institutions that is synthetic throughout (示意(合成)).
There is no geometry: rules that need places are not assessed here. Helpers are those of the
Qiantang generator.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "qiantang"))

from generator.facts import NATURE, read_toml, values  # noqa: E402
from generator.people import apportion  # noqa: E402
from generator.registers import register_table  # noqa: E402
from generator.tables import NO, flags, sizes, year, yes  # noqa: E402
from generator.write import write_checksums, write_csv  # noqa: E402

SEED = 330400
PUBLISHED = "公报"
FUNCTIONS = ["助餐", "助浴", "助急", "助医", "助行", "助洁"]
COLUMNS = [
    *("编号", "名称", "类型", "区县", "城区", "状态", "启用年份", "等级", "办园性质", "普惠"),
    *("床位数", "护理型床位", "认知障碍床位", "康养型", "内设医疗机构", "综合医院", "老年医学科"),
    *("安宁疗护", "安宁疗护病区", *FUNCTIONS, "家庭养老床位", "位置", "数据性质"),
]
Row = dict[str, Any]


def main(folder: Path) -> None:
    """Build all tables into a folder."""
    facts = values(read_toml(HERE / "facts.toml"))
    tables = {
        "counties": counties(facts),
        "institutions": institutions(facts),
        "registers": register_table(facts["registers"]),
    }
    for name, table in tables.items():
        write_csv(folder / f"{name}.csv", table)
    write_checksums(folder / "SHA256SUMS", [folder / f"{name}.csv" for name in tables])


def counties(facts: dict[str, Any]) -> pd.DataFrame:
    """Return the seven counties; what is not published is shared out to close with the city."""
    city, own = facts["city"], facts["counties"]
    totals = {
        "children": round(city["residents"] * city["children_share"]),
        "elders": city["elders"],
        "elders_65": round(city["residents"] * city["elders_65_share"]),
    }
    ages = {key: _completed(own, key, total) for key, total in totals.items()}
    raw = read_toml(HERE / "facts.toml")["counties"]
    return pd.DataFrame(
        {
            "区县代码": [c["code"] for c in own],
            "区县": [c["name"] for c in own],
            "层级": "县(市、区)",
            "类别": [c["kind"] for c in own],
            "市本级": [yes(c["kind"] == "区") for c in own],
            "常住人口": [c["residents"] for c in own],
            "0-14岁": ages["children"],
            "60岁以上": ages["elders"],
            "65岁以上": ages["elders_65"],
            "地区生产总值(亿元)": "",
            "人口来源": [_nature(c["residents"]["confidence"] != "E") for c in raw],
            "年龄来源": [_nature("elders" in c) for c in raw],
            "数据性质": [
                _nature(c["residents"]["confidence"] != "E" and "elders" in c) for c in raw
            ],
        }
    )


def _nature(published: bool) -> str:  # noqa: FBT001
    return PUBLISHED if published else NATURE


def _completed(own: list[dict[str, Any]], key: str, total: int) -> list[int]:
    """Return an age group by county: published where known, the rest by residents."""
    rest = total - sum(c.get(key, 0) for c in own)
    unknown = iter(apportion(rest, [c["residents"] for c in own if key not in c]))
    return [c[key] if key in c else next(unknown) for c in own]


def institutions(facts: dict[str, Any]) -> pd.DataFrame:
    """Return the synthetic register of institutions, sorted by id."""
    own = facts["institutions"]
    names = [c["name"] for c in facts["counties"]]
    rng = np.random.default_rng(SEED)
    rows = [
        *_elder_homes(own, names, rng),
        *_consortia(own, names, rng),
        *_hospitals(own, names, rng),
        *_health_centres(own, names, rng),
        *_home_care(own, names, rng),
    ]
    return pd.DataFrame(rows).reindex(columns=COLUMNS).sort_values("编号", ignore_index=True)


def _listed(prefix: str, kind: str, counts: list[int], names: list[str]) -> list[Row]:
    """Return one row per institution: county by county, numbered throughout."""
    counties_of = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    serial: dict[str, int] = {}
    rows = []
    for number, county in enumerate(counties_of, 1):
        serial[county] = serial.get(county, 0) + 1
        rows.append(
            {
                "编号": f"{prefix}{number:03d}",
                "名称": f"{county}第{serial[county]}{kind}",
                "类型": kind,
                "区县": county,
                "城区": yes(serial[county] <= 4),
                "状态": "运营",
                "位置": "示意",
                "数据性质": NATURE,
            }
        )
    return rows


def _elder_homes(own: dict[str, Any], names: list[str], rng: np.random.Generator) -> list[Row]:
    """Return homes for elders; the first of each county town are of the health-care kind."""
    rows = _listed("EH", "养老机构", own["elder_homes"], names)
    beds = sizes(rng, len(rows), own["beds"], own["beds_range"])
    dementia = sizes(rng, len(rows), own["dementia_beds"], own["dementia_range"])
    special = dict(zip(names, own["health_care_homes"], strict=True))
    seen: dict[str, int] = {}
    for row, bed, care in zip(rows, beds, dementia, strict=True):
        seen[row["区县"]] = seen.get(row["区县"], 0) + 1
        row |= {
            "启用年份": year(rng, own["opened"]),
            "等级": str(rng.choice(["二级", "三级", "四级"])),
            "办园性质": "公办" if rng.random() < own["public_share"] else "民办",
            "普惠": yes(rng.random() < own["inclusive_share"]),
            "床位数": bed,
            "护理型床位": round(bed * rng.uniform(*own["nursing_share"])),
            "认知障碍床位": min(care, bed),
            "康养型": yes(seen[row["区县"]] <= special[row["区县"]]),
            "内设医疗机构": yes(rng.random() < own["clinic_share"]),
        }
    return rows


def _consortia(own: dict[str, Any], names: list[str], rng: np.random.Generator) -> list[Row]:
    """Return health-care consortia, running and planned."""
    running = _listed("KY", "康养联合体", own["consortia"], names)
    planned = _listed("KYP", "规划康养联合体", own["consortia_planned"], names)
    for row in running:
        row["启用年份"] = int(rng.integers(2018, own["period"][1] + 1))
    for row in planned:
        row |= {"类型": "康养联合体", "状态": "规划", "启用年份": own["planned_year"]}
    return [*running, *planned]


def _hospitals(own: dict[str, Any], names: list[str], rng: np.random.Generator) -> list[Row]:
    """Return general hospitals, hospitals of Chinese medicine, nursing and rehabilitation ones."""
    general = _listed("GH", "综合医院", own["general_hospitals"], names)
    chinese = _listed("TH", "中医医院", own["chinese_hospitals"], names)
    wards = dict(zip(names, own["hospice_wards"], strict=True))
    departments = flags(rng, len(general) + len(chinese), own["geriatric"])
    for row, department in zip([*general, *chinese], departments, strict=True):
        first = row["类型"] == "综合医院" and row["名称"].endswith("第1综合医院")
        row |= {
            "启用年份": year(rng, own["opened"]),
            "等级": "三级" if first else "二级甲等",
            "综合医院": yes(row["类型"] == "综合医院"),
            "老年医学科": department,
            "安宁疗护病区": yes(first and wards[row["区县"]] > 0),
        }
    follow = _listed("NH", "护理院", own["follow_up"], names)
    new = flags(rng, len(follow), own["follow_up_new"])
    for k, (row, recent) in enumerate(zip(follow, new, strict=True)):
        row["类型"] = "护理院" if k % 2 else "康复医院"
        row["名称"] = row["名称"].replace("护理院", row["类型"])
        first, last = own["period"]
        row["启用年份"] = (
            int(rng.integers(first, last + 1)) if recent != NO else year(rng, own["opened"])
        )
    return [*general, *chinese, *follow]


def _health_centres(own: dict[str, Any], names: list[str], rng: np.random.Generator) -> list[Row]:
    """Return town and community health centres, some with hospice care."""
    rows = _listed("HC", "社区卫生服务中心", own["health_centres"], names)
    hospice = flags(rng, len(rows), own["hospice_centres"])
    for row, offers in zip(rows, hospice, strict=True):
        if row["城区"] == NO:
            row["类型"] = "镇卫生院"
            row["名称"] = row["名称"].replace("社区卫生服务中心", "镇卫生院")
        row |= {"启用年份": year(rng, own["opened"]), "安宁疗护": offers}
    return rows


def _home_care(own: dict[str, Any], names: list[str], rng: np.random.Generator) -> list[Row]:
    """Return town home-care centres with the six functions and the care beds at home."""
    rows = _listed("DC", "居家养老服务中心", own["home_care_centres"], names)
    beds = sizes(rng, len(rows), own["home_beds"], own["home_beds_range"])
    for row, bed in zip(rows, beds, strict=True):
        chances = zip(FUNCTIONS, own["function_share"], strict=True)
        row |= {"启用年份": year(rng, own["opened"]), "家庭养老床位": bed}
        row |= {name: yes(rng.random() < share) for name, share in chances}
    return rows


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
