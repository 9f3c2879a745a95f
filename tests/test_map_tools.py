"""The tools of the map, as a reader uses them: trial, swipe, search, link, export, print, keys."""

import base64
import csv
import dataclasses
import io
import math
import re
import tomllib

import numpy as np
import pandas as pd
import pytest
from live_town import COUNTS, write_live_town
from PIL import Image

from siting.access.verdicts import CLASSES
from siting.layers.shifted import gcj02_from_wgs84
from siting.project import find_project
from siting.report import rows
from siting.report.map import map_page
from siting.report.publish import public
from siting.run import run

pytestmark = pytest.mark.browser
OPENED = """
[[change]]
do = "open"
kind = "kindergarten"
lon = 120.3565
lat = 30.3098
capacity = 90
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    path = write_live_town(tmp_path_factory.mktemp("tools"))
    return run(path, project=find_project(path.parent))


@pytest.fixture(scope="module")
def address(result, tmp_path_factory):
    file = tmp_path_factory.mktemp("tools-page") / "map.html"
    file.write_text(map_page(result, lang="zh"), encoding="utf-8")
    return file.as_uri()


# The page as it is when it opens: state, view and inputs. Loading it anew would take seconds.
AS_OPENED = """() => {
  const { app } = Siting;
  const map = Object.values(window).find((one) => one instanceof L.Map);
  const view = (window.asOpened ??= { centre: map.getCenter(), zoom: map.getZoom() });
  map.closePopup();
  const shown = { lang: "zh", rule: app.data.rules[0].id, part: null, street: -1, swipe: false };
  const layers = new Set(app.allLayers);
  Object.assign(app.state, shown, { legend: true, layers, approval: "", allRules: false });
  app.setEdits(Siting.trial.noEdits());
  app.set({ trialOpen: false });
  map.setView(view.centre, view.zoom, { animate: false });
}"""


# What the canvas shows in sight: beyond the edges it is painted when there is time.
PICTURE = """() => {
  const canvas = document.querySelector(".folium-map canvas");
  const [width, height] = [0.6 * canvas.width, 0.6 * canvas.height].map(Math.floor);
  const seen = Object.assign(document.createElement("canvas"), { width, height });
  seen.getContext("2d").drawImage(canvas, -0.2 * canvas.width, -0.2 * canvas.height);
  return seen.toDataURL();
}"""


@pytest.fixture(scope="module")
def page(visit, address):
    with visit(address) as page:
        yield page


@pytest.fixture
def tab(page):
    """The one page of all tests, as it is when it opens."""
    page.evaluate(AS_OPENED)
    return page


def covered(tab):
    """Return the people whom the panel calls covered, and what changed."""
    line = tab.locator(".split-key li", has_text="已覆盖").inner_text().split()
    change = int(line[2].replace("−", "-").replace(",", "")) if len(line) > 2 else 0
    return int(line[1].replace(",", "")), change


def place(tab, *, kind="kindergarten", size="90", x=500, y=300):
    tab.locator("#trial summary").click() if not tab.locator("#trial[open]").count() else None
    tab.select_option("#trial-kind", kind)
    tab.fill("#trial-size", size)
    tab.get_by_role("button", name="在地图上放置").click()
    tab.mouse.click(x, y)


def saved(tab, name):
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=name).click()
    return waiting.value.path().read_bytes()


def test_a_trial_is_placed_moved_and_taken_away(tab):
    before, _ = covered(tab)
    place(tab)
    now, change = covered(tab)
    assert now - before == change
    assert change > 0
    assert "→" in tab.inner_text(".number.was")
    mark = tab.locator(".trial-mark")
    box = mark.bounding_box()
    mark.focus()
    tab.keyboard.press("ArrowRight")
    once = tab.locator(".trial-mark").bounding_box()["x"]
    tab.keyboard.press("ArrowRight")
    assert tab.locator(".trial-mark").bounding_box()["x"] > once > box["x"]
    tab.keyboard.press("Enter")
    assert "试设设施" in tab.inner_text(".card")
    tab.locator(".trial-mark").focus()
    tab.keyboard.press("Delete")
    assert covered(tab) == (before, 0)
    assert tab.locator(".trial-mark").count() == 0


def test_dragging_changes_the_figures_on_the_way(tab):
    place(tab)
    first = covered(tab)
    box = tab.locator(".trial-mark").bounding_box()
    tab.mouse.move(box["x"] + 15, box["y"] + 15)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 260, box["y"] + 160, steps=6)
    tab.evaluate("() => new Promise(requestAnimationFrame)")  # figures follow once a frame
    on_the_way = covered(tab)
    tab.mouse.up()
    assert on_the_way != first
    assert covered(tab) == on_the_way


def test_closing_from_the_popup_and_undoing_it(tab, result):
    before, _ = covered(tab)
    name = result.facilities.loc[result.facilities["kind"] == "kindergarten", "name"].iloc[0]
    tab.fill("#search", name)
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="试关停").click()
    now, change = covered(tab)
    assert now < before
    assert change == now - before
    assert name in tab.inner_text(".changes")
    tab.get_by_role("button", name="全部撤销").click()
    assert covered(tab) == (before, 0)


def test_an_open_card_tells_what_is_true_now(tab, result):
    name = result.facilities.loc[result.facilities["kind"] == "kindergarten", "name"].iloc[0]
    tab.fill("#search", name)
    tab.keyboard.press("Enter")
    for word in ("试关停", "撤销", "试关停"):
        tab.locator(".card .action", has_text=word).click()
    tab.locator(".card .action", has_text="撤销").wait_for()
    assert tab.locator(".card .action").all_inner_texts() == ["撤销"]
    tab.select_option("#rule", index=0)
    tab.evaluate("""() => { const { app } = Siting;
      const at = app.rows(app.view().rule, "all").demand[0];
      const [x, y] = ["x", "y"].map((axis) => app.arrays[`demand.${axis}`][at]);
      app.openCard({ x, y }, () => Siting.popup.demand(app, at));
      app.addFacility(app.newFacility("kindergarten", x, y, 90)); }""")
    tab.locator(".card", has_text="（试设1）").wait_for()
    assert tab.locator(".card").count() == 1
    assert name not in tab.inner_text(".card h3")


def test_a_closed_card_is_gone_before_the_next_one_opens(tab, result):
    kindergartens = result.facilities.loc[result.facilities["kind"] == "kindergarten", "name"]
    cards = """(name) => { const { app } = Siting;
      const row = app.data.facilities.find((facility) => facility.name === name);
      app.openCard(row, () => Siting.popup.facility(app, row));
      return [...document.querySelectorAll(".card h3")].map((title) => title.textContent); }"""
    for name in kindergartens.iloc[:2]:
        titles = tab.evaluate(cards, name)
        assert len(titles) == 1
        assert name in titles[0]


def test_a_card_removes_its_own_facility(tab):
    for x in (400, 500, 600):
        place(tab, x=x)
    tab.locator(".trial-mark").nth(1).click()
    card = tab.locator(".card").element_handle()
    tab.locator(".changes button").first.click()
    card.wait_for_element_state("hidden")  # it is told again: a button goes while it is pressed
    tab.locator(".card .action").click()
    tab.locator(".card").wait_for(state="detached")
    assert tab.locator(".changes li").all_inner_texts() == ["增设 幼儿园（试设3）\n×"]
    place(tab, x=400)
    tab.get_by_role("button", name="English").click()
    kept = [text.split("\n")[0] for text in tab.locator(".changes li").all_inner_texts()]
    assert kept == ["Add trial kindergarten 3", "Add trial kindergarten 4"]


def test_a_note_says_where_a_facility_stands_now(tab):
    x, y = tab.evaluate("() => ['x', 'y'].map((axis) => Siting.app.arrays[`demand.${axis}`][0])")
    move = "([x, y]) => Siting.app.moveFacility(0, x, y, true)"
    place(tab)
    tab.evaluate(move, [x - 9_000_000, y])
    assert "200米内没有道路" in tab.inner_text(".changes")
    tab.evaluate(move, [x, y])
    assert "200米内没有道路" not in tab.inner_text(".changes")


def test_the_street_table_counts_the_uncovered(tab):
    def uncovered():
        names = tab.locator("#streets tbody th").all_inner_texts()
        cells = tab.locator("#streets tbody td:nth-child(3)").all_inner_texts()
        plain = [cell.replace(",", "").replace("−", "-") for cell in cells]
        return dict(zip(names, [re.findall(r"[+-]?\d+", cell) for cell in plain], strict=True))

    before = uncovered()
    tab.evaluate("""() => { const { app } = Siting;
      const serves = (f) => f.kind === "kindergarten" && f.status === "operating";
      const closed = app.data.facilities.flatMap((f, i) => (serves(f) ? [i] : []));
      app.setEdits({ ...app.state.edits, closed: new Set(closed) }); }""")
    changed = {street: told for street, told in uncovered().items() if len(told) > 1}
    assert changed
    for street, (now, change) in changed.items():
        assert int(change) > 0
        assert int(now) - int(change) == int(before[street][0])


def test_the_keyboard_stays_where_it_was(tab):
    for name in ("托育", "西街道"):
        button = tab.get_by_role("button", name=name, exact=True)
        button.focus()
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.textContent") == name
    box = tab.locator("#legend label", has_text="候选点").locator("input")
    box.focus()
    tab.keyboard.press("Space")
    assert tab.evaluate("document.activeElement.parentElement.textContent").startswith("候选点")
    tab.locator(".list.gap button").first.focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.className") == "card"
    tab.keyboard.press("Escape")
    tab.locator(".card").wait_for(state="detached")
    assert tab.evaluate("document.activeElement.closest('#gaps') !== null")


def test_every_rule_is_told_on_demand(tab, result):
    place(tab)
    tab.get_by_role("button", name="对全部规则试算").click()
    rows = tab.locator(".outcomes tbody tr").all_inner_texts()
    assert len(rows) == 3 + len(COUNTS)
    assert rows[0].startswith("儿童生活圈")
    assert re.search(r"\+\d+ 人", rows[0])
    said = {row.split()[1]: row.split(maxsplit=2)[2] for row in rows if row.startswith("计数")}
    facilities = result.facilities
    own = facilities[(facilities["kind"] == "kindergarten") & ~facilities["outside"]]
    count = (own["status"] == "operating").sum()
    before, after = (
        f"{n} 家 · {'达标' if 14 <= n <= 16 else '不达标'}" for n in (count, count + 1)
    )
    assert said["enough-not-too-many"].split("\t") == [before, after, "+1 家"]
    assert said["only-stated"].split("\t")[2] == "0 家"
    assert said["beds"] == "需正式运行"
    assert "个中" in said["towns-only"]


def test_the_export_is_a_change_that_python_reads(tab, result):
    place(tab, kind="elder_home", size="30")
    blocks = tomllib.loads(saved(tab, "导出为 [[change]]").decode())["change"]
    assert [b["do"] for b in blocks] == ["open"]
    assert blocks[0]["kind"] == "elder_home"
    assert blocks[0]["capacity"] == 30
    west, south, east, north = result.layers.units.to_crs(4490).total_bounds
    assert west < blocks[0]["lon"] < east
    assert south < blocks[0]["lat"] < north


def test_a_point_in_the_river_is_refused_and_so_is_a_link(tab):
    river = tab.evaluate(
        """() => { const [x, y] = Siting.app.data.base.water_labels[0];
        Siting.app.state.trialOpen = true;
        Siting.app.addFacility(Siting.app.newFacility("kindergarten", x, y, 90));
        Siting.app.addLink({x0: x, y0: y, x1: x + 1000, y1: y});
        return Siting.app.state.edits.links.length; }"""
    )
    assert river == 0
    assert "正式运行会拒绝" in tab.inner_text(".changes")
    assert "通道两端" in tab.inner_text(".leaflet-popup")


def test_a_rule_without_distances_has_a_legend_without_distances(tab):
    assert "≤ 100 m" in tab.inner_text("#legend")
    tab.select_option("#rule", "presence")
    said = tab.inner_text("#legend")
    assert "≤" not in said
    assert {"已覆盖", "未覆盖"} <= set(said.split())


def test_swipe_shows_both_states(tab):
    assert tab.get_by_role("button", name="前后对比").count() == 0
    place(tab)
    tab.get_by_role("button", name="前后对比").click()
    assert tab.locator("#swipe").is_visible()
    assert tab.locator("#swipe-line").inner_text().split() == ["现状", "试算"]
    first = tab.evaluate(PICTURE)
    tab.locator("#swipe").focus()
    tab.keyboard.press("ArrowLeft")
    assert tab.evaluate(PICTURE) != first
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(PICTURE) == first
    tab.get_by_role("button", name="前后对比").click()
    assert not tab.locator("#swipe").is_visible()
    assert tab.evaluate(PICTURE) != first


# After each of some changes and moves: the picture, and the same painted anew.
PAINTED_ANEW = """async () => {
  const { app } = Siting;
  const map = Object.values(window).find((one) => one instanceof L.Map);
  let painting;
  map.eachLayer((layer) => { if (layer.repaint) painting = layer; });
  const picture = async () => {
    while (painting._slice) await new Promise(requestAnimationFrame);
    return document.querySelector(".folium-map canvas").toDataURL().split(",")[1];
  };
  const place = (dx) => {
    const { lng, lat } = map.getCenter();
    return app.plane.fromLonLat(lng + dx, lat).map(Math.round);
  };
  const isOpen = ({ kind, status }) => kind === "kindergarten" && status === "operating";
  const steps = {
    place: () => app.addFacility(app.newFacility("kindergarten", ...place(0), 90)),
    drag: () => { app.moveFacility(0, ...place(0.004), false); app.drawFrame(); },
    near: () => map.panBy([90, 20], { animate: false }),
    far: () => map.panBy([310, -140], { animate: false }),
    close: () => app.toggleFacility(app.data.facilities.findIndex(isOpen)),
    zoom: () => new Promise((done) => map.once("zoomend", done).setZoom(map.getZoom() + 1)),
    swipe: () => app.set({ swipe: true }),
    back: () => map.panBy([-260, 90], { animate: false }),
  };
  const pictures = {};
  for (const [name, step] of Object.entries(steps)) {
    await step();
    const now = await picture();
    painting._renew();
    painting._show();
    pictures[name] = [now, await picture()];
  }
  return pictures;
}"""


def test_what_is_painted_in_part_is_what_is_painted_whole(tab):
    """But for the smoothing of edges where cells meet."""
    for step, pictures in tab.evaluate(PAINTED_ANEW).items():
        one, other = (
            np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"), np.int16)
            for text in pictures
        )
        apart = np.abs(one - other).max(axis=2)
        assert apart.max() < 100, step
        assert (apart > 0).mean() < 0.01, step


def test_the_link_brings_everything_back(tab, visit, address):
    place(tab)
    tab.get_by_role("button", name="托育", exact=True).click()
    tab.get_by_role("button", name="西街道", exact=True).click()
    tab.locator("#legend").get_by_text("候选点").click()
    tab.get_by_role("button", name="English").click()
    told = tab.inner_text("#figures")
    tab.fill(".approval input", "浙S(2026)1号")
    tab.keyboard.press("Tab")
    tab.wait_for_url(re.compile("approval="))
    hash_ = tab.evaluate("location.hash")
    with visit(address + hash_) as other:
        assert "浙S(2026)1号" in other.inner_text("#footer")
        assert other.locator(".changes li").inner_text().startswith("Add trial kindergarten 1")
        assert other.inner_text("#figures") == told
        assert other.locator(".trial-mark").count() == 1
        assert other.evaluate("location.hash") == hash_
        assert (
            not other.locator("#legend label", has_text="Candidates").locator("input").is_checked()
        )


def test_another_link_in_the_same_tab_is_followed(visit, address):
    with visit(address) as tab:
        second = tab.evaluate("Siting.app.data.rules[1].id")
        tab.evaluate("(id) => { location.hash = `rule=${id}`; }", second)
        tab.locator(f"#rule option[selected][value={second}]").wait_for(state="attached")
        assert tab.evaluate("Siting.app.state.rule") == second
        assert tab.evaluate("Siting.app.data.rules[0].id") != second


BROKEN = [
    "rule=none&part=x&street=?",
    "at=a/b/c",
    "add=castle,1,2,3;nursery,x,y",
    "link=1,2",
    "%%%",
]


def test_a_broken_link_opens_the_map_all_the_same(visit, address):
    with visit(f"{address}#{BROKEN[0]}") as tab:
        for hash_ in BROKEN:
            tab.evaluate("(hash) => history.replaceState(null, '', `#${hash}`)", hash_)
            tab.reload()
            tab.wait_for_selector("html[data-ready]")
            assert tab.locator(".number").count() == 1, hash_
            assert tab.locator(".trial-mark").count() == 0, hash_


def test_gaps_in_sight_are_exported(tab):
    everything = list(csv.DictReader(io.StringIO(saved(tab, "导出缺口").decode("utf-8-sig"))))
    assert len(everything) == int(tab.locator("h2 .count").first.inner_text())
    tab.locator(".list.gap button").first.click()
    tab.evaluate("Siting.app.zoomTo(0, 18)")
    near = list(csv.DictReader(io.StringIO(saved(tab, "导出缺口").decode("utf-8-sig"))))
    assert len(near) < len(everything)
    assert {"street", "people", "nearest_m", "cutoff_m", "cause", "lon", "lat"} <= set(
        everything[0]
    )


def test_gaps_of_a_trial_say_how_far_and_why(tab):
    place(tab)
    rows = list(csv.DictReader(io.StringIO(saved(tab, "导出缺口").decode("utf-8-sig"))))
    far = [text.replace(",", "") for text in tab.locator(".list.gap .much small").all_inner_texts()]
    assert far
    for row, text in zip(rows, far, strict=False):
        walk = row["nearest_m"]
        assert text == (f"{math.floor(float(walk) + 0.5)} m" if walk else "无法到达")
        assert row["cause"] in {"bad_snap", "not_operating", "detour", "no_facility"}
    tab.locator(".list.gap button").first.click()
    assert far[0] in tab.inner_text(".card").replace(",", "")
    assert "undefined" not in tab.inner_text(".card") + tab.inner_text("#panel")


def test_what_is_only_shown_beside_a_headline_has_no_gaps(tab):
    parts = tab.evaluate("""() => { const { app } = Siting;
      const rule = app.data.rules.find(({ live }) => live?.segments.length);
      const found = { parts: app.trial.evaluate(rule) };
      const listed = (segments) => {
        const asked = { ...rule, live: { ...rule.live, segments } };
        return [...new Set(Siting.gaplist.gapsOf(app, asked, found).map(({ part }) => part))];
      };
      const first = rule.live.needs[0].id;
      const others = rule.live.segments.map(({ needs, ...one }) =>
        ({ ...one, needs: needs.filter((id) => id !== first) }));
      return { first, all: listed(rule.live.segments), rest: listed(others) }; }""")
    assert parts["first"] in parts["all"]
    assert set(parts["rest"]) == set(parts["all"]) - {parts["first"]}


def test_search_finds_facilities_communities_and_places(tab):
    for word, kind in (("幼儿园1", "幼儿园"), ("西一社区", "社区"), ("小区12", "居民点")):
        tab.fill("#search", word)
        assert kind in tab.locator(".hits li").first.inner_text()
    tab.keyboard.press("Enter")
    assert "小区12" in tab.inner_text(".card")


def test_an_existing_facility_shows_its_isodistance(tab, result):
    name = result.facilities.loc[result.facilities["kind"] == "kindergarten", "name"].iloc[0]
    at = tab.evaluate(
        """(name) => { const row = Siting.app.data.facilities.find((f) => f.name === name);
        for (const layer of ["gaps", "candidates"]) Siting.app.toggle(layer);
        Siting.app.show(row, () => document.createElement("p"));
        return row; }""",
        name,
    )
    assert at["name"] == name
    before = tab.evaluate(PICTURE)
    tab.evaluate("(row) => Siting.app.walkFrom(row)", at)
    assert tab.evaluate(PICTURE) != before


CARDS = """([rule, part, units]) => { const { app } = Siting;
  if (!app.data.rules.some(({ id, shown }) => id === rule && shown.includes(part))) return null;
  app.set({ rule, part });
  const told = (unit) => [...Siting.communities.card(app, unit).querySelectorAll("dd")];
  return units.map((unit) => told(unit).map((one) => one.textContent)); }"""


def test_a_hidden_count_is_not_a_zero(visit, result, tmp_path):
    """The card of a community tells what the published table tells, and a dash where it is mute."""
    open_, hidden = public(result), "uncovered"
    coverage = open_.coverage.astype({hidden: "Int64"})
    coverage.loc[coverage["level"] == "community", hidden] = pd.NA
    told = dataclasses.replace(open_, coverage=coverage)
    table = rows.default_rows(told)
    table = table[table["level"] == "community"]
    (tmp_path / "map.html").write_text(map_page(told, lang="zh", publish=True), encoding="utf-8")
    numbers = {code: at for at, code in enumerate(told.layers.units["code"])}
    said = []
    with visit((tmp_path / "map.html").as_uri()) as tab:
        for (rule, part), own in table.groupby(["rule", "part"]):
            cards = tab.evaluate(CARDS, [rule, part, [numbers[unit] for unit in own["unit"]]])
            counts = [
                ["—" if pd.isna(n) else f"{int(n):,}" for n in row]
                for row in own[[*CLASSES]].to_numpy()
            ]
            assert cards is None or [card[1:] for card in cards] == counts
            said += cards or []
    assert any("—" in card[1:] for card in said)


def test_it_prints_on_one_sheet_of_a3(tab):
    data = tab.pdf(prefer_css_page_size=True)
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == 1
    width, height = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data).groups()
    assert float(width) == pytest.approx(1191, abs=2)
    assert float(height) == pytest.approx(842, abs=2)


def test_the_printer_gets_pixels(tab):
    """It replays what was drawn since the event; lines in world units leave the sheet blank."""
    last = tab.evaluate(
        """() => { const last = new Map();
        const proto = CanvasRenderingContext2D.prototype;
        const own = {};
        for (const name of ["clearRect", "fillRect", "fill", "stroke", "putImageData"]) {
          own[name] = proto[name];
          proto[name] = function (...all) {
            last.set(this.canvas, name);
            own[name].apply(this, all);
          };
        }
        dispatchEvent(new Event("beforeprint"));
        Object.assign(proto, own);
        dispatchEvent(new Event("afterprint"));
        const canvases = [...document.querySelectorAll(".folium-map canvas")];
        return canvases.map((one) => last.get(one)); }"""
    )
    assert last == ["putImageData"]


def test_the_printed_sheet_says_what_it_is(tab):
    tab.evaluate("Siting.app.data.sources = ['某局']")
    tab.get_by_label("审图号").fill("浙S(2025)1号")
    tab.get_by_label("审图号").blur()
    assert "某局" not in tab.inner_text("#footer")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "数据来源：某局" in tab.inner_text("#footer")
    assert "儿童生活圈" in tab.inner_text("#print-title")
    assert "2020-11-01" in tab.inner_text("#print-title")
    assert "示意(合成)" in tab.inner_text("#print-title")
    assert "浙S(2025)1号" in tab.inner_text("#footer")
    for part in ("#legend", "#north", ".leaflet-control-scale", "#streets"):
        assert tab.locator(part).is_visible(), part
    assert not tab.locator("#trial").is_visible()
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.locator("#trial").is_visible()


def test_the_open_legend_covers_nobody_who_is_judged(visit, address):
    """Pixels of the people whom the rule judges, against the legend's box; on another screen."""
    with visit(address, viewport={"width": 1440, "height": 900}) as tab:
        box = tab.locator("#legend").bounding_box()
        spots = tab.evaluate(
            """() => { const { app } = Siting; const { arrays } = app;
            const map = Object.values(window).find((one) => one instanceof L.Map);
            const { shown } = app.now();
            return [...shown.keys()].filter((at) => shown[at] <= 5).map((at) => {
              const place = app.plane.toLatLng(arrays["demand.x"][at], arrays["demand.y"][at]);
              const { x, y } = map.latLngToContainerPoint(place);
              return [x, y]; }); }"""
        )
        size = tab.locator(".folium-map").bounding_box()
    x, y = np.array(spots).T
    assert len(x) > 100
    assert not ((x < box["x"] + box["width"]) & (y > box["y"])).any()
    assert ((x > 0) & (x < size["width"]) & (y > 0) & (y < size["height"])).all()


