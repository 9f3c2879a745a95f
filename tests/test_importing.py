"""An import goes on without faulty rows, says why, and shows what is doubtful."""

import json
import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.checks.imported import with_suspicions
from siting.cli import main
from siting.errors import DataError
from siting.layers.import_report import report_page, report_text
from siting.layers.importing import import_file, write_layer
from siting.layers.read import read_layers
from siting.layers.shifted import gcj02_from_wgs84
from siting.scenario.model import LayerSpec

METRIC = "EPSG:4549"
SHEET = """\
钱塘区幼儿园一览表
名称,类型,经度,纬度,学位数
一园,幼儿园,120.410,30.300,"1,200"
一园,幼儿园,120.4102,30.300,90
三园,幼儿园,120.412,30.301,很多
四园,咖啡馆,120.413,30.301,60
五园,幼儿园,30.301,12.0414,60
六园,幼儿园,120.440,30.300,60
七园,幼儿园,120.4105,30.309,60
<b>八园</b>,幼儿园,120.416,30.3001,60
九园,幼儿园,,,60
合计,,,,1560
"""


@pytest.fixture
def place(tmp_path):
    def write(file, shapes, **columns):
        gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490").to_file(tmp_path / file)

    write("units.gpkg", [shapely.box(120.40, 30.29, 120.42, 30.31)], code=["A"], level=["街道"])
    write("streets.gpkg", [shapely.LineString([(120.40, 30.3), (120.45, 30.3)])], name=["路"])
    write("water.gpkg", [shapely.box(120.4155, 30.299, 120.417, 30.302)], name=["江"])
    (tmp_path / "k.csv").write_text(SHEET, encoding="gb18030")
    names = ("units", "streets", "water")
    return tmp_path, read_layers(
        {name: LayerSpec(path=f"{name}.gpkg") for name in names}, base=tmp_path, crs=METRIC
    )


@pytest.fixture
def done(place):
    folder, layers = place
    spec = LayerSpec(crs="EPSG:4490")
    return import_file(folder / "k.csv", spec, table="facilities", metric=METRIC, against=layers)


def test_faulty_rows_are_refused_with_their_reasons(done):
    assert (done.read, len(done.table)) == (9, 6)
    assert done.refused_rows == [5, 6, 7]
    assert [p.key for p in done.refused] == ["cell-not-a-number", "cell-choice", "position-outside"]


def test_doubtful_rows_are_kept_and_listed(done):
    assert {f.key: f.rows for f in done.findings} == {
        "unplaced": [11], "twice": [3, 4], "outside": [8], "in-water": [10], "far": [9],
    }  # fmt: skip


def test_what_was_normalised_is_counted(done):
    noted = {(n["note"], n["column"]): n["count"] for n in done.notes}
    assert (done.mended_cells, done.mended_rows) == (noted["thousands", "places"], 1) == (1, 1)
    assert noted["header-row", ""] == noted["total-row", ""] == noted["encoding", ""] == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_says_it_all_and_is_safe(done, place, lang):
    text = report_text(done, lang=lang)
    page = report_page(done, lang=lang, against=place[1])
    assert "k.csv:5 学位数" in text
    assert "很多" in page
    assert "<b>八园" not in page
    assert "&lt;b&gt;八园" in page
    assert page.count("<circle") == 0  # the two schools of one name are both doubtful
    assert page.count("7-7l14") == 5
    assert "http" not in page
    assert not any(f"{{{word}" in text for word in ("rows", "count", "example", "name"))


def test_the_layer_can_be_read_again(done, tmp_path):
    write_layer(done, tmp_path / "clean.gpkg")
    again = read_layers(
        {"facilities": [LayerSpec(path="clean.gpkg")]}, base=tmp_path, crs=METRIC
    ).facilities
    assert len(again) == 6
    assert again["places"].sum() == done.table["places"].sum()
    placed = again.geometry.dropna()
    assert placed.distance(shapely.MultiPoint(done.table.geometry.dropna().tolist())).max() < 0.001


