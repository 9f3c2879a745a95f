"""Counts, ratios and shares: what known facts decide, and what unknown ones leave open."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import headline, rule_of, stated, study_of

from siting.access.measure import COLUMNS, measure
from siting.access.shares import share_of
from siting.plan.model import Reading
from siting.words import Text

HOMES = {"facilities": [{"kind": "elder_home", "where": {"wellness": True}}]}
COUNTIES = [{"code": c, "level": "county", "kind": k} for c, k in (("A", "县"), ("B", "区"))]


def home(county="A", **more):
    return {"kind": "elder_home", "county": county, **more}


def test_the_table_has_the_columns_of_the_contract_and_numbers_that_may_be_missing():
    rule = rule_of("count", quantity=HOMES, target=1)
    found = measure(rule, study_of(facilities=[home(wellness=True)]))
    assert tuple(found.table) == COLUMNS
    assert (found.reading, found.rule) == ("default", rule)
    numbers = ["value", "numerator", "denominator", "target", "up_to"]
    assert (found.table[numbers].dtypes == "Float64").all()
    assert found.headline["part"] == "all"


@pytest.mark.parametrize(
    ("wellness", "target", "expected"),
    [
        ([], 1, (0.0, "fail")),
        ([], 0, (0.0, "pass")),
        ([True], 1, (1.0, "pass")),
        ([True, False], 2, (1.0, "fail")),
        ([True, True], 2, (2.0, "pass")),
        ([True, None], 2, (None, "not_assessed")),
        ([True, None], 3, (1.0, "fail")),  # even a favourable answer is too few
        ([True, None], 1, (1.0, "pass")),  # even an unfavourable one is enough
        ([None], 1, (None, "not_assessed")),
        ([True, None], None, (1.0, "no_target")),
        ([None], None, (None, "not_assessed")),
        ([False], None, (0.0, "no_target")),
    ],
)
def test_count_of_the_place(wellness, target, expected):
    study = study_of(facilities=[home(wellness=one) for one in wellness])
    assert stated(headline(study, "count", quantity=HOMES, target=target)) == expected


def test_what_is_missing_is_named_in_words_with_how_many_lack_it():
    study = study_of(facilities=[home(wellness=True), home(), home()])
    found = measure(rule_of("count", quantity=HOMES, target=2), study)
    assert found.headline["missing"] == "康养型（2 处设施未填）"
    assert found.lacks == {"facilities.wellness": 2}
    exact = measure(rule_of("count", quantity=HOMES), study_of(facilities=[home(wellness=True)]))
    assert exact.headline["missing"] == ""


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, True),
        ({"outside": True}, False),
        ({"status": "planned"}, False),
        ({"status": "building"}, False),
        ({"status": "closed"}, False),
        ({"year_open": 2020}, True),
        ({"year_open": 2021}, False),
    ],
)
def test_only_what_operates_in_the_place_on_the_evaluation_date_counts(more, counts):
    study = study_of(facilities=[home(wellness=True, **more)])
    assert stated(headline(study, "count", quantity=HOMES))[0] == float(counts)


def test_a_sum_with_an_empty_cell_is_at_least_what_is_known():
    beds = {"facilities": [{"kind": "elder_home"}], "sum": "home_beds"}
    study = study_of(facilities=[home(home_beds=300), home(home_beds=None)])
    assert stated(headline(study, "count", quantity=beds, target=300)) == (300.0, "pass")
    assert stated(headline(study, "count", quantity=beds, target=301)) == (None, "not_assessed")
    assert headline(study, "count", quantity=beds)["missing"] == "家庭养老床位（1 处设施未填）"
    full = study_of(facilities=[home(home_beds=300), home(home_beds=200)])
    assert stated(headline(full, "count", quantity=beds, target=500)) == (500.0, "pass")
    assert stated(headline(full, "count", quantity=beds, target=501)) == (500.0, "fail")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (["yes"], ["yes"], (2.0, "pass")),
        (["yes"], [], (1.0, "partial")),
        ([], [], (0.0, "fail")),
        (["yes"], ["?"], (None, "not_assessed")),
        ([], ["?"], (None, "not_assessed")),
        (["?"], ["yes", "?"], (None, "not_assessed")),
    ],
)
def test_every_unit_must_reach_the_target(a, b, expected):
    value = {"yes": True, "?": None}
    rows = [home(c, wellness=value[one]) for c, all_ in (("A", a), ("B", b)) for one in all_]
    study = study_of(facilities=rows, units=COUNTIES)
    row = headline(study, "count", quantity=HOMES, unit_level="county", target=1)
    assert stated(row) == expected
    assert row["denominator"] == 2


def test_units_are_narrowed_by_their_kind_and_one_of_unknown_kind_is_not_judged():
    facilities = [home("A", wellness=True), home("B", wellness=False)]
    asked = {"quantity": HOMES, "unit_level": "county", "target": 1}
    counties = {"units": {"where": {"kind": ["县", "市"]}}}
    study = study_of(facilities=facilities, units=COUNTIES)
    assert stated(headline(study, "count", **asked)) == (1.0, "partial")
    assert stated(headline(study, "count", **asked, **counties)) == (1.0, "pass")
    unknown = [{"code": c, "level": "county"} for c in "AB"]
    found = measure(
        rule_of("count", **asked, **counties), study_of(facilities=facilities, units=unknown)
    )
    assert stated(found.headline) == (None, "not_assessed")
    assert "类别（2 个单元未填）" in found.headline["missing"]
    none = {"units": {"where": {"kind": "州"}}}
    assert headline(study, "count", **asked, **none)["verdict"] == "not_applicable"


def test_without_units_of_the_level_nothing_is_assessed():
    row = headline(study_of(), "count", quantity=HOMES, unit_level="county", target=1)
    assert (row["verdict"], row["missing"]) == ("not_assessed", "县（市、区）单元")


def test_a_facility_of_unknown_unit_may_stand_in_any():
    study = study_of(facilities=[home(None, wellness=True)], units=COUNTIES)
    found = measure(rule_of("count", quantity=HOMES, unit_level="county", target=1), study)
    assert found.table["verdict"].tolist() == ["not_assessed"] * 3
    assert found.table["missing"][1] == "区县（1 处设施未填）"


def test_units_beyond_the_district_are_not_asked():
    units = [*COUNTIES, {"code": "C", "level": "county", "outside": True}]
    study = study_of(facilities=[home(c, wellness=True) for c in "AB"], units=units)
    found = measure(rule_of("count", quantity=HOMES, unit_level="county", target=1), study)
    assert found.table["unit"].tolist() == ["", "A", "B"]
    assert stated(found.headline) == (2.0, "pass")


def test_scope_names_units_and_their_children():
    units = [
        {"code": "S1", "name": "一街", "level": "street"},
        {"code": "S2", "name": "二街", "level": "street"},
        {"code": "C1", "level": "community", "parent": "S1", "urban_rural": "111"},
        {"code": "C2", "level": "community", "parent": "S2", "urban_rural": "220"},
        {"code": "C3", "level": "community", "parent": "S2"},
    ]
    rows = [home(wellness=True, community=c) for c in ("C1", "C2", "C3")]
    study = study_of(facilities=rows, units=units)
    one = {"quantity": HOMES, "scope": {"level": "street", "names": ["二街"]}}
    assert stated(headline(study, "count", **one)) == (2.0, "no_target")
    found = measure(rule_of("count", **one, unit_level="community", target=1), study)
    assert found.table["unit"].tolist() == ["", "C2", "C3"]
    rural = {"quantity": HOMES, "scope": {"settlement": "rural"}}
    assert stated(headline(study, "count", **rural, target=1)) == (1.0, "pass")
    assert stated(headline(study, "count", **rural, target=2)) == (None, "not_assessed")


@pytest.mark.parametrize(
    ("beds", "elders", "expected"),
    [
        (20, 10_000, (20.0, "pass")),
        (19, 10_000, (19.0, "fail")),
        (2085, 1_042_562, (pytest.approx(19.9988, abs=1e-4), "fail")),
        (2086, 1_042_562, (pytest.approx(20.0084, abs=1e-4), "pass")),
        (0, 10_000, (0.0, "fail")),
        (20, 0, (None, "not_applicable")),
        (20, None, (None, "not_assessed")),
    ],
)
def test_ratio_of_beds_to_elders(beds, elders, expected):
    study = study_of(
        facilities=[home(dem_beds=beds)], units=[{"code": "A", "level": "county", "p60": elders}]
    )
    row = headline(
        study,
        "ratio",
        numerator={"facilities": [{"kind": "elder_home"}], "sum": "dem_beds"},
        denominator={"figure": "p60"},
        per=10_000,
        target=20,
    )
    assert stated(row) == expected


def test_the_ratio_of_the_place_is_the_quotient_of_the_sums_and_units_are_only_stated():
    units = [{"code": c, "level": "county", "p60": n} for c, n in (("A", 1000), ("B", 9000))]
    study = study_of(facilities=[home("A", beds=90), home("B", beds=10)], units=units)
    rule = rule_of(
        "ratio",
        numerator={"facilities": [{"kind": "elder_home"}], "sum": "beds"},
        denominator={"figure": "p60"},
        per=1000,
        target=20,
        unit_level="county",
    )
    table = measure(rule, study).table
    assert table["value"].tolist() == pytest.approx([10, 90, 10 / 9])
    assert table["verdict"].tolist() == ["fail", "no_target", "no_target"]
    assert table["numerator"].tolist() == [100, 90, 10]
    assert table["denominator"].tolist() == [10_000, 1000, 9000]


def test_a_figure_of_some_units_over_that_of_all():
    units = [
        {"code": "A", "level": "county", "central": True, "pop": 28},
        {"code": "B", "level": "county", "central": False, "pop": 72},
        {"code": "Z", "level": "district", "pop": None},
    ]
    asked = {
        "numerator": {"figure": "pop", "units": {"where": {"central": True}}},
        "denominator": {"figure": "pop"},
        "target": 0.6,
    }
    assert stated(headline(study_of(units=units), "ratio", **asked)) == (0.28, "fail")
    money = {key: {**q, "figure": "gdp"} if isinstance(q, dict) else q for key, q in asked.items()}
    row = headline(study_of(units=units), "ratio", **money)
    assert stated(row) == (None, "not_assessed")
    assert "地区生产总值" in row["missing"]


def test_people_count_where_there_are_residents_and_are_unknown_where_there_are_none():
    quantity = {"group": "nursery_age"}
    residents = [{"id": "d1", "p_1": 700}, {"id": "d2", "p_2": 300, "outside": True}]
    study = study_of(residents=residents)
    assert stated(headline(study, "count", quantity=quantity)) == (700.0, "no_target")
    row = headline(study_of(), "count", quantity=quantity)
    assert (row["verdict"], row["missing"]) == ("not_assessed", "居民点图层")


def test_people_of_a_caliber_that_is_not_stated_everywhere_are_unknown():
    residents = [{"id": "d1", "p18_59": 100, "hukou": 30}, {"id": "d2", "p18_59": 50}]
    study = study_of(residents=residents)
    asked = {"quantity": {"group": "residents"}, "target": 31}
    assert stated(headline(study, "count", **asked)) == (150.0, "pass")
    row = headline(study, "count", **asked, caliber="registered")
    assert stated(row) == (None, "not_assessed")
    assert row["missing"] == "户籍人口（1 个居民点未填）"
    enough = headline(study, "count", **asked | {"target": 30}, caliber="registered")
    assert stated(enough) == (30.0, "pass")


@pytest.mark.parametrize(
    ("high", "vocational", "verdict"),
    [(80, 100, "pass"), (79, 100, "fail"), (125, 100, "pass"), (126, 100, "fail"),
     (None, 100, "not_assessed"), (0, 0, "not_applicable")],
)  # fmt: skip
def test_a_band_holds_both_its_ends(high, vocational, verdict):
    kinds = {"high_school": high, "vocational_school": vocational}
    study = study_of(facilities=[{"kind": k, "enrolled": n} for k, n in kinds.items()])
    quantities = [{"facilities": [{"kind": kind}], "sum": "enrolled"} for kind in kinds]
    row = headline(
        study, "ratio", numerator=quantities[0], denominator=quantities[1], target=0.8, up_to=1.25
    )
    assert row["verdict"] == verdict


PUBLIC = {"among": [{"kind": "kindergarten"}], "having": {"where": {"ownership": "public"}}}


@pytest.mark.parametrize(
    ("rows", "weight", "expected"),
    [
        ([("public", 75), ("private", 25)], "enrolled", (0.75, "pass")),
        ([("public", 74), ("private", 26)], "enrolled", (0.74, "fail")),
        ([("public", 75), ("private", 25)], None, (0.5, "fail")),
        ([("public", 75), (None, 25)], "enrolled", (0.75, "pass")),
        ([("public", 74), (None, 26)], "enrolled", (None, "not_assessed")),
        ([("public", 10), ("private", 30), (None, 20)], "enrolled", (10 / 60, "fail")),
        ([("public", 300), ("private", None)], "enrolled", (None, "not_assessed")),
        ([("public", None), ("private", 0)], "enrolled", (None, "not_assessed")),
        ([("private", 5), ("private", None)], "enrolled", (0.0, "fail")),
        ([("public", 0)], "enrolled", (None, "not_applicable")),
        ([], "enrolled", (None, "not_applicable")),
        ([(None, 5)], "enrolled", (None, "not_assessed")),
    ],
)
def test_share_by_weight(rows, weight, expected):
    study = study_of(facilities=[{"ownership": o, "enrolled": n} for o, n in rows])
    assert stated(headline(study, "share", **PUBLIC, weight=weight, target=0.75)) == expected


def test_a_member_that_is_perhaps_one_moves_the_share_as_far_as_it_can():
    asked = {
        "among": [{"kind": "hospital", "where": {"general": True}}],
        "having": {"where": {"geriatrics": True}},
    }
    rows = [(True, True), (True, False), (None, True)]
    study = study_of(
        facilities=[{"kind": "hospital", "general": g, "geriatrics": h} for g, h in rows]
    )
    assert stated(headline(study, "share", **asked, target=0.5)) == (0.5, "pass")
    assert stated(headline(study, "share", **asked, target=2 / 3)) == (None, "not_assessed")
    row = headline(study, "share", **asked, target=0.7)
    assert stated(row) == (0.5, "fail")
    assert row["missing"] == "综合医院（1 处设施未填）"


def test_shares_of_units_are_stated_beside_the_whole():
    rows = [("A", "public", 30), ("A", "private", 10), ("B", "private", 60)]
    study = study_of(
        facilities=[{"county": c, "ownership": o, "enrolled": n} for c, o, n in rows],
        units=COUNTIES,
    )
    rule = rule_of("share", **PUBLIC, weight="enrolled", unit_level="county", target=0.75)
    table = measure(rule, study).table
    assert table["value"].tolist() == [0.3, 0.75, 0.0]
    assert table["verdict"].tolist() == ["fail", "no_target", "no_target"]
    assert table["unit"].tolist() == ["", "A", "B"]


def test_a_reading_sets_fields_of_the_rule():
    study = study_of(facilities=[{"ownership": "public", "enrolled": 1, "places": 3},
                                 {"ownership": "private", "enrolled": 1, "places": 1}])  # fmt: skip
    rule = rule_of("share", **PUBLIC, weight="enrolled", target=0.75)
    reading = Reading(id="places", title=Text(zh="学位", en="places"), set={"weight": "places"})
    found = measure(rule, study, reading=reading)
    assert (found.reading, *stated(found.headline)) == ("places", 0.75, "pass")
    assert stated(measure(rule, study).headline) == (0.5, "fail")


def test_a_place_without_any_position_is_measured_all_the_same():
    study = study_of(
        facilities=[home("A", wellness=True), home("B", wellness=True)], units=COUNTIES
    )
    assert study.layers.facilities.geometry.isna().all()
    row = headline(study, "count", quantity=HOMES, unit_level="county", target=1)
    assert stated(row) == (2.0, "pass")


ORDER = {"fail": 0, "not_assessed": 1, "pass": 2}
answers = st.lists(st.sampled_from([True, False, None]), max_size=6)


@settings(deadline=None, max_examples=15)
@given(answers, st.sampled_from([True, False, None]), st.integers(0, 5))
def test_a_facility_more_never_hurts_a_count(wellness, more, target):
    def verdict(values):
        study = study_of(facilities=[home(wellness=one) for one in values])
        return headline(study, "count", quantity=HOMES, target=target)["verdict"]

    before, after = verdict(wellness), verdict([*wellness, more])
    assert ORDER[after] >= ORDER[before]


members = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([True, False, None]),
        st.one_of(st.none(), st.integers(0, 9)),
    ),
    max_size=5,
)


def members_table(rows):
    """Return members of a share: surely one, fulfils, weight."""
    sure, having, weight = zip(*rows, strict=True) if rows else ((), (), ())
    return pd.DataFrame(
        {
            "sure": pd.Series(sure, dtype=bool),
            "having": pd.Series(having, dtype="boolean"),
            "weight": pd.Series(weight, dtype=float),
        }
    )


@settings(deadline=None, max_examples=100)
@given(members, st.data())
def test_a_share_lies_within_its_bounds_however_what_is_missing_is_filled_in(rows, data):
    bounds = share_of(members_table(rows))
    filled = [
        (
            True,
            data.draw(st.booleans()) if having is None else having,
            data.draw(st.integers(0, 99)) if weight is None else weight,
        )
        for sure, having, weight in rows
        if sure or data.draw(st.booleans())
    ]
    whole = sum(weight for *_, weight in filled)
    if whole:
        share = sum(weight for _, having, weight in filled if having) / whole
        assert bounds.low - 1e-12 <= share <= bounds.high + 1e-12
        assert not bounds.empty


def test_the_order_of_rows_is_irrelevant():
    rows = [home(c, wellness=w, beds=b) for c, w, b in
            [("A", True, 3), ("B", None, 4), ("B", True, None), ("A", False, 5)]]  # fmt: skip
    beds = {**HOMES, "sum": "beds"}
    rule = rule_of("count", quantity=beds, unit_level="county", target=3)
    one = measure(rule, study_of(facilities=rows, units=COUNTIES)).table
    other = measure(rule, study_of(facilities=rows[::-1], units=COUNTIES)).table
    pd.testing.assert_frame_equal(one, other)
