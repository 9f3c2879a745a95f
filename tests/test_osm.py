"""OpenStreetMap: who may walk where, gates, nested facilities, the sea; and real extracts."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.errors import DataError
from siting.layers import osm_streets, osm_water
from siting.layers import osm_tables as osm
from siting.layers.osm import ExtractFile
from siting.layers.read import read_layers
from siting.network.modes import mode_streets
from siting.scenario.model import LayerSpec

CACHE = Path(__file__).parent.parent / ".cache"


def cached(name):
    """Return an extract that the set-up fetched; required where the environment says so."""
    path = CACHE / name
    if not path.is_file():
        if os.environ.get("SITING_REQUIRE_EXTRACTS") == "1":
            pytest.fail(f"{path} is missing: run layers/fetch.py")
        pytest.skip(f"{name} was not fetched")
    return path


@pytest.mark.parametrize(
    ("tags", "open_"),
    [
        ({"highway": "footway"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "residential"}, True),
        ({"highway": "trunk"}, True),
        ({"highway": "trunk", "foot": "no"}, False),
        ({"highway": "trunk", "motorroad": "yes"}, False),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway_link"}, False),
        ({"highway": "motorway", "foot": "yes"}, True),
        ({"highway": "primary", "tunnel": "yes"}, False),
        ({"highway": "primary", "tunnel": "yes", "sidewalk": "both"}, True),
        ({"highway": "primary", "tunnel": "yes", "sidewalk": "no"}, False),
        ({"highway": "residential", "tunnel": "yes"}, True),
        ({"highway": "footway", "tunnel": "yes"}, True),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "no"}, False),
        ({"highway": "service", "access": "private", "foot": "permissive"}, True),
        ({"highway": "service", "access": "customers"}, True),
        ({"highway": "cycleway", "foot": "no"}, False),
        ({"highway": "cycleway"}, True),
        ({"highway": "residential", "foot": "use_sidepath"}, False),
    ],
)
def test_who_may_walk(tags, open_):
    assert osm_streets.walkable(tags) is open_


# A map on a grid of 0.001 degrees: nodes are numbered 1 … by row (y) and column (x).
NODES = {row * 10 + column: (column / 1000, row / 1000) for row in range(8) for column in range(8)}


def write_osm(path, *, ways=(), nodes=None, relations=()):
    """Write OSM XML: ways are (node numbers, tags), nodes {number: tags}."""
    lines = ["<osm version='0.6'>"]
    for number, (x, y) in NODES.items():
        tags = "".join(f"<tag k='{k}' v='{v}'/>" for k, v in (nodes or {}).get(number, {}).items())
        lines.append(f"<node id='{number + 1}' version='1' lon='{x}' lat='{y}'>{tags}</node>")
    for i, (refs, tags) in enumerate(ways, start=1):
        inner = "".join(f"<nd ref='{r + 1}'/>" for r in refs)
        inner += "".join(f"<tag k='{k}' v='{v}'/>" for k, v in tags.items())
        lines.append(f"<way id='{i}' version='1'>{inner}</way>")
    for i, (members, tags) in enumerate(relations, start=1):
        inner = "".join(f"<member type='way' ref='{w}' role='{role}'/>" for w, role in members)
        inner += "".join(f"<tag k='{k}' v='{v}'/>" for k, v in tags.items())
        lines.append(f"<relation id='{i}' version='1'>{inner}</relation>")
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def square(corner, size=1):
    a = corner
    return [a, a + size, a + size * 11, a + size * 10, a]


@pytest.fixture
def extract(tmp_path):
    def read(*, box=None, **content):
        return ExtractFile(write_osm(tmp_path / "m.osm", **content), box)

    return read


def lines_of(streets):
    return [[tuple(np.round(xy, 4)) for xy in line.coords] for line in streets.geometry]


def test_ferries_and_plans_are_no_streets(extract):
    streets = osm_streets.walking_streets(
        extract(
            ways=[
                ([0, 1], {"highway": "footway", "name": "Path"}),
                ([1, 2], {"route": "ferry"}),
                ([2, 3], {"highway": "construction"}),
                ([3, 4], {"highway": "proposed"}),
                ([4, 5], {"highway": "motorway"}),
            ]
        )
    )
    assert streets["class"].tolist() == ["footway", "motorway"]
    assert streets["walkable"].tolist() == [True, False]
    assert streets["name"].tolist()[0] == "Path"


def test_lines_meet_in_equal_coordinates(extract):
    streets = osm_streets.walking_streets(
        extract(ways=[([0, 1, 2], {"highway": "path"}), ([11, 1], {"highway": "path"})])
    ).to_crs("EPSG:3857")
    first, second = (np.rint(shapely.get_coordinates(g) * 1000) for g in streets.geometry)
    assert (first[1] == second[1]).all()


def test_a_closed_gate_cuts_and_an_open_one_does_not(extract):
    def parts(tags):
        found = extract(ways=[([0, 1, 2], {"highway": "service"})], nodes={1: tags})
        return osm_streets.walking_streets(found).geometry

    whole = parts({"barrier": "gate"})
    assert len(whole) == 1
    assert len(parts({"barrier": "gate", "access": "private", "foot": "yes"})) == 1
    cut = parts({"barrier": "gate", "access": "private"})
    assert len(cut) == 2
    gap_m = shapely.distance(*cut) * 111_320
    assert 0.5 < gap_m < 2
    assert shapely.length(cut.to_numpy()).sum() == pytest.approx(0.002, abs=2e-5)


def test_a_closed_gate_where_streets_meet_cuts_them_all(extract):
    found = extract(
        ways=[([0, 1], {"highway": "path"}), ([1, 2], {"highway": "path"}),
              ([11, 1], {"highway": "path"})],
        nodes={1: {"barrier": "gate", "access": "no"}},
    )  # fmt: skip
    lines = osm_streets.walking_streets(found).geometry.to_numpy()
    assert len(lines) == 3
    assert not shapely.touches(lines[0], lines[1:]).any()


def test_the_box_cuts_streets_into_runs(extract):
    way = ([0, 1, 11, 12, 2, 3], {"highway": "path"})  # leaves the box and comes back
    streets = osm_streets.walking_streets(extract(ways=[way], box=(-0.1, -0.1, 0.1, 0.0005)))
    assert lines_of(streets) == [[(0, 0), (0.001, 0)], [(0.002, 0), (0.003, 0)]]


def test_facilities_by_tag_table_and_without_their_own_buildings(extract):
    found = osm.facilities(
        extract(
            ways=[
                (square(0, 3), {"amenity": "kindergarten", "name": "Sunshine"}),
                (square(11), {"amenity": "kindergarten", "building": "yes"}),
                (square(44), {"amenity": "social_facility", "social_facility": "assisted_living",
                              "social_facility:for": "senior"}),
                (square(46), {"amenity": "social_facility", "social_facility": "shelter"}),
            ],
            nodes={
                12: {"amenity": "kindergarten"},  # within the first
                77: {"amenity": "school", "operator:type": "public"},
                70: {"amenity": "bench"},
            },
        ),
        kind=None,
    )  # fmt: skip
    assert found[["id", "kind"]].to_numpy().tolist() == [
        ["w1", "kindergarten"], ["w3", "elder_home"], ["n78", "primary_school"],
    ]  # fmt: skip
    assert found["ownership"].tolist()[2] == "public"
    assert (found.geom_type == "Point").all()


def test_facilities_of_one_kind(extract):
    content = {"nodes": {1: {"amenity": "school"}, 2: {"amenity": "kindergarten"}}}
    assert osm.facilities(extract(**content), kind="kindergarten")["id"].tolist() == ["n3"]
    assert osm.facilities(extract(**content), kind="hospital").empty


def test_homes_and_their_storeys(extract):
    found = osm.homes(
        extract(
            ways=[
                (square(0), {"building": "house"}),
                (square(2), {"building": "apartments", "building:levels": "7"}),
                (square(4), {"building": "apartments", "building:levels": "many"}),
                (square(6), {"building": "garage"}),
            ]
        )
    )
    assert found[["id", "levels"]].to_numpy().tolist() == [["w1", 1.5], ["w2", 7.0], ["w3", 4.0]]


def test_a_lake_of_a_relation_keeps_its_island(extract):
    found = osm_water.water(
        extract(
            ways=[(square(0, 4), {}), (square(11), {})],
            relations=[
                ([(1, "outer"), (2, "inner")], {"type": "multipolygon", "natural": "water"})
            ],
        )
    )
    assert len(found) == 1
    assert shapely.area(found.geometry.to_numpy()).sum() == pytest.approx(15e-6)


def test_the_sea_lies_to_the_right_of_the_coast():
    box = (0.0, 0.0, 4.0, 4.0)
    northward = np.array([shapely.LineString([(1, -1), (1, 5)])], dtype=object)
    (sea,) = osm_water.sea_in(northward, box)
    assert sea.bounds == (1.0, 0.0, 4.0, 4.0)
    (sea,) = osm_water.sea_in(shapely.reverse(northward), box)
    assert sea.bounds == (0.0, 0.0, 1.0, 4.0)
    island = np.array([shapely.LinearRing([(1, 1), (2, 1), (2, 2), (1, 2)])], dtype=object)
    (sea,) = osm_water.sea_in(shapely.linestrings([r.coords for r in island]), box)
    assert sea.area == 15
    assert len(osm_water.sea_in(np.empty(0, object), box)) == 0


def test_damaged_extract(tmp_path):
    path = tmp_path / "m.osm.pbf"
    path.write_bytes(b"\0\0\0\x0dnot an extract")
    with pytest.raises(DataError) as caught:
        _ = ExtractFile(path).lines
    assert caught.value.problems[0].key == "file-damaged"


def test_helsinki_is_real_data():
    extract = ExtractFile(cached("helsinki.osm.pbf"))
    streets = osm_streets.walking_streets(extract).to_crs("EPSG:3067")
    walked = streets[streets["walkable"]]
    coordinates = np.rint(shapely.get_coordinates(walked.geometry) * 1000)
    nodes = np.unique(coordinates, axis=0)
    assert 6000 < len(nodes) < len(coordinates)  # lines share nodes
    assert walked.length.sum() == pytest.approx(100_000, rel=0.1)
    schools = osm.facilities(extract, kind="primary_school")
    assert "Kaisaniemen ala-aste" in schools["name"].tolist()
    assert len(osm.homes(extract)) > 10


def test_all_of_iceland_is_read_and_built():
    path = str(cached("iceland.osm.pbf"))
    layers = read_layers({"streets": LayerSpec(path=path)}, base=CACHE, crs="EPSG:3057")
    streets = mode_streets(layers.streets, mode="walk")
    walked = layers.streets[layers.streets["walkable"]]
    millimetres = np.rint(shapely.get_coordinates(walked.geometry) * 1000).astype(np.int64)
    nodes = np.unique(millimetres @ np.array([10**10, 1]))
    assert len(nodes) == pytest.approx(1_012_611, abs=100)  # a closed gate parts one into several
    assert len(streets.edge_u) > 100_000


def test_reykjavik_as_the_scenario_reads_it():
    path = str(cached("iceland.osm.pbf"))
    box = (-22.10, 64.00, -21.58, 64.21)
    shares = {"0-17": 0.23, "18-59": 0.57, "60+": 0.20}
    layers = read_layers(
        {
            "residents": LayerSpec(path=path, bbox=box, total=140_000, shares=shares),
            "streets": LayerSpec(path=path, bbox=box),
            "facilities": [LayerSpec(path=path, bbox=box, kind="kindergarten")],
            "water": LayerSpec(path=path, bbox=box),
            "units": LayerSpec(grid_m=1000),
        },
        base=CACHE,
        crs="EPSG:3057",
    )
    walked = layers.streets[layers.streets["walkable"]]
    nodes = np.unique(np.rint(shapely.get_coordinates(walked.geometry) * 1000), axis=0)
    assert len(nodes) == pytest.approx(177_460, rel=0.02)
    assert layers.residents.filter(regex=r"^p_?\d").to_numpy().sum() == 140_000
    assert len(layers.facilities) == pytest.approx(105, abs=10)
    assert (layers.units["level"] == "grid").all()
    assert layers.units["land_km2"].max() <= 1 + 1e-9
    assert (layers.units["land_km2"] < 0.99).any()  # the sea is no land
    assert isinstance(layers.water, gpd.GeoDataFrame)
    assert not layers.facilities["outside"].any()
