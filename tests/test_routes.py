"""Which lines link a school with homes."""

import pytest
from measured import at, headline, rule_of, stated, study_of

from siting.access.measure import measure

SCHOOL = {"id": "s", "kind": "middle_school", "geometry": at(0)}
HOME = {"id": "d", "p18_59": 10, "geometry": at(5000)}
ASKED = {"schools": [{"kind": "middle_school"}], "target": 1}


def study(stops, *, line=None, school=SCHOOL, home=HOME):
    """One line from the school at 0 m to homes at 5 km, with stops at the given metres."""
    line = {"id": "L1", "name": "1号线", "school": "s", "year_open": 2020, **(line or {})}
    halts = [{"line": "L1", "order": i, "geometry": at(x)} for i, x in enumerate(stops)]
    return study_of(facilities=[school], residents=[home], lines=[line], stops=halts)


def wrong(found):
    return [tuple(row) for row in found.table[["part", "verdict"]].to_numpy()[1:]]


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ([0, 5000], []),
        ([300, 4700], []),
        ([300.001, 4700], [("school_end", "fail")]),
        ([300, 4699.999], [("home_end", "fail")]),
        ([2000, 3000], [("school_end", "fail"), ("home_end", "fail")]),
        ([5000, 2500, 0], []),
        ([], [("line", "not_assessed")]),
    ],
)
def test_both_ends_must_be_near(stops, expected):
    found = measure(rule_of("route", **ASKED), study(stops))
    assert wrong(found) == expected
    assert found.headline["verdict"] == ("not_assessed" if not stops else
                                         "fail" if expected else "pass")  # fmt: skip


def test_the_row_of_an_end_says_how_far_the_nearest_stop_is():
    table = measure(rule_of("route", **ASKED), study([450, 4000])).table
    assert table["unit"].tolist() == ["", "L1", "L1"]
    assert table["value"].tolist() == [0, 450, 1000]
    assert table["up_to"].tolist()[1:] == [300, 300]


def test_one_stop_is_no_ride():
    near = {**HOME, "geometry": at(100)}
    assert headline(study([50, 5000], home=near), "route", **ASKED)["verdict"] == "fail"
    assert headline(study([50, 350], home=near), "route", **ASKED)["verdict"] == "pass"
    assert headline(study([50, 250], home=near), "route", **ASKED)["verdict"] == "pass"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"status": "planned"}, [("line", "not_started")]),
        ({"status": "building"}, [("line", "building")]),
        ({"status": "closed"}, [("line", "fail")]),
        ({"year_open": 2021}, [("line", "not_started")]),
        ({"year_open": None}, []),
        ({"school": "nowhere"}, [("school_end", "not_assessed")]),
        ({"school": None}, [("school_end", "not_assessed")]),
    ],
)
def test_only_lines_in_service_on_the_evaluation_date_count(line, expected):
    found = measure(rule_of("route", **ASKED), study([0, 5000], line=line))
    assert wrong(found) == expected
    state = {(): "pass", ("not_assessed",): "not_assessed"}
    assert found.headline["verdict"] == state.get(tuple(v for _, v in expected), "fail")


@pytest.mark.parametrize(
    ("school", "verdict"),
    [
        ({"kind": "primary_school"}, "fail"),
        ({"status": "planned"}, "fail"),
        ({"geometry": None}, "not_assessed"),
    ],
)
def test_the_school_must_be_one_that_the_rule_means(school, verdict):
    row = headline(study([0, 5000], school={**SCHOOL, **school}), "route", **ASKED)
    assert row["verdict"] == verdict


def test_homes_are_where_people_live():
    empty = {**HOME, "p18_59": 0}
    row = headline(study([0, 5000], home=empty), "route", **ASKED)
    assert (row["verdict"], row["missing"]) == ("not_assessed", "居民点图层")


def test_lines_are_counted_against_the_target():
    lines = [{"id": f"L{i}", "school": "s"} for i in range(3)]
    halts = [
        {"line": f"L{i}", "order": n, "geometry": at(x)}
        for i, far in enumerate((5000, 5000, 2000))
        for n, x in enumerate((0, far))
    ]
    town = study_of(facilities=[SCHOOL], residents=[HOME], lines=lines, stops=halts)
    assert stated(headline(town, "route", **ASKED | {"target": 2})) == (2.0, "pass")
    assert stated(headline(town, "route", **ASKED | {"target": 3})) == (2.0, "fail")
    assert stated(headline(town, "route", schools=ASKED["schools"])) == (2.0, "no_target")
    row = headline(study_of(), "route", **ASKED)
    assert (row["verdict"], row["missing"]) == ("not_assessed", "线路图层")
