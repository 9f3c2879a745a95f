"""Online base maps: offered by the environment, named in the policy, loaded on request only."""

import pytest
from result_fixture import sample_result

from siting.report.basemaps import basemaps, origins
from siting.report.map import map_page


@pytest.mark.parametrize(
    ("environment", "ids"),
    [
        ({}, ["osm"]),
        ({"SITING_BASEMAPS": ""}, []),
        ({"SITING_BASEMAPS": "amap, osm,amap"}, ["amap", "osm"]),
        ({"SITING_BASEMAPS": "tianditu"}, []),
        ({"SITING_BASEMAPS": "tianditu", "SITING_TIANDITU_KEY": "k"}, ["tianditu"]),
        ({"SITING_BASEMAPS": "", "SITING_TILES": "http://10.0.0.1/{z}/{x}/{y}.png"}, ["internal"]),
        ({"SITING_BASEMAPS": "no-such-map"}, []),
    ],
)
def test_what_the_environment_asks_for(environment, ids):
    assert [one["id"] for one in basemaps(environment)] == ids


def test_keys_stand_in_the_address_and_origins_in_the_policy():
    choices = basemaps({"SITING_BASEMAPS": "tianditu,amap", "SITING_TIANDITU_KEY": "abc"})
    assert choices[0]["url"].endswith("tk=abc")
    assert choices[1]["gcj"]
    assert "https://t0.tianditu.gov.cn" in origins(choices)
    assert "https://webrd04.is.autonavi.com" in origins(choices)
    internal = basemaps({"SITING_BASEMAPS": "", "SITING_TILES": "http://10.0.0.1:80/{z}/{x}/{y}"})
    assert origins(internal) == ["http://10.0.0.1:80"]


@pytest.mark.browser
def test_tiles_are_asked_for_only_after_the_reader_has_chosen_them(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("SITING_BASEMAPS", "osm,amap")
    page = tmp_path / "map.html"
    page.write_text(map_page(sample_result(), lang="zh"), encoding="utf-8")
    context = browser.new_context()
    asked, refused = [], []
    picture = b"\x89PNG\r\n\x1a\n"
    context.route(
        lambda url: url.startswith("http"),
        lambda route: (asked.append(route.request.url), route.fulfill(body=picture))[0],
    )
    tab = context.new_page()
    tab.on("console", lambda message: refused.append(message.text))
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-ready]")
    assert asked == []
    with tab.expect_request("**/*") as waiting:
        tab.select_option("#basemap", "osm")
    first = waiting.value.url
    assert all(url.startswith("https://tile.openstreetmap.org/") for url in [first, *asked])
    assert "© OpenStreetMap" in tab.inner_text("#footer")
    with tab.expect_request("**autonavi**"):
        tab.select_option("#basemap", "amap")
    assert "GCJ-02" in tab.inner_text(".basemap .note")
    assert not any("Content Security Policy" in text for text in refused)
    tab.select_option("#basemap", "")
    tab.evaluate("Siting.app.zoomTo(0, 17)")
    assert tab.locator(".leaflet-tile").count() == 0
    context.close()
