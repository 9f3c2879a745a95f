"""PostGIS: a real server, started here on loopback as a user who is not root."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from siting.errors import DataError
from siting.layers.database import is_database, read_database, shown
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
POSTGIS = any(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
REQUIRED = os.environ.get("SITING_REQUIRE_POSTGIS") == "1"
SQL = """
CREATE EXTENSION postgis;
CREATE SCHEMA plan;
CREATE TABLE plan.schools (bh text, name text, lx text, geom geometry(Point, 4490));
INSERT INTO plan.schools VALUES
  ('b', '二园', '幼儿园', ST_SetSRID(ST_MakePoint(120.42, 30.31), 4490)),
  ('a', '一园', '幼儿园', ST_SetSRID(ST_MakePoint(120.41, 30.30), 4490));
CREATE TABLE mixed AS SELECT ST_SetSRID(ST_MakePoint(0, 0), 4326 + g) AS geom
  FROM generate_series(0, 164, 164) AS g;
CREATE TABLE two AS SELECT ST_MakePoint(0, 0) AS a, ST_MakePoint(1, 1) AS b;
"""


def run(*command):
    """Run as the database's own user: its server refuses root."""
    user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    return subprocess.run(command, check=True, capture_output=True, cwd="/", **user)


@pytest.fixture(scope="module")
def server():
    if not (BIN and POSTGIS):
        if REQUIRED:
            pytest.fail("PostgreSQL with PostGIS is not installed")
        pytest.skip("PostgreSQL with PostGIS is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.mkdtemp()
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = f"{folder}/data"
    run(BIN / "initdb", "-D", data, "-A", "trust", "-U", "planner", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    run(BIN / "pg_ctl", "-D", data, "-o", options, "-w", "-l", f"{folder}/log", "start")
    try:
        url = f"postgresql://planner:secret@127.0.0.1:{port}/postgres"
        run(BIN / "psql", "-v", "ON_ERROR_STOP=1", "-c", SQL, url)
        yield url
    finally:
        run(BIN / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def refusal(url, layer):
    with pytest.raises(DataError) as caught:
        read_database(url, layer=layer)
    (problem,) = caught.value.problems
    assert "secret" not in str(problem.as_dict("zh"))
    return problem.key


@pytest.mark.parametrize("layer", ["plan.schools", "SELECT * FROM plan.schools WHERE bh <> 'c'"])
def test_a_table_and_a_query(server, layer):
    raw, checksum = read_database(server, layer=layer)
    assert raw.crs == "EPSG:4490"
    assert raw.table["name"].tolist() == ["一园", "二园"]  # in the order of contents
    assert raw.table.geometry.iloc[0].equals(shapely.Point(120.41, 30.30))
    named = server.replace("postgresql://", "postgresql+psycopg://")
    assert read_database(named, layer=layer)[1] == checksum


def test_a_layer_of_a_scenario_says_nothing_of_the_password(server, tmp_path):
    unit = gpd.GeoDataFrame(
        {"代码": ["A"], "层级": ["社区"]}, geometry=[shapely.box(120.4, 30.2, 120.5, 30.4)],
        crs="EPSG:4490",
    )  # fmt: skip
    unit.to_file(tmp_path / "units.gpkg")
    spec = LayerSpec(path=server, layer="plan.schools")
    layers = read_layers(
        {"facilities": [spec], "units": LayerSpec(path="units.gpkg")},
        base=tmp_path, crs="EPSG:4549",
    )  # fmt: skip
    assert layers.facilities["id"].tolist() == ["a", "b"]
    assert layers.facilities["community"].tolist() == ["A", "A"]
    assert "secret" not in repr((layers.sources, layers.notes))


def test_what_a_server_refuses(server):
    assert refusal(server, "nowhere") == "database-refused"
    assert refusal(server, None) == "database-layer"
    assert refusal(server, "mixed") == "crs-several"
    assert refusal(server, "two") == "database-geometries"


def test_a_query_cannot_write(server):
    query = "WITH gone AS (DELETE FROM plan.schools RETURNING *) SELECT * FROM gone"
    assert refusal(server, query) == "database-refused"
    assert len(read_database(server, layer="plan.schools")[0].table) == 2


def test_no_server():
    pytest.importorskip("psycopg")
    assert refusal("postgresql://planner:secret@127.0.0.1:1/x", "t") == "database-refused"


def test_addresses():
    assert is_database("postgresql://h/d")
    assert is_database("postgresql+psycopg2://h/d")
    assert shown("postgresql+psycopg://u:secret@h/d") == "postgresql://h/d"
    assert not is_database("residents.gpkg")
    assert shown("postgresql://u:secret@h:5433/d?password=secret") == "postgresql://h:5433/d"
