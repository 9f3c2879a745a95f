"""Areas that stand beside nothing: who lives there, why, and the smallest thing that would help.

One area, 100 m square, its south-west corner at the origin of the drawing.
"""

import geopandas as gpd
import pytest
from measured import CRS, at, box, rule_of, study_of

from siting.access.area_gaps import area_gaps
from siting.access.measure import measure
from siting.plan.model import Reading

UNITS = [
    {"code": "s", "level": "street", "geometry": box(-5_000, -5_000, 10_000, 10_000)},
    {
        "code": "c",
        "level": "community",
        "parent": "s",
        "geometry": box(-5_000, -5_000, 10_000, 10_000),
    },
]
AREA = {
    "id": "a", "name": "新苑", "households": 400, "community": "c", "geometry": box(0, 0, 100, 100)
}  # fmt: skip
NURSERY = {"kind": "nursery", "id": "n"}
CLASSLESS = {"kind": "kindergarten", "id": "k", "has_nursery": False}
PLANNED = {"kind": "nursery", "id": "p", "status": "planned"}
OPEN = {"status": "operating", "year_open": 2010}


def east(metres):
    """A point so far east of the area's edge."""
    return at(100 + metres, 50)


def gaps(*facilities, areas=(AREA,), residents=(), parcels=(), readings=(), **areas_of_rule):
    study = study_of(
        facilities=[OPEN | row for row in facilities],
        residents=[{"id": f"d{i}", **row} for i, row in enumerate(residents)],
        units=UNITS,
        areas={"new_housing": list(areas)},
    )
    rule = rule_of(
        "adjacency",
        target=1,
        within_m=300,
        areas={"layer": "new_housing", "group": "nursery_age"} | areas_of_rule,
        beside=[{"kind": "nursery"}, {"kind": "kindergarten", "where": {"has_nursery": True}}],
    )
    title = {"zh": "读法", "en": "reading"}
    others = [
        measure(rule, study, reading=Reading(id=f"m{m}", title=title, set={"within_m": m}))
        for m in readings
    ]
    names, places = zip(*parcels, strict=True) if parcels else ([], [])
    sites = gpd.GeoDataFrame({"id": list(names)}, geometry=list(places), crs=CRS)
    return area_gaps(measure(rule, study), others, study, sites=sites)


def first(*facilities, **more):
    table = gaps(*facilities, **more)
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize(("metres", "count"), [(0, 0), (300, 0), (300.001, 1), (301, 1)])
def test_an_area_within_the_distance_is_no_gap(metres, count):
    assert len(gaps(NURSERY | {"geometry": east(metres)})) == count


def test_a_gap_says_where_it_is_what_is_nearest_and_who_lives_in_it():
    residents = [
        {"p_0": 3, "p_2": 1, "p_3": 50, "geometry": at(50, 50)},
        {"p_1": 2, "geometry": at(100, 50)},  # on the edge
        {"p_1": 9, "geometry": at(101, 50)},
    ]
    found = first(NURSERY | {"geometry": east(450.04)}, residents=residents)
    assert found[["place", "community", "street", "group"]].tolist() == [
        "新苑", "c", "s", "nursery_age"
    ]  # fmt: skip
    assert found[["people", "facility_kind", "nearest"]].tolist() == [6, "nursery", 0]
    assert found[["straight_m", "cutoff_m", "cause"]].tolist() == [450.0, 300.0, "no_facility"]
    assert found[["fix", "fix_people", "candidate"]].tolist() == ["", 0, ""]


def test_without_any_facility_nothing_is_nearest():
    found = first()
    assert found["nearest"] == -1
    assert found[["nearest_m", "straight_m"]].isna().all()


@pytest.mark.parametrize(
    ("facilities", "parcels", "fix", "candidate", "cause"),
    [
        ([(CLASSLESS, 300)], [], "convert", "k", "no_facility"),
        ([(CLASSLESS, 301)], [], "", "", "no_facility"),
        ([(PLANNED, 300)], [], "open", "p", "not_operating"),
        ([(CLASSLESS, 300), (PLANNED, 10)], [("x", 10)], "convert", "k", "not_operating"),
        ([(PLANNED, 300)], [("x", 10)], "open", "p", "not_operating"),
        ([], [("x", 300), ("y", 301)], "new_facility", "x", "no_facility"),
        ([], [("x", 200), ("y", 199), ("z", 200)], "new_facility", "y", "no_facility"),
        ([], [("z", 200), ("x", 200)], "new_facility", "x", "no_facility"),
        ([(CLASSLESS | {"has_nursery": None}, 10)], [], None, None, None),
    ],
)
def test_the_smallest_repair_covers_everybody_in_the_area(
    facilities, parcels, fix, candidate, cause
):
    rows = [one | {"geometry": east(metres)} for one, metres in facilities]
    sites = [(name, east(metres)) for name, metres in parcels]
    people = [{"p_0": 4, "geometry": at(50, 50)}]
    table = gaps(*rows, parcels=sites, residents=people)
    if fix is None:  # whether it is beside a nursery is not known
        assert not len(table)
        return
    expected = [fix, candidate, cause, 4 if fix else 0]
    assert table.iloc[0][["fix", "candidate", "cause", "fix_people"]].tolist() == expected


def test_a_repair_of_an_area_where_nobody_lives_yet_is_named_all_the_same():
    found = first(parcels=[("x", east(10))])
    assert found[["people", "fix", "fix_people"]].tolist() == [0, "new_facility", 0]


def test_readings_are_counted_in_which_the_area_fails():
    found = first(NURSERY | {"geometry": east(400)}, readings=[50, 500, 399])
    assert found["readings_failing"] == 3


def test_most_people_come_first_then_most_homes_then_the_smaller_id():
    def area(name, x, homes):
        return {"id": name, "name": name, "households": homes, "geometry": box(x, 0, 100, 100)}

    areas = [area("d", 0, None), area("c", 200, 5), area("b", 400, 9), area("a", 600, 5)]
    lives = [{"p_0": 1, "geometry": at(50, 50)}]
    assert gaps(areas=areas, residents=lives)["place"].tolist() == ["d", "b", "a", "c"]


def test_only_a_rule_that_says_whom_it_is_for_has_gaps():
    assert not len(gaps(group=None))
