"""Where named projects stand."""

import pytest
from measured import at, headline, rule_of, stated, study_of

from siting.access.measure import measure


def part(project, status="operating", *, year=2019, position="surveyed", place=None):
    return {
        "project": project,
        "status": status,
        "year_open": year,
        "position": position,
        "geometry": at(0) if place is None else place,
    }


def stage(*rows, projects=("甲",), **more):
    return headline(study_of(facilities=rows), "project", projects=list(projects), **more)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([part("甲")], "open"),
        ([part("甲", year=2020)], "open"),
        ([part("甲", year=None)], "open"),
        ([part("甲", year=2021)], "not_assessed"),
        ([part("甲", "building")], "building"),
        ([part("甲", "planned", year=2023)], "not_started"),
        ([part("甲", "closed")], "not_assessed"),
        ([part("甲"), part("甲", "planned")], "not_started"),
        ([part("甲"), part("甲", "building")], "building"),
        ([part("乙")], "position_unknown"),
        ([], "position_unknown"),
    ],
)
def test_a_project_stands_where_its_least_advanced_part_stands(rows, verdict):
    assert stage(*rows)["verdict"] == verdict


def test_a_schematic_position_is_unknown_while_the_status_stands():
    row = stage(part("甲", "planned", position="schematic"))
    assert (row["verdict"], row["missing"]) == ("not_started", "准确位置（1 个项目）")
    assert stage(part("甲", "planned", position="approximate"))["missing"] == ""
    assert stage()["missing"] == "设施表中的记录（1 个项目）"


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("operating", "operating", "open"),
        ("operating", "planned", "building"),
        ("building", "planned", "building"),
        ("planned", "planned", "not_started"),
        ("planned", None, "not_started"),
        (None, None, "position_unknown"),
    ],
)
def test_several_projects_are_under_way_as_soon_as_one_is(first, second, verdict):
    pairs = zip(("甲", "乙"), (first, second), strict=True)
    rows = [part(name, status) for name, status in pairs if status]
    row = stage(*rows, projects=("甲", "乙"))
    assert row["verdict"] == verdict
    assert row["value"] == [first, second].count("operating")
    assert row["denominator"] == 2


@pytest.mark.parametrize(("second", "verdict"), [("operating", "pass"), ("planned", "fail")])
def test_with_a_target_the_open_ones_are_counted(second, verdict):
    rows = [part("甲"), part("乙", second)]
    assert stage(*rows, projects=("甲", "乙"), target=2)["verdict"] == verdict
    assert stage(rows[0], projects=("甲", "乙"), target=2)["verdict"] == "not_assessed"


def test_rows_name_the_facilities_in_the_order_of_the_plan():
    rows = [{**part("乙"), "id": "k2"}, {**part("甲", "planned"), "id": "k1"}]
    rule = rule_of("project", projects=["甲", "乙"])
    table = measure(rule, study_of(facilities=rows)).table
    assert table["unit_name"].tolist() == ["", "甲", "乙"]
    assert table["unit"].tolist() == ["", "k1", "k2"]
    assert [stated(row)[1] for _, row in table.iterrows()] == ["building", "not_started", "open"]
