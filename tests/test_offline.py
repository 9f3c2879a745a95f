"""The offline figure: nothing is requested, ids are fixed, the policy knows every script."""

import base64
import hashlib
import html
import re
from importlib.resources import files

import folium
import pytest
from branca.element import CssLink, JavascriptLink

from siting.report.offline import (
    OfflineFigure,
    asset,
    inline_script,
    inline_style,
    policy,
)


def page():
    return OfflineFigure(
        folium.Map([30, 120], tiles=None), title="<b>题</b>", lang="zh-CN"
    ).render()


def test_vendored_files_are_those_of_the_checksums():
    folder = files("siting.report").joinpath("assets")
    listed = [line.split("  ") for line in asset("checksums.txt").splitlines()]
    assert {name for _, name in listed} == {
        f"leaflet/{file.name}" for file in folder.joinpath("leaflet").iterdir()
    }
    for digest, name in listed:
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest, name


def test_a_stock_map_becomes_whole_in_itself():
    text = page()
    assert not re.search(r"<(script|link)[^>]+(src|href)=", text)
    assert "Leaflet 1.9.4" in text
    assert "sourceMappingURL" not in text
    assert re.search(r"url\((?!data:|#)", text) is None
    assert "user-scalable=no" not in text


def test_ids_are_the_same_on_every_run():
    assert page() == page()
    assert 'id="map_1"' in page()


def test_the_title_is_text():
    assert "<title>&lt;b&gt;题&lt;/b&gt;</title>" in page()


def test_the_policy_knows_every_script_and_style_by_hash():
    text = page()
    rules = html.unescape(re.search(r'Security-Policy" content="([^"]+)"', text)[1])
    assert "unsafe" not in rules
    assert "default-src 'none'" in rules
    assert "connect-src 'none'" in rules
    for tag in ("script", "style"):
        for body in re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", text, re.DOTALL):
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in rules


def test_data_is_no_script():
    text = '<script type="application/json">{}</script>'
    assert "script-src 'none'" in policy(text)


def test_origins_are_allowed_only_when_given():
    assert "img-src data: blob: https://tiles.example" in policy(
        "", images=["https://tiles.example"]
    )


def test_an_unknown_link_is_an_error():
    for link in (JavascriptLink("https://example.org/y.js"), CssLink("https://example.org/y.css")):
        figure = OfflineFigure(folium.Map([30, 120], tiles=None), title="", lang="en")
        figure.header.add_child(link, name="stranger")
        with pytest.raises(KeyError, match="stranger"):
            figure.render()


def test_a_script_cannot_end_its_element():
    assert inline_script("a='</script><b>'") == "<script>a='<\\/script><b>'</script>"
    assert inline_script("x\n//# sourceMappingURL=x.map") == "<script>x</script>"


def test_a_style_loads_nothing():
    assert inline_style("a{b:url(x.png)}") == "<style>a{b:url(data:,)}</style>"
    assert "url(data:image/png;x)" in inline_style("a{b:url(data:image/png;x)}")
    assert "url(#default)" in inline_style("a{b:url(#default)}")
