"""What must hold on the shipped data, whatever their figures."""

import numpy as np
import pytest

pytestmark = pytest.mark.xdist_group("baseline")
XIASHA, EAST = 521_977, 247_173  # people of 下沙+白杨 and of the five eastern streets, 2020
CLASSES = ["covered", "uncovered", "undetermined", "not_applicable", "not_assessed", "outside"]


def headline(result, rule):
    table = result.coverage
    rows = (table["rule"] == rule) & (table["part"] == "all") & (table["level"] == "district")
    return table[rows & (table["unit"] != "outside")].iloc[0]


def test_everybody_is_there(baseline_result):
    inside = baseline_result.demand[~baseline_result.demand["outside"]]
    assert inside["residents"].sum() == XIASHA + EAST
    west = inside["street"].isin(["330114001", "330114002"])
    assert inside["residents"][west].sum() == XIASHA


def test_the_ledger_closes_for_every_rule_and_reading(baseline_result):
    ledger = baseline_result.ledger
    assert len(ledger)
    assert (ledger[CLASSES].sum(axis=1) == ledger["people"]).all()


def test_hardly_anybody_is_undetermined(baseline_result):
    ledger = baseline_result.ledger
    inside = ledger["people"] - ledger["outside"]
    assert (ledger["undetermined"] <= 0.02 * inside).all()


def test_the_child_circle_lands_where_its_data_put_it(baseline_result):
    row = headline(baseline_result, "child-circle-5min")
    assert 0.30 <= row["coverage"] <= 0.85


def test_every_density_band_is_exercised(baseline_result):
    table = baseline_result.indicators
    table = table[table["reading"] == "default"]
    units = table[table["indicator"].str.startswith("units_in_band")]
    units = units.set_index("indicator")["value"]
    assert (units > 0).all()
    assert set(units.index) == {f"units_in_band:{b}" for b in ("high", "medium", "low")}


def test_one_street_lacks_an_affordable_nursery(baseline_result):
    table = baseline_result.coverage
    rows = table[(table["rule"] == "nursery-in-every-street") & (table["level"] == "street")]
    failing = rows[(rows["verdict"] == "fail")]["unit_name"].tolist()
    assert len(failing) == 1


def test_straight_lines_never_exceed_walks(baseline_result):
    table = baseline_result.verdicts
    walked = table[(table["part"] != "all") & (table["facility"] != "")]
    nearest = walked["cost_mm"].to_numpy(np.int64) + 2  # both are rounded to the millimetre
    assert (walked["straight_mm"].to_numpy(np.int64) <= nearest).all()


def test_ranked_sites_gain_less_and_less_and_keep_below_their_bound(baseline_result):
    for _, table in baseline_result.candidates.groupby(["rule", "reason"]):
        assert (table["gain"].diff().dropna() <= 0).all()
        assert (table["covered"] <= table["bound"]).all()
        assert (table["covered"].diff().dropna() == table["gain"].iloc[1:]).all()
