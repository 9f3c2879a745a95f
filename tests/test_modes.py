"""Networks of modes: closed classes, and what a metre of a class costs."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString

from siting.network.modes import mode_streets


@pytest.fixture
def lines():
    """A lane, a flight of steps and a motorway, one after the other."""
    return gpd.GeoDataFrame(
        {
            "class": ["residential", "steps", "motorway"],
            "walkable": pd.array([pd.NA, True, False], dtype="boolean"),
        },
        geometry=[LineString([(0, 100 * i), (0, 100 * i + 100)]) for i in range(3)],
    )


@pytest.mark.parametrize(("mode", "rows"), [("walk", 200_000), ("ebike", 100_000)])
def test_a_mode_uses_the_streets_open_to_it(lines, mode, rows):
    assert mode_streets(lines, mode=mode).length_mm.sum() == rows


def test_steps_cost_more_in_exact_thousandths(lines):
    streets = mode_streets(lines, mode="walk", factors={"steps": 1.2344, "bridge": 9})
    assert sorted(streets.cost_uv_mm.tolist()) == [100_000, 123_400]
    assert streets.cost_vu_mm.tolist() == streets.cost_uv_mm.tolist()
    assert streets.length_mm.tolist() == [100_000, 100_000]
