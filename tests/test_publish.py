"""Publishing: nobody is recognised, neither by a count nor by what follows from the others."""

import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from result_fixture import sample_result
from scipy.optimize import linprog
from town import write_town

from siting.errors import DataError
from siting.project import find_project
from siting.report.mapdata import map_data
from siting.report.publiccounts import SUMS
from siting.report.publicfigures import public_indicators, public_sensitivity
from siting.report.publish import public
from siting.report.suppression import SMALLEST, Cells, determined, is_small
from siting.report.table1 import coverage_sheet
from siting.verify import verify


def table_cells(base):
    """Return the cells of a table with its row sums, its column sums and its total."""
    cells = Cells()
    rows, columns = base.shape
    inner = [[cells.add((i, j), base[i, j]) for j in range(columns)] for i in range(rows)]
    right = [cells.add(("row", i), base[i].sum()) for i in range(rows)]
    below = [cells.add(("column", j), base[:, j].sum()) for j in range(columns)]
    whole = cells.add("all", base.sum())
    for i in range(rows):
        cells.bind(right[i], inner[i])
    for j in range(columns):
        cells.bind(below[j], [row[j] for row in inner])
    cells.bind(whole, right)
    cells.bind(whole, below)
    return cells


def guessed(cells, hidden):
    """Return the hidden small cells that a reader can compute, by linear programs."""
    counts = np.array(cells.counts, float)
    place = {cell: at for at, cell in enumerate(np.flatnonzero(hidden).tolist())}
    matrix = np.zeros((len(cells.sums), len(place)))
    right = np.zeros(len(cells.sums))
    for line, (total, parts) in enumerate(cells.sums):
        for cell, sign in [(total, -1), *((part, 1) for part in parts)]:
            if hidden[cell]:
                matrix[line, place[cell]] += sign
            else:
                right[line] -= sign * counts[cell]
    found = []
    for cell in np.flatnonzero(is_small(counts)).tolist():
        aim = np.zeros(len(place))
        aim[place[cell]] = 1
        low, high = (linprog(sign * aim, A_eq=matrix, b_eq=right) for sign in (1, -1))
        if high.status == 0 and round(low.fun) == round(-high.fun):
            found.append(cell)
    return found


@settings(deadline=None, max_examples=15)
@given(
    arrays(
        np.int64,
        st.tuples(st.integers(2, 4), st.integers(2, 4)),
        elements=st.integers(0, 7) | st.just(0) | st.integers(8, 60),
    )
)
def test_no_small_cell_of_a_table_can_be_computed(base):
    cells = table_cells(base)
    hidden = cells.hidden()
    assert (hidden | ~is_small(np.array(cells.counts, float))).all()
    assert guessed(cells, hidden) == []


def test_two_hidden_cells_in_every_line_are_not_enough():
    """Two hidden squares of a table, and one hidden cell between them: that one follows."""
    cells = table_cells(np.full((4, 4), 9))
    square = np.kron(np.eye(2), np.ones((2, 2))).astype(bool)
    square[1, 2] = True
    hidden = np.zeros(len(cells.counts), bool)
    hidden[:16] = square.ravel()
    known = determined(cells.sums, hidden)
    assert np.flatnonzero(known).tolist() == [6]


def test_what_two_hidden_cells_have_in_common_is_known():
    """12 + 8 of 20: neither is known, but their sum is; 19 of it leave one person."""
    cells = Cells()
    people, near = cells.add("people", 20), cells.add("near", 19)
    judged = cells.add("judged", 20, shown=False)
    two = [cells.add("covered", 12), cells.add("uncovered", 8)]
    cells.bind(people, two)
    cells.bind(judged, two)
    cells.bind(judged, [near])
    hidden = np.array([cell not in (people, near) for cell in range(len(cells.counts))])
    assert np.flatnonzero(determined(cells.sums, hidden)).tolist() == [judged, len(hidden) - 1]
    assert cells.hidden()[near]


