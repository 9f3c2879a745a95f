"""Who lives in old compounds: the year's boundary, names, order, and what is not known."""

import pandas as pd
import pytest
from measured import headline, rule_of, stated, study_of

from siting.access.measure import measure

ASKED = {
    "homes": {"where": {"kind": ["compound"]}},
    "group": "elders",
    "built_up_to": 2005,
}


def building(name, year, elders=10, **more):
    row = {"name": name, "year_built": year, "p80": elders, "kind": "compound", "community": "c"}
    return row | more


def town(*buildings):
    rows = [{"id": f"d{i}", **row} for i, row in enumerate(buildings)]
    units = [{"code": code, "level": "community"} for code in ("c", "e")]
    return study_of(residents=rows, units=units)


@pytest.mark.parametrize(
    ("buildings", "found"),
    [
        ([building("甲1幢", 2005)], (10, "no_target")),
        ([building("甲1幢", 2006)], (0, "no_target")),
        ([building("甲1幢", 1990), building("甲2幢", 2006, 7)], (10, "no_target")),
        ([building("甲1幢", 1990, kind="village")], (0, "no_target")),
        ([building("甲1幢", 1990, outside=True)], (0, "no_target")),
        ([building("甲1幢", 1990, 0)], (0, "no_target")),
        ([building("甲1幢", None)], (None, "not_assessed")),
        ([building("甲1幢", None, 0)], (0, "no_target")),
        ([building("甲1幢", None, kind="village")], (0, "no_target")),
        ([building("甲1幢", 1990, kind=None)], (None, "not_assessed")),
        ([building("甲1幢", 2006, kind=None)], (0, "no_target")),
        ([building("甲1幢", 1990), building("乙1幢", None, 7)], (10, "no_target")),
        ([], (None, "not_assessed")),
    ],
)
def test_people_in_old_compounds(buildings, found):
    assert stated(headline(town(*buildings), "stock", **ASKED)) == found


def test_what_is_not_known_is_named():
    assert headline(town(), "stock", **ASKED)["missing"] == "居民点图层"
    row = headline(town(building("甲1幢", 1990), building("乙1幢", None)), "stock", **ASKED)
    assert row["missing"] == "建成年份（1 个居民点未填）"
    row = headline(town(building("甲1幢", 1990, kind=None)), "stock", **ASKED)
    assert row["missing"] == "类型（1 个居民点未填）"


@pytest.mark.parametrize(("target", "verdict"), [(10, "pass"), (17, "not_assessed"), (18, "fail")])
def test_a_target_holds_whatever_the_missing_year_is(target, verdict):
    study = town(building("甲1幢", 1990), building("乙1幢", None, 7))
    assert headline(study, "stock", **ASKED, target=target)["verdict"] == verdict


def test_compounds_come_one_by_one_most_people_first_and_the_unknown_last():
    study = town(
        building("甲1幢", 1990, 4),
        building("乙3幢", 1990, 6),
        building("乙12号楼", 2001, 3),
        building("乙12号楼", 2001, 5, community="e"),
        building("丙1区1幢", 1999, 9),
        building("丙2区1幢", 1999, 1),
        building("丁", None, 99),
        building(None, 1980, 2),
        building("戊1幢", 2020, 80),
    )
    table = measure(rule_of("stock", **ASKED), study).table
    rows = table.iloc[1:]
    assert list(zip(rows["unit_name"], rows["unit"], strict=True)) == [
        ("乙", "d1"), ("丙1区", "d4"), ("乙", "d3"), ("甲", "d0"), ("d7", "d7"), ("丙2区", "d5"),
        ("丁", "d6"),
    ]  # fmt: skip
    assert rows["value"].tolist()[:-1] == [9, 9, 5, 4, 2, 1]
    assert rows["value"].iloc[-1] is pd.NA
    assert rows["verdict"].iloc[-1] == "not_assessed"
    assert table["value"].iloc[0] == rows["value"].sum() == 30
    assert set(table["part"]) == {"all", "compound"}
