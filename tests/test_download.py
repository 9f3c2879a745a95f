"""OpenStreetMap by place or box through osmnx, from a server of the test's own on loopback."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import osmnx
import pytest
from town import write_town

from siting.errors import DataError, ScenarioError
from siting.layers.download import download_layer, wanted
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec, LayerSpecs
from siting.toml import parse

BOX = (120.30, 30.30, 120.32, 30.32)
NODES = {
    1: (120.305, 30.305),
    2: (120.310, 30.305),
    3: (120.315, 30.305),
    4: (120.310, 30.310),
    5: (120.330, 30.305),
    6: (120.311, 30.311),
    7: (120.311, 30.312),
    8: (120.312, 30.311),
}
WAYS = [
    (10, [1, 2, 3, 5], {"highway": "residential", "name": "文泽路"}),
    (11, [2, 4], {"highway": "service", "access": "private"}),
    (12, [6, 7, 8, 6], {"amenity": "kindergarten", "name": "第一幼儿园"}),
]
GATE = {"type": "node", "id": 2, "tags": {"barrier": "gate", "access": "no"}}
PLACE = [{"osm_type": "relation", "osm_id": 1, "display_name": "下沙", "importance": 1,
          "class": "boundary", "type": "administrative", "lat": "30.31", "lon": "120.31",
          "boundingbox": ["30.30", "30.32", "120.30", "120.32"],
          "geojson": {"type": "Polygon", "coordinates": [[
              [120.30, 30.30], [120.32, 30.30], [120.32, 30.32], [120.30, 30.32],
              [120.30, 30.30]]]}}]  # fmt: skip


def answer(query):
    """Answer as Overpass would: the ways that bear a tag of the query, and all nodes."""
    ways = [{"type": "way", "id": i, "nodes": refs, "tags": tags} for i, refs, tags in WAYS
            if any(f"'{key}'" in query for key in tags)]  # fmt: skip
    nodes = [{"type": "node", "id": i, "lon": x, "lat": y} for i, (x, y) in NODES.items()]
    if "'barrier'" in query:
        nodes[1] |= GATE
    return {"elements": [*ways, *nodes] if ways else []}


class Server(BaseHTTPRequestHandler):
    asked = []  # noqa: RUF012

    def do_GET(self):
        self.asked.append(self.path)
        self.reply(PLACE)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = parse_qs(body)["data"][0]
        self.asked.append(query)
        self.reply(answer(query))

    def reply(self, data):
        text = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    httpd = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{httpd.server_port}"
    for setting, value in (("overpass_url", address), ("nominatim_url", f"{address}/"),
                           ("overpass_rate_limit", False)):  # fmt: skip
        monkeypatch.setattr(osmnx.settings, setting, value)
    monkeypatch.setattr("osmnx._http._config_dns", lambda _url: None)  # it rewires the process
    monkeypatch.setattr("time.sleep", lambda _s: None)
    Server.asked.clear()
    yield Server.asked
    httpd.shutdown()
    httpd.server_close()


def spec(path, **download):
    return LayerSpec(path=path, download=download)


@pytest.mark.usefixtures("server")
def test_streets_of_a_box_by_the_rules_of_walking(tmp_path):
    asked = spec("streets.gpkg", bbox=BOX)
    download_layer("streets", asked, base=tmp_path)
    layers = read_layers({"streets": asked}, base=tmp_path, crs="EPSG:4549")
    streets = layers.streets
    assert sorted(set(streets["class"])) == ["residential", "service"]
    assert streets.groupby("class")["walkable"].all().to_dict() == {
        "residential": True, "service": False,
    }  # fmt: skip
    roads = streets[streets["class"] == "residential"]
    assert len(roads) == 2  # the locked gate at node 2 cuts it
    assert roads.to_crs(4326).total_bounds[2] < 120.32  # cut at the box
    assert list(tmp_path.iterdir()) == [tmp_path / "streets.gpkg"]  # no cache, no part


def test_facilities_of_a_place_by_name(server, tmp_path):
    asked = spec("kindergartens.gpkg", place="下沙")
    download_layer("facilities", asked, base=tmp_path)
    table = read_layers({"facilities": [asked]}, base=tmp_path, crs="EPSG:4549").facilities
    assert table[["id", "kind", "name"]].to_numpy().tolist() == [
        ["w12", "kindergarten", "第一幼儿园"]
    ]
    assert any("/search" in path for path in server)


def test_a_run_never_downloads(server, tmp_path):
    with pytest.raises(DataError) as caught:
        read_layers({"streets": spec("s.gpkg", bbox=BOX)}, base=tmp_path, crs="EPSG:4549")
    assert [p.key for p in caught.value.problems] == ["download-missing"]
    assert server == []


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("name", "asked", "key"),
    [("parcels", spec("p.gpkg", bbox=BOX), "osm-layer"),
     ("streets", spec("s.shp", bbox=BOX), "download-path"),
     ("barriers", spec("b.gpkg", bbox=BOX), "download-refused")],  # there is nothing of the kind
)  # fmt: skip
def test_what_cannot_be_downloaded(tmp_path, name, asked, key):
    with pytest.raises(DataError) as caught:
        download_layer(name, asked, base=tmp_path)
    (problem,) = caught.value.problems
    assert problem.key == key
    assert all(problem.as_dict("zh").values())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("server")
def test_offline_is_said_and_leaves_the_older_file(tmp_path, monkeypatch):
    monkeypatch.setattr(osmnx.settings, "overpass_url", "http://127.0.0.1:9")
    (tmp_path / "s.gpkg").write_text("older")
    with pytest.raises(DataError) as caught:
        download_layer("streets", spec("s.gpkg", bbox=BOX), base=tmp_path)
    assert caught.value.problems[0].key == "download-refused"
    assert (tmp_path / "s.gpkg").read_text() == "older"


def test_blocks_that_ask_for_a_download_are_found_wherever_they_stand():
    layers = LayerSpecs(
        streets=spec("s.gpkg", bbox=BOX),
        facilities=[LayerSpec(path="a.csv"), spec("f.gpkg", place="下沙")],
        residents=LayerSpec(path="r.csv", over=spec("b.gpkg", bbox=BOX)),
    )
    found = [(name, one.path) for name, one in wanted({k: v for k, v in layers if v})]
    assert sorted(found) == [
        ("buildings", "b.gpkg"), ("facilities", "f.gpkg"), ("streets", "s.gpkg"),
    ]  # fmt: skip


@pytest.mark.parametrize("download", [{}, {"place": "a", "bbox": list(BOX)}])
def test_a_place_or_a_box_but_not_both(tmp_path, download):
    with pytest.raises(ScenarioError):
        parse(LayerSpec, {"path": "s.gpkg", "download": download}, path=tmp_path / "x.toml")


def test_the_command_says_that_there_is_nothing_to_download(tmp_path):
    scenario = write_town(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "siting", "download", str(scenario)], cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "download" in done.stderr