def test_no_part_is_wider_than_the_screen(visit, address):
    """On a telephone, and on wider screens to which it is turned or docked."""
    with visit(address, viewport={"width": 390, "height": 844}) as tab:
        assert violations(tab) == []
        for width in (390, 768, 1400):
            tab.set_viewport_size({"width": width, "height": 844})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            panel = tab.locator("#panel").bounding_box()
            assert panel["x"] >= 0
            assert panel["x"] + panel["width"] <= width + 1
            every = "[...document.querySelectorAll('#panel *')].every"
            assert tab.evaluate(f"{every}((e) => e.scrollWidth <= innerWidth)")


def violations(tab):
    """What axe finds, with the first elements of each kind."""
    from axe_playwright_python.base import AXE_FILE_PATH

    tab.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found["violations"]]


def test_accessibility_by_axe(tab):
    place(tab)
    tab.get_by_role("button", name="对全部规则试算").click()
    tab.locator(".list.gap button").first.click()
    for step in ("", "Siting.app.setLanguage()", "Siting.app.set({swipe: true})"):
        tab.evaluate(step or "0")
        assert violations(tab) == []
    assert tab.locator(".leaflet-popup .card").count() == 1


def test_gcj_tiles_are_shifted_by_the_public_formula(tab):
    for lon, lat in ((120.35, 30.31), (120.6, 30.29), (116.4, 39.9)):
        there = tab.evaluate(f"Siting.tiles.gcj(L.latLng({lat}, {lon}))")
        expected = gcj02_from_wgs84(np.array([lon]), np.array([lat]))
        assert there["lng"] == pytest.approx(float(expected[0][0]), abs=1e-9)
        assert there["lat"] == pytest.approx(float(expected[1][0]), abs=1e-9)


