"""Layers with a suspected one read in another system, and whose verdict that changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from siting.checks.shift import Shift, moved_shapes
from siting.layers.spatial import ASSIGNED, area_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.layers.model import Layers


def mended(layers: Layers, shift: Shift) -> Layers:
    """Return the layers with the suspected one read in the other system.

    Units and `outside` that were told by position are told anew.
    """
    name, _, kind = shift.layer.partition(":")
    table: gpd.GeoDataFrame = getattr(layers, name)
    of_layer = (table["kind"] == kind).to_numpy() if kind else np.ones(len(table), bool)
    shapes = table.geometry.to_numpy().copy()
    shapes[of_layer] = moved_shapes(
        shapes[of_layer], crs=layers.crs, system=shift.system, mistake=shift.mistake
    )
    changes: dict[str, Any] = {name: table.set_geometry(shapes, crs=table.crs)}
    moved = replace(layers, **changes)
    told = {part: _told_anew(layers, moved, part) for part in ("residents", "facilities")}
    return replace(moved, **told)


def _told_anew(before: Layers, after: Layers, name: str) -> gpd.GeoDataFrame:
    """Return a table whose units and `outside` follow the positions, where they did before."""
    was, now = getattr(before, name), getattr(after, name)
    columns: dict[str, Any] = {}
    for level in ASSIGNED:
        old, new = (_codes_at(t.geometry, side.units, level)
                    for t, side in ((was, before), (now, after)))  # fmt: skip
        said = now[level].astype(object).where(now[level].notna(), None)
        followed = said.to_numpy() == old
        columns[level] = pd.Series(np.where(followed, new, said), now.index).astype("str")
    beyond = [
        area_at(t.geometry, side.units.geometry[~side.units["outside"]]) < 0
        for t, side in ((was, before), (now, after))
    ]
    said = now["outside"].to_numpy(bool)
    columns["outside"] = np.where(said == beyond[0], beyond[1], said)
    return cast("gpd.GeoDataFrame", now.assign(**columns))


def _codes_at(points: gpd.GeoSeries, units: gpd.GeoDataFrame, level: str) -> NDArray[np.object_]:
    """Return the code of the unit of a level at each point, None where there is none."""
    of_level = units[units["level"] == level]
    codes = np.array([*of_level["code"], None], dtype=object)
    return codes[area_at(points, of_level.geometry)]  # −1 is the last


def verdicts_flipped(
    layers: Layers, shift: Shift, judge: Callable[[Layers], Mapping[str, str]]
) -> list[str]:
    """Return the rules whose verdict another reading of the suspected layer would change.

    Parameters
    ----------
    judge
        Gives the verdict of each rule on some layers; it is called twice.
    """
    before, after = judge(layers), judge(mended(layers, shift))
    return [rule for rule in before if before[rule] != after[rule]]
