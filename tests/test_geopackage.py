"""results.gpkg: an auditor's layers, styles that QGIS finds, the same bytes on every run."""

import dataclasses
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pyogrio
import pytest
from result_fixture import UNREACHABLE, sample_result

from siting.network.joints import Joints
from siting.report.geopackage import write_geopackage

LAYERS = [
    "units",
    "service_areas",
    "streets",
    "demand",
    "facilities",
    "gaps",
    "candidates",
    "verdicts",
    "on_site",
    "layer_styles",
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("geopackage")
    return folder / write_geopackage(sample_result(), folder, lang="zh")


def test_layers_and_rows(path):
    names = pyogrio.list_layers(path)[:, 0].tolist()
    assert names == LAYERS
    result = sample_result()
    judged = ~result.verdicts["verdict"].isin(["not_applicable", "outside"])
    for name, table in {"gaps": result.gaps, "verdicts": result.verdicts[judged]}.items():
        assert pyogrio.read_info(path, layer=name)["features"] == len(table)
    assert pyogrio.read_info(path, layer="streets")["crs"] == "EPSG:4549"


def test_nodes_inside_edges_are_a_layer_where_there_are_links(tmp_path):
    result = sample_result()
    node, edge, offset = np.array([[3], [1], [10]], np.int32)
    joints = Joints(edge=edge, offset_mm=offset, node=node)
    streets = SimpleNamespace(**(vars(result.streets) | {"joints": joints}))
    linked = dataclasses.replace(result, streets=streets)
    path = tmp_path / write_geopackage(linked, tmp_path, lang="zh")
    row = pyogrio.read_dataframe(path, layer="joints").iloc[0]
    assert (row["node"], row["edge"], row["offset_mm"]) == (3, 1, 10)
    assert row.geometry.coords[0] == (streets.node_x_mm[3] / 1000, streets.node_y_mm[3] / 1000)


def test_costs_can_be_recomputed_from_the_published_layers(path):
    """An auditor without our code: streets, demand and facilities give every cost again."""
    streets = pyogrio.read_dataframe(path, layer="streets")
    demand = pyogrio.read_dataframe(path, layer="demand").set_index("id")
    facilities = pyogrio.read_dataframe(path, layer="facilities").set_index("id")
    verdicts = pyogrio.read_dataframe(path, layer="verdicts")
    graph = nx.DiGraph()
    for row in streets.itertuples():
        for a, b, cost in ((row.u, row.v, row.cost_uv_mm), (row.v, row.u, row.cost_vu_mm)):
            if not graph.has_edge(a, b) or graph[a][b]["cost"] > cost:
                graph.add_edge(a, b, cost=cost)
    edges = streets.set_index("edge")
    rows = verdicts[(verdicts["part"] == "nursery") & (verdicts["cost_mm"] < UNREACHABLE)]
    for row in rows.iloc[::23].itertuples():
        home, site = demand.loc[row.demand], facilities.loc[row.facility]
        here, there = edges.loc[home["edge"]], edges.loc[site["edge"]]
        reach = nx.single_source_dijkstra_path_length
        legs = home["leg_mm"] + site["leg_mm"]
        found = []
        for start, first in (
            (here.u, home["offset_mm"]),
            (here.v, here.length_mm - home["offset_mm"]),
        ):
            far = reach(graph, start, weight="cost")
            ends = (
                (there.u, site["offset_mm"]),
                (there.v, there.length_mm - site["offset_mm"]),
            )
            found += [first + far[end] + last + legs for end, last in ends if end in far]
        if home["edge"] == site["edge"]:
            found.append(abs(home["offset_mm"] - site["offset_mm"]) + legs)
        assert min(found) == row.cost_mm


def test_styles_name_layers_and_parse(path):
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT f_table_name, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        listed = database.execute(
            "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'"
        ).fetchall()
    assert listed == [("attributes",)]
    assert {name for name, _, _ in rows} == set(LAYERS) - {"verdicts", "on_site", "layer_styles"}
    for name, text, default in rows:
        root = ET.fromstring(text.removeprefix("<!DOCTYPE qgis>"))  # noqa: S314  our own text
        assert root.tag == "qgis", name
        assert default == 1
        symbols = root.findall("./renderer-v2/symbols/symbol")
        assert symbols
        for category in root.findall("./renderer-v2/categories/category"):
            assert category.get("symbol") in {symbol.get("name") for symbol in symbols}


def test_labels_speak_the_language(tmp_path, path):
    other = write_geopackage(sample_result(), tmp_path, lang="en")
    query = "SELECT styleQML FROM layer_styles WHERE f_table_name = 'facilities'"
    for file, word in ((path, "运营"), (tmp_path / other, "operating")):
        with closing(sqlite3.connect(file)) as database:
            assert f'label="{word}"' in database.execute(query).fetchone()[0]


def test_empty_layers_keep_their_geometry_type(tmp_path):
    result = sample_result()
    nothing = dataclasses.replace(
        result, gaps=result.gaps.iloc[:0], candidates=result.candidates.iloc[:0]
    )
    write_geopackage(nothing, tmp_path, lang="zh")
    assert pyogrio.read_info(tmp_path / "results.gpkg", layer="gaps")["geometry_type"] == "Point"


def test_the_same_bytes_on_every_run(path, tmp_path):
    write_geopackage(sample_result(), tmp_path, lang="zh")
    assert (tmp_path / "results.gpkg").read_bytes() == path.read_bytes()


def test_positions_are_in_metres(path):
    demand = pyogrio.read_dataframe(path, layer="demand")
    assert np.allclose(demand.geometry.x * 1000, demand["x_mm"])
