"""The whole line on the town of town.py, every figure added up on paper.

Walking distances in metres (legs + streets): the leg of d1 is 20, all others are 10.

    to            kg1 (B)            nu1 (H)             eh1 (K)
    d1   20+100+10     = 130   20+700+10 = 730   20+700+10 = 730
    d2   10+300+10     = 320   10+300+10 = 320   10+500+10 = 520
    d3   10+900+10     = 920   10+700+10 = 720   10+300+10 = 320
    d4   10+110+200+10 = 330   10+290+10 = 310   10+290+10 = 310
"""

from dataclasses import replace

import numpy as np
import pytest
from town import FACILITIES, RESIDENTS

from siting.access.coverage import check_ledger
from siting.access.evaluate import evaluate
from siting.errors import LedgerError
from siting.network.costs import UNREACHABLE

PAPER_M = {
    ("nursery", "d1"): 730, ("nursery", "d2"): 320, ("nursery", "d3"): 720, ("nursery", "d4"): 310,
    ("kindergarten", "d1"): 130, ("kindergarten", "d2"): 320, ("kindergarten", "d3"): 920,
    ("kindergarten", "d4"): 330,
}  # fmt: skip
ELDER_M = {"d1": 730, "d2": 520, "d3": 320, "d4": 310}


def rows(result, rule, part):
    table = result.verdicts
    return table[(table["rule"] == rule) & (table["part"] == part)]


def figures(result, rule, part="all"):
    table = result.coverage
    row = table[
        (table["rule"] == rule)
        & (table["part"] == part)
        & (table["level"] == "district")
        & (table["unit"] == "T")
    ]
    assert len(row) == 1
    return row.iloc[0]


def people(result, rule, part="all"):
    row = figures(result, rule, part)
    names = ("covered", "uncovered", "undetermined", "not_applicable", "not_assessed")
    return tuple(int(row[n]) for n in names)


@pytest.mark.parametrize(("need", "demand"), PAPER_M)
def test_costs_of_children_as_on_paper(town_result, need, demand):
    table = rows(town_result, "circle", need)
    row = table[table["demand"] == demand].iloc[0]
    assert row["cost_mm"] == PAPER_M[need, demand] * 1000


@pytest.mark.parametrize("demand", ELDER_M)
def test_costs_of_elders_as_on_paper(town_result, demand):
    table = rows(town_result, "homes", "all")
    row = table[table["demand"] == demand].iloc[0]
    assert row["cost_mm"] == ELDER_M[demand] * 1000
    assert row["facility"] == "eh1"  # eh2 is nearer to d1 but has nine beds


def test_straight_lines_stand_beside(town_result):
    table = rows(town_result, "circle", "kindergarten").set_index("demand")["straight_mm"]
    assert table["d1"] == round(np.sqrt(100**2 + 30**2) * 1000)
    assert table["d2"] == round(np.sqrt(300**2 + 20**2) * 1000)


def test_the_circle(town_result):
    assert people(town_result, "circle", "nursery") == (0, 27, 0, 0, 0)
    assert people(town_result, "circle", "kindergarten") == (60, 45, 0, 0, 0)
    # d1's ten infants lack a nursery; its fifty older children need the kindergarten only.
    assert people(town_result, "circle") == (50, 55, 0, 0, 0)
    assert figures(town_result, "circle")["verdict"] == "partial"
    assert figures(town_result, "circle", "nursery")["verdict"] == "fail"


def test_borderline_is_within_a_tenth_of_the_cutoff(town_result):
    table = rows(town_result, "circle", "kindergarten").set_index("demand")["borderline"]
    assert table.to_dict() == {"d1": False, "d2": True, "d3": False, "d4": True, "d5": False}


def test_homes_by_density(town_result):
    # W: 40 elders / 0.04 km² = 1000, medium; E: 90 / 0.02 = 4500, high; N: 10 / 0.02 = 500, low.
    assert people(town_result, "homes") == (100, 30, 0, 10, 0)
    assert people(town_result, "homes", "high") == (60, 30, 0, 50, 0)
    assert people(town_result, "homes", "medium") == (40, 0, 0, 100, 0)
    assert figures(town_result, "homes")["coverage"] == pytest.approx(100 / 130)


def test_presence(town_result):
    assert people(town_result, "presence") == (23, 4, 0, 0, 0)
    table = town_result.coverage
    streets = table[(table["rule"] == "presence") & (table["level"] == "street")]
    verdicts = streets[streets["unit"] != "outside"].set_index("unit")["verdict"]
    assert verdicts.to_dict() == {"S": "pass", "NS": "fail"}


def test_people_beyond_the_town_are_outside(town_result):
    table = rows(town_result, "circle", "kindergarten")
    assert table.set_index("demand")["verdict"]["d5"] == "outside"
    ring = town_result.coverage
    ring = ring[(ring["rule"] == "homes") & (ring["unit"] == "outside") & (ring["part"] == "all")]
    assert (ring["outside"] == 5).all()


