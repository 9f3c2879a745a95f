"""The page and the map in a real Chromium, with the network blocked.

Every page must make no request, log no error and run no code of anybody's data.
"""

import pytest
from result_fixture import sample_result

from siting.report import rows
from siting.report.map import map_page
from siting.report.page import page as report_page
from siting.report.words import families
from siting.report.words import name as name_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Write the sample's map and report once, and return their addresses."""
    folder = tmp_path_factory.mktemp("pages")
    written = {
        "map": map_page(sample_result(), lang="zh"),
        "report": report_page(sample_result(), lang="zh"),
    }
    for name, text in written.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in written}


def shown_figures(tab):
    """Return what the panel says: the rate, and the people of every verdict."""
    words = tab.locator(".split-key li").all_inner_texts()
    pairs = [text.replace("\n", " ").rsplit(" ", 1) for text in words]
    return tab.inner_text(".number"), {word.strip(): int(n.replace(",", "")) for word, n in pairs}


def test_the_map_shows_the_figures_of_the_table(visit, pages):
    headline = rows.headline(sample_result()).set_index("rule")
    with visit(pages["map"]) as tab:
        for rule in ("child-circle-5min", "elder-home-by-density"):
            tab.select_option("#rule", rule)
            row = headline.loc[rule]
            rate, people = shown_figures(tab)
            assert rate == f"{row['coverage']:.1%}"
            assert people["已覆盖"] == row["covered"]
            assert people["未覆盖"] == row["uncovered"]
            assert people["不适用"] == row["not_applicable"]


def test_parts_and_streets_of_a_rule(visit, pages):
    table = rows.default_rows(sample_result())
    table = table[(table["rule"] == "child-circle-5min") & (table["part"] == "kindergarten")]
    with visit(pages["map"]) as tab:
        tab.get_by_role("button", name="幼儿园", exact=True).click()
        district = table[table["level"] == "district"].iloc[0]
        assert tab.inner_text(".number") == f"{district['coverage']:.1%}"
        tab.get_by_role("button", name="白杨街道", exact=True).click()
        street = table[table["unit_name"] == "白杨街道"].iloc[0]
        rate, people = shown_figures(tab)
        assert rate == f"{street['coverage']:.1%}"
        assert people["未覆盖"] == street["uncovered"]


def test_a_rule_judged_by_unit_says_so(visit, pages):
    with visit(pages["map"]) as tab:
        tab.select_option("#rule", "nursery-in-every-street")
        assert "按单元判定" in tab.inner_text("#panel")


def test_a_gap_says_why(visit, pages):
    worst = sample_result().gaps.iloc[0]
    with visit(pages["map"]) as tab:
        tab.locator(".list.gap button").first.click()
        card = tab.inner_text(".card")
        assert worst["place"] in card
        assert f"{worst['people']:,} 人" in card
        assert worst["nearest"] in card
        assert "300 m" in card
        assert "Q16" in card


def test_where_nothing_is_measured_no_distance_is_told(visit, pages):
    with visit(pages["map"]) as tab:
        card, listed = tab.evaluate("""() => { const { app } = Siting;
          const rule = app.data.rules.find(({ kind }) => kind === "presence");
          const gap = { ...app.gaps()[0], rule: rule.id, nearest_m: null, cutoff_m: null };
          return [Siting.popup.gap(app, gap).textContent, Siting.popup.distanceOf(app, gap)]; }""")
    assert "步行距离" not in card
    assert listed is None


def test_a_candidate_says_for_which_part_it_is_ranked(visit, pages):
    with visit(pages["map"]) as tab:
        cards = tab.evaluate("""() => { const { app } = Siting;
          const rule = app.data.rules.find(({ parts }) => parts.length > 1);
          const card = (reason) => Siting.popup.candidate(app, { rule: rule.id, rank: 1, reason });
          return rule.parts.map(({ part, title }) => [title.zh, card(part).textContent]); }""")
    assert cards
    assert all(f"设施类型{title}" in card for title, card in cards)


def test_a_point_says_why(visit, pages):
    """Click where a point stands: status, unit, people, nearest, both distances, clause."""
    result = sample_result()
    rows = result.verdicts[(result.verdicts["part"] == "kindergarten")]
    row = rows[(rows["verdict"] == "uncovered") & (rows["people"] > 90)].iloc[0]
    at = result.demand.index[result.demand["id"] == row["demand"]][0]
    with visit(pages["map"]) as tab:
        tab.get_by_role("button", name="幼儿园", exact=True).click()
        for layer in ("gaps", "facilities", "planned", "candidates"):
            tab.evaluate(f"Siting.app.toggle('{layer}')")
        place = tab.evaluate(f"Siting.app.zoomTo({at}, 17)")
        tab.mouse.click(place["x"], place["y"])
        card = tab.inner_text(".card")
        assert result.demand["name"].iloc[at] in card
        assert "✖ 未覆盖" in card
        nearest = result.facilities.set_index("id")["name"][row["facility"]]
        assert nearest in card
        assert f"{round(row['cost_mm'] / 1000):,} m" in card
        assert f"{round(row['straight_mm'] / 1000):,} m" in card
        assert "钱塘区“十四五”人口发展规划" in card
        gaps = result.gaps[(result.gaps["place"] == result.demand["name"].iloc[at])]
        assert "成因" in card
        assert "读法：默认读法" in card
        assert gaps.empty or "最小修补" in card


