"""Table 4: the ranked sites, and below them the next ones and why they are not recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.report.rankingwords import RankingWords
from siting.report.rows import titles
from siting.report.words import say

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang


def candidates_sheet(result: Result, lang: Lang) -> pd.DataFrame:
    """Return the rows of Table 4, ranking by ranking, each followed by the next best sites.

    `score` is the gain as the ranking weighs people; no other score is made up. A figure that
    needs what the layers do not hold is missing: the table shows a dash, its notes say why.
    """
    words = {
        one["ranking"]: RankingWords(result, one, lang)
        for one in result.manifest.get("rankings", [])
    }
    table = result.candidates.sort_values(["ranking", "rank"], ignore_index=True)
    before = table.groupby("ranking")["coverage"].shift()
    first = table["coverage"] * (1 - table["gain"] / table["covered"].replace(0, np.nan))
    ranked = table.assign(
        number=table["rank"],
        fit=[_fit(row, lang) for row in table.to_dict("records")],
        gain_points=table["coverage"] - before.fillna(first),
        remark=[_remark(words.get(row["ranking"]), row) for row in table.to_dict("records")],
    )
    rows = pd.concat([ranked, *(_next_ones(one) for one in words.values())], ignore_index=True)
    parcels = result.layers.parcels.set_index("id")
    place = rows["site"].astype(str).str.split(":").str[0]  # of no rows, too
    streets = parcels["street"].map(result.layers.units.set_index("code")["name"])
    order = dict(zip(words, range(len(words)), strict=True))
    return (
        rows.assign(
            title=rows["rule"].map(titles(result, lang)),
            asked=rows["ranking"].map({key: one.asked() for key, one in words.items()}),
            land=[_land(parcels, one) for one in place],
            replacement=[
                words[one].called(site) if one in words and isinstance(site, str) else ""
                for one, site in zip(rows["ranking"], rows["replacement"], strict=True)
            ],
            street=rows["street"].fillna(place.map(streets)),
            _order=rows["ranking"].map(order),
        )
        .sort_values(["_order", "number"], kind="stable", na_position="last", ignore_index=True)
        .drop(columns="_order")
        .replace("", pd.NA)
    )


def _land(parcels: pd.DataFrame, place: str) -> str:
    if place not in parcels.index:
        return ""
    use, area = parcels.loc[place, ["land_use", "area_m2"]]
    return f"{use} / {area:,.0f} m²"


def _fit(row: dict[Any, Any], lang: Lang) -> str:
    """Set the places of a site beside the people within its reach."""
    if pd.isna(row["reach"]):
        return ""
    reach = int(row["reach"])
    if pd.isna(row["capacity"]):
        return say("sheet", "fit_open", lang, reach=reach)
    return say("sheet", "fit", lang, places=int(row["capacity"]), reach=reach)


def _remark(words: RankingWords | None, row: dict[Any, Any]) -> str:
    """Say on what a recommendation hangs, and what the site asks for."""
    if words is None:
        return ""
    holds = words.say("line", "holds") if row["robust_share"] == 1 else ""
    told = [holds, words.hangs_on(row["drops_out"] or ""), *words.noise(row["site"])]
    return ("；" if words.lang == "zh" else "; ").join(filter(None, told))


def _next_ones(words: RankingWords) -> pd.DataFrame:
    """Return the best sites that were not chosen, and why they rank lower."""
    record = words.record
    return pd.DataFrame(
        [
            {
                "rule": record["rule"],
                "ranking": record["ranking"],
                "site": one["site"],
                "name": words.called(one["site"]),
                "gain": one["adds"],
                "remark": words.beaten(one),
            }
            for one in record.get("runners_up", [])
        ]
    )
