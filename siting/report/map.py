"""map.html: the interactive map, whole in one file, on a machine without internet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import folium
from branca.element import Element

from siting.report.basemaps import basemaps, origins
from siting.report.jsontext import for_html
from siting.report.mapdata import map_data
from siting.report.offline import OfflineFigure, Verbatim, asset

if TYPE_CHECKING:
    from branca.element import Figure

    from siting.report.result import Result
    from siting.words import Lang

VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
# In the order in which they build on one another.
SCRIPTS = [
    "codec",
    "dom",
    "plane",
    "verdicts",
    "units",
    "copies",
    "network",
    "straight",
    "snap",
    "links",
    "reach",
    "steps",
    "judge",
    "counts",
    "judged",
    "supply",
    "trial",
    "export",
    "view",
    "cells",
    "frames",
    "painting",
    "stickers",
    "shapes",
    "base",
    "people",
    "symbols",
    "marks",
    "density",
    "communities",
    "walkways",
    "tiles",
    "gaps",
    "gaplist",
    "edits",
    "idle",
    "popup",
    "trialmap",
    "trialpanel",
    "swipe",
    "search",
    "permalink",
    "lists",
    "panel",
    "legend",
    "cards",
    "fitting",
    "screen",
    "app",
]


def script_text() -> str:
    """Return all scripts of the map as one."""
    parts = [asset(f"map/{name}.js") for name in SCRIPTS]
    return '"use strict";\nconst Siting = {};\n' + "\n".join(parts)


class CoverageMap(Element):
    """What `siting` adds to a folium map: style, data, scripts, and the call that starts them.

    Everything is put into the page verbatim: names of facilities may look like templates.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()
        self._name = "CoverageMap"
        self.data = for_html(data)

    def render(self, **_: Any) -> str:
        """Add the parts to the page's head, body and script; in its own place there is nothing."""
        page, map_ = cast("Figure", self.get_root()), cast("folium.Map", self._parent)
        style = f"{VIEWPORT}<style>{asset('map/map.css')}</style>"
        data = f'<script type="application/json" id="siting-data">{self.data}</script>'
        start = (
            f"Siting.start({map_.get_name()}, "
            'JSON.parse(document.getElementById("siting-data").textContent));'
        )
        page.header.add_child(Verbatim(style), name="siting-style")
        page.html.add_child(Verbatim(data), name="siting-data")
        page.script.add_child(Verbatim(f"{script_text()}\n{start}"), name="siting-script")
        return ""


def map_page(
    result: Result, *, lang: Lang, before: Result | None = None, publish: bool = False
) -> str:
    """Return map.html; it opens in `lang` and can switch.

    With `before` it compares two scenarios of a place by swiping. To `publish`, the result must
    have been made public (`publish.py`): areas instead of points, no trials, no online tiles.
    """
    choices = [] if publish else basemaps(os.environ)
    data = map_data(result, before=before, basemaps=choices, publish=publish)
    centre = [0.0, 0.0]  # the page fits the map to its data
    # A card that fades is still there, and its buttons work, when the next one is open.
    leaflet = folium.Map(
        centre, zoom_start=12, tiles=None, zoom_snap=0.5, max_zoom=19, fade_animation=False
    )
    leaflet.add_child(CoverageMap(data), name="siting")
    title = result.scenario["title"][lang]
    html_lang = {"zh": "zh-CN", "en": "en"}[lang]
    return OfflineFigure(leaflet, title=title, lang=html_lang, images=origins(choices)).render()
