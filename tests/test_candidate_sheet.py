"""Table 4: the reviewers' columns, the next best sites below the ranked ones, nothing made up."""

from dataclasses import replace

import pandas as pd
import pytest
from result_fixture import sample_result

from siting.report.candidatesheet import candidates_sheet
from siting.report.rankingwords import RankingWords
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


def test_a_site_that_is_chosen_in_every_case_is_said_to_be():
    result = sample_result()
    sure = replace(result, candidates=result.candidates.assign(robust_share=1.0, drops_out=""))
    assert "recommended; chosen in every case" in candidates_sheet(sure, "en")["remark"].iloc[0]
    table = candidates_sheet(result, "en")
    assert not table["remark"].fillna("").str.contains("every case").any()


def test_a_street_without_a_name_is_called_by_a_word_not_a_code():
    result = sample_result()
    record = result.manifest["rankings"][0]
    trials = [
        {"id": f"link:{name}", "kind": "link", "name": f"{name} 120.32,30.31"}
        for name in ("compound", "之江 东路")
    ]
    told = RankingWords(result, record | {"robustness": {"trials": trials}}, "zh")
    assert told.trial("link:compound") == "断开最繁忙的一段路（小区内道路 120.32,30.31）"
    assert "之江 东路 120.32,30.31" in told.trial("link:之江 东路")
