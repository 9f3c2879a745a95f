"""An import goes on without faulty rows, says why, and shows what is doubtful."""

import geopandas as gpd
import pytest
import shapely

from siting.errors import DataError
from siting.layers.import_report import report_page, report_text
from siting.layers.importing import import_file, write_layer
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec

METRIC = "EPSG:4549"
SHEET = """\
钱塘区幼儿园一览表
名称,类型,经度,纬度,学位数
一园,幼儿园,120.410,30.300,"1,200"
一园,幼儿园,120.4102,30.300,90
三园,幼儿园,120.412,30.301,很多
四园,咖啡馆,120.413,30.301,60
五园,幼儿园,30.301,120.414,60
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
    assert [p.key for p in done.refused] == ["cell-not-a-number", "cell-choice", "position-swapped"]


def test_doubtful_rows_are_kept_and_listed(done):
    assert {f.key: f.rows for f in done.findings} == {
        "unplaced": [11], "twice": [3, 4], "outside": [8], "in-water": [10], "far": [9],
    }  # fmt: skip


def test_what_was_normalised_is_counted(done):
    assert done.mended >= 1
    assert {n["note"] for n in done.notes} >= {"thousands"}


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


def test_a_fault_of_the_whole_file_stops_the_import(place):
    with pytest.raises(DataError) as caught:
        import_file(place[0] / "k.csv", LayerSpec(), table="facilities", metric=METRIC)
    assert caught.value.problems[-1].key == "crs-missing"
