"""Table 4: the reviewers' columns, the next best sites below the ranked ones, nothing made up."""

from dataclasses import replace

import pandas as pd
import pytest
from result_fixture import sample_result

from siting.report.candidatesheet import candidates_sheet
from siting.report.sheets import declared_sheets

REVIEWERS = [
    "number", "name", "street", "land", "gain", "youngest_oldest", "gain_points", "nearest_m",
    "main_road_m", "fit", "score", "remark",
]  # fmt: skip


def test_the_reviewers_columns_stand_in_their_order():
    shown = [column["key"] for column in declared_sheets()["candidates"]["column"]]
    assert [key for key in shown if key in REVIEWERS] == REVIEWERS


def test_ranked_sites_then_the_next_ones_with_the_reason():
    table = candidates_sheet(sample_result(), "en")
    mine = table[table["rule"] == "elder-home-by-density"]
    assert mine["number"].tolist()[:4] == [1, 2, 3, 4]
    last = mine.iloc[-1]
    assert pd.isna(last["number"])
    assert "it would add 20" in last["remark"]
    assert mine["fit"].iloc[0].startswith("size not stated")
    assert mine["main_road_m"].isna().all()  # no street of that class: not assessed


def test_two_rankings_of_one_rule_do_not_share_their_points():
    result = sample_result()
    first = result.candidates[result.candidates["rule"] == "elder-home-by-density"]
    second = first.assign(ranking="again", coverage=first["coverage"] / 2, gain=first["gain"] / 2)
    both = replace(
        result, candidates=pd.concat([first, second.assign(covered=first["covered"] / 2)])
    )
    points = candidates_sheet(both, "zh").groupby("ranking")["gain_points"].first()
    assert points["again"] == pytest.approx(points["elder-home-by-density"] / 2)