@pytest.fixture(scope="module")
def compared(result, tmp_path_factory):
    """The town before, and after another kindergarten has opened in its largest gap."""
    path = write_live_town(tmp_path_factory.mktemp("later"), changes=OPENED)
    after = run(path, project=find_project(path.parent))
    file = tmp_path_factory.mktemp("compared-page") / "map.html"
    file.write_text(map_page(after, lang="zh", before=result), encoding="utf-8")
    return result, after, file.as_uri()


def test_two_scenarios_are_compared_by_swiping(visit, compared):
    before, after, address = compared
    shares = [
        table.loc[
            (table["rule"] == "circle")
            & (table["part"] == "all")
            & (table["level"] == "district")
            & (table["unit"] != "outside"),
            ["coverage", "covered"],
        ].iloc[0]
        for table in (before.coverage, after.coverage)
    ]
    with visit(address) as tab:
        numbers = tab.locator(".number").all_inner_texts()
        assert numbers[0].startswith(f"{shares[0]['coverage']:.1%}")
        assert numbers[1] == f"{shares[1]['coverage']:.1%}"
        now, change = covered(tab)
        assert now == shares[1]["covered"]
        assert change == shares[1]["covered"] - shares[0]["covered"]
        tab.get_by_role("button", name="前后对比").click()
        assert tab.locator("#swipe").is_visible()
        assert "对比" in tab.inner_text("#panel header")
