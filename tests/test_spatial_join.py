"""Units, land and outside by position, on squares whose answers can be seen."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.layers.model import Notes
from siting.layers.spatial import area_at, area_within, assign_units, grid_of, with_land_area

CRS = "EPSG:4549"

#     0 ──── 10 ──── 20      street S: communities W and E; O lies outside the district
#  10 │  W   │   E   │  O
#   0 └──────┴───────┘
UNITS = gpd.GeoDataFrame(
    {
        "code": ["S", "W", "E", "O"],
        "name": ["南街道", "西社区", "东社区", "外村"],
        "level": ["street", "community", "community", "community"],
        "parent": [None, "S", "S", None],
        "outside": [False, False, False, True],
    },
    geometry=[shapely.box(0, 0, 20, 10), shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10),
              shapely.box(20, 0, 30, 10)],
    crs=CRS,
)  # fmt: skip


def table(xy, *, community=None, outside=None):
    count = len(xy)
    frame = gpd.GeoDataFrame(
        {
            "community": pd.Series(community or [None] * count, dtype="str"),
            "street": pd.Series([None] * count, dtype="str"),
            "outside": pd.Series(outside or [None] * count, dtype="boolean"),
        },
        geometry=[None if p is None else shapely.Point(p) for p in xy],
        crs=CRS,
    )
    return frame.set_axis(range(2, 2 + count))


def joined(*args, **options):
    notes = Notes("t")
    done = assign_units(table(*args, **options), UNITS, where="t.csv", notes=notes)
    return done, {(n["note"], n["column"]): n["count"] for n in notes.as_list()}


def test_by_position():
    done, notes = joined([(5, 5), (15, 5), (25, 5), (99, 99)])
    assert done["community"].fillna("–").tolist() == ["W", "E", "O", "–"]
    assert done["street"].fillna("–").tolist() == ["S", "S", "–", "–"]
    assert done["outside"].tolist() == [False, False, True, True]
    assert notes == {
        ("unit-by-place", "community"): 3,
        ("unit-by-place", "street"): 2,
        ("outside-by-place", ""): 2,
    }


def test_a_point_on_the_border_is_counted_once():
    done, _ = joined([(10, 5)])
    assert done["community"].tolist() == ["W"]  # the first of the units


def test_names_and_codes_go_before_position():
    done, notes = joined([(5, 5), (5, 5), (5, 5)], community=["东社区", "E", None])
    assert done["community"].tolist() == ["E", "E", "W"]
    assert notes["unit-by-place", "community"] == 1


def test_a_declared_outside_stands():
    done, _ = joined([(5, 5), (99, 99)], outside=[True, False])
    assert done["outside"].tolist() == [True, False]


def test_without_a_position_nobody_is_moved_out():
    done, notes = joined([None])
    assert done["community"].isna().all()
    assert done["outside"].tolist() == [False]
    assert notes == {}


def test_unknown_and_ambiguous_names_are_problems_with_their_rows():
    twice = pd.concat([UNITS, UNITS[UNITS["code"] == "W"].assign(code="W2")], ignore_index=True)
    points = table([(5, 5), (5, 5), (5, 5)], community=["没有社区", "西社区", "E"])
    with pytest.raises(DataError) as caught:
        assign_units(points, twice, where="t.csv", notes=Notes("t"))
    assert [(p.key, p.where) for p in caught.value.problems] == [
        ("unit-unknown", "t.csv:2 community"), ("unit-twice", "t.csv:3 community"),
    ]  # fmt: skip


def test_polygons_are_joined_by_a_point_within():
    frame = table([(0, 0)]).set_geometry([shapely.box(12, 1, 14, 3)], crs=CRS)
    done = assign_units(frame, UNITS, where="t", notes=Notes("t"))
    assert done["community"].tolist() == ["E"]


def test_land_is_area_without_water():
    units = UNITS.assign(land_km2=pd.array([None, None, 7.0, None], dtype="Float64"))
    water = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 5, 10), shapely.box(3, 0, 5, 10)], crs=CRS)
    notes = Notes("t")
    done = with_land_area(units, water, notes=notes)
    assert (done["land_km2"] * 1e6).tolist() == pytest.approx([150, 50, 7e6, 100])
    assert notes.as_list()[0]["count"] == 3
    assert units["land_km2"].isna().sum() == 3  # the caller's table is untouched


@settings(deadline=None, max_examples=50)
@given(boxes=st.lists(st.tuples(*[st.integers(0, 20)] * 4), max_size=6))
def test_area_within_matches_a_plain_union(boxes):
    parts = np.array(
        [shapely.box(min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1) for a, b, c, d in boxes],
        dtype=object,
    )
    areas = UNITS.geometry.to_numpy()
    union = shapely.union_all(parts)
    expected = shapely.area(shapely.intersection(areas, union))
    assert area_within(areas, parts) == pytest.approx(expected)


@settings(deadline=None, max_examples=50)
@given(points=st.lists(st.tuples(st.integers(-5, 35), st.integers(-5, 15)), min_size=1))
def test_area_at_matches_one_by_one(points):
    shapes = gpd.GeoSeries([shapely.Point(p) for p in points], crs=CRS)
    expected = [
        next((i for i, area in enumerate(UNITS.geometry) if area.intersects(point)), -1)
        for point in shapes
    ]
    assert area_at(shapes, UNITS.geometry).tolist() == expected


def test_grid_cells_hold_the_points_and_keep_their_names():
    points = gpd.GeoSeries(
        [shapely.Point(1500, 2500), shapely.Point(1600, 2999), shapely.Point(-1, 0), None], crs=CRS
    )
    grid = grid_of(points, size_m=1000)
    assert sorted(grid["code"]) == ["E-1N0", "E1N2"]
    assert grid.area.tolist() == [1e6, 1e6]
    moved = grid_of(points.iloc[:1], size_m=1000)
    assert moved["code"].tolist() == ["E1N2"]
    assert grid_of(points.iloc[:1], size_m=250)["code"].tolist() == ["E1500N2500"]
