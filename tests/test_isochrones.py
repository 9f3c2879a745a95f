"""Isochrones: edges cut at the exact place, areas against exact buffers."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import NETWORKS, PLACES, placed, positions_of, streets_of, walking_costs
from shapely import LineString, Point

from siting.network import outlines
from siting.network.chains import build_streets
from siting.network.isochrones import isochrones, reached_edges, service_area
from siting.network.noding import segments_from_lines
from siting.network.snap import snap


@pytest.fixture(scope="module")
def town():
    """A 9 × 9 grid of 100 m blocks with bent streets; six facilities."""
    lines = []
    for i in range(9):
        for j in range(9):
            if i < 8 and (i + 2 * j) % 5:
                lines.append(
                    LineString(
                        [(100 * i, 100 * j), (100 * i + 50, 100 * j + 13), (100 * i + 100, 100 * j)]
                    )
                )
            if j < 8 and (2 * i + j) % 4:
                lines.append(LineString([(100 * i, 100 * j), (100 * i, 100 * j + 100)]))
    streets = build_streets(**segments_from_lines(gpd.GeoSeries(lines)))
    rng = np.random.default_rng(0)
    xy = rng.integers(0, 800_000, (2, 6))
    return streets, snap(*xy, streets=streets, min_component=10)


def test_a_street_is_cut_at_the_exact_place():
    streets = build_streets(**segments_from_lines(gpd.GeoSeries([LineString([(0, 0), (1000, 0)])])))
    school = snap([400_000], [-30_000], streets=streets, min_component=1)
    cut = reached_edges(streets, school, cutoff_m=130)
    assert shapely.union_all(cut).equals(LineString([(300, 0), (500, 0)]))
    assert reached_edges(streets, school, cutoff_m=30).is_empty
    assert service_area(streets, facilities=school, cutoff_m=30).is_empty
    area = service_area(streets, facilities=school, cutoff_m=130)
    assert area.area == pytest.approx(200 * 50 + np.pi * 25**2, rel=0.005)


def test_costs_count_not_lengths():
    """Towards the school people climb from the left: twice the cost, half the reach."""
    streets = build_streets(
        x_mm=[0, 1_000_000],
        y_mm=[0, 0],
        segment_u=[0],
        segment_v=[1],
        segment_line=[0],
        factor_uv_permille=[2000],
        factor_vu_permille=[1000],
    )
    cut = reached_edges(streets, placed([0], [500_000], [0]), cutoff_m=100)
    assert cut.bounds == (450, 0, 600, 0)


@given(drawn=NETWORKS, facilities=PLACES, cutoff_mm=st.integers(0, 5000))
@settings(max_examples=40, deadline=None)
def test_reached_streets_agree_with_costs(drawn, facilities, cutoff_mm):
    streets = streets_of(drawn)
    facilities = positions_of(streets, facilities)
    cut = reached_edges(streets, facilities, cutoff_m=cutoff_mm / 1000)
    edge = np.repeat(np.arange(len(streets.edge_u)), 5)
    offset = (
        streets.length_mm[edge] * np.tile([0.1, 0.3, 0.5, 0.7, 0.9], len(streets.edge_u))
    ).astype(int)
    people = placed(edge, offset, edge * 0)
    cost = walking_costs(streets, people, facilities).min(axis=1, initial=np.inf)
    spot = [_spot(streets, e, o) for e, o in zip(edge, offset, strict=True)]
    distance = (
        shapely.distance(cut, shapely.points(spot)) if not cut.is_empty else np.ones(len(spot))
    )
    clear = np.abs(cost - cutoff_mm) > 2  # millimetres
    reached = cost <= cutoff_mm
    assert (distance[clear & reached] < 0.002).all()
    # A street that is not reached may still touch or cross one that is.
    alone = shapely.distance(shapely.points(spot), _others(streets, edge)) > 0.01
    assert (distance[clear & ~reached & alone] > 1e-6).all()


def _spot(streets, edge, offset):
    part = slice(streets.vertex_start[edge], streets.vertex_start[edge + 1])
    at = streets.vertex_at_mm[part]
    return (
        np.interp(offset, at, streets.vertex_x_mm[part]) / 1000,
        np.interp(offset, at, streets.vertex_y_mm[part]) / 1000,
    )


def _others(streets, edge):
    start = streets.vertex_start
    xy = np.column_stack([streets.vertex_x_mm, streets.vertex_y_mm]) / 1000
    lines = [LineString(xy[a:b]) for a, b in pairwise(start)]
    others = [shapely.MultiLineString(lines[:e] + lines[e + 1 :]) for e in range(len(lines))]
    return np.array([o if not o.is_empty else Point(-99, -99) for o in others])[edge]


@pytest.mark.parametrize("cutoff_m", [60, 150, 400])
def test_areas_agree_with_exact_buffers(town, cutoff_m):
    streets, facilities = town
    area = service_area(streets, facilities=facilities, cutoff_m=cutoff_m)
    exact = service_area(streets, facilities=facilities, cutoff_m=cutoff_m, exact=True)
    assert area.is_valid
    assert area.intersection(exact).area / area.union(exact).area >= 0.995


def test_tiles_join_without_a_seam(town, monkeypatch):
    streets, facilities = town
    whole = service_area(streets, facilities=facilities, cutoff_m=300)
    monkeypatch.setattr(outlines, "_TILE", 16)
    tiled = service_area(streets, facilities=facilities, cutoff_m=300)
    assert tiled.is_valid
    assert tiled.symmetric_difference(whole).area < 1e-6


def test_larger_cutoffs_contain_smaller_ones(town):
    streets, facilities = town
    table = isochrones(streets, facilities=facilities, cutoffs_m=[100, 200, 400], crs="EPSG:4549")
    assert table.crs == "EPSG:4549"
    assert table["facility"].tolist() == [f for f in range(6) for _ in range(3)]
    assert table["cutoff_m"].tolist() == [100, 200, 400] * 6
    assert table.is_valid.all()
    small, middle, large = (table.geometry[i::3].reset_index(drop=True) for i in range(3))
    assert (small.difference(middle).area < 1e-6).all()
    assert (middle.difference(large).area < 1e-6).all()
    assert (small.area < middle.area).all()


def test_each_isochrone_is_the_area_of_its_facility_alone(town):
    streets, facilities = town
    rows = [3, 5]
    unplaced = placed([-1], [0], [0])
    three = type(facilities)(
        **{
            name: np.concatenate([getattr(facilities.take(rows), name), getattr(unplaced, name)])
            for name in vars(unplaced)
        }
    )
    table = isochrones(streets, facilities=three, cutoffs_m=[250])
    for row, area in zip(rows, table.geometry[:2], strict=True):
        alone = service_area(streets, facilities=facilities.take([row]), cutoff_m=250)
        assert area.symmetric_difference(alone).area < 1e-6
    assert table.geometry[2].is_empty


def test_threads_change_nothing(town):
    streets, facilities = town
    one, two = (
        isochrones(streets, facilities=facilities, cutoffs_m=[150, 300], threads=threads)
        for threads in (1, 2)
    )
    assert one.geometry.to_wkb().tolist() == two.geometry.to_wkb().tolist()


def test_a_geopackage_of_isochrones_reads_back(town, tmp_path):
    streets, facilities = town
    table = isochrones(streets, facilities=facilities, cutoffs_m=[100, 200], crs="EPSG:4549")
    table.to_file(tmp_path / "areas.gpkg")
    again = gpd.read_file(tmp_path / "areas.gpkg")
    assert again.crs == "EPSG:4549"
    assert again["cutoff_m"].tolist() == table["cutoff_m"].tolist()
    assert again.geometry.geom_equals(table.geometry).all()


def test_coarser_cells_have_fewer_corners(town):
    streets, facilities = town
    options = {"facilities": facilities, "cutoff_m": 300}
    fine, coarse = (service_area(streets, cell_m=cell_m, **options) for cell_m in (5, 10))
    assert shapely.get_num_coordinates(coarse) < 0.7 * shapely.get_num_coordinates(fine)
    assert coarse.intersection(fine).area / coarse.union(fine).area > 0.97