def test_district_is_the_sum_of_its_units(town_result):
    table = town_result.coverage[town_result.coverage["unit"] != "outside"]
    keys = ["rule", "part"]
    counts = ["people", "covered", "uncovered", "not_applicable", "straight_covered", "borderline"]
    district = table[table["level"] == "district"].set_index(keys)[counts]
    for level in ("block", "street", "community"):
        summed = table[table["level"] == level].groupby(keys)[counts].sum()
        assert (summed.loc[district.index] == district).all().all()


def test_the_ledger_closes(town_result):
    ledger = town_result.ledger
    classes = ["covered", "uncovered", "undetermined", "not_applicable", "not_assessed", "outside"]
    assert (ledger[classes].sum(axis=1) == ledger["people"]).all()
    circle = ledger[(ledger["rule"] == "circle") & (ledger["part"] == "all")]
    assert (circle["people"] == 60 + 15 + 10 + 20 + 7).all()


def test_an_open_ledger_stops_the_run(town_prepared):
    one = evaluate(town_prepared.rules[0], town_prepared.study)
    lost = replace(one, verdicts=one.verdicts.iloc[1:])
    with pytest.raises(LedgerError, match="came out"):
        check_ledger([lost], town_prepared.study)


def test_gaps_of_the_circle(town_result):
    table = town_result.gaps
    nursery = table[(table["rule"] == "circle") & (table["facility_kind"] == "nursery")]
    assert nursery["people"].tolist() == [10, 8, 5, 4]
    assert nursery["cause"].tolist() == ["no_facility", "detour", "detour", "no_facility"]
    kindergarten = table[(table["rule"] == "circle") & (table["facility_kind"] == "kindergarten")]
    assert kindergarten["people"].tolist() == [20, 15, 10]
    assert kindergarten["place"].tolist() == ["小区d4", "小区d2", "小区d3"]
    assert kindergarten["nearest_m"].tolist() == [330.0, 320.0, 920.0]
    assert kindergarten["fix"].tolist() == ["new_facility", "open", "new_facility"]
    assert kindergarten["candidate"].tolist() == ["s2", "kg2", "s3"]
    assert kindergarten["fix_people"].tolist() == [20, 15, 10]


def test_gaps_say_in_how_many_readings_they_stand(town_result):
    table = town_result.gaps
    nursery = table[(table["rule"] == "circle") & (table["facility_kind"] == "nursery")]
    assert nursery["readings_failing"].tolist() == [2, 1, 1, 2]  # straight lines close two
    assert (nursery["readings_total"] == 2).all()


def test_sensitivity(town_result):
    table = town_result.sensitivity.set_index(["rule", "reading"])["covered"]
    assert table["circle", "default"] == 50
    # Straight: d1's infants still lack a nursery; d4 reaches both within 300 m, d2 only a nursery.
    assert table["circle", "straight-line"] == 50 + 20
    assert table["homes", "default"] == 100
    assert table["homes", "same-unit"] == 0


def test_ranking_with_its_bound(town_result):
    table = town_result.candidates
    assert table["site"].tolist() == ["s2", "s3"]
    assert table["gain"].tolist() == [20, 10]
    assert table["covered"].tolist() == [80, 90]
    assert (table["bound"] >= 90).all()
    assert (table["rule"] == "circle").all()  # no parcel reaches the elders left out


def test_the_register_names_every_clause(town_result):
    table = town_result.register.set_index("id")["status"]
    expected = {"T1": "partial", "T2": "partial", "T3": "partial", "T4": "non_spatial"}
    assert table.to_dict() == expected


def test_unreachable_is_a_value(run_town):
    closed = {k: v for k, v in FACILITIES.items() if v[0] != "kindergarten"}
    result = run_town(facilities=closed)
    table = rows(result, "circle", "kindergarten")
    assert (table["cost_mm"] == UNREACHABLE).all()
    assert people(result, "circle", "kindergarten") == (0, 105, 0, 0, 0)
    assert people(result, "circle") == (0, 105, 0, 0, 0)


def test_order_of_rows_changes_nothing(run_town, town_result):
    shuffled = run_town(
        residents=dict(reversed(RESIDENTS.items())), facilities=dict(reversed(FACILITIES.items()))
    )
    for name in ("verdicts", "coverage", "gaps", "candidates", "indicators", "demand"):
        left, right = getattr(town_result, name), getattr(shuffled, name)
        assert left.to_csv() == right.to_csv(), name


def test_a_missing_fact_is_not_a_no(run_town):
    kind, x, y, extra = FACILITIES["nu1"]
    result = run_town(facilities=FACILITIES | {"nu1": (kind, x, y, extra | {"inclusive": None})})
    assert people(result, "presence") == (0, 4, 0, 0, 23)


def test_somebody_far_from_any_street_is_undetermined(run_town):
    _, _, unit, ages = RESIDENTS["d2"]
    result = run_town(residents=RESIDENTS | {"d2": (500, -240, unit, ages)})
    assert people(result, "circle", "kindergarten") == (60, 30, 15, 0, 0)
