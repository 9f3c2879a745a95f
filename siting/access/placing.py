"""Put people, facilities and sites on the streets of every mode of travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from siting.access.study import Network, Study
from siting.network.costs import on_site_pairs
from siting.network.modes import mode_streets
from siting.network.snap import Obstacles, Positions, obstacles, points_mm, snap
from siting.network.streets import no_streets

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from siting.layers.model import Layers
    from siting.network.streets import Streets
    from siting.scenario.model import Walk


def study_of(
    layers: Layers,
    walk: Walk,
    *,
    modes: list[str],
    as_of: date,
    like: Study | None = None,
) -> Study:
    """Place the people and facilities of `layers` on the streets of each mode.

    A place without geometry has neither streets nor anything that stands on them. What is the
    same table as in `like` keeps its streets and places from there.
    """
    closed = closed_lines(layers)
    same = like is not None and like.layers.streets is layers.streets and like.walk == walk
    reuse = like if same else None

    def placed(table: str, part: str, mode: str, streets: Streets) -> Positions:
        now = getattr(layers, table)
        if reuse is not None and _same_points(getattr(reuse.layers, table), now):
            return cast("Positions", getattr(reuse.networks[mode], part))
        return place_points(now, streets, closed, walk)

    networks = {}
    for mode in modes:
        kept = reuse.networks[mode].streets if reuse is not None else None
        streets = kept or _streets(layers, walk, mode)
        demand = placed("residents", "demand", mode, streets)
        facilities = placed("facilities", "facilities", mode, streets)
        pairs = on_site_pairs(demand=demand, facilities=facilities, obstacles=closed)
        networks[mode] = Network(streets, demand, facilities, pairs)
    return Study(layers=layers, networks=networks, as_of=as_of, walk=walk)


def _streets(layers: Layers, walk: Walk, mode: str) -> Streets:
    if layers.streets.empty and layers.residents.empty:
        return no_streets()
    return mode_streets(layers.streets, mode=mode, factors=walk.factors)


def _same_points(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> bool:
    return one is other or (len(one) == len(other) and bool(one["id"].equals(other["id"])))


def closed_lines(layers: Layers) -> Obstacles:
    """Return what nobody walks across: walls, motorways, railways, water."""
    return obstacles(barriers=layers.barriers, water=layers.water)


def place_points(
    points: gpd.GeoDataFrame, streets: Streets, closed: Obstacles, walk: Walk
) -> Positions:
    """Place points on the nearest street that they reach over an open leg, as `walk` allows."""
    x, y = points_mm(points)
    return snap(
        x,
        y,
        streets=streets,
        obstacles=closed,
        max_snap_m=walk.max_snap_m,
        min_component=walk.min_component_nodes,
    )
