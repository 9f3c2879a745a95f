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
    from generator.placing import Spots

ORDINALS = ["", "第二", "第三", "第四", "第五", "第六", "第七", "第八", "第九", "第十"]
YES, NO, UNKNOWN = "是", "否", ""

Row = dict[str, Any]


def place_rows(prefix: str, spots: Spots, rule: dict[str, Any], *, first: int = 1) -> list[Row]:
    """Return id, name, position, street and community of each chosen spot."""
    where = shapely.get_coordinates(to_degrees(shapely.points(spots.xy)))
    seen: dict[str, int] = {}
    rows = []
    for number, ((lon, lat), owner) in enumerate(zip(where, spots.owner, strict=True), first):
        stem = owner.name.removesuffix("社区")
        serial = seen.get(stem, 0)
        seen[stem] = serial + 1
        middle = ORDINALS[serial] if serial < len(ORDINALS) else f"第{serial + 1}"
        rows.append(
            {
                "编号": f"{prefix}{number:03d}",
                "名称": f"{stem}{middle}{rule['word']}",
                "类型": rule.get("type", ""),
                "经度": lon,
                "纬度": lat,
                "街道": owner.street,
                "社区": owner.name,
                "状态": "运营",
                "规划项目": "",
                "位置": "示意",
                "区外": YES if owner.outside else NO,
                "数据性质": NATURE,
            }
        )
    return rows


def year(rng: np.random.Generator, opened: list[int]) -> int:
    """Return an opening year, more often late than early."""
    first, last = opened
    return int(last - np.floor((last - first + 1) * rng.beta(1.2, 2.2)))


def sizes(rng: np.random.Generator, count: int, total: int, bounds: list[int]) -> list[int]:
    """Return `count` integers within bounds that add up to `total`."""
    low, high = bounds
    pull = np.exp(rng.normal(0, 0.3, count))
    size = np.clip(np.array(apportion(total, [float(p) for p in pull])), low, high)
    step = 1 if size.sum() < total else -1
    order = np.argsort(-pull * step, kind="stable")
    while size.sum() != total:
        for k in order:
            if size.sum() != total and low <= size[k] + step <= high:
                size[k] += step
    return [int(s) for s in size]


def flags(rng: np.random.Generator, count: int, number: int) -> list[str]:
    """Return yes for `number` of `count` rows, no for the others."""
    chosen = set(rng.permutation(count)[:number].tolist())
    return [YES if k in chosen else NO for k in range(count)]


def yes(answer: bool) -> str:  # noqa: FBT001
    """Return the word for a truth value."""
    return YES if answer else NO


def idle_rows(rows: list[Row], statuses: list[str]) -> list[Row]:
    """Mark the last rows as not operating: closed ones keep their year, others open later."""
    marked = [dict(r) for r in rows]
    for row, status in zip(marked[len(rows) - len(statuses) :], statuses, strict=True):
        row["状态"] = status
        row["在园/在校人数"] = 0
        if status != "停办":
            row["启用年份"] = 2021
    return marked


def table(rows: list[Row], columns: dict[str, list[str]], name: str) -> pd.DataFrame:
    """Return rows under the headings of a table, sorted by id; what is missing stays empty."""
    frame = pd.DataFrame(rows)
    kind = ["类型"] if frame["类型"].ne("").any() else []
    order = [*columns["head"], *kind, *columns["place"], *columns[name], *columns["tail"]]
    return frame.reindex(columns=order).sort_values("编号", ignore_index=True)


def nearest_id(rows: list[Row], others: list[Row]) -> list[str]:
    """Return for each row the id of the nearest other facility."""
    at, to = (np.array([[r["经度"], r["纬度"]] for r in some]) for some in (rows, others))
    scale = [np.cos(np.deg2rad(at[:, 1].mean())), 1.0]
    away = (((at[:, None] - to[None]) * scale) ** 2).sum(axis=2)
    return [others[k]["编号"] for k in away.argmin(axis=1)]
