"""From headings to columns: synonyms, units, ages, rivals."""

import pytest

from siting.layers.columns import age_key, map_columns
from siting.layers.schemas import schemas


def mapped(headings, *, table="facilities", fields=None):
    mapping, problems = map_columns(
        headings, schema=schemas()[table], fields=fields or {}, where="f.csv"
    )
    assert problems == []
    return mapping


def faults(headings, *, table="facilities", fields=None):
    _, problems = map_columns(headings, schema=schemas()[table], fields=fields or {}, where="f.csv")
    return [(p.key, p.values["column"]) for p in problems]


@pytest.mark.parametrize(
    ("heading", "table", "key"),
    [
        ("机构名称", "facilities", "name"),
        ("床位数（张）", "facilities", "beds"),
        ("床 位\n数", "facilities", "beds"),
        ("ＮＡＭＥ", "facilities", "name"),
        ("是否普惠", "facilities", "inclusive"),
        ("公办/民办", "facilities", "ownership"),
        ("建成年份", "facilities", "year_open"),
        ("建成年份", "residents", "year_built"),
        ("学生数", "facilities", "enrolled"),
        ("学生数", "residents", "students"),
        ("户籍人口", "residents", "hukou"),
        ("经度(GCJ02)", "facilities", "lon"),
        ("辖区面积（公顷）", "units", "land_km2"),
        ("fclass", "streets", "class"),
        ("控规单元", "units", "name"),
        ("单元编号", "units", "code"),
        ("面积（亩）", "units", "land_km2"),
        ("地块编号", "parcels", "id"),
        ("0~3岁", "residents", "p0_2"),
        ("3-6岁", "residents", "p3_5"),
        ("高龄老人", "residents", "p80"),
        ("居住人口", "residents", "pop"),
        ("县(市、区)", "facilities", "county"),
        ("失智床位", "facilities", "dem_beds"),
        ("现状/规划", "facilities", "status"),
        ("镇（街道）", "facilities", "street"),
        ("社区(村)", "facilities", "community"),
        ("是否可步行", "streets", "walkable"),
    ],
)
def test_synonyms(heading, table, key):
    assert mapped([heading], table=table).columns == {key: heading}


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("0岁", "p_0"),
        ("17岁人口", "p_17"),
        ("3-5岁", "p3_5"),
        ("12~14岁", "p12_14"),
        ("6至11周岁", "p6_11"),
        ("60岁及以上", "p60"),
        ("80周岁以上人口", "p80"),
        ("p18_59", "p18_59"),
        ("p_3", "p_3"),
        ("18岁", "p_18"),
        ("名称", None),
        ("1岁以下", None),
    ],
)
def test_headings_of_ages(heading, key):
    assert age_key(heading) == key


def test_unit_in_the_heading_decides_between_classes_and_places():
    assert mapped(["办学规模"]).columns == {"classes": "办学规模"}
    assert mapped(["办学规模(人)"]).columns == {"places": "办学规模(人)"}
    both = mapped(["办学规模（班）", "办学规模（人）"]).columns
    assert both == {"classes": "办学规模（班）", "places": "办学规模（人）"}


@pytest.mark.parametrize(
    ("heading", "table", "factor"),
    [
        ("面积(公顷)", "units", 0.01),
        ("面积(亩)", "parcels", 2000 / 3),
        ("面积(平方公里)", "units", 1),
        ("用地面积(公顷)", "parcels", 10000),
        ("常住人口(万人)", "residents", 10000),
        ("床位数(张)", "facilities", 1),
    ],
)
def test_units_in_headings(heading, table, factor):
    mapping = mapped([heading], table=table)
    (key,) = mapping.columns
    assert mapping.factors.get(key, 1) == pytest.approx(factor)


def test_own_name_goes_before_synonyms_and_the_rest_is_told():
    mapping = mapped(["床位数", "核定床位", "beds"])
    assert mapping.columns == {"beds": "beds"}
    assert mapping.passed_over == {"beds": ["床位数", "核定床位"]}


def test_equal_rivals_are_a_problem_that_names_them():
    _, (problem,) = map_columns(
        ["单位名称", "机构名称"], schema=schemas()["facilities"], fields={}, where="f.csv"
    )
    assert problem.key == "column-ambiguous"
    assert "单位名称, 机构名称" in problem.found("zh")
    assert 'name = "单位名称"' in problem.remedy("en")


def test_the_scenario_decides_between_rivals():
    mapping = mapped(["单位名称", "机构名称"], fields={"name": "机构名称"})
    assert mapping.columns == {"name": "机构名称"}


def test_the_county_beside_a_name_is_no_rival_of_it():
    assert mapped(["小区名称", "区县", "常住人口"], table="residents").columns["name"] == "小区名称"
    assert mapped(["区县", "代码"], table="units").columns["name"] == "区县"


def test_wrong_fields_are_named():
    assert faults(["名称"], fields={"name": "机构"}) == [("field-missing", "name")]
    assert faults(["名称"], fields={"colour": "名称"}) == [("field-unknown", "colour")]


def test_unknown_headings_are_left_alone():
    assert mapped(["联系电话", "名称"]).columns == {"name": "名称"}
