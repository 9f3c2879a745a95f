"""What registers state: how figures are read, added up, and looked at one by one."""

import pytest
from measured import headline, rule_of, stated, study_of

from siting.access.measure import measure
from siting.access.registers import figure


@pytest.mark.parametrize(
    ("text", "form", "numerator", "denominator"),
    [
        ("5", "count", 5, None),
        ("1,180", "count", 1180, None),
        (" 12.5 ", "count", 12.5, None),
        ("70.6%", "rate", 0.706, 1),
        ("70.6％", "rate", 0.706, 1),
        ("612/1180", "fraction", 612, 1180),
        ("612 / 1180", "fraction", 612, 1180),
        ("3/0", "unknown", None, None),
        ("是", "answer", 1, 1),
        ("有", "answer", 1, 1),
        ("否", "answer", 0, 1),
        ("无", "answer", 0, 1),
        ("0", "count", 0, None),
        ("-3", "unknown", None, None),
        ("若干", "unknown", None, None),
        ("", "unknown", None, None),
        (None, "unknown", None, None),
    ],
)
def test_how_a_figure_is_read(text, form, numerator, denominator):
    found = figure(text)
    assert found[0] == form
    numbers = [None if value != value else pytest.approx(value) for value in found[1:]]  # noqa: PLR0124
    assert numbers == [numerator, denominator]


def entry(value, *, name="甲", topic="事项", year=2020, status="operating"):
    return {"topic": topic, "name": name, "value": value, "year": year, "status": status}


def total(*entries, **more):
    return stated(headline(study_of(registers=entries), "register", topics=["事项"], **more))


@pytest.mark.parametrize(
    ("entries", "target", "expected"),
    [
        ([entry("1")], 1, (1.0, "pass")),
        ([entry("0")], 1, (0.0, "fail")),
        ([entry("2"), entry("3", name="乙")], 5, (5.0, "pass")),
        ([entry("2"), entry("3", name="乙")], 6, (5.0, "fail")),
        ([entry("2"), entry(None, name="乙")], 2, (2.0, "pass")),
        ([entry("2"), entry(None, name="乙")], 3, (None, "not_assessed")),
        ([entry("5", status="planned")], 1, (None, "not_assessed")),
        ([entry("5", status="building")], 1, (None, "not_assessed")),
        ([entry("5", status="unassessed")], 1, (None, "not_assessed")),
        ([entry("5", status="unlocated")], 1, (None, "not_assessed")),
        ([entry("5", status="closed")], 1, (None, "not_assessed")),
        ([entry("5", status=None)], 5, (5.0, "pass")),
        ([entry("5", year=2021)], 1, (None, "not_assessed")),
        ([entry("5", year=None)], 5, (5.0, "pass")),
        ([entry("3", year=2019), entry("4", year=2020)], 4, (4.0, "pass")),
        ([entry("70.6%")], 0.72, (0.706, "fail")),
        ([entry("72%")], 0.72, (0.72, "pass")),
        ([entry("612/1180")], 0.6, (612 / 1180, "fail")),
        ([entry("6/10")], 0.6, (0.6, "pass")),
        ([entry("1/2"), entry("5/8", name="乙")], 0.6, (0.6, "pass")),
        ([entry("70%"), entry("80%", name="乙")], 0.7, (pytest.approx(0.7), "pass")),
        ([entry("70%"), entry("80%", name="乙")], 0.75, (None, "not_assessed")),
        ([entry("有"), entry("无", name="乙")], 0.5, (0.5, "pass")),
        (
            [entry("有"), entry("无", name="乙"), entry(None, name="丙")],
            0.5,
            (None, "not_assessed"),
        ),
        ([entry("有"), entry("无", name="乙"), entry(None, name="丙")], 0.7, (1 / 3, "fail")),
        ([entry("有"), entry("5", name="乙")], 1, (None, "not_assessed")),
        ([entry("有"), entry("无", name="乙")], None, (0.5, "no_target")),
        ([entry("1", topic="另一事项")], 1, (None, "not_assessed")),
        ([], 1, (None, "not_assessed")),
    ],
)
def test_the_total_of_a_register(entries, target, expected):
    assert total(*entries, target=target) == expected


