"""What is said of a measured value, its rows of indicators, and where it falls short."""

import re

import pytest
from measured import at, rule_of, study_of

from siting.access.indicators import COLUMNS
from siting.access.measure import measure
from siting.access.measured_findings import describe_measurement, unit_of
from siting.access.measured_tables import GAP_COLUMNS, indicator_rows, measured_gaps

UNITS = [
    {"code": "Z", "name": "全区", "level": "district"},
    {"code": "A", "name": "甲县", "level": "county"},
    {"code": "B", "name": "乙县", "level": "county"},
]
HOMES = {"facilities": [{"kind": "elder_home", "where": {"wellness": True}}]}
PUBLIC = {
    "among": [{"kind": "kindergarten"}],
    "having": {"where": {"ownership": "public"}},
    "measure": {"zh": "占比", "en": "share"},
}


def said(study, kind, **more):
    found = describe_measurement(measure(rule_of(kind, **more), study), study, nature="示意(合成)")
    return found["sentence"]


def gardens(*rows):
    return study_of(facilities=[{"ownership": o, "enrolled": n} for o, n in rows], units=UNITS)


def test_a_share_is_said_in_percent_with_what_is_short_of_its_target():
    sentence = said(gardens(("public", 70), ("private", 30)), "share", **PUBLIC, weight="enrolled",
                    target=0.75)  # fmt: skip
    assert sentence["conclusion"]["zh"] == "值：70.0%（70 / 100）；目标不低于 75.0%，不达标。"
    assert sentence["conclusion"]["en"] == (
        "value: 70.0% (70 of 100); the target is 75.0% or more, and the target is missed."
    )
    assert sentence["advice"]["zh"] == "距目标还差 5.0 个百分点。分子至少还需增加 5。"
    assert "按在园/在校人数加权" in sentence["caliber"]["zh"]
    assert "规划文本——《规划》一（条款 C1）" in sentence["caliber"]["zh"]
    assert sentence["data"]["zh"] == (
        "数据取自设施（截至 2020-11-01），所需字段齐全。数据性质：示意(合成)。"
    )


def test_what_is_unknown_is_said_and_asked_for():
    study = gardens(("public", 70), (None, 30))
    sentence = said(study, "share", **PUBLIC, weight="enrolled", target=0.75)
    assert sentence["conclusion"]["zh"] == "值：未评估，因为缺少办园性质（1 处设施未填）。"
    assert sentence["advice"]["zh"] == "请先补齐：办园性质（1 处设施未填），再作评价。"
    met = said(study, "share", **PUBLIC, weight="enrolled", target=0.7)
    assert met["conclusion"]["zh"].startswith("值：至少 70.0%")
    assert "尚缺办园性质（1 处设施未填）" in met["data"]["zh"]


def test_a_value_far_from_its_target_asks_to_check_the_text():
    sentence = said(gardens(("public", 28), ("private", 72)), "share", **PUBLIC,
                    weight="enrolled", target=0.6)  # fmt: skip
    assert sentence["advice"]["zh"].endswith("与目标差距异常，请核对原文口径。")
    near = said(gardens(("public", 59), ("private", 41)), "share", **PUBLIC,
                weight="enrolled", target=0.6)  # fmt: skip
    assert "异常" not in near["advice"]["zh"]


def test_units_that_fall_short_are_named_first():
    homes = [{"kind": "elder_home", "county": "A", "wellness": True}]
    study = study_of(facilities=homes, units=UNITS)
    asked = {"quantity": HOMES, "unit_level": "county", "target": 1}
    sentence = said(study, "count", **asked)
    assert sentence["conclusion"]["zh"] == (
        "值：2 个县（市、区）中 1 个达到要求（各自目标不低于 1 值），未全覆盖。"
    )
    assert sentence["advice"]["zh"] == "优先处理：乙县。"
    gaps = measured_gaps(measure(rule_of("count", **asked), study))
    assert list(gaps) == GAP_COLUMNS
    assert gaps[["unit", "shortfall", "verdict"]].to_numpy().tolist() == [["B", 1.0, "fail"]]


def test_gaps_are_ordered_by_what_is_short_and_the_unknown_come_after():
    homes = [
        {"kind": "elder_home", "id": f"e{i}", "geometry": at(0, 9000 * i)} for i in range(3)
    ] + [{"kind": "elder_home", "id": "e9"}]
    near = [{"kind": "health_centre", "geometry": at(x, 9000 * i)} for i, x in enumerate((60, 900))]
    rule = rule_of(
        "adjacency",
        facilities=[{"kind": "elder_home"}],
        beside=[{"kind": "health_centre"}],
        within_m=50,
        target=1,
    )
    gaps = measured_gaps(measure(rule, study_of(facilities=homes + near)))
    assert gaps["unit"].tolist() == ["e2", "e1", "e0", "e9"]
    assert gaps["verdict"].tolist() == ["fail", "fail", "fail", "not_assessed"]


