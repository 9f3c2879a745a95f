"""Links and cuts of a user's layer: a footbridge joins, a wall and a locked gate part."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.errors import DataError
from siting.layers.links import to_whole_mm
from siting.layers.read import read_layers
from siting.network.modes import mode_streets
from siting.network.noding import to_mm
from siting.scenario.model import LayerSpecs

CRS = "EPSG:4549"
X, Y = 540_000, 3_354_000


@pytest.fixture
def place(tmp_path):
    """Two streets 100 m apart, with a river's width between them.

    (0,100) ─────────── (300,100)

    (0,0) ──(100,0)──(200,0)── (300,0)
    """
    lines = [[(0, 0), (100, 0), (200, 0), (300, 0)], [(0, 100), (300, 100)]]
    write(tmp_path, "streets", [shapely.LineString(line) for line in lines])
    return tmp_path


def write(folder, name, shapes):
    moved = [shapely.transform(shape, lambda xy: xy + np.array([X, Y])) for shape in shapes]
    table = gpd.GeoDataFrame({"name": [f"{i}" for i in range(len(moved))]}, geometry=moved, crs=CRS)
    table.to_file(folder / f"{name}.gpkg")


def read(folder, *named):
    """Read the streets with the layers named, and build the network of walking."""
    specs = LayerSpecs(**{name: {"path": f"{name}.gpkg"} for name in ("streets", *named)})
    layers = read_layers({k: v for k, v in specs if v}, base=folder, crs=CRS)
    return layers, mode_streets(layers.streets, mode="walk")


def test_without_a_link_they_are_apart(place):
    layers, network = read(place)
    assert len(network.component_size) == 2
    assert "links-added" not in {n["note"] for n in layers.notes}


def test_a_footbridge_joins_the_streets_at_both_its_ends(place):
    write(place, "links", [shapely.LineString([(150, 10), (150, 90)])])
    layers, network = read(place, "links")
    assert len(network.component_size) == 1
    link = layers.streets[layers.streets["class"] == "link"]
    assert link.length.tolist() == [100]  # to the streets themselves, not only between its ends
    assert {n["note"]: n["count"] for n in layers.notes}["links-added"] == 1
    assert [s["layer"] for s in layers.sources] == ["streets", "links"]


def test_a_link_leaves_the_streets_as_they_are(place):
    """Both parts of a street add up to it, because nothing was measured anew."""
    write(place, "links", [shapely.LineString([(33.333, 7), (77.777, 91)])])
    (_, before), (layers, after) = read(place), read(place, "links")
    assert layers.streets.geometry.iloc[:2].apply(lambda line: len(line.coords)).tolist() == [4, 2]
    assert after.cost_uv_mm[:-1].tolist() == before.cost_uv_mm.tolist() == [300_000, 300_000]
    assert after.parts.to_mm.tolist()[:4] == [33_333, 300_000, 77_777, 300_000]


def test_a_footbridge_may_end_on_a_footbridge(place):
    lines = [[(150, 10), (150, 90)], [(250, 50), (160, 50)]]
    write(place, "links", [shapely.LineString(line) for line in lines])
    layers, network = read(place, "links")
    links = layers.streets[layers.streets["class"] == "link"].geometry
    assert shapely.get_coordinates(links.iloc[1]).max(axis=0).tolist() == [X + 250, Y + 50]
    # From the street below (250, 0), the nearest to the one end, to the footbridge by the other.
    assert links.iloc[1].coords[-1] == (X + 150, Y + 50)
    assert network.joints.offset_mm.tolist() == [150_000, 250_000, 150_000, 50_000]


def test_the_nearest_street_is_the_same_however_it_is_drawn(place):
    rng = np.random.default_rng(3)
    lines = [shapely.LineString((rng.random((4, 2)) * 300).round(3)) for _ in range(20)]
    write(place, "links", [shapely.LineString(p) for p in (rng.random((30, 2, 2)) * 200).round(3)])
    found = []
    for drawn in (lines, [line.reverse() for line in lines]):
        write(place, "streets", drawn)
        layers, _ = read(place, "links")
        found.append(layers.streets[layers.streets["class"] == "link"].geometry.to_wkt().tolist())
    assert found[0] == found[1]


def test_a_wall_across_a_street_with_a_footbridge_takes_the_piece_beside_it(place):
    write(place, "links", [shapely.LineString([(250, 10), (250, 90)])])
    write(place, "cuts", [shapely.LineString([(220, -10), (220, 10)])])
    layers, network = read(place, "links", "cuts")
    assert layers.streets.length.sum() == 250 + 300 + 100
    assert len(network.component_size) == 2


def test_a_wall_closes_every_street_that_it_crosses(place):
    write(place, "cuts", [shapely.LineString([(150, -10), (150, 110)])])
    layers, network = read(place, "cuts")
    assert layers.streets.length.sum() == 200  # the crossed pieces are gone, whole
    assert len(network.component_size) == 2


def test_a_locked_gate_is_a_point(place):
    write(place, "cuts", [shapely.Point(150, 0.5)])
    layers, network = read(place, "cuts")
    assert layers.streets.length.sum() == 500
    assert len(network.component_size) == 3


def test_links_come_before_cuts(place):
    write(place, "links", [shapely.LineString([(150, 10), (150, 90)])])
    write(place, "cuts", [shapely.LineString([(140, 50), (160, 50)])])
    _, network = read(place, "links", "cuts")
    assert len(network.component_size) == 2


@pytest.mark.parametrize(
    ("name", "shape", "key"),
    [("links", shapely.LineString([(150, 10), (150, 900)]), "link-nowhere"),
     ("cuts", shapely.LineString([(150, 40), (150, 60)]), "cut-nothing"),
     ("cuts", shapely.Point(150, 50), "cut-nothing")],
)  # fmt: skip
def test_what_joins_or_cuts_nothing_is_a_fault_of_its_row(place, name, shape, key):
    write(place, name, [shapely.LineString([(10, -5), (10, 105)]), shape])
    with pytest.raises(DataError) as caught:
        read(place, name)
    (problem,) = caught.value.problems
    assert (problem.key, problem.where) == (key, f"{name}.gpkg:2")
    assert all(problem.as_dict("zh").values())


def test_streets_lie_on_whole_millimetres_once_read(place):
    rng = np.random.default_rng(1)
    lines = [shapely.LineString(rng.random((5, 2)) * 300) for _ in range(50)]
    write(place, "streets", lines)
    layers, network = read(place)
    xy = shapely.get_coordinates(layers.streets.geometry.to_numpy())
    assert (np.abs(xy * 1000 - np.rint(xy * 1000)) < 1e-4).all()
    assert to_whole_mm(layers.streets).geom_equals(layers.streets).all()
    vertices = set(zip(network.vertex_x_mm.tolist(), network.vertex_y_mm.tolist(), strict=True))
    assert vertices <= set(map(tuple, to_mm(xy).tolist()))