def test_what_a_register_lacks_is_named():
    row = headline(study_of(registers=[entry(None)]), "register", topics=["事项"], target=1)
    assert row["missing"] == "台账“事项”（1 项未填或未评估）"
    row = headline(study_of(), "register", topics=["事项"], target=1)
    assert row["missing"] == "台账“事项”截至评估日期的记录"
    rates = [entry("70%"), entry("80%", name="乙")]
    row = headline(study_of(registers=rates), "register", topics=["事项"], target=0.75)
    assert row["missing"] == "台账“事项”各比率的分子与分母（2 项）"


def test_every_name_must_reach_the_target():
    entries = [
        entry("2", name="下沙街道"),
        entry("0", name="前进街道"),
        entry("1", name="新湾街道"),
    ]
    rule = rule_of("register", topics=["事项"], each="name", target=1)
    table = measure(rule, study_of(registers=entries)).table
    assert stated(table.iloc[0]) == (2.0, "partial")
    assert table["numerator"][0] == 2
    assert table["denominator"][0] == 3
    assert dict(zip(table["unit"][1:], table["verdict"][1:], strict=True)) == {
        "下沙街道": "pass",
        "前进街道": "fail",
        "新湾街道": "pass",
    }
    open_ = [*entries[::2], entry(None, name="前进街道")]
    table = measure(rule, study_of(registers=open_)).table
    assert stated(table.iloc[0]) == (None, "not_assessed")
    assert measure(rule, study_of()).table["verdict"].tolist() == ["not_assessed"]


def test_every_topic_must_have_an_entry():
    asked = {"topics": ["基地", "展馆"], "each": "topic", "target": 1}
    one = [entry("1", topic="基地", name="a")]
    row = headline(study_of(registers=one), "register", **asked)
    assert (row["verdict"], row["missing"]) == ("not_assessed", "台账“展馆”截至评估日期的记录")
    both = [*one, entry("1", topic="展馆", name="b", year=2022)]
    assert headline(study_of(registers=both), "register", **asked)["verdict"] == "not_assessed"
    later = study_of(registers=both, as_of=2022)
    assert stated(headline(later, "register", **asked)) == (2.0, "pass")


def test_every_year_of_the_period_up_to_the_evaluation_date():
    entries = [entry(n, year=y, name=str(y)) for y, n in ((2019, "3"), (2021, "5"), (2022, "6"))]
    asked = {"topics": ["事项"], "each": "year", "years": [2021, 2022], "target": 5}
    row = headline(study_of(registers=entries, as_of=2022), "register", **asked)
    assert stated(row) == (2.0, "pass")
    # What is not yet known on the evaluation date is not yet done.
    early = study_of(registers=entries, as_of=2020)
    table = measure(rule_of("register", **asked), early).table
    assert table["verdict"].tolist() == ["not_assessed"] * 3
    low = [*entries[:2], entry("4", year=2022, name="2022")]
    row = headline(study_of(registers=low, as_of=2022), "register", **asked)
    assert stated(row) == (1.0, "partial")


def test_two_entries_of_a_year_add_up():
    entries = [entry("2", name="a"), entry("3", name="b")]
    asked = {"topics": ["事项"], "each": "year", "years": [2020, 2020], "target": 5}
    assert stated(headline(study_of(registers=entries), "register", **asked)) == (1.0, "pass")


def test_names_are_stated_without_a_target():
    entries = [entry("2", name="a"), entry("3", name="b")]
    rule = rule_of("register", topics=["事项"], each="name")
    table = measure(rule, study_of(registers=entries)).table
    assert table["value"].tolist() == [5, 2, 3]
    assert set(table["verdict"]) == {"no_target"}


def test_a_topic_is_a_quantity_of_a_count_by_the_names_of_units():
    units = [{"code": c, "name": n, "level": "street"} for c, n in (("1", "甲街"), ("2", "乙街"))]
    study = study_of(registers=[entry("2", name="甲街"), entry("0", name="乙街")], units=units)
    rule = rule_of("count", quantity={"topic": "事项"}, unit_level="street", target=1)
    table = measure(rule, study).table
    assert table["verdict"].tolist() == ["partial", "pass", "fail"]
    assert table["value"].tolist() == [1, 2, 0]


def test_the_order_of_entries_is_irrelevant():
    entries = [entry("2", name="a"), entry("3", name="b", year=2019), entry(None, name="c")]
    rule = rule_of("register", topics=["事项"], each="name", target=2)
    one = measure(rule, study_of(registers=entries)).table
    assert one.equals(measure(rule, study_of(registers=entries[::-1])).table)
