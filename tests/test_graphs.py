"""Graphs of osmnx taken in and given out, by osmnx itself."""

import geopandas as gpd
import networkx as nx
import pytest
import shapely

from siting.errors import DataError
from siting.layers.graphs import graph_from_streets, streets_from_graph
from siting.layers.links import linked
from siting.layers.model import Notes
from siting.layers.readers import read_raw
from siting.layers.schemas import schemas

CRS = "EPSG:4549"


def drawn():
    """A crossing of two streets, a bent one, and one that is not walkable.

        c
        |
    a---b---d--.
        |      |
        e------f     a motorway passes below
    """
    lines = [[(0, 0), (100, 0), (200, 0)], [(100, 100), (100, 0), (100, -100)],
             [(200, 0), (260, 0), (260, -100), (100, -100)], [(0, -200), (300, -200)]]  # fmt: skip
    return gpd.GeoDataFrame(
        {"class": ["支路", "支路", "footway", "快速路"], "name": ["横街", None, None, None],
         "walkable": [True, True, True, False]},
        geometry=[shapely.LineString(line) for line in lines], crs=CRS,
    )  # fmt: skip


def test_streets_become_a_graph_that_joins_where_they_share_a_vertex():
    graph = graph_from_streets(drawn())
    assert len(graph) == 5  # a, b, c, d, e; f is a bend
    lengths = sorted(data["length"] for _, _, data in graph.edges(data=True))
    assert lengths == [100.0] * 8 + [320.0] * 2
    assert nx.is_strongly_connected(graph)
    assert {d.get("name") for _, _, d in graph.edges(data=True)} == {"横街", None}


def test_there_and_back_is_the_same_ground():
    back = streets_from_graph(graph_from_streets(drawn()))
    walked = drawn()[:3]
    assert back.union_all().equals(walked.union_all())
    assert back.length.sum() == walked.length.sum()  # one line for both directions
    assert str(back.crs) == CRS


def test_osmnx_reads_and_writes_them(tmp_path):
    import osmnx

    graph = graph_from_streets(drawn())
    path = tmp_path / "walk.graphml"
    osmnx.save_graphml(graph, path)
    loaded = osmnx.load_graphml(path)
    assert osmnx.convert.graph_to_gdfs(loaded, nodes=False)["length"].sum() == 1440
    raw = read_raw(path, layer=None, schema=schemas()["streets"], notes=Notes("w"))
    assert raw.crs == CRS
    assert raw.table.length.sum() == 720
    assert set(raw.table["class"]) == {"支路", "footway"}


def test_straight_edges_and_lists_of_tags():
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_node(1, x=120.3, y=30.3)
    graph.add_node(2, x=120.4, y=30.3)
    graph.add_edge(1, 2, highway="['steps', 'path']")
    graph.add_edge(2, 1, highway=["steps", "path"])
    (row,) = streets_from_graph(graph).itertuples()
    assert row[1] == "steps"
    assert row.geometry.length == pytest.approx(0.1)


@pytest.mark.parametrize(
    "text",
    ["<graphml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><graphml/>', "<html></html>",
     ('<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
     '<node id="1"/><node id="2"/><edge source="1" target="2"/></graph></graphml>')],
)  # fmt: skip
def test_what_is_no_graph_of_streets(tmp_path, text):
    path = tmp_path / "f.graphml"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_raw(path, layer=None, schema=schemas()["streets"], notes=Notes("w"))
    assert caught.value.problems[0].key == "file-damaged"


def test_a_link_is_joined_in_the_graph_where_it_ends_on_a_street():
    lines = [[(0, 0), (100, 0)], [(0, 50), (100, 50)]]
    plain = {"name": "", "walkable": True, "data_nature": "", "class": "residential"}
    rows = [plain, plain]
    streets = gpd.GeoDataFrame(rows, geometry=[shapely.LineString(p) for p in lines], crs=CRS)
    bridge = shapely.LineString([(33, 10), (77, 40)])
    graph = graph_from_streets(linked(streets, bridge, name="", data_nature=""))
    assert nx.number_weakly_connected_components(graph) == 1
    assert sorted(data["length"] for *_, data in graph.edges(data=True))[:4] == [23, 23, 33, 33]