def test_a_table_by_hand():
    """The 3 is small; with it go smaller ones of its row, its column and across: totals stay.

    sum   a   b   c
     90  30  38  22
     45  12  30   3
     45  18   8  19
    """
    cells = table_cells(np.array([[12, 30, 3], [18, 8, 19]]))
    hidden = cells.hidden()
    assert hidden[2]
    assert 4 <= hidden.sum() <= 7
    assert not hidden[-1]


def test_few_people_are_not_left_under_a_visible_total():
    """1 + 2 = 3 under a total of 50: both are hidden, and still the reader would know of three."""
    cells = Cells()
    parts = [cells.add(i, n) for i, n in enumerate([1, 2, 20, 27])]
    cells.bind(cells.add("all", 50), parts)
    assert cells.hidden().tolist() == [True, True, True, False, False]


def test_the_same_people_under_two_rules_are_one_cell():
    cells = Cells()
    assert cells.add("elders", 40) == cells.add("elders", 40)
    assert cells.add("elders", 40) != cells.add("elders", 41)
    with pytest.raises(ValueError, match="more than"):
        cells.bind(cells.add("elders", 40), [cells.add("a", 30), cells.add("b", 30)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The drawn town, where few people live, published through the command line."""
    root = tmp_path_factory.mktemp("published")
    path = write_town(root)
    order = [sys.executable, "-m", "siting", "run", str(path), "--publish"]
    done = subprocess.run([*order, "--json"], capture_output=True, text=True, check=True)
    found = Path(json.loads(done.stdout)["outputs"])
    assert found == root / "outputs" / "published" / path.stem
    return found


def table(folder, name):
    return pd.read_csv(folder / f"{name}.csv", encoding="utf-8-sig", dtype={"unit": str})


def families(rows, parent):
    """Return the rows of every unit that other units of the table add up to, with theirs."""
    at = dict(zip(rows["unit"], rows.index, strict=True))
    found = {}
    for unit, row in at.items():
        above = at.get(parent.get(unit))
        if above is not None:
            found.setdefault(above, []).append(row)
    return found.items()


def test_no_hidden_count_of_the_coverage_table_can_be_computed(folder, town_result):
    """Every way in which its cells add up, written down anew, gives a reader no small count."""
    shown = table(folder, "coverage")
    true = town_result.coverage.set_index(["rule", "part", "level", "unit"])
    true = true.loc[pd.MultiIndex.from_frame(shown[["rule", "part", "level", "unit"]])]
    assert (shown[SUMS].isna() | (shown[SUMS].to_numpy() == true[SUMS].to_numpy())).all(axis=None)
    cells = Cells()
    number = np.zeros((len(shown), len(SUMS)), int)
    for at, row in shown.iterrows():
        for column, name in enumerate(SUMS):
            key = (row["group"], row["unit"]) if name == "people" else (at, name)
            number[at, column] = cells.add(key, true.iloc[at][name])
    for people, *classes in number.tolist():
        cells.bind(people, classes)
    units = town_result.layers.units
    parent = dict(zip(units["code"], units["parent"], strict=True))
    for _, rows in shown.groupby(["rule", "part"]):
        for above, below in families(rows, parent):
            for total, *parts in number[[above, *below]].T.tolist():
                cells.bind(total, parts)
    for _, rows in shown[shown["rule"] == "homes"].groupby("unit"):
        whole, bands = rows.index[rows["part"] == "all"], rows.index[rows["part"] != "all"]
        for total, *parts in number[[*whole, *bands]][:, [1, 2, 3, 5]].T.tolist():
            cells.bind(total, parts)
    hidden = np.zeros(len(cells.counts), bool)
    hidden[number[shown[SUMS].isna().to_numpy()]] = True
    hidden |= ~np.array(cells.shown)
    assert (hidden[:] | ~is_small(np.array(cells.counts, float))).all()
    assert hidden[number].any()
    assert guessed(cells, hidden) == []


def test_other_tables_show_no_more_than_the_coverage_table(folder):
    shown = table(folder, "coverage")
    communities = shown[shown["level"] == "community"]
    gaps = table(folder, "gaps")
    assert len(gaps)
    for gap in gaps.itertuples():
        mine = communities[
            (communities["rule"] == gap.rule) & (communities["unit_name"] == gap.unit)
        ]
        assert gap.people in mine["uncovered"].tolist()
        assert gap.nearest_m % 50 == 0 or np.isnan(gap.nearest_m)
    assert gaps["place"].isna().all()
    assert gaps["gap"].tolist() == [f"{gap.rule}-{gap.priority:04d}" for gap in gaps.itertuples()]
    assert gaps.loc[gaps["fix"] == "link", "candidate"].isna().all()
    assert (table(folder, "candidates")["gain"] >= SMALLEST).all()
    head = shown[(shown["level"] == "district") & (shown["part"] == "all")]
    silent = set(head.loc[head[SUMS].isna().any(axis=1), "rule"])
    assert silent
    for name in ("sensitivity", "register"):
        figures = table(folder, name).dropna(
            subset=["covered" if name == "sensitivity" else "value"]
        )
        assert not silent & set(figures["rule"])
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert told["published"] == {"smallest_count": SMALLEST}
    assert not {"placed", "normalised", "rankings"} & set(told)
    for rule in told["rules"]:
        assert ("covered" in rule) == (rule["rule"] not in silent)
    indicators = table(folder, "indicators")
    people = indicators.loc[indicators["measure"] == "people", "value"].to_numpy(float)
    assert not is_small(people).any()


def test_a_ranking_does_not_tell_who_is_covered_today_where_that_is_hidden(town_result):
    """The people covered with the first site, less its gain, are those covered without it."""
    shown = public(town_result)
    head = shown.coverage[
        (shown.coverage["level"] == "district") & (shown.coverage["part"] == "all")
    ]
    head = head[head["unit"] != "outside"].set_index("rule")
    silent = head.index[head[SUMS].isna().any(axis=1)][0]
    told = head.index[head[SUMS].notna().all(axis=1)][0]
    one = town_result.candidates.iloc[:1].assign(reason="", gain=40, covered=80, coverage=0.5)
    both = pd.concat([one.assign(rule=rule, ranking=rule) for rule in (silent, told)])
    assert set(public(replace(town_result, candidates=both)).candidates["rule"]) == {told}
    alone = [one.assign(rule=told, ranking=told, objective=83, bound=83)]
    next_ = alone[0].assign(rank=2, gain=3, covered=83)
    cut = public(replace(town_result, candidates=pd.concat([*alone, next_], ignore_index=True)))
    assert cut.candidates["rank"].tolist() == [1]
    assert cut.candidates[["objective", "bound"]].isna().all(axis=None)
    several = [{"rule": told, "need": None}, {"rule": silent, "need": None}]
    manifest = town_result.manifest | {"rankings": [{"ranking": told, "rules": several}]}
    assert public(replace(town_result, candidates=both, manifest=manifest)).candidates.empty


def test_readings_that_few_people_tell_apart_are_left_out():
    """Nobody is told by default less another reading, nor by one of those less another."""
    readings = pd.DataFrame(
        {"reading": list("abcde"), "people": [90, 90, 90, 90, 93], "covered": [30, 42, 45, 60, 75]}
    ).assign(rule="r", not_assessed=0)
    readings.loc[0, "reading"] = "default"
    assert public_sensitivity(readings, silent=set())["covered"].tolist() == [30, 42, 60]
    other = readings.assign(rule=list("rstuv"))
    assert len(public_sensitivity(other, silent={"u"})) == 4


def test_the_ledger_shows_no_part_whose_counts_are_hidden(town_result):
    """The report's ledger told the district's counts of needs that coverage.csv hides."""
    shown = public(town_result)
    head = shown.coverage[
        (shown.coverage["level"] == "district") & (shown.coverage["unit"] != "outside")
    ]
    parts = head.set_index(["rule", "part"])[SUMS].isna().any(axis=1)
    ledger = shown.ledger.set_index(["rule", "part"]).index
    assert len(ledger)
    assert parts.any()
    assert not parts[ledger.unique()].any()
    few = town_result.ledger.assign(outside=SMALLEST - 1)  # which the district's rows do not tell
    assert public(replace(town_result, ledger=few)).ledger.empty


def test_measures_of_people_are_told_of_all_streets_or_of_none(town_result):
    """The district less the other streets is the one that is left out."""
    coverage = public(town_result).coverage
    hidden = coverage.loc[coverage["people"].isna() & (coverage["level"] == "street"), "unit"].iloc[
        0
    ]
    ratio = sample_result().measures[0] | {"id": "elders-share", "kind": "ratio", "live": None}
    row = sample_result().measurements.iloc[:1]
    row = row.assign(rule="elders-share", part="unit", numerator=60.0, denominator=90.0, value=0.7)
    rows = [
        row.assign(level=level, unit=unit)
        for level, unit in [("district", "d"), ("street", hidden), ("street", "elsewhere")]
    ]
    both = replace(town_result, measures=[ratio], measurements=pd.concat(rows, ignore_index=True))
    assert public(both).measurements["unit"].tolist() == ["d"]
    units = public(town_result).layers.units
    assert units[[name for name in ("pop", "p60") if name in units]].isna().all(axis=None)


def test_a_measure_that_is_told_has_its_conclusion(town_result):
    """The district's row and the sentence say the same; without the row there is no sentence."""
    measure = sample_result().measures[0]
    rows = sample_result().measurements.iloc[:1].assign(numerator=60.0, denominator=90.0)
    says = {"zh": "60 / 90", "en": "60 of 90"}
    sentence = dict.fromkeys(("conclusion", "data", "caliber", "advice"), says)
    finding = {"rule": measure["id"], "verdict": "pass", "sentence": sentence}
    one = replace(town_result, measures=[measure], measurements=rows, findings=[finding])
    told = public(one).findings[0]["sentence"]
    assert told["conclusion"] == says
    assert not any(told["advice"].values())  # it names a compound
    few = replace(one, measurements=rows.assign(numerator=3.0))
    hushed = public(few)
    assert not hushed.findings[0]["sentence"]["conclusion"]["zh"]
    assert hushed.measures[0]["value"] is None
    assert public(one).measures[0]["value"] == measure["value"] is not None


def test_what_is_hidden_is_no_nought(town_result):
    """Table 1 of a published run: a dash for residents who are hidden, and every facility."""
    usual, shown = coverage_sheet(town_result, "zh"), coverage_sheet(public(town_result), "zh")
    assert shown["residents"].isna().any()
    both = shown["residents"].notna()
    assert (shown.loc[both, "residents"] == usual.loc[both, "residents"]).all()
    pd.testing.assert_series_equal(shown["sites"], usual["sites"], check_dtype=False)


def test_few_facilities_are_no_people(town_result):
    """Two of a count of hospitals are told, two children of a share are not."""
    share = sample_result().measures[0]
    count = share | {"id": "hospitals", "kind": "count", "live": {"needs": []}}
    few = sample_result().measurements.assign(numerator=2.0)
    both = pd.concat([few, few.assign(rule="hospitals")], ignore_index=True)
    shown = public(replace(town_result, measures=[share, count], measurements=both)).measurements
    assert set(shown["rule"]) == {"hospitals"}
    assert len(shown) == len(few)


def test_a_small_class_has_no_number_of_children(town_result):
    enrolled = pd.array([SMALLEST - 1] + [SMALLEST] * (len(town_result.facilities) - 1), "Int64")
    both = replace(town_result, facilities=town_result.facilities.assign(enrolled=enrolled))
    shown = public(both).facilities["enrolled"]
    assert shown.isna().tolist() == [True] + [False] * (len(shown) - 1)


@pytest.mark.parametrize(("left", "is_told"), [(0, True), (SMALLEST - 1, False), (SMALLEST, True)])
def test_a_repair_does_not_tell_the_few_whom_it_leaves(town_result, left, is_told):
    gaps = town_result.gaps
    keys = ["rule", "street", "unit", "group", "facility_kind"]  # a published gap is all of these
    helped = gaps.groupby(keys)["people"].transform("sum") - left
    shown = public(replace(town_result, gaps=gaps.assign(fix_people=helped))).gaps
    assert len(shown)
    assert (shown["fix_people"] == (shown["people"] - left) * is_told).all()


def test_places_per_thousand_do_not_tell_hidden_residents(town_result):
    """Of a rule without people every value of the district is told but what divides by them."""
    row = town_result.indicators.iloc[:1].assign(rule="other", level="district", measure="ratio")
    both = pd.concat([row.assign(indicator=name) for name in ("per_thousand_children", "gini")])
    coverage, unit = town_result.coverage, row["unit"].iloc[0]
    for silent, kept in ((set(), 2), ({unit}, 1)):
        shown = public_indicators(both.reset_index(drop=True), coverage, set(), silent=silent)
        assert len(shown) == kept
        assert "gini" in set(shown["indicator"])


def test_what_candidates_count_beside_their_gain_is_not_told(town_result):
    shown = public(town_result).candidates
    assert len(shown)
    assert (
        shown[["regret", "objective_then", "youngest_oldest", "reach", "score"]]
        .isna()
        .all(axis=None)
    )


def test_a_published_folder_says_why_it_cannot_be_verified(folder):
    with pytest.raises(DataError, match="for publication"):
        verify(folder, project=find_project(Path(__file__).parents[1]))


def test_the_geopackage_has_communities_only(folder, town_result):
    layers = {name for name, _ in pyogrio.list_layers(folder / "results.gpkg")}
    assert not [name for name in layers if name.endswith("_ebike") and "streets" not in name]
    read = {name: pyogrio.read_dataframe(folder / "results.gpkg", layer=name) for name in layers}
    shown = table(folder, "coverage")
    visible = shown[shown["level"] == "community"].set_index(["rule", "part", "unit"])
    for row in read["verdicts"].itertuples():
        assert visible.loc[(row.rule, row.part, row.demand), row.verdict] == row.people
    assert read["on_site"].empty
    assert set(read["demand"]["id"]) <= set(town_result.layers.units["code"])
    assert not is_small(read["demand"]["residents"].to_numpy(float)).any()


def test_no_file_names_a_place_where_people_live(folder, town_result):
    secrets = [*town_result.demand["id"], *town_result.demand["name"]]
    for file in sorted(folder.rglob("*")):
        blob = file.read_bytes()
        if file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as book:
                blob = b"".join(book.read(name) for name in book.namelist())
        for secret in filter(None, secrets):
            assert not re.search(rf"\b{re.escape(secret)}\b".encode(), blob), (file.name, secret)
    assert not (folder / "certificates").exists()


def test_the_published_map_embeds_no_points_and_no_trials(town_result):
    data = map_data(public(town_result), publish=True)
    names = [name for name, _, _ in data["packed"]["arrays"]]
    counts = {name: count for name, count, _ in data["packed"]["arrays"]}
    assert counts["demand.x"] == (town_result.layers.units["level"] == "community").sum()
    assert not [name for name in names if name.startswith(("net.", "wall.", "site.", "facility."))]
    assert data["trial"] is None
    assert data["basemaps"] == []


@pytest.mark.browser
def test_the_published_map_in_a_browser(visit, folder):
    with visit((folder / "map.html").as_uri()) as tab:
        assert tab.locator("#trial").count() == 0
        assert "社区覆盖率" in tab.inner_text("#legend")
        shown = table(folder, "coverage")
        head = shown[(shown["part"] == "all") & (shown["level"] == "district")].iloc[0]
        said = "—" if np.isnan(head["coverage"]) else f"{head['coverage']:.1%}"
        tab.select_option("#rule", head["rule"])
        assert tab.inner_text(".number") == said
        for layer in ("gaps", "facilities", "planned", "candidates"):
            tab.evaluate(f"Siting.app.toggle('{layer}')")
        spot = tab.evaluate(
            """() => { const { app } = Siting;
            const map = Object.values(window).find((one) => one instanceof L.Map);
            const i = app.data.base.units.findIndex((u) => u.level === "community");
            const place = app.plane.toLatLng(...app.data.base.unit_labels[i]);
            map.setView(place, 15, { animate: false });
            const { x, y } = map.latLngToContainerPoint(place);
            return [x, y]; }"""
        )
        tab.mouse.click(*spot)
        assert "不发布" in tab.inner_text(".card")
