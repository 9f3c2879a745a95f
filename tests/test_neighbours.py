"""Beside: on one parcel, near enough, too coarse to tell, or too far."""

import pytest
from measured import at, box, headline, rule_of, stated, study_of
from pydantic import ValidationError

from siting.access.measure import measure

ASKED = {
    "facilities": [{"kind": "elder_home"}],
    "beside": [{"kind": "health_centre"}],
    "within_m": 50,
    "unsure_m": 200,
}


def town(*distances, **more):
    """An elder home at the origin, and health centres to the east of it."""
    rows = [{"kind": "elder_home", "id": "e", "name": "敬老院", "geometry": at(0)}]
    rows += [
        {"kind": "health_centre", "id": f"h{i}", "geometry": None if d is None else at(d)}
        for i, d in enumerate(distances)
    ]
    return study_of(facilities=rows, **more)


@pytest.mark.parametrize(
    ("distances", "value", "verdict"),
    [
        ([0], 0, "pass"),
        ([50.0], 50, "pass"),
        ([50.001], 50.001, "undetermined"),
        ([200.0], 200, "undetermined"),
        ([200.001], 200.001, "fail"),
        ([900, 40], 40, "pass"),
        ([], None, "fail"),
        ([None], None, "not_assessed"),
        ([30, None], 30, "pass"),
        ([900, None], 900, "not_assessed"),
    ],
)
def test_distance_to_the_nearest(distances, value, verdict):
    found = measure(rule_of("adjacency", **ASKED, target=1), town(*distances))
    row = found.table.iloc[1]
    assert stated(row) == (value, verdict)
    assert tuple(row[["part", "unit", "unit_name"]]) == ("facility", "e", "敬老院")
    assert row["up_to"] == 50
    assert found.headline["verdict"] == verdict


def test_without_an_unsure_distance_everything_beyond_fails():
    asked = {**ASKED, "unsure_m": None}
    assert headline(town(51), "adjacency", **asked, target=1)["verdict"] == "fail"


def test_one_parcel_is_beside_whatever_the_distance():
    parcels = [{"id": "p", "geometry": box(-10, -10, 700, 20)}]
    assert headline(town(600, parcels=parcels), "adjacency", **ASKED, target=1)["verdict"] == "pass"
    other = [{"id": "p", "geometry": box(-10, -10, 300, 20)}]
    assert headline(town(600, parcels=other), "adjacency", **ASKED, target=1)["verdict"] == "fail"


def test_nobody_stands_beside_himself():
    asked = {**ASKED, "beside": [{"kind": "elder_home"}]}
    assert headline(town(), "adjacency", **asked, target=1)["verdict"] == "fail"


def homes(*distances):
    """Elder homes 10 km apart, each with a health centre so many metres away (None: none)."""
    rows = []
    for i, distance in enumerate(distances):
        rows.append({"kind": "elder_home", "id": f"e{i}", "geometry": at(0, 10_000 * i)})
        if distance is not None:
            place = at(distance, 10_000 * i)
            rows.append({"kind": "health_centre", "id": f"h{i}", "geometry": place})
    return study_of(facilities=rows)


@pytest.mark.parametrize(
    ("distances", "target", "expected"),
    [
        ([10, 10], 1, (1.0, "pass")),
        ([10, None], 1, (0.5, "partial")),
        ([None, None], 1, (0.0, "fail")),
        ([10, None], 0.5, (0.5, "pass")),
        ([10, None], 0.6, (0.5, "fail")),
        ([10, 100], 1, (0.5, "undetermined")),
        ([10, 100], 0.5, (0.5, "pass")),
        ([10, 100, None], 0.7, (pytest.approx(1 / 3), "fail")),
        ([10, None], None, (0.5, "no_target")),
        ([], 1, (None, "not_applicable")),
    ],
)
def test_the_share_that_stands_beside(distances, target, expected):
    row = headline(homes(*distances), "adjacency", **ASKED, target=target)
    assert stated(row) == expected


