"""Places given out in the drawn town, added up on paper.

Those of 3 to 5: d1 20, d2 5, d3 6, d4 2 (and nobody beyond the town). kg1, the only kindergarten
in service, is 130 m from d1, 320 m from d2, 330 m from d4 and 920 m from d3.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from town_rules import at_points, changed, kindergartens, rule, sums

from siting.access.comparison import transitions
from siting.access.coverage import check_ledger, coverage_table, headline
from siting.access.evaluate import evaluate
from siting.access.findings import describe
from siting.access.gaps import find_gaps
from siting.access.places import supplies_of
from siting.access.placing import study_of

FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def with_places(prepared, places):
    return changed(prepared, facilities={"kg1": {"places": places}})


def test_places_for_all_within_reach(town_prepared):
    found = evaluate(kindergartens(), town_prepared.study)
    assert sums(found) == {"covered": 27, "uncovered": 6}
    assert sums(found, "kindergarten") == {"covered": 27, "uncovered": 6}


def test_the_last_place_goes_to_the_nearer_child(town_prepared):
    """24 places: 20 for d1, 4 of the 5 of d2; none is left for d4."""
    study = with_places(town_prepared, 24)
    found = evaluate(kindergartens(), study)
    assert at_points(found, study) == {
        ("d1", "covered"): 20,
        ("d2", "covered"): 4,
        ("d2", "uncovered"): 1,
        ("d3", "uncovered"): 6,
        ("d4", "uncovered"): 2,
    }
    rows = found.verdicts[found.verdicts["verdict"] == "covered"]
    assert set(rows["cost_mm"]) == {130_000, 320_000}
    assert rows["people"].sum() == 2 * 24  # the stage, and the headline
    check_ledger([found], study)


BLOCKS = {
    # unit: children, places, unserved, ratio, lacks a class of 3, rank
    "E": (7, 0, 3, 0.0, True, 2),  # exactly a class
    "N": (6, 0, 6, 0.0, True, 1),
    "W": (20, 24, 0, 1.2, False, 3),
}


def test_blocks_are_ranked_by_those_left(town_prepared):
    blocks = evaluate(kindergartens(), with_places(town_prepared, 24)).units.set_index("unit")
    columns = ["children", "places", "unserved", "ratio", "lacks_class", "rank"]
    found = {unit: tuple(blocks.loc[unit, columns]) for unit in blocks.index}
    assert found == BLOCKS


def test_a_class_larger_than_who_is_left_is_not_lacking(town_prepared):
    blocks = evaluate(kindergartens(class_size=4), with_places(town_prepared, 24)).units
    assert blocks.set_index("unit")["lacks_class"].to_dict() == {"E": False, "N": True, "W": False}


def test_private_and_boarding_places_stand_apart(town_prepared):
    cells = {"kg1": {"ownership": "private", "boarding": True}}
    blocks = evaluate(kindergartens(), changed(town_prepared, facilities=cells)).units
    assert blocks["private_places"].tolist() == blocks["boarding_places"].tolist() == [0, 0, 90]


def test_unknown_places_are_not_none(town_prepared):
    study = with_places(town_prepared, pd.NA)
    found = evaluate(kindergartens(), study)
    assert sums(found) == {"not_assessed": 27, "uncovered": 6}
    assert found.units["unknown"].sum() == 1


@pytest.mark.parametrize(
    ("cutoff_m", "covered"), [(130, 20), (129.999, 0), (320, 25), (330, 27), (329.999, 25)]
)
def test_the_cutoff_itself_is_within_reach(town_prepared, cutoff_m, covered):
    found = evaluate(kindergartens(cutoff_m=cutoff_m), town_prepared.study)
    assert sums(found).get("covered", 0) == covered


def test_straight_lines(town_prepared):
    """kg1 is 104 m from d1, 301 m from d2, 246 m from d4 and 412 m from d3."""
    found = evaluate(kindergartens(cutoff_m=250, distance="straight"), town_prepared.study)
    assert sums(found) == {"covered": 22, "uncovered": 11}


def test_nobody_and_nowhere(town_prepared):
    closed = changed(town_prepared, facilities={"kg1": {"status": "closed"}})
    assert sums(evaluate(kindergartens(), closed)) == {"uncovered": 33}
    ages = {"p_3": 0, "p_4": 0, "p_5": 0}
    empty = changed(town_prepared, residents=dict.fromkeys(("d1", "d2", "d3", "d4"), ages))
    found = evaluate(kindergartens(), empty)
    assert sums(found) == {}
    assert found.units["ratio"].isna().all()
    assert not found.units["lacks_class"].any()


def test_where_the_rule_does_not_bind_children_still_take_places(town_prepared):
    """The rule binds in the east; d1 in the west takes 20 of the 24 places."""
    scope = {"level": "community", "names": ["东社区"]}
    found = evaluate(kindergartens(scope=scope), with_places(town_prepared, 24))
    assert sums(found) == {"covered": 4, "uncovered": 3, "not_applicable": 26}
    assert found.units["unit"].tolist() == ["E"]


def two_stages(share):
    def stage(name, group):
        return {
            "id": name,
            "title": {"zh": name, "en": name},
            "group": group,
            "facilities": [{"kind": "kindergarten"}],
            "share": {"kindergarten": share[name]} if name in share else {},
            "cutoff_m": 330,
            "class_size": 5,
        }

    stages = [stage("first", "kindergarten_age"), stage("second", "primary_age")]
    return rule(kind="capacity", group="school_age", stage=stages)


@pytest.mark.parametrize(
    ("share", "places", "expected"),
    [
        ({"first": 2 / 3, "second": 1 / 3}, 90, (60, 30)),
        ({"first": 2 / 3, "second": 1 / 3}, 91, (61, 30)),
        ({"first": 0.5, "second": 0.5}, 91, (46, 45)),  # the odd place goes to the first
        ({"first": 0.5, "second": 0.25}, 91, (45, 23)),  # 45.5, 22.75, and a quarter for others
        ({}, 91, (46, 45)),  # both ask for all of it
    ],
)
def test_shares_of_places_add_up(town_prepared, share, places, expected):
    supplies = supplies_of(two_stages(share), with_places(town_prepared, places))
    assert tuple(int(one.places.sum()) for one in supplies.values()) == expected


def test_stages_stand_apart_and_together(town_prepared):
    one = two_stages({"first": 2 / 3, "second": 1 / 3})
    rows = evaluate(one, town_prepared.study).verdicts
    whole = rows[rows["part"] == "all"]["people"].sum()
    assert whole == rows[rows["part"] != "all"]["people"].sum() == 33 + 35
    assert rows.groupby("part")["facility_kind"].first().to_dict() == {
        "all": "all",
        "first": "kindergarten",
        "second": "kindergarten",
    }


def test_a_gap_is_full_where_a_place_is_near_and_taken(town_prepared):
    study = with_places(town_prepared, 24)
    gaps = find_gaps(evaluate(kindergartens(), study), study).table
    causes = dict(zip(gaps["place"], gaps["cause"], strict=True))
    assert causes == {"小区d2": "full", "小区d3": "no_facility", "小区d4": "full"}


def test_places_more_are_told_from_children_more(town_prepared):
    before, after = with_places(town_prepared, 24), with_places(town_prepared, 26)
    moves = transitions(*(evaluate(kindergartens(), one) for one in (before, after)))
    moves = moves[moves["part"] == "all"]
    assert moves["by_access"].tolist() == [0, 1, 0, 1]
    assert not moves[["by_band", "by_people"]].to_numpy().any()


def test_findings_name_the_hot_blocks(town_prepared):
    study = with_places(town_prepared, 24)
    one = evaluate(kindergartens(), study)
    said = describe(one, study, figures=headline(one, study), gaps=pd.DataFrame(), nature="")
    assert "名 2 个（北社区 6、东社区 3）" in said["sentence"]["conclusion"]["zh"]
    assert "Of 33 children 3–5, 24 have a place" in said["sentence"]["conclusion"]["en"]
    assert said["sentence"]["caliber"]["en"].startswith("Resident population")


def test_coverage_says_whose_people(town_prepared):
    study = changed(town_prepared, residents={"d1": {"hukou": 100}})
    one = evaluate(kindergartens(caliber="registered"), study)
    table = coverage_table(one, study, as_of="", nature="")
    assert set(table["caliber"]) == {"registered"}


@FEW
@given(
    places=st.integers(0, 40),
    more=st.integers(0, 20),
    cutoffs=st.lists(st.integers(50, 1000), min_size=2, max_size=2).map(sorted),
)
def test_more_places_and_longer_ways_never_hurt(town_prepared, places, more, cutoffs):
    study, richer = with_places(town_prepared, places), with_places(town_prepared, places + more)
    short, long, rich = (
        sums(evaluate(kindergartens(cutoff_m=m), s)).get("covered", 0)
        for m, s in ((cutoffs[0], study), (cutoffs[1], study), (cutoffs[0], richer))
    )
    assert short <= min(long, rich, places)
    assert long <= 33


@FEW
@given(places=st.integers(0, 40), part=st.integers(0, 20))
def test_splitting_and_order_change_nothing(town_prepared, places, part):
    study = with_places(town_prepared, places)
    table = study.layers.residents
    left, right = table.iloc[[0]].copy(), table.iloc[[0]].copy()
    left["p_4"], right["p_4"], right["id"] = part, 20 - part, "d1b"
    split = pd.concat([table.iloc[:0:-1], right, left], ignore_index=True)
    layers = replace(study.layers, residents=split)
    other = study_of(layers, study.walk, modes=["walk"], as_of=study.as_of)
    one, two = (evaluate(kindergartens(), s) for s in (study, other))
    assert sums(one) == sums(two)
    columns = ["unit", "children", "unserved", "rank"]
    assert np.array_equal(one.units[columns].to_numpy(), two.units[columns].to_numpy())