def test_indicators_hold_what_is_stated_and_nothing_unknown():
    study = study_of(
        facilities=[{"kind": "elder_home", "county": "A", "beds": 30}],
        units=[*UNITS[:1], {**UNITS[1], "p60": 1000}, UNITS[2]],
    )
    rule = rule_of(
        "ratio",
        numerator={"facilities": [{"kind": "elder_home"}], "sum": "beds"},
        denominator={"figure": "p60", "units": {"where": {"code": "A"}}},
        per=100,
        target=4,
        unit_level="county",
    )
    rows = indicator_rows(measure(rule, study), study)
    assert list(rows) == COLUMNS
    assert rows[["level", "unit", "indicator", "value"]].to_numpy().tolist() == [
        ["district", "Z", "measured", 3.0],
        ["district", "Z", "numerator", 30.0],
        ["district", "Z", "denominator", 1000.0],
        ["county", "A", "measured", 3.0],
    ]
    assert rows["target"][0] == 4


def test_indicators_of_parts_count_those_that_pass():
    homes = [{"kind": "elder_home", "county": "A", "wellness": True}]
    study = study_of(facilities=homes, units=UNITS)
    found = measure(rule_of("count", quantity=HOMES, unit_level="county", target=1), study)
    rows = indicator_rows(found, study)
    assert rows["indicator"].tolist() == ["passing", "measured", "measured"]
    assert rows["value"].tolist() == [1, 1, 0]
    assert rows["target"].tolist() == [2, 1, 1]


EVERY = {
    "count": {"quantity": HOMES},
    "ratio": {"numerator": HOMES, "denominator": {"group": "elders"}, "per": 10},
    "share": {"among": [{"kind": "kindergarten"}], "having": {"present": ["name"]}},
    "adjacency": {
        "facilities": [{"kind": "elder_home"}],
        "beside": [{"kind": "nursery"}],
        "within_m": 50,
        "unsure_m": 200,
    },
    "project": {"projects": ["甲", "乙"]},
    "route": {"schools": [{"kind": "middle_school"}]},
    "register": {"topics": ["事项"], "each": "name"},
    "stock": {"homes": {}, "group": "elders", "built_up_to": 2005},
}


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("target", [None, 1, 5])
@pytest.mark.parametrize("rich", [False, True])
def test_every_kind_is_said_in_whole_sentences_whatever_it_found(kind, target, rich):
    facilities = [
        {"kind": "elder_home", "wellness": True, "geometry": at(0), "project": "甲"},
        {"kind": "elder_home", "geometry": at(100)},
        {"kind": "nursery", "geometry": at(150)},
        {"kind": "kindergarten", "name": "园"},
    ]
    registers = [{"topic": "事项", "name": n, "value": v, "year": 2020} for n, v in ("a1", "b3")]
    study = study_of(facilities=facilities, units=UNITS, registers=registers,
                     residents=[{"id": "d", "p80": 50}]) if rich else study_of()  # fmt: skip
    found = measure(rule_of(kind, **EVERY[kind], target=target), study)
    sentence = describe_measurement(found, study, nature="")["sentence"]
    assert list(sentence) == ["conclusion", "data", "caliber", "advice"]
    for part in sentence.values():
        assert part["zh"].endswith("。")
        assert part["en"].endswith(".")
        assert not re.search(r"[{}]|nan|None|<NA>|  |（）|^，", part["zh"] + part["en"])
        assert not re.search(r"[一-鿿]", part["en"].replace("事项", "").replace("规划", "")
                             .replace("一", "").replace("甲", "").replace("乙", ""))  # fmt: skip
    indicator_rows(found, study)
    measured_gaps(found)


@pytest.mark.parametrize(
    ("value", "measure", "lang", "said_as"),
    [
        (1, "bases", "en", "base"),
        (1, "places per child", "en", "place per child"),
        (1, "consortia", "en", "consortium"),
        (2, "bases", "en", "bases"),
        (0, "bases", "en", "bases"),
        (1.5, "places per child", "en", "places per child"),
        (1, "m² of floor", "en", "m² of floor"),
        (1, "个", "zh", "个"),
    ],
)
def test_one_is_no_plural(value, measure, lang, said_as):
    assert unit_of(value, measure, lang) == said_as
