"""Which streets are open to which mode of travel (`modes.toml`), and what a metre of them costs."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.layers.links import LINK
from siting.network.chains import build_streets
from siting.network.links import Link, with_links
from siting.network.noding import segments_from_lines, to_mm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from siting.network.streets import Streets


@cache
def modes() -> dict[str, dict[str, Any]]:
    """Return the modes by name: the street classes closed to each, and its speed if it has one."""
    text = files("siting.network").joinpath("modes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def mode_streets(
    lines: gpd.GeoDataFrame, *, mode: str, factors: Mapping[str, float] | None = None
) -> Streets:
    """Build the network of a mode from the streets layer.

    A street that does not say whether it is walkable is; a mode never uses a street that is
    closed to people on foot, because its rider pushes at both ends. Lines of the class ``link``
    join the network of all others, where their vertices lie on it, and change nothing in it.

    Parameters
    ----------
    factors
        What a metre of a street class costs, in metres of level walking, to the thousandth:
        ``{"steps": 1.5, "crossing": 2.0}``. Other classes cost 1.
    """
    walkable = lines["walkable"].fillna(True).to_numpy(bool)
    closed = lines["class"].isin(modes()[mode]["closed"]).to_numpy(bool)
    is_link = (lines["class"] == LINK).fillna(False).to_numpy(bool)
    is_open = walkable & ~closed
    segments = segments_from_lines(lines, walkable=is_open & ~is_link)
    factor = lines["class"].map(dict(factors or {})).astype("Float64").fillna(1.0)
    # Thousandths of a factor, like thousandths of a metre, are whole numbers.
    permille = to_mm(factor.to_numpy(np.float64))
    priced = permille[segments["segment_line"]]
    streets = build_streets(**segments, factor_uv_permille=priced, factor_vu_permille=priced)
    geometry = lines.geometry.to_numpy()
    links = np.flatnonzero(is_open & is_link)
    return with_links(streets, (Link(geometry[at], int(at), int(permille[at])) for at in links))