def test_several_names_on_one_spot_and_shifted_points_are_doubtful(place):
    folder, layers = place
    rows = [f"{i}园,幼儿园,{120.401 + i / 1000},30.30005" for i in range(9)]
    rows += [f"{name}园,幼儿园,120.405,30.305" for name in "甲乙丙"]
    lon, lat = gcj02_from_wgs84(*np.array([r.split(",")[2:] for r in rows], float).T)
    shifted = [f"{r.rsplit(',', 2)[0]},{x},{y}" for r, x, y in zip(rows, lon, lat, strict=True)]
    for name, table in (("plain", rows), ("shifted", shifted)):
        text = "\n".join(["名称,类型,经度,纬度", *table])
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")

    def suspected(name, crs):
        spec = LayerSpec(crs=crs)
        done = import_file(folder / name, spec, table="facilities", metric=METRIC, against=layers)
        done = with_suspicions(done, layers, table="facilities")
        return {f.key: f.rows for f in done.findings}, [n["note"] for n in done.suspicions]

    assert suspected("plain.csv", "EPSG:4490") == (
        {"one-spot": [11, 12, 13], "far": [11, 12, 13]},
        [],
    )
    assert suspected("shifted.csv", "GCJ-02")[1] == []
    assert suspected("shifted.csv", "EPSG:4490")[1] == ["shift-unconverted"]
    assert suspected("plain.csv", "GCJ-02")[1] == ["shift-overconverted"]


def test_headings_of_ones_own_and_what_was_not_compared(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("园名,班,e,n\n一园,3,120.41,30.3\n", encoding="utf-8")
    fields = {"name": "园名", "classes": "班", "lon": "e", "lat": "n"}
    spec = LayerSpec(crs="EPSG:4490", kind="kindergarten", fields=fields)
    done = import_file(path, spec, table="facilities", metric=METRIC)
    assert done.table[["name", "classes"]].to_numpy().tolist() == [["一园", 3]]
    assert "--scenario" in report_text(done, lang="en")


def test_facilities_of_one_kind_out_of_an_extract(tmp_path):
    path = tmp_path / "m.osm"
    kinds = ("kindergarten", "school", "kindergarten")
    nodes = [
        f'<node id="{i}" lat="30.3" lon="120.4{i}"><tag k="amenity" v="{kind}"/></node>'
        for i, kind in enumerate(kinds)
    ]
    path.write_text(f'<osm version="0.6">{"".join(nodes)}</osm>', encoding="utf-8")
    done = import_file(path, LayerSpec(kind="kindergarten"), table="facilities", metric=METRIC)
    assert (done.read, done.table["id"].tolist(), done.crs) == (2, ["n0", "n2"], "EPSG:4326")


def test_the_command_imports_and_refuses_what_it_cannot_do(place, monkeypatch, capsys):
    folder, _ = place
    monkeypatch.chdir(folder)

    def siting(*args):
        monkeypatch.setattr(sys, "argv", ["siting", "--json", "import", "k.csv", *args])
        with pytest.raises(SystemExit) as done:
            main()
        return done.value.code, json.loads(capsys.readouterr().out)

    sound = ("--crs", "EPSG:4490", "--field", "enrolled=学位数", "--out", "k.gpkg")
    code, answer = siting(*sound)
    assert (code, answer["read"], answer["rows"], answer["refused"]) == (0, 9, 6, [5, 6, 7])
    assert gpd.read_file("k.gpkg")["enrolled"].sum() == 1200 + 90 + 4 * 60
    assert (folder / "k.html").is_file()
    first = (folder / "k.gpkg").read_bytes()
    siting(*sound)
    assert (folder / "k.gpkg").read_bytes() == first
    for wrong in (("--kind", "kita"), ("--table", "x"), ("--field", "x"), ("--out", "k.xlsx"),
                  ("--out", "nowhere/k.gpkg")):  # fmt: skip
        code, answer = siting(*sound, *wrong)
        assert (code, answer["error"]["kind"]) == (2, "usage")


def test_a_fault_of_the_whole_file_stops_the_import(place):
    with pytest.raises(DataError) as caught:
        import_file(place[0] / "k.csv", LayerSpec(), table="facilities", metric=METRIC)
    assert caught.value.problems[-1].key == "crs-missing"
