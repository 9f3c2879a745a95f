"""Comparisons on the town: every difference told, attributed, and adding up."""

import html
import re

import pandas as pd
import pytest
from town import SCENARIO, write_town

from siting.compare import compare
from siting.project import find_project
from siting.report.comparison import comparison_page

CHANGES = """
extends = "town"
title = { zh = "后", en = "After" }
[[change]]
do = "open"
project = "东幼儿园"
[[change]]
do = "resize"
facility = "eh2"
capacity = 10
[[change]]
do = "scale"
unit = "E"
group = "elders"
factor = 0.6
[[change]]
do = "scale"
unit = "W"
group = "children"
factor = 1.5
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = write_town(tmp_path_factory.mktemp("compare"))
    after = path.with_name("after.toml")
    after.write_text(CHANGES, encoding="utf-8")
    return compare(path, after, project=find_project(path.parent))


def district(found, rule, part="all"):
    table = found.differences
    rows = (table["rule"] == rule) & (table["part"] == part) & (table["level"] == "district")
    return table[rows].iloc[0]


def test_kindergarten_as_on_paper(found):
    # kg2 covers d2's 15 children (210 m); W's 60 children become 90, all covered by kg1.
    row = district(found, "circle", "kindergarten")
    assert (row["covered_before"], row["covered_after"]) == (60, 60 + 15 + 30)
    assert (row["by_access"], row["by_band"], row["by_people"]) == (15, 0, 30)


def test_changed_band_is_not_changed_access(found):
    # E: 54 elders / 0.02 km² = 2700: medium now, 1000 m. d2's 18 come to be covered by their band;
    # d4's 60 were covered at 400 m and are at 1000 m, 24 of them left.
    row = district(found, "homes")
    assert (row["covered_before"], row["covered_after"]) == (100, 40 + 18 + 36)
    assert (row["by_access"], row["by_band"], row["by_people"]) == (0, 18, -24)


def test_parts_of_the_difference_add_up(found):
    table = found.differences
    parts = table["by_access"] + table["by_band"] + table["by_people"]
    assert (parts == table["difference"]).all()
    assert (table["covered_after"] - table["covered_before"] == table["difference"]).all()


def test_attribution_adds_up_to_the_whole(found):
    for rule, table in found.attribution.groupby("rule"):
        steps, rest = table[table["step"] > 0], table[table["step"] == 0].set_index("change")
        whole = rest.loc["total", "in_sequence"]
        assert steps["in_sequence"].sum() == whole, rule
        assert steps["alone"].sum() + rest.loc["interaction", "alone"] == whole, rule
        assert whole == district(found, rule)["difference"], rule


def test_a_gap_is_attributed_to_the_change_that_closed_it(found):
    table = found.gaps
    closed = table[(table["what"] == "closed") & (table["part"] == "kindergarten")]
    assert closed["place"].tolist() == ["小区d2"]
    assert "东幼儿园" in closed["change"].iloc[0]


def test_opened_gaps_are_told(tmp_path):
    path = write_town(tmp_path)
    after = path.with_name("after.toml")
    after.write_text(
        'extends = "town"\n[[change]]\ndo = "close"\nfacility = "kg1"\n', encoding="utf-8"
    )
    table = compare(path, after, project=find_project(path.parent)).gaps
    opened = table[(table["part"] == "kindergarten") & (table["what"] == "opened")]
    assert opened[["place", "people_before", "people_after"]].to_numpy().tolist() == [
        ["小区d1", 0, 60]
    ]


def test_unrelated_scenarios_are_compared_without_attribution(tmp_path):
    path = write_town(tmp_path)
    other = path.with_name("other.toml")
    other.write_text(SCENARIO.replace("max_snap_m = 200", "max_snap_m = 150"), encoding="utf-8")
    result = compare(path, other, project=find_project(path.parent))
    assert result.attribution.empty
    assert isinstance(result.differences, pd.DataFrame)
    assert (result.differences["difference"] == 0).all()


def words(text, start, end):
    """Return what a reader sees between two places of a page."""
    part = text[text.index(start) :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part[: part.index(end)])).split())


def test_the_page_answers_as_the_report_does(found):
    text = comparison_page(found.tables, about=found.about, lang="zh")
    table = found.answers[found.answers["level"] == "district"]
    shown = words(text, 'id="answer"', '<section class="rule"')
    for row in table.to_dict("records"):
        for side in ("before", "after"):
            assert f"{row[f'uncovered_{side}']:,}" in shown
            assert f"{row[f'coverage_{side}']:.1%}" in shown
    circle = words(text, '<section class="rule" id="circle"', "</section>")
    row = table[table["rule"] == "circle"].iloc[0]
    points = f"{100 * (row['coverage_after'] - row['coverage_before']):+.1f} 个百分点"
    assert points in circle
    assert "主因" in circle
    assert 'class="sortable' in text
    assert text.count("data:image/svg+xml;base64,") >= 1


def test_answers_are_those_of_each_scenario(found):
    table = found.answers.set_index(["rule", "unit"])
    moved = found.differences[found.differences["part"] == "all"].set_index(["rule", "unit"])
    both = table.join(moved[["covered_before", "covered_after"]])
    for side in ("before", "after"):
        known = both[both[f"judged_{side}"] > 0]
        share = known[f"covered_{side}"] / known[f"judged_{side}"]
        assert share.to_numpy() == pytest.approx(known[f"coverage_{side}"].to_numpy(float))


def test_a_comparison_runs_no_name_as_code(found):
    nasty = "</style><script>x</script>$a$"
    tables = found.tables | {"gaps": found.gaps.assign(place=nasty, change=nasty)}
    rules = [rule | {"title": {"zh": nasty, "en": nasty}} for rule in found.about["rules"]]
    about = found.about | {"rules": rules, "before": {"en": nasty}, "data_nature": nasty}
    text = comparison_page(tables, about=about, lang="en")
    assert "<script>x" not in text
    assert html.escape(nasty) in text


def test_scenarios_that_agree_say_so_in_a_line(tmp_path):
    path = write_town(tmp_path)
    other = path.with_name("same.toml")
    other.write_text('extends = "town"\n', encoding="utf-8")
    same = compare(path, other, project=find_project(path.parent))
    text = comparison_page(same.tables, about=same.about, lang="en")
    assert "change in 0." in text
    assert "the same in both" in text
    assert "data:image/svg" not in text
