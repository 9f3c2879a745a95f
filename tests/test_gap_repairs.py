"""Why people of the drawn town are left out, and the smallest thing that would mend it.

Kindergartens: kg1 in service, kg2 planned 210 m from d2. Uncovered at 300 m: d2 (320 m), d3
(920 m), d4 (330 m, 246 m in a straight line across the wall).
"""

import numpy as np
import pandas as pd
import pytest
from town_rules import NAME, changed, kindergartens, rule

from siting.access import links
from siting.access.barriers import crossings
from siting.access.evaluate import evaluate
from siting.access.gaps import find_gaps
from siting.access.repairs import _smallest, smallest_repairs


def need(name, group, facilities, cutoff_m=300):
    return {
        "id": name,
        "title": NAME,
        "group": group,
        "facilities": facilities,
        "cutoff_m": cutoff_m,
    }


KINDERGARTEN = rule(
    kind="access", group="children", need=[need("k", "children", [{"kind": "kindergarten"}])]
)
NURSERY = rule(
    kind="access",
    group="nursery_age",
    need=[
        need(
            "n",
            "nursery_age",
            [{"kind": "nursery"}, {"kind": "kindergarten", "where": {"has_nursery": True}}],
        )
    ],
)


def mended(one, study, *, sites=()):
    """Return the gaps by place with their repairs; `sites` are (candidate, people) per gap."""
    found = evaluate(one, study)
    gaps = find_gaps(found, study)
    given = pd.DataFrame(list(sites), columns=["candidate", "fix_people"])
    if not len(given):
        given = pd.DataFrame({"candidate": "", "fix_people": 0}, index=gaps.table.index)
    fixes = smallest_repairs(found, gaps, study, sites=given)
    return pd.concat([gaps.table, fixes], axis=1).set_index("place")


def test_causes(town_prepared):
    table = mended(KINDERGARTEN, town_prepared.study)
    assert table["cause"].to_dict() == {
        "小区d2": "not_operating",
        "小区d3": "no_facility",
        "小区d4": "detour",
    }
    assert set(table["facility_kind"]) == {"kindergarten"}
    assert table["barrier"].to_dict() == {"小区d2": "", "小区d3": "", "小区d4": "wall"}
    assert table.loc["小区d4", "barrier_name"] == "围墙"


def test_a_planned_project_is_opened(town_prepared):
    table = mended(KINDERGARTEN, town_prepared.study)
    assert table.loc["小区d2", ["fix", "candidate", "fix_people"]].tolist() == ["open", "kg2", 15]
    assert table.loc["小区d3", ["fix", "candidate", "fix_people"]].tolist() == ["", "", 0]


def test_a_kindergarten_takes_in_a_nursery_class(town_prepared):
    """Only d1's 10 infants are within 300 m of kg1, which has no nursery class."""
    table = mended(NURSERY, town_prepared.study)
    assert table.loc["小区d1", ["fix", "candidate", "fix_people"]].tolist() == [
        "convert",
        "kg1",
        10,
    ]
    unknown = changed(town_prepared, facilities={"kg1": {"has_nursery": pd.NA}})
    assert "小区d1" not in mended(NURSERY, unknown).index  # not assessed: no gap


def test_places_are_added_where_all_are_taken(town_prepared):
    study = changed(town_prepared, facilities={"kg1": {"places": 24}})
    table = mended(kindergartens(), study)
    assert table.loc["小区d4", ["fix", "candidate", "fix_people"]].tolist() == ["expand", "kg1", 2]


def test_a_project_gives_no_more_places_than_it_has(town_prepared):
    cells = {"kg1": {"status": "closed"}, "kg2": {"places": 3}}
    table = mended(kindergartens(cutoff_m=210), changed(town_prepared, facilities=cells))
    assert table.loc["小区d2", ["fix", "candidate", "fix_people"]].tolist() == ["open", "kg2", 3]


def test_presence(town_prepared):
    one = rule(
        kind="presence",
        group="kindergarten_age",
        unit_level="community",
        facilities=[{"kind": "kindergarten"}],
    )
    table = mended(one, town_prepared.study)
    assert table.loc["小区d2", ["cause", "fix", "candidate"]].tolist() == [
        "not_operating", "open", "kg2",
    ]  # fmt: skip
    assert table.loc["小区d3", ["cause", "fix"]].tolist() == ["no_facility", ""]


CHOICES = [
    # people of new site, project, link → chosen
    ((100, 100, 100), "open"),
    ((100, 80, 0), "open"),  # four fifths to the point
    ((100, 79, 0), "new_facility"),
    ((100, 0, 80), "link"),
    ((0, 0, 1), "link"),
]


@pytest.mark.parametrize(("people", "chosen"), CHOICES)
def test_the_smallest_that_is_enough(people, chosen):
    fixes = ("new_facility", "open", "link")
    options = pd.DataFrame({"gap": 0, "fix": fixes, "people": people, "candidate": "x"})
    assert _smallest(options)["fix"].tolist() == [chosen]


def millimetres(*points):
    return np.array(
        [(round((500_000 + x) * 1000), round((3_350_000 + y) * 1000)) for x, y in points]
    )


def test_what_a_line_crosses(town_prepared):
    """West of the wall; through it; over the river; both; along no barrier at all."""
    start = millimetres((200, 50), (300, 50), (200, 250), (300, 50), (0, 0))
    end = millimetres((200, 150), (300, 150), (200, 350), (300, 350), (100, 0))
    found = crossings(town_prepared.study.layers, start, end)
    assert found.kind.tolist() == ["", "wall", "water", "water", ""]
    assert found.name.tolist() == ["", "围墙", "小河", "小河", ""]
    assert found.first_mm.tolist() == [-1, 50_000, 30_000, 50_000, -1]
    assert found.last_mm.tolist() == [-1, 50_000, 70_000, 270_000, -1]


@pytest.mark.parametrize(("cutoff_mm", "helps"), [(520_000, True), (519_999, False)])
def test_a_footbridge(town_prepared, monkeypatch, cutoff_mm, helps):
    """From J to F, 200 m over the river: d3 to kg1 in 10 + 100 + 200 + 200 + 10 m."""
    monkeypatch.setattr(links, "LONGEST_MM", 200_000)
    study = town_prepared.study
    ends = millimetres((200, 330)), millimetres((200, 270))
    found = links.links_across(study, *ends, mode="walk")
    assert len(found.names) == 1
    assert found.length_mm.tolist() == [200_000]
    pairs = links.helped(
        study,
        found,
        facilities=(study.layers.facilities["id"] == "kg1").to_numpy(),
        cutoff_mm=np.array([-1, -1, cutoff_mm, -1, -1]),
        mode="walk",
    )
    assert pairs["demand"].tolist() == ([2] if helps else [])


def test_a_long_bridge_is_no_small_repair(town_prepared):
    ends = millimetres((200, 330)), millimetres((200, 270))
    assert links.links_across(town_prepared.study, *ends, mode="walk").names == []
