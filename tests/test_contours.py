"""Rings around the places of a grid: against its points, one by one."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.network.contours import rings

# Distances around a level of 2.5: no grid point lies on the outline.
FIELDS = st.tuples(st.integers(2, 9), st.integers(2, 9)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, 5.0]))
)
LEVEL = 2.5


def polygons(distance, level=LEVEL):
    """Draw a field; its own rows and columns begin at 1, behind the rim."""
    square = np.full([n + 2 for n in distance.shape], np.inf)
    square[1:-1, 1:-1] = distance**2
    xy, ring_start, polygon_start = rings(square, level)
    kind = shapely.GeometryType.POLYGON
    return shapely.from_ragged_array(kind, xy - 1, (ring_start, polygon_start))


@given(FIELDS)
@settings(max_examples=150, deadline=None)
def test_inside_points_are_within_and_outside_points_are_not(field):
    drawn = polygons(field)
    assert shapely.is_valid(drawn).all()
    assert all(p.exterior.is_ccw for p in drawn)
    assert not any(hole.is_ccw for p in drawn for hole in p.interiors)
    row, column = np.indices(field.shape).reshape(2, -1)
    points = shapely.points(column, row)
    covered = shapely.covers(drawn[:, None], points)
    # Each inside point by one polygon, each outside point by none.
    assert covered.sum(axis=0).tolist() == (field.ravel() <= LEVEL).astype(int).tolist()
    assert all(shapely.area(drawn) > 0)


@given(FIELDS, st.data())
@settings(max_examples=100, deadline=None)
def test_a_larger_field_contains_a_smaller_one(field, data):
    nearer = field - data.draw(
        arrays(np.float64, field.shape, elements=st.sampled_from([0.0, 1.0]))
    )
    small, large = (shapely.union_all(polygons(f)) for f in (field, np.maximum(nearer, 0)))
    assert small.difference(large).area < 1e-9


@given(FIELDS.filter(lambda field: field.shape[1] > 2), st.data())
@settings(max_examples=100, deadline=None)
def test_two_halves_meet_corner_by_corner(field, data):
    at = data.draw(st.integers(1, field.shape[1] - 2))
    left, right = polygons(field[:, : at + 1]), polygons(field[:, at:])
    moved = shapely.transform(right, lambda xy: np.add(xy, (at, 0)))
    joined = shapely.coverage_union_all([*left, *moved])
    whole = shapely.union_all(polygons(field))
    assert joined.is_valid
    assert joined.symmetric_difference(whole).area < 1e-9


def test_corners_lie_where_the_distance_passes_the_level():
    (drawn,) = polygons(np.array([[9.0, 5.0, 9.0], [5.0, 0.0, 4.0], [9.0, 10.0, 9.0]]))
    corners = {(0.5, 1), (1, 0.5), (1.625, 1), (1, 1.25)}
    assert set(drawn.exterior.coords) == corners


def test_an_island_in_a_lake_is_a_polygon_of_its_own():
    field = np.zeros((7, 7))
    field[1:-1, 1:-1] = 5
    field[3, 3] = 0
    lake, island = polygons(field)
    assert (len(lake.interiors), len(island.interiors)) == (1, 0)
    assert lake.bounds == (0, 0, 6, 6)
    assert island.area == 0.5


def test_nothing_inside_is_nothing_drawn():
    assert len(polygons(np.full((3, 4), 5.0))) == 0
