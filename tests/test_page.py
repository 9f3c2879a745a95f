"""report.html before any browser opens it: figures of the tables, text that stays text."""

import dataclasses
import html
import re

import pandas as pd
import pytest
from result_fixture import sample_result

from siting.report import rows
from siting.report.grids import indicator_grid, plain_grid, written
from siting.report.page import page
from siting.report.printed import css_string, for_paper


@pytest.fixture(scope="module")
def text():
    return page(sample_result(), lang="zh")


def test_the_first_page_answers_every_rule(text):
    first = text[text.index('id="answer"') : text.index('<section class="rule"')]
    shown = html.unescape(re.sub(r"<[^>]+>", " ", first))
    headline = rows.headline(sample_result())
    for rule in sample_result().rules:
        assert rule["title"]["zh"] in shown
    for row in headline.to_dict("records"):
        assert f"{row['coverage']:.1%}" in shown
        assert f"{row['uncovered']:,}" in shown
    assert "未评估" in shown


def test_answers_stand_by_basis_and_clause_by_clause():
    result = sample_result()
    first, *others = result.rules
    bases = [first | {"basis": "reference"}, *others]
    text = page(dataclasses.replace(result, rules=bases), lang="zh")
    tables = re.findall(
        r'<table class="sortable answer" id="answer-(\w+)">(.*?)</table>', text, re.DOTALL
    )
    assert [basis for basis, _ in tables] == ["plan", "reference"]
    clauses = [re.findall(r"<tr>\s*<td[^>]*>([^<]*)</td>", table) for _, table in tables]
    assert clauses == [["J11 J12", "Q04", "Q11"], ["Q16"]]
    sections = re.findall(r'<section class="rule[^"]*" id="([^"]+)"', text)
    assert sections == [
        *re.findall(r'<a href="#([^"]+)">', "".join(t for _, t in tables)),
        "method",
    ]


def test_what_was_not_assessed_says_what_is_missing():
    result = sample_result()
    said = {"zh": "台账", "en": "the ledger"}
    register = result.register.assign(
        status="not_assessed", missing=said["zh"], missing_en=said["en"]
    )
    for lang, missing in said.items():
        text = page(dataclasses.replace(result, register=register), lang=lang)
        table = text[text.index('id="unknown"') :]
        assert table[: table.index("</table>")].count(missing) == len(register)


def test_it_is_whole_in_itself_and_bears_its_policy(text):
    assert not re.search(r'(?:src|href)="(?!data:|#)', text)
    assert "unsafe" not in text[: text.index("<style")]
    assert "%POLICY%" not in text
    assert ' style="' not in text


def test_synthetic_data_is_marked(text):
    assert '<li class="stamp">示意(合成)</li>' in text
    real = dict(sample_result().scenario, data_nature="")
    assert 'class="stamp"' not in page(
        dataclasses.replace(sample_result(), scenario=real), lang="zh"
    )


def test_both_languages(text):
    english = page(sample_result(), lang="en")
    assert '<html lang="en">' in english
    assert "The answer" in english
    assert '<html lang="zh-CN">' in text


def test_the_same_on_every_run(text):
    assert page(sample_result(), lang="zh") == text


def test_names_are_text():
    nasty = '<img src=x onerror="alert(1)">{{7*7}}'
    result = sample_result()
    gaps = result.gaps.assign(place=nasty, nearest=nasty)
    rules = [dict(rule, title={"zh": nasty, "en": nasty}) for rule in result.rules]
    text = page(dataclasses.replace(result, gaps=gaps, rules=rules), lang="zh")
    assert "<img src=x" not in text
    assert "49" not in re.findall(r"onerror=[^<]{0,60}", text)
    assert html.escape(nasty).replace("&quot;", "&#34;") in text


def test_a_missing_font_is_told(monkeypatch):
    monkeypatch.setattr("siting.report.figures.cjk_font", lambda: None)
    assert "未找到中文字体" in page(sample_result(), lang="zh")


def test_a_result_without_findings_is_still_a_page():
    result = sample_result()
    empty = {
        name: getattr(result, name).iloc[:0]
        for name in ("gaps", "candidates", "indicators", "register", "ledger", "sensitivity")
    }
    text = page(dataclasses.replace(result, findings=[], **empty), lang="zh")
    assert "结论一览" in text


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (1234567, "people", "1,234,567"),
        (0.63449, "share", "63.4%"),
        (0.0512, "points", "+5.1"),
        (538.4, "metres", "538"),
        (3.80, "number", "3.8"),
        (12.0, "number", "12"),
        ("新建", "text", "新建"),
    ],
)
def test_figures_as_readers_expect_them(value, form, shown):
    assert written(value, form) == shown


def test_indicators_name_the_part_that_they_speak_of():
    result = sample_result()
    rule = next(one for one in result.rules if one["parts"])
    part = rule["parts"][0]
    row = result.indicators.iloc[[0]].assign(rule=rule["id"], level="district")
    codes = [f"nearest_p50:{part['part']}", "coverage_gini:street", "units_passing"]
    table = pd.concat([row.assign(indicator=code) for code in codes])
    found = dataclasses.replace(result, indicators=table)
    grid, is_district, left_out = indicator_grid(found, rule["id"], "en")
    assert (is_district, left_out) == ([True, True, True], 0)
    assert [line["cells"][0]["text"] for line in grid["rows"]] == [
        f"walk of half the people · {part['title']['en']}",
        "Gini coefficient of coverage (0 is even) · sub-districts",
        "units passing",
    ]


def test_what_passes_is_the_first_to_be_left_off_paper():
    rows = [[(f"unit {at}", None), ("pass" if at % 2 else "fail", None)] for at in range(12)]
    grid = plain_grid(rows, headings=["unit", "verdict"], label="x")
    printed = for_paper(grid, "gaps", lang="en", left_out=5)
    kept = [row["cells"][0]["text"] for row in printed["rows"] if not row["screen"]]
    assert kept == [f"unit {at}" for at in range(0, 12, 2)]
    assert printed["paper"].startswith("6 rows are printed; 11 more in gaps.csv")
    assert printed["more"].startswith("5 more rows in gaps.csv")
    assert for_paper(printed | {"rows": grid["rows"][:6]}, "gaps", lang="en")["paper"] == ""


def test_a_running_title_cannot_leave_its_string():
    assert (
        css_string('"</style>')
        == '"\\000022\\00003c\\00002f'
        + "".join(f"\\{ord(letter):06x}" for letter in "style>")
        + '"'
    )
    text = page(sample_result(), lang="zh")
    assert f"@top-right {{ content: {css_string('示意(合成)')}; }}" in text
