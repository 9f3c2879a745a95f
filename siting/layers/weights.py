"""What people of an area are spread over: buildings by floor area, or a raster by its counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import shapely

from siting.layers.values import narrow, words

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.layers.model import Notes

    Shapes = NDArray[np.object_]
    Longs = NDArray[np.int64]

PARTS_PER_M2 = 100  # weights are whole numbers
PARTS_PER_PERSON = 10_000


class Weights(NamedTuple):
    """Places that share people: shapes, and the weight of each.

    Of what is `divisible`, a part takes its part of the weight: cells are, buildings are not and
    stand where their point stands. `spare` places take people only where there is no other.
    """

    shape: Shapes
    weight: Longs
    spare: NDArray[np.bool_]
    divisible: bool


def of_buildings(buildings: gpd.GeoDataFrame) -> Weights:
    """Weigh buildings by footprint × `levels`, each as one point within it; `spare` as they say."""
    floor = buildings.area.to_numpy() * buildings["levels"].to_numpy()
    points = buildings.geometry.representative_point().to_numpy()
    spare = buildings["spare"].to_numpy(bool)
    return Weights(points, _whole(floor * PARTS_PER_M2), spare, divisible=False)


def of_cells(shapes: Shapes, people: NDArray[np.float64]) -> Weights:
    """Weigh the cells of a raster by the people in them, fractions included."""
    whole = _whole(people * PARTS_PER_PERSON)
    return Weights(shapes, whole, np.zeros(len(whole), bool), divisible=True)


def _whole(weights: NDArray[np.float64]) -> Longs:
    whole: Longs = np.maximum(np.rint(weights).astype(np.int64), 1)
    return whole


def share_out(weights: Weights, areas: Shapes) -> tuple[Longs, Shapes, Longs]:
    """Find the places in each area: position of the area, a point of the place, its weight."""
    tree = shapely.STRtree(areas)
    if not weights.divisible:
        place, area = tree.query(weights.shape, predicate="within")
        has_homes = np.zeros(len(areas), bool)
        has_homes[area[~weights.spare[place]]] = True
        used = ~(weights.spare[place] & has_homes[area])
        place, area = place[used], area[used]
        return area, weights.shape[place], weights.weight[place]
    place, area = tree.query(weights.shape, predicate="intersects")
    parts = shapely.intersection(weights.shape[place], areas[area])
    share = shapely.area(parts) / shapely.area(weights.shape[place])
    real = share > 0  # cells that only touch share nothing
    weight = _whole(weights.weight[place[real]] * share[real])
    return area[real], shapely.point_on_surface(parts[real]), weight


def lived_in(buildings: gpd.GeoDataFrame, *, notes: Notes) -> gpd.GeoDataFrame:
    """Return the buildings in which people may live, all with storeys; unknown ones are `spare`.

    If no use says that anybody lives there, its words are not ours, and people may live in all.
    """
    table = words()["buildings"]
    use = buildings["kind"].fillna("").map(narrow)
    home = use.map(lambda text: _says(text, table["homes"])).astype(bool)
    spare = use.isin(table["unknown"]) if home.any() else ~home
    notes.add("homes-by-use", count=int((~(home | spare)).sum()))
    found = buildings.assign(spare=spare)[home | spare]
    notes.add("levels-assumed", count=int(found["levels"].isna().sum()), example=table["levels"])
    levels = found["levels"].fillna(table["levels"]).astype(float)
    return cast("gpd.GeoDataFrame", found.assign(levels=levels))


def _says(use: str, listed: list[str]) -> bool:
    """Tell whether a use contains a Chinese word, or has an English one among its words."""
    english = re.findall("[a-z_]+", use)
    return any(word in (english if word.isascii() else use) for word in listed)
