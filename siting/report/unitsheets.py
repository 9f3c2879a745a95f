"""Sheets about the units that a rule weighs: hot spots block by block, density unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.report.rows import reading_titles, titles
from siting.report.words import name

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

BLOCK = ["children", "places", "private_places", "unserved", "ratio"]
BLOCK_COLUMNS = ["rule", "title", "stage", "rank", "unit_name", *BLOCK, "hot"]
BAND_COLUMNS = ["rule", "title", "reading", "changed", "band", "units", "people"]


def _coded(result: Result) -> pd.DataFrame:
    """Return the indicators, their code split from the part that they speak of."""
    table = result.indicators
    codes = [code.partition(":") for code in table["indicator"]]
    return table.assign(code=[code for code, _, _ in codes], about=[part for _, _, part in codes])


def _part_titles(result: Result, lang: Lang) -> dict[tuple[str, str], str]:
    return {
        (rule["id"], part["part"]): part["title"][lang]
        for rule in result.rules
        for part in rule["parts"]
    }


def blocks_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Children, places and who has none, by stage and block: the most without a place first.

    Hot are the blocks that lack a class or more. They have the most children without a place, so
    that their number (`hot_blocks`) tells which they are.
    """
    table = _coded(result)
    table = table[(table["reading"] == "default") & table["value"].notna()]
    hot = table[table["code"] == "hot_blocks"].set_index(["rule", "about"])["value"]
    unit_names = result.layers.units.set_index("code")["name"]
    parts, rule_titles = _part_titles(result, lang), titles(result, lang)
    found = []
    for (rule, stage), count in zip(hot.index.to_flat_index(), hot, strict=True):
        mine = table[(table["rule"] == rule) & (table["about"] == stage)]
        mine = mine[mine["code"].isin(BLOCK)]
        wide = mine.pivot_table(index="unit", columns="code", values="value").reindex(columns=BLOCK)
        wide = wide.reset_index().sort_values(["unserved", "unit"], ascending=[False, True])
        rank = range(1, len(wide) + 1)
        found.append(
            wide.assign(
                rule=rule,
                title=rule_titles.get(rule, rule),
                stage=parts.get((rule, stage), stage),
                rank=rank,
                unit_name=wide["unit"].map(unit_names).fillna(wide["unit"]),
                hot=[name("yes", at <= count, lang) for at in rank],
            )
        )
    columns = pd.DataFrame(columns=BLOCK_COLUMNS)
    return pd.concat(found, ignore_index=True)[BLOCK_COLUMNS] if found else columns


def density_units_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Units and people of every density class under each density unit, and who changes class."""
    table = _coded(result)
    bands = table[table["code"].isin(["units_in_band", "people_in_band"])]
    if bands.empty:
        return pd.DataFrame(columns=BAND_COLUMNS)
    keys = ["rule", "reading", "about"]
    order = {key: at for at, key in enumerate(bands[keys].itertuples(index=False, name=None))}
    wide = bands.pivot_table(index=keys, columns="code", values="value").reset_index()
    wide = wide.assign(at=[order[key] for key in wide[keys].itertuples(index=False, name=None)])
    wide = wide.sort_values("at")
    moved = table[table["code"] == "people_changed_band"].set_index(["rule", "reading"])["value"]
    parts, rule_titles = _part_titles(result, lang), titles(result, lang)
    rows = wide.to_dict("records")
    return pd.DataFrame(
        {
            "rule": wide["rule"],
            "title": wide["rule"].map(rule_titles),
            "reading": reading_titles(result, wide, lang),
            "changed": [_changed(row, moved) for row in rows],
            "band": [
                parts.get((row["rule"], row["about"])) or name("part", row["about"], lang)
                for row in rows
            ],
            "units": wide.get("units_in_band"),
            "people": wide.get("people_in_band"),
        }
    ).reset_index(drop=True)


def _changed(row: dict[Any, Any], moved: pd.Series[float]) -> float | None:
    """Return how many people change class under the reading of a row; none under the default."""
    return 0.0 if row["reading"] == "default" else moved.get((row["rule"], row["reading"]))
