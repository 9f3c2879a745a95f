"""Snapping: nearest street segment in the open, reasons where there is none."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, Polygon

from siting.network.chains import build_streets
from siting.network.noding import segments_from_lines
from siting.network.snap import NO_POSITION, obstacles, points_mm, snap

# A compound behind a wall (metres). The road lies 20 m behind the wall; its gate is 400 m east.
#
#   road  ──────────────────────────────────┬──────   y = 20
#   wall  ═══════════════════════════════   │  ═══    y = 10, gap at x 395 … 405
#   home  ·  (0, 0)                         │
#   path  ──────────────────────────────────┘         y = −30, gate path at x = 400
ROAD = LineString([(-100, 20), (400, 20), (500, 20)])
PATH = LineString([(0, -30), (400, -30), (400, 20)])
WALL = gpd.GeoSeries([LineString([(-200, 10), (395, 10)]), LineString([(405, 10), (700, 10)])])


def streets_of(*lines):
    return build_streets(**segments_from_lines(gpd.GeoSeries(lines)))


def snap_one(x, y, streets, **options):
    layers = {key: options.pop(key) for key in ("barriers", "water") if key in options}
    options = {"min_component": 1, "obstacles": obstacles(**layers), **options}
    return snap([round(x * 1000)], [round(y * 1000)], streets=streets, **options)


def line_of(streets, position):
    return int(streets.edge_line[position.edge[0]])


def test_a_wall_sends_people_to_the_path_that_leads_to_the_gate():
    streets = streets_of(ROAD, PATH)
    free = snap_one(0, 0, streets)
    assert (line_of(streets, free), free.leg_mm[0]) == (0, 20_000)
    walled = snap_one(0, 0, streets, barriers=WALL)
    assert (line_of(streets, walled), walled.leg_mm[0]) == (1, 30_000)
    assert walled.offset_mm[0] in (0, 400_000 + 50_000)  # at the inner end of the path


def test_without_an_inner_path_the_wall_leaves_no_open_leg():
    walled = snap_one(0, 0, streets_of(ROAD), barriers=WALL)
    assert (walled.edge[0], walled.reason[0]) == (-1, "no-open-leg")


@pytest.mark.parametrize(
    ("x", "y", "options", "reason"),
    [
        (0, -180, {}, "placed"),  # 200 m exactly: the limit belongs to it
        (0, -180.001, {}, "too-far"),
        (0, 0, {"max_snap_m": 19.9}, "too-far"),
        (0, 0, {"min_component": 4}, "small-component"),
        (0, 0, {"barriers": WALL}, "no-open-leg"),
        (0, 0, {"barriers": WALL, "min_component": 4}, "no-open-leg"),
        (0, 12, {"barriers": WALL}, "placed"),
        (0, 10, {"barriers": WALL}, "placed"),  # on the wall itself: an entrance
        (0, 0, {"water": gpd.GeoSeries([Polygon([(-9, 5), (9, 5), (0, 15)])])}, "placed"),
        (1, 10, {"water": gpd.GeoSeries([Polygon([(-9, 5), (9, 5), (0, 15)])])}, "no-open-leg"),
    ],
)
def test_reasons(x, y, options, reason):
    if "water" in options and reason == "placed":
        # the triangle hides the nearest point of the road, not the road's eastern segment
        streets = streets_of(LineString([(-100, 20), (40, 20), (500, 20)]))
    else:
        streets = streets_of(ROAD)
    assert snap_one(x, y, streets, **options).reason[0] == reason


def test_a_point_without_position_is_not_placed():
    x, y = points_mm(gpd.GeoSeries([Point(0, 0.0005), None, Point()]))
    assert x.tolist() == [0, NO_POSITION, NO_POSITION]
    assert y[0] == 1
    found = snap(x, y, streets=streets_of(ROAD), min_component=1)
    assert found.reason.tolist() == ["placed", "no-position", "no-position"]
    assert found.component.tolist() == [0, -1, -1]


def test_a_nearer_scrap_gives_way_to_the_network():
    scrap = LineString([(0, -5), (10, -5)])
    streets = streets_of(ROAD, scrap)
    assert line_of(streets, snap_one(0, 0, streets)) == 1
    assert line_of(streets, snap_one(0, 0, streets, min_component=3)) == 0


def test_ties_go_to_the_smallest_edge_and_offset():
    streets = streets_of(
        LineString([(-10, -5), (10, -5)]),
        LineString([(-10, 5), (10, 5)]),
        LineString([(-5, -10), (-5, 10)]),
    )
    assert snap_one(0, 0, streets).edge[0] == 0
    square = streets_of(LineString([(-5, -5), (5, -5), (5, 5), (-5, 5), (-5, -5)]))
    assert snap_one(0, 0, square).offset_mm[0] == 5000


CROSSINGS = [
    # leg from (0,0) to (10,0); obstacle; blocked
    ([(5, -5), (5, 5)], True),
    ([(5, 0), (5, 5)], True),  # the end of a wall on the leg: nobody squeezes past
    ([(5, 0.001), (5, 5)], False),
    ([(0, -5), (0, 5)], False),  # starts on the wall
    ([(10, -5), (10, 5)], False),  # ends on the wall
    ([(9.999, -5), (9.999, 5)], True),
    ([(2, 0), (8, 0)], False),  # along the wall
    ([(2, 0), (5, 0), (5, 4)], True),  # along it, and past its corner
    ([(11, -5), (11, 5)], False),
    ([(4, -5), (4, -1), (6, 1), (6, 5)], True),
]


@pytest.mark.parametrize(("wall", "blocked"), CROSSINGS)
def test_crossing_is_going_from_one_side_to_the_other(wall, blocked):
    walls = obstacles(barriers=gpd.GeoSeries([MultiLineString([wall])]))
    for ends in ([0, 0, 10_000, 0], [10_000, 0, 0, 0]):
        assert walls.block(*(np.array([v]) for v in ends)).tolist() == [blocked]


@given(
    points=st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), min_size=1, max_size=6),
    roads=st.lists(st.tuples(*[st.integers(-50, 50)] * 4), min_size=1, max_size=6),
    wall=st.tuples(*[st.integers(-50, 50)] * 4),
)
@settings(max_examples=80, deadline=None)
def test_snapping_agrees_with_brute_force(points, roads, wall):
    roads = [r for r in roads if r[:2] != r[2:]]
    if not roads or wall[:2] == wall[2:]:
        return
    streets = streets_of(*[LineString([r[:2], r[2:]]) for r in roads])
    barrier = LineString([wall[:2], wall[2:]])
    x, y = np.array(points).T * 1000
    walls = obstacles(barriers=gpd.GeoSeries([barrier]))
    found = snap(x, y, streets=streets, obstacles=walls, max_snap_m=40, min_component=1)
    for i, (px, py) in enumerate(points):
        legs = [_leg(Point(px, py), LineString([r[:2], r[2:]])) for r in roads]
        if any(_grazes(leg, barrier) for leg in legs):
            continue  # which side of a hair is decided exactly above, not by floating shapely
        best = min((leg.length for leg in legs if not leg.intersects(barrier)), default=np.inf)
        if abs(best - 40) > 0.01:
            assert (found.reason[i] == "placed") == (best < 40)
        if found.reason[i] == "placed":
            assert found.leg_mm[i] == pytest.approx(best * 1000, abs=0.51)


def _leg(point, line):
    return LineString([point, line.interpolate(line.project(point))])


def _grazes(leg, barrier):
    ends = [Point(leg.coords[0]), Point(leg.coords[-1])]
    corners = [Point(c) for c in barrier.coords]
    return any(e.distance(barrier) < 0.01 for e in ends) or any(
        c.distance(leg) < 0.01 for c in corners
    )


def test_many_points_keep_their_rows():
    streets = streets_of(ROAD, PATH)
    x = np.arange(-90, 390, 10) * 1000
    y = np.full(len(x), 21_000)
    found = snap(x, y, streets=streets, min_component=1)
    assert found.leg_mm.tolist() == [1000] * len(x)
    np.testing.assert_array_equal(found.take(found.x_mm > 0).x_mm, x[x > 0])
    assert len(found) == len(x)
