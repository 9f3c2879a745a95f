"""Online base maps that the map offers; the reader switches them on, nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from siting.report.words import read_data

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "osm"


def basemaps(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the base maps that the environment asks for and has the keys of, in its order.

    ``SITING_BASEMAPS`` lists ids of basemaps.toml (default ``osm``, empty: none). An address of
    one's own in ``SITING_TILES`` is offered without being listed.
    """
    known = read_data("basemaps.toml")
    asked = [name.strip() for name in environment.get("SITING_BASEMAPS", DEFAULT).split(",")]
    if environment.get("SITING_TILES"):
        asked.append("internal")
    found = []
    for name in dict.fromkeys(asked):
        one = known.get(name)
        key = environment.get(one["key"], "") if one and "key" in one else ""
        if one is None or ("key" in one and not key):
            continue
        url = one["url"].replace("{key}", key)
        found.append({"id": name} | {k: v for k, v in one.items() if k != "key"} | {"url": url})
    return found


def origins(choices: list[dict[str, Any]]) -> list[str]:
    """Return the addresses that the page's policy must let pictures come from."""
    found = set()
    for one in choices:
        for subdomain in one.get("subdomains") or " ":
            parts = urlsplit(one["url"].replace("{s}", subdomain))
            found.add(f"{parts.scheme}://{parts.netloc}")
    return sorted(found)
