"""How far a site lies from an arterial road, whatever language a layer names its classes in."""

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, Point

from siting.ranking.sites import main_road_m

SITES = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(0, 40)], crs=4549)


def streets(*classes):
    lines = [LineString([(-500, 100 * (n + 1)), (500, 100 * (n + 1))]) for n in range(len(classes))]
    return gpd.GeoDataFrame({"class": list(classes)}, geometry=lines, crs=4549)


@pytest.mark.parametrize(
    "word", ["trunk", "primary", "secondary", "primary_link", "主干路", "次干路", "主干道"]
)
def test_arterial_and_sub_arterial_roads_count(word):
    found = main_road_m(SITES, streets("residential", word))
    assert found.tolist() == [200, 160]


@pytest.mark.parametrize("word", ["motorway", "expressway", "快速路", "支路", "tertiary", None])
def test_expressways_and_small_streets_do_not(word):
    assert np.isnan(main_road_m(SITES, streets(word))).all()
