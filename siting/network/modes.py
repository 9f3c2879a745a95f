"""Which streets are open to which mode of travel (`modes.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from siting.network.streets import Streets, build_streets, segments_from_lines

if TYPE_CHECKING:
    import geopandas as gpd


@cache
def modes() -> dict[str, dict[str, Any]]:
    """Return the modes by name: the street classes that are closed to each."""
    text = files("siting.network").joinpath("modes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def mode_streets(lines: gpd.GeoDataFrame, *, mode: str) -> Streets:
    """Build the network of a mode from the streets layer.

    A street that does not say whether it is walkable is; a mode never uses a street that is
    closed to people on foot, because its rider pushes at both ends.
    """
    walkable = lines["walkable"].fillna(True).to_numpy(bool)
    closed = lines["class"].isin(modes()[mode]["closed"]).to_numpy(bool)
    return build_streets(**segments_from_lines(lines, walkable=walkable & ~closed))
