"""Publishing: nobody is recognised, neither by a count nor by what follows from the others."""

import dataclasses
import itertools
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from result_fixture import sample_result

from siting.report.map import map_page
from siting.report.mapdata import map_data
from siting.report.publish import SMALLEST, SUMS, is_small, public, suppress
from siting.report.write import write_outputs


def total_table(cells):
    """Return the cells with their row sums first and their column sums on top."""
    rows = np.column_stack([cells.sum(axis=1), cells])
    return np.vstack([rows.sum(axis=0), rows]).astype(float)


@settings(deadline=None, max_examples=120)
@given(
    arrays(np.int64, st.tuples(st.integers(2, 6), st.integers(2, 5)), elements=st.integers(0, 60))
)
def test_no_hidden_cell_follows_from_its_row_or_column(cells):
    table = total_table(cells)
    small = is_small(table)
    hidden = suppress(table, small)
    assert (hidden | ~small).all()
    assert not (hidden.sum(axis=0) == 1).any()
    assert not (hidden.sum(axis=1) == 1).any()


def test_a_table_by_hand():
    """The 3 is small; with its row and its column go the smallest others, which close the square.

    sum   a   b   c
     90  30  38  22
     45  12  30   3
     45  18   8  19
    """
    table = np.array([[90, 30, 38, 22], [45, 12, 30, 3], [45, 18, 8, 19]], float)
    hidden = suppress(table, is_small(table), fixed=1)
    assert hidden.tolist() == [
        [False, False, False, False],
        [False, True, False, True],
        [False, True, False, True],
    ]


def test_what_is_hidden_above_is_hidden_below_too():
    """The total of column b is hidden; a part of it must go as well, or it would follow."""
    table = np.array([[40, 22, 18], [20, 10, 10], [20, 12, 8]], float)
    hidden = np.zeros(table.shape, bool)
    hidden[0, 1:] = True
    found = suppress(table, hidden, fixed=1)
    assert found[1:, 1].any()
    assert found[1:, 2].any()
    assert (found[0] == hidden[0]).all()


@pytest.fixture(scope="module")
def small_town():
    """The sample with few people in some places, so that there is something to hide."""
    result = sample_result()
    few = (np.arange(len(result.verdicts)) % 7 == 0) & (result.verdicts["part"] == "nursery")
    people = result.verdicts["people"].where(~few, result.verdicts["people"] % 4)
    coverage = result.coverage.copy()
    coverage.loc[coverage.index[::3], ["undetermined"]] += 3
    coverage.loc[coverage.index[::3], ["people"]] += 3
    return dataclasses.replace(
        result, verdicts=result.verdicts.assign(people=people), coverage=coverage
    )


def test_no_small_count_is_left_in_any_table(small_town):
    shown = public(small_town)
    for column in [*SUMS, "straight_covered", "borderline"]:
        counts = shown.coverage[column].dropna().to_numpy(float)
        assert not is_small(counts).any(), column
    assert not is_small(shown.verdicts["people"].to_numpy(float)).any()
    assert not is_small(shown.ledger[SUMS].to_numpy(float, na_value=0)).any()
    assert shown.coverage["undetermined"].isna().any()
    assert (shown.gaps["people"] >= SMALLEST).all()


def test_hidden_rows_of_the_coverage_table_cannot_be_solved(small_town):
    shown = public(small_town).coverage
    for _, row in shown.iterrows():
        assert row[SUMS].isna().sum() != 1
    hidden = shown["covered"].isna() | shown["people"].isna()
    assert shown.loc[hidden, "coverage"].isna().all()


def test_people_are_told_by_community_only(small_town):
    shown = public(small_town)
    communities = set(sample_result().layers.units["code"])
    assert set(shown.demand["id"]) <= communities
    assert set(shown.verdicts["demand"]) <= communities
    assert (shown.demand["name"] == "").all()
    assert (shown.gaps["place"] == "").all()
    assert shown.on_site.empty
    totals = shown.verdicts.groupby(["rule", "part"])["people"].sum()
    whole = small_town.verdicts.groupby(["rule", "part"])["people"].sum()
    assert (totals <= whole).all()


def test_the_published_map_embeds_no_points_and_no_trials(small_town):
    data = map_data(public(small_town), publish=True)
    names = [name for name, _, _ in data["packed"]["arrays"]]
    counts = {name: count for name, count, _ in data["packed"]["arrays"]}
    assert counts["demand.x"] <= 12
    assert not [name for name in names if name.startswith(("net.", "wall.", "site.", "facility."))]
    assert data["trial"] is None
    assert data["basemaps"] == []
    text = json.dumps(data, ensure_ascii=False)
    for name in sample_result().demand["name"].iloc[::40]:
        assert name not in text


def test_everything_is_written(small_town, tmp_path):
    names = write_outputs(small_town, folder=tmp_path / "public", lang="zh", publish=True)
    assert {"map.html", "report.html", "results.gpkg", "tables.xlsx"} <= set(names)
    manifest = json.loads((tmp_path / "public" / "run.json").read_text(encoding="utf-8"))
    assert manifest["published"] == {"smallest_count": SMALLEST}
    text = (tmp_path / "public" / "coverage.csv").read_text(encoding="utf-8-sig")
    table = pd.read_csv(pd.io.common.StringIO(text))
    for column in SUMS:
        assert not is_small(table[column].to_numpy(float)).any()
    gaps = (tmp_path / "public" / "gaps.csv").read_text(encoding="utf-8-sig")
    places = sample_result().gaps["place"].unique()
    assert not any(place in gaps for place in itertools.islice(places, 20))


@pytest.mark.browser
def test_the_published_map_in_a_browser(visit, small_town, tmp_path):
    page = tmp_path / "map.html"
    page.write_text(map_page(public(small_town), lang="zh", publish=True), encoding="utf-8")
    with visit(page.as_uri()) as tab:
        assert tab.locator("#trial").count() == 0
        assert "社区覆盖率" in tab.inner_text("#legend")
        assert re.fullmatch(r"[\d.]+%", tab.inner_text(".number"))
        for layer in ("gaps", "facilities", "planned", "candidates"):
            tab.evaluate(f"Siting.app.toggle('{layer}')")
        spot = tab.evaluate(
            """() => { const { units } = Siting.app.data.base;
            const i = units.findIndex((u) => u.level === "community");
            const [x, y] = Siting.app.data.base.unit_labels[i];
            Siting.app.show({x, y}, () => document.createElement("p"));
            document.querySelector(".leaflet-popup-close-button").click();
            const box = document.querySelector(".folium-map").getBoundingClientRect();
            return [box.width / 2, box.height / 2]; }"""
        )
        tab.wait_for_timeout(400)
        tab.mouse.click(*spot)
        assert "不发布" in tab.inner_text(".card")
