"""Figures: the same bytes, texts as texts, a font that can measure Chinese if there is one."""

import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from matplotlib import font_manager
from result_fixture import sample_result

from siting.report import figures, rows
from siting.report.mapfigure import rule_map

TEXT = "{http://www.w3.org/2000/svg}text"
IMAGE = "{http://www.w3.org/2000/svg}image"


def parse(svg):
    return ET.fromstring(svg)  # noqa: S314  our own text


def texts(svg):
    return ["".join(element.itertext()) for element in parse(svg).iter(TEXT)]


def streets():
    table = rows.default_rows(sample_result())
    chosen = (table["level"] == "street") & (table["part"] == "all")
    return table[chosen & (table["rule"] == "child-circle-5min")]


def curve():
    return pd.DataFrame(
        {"sites": [0, 1, 2, 3], "covered": [50, 70, 80, 85], "bound": [50, 70, 82, 90]}
    ).assign(people=100)


def readings():
    return pd.DataFrame(
        {
            "reading": ["default", "other", "with-free-beds"],
            "label": ["默认读法", "<i>其他</i>", "$x^2$ 只计空余床位"],
            "coverage": [0.5, 0.75, 0.0],
            "verdict": ["partial", "partial", "not_assessed"],
        }
    )


def drawings():
    return {
        "bars": lambda: figures.coverage_bars(streets(), lang="zh"),
        "curve": lambda: figures.ranking_curve(curve(), chosen=2, lang="zh"),
        "dots": lambda: figures.reading_dots(readings(), lang="zh"),
        "map": lambda: rule_map(sample_result(), sample_result().rules[0]),
    }


@pytest.mark.parametrize("name", sorted(drawings()))
def test_the_same_bytes_and_no_date(name):
    draw = drawings()[name]
    svg = draw()
    assert svg == draw()
    assert svg.startswith("<svg")
    assert "dc:date" not in svg
    parse(svg)


def test_bars_name_the_streets_that_judge_anybody():
    shown = texts(figures.coverage_bars(streets(), lang="zh"))
    assert "下沙街道" in shown
    assert "河庄街道" not in shown
    judged = streets().set_index("unit_name")["coverage"]
    assert f"{judged['白杨街道']:.1%}" in shown


def test_the_curve_shows_shares_and_its_bound():
    shown = texts(figures.ranking_curve(curve(), chosen=2, lang="en"))
    assert "proven upper bound" in shown
    assert "90%" in shown
    other = figures.ranking_curve(curve(), chosen=3, lang="en")
    assert other != figures.ranking_curve(curve(), chosen=2, lang="en")  # the ring moves


def test_no_two_lines_of_a_curve_bear_the_same_share():
    """Shares within a tenth of a percent all read 22.1%."""
    flat = pd.DataFrame({"sites": [0, 1, 2], "covered": [30400, 30423, 30424], "bound": 30424})
    shown = texts(figures.ranking_curve(flat.assign(people=138420), chosen=1, lang="en"))
    shares = [text for text in shown if text.endswith("%")]
    assert len(shares) > 2
    assert len(shares) == len(set(shares))


def test_markup_in_a_label_is_text():
    svg = figures.reading_dots(readings(), lang="zh")
    assert "<i>其他</i>" in texts(svg)
    assert "<i>" not in svg
    assert "$x^2$ 只计空余床位" in texts(svg)  # and no formula either


def test_what_nobody_can_judge_has_no_dot_at_nought():
    shown = texts(figures.reading_dots(readings(), lang="zh"))
    assert "未评估" in shown
    assert "0.0%" not in shown
    assert "75.0%" in shown


def test_the_map_says_that_its_data_are_made_up():
    assert "示意(合成)" in texts(rule_map(sample_result(), sample_result().rules[0]))


def test_fonts_are_those_of_the_reader():
    svg = figures.coverage_bars(streets(), lang="zh")
    assert "Source Han Sans SC" in svg
    assert "CJK JP" not in svg
    assert "DejaVu" not in svg


def test_no_cjk_font_is_said(monkeypatch):
    class NoFonts:
        ttflist = ()

    monkeypatch.setattr(font_manager, "fontManager", NoFonts())
    figures.cjk_font.cache_clear()
    assert figures.cjk_font() is None
    figures.cjk_font.cache_clear()


def test_the_map_draws_thousands_of_points_as_one_picture():
    svg = rule_map(sample_result(), sample_result().rules[0])
    assert 1 <= len(list(parse(svg).iter(IMAGE))) <= 3
    assert {"下沙街道", "白杨街道", "N"} <= set(texts(svg))


def test_a_rule_that_judges_nobody_has_no_map():
    assert rule_map(sample_result(), sample_result().rules[2]) == ""
