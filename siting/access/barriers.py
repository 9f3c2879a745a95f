"""What stands in the way: the wall, motorway, railway, canal or water that straight lines cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.model import Layers

WATER = "water"
HARDEST_FIRST = (WATER, "motorway", "railway", "canal", "wall")


@dataclass(frozen=True)
class Crossings:
    """What each straight line crosses; arrays over lines.

    Attributes
    ----------
    kind, name
        The barrier hardest to cross, by `HARDEST_FIRST` (ties to the first met); empty if none.
    first_mm, last_mm
        Where the line meets the first barrier and leaves the last one, from its start; −1 if none.
    """

    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    first_mm: NDArray[np.int64]
    last_mm: NDArray[np.int64]


def crossings(layers: Layers, start_mm: NDArray[np.int64], end_mm: NDArray[np.int64]) -> Crossings:
    """Find what straight lines cross, from `start_mm` to `end_mm`, both of shape (lines, 2)."""
    count = len(start_mm)
    lines = shapely.linestrings(np.stack([start_mm, end_mm], axis=1) / 1000)
    barriers, water = layers.barriers, layers.water
    shapes = np.concatenate([np.asarray(barriers.geometry), np.asarray(water.geometry)])
    kinds = [*barriers["kind"].fillna("wall").to_numpy(object), *[WATER] * len(water)]
    names = pd.concat([barriers["name"], water["name"]]).fillna("").to_numpy(object)
    line, shape = shapely.STRtree(shapes).query(lines, predicate="intersects")
    common, of_pair = shapely.get_coordinates(
        shapely.intersection(lines[line], shapes[shape]), return_index=True
    )
    away = common * 1000 - start_mm[line[of_pair]]
    met = pd.DataFrame(
        {
            "line": line[of_pair],
            "hard": [HARDEST_FIRST.index(kinds[i]) for i in shape[of_pair]],
            "at": np.rint(np.sqrt((away * away).sum(axis=1))).astype(np.int64),
            "shape": shape[of_pair],
        }
    )
    found = Crossings(
        np.full(count, "", object),
        np.full(count, "", object),
        np.full(count, -1, np.int64),
        np.full(count, -1, np.int64),
    )
    hardest = met.sort_values(["line", "hard", "at", "shape"]).drop_duplicates("line")
    found.kind[hardest["line"]] = [kinds[i] for i in hardest["shape"]]
    found.name[hardest["line"]] = [names[i] for i in hardest["shape"]]
    ends = met.groupby("line")["at"].agg(["min", "max"])
    found.first_mm[ends.index], found.last_mm[ends.index] = ends["min"], ends["max"]
    return found
