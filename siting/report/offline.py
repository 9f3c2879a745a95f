"""A folium figure that is whole in itself: no request, deterministic ids, a strict policy.

Stock folium loads fifteen files from the internet. `OfflineFigure` takes over where branca has
collected all links: each is replaced by the vendored file, or dropped if the map does not use it;
a link that it does not know is an error, never a silent request.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from branca.element import CssLink, Element, Figure, JavascriptLink
from jinja2 import Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import folium

# folium's name of a link → vendored file; None: the map has no use for it.
ASSETS = {
    "leaflet": "leaflet/leaflet.js",
    "leaflet_css": "leaflet/leaflet.css",
    "jquery": None,
    "bootstrap": None,
    "awesome_markers": None,
    "bootstrap_css": None,
    "glyphicons_css": None,
    "awesome_markers_font_css": None,
    "awesome_markers_css": None,
    "awesome_rotate_css": None,
}
POLICY_PLACE = "%POLICY%"
_FOREVER_ZOOM = ", maximum-scale=1.0, user-scalable=no"  # folium forbids pinch zoom (WCAG 1.4.4)


@cache
def asset(path: str) -> str:
    """Read a file of `assets/`."""
    return files("siting.report").joinpath("assets", path).read_text(encoding="utf-8")


def inline_script(source: str) -> str:
    """Return a script element; its text cannot end the element early."""
    source = re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "", source)
    return "<script>" + re.sub(r"</(script)", r"<\\/\1", source, flags=re.IGNORECASE) + "</script>"


def inline_style(source: str) -> str:
    """Return a style element without links: the pictures of Leaflet's controls are not used."""
    source = re.sub(r"url\((?!['\"]?(?:data:|#))[^)]*\)", "url(data:,)", source)
    return "<style>" + source.replace("</style", "<\\/style") + "</style>"


def _hashes(page: str, tag: str) -> str:
    inside = re.findall(rf"<{tag}(?![^>]*application/json)[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inside}
    return " ".join(f"'sha256-{digest}'" for digest in sorted(digests))


def policy(page: str, *, images: Iterable[str] = (), connect: Iterable[str] = ()) -> str:
    """Return the content security policy of a page: only its own scripts and styles, by hash.

    `images` and `connect` are origins that a base layer chosen by the user may load from.
    """
    rules = {
        "default-src": "'none'",
        "script-src": _hashes(page, "script") or "'none'",
        "style-src": _hashes(page, "style") or "'none'",
        "img-src": " ".join(["data:", "blob:", *images]),
        "connect-src": " ".join(connect) or "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def with_policy(page: str, **origins: Iterable[str]) -> str:
    """Put the page's policy where the template left a place for it."""
    return page.replace(POLICY_PLACE, html.escape(policy(page, **origins)), 1)


def _tree(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():  # noqa: SLF001  branca offers no public walk
        yield from _tree(child)


class Verbatim(Element):
    """An element that is its text. branca would run any other text as a template once more."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: Any) -> str:
        """Return the text."""
        return self.text


class OfflineFigure(Figure):
    """The page around one folium map.

    `lang` is the language it opens in; `images` are origins of tiles that a reader may switch on.
    """

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{this.lang}}">\n<head>\n'
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" '
        f'content="{POLICY_PLACE}">\n'
        "<title>{{this.title|e}}</title>\n{{this.header.render(**kwargs)}}\n</head>\n<body>\n"
        "{{this.html.render(**kwargs)}}\n<script>{{this.script.render(**kwargs)}}</script>\n"
        "</body>\n</html>\n"
    )

    def __init__(
        self, map_: folium.Map, *, title: str, lang: str, images: Iterable[str] = ()
    ) -> None:
        super().__init__(title=title)
        self.lang = lang
        self.images = list(images)
        self.add_child(map_, name="map")  # takes it from the figure that folium has made
        for number, element in enumerate(_tree(self)):
            element._id = str(number)  # noqa: SLF001  branca draws ids at random

    def render(self, **kwargs: Any) -> str:
        """Return the whole page."""
        for child in self._children.values():
            child.render(**kwargs)
        elements = self.header._children  # noqa: SLF001  where branca has put the links
        for name in [name for name, element in elements.items() if _is_link(element)]:
            elements[name] = Verbatim(_inlined(name))
        page = self._template.render(this=self, kwargs=kwargs)
        return with_policy(page.replace(_FOREVER_ZOOM, ""), images=self.images)


def _is_link(element: Element) -> bool:
    return isinstance(element, JavascriptLink | CssLink)


def _inlined(name: str) -> str:
    """Return the element that stands for a link of folium; empty if the map has no use for it."""
    if name not in ASSETS:
        raise KeyError(f"no vendored file for folium's link {name!r}")
    path = ASSETS[name]
    if path is None:
        return ""
    return inline_script(asset(path)) if path.endswith(".js") else inline_style(asset(path))
