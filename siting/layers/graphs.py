"""Street graphs of osmnx, taken in and given out: a MultiDiGraph, or the GraphML it is saved as."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError  # only the error: networkx does the parsing

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from siting.errors import DataError, problem
from siting.layers.links import with_feet
from siting.layers.raw import Raw, first_line, numbered

if TYPE_CHECKING:
    from pathlib import Path

FIRST_BYTES = 64 << 10  # a document type, which could define endless entities, stands at the start


def read_graphml(path: Path) -> Raw:
    """Read the GraphML that osmnx saves, as lines of streets.

    Raises
    ------
    DataError
        If it is no GraphML, or no graph of streets with positions and a CRS.
    """
    with path.open("rb") as stream:
        if b"<!DOCTYPE" in stream.read(FIRST_BYTES):
            raise DataError(problem("file-damaged", path.name, detail="DOCTYPE"))
    try:
        graph = nx.MultiDiGraph(nx.read_graphml(path, force_multigraph=True))
        return numbered(streets_from_graph(graph))
    except KeyError as error:
        raise DataError(problem("file-damaged", path.name, detail=f"no {error}")) from error
    except (ParseError, nx.NetworkXError, ValueError) as error:
        raise DataError(problem("file-damaged", path.name, detail=first_line(error))) from error


def streets_from_graph(graph: nx.MultiDiGraph[Any]) -> gpd.GeoDataFrame:
    """Return the edges of an osmnx graph as lines with `class` and `name`.

    People walk both ways: an edge and its reverse are one line. An edge without a geometry of its
    own is straight.

    Parameters
    ----------
    graph
        With `crs`, nodes with `x` and `y`; edges may have `geometry` (shapely or WKT), `highway`
        and `name`, each perhaps a list.
    """
    rows: dict[bytes, tuple[str | None, str | None]] = {}
    for u, v, data in graph.edges(data=True):
        line = _line(graph, u, v, data)
        rows.setdefault(
            shapely.normalize(line).wkb, (_first(data.get("highway")), _first(data.get("name")))
        )
    found = sorted(rows.items())
    return gpd.GeoDataFrame(
        pd.DataFrame([words for _, words in found], columns=["class", "name"], dtype="str"),
        geometry=shapely.from_wkb(np.array([line for line, _ in found], dtype=object)),
        crs=graph.graph["crs"],
    )


def graph_from_streets(streets: gpd.GeoDataFrame) -> nx.MultiDiGraph[int]:
    """Return walkable streets as the graph that osmnx works with, one edge in each direction.

    Streets join where they share a vertex, links where they end on a street. Nodes are numbered in
    order of x and y and have `x`, `y`; edges have `osmid` (the row), `length` in metres,
    `geometry`, `highway`, `name`.

    Parameters
    ----------
    streets
        The streets layer, in a metric CRS.
    """
    walked = streets[streets["walkable"].astype(bool)] if "walkable" in streets else streets
    walked = with_feet(walked) if "class" in walked else walked
    shapes = walked.geometry.to_numpy()
    xy, line = shapely.get_coordinates(shapes, return_index=True)
    places, node = np.unique(xy, axis=0, return_inverse=True)
    end = np.r_[True, line[1:] != line[:-1]] | np.r_[line[1:] != line[:-1], True]
    # a vertex is a node of the graph where a line ends or several pass
    is_node = (np.bincount(node, minlength=len(places)) > 1) | (
        np.bincount(node, weights=end, minlength=len(places)) > 0
    )
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=str(streets.crs))
    graph.add_nodes_from(
        (int(n), {"x": float(places[n, 0]), "y": float(places[n, 1])})
        for n in np.flatnonzero(is_node)
    )
    stops = np.flatnonzero(is_node[node])
    for first, last in pairwise(stops):
        if line[first] != line[last]:
            continue
        row = walked.iloc[line[first]]
        part = shapely.LineString(xy[first : last + 1])
        words = {k: row[c] for k, c in (("highway", "class"), ("name", "name")) if pd.notna(row[c])}
        u, v = int(node[first]), int(node[last])
        known = {"osmid": int(walked.index[line[first]]), "length": part.length, **words}
        graph.add_edge(u, v, geometry=part, **known)
        graph.add_edge(v, u, geometry=part.reverse(), **known)
    return graph


def _line(
    graph: nx.MultiDiGraph[Any], u: object, v: object, data: dict[str, Any]
) -> shapely.LineString:
    drawn = data.get("geometry")
    if drawn is None:
        ends = [(float(graph.nodes[n]["x"]), float(graph.nodes[n]["y"])) for n in (u, v)]
        return shapely.LineString(ends)
    return shapely.from_wkt(drawn) if isinstance(drawn, str) else drawn


def _first(value: object) -> str | None:
    """Return a tag, or the first of several; GraphML writes a list as Python would."""
    if isinstance(value, str) and value.startswith("["):
        value = ast.literal_eval(value)
    if isinstance(value, list):
        value = value[0] if value else None
    return None if value is None else str(value)
