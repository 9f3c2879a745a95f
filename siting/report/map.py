"""map.html: the interactive map, whole in one file, on a machine without internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import folium
from branca.element import MacroElement
from folium.template import Template

from siting.report.jsontext import for_html
from siting.report.mapdata import map_data
from siting.report.offline import OfflineFigure, asset

if TYPE_CHECKING:
    from siting.report.result import Result
    from siting.words import Lang

# In the order in which they build on one another.
SCRIPTS = [
    "codec",
    "dom",
    "plane",
    "verdicts",
    "units",
    "network",
    "snap",
    "links",
    "reach",
    "judge",
    "trial",
    "export",
    "view",
    "painting",
    "shapes",
    "base",
    "people",
    "symbols",
    "marks",
    "density",
    "walkways",
    "tiles",
    "gaps",
    "edits",
    "popup",
    "trialmap",
    "trialpanel",
    "swipe",
    "search",
    "permalink",
    "panel",
    "legend",
    "screen",
    "app",
]


def script_text() -> str:
    """Return all scripts of the map as one."""
    parts = [asset(f"map/{name}.js") for name in SCRIPTS]
    return '"use strict";\nconst Siting = {};\n' + "\n".join(parts)


class CoverageMap(MacroElement):
    """What `siting` adds to a folium map: data, style, scripts, and the call that starts them."""

    _template = Template(
        "{% macro header(this, kwargs) %}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>{{ this.style }}</style>{% endmacro %}"
        "{% macro html(this, kwargs) %}"
        '<script type="application/json" id="siting-data">{{ this.data }}</script>{% endmacro %}'
        "{% macro script(this, kwargs) %}{{ this.script }}\n"
        "Siting.start({{ this._parent.get_name() }}, "
        'JSON.parse(document.getElementById("siting-data").textContent));{% endmacro %}'
    )

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "CoverageMap"
        self.data = for_html(data)
        self.style = asset("map/map.css")
        self.script = script_text()


def map_page(result: Result, *, lang: Lang) -> str:
    """Return map.html; it opens in `lang` and can switch."""
    centre = [30.0, 120.0]  # replaced by the page, which fits the map to its data
    leaflet = folium.Map(centre, zoom_start=12, tiles=None, zoom_snap=0.5, max_zoom=19)
    leaflet.add_child(CoverageMap(map_data(result)), name="siting")
    title = result.scenario["title"][lang]
    return OfflineFigure(leaflet, title=title, lang={"zh": "zh-CN", "en": "en"}[lang]).render()
