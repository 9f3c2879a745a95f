"""Facility tables: Chinese headings, one row per facility, names that do not repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from generator.facts import NATURE
from generator.people import apportion
from generator.space import to_degrees

if TYPE_CHECKING:
    from generator.siting import Spots

ORDINALS = ["", "第二", "第三", "第四", "第五", "第六", "第七", "第八", "第九", "第十"]
TAIL = ["街道", "社区", "区外", "数据性质"]


def place_rows(prefix: str, spots: Spots, word: str) -> list[dict[str, Any]]:
    """Return id, name, position, street and community of each chosen spot."""
    where = shapely.get_coordinates(to_degrees(shapely.points(spots.xy)))
    seen: dict[str, int] = {}
    rows = []
    for k, ((lon, lat), part) in enumerate(zip(where, spots.part, strict=True), 1):
        stem = part["name"].removesuffix("社区")
        serial = seen.get(stem, 0)
        seen[stem] = serial + 1
        middle = ORDINALS[serial] if serial < len(ORDINALS) else f"第{serial + 1}"
        rows.append(
            {
                "编号": f"{prefix}{k:03d}",
                "名称": f"{stem}{middle}{word}",
                "经度": lon, "纬度": lat,
                "街道": part["street"], "社区": part["name"],
                "状态": "运营", "位置": "示意", "规划项目": "",
                "区外": "是" if part["outside"] else "否",
                "数据性质": NATURE,
            }
        )
    return rows


def years(rng: np.random.Generator, count: int, low: int, high: int) -> list[int]:
    """Return opening years, more of them late than early."""
    return (high - np.floor((high - low + 1) * rng.beta(1.2, 2.2, count))).astype(int).tolist()


def sizes(
    rng: np.random.Generator, count: int, total: int, low: int, high: int, weight: Any = None
) -> list[int]:
    """Return `count` integers between two bounds that add up to `total`."""
    pull = np.ones(count) if weight is None else np.asarray(weight, dtype=float)
    pull = pull / pull.mean() * np.exp(rng.normal(0, 0.25, count))
    size = np.clip(np.array(apportion(total, pull)), low, high)
    step = 1 if size.sum() < total else -1
    order = np.argsort(-pull * step, kind="stable")
    while size.sum() != total:
        for k in order:
            if size.sum() != total and low <= size[k] + step <= high:
                size[k] += step
    return size.tolist()


def table(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Return rows in the order of `columns`, sorted by id; what is missing stays empty."""
    frame = pd.DataFrame(rows)
    return frame.reindex(columns=columns).sort_values("编号", ignore_index=True)