def test_a_neighbour_that_perhaps_counts_leaves_it_open():
    beside = {"beside": [{"kind": "hospital", "where": {"general": True}}]}
    rows = [
        {"kind": "elder_home", "geometry": at(0)},
        {"kind": "hospital", "general": None, "geometry": at(20)},
        {"kind": "hospital", "general": None, "geometry": at(500)},
    ]
    row = headline(study_of(facilities=rows), "adjacency", **ASKED | beside, target=1)
    assert (row["verdict"], row["missing"]) == ("not_assessed", "综合医院（1 处设施未填）")
    far = [rows[0], rows[2]]
    row = headline(study_of(facilities=far), "adjacency", **ASKED | beside, target=1)
    assert (row["verdict"], row["missing"]) == ("fail", "")


def test_a_subject_without_position_is_not_assessed():
    rows = [{"kind": "elder_home"}, {"kind": "health_centre", "geometry": at(0)}]
    row = headline(study_of(facilities=rows), "adjacency", **ASKED, target=1)
    assert (row["verdict"], row["missing"]) == (
        "not_assessed",
        "位置或其与道路的连接（1 处设施未填）",
    )


AREAS = {
    "areas": {"layer": "housing", "years": [2016, 2020]},
    "beside": [{"kind": "nursery"}],
    "within_m": 300,
}


def area(key="a", **more):
    return {"id": key, "outside": False, "year": 2018, "geometry": box(0, 0, 100, 100), **more}


@pytest.mark.parametrize(
    ("x", "value", "verdict"),
    [(50, 0, "pass"), (400.0, 300, "pass"), (400.001, 300.001, "fail")],
)
def test_a_nursery_in_an_area_or_near_its_edge(x, value, verdict):
    rows = [{"kind": "nursery", "geometry": at(x, 50)}]
    study = study_of(facilities=rows, areas={"housing": [area()]})
    table = measure(rule_of("adjacency", **AREAS, target=1), study).table
    assert [stated(row) for _, row in table.iterrows()][1] == (value, verdict)
    assert table["part"].tolist() == ["all", "area"]


def test_areas_of_other_years_or_beyond_the_district_are_not_asked():
    rows = [area("a"), area("b", year=2015), area("c", outside=True), area("d", year=None)]
    study = study_of(areas={"housing": rows})
    found = measure(rule_of("adjacency", **AREAS, target=1), study)
    assert found.table["unit"].tolist() == ["", "a", "d"]
    assert found.table["missing"][2] == "交付年份（1 片区域未填）"
    assert stated(found.headline) == (0.0, "fail")


def test_without_the_layer_nothing_is_assessed():
    row = headline(study_of(), "adjacency", **AREAS, target=1)
    assert (row["verdict"], row["missing"]) == ("not_assessed", "housing图层")


def test_areas_are_not_walked_to():
    with pytest.raises(ValidationError, match="straight line"):
        rule_of("adjacency", **AREAS, distance="walking")


def test_a_walk_is_longer_than_the_straight_line(town_prepared):
    """From kg1 (200, −10) over B, C, D and H to nu1 (600, 210): 10 + 400 + 200 + 10 m."""
    asked = {
        "facilities": [{"kind": "kindergarten"}],
        "beside": [{"kind": "nursery"}],
        "within_m": 600,
        "target": 1,
    }
    study = town_prepared.study
    straight = measure(rule_of("adjacency", **asked), study).table.iloc[1]
    assert (straight["unit"], straight["verdict"]) == ("kg1", "pass")
    assert straight["value"] == pytest.approx((400**2 + 220**2) ** 0.5, abs=0.1)
    walking = measure(rule_of("adjacency", **asked, distance="walking"), study).table.iloc[1]
    assert walking["verdict"] == "fail"
    assert walking["value"] == pytest.approx(620, abs=0.1)
