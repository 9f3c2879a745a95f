"""Compile every search and drawing once, so that no run of a user waits for it."""

from __future__ import annotations

import numpy as np

from siting.network import engine
from siting.network.chains import build_streets
from siting.network.costs import cover_sets, nearest_costs
from siting.network.isochrones import isochrones
from siting.network.snap import snap


def warm_up() -> None:
    """Run each compiled function on a street of two segments.

    Where a cache folder is writable, later processes load what this one compiled.
    """
    streets = build_streets(
        x_mm=np.array([0, 100_000, 200_000]),
        y_mm=np.array([0, 50_000, 0]),
        segment_u=np.array([0, 1]),
        segment_v=np.array([1, 2]),
        segment_line=np.array([0, 0]),
    )
    places = snap([20_000, 90_000], [0, 0], streets=streets, min_component=1)
    nearest_costs(streets, demand=places, facilities=places)
    cover_sets(streets, demand=places, sites=places, cutoff_m=100)
    engine.around.stepped(np.zeros(1, np.int32), np.zeros(1, np.int32), np.ones(2))
    isochrones(streets, facilities=places, cutoffs_m=[100])