def test_both_languages(visit, pages):
    with visit(pages["map"]) as tab:
        tab.get_by_role("button", name="English").click()
        assert tab.get_attribute("html", "lang") == "en"
        assert "covered on foot" in tab.inner_text("#panel")
        assert "Legend and layers" in tab.inner_text("#legend")
        assert "Sample (synthetic)" in tab.inner_text("#panel")
        tab.get_by_role("button", name="中文").click()
        assert "步行覆盖率" in tab.inner_text("#panel")


def test_synthetic_data_and_the_schematic_footer_are_visible(visit, pages):
    with visit(pages["map"]) as tab:
        assert tab.locator(".stamp").inner_text() == "示意(合成)"
        assert "示意图" in tab.inner_text("#footer")
        assert "审图号" in tab.inner_text("#footer")


def test_the_report_sorts_and_filters(visit, pages):
    with visit(pages["report"]) as tab:
        table = tab.locator("#child-circle-5min-gaps")
        people = table.locator("th button", has_text="未覆盖目标人口")
        headings = table.locator("thead th").all_inner_texts()
        at = next(i for i, text in enumerate(headings, 1) if text.startswith("未覆盖目标人口"))
        column = f"tbody tr td:nth-child({at})"
        people.click()
        first = [int(t.replace(",", "")) for t in table.locator(column).all_inner_texts()]
        assert first == sorted(first, reverse=True)
        people.click()
        second = [int(t.replace(",", "")) for t in table.locator(column).all_inner_texts()]
        assert second == sorted(first)
        tab.fill("#child-circle-5min-gaps-filter", "下沙街道")
        visible = table.locator("tbody tr:visible").all_inner_texts()
        assert visible
        assert all("下沙街道" in row for row in visible)


def test_the_report_prints_on_a4(visit, pages):
    with visit(pages["report"]) as tab:
        data = tab.pdf(prefer_css_page_size=True)
        count = data.count(b"/Type /Page\n") or data.count(b"/Type /Page ")
        assert 4 <= count <= 7
        assert b"/MediaBox [0 0 595" in data or b"/MediaBox [0 0 594" in data


def test_paper_says_which_rows_it_leaves_out(visit, pages):
    with visit(pages["report"]) as tab:
        table = tab.locator("#child-circle-5min-gaps")
        note = tab.locator(".scroll:has(#child-circle-5min-gaps) + .note.screen")
        assert "另有 3 行" in note.inner_text()  # 18 gaps, of which the screen shows 15
        tab.emulate_media(media="print")
        assert table.locator("tbody tr:visible").count() == 6
        paper = tab.locator(".scroll:has(#child-circle-5min-gaps) ~ .note.paper").first
        assert (
            paper.inner_text() == "打印 6 行；另有 12 行，见 tables.xlsx“表3 缺口清单”与 gaps.csv。"
        )
        assert note.is_hidden()
        headings = table.locator("thead th").all_inner_texts()
        assert all(headings)


def test_the_report_is_accessible_by_axe(visit, pages):
    from axe_playwright_python.base import AXE_FILE_PATH

    with visit(pages["report"]) as tab:
        tab.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
        found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
        said = [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found["violations"]]
        assert said == []


# Words of verdicts that a line's end divides, wherever a verdict is told; headings are no verdicts.
BROKEN_WORDS = """(verdicts) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const broken = [];
  let told = 0;
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (!verdicts.includes(node.data.trim()) || node.parentElement.closest("thead")) continue;
    for (const { index, 0: word } of node.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom)));
      told += lines.size > 0;
      if (lines.size > 1) broken.push(word);
    }
  }
  return { told, broken };
}"""
NARROW = 300  # pixels: less than half of a sheet, as if its tables had twice the columns


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_verdict_is_broken_inside_a_word_on_paper(visit, tmp_path, lang):
    path = tmp_path / "report.html"
    path.write_text(report_page(sample_result(), lang=lang), encoding="utf-8")
    verdicts = [name_of("verdict", code, lang) for code in families()["verdict"]]
    with visit(path.as_uri(), viewport={"width": NARROW, "height": 900}) as tab:
        tab.emulate_media(media="print")
        found = tab.evaluate(BROKEN_WORDS, verdicts)
    assert found["told"] > 10
    assert found["broken"] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_fits_a_phone(browser, tmp_path, lang):
    path = tmp_path / "report.html"
    path.write_text(report_page(sample_result(), lang=lang), encoding="utf-8")
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto(path.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.close()
