"""Files as people keep them: encodings, decorated sheets, vector formats, damage."""

import zipfile

import geopandas as gpd
import pandas as pd
import pytest

from siting.errors import DataError
from siting.layers.headers import table_in_sheet
from siting.layers.model import Notes
from siting.layers.readers import read_raw, sha256
from siting.layers.schemas import schemas
from siting.layers.sheets import encoding_of, read_sheet

FACILITIES = schemas()["facilities"]


def read(path, *, layer=None, schema=FACILITIES, notes=None):
    return read_raw(path, layer=layer, schema=schema, notes=notes or Notes(path.name))


def refusal(path, **options):
    with pytest.raises(DataError) as caught:
        read(path, **options)
    (problem,) = caught.value.problems
    for lang in ("zh", "en"):
        assert all(problem.as_dict(lang).values())
    return problem.key


@pytest.fixture
def points():
    return gpd.GeoDataFrame(
        {"名称": ["一园", "二园"]}, geometry=gpd.points_from_xy([120.3, 120.4], [30.3, 30.4]),
        crs="EPSG:4490",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "noted"),
    [("utf-8", None), ("utf-8-sig", None), ("gbk", "gb18030"), ("gb18030", "gb18030"),
     ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)  # fmt: skip
def test_encodings(tmp_path, encoding, noted):
    path = tmp_path / "f.csv"
    path.write_bytes("名称,床位数\n第一敬老院,12\n".encode(encoding))
    notes = Notes("f.csv")
    table = read(path, notes=notes).table
    assert table.loc[2].tolist() == ["第一敬老院", "12"]
    assert [n.get("example") for n in notes.as_list()] == ([noted] if noted else [])


def test_unknown_encoding(tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes("名称,床位数\n".encode() + b"\xff\xff\xff\x80\n")
    with pytest.raises(DataError) as caught:
        encoding_of(path, notes=Notes("f.csv"))
    assert caught.value.problems[0].key == "file-encoding"


def test_decorated_sheet(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        "附件1,,,\n钱塘区养老机构一览表,,,\n"
        "名称,床位数,所属街道,普惠\n,（张）,,\n"
        '"第一\n敬老院","1,200",下沙街道,是,备用\n\n第二敬老院,80,白杨街道,\n'
        "小计,1280,,\n合计,1280,,\n注：数据截至2020年,,,\n",
        encoding="utf-8",
    )
    notes = Notes("f.csv")
    table = read(path, notes=notes).table
    assert list(table.columns) == ["名称", "床位数", "所属街道", "普惠"]
    assert table.index.tolist() == [5, 7]  # rows as a spreadsheet numbers them
    assert table.loc[5, "床位数"] == "1,200"
    assert {n["note"]: n["count"] for n in notes.as_list()} == {
        "header-row": 2, "unit-row": 1, "blank-row": 1, "total-row": 2, "note-row": 1,
        "column-unnamed": 1,
    }  # fmt: skip


def test_heading_of_two_rows(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        "名称,人口,,位置,\n,3-5岁,60岁以上,经度,纬度\n甲,1,2,120.3,30.3\n", encoding="utf-8"
    )
    table = read(path, schema=schemas()["residents"]).table
    assert list(table.columns) == ["名称", "3-5岁", "60岁以上", "经度", "纬度"]
    assert table.index.tolist() == [3]


def test_a_merged_heading_over_words_that_divide_it(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        "名称,床位,,成立时间,备注\n,总数,护理型,,\n甲,120,60,2009年5月,\n", encoding="utf-8"
    )
    table = read(path).table
    assert list(table.columns) == ["名称", "床位总数", "护理型床位", "成立时间", "备注"]
    assert table.index.tolist() == [3]


def test_a_first_row_with_gaps_is_no_heading(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("名称,床位,,成立时间,备注\n甲,,民办,,\n乙,120,公办,2009年,\n", encoding="utf-8")
    assert read(path).table["名称"].tolist() == ["甲", "乙"]


def test_a_place_called_total_is_kept_if_it_is_not_in_front():
    sheet = pd.DataFrame(
        [["编号", "名称", "街道", "备注"], ["1", "甲", "下沙", "合计"]], index=[1, 2]
    )
    assert len(table_in_sheet(sheet, schema=FACILITIES, notes=Notes("f"))[0]) == 1


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(tmp_path, delimiter):
    path = tmp_path / "f.csv"
    path.write_text(f"名称{delimiter}床位数\n甲{delimiter}1\n", encoding="utf-8")
    assert read_sheet(path, notes=Notes("f")).shape == (2, 2)


def test_ragged_rows_are_padded(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("名称,床位数,普惠\n甲,1\n", encoding="utf-8")
    assert read(path).table.loc[2].tolist() == ["甲", "1", ""]


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "shp", "gdb", "kml", "parquet"])
def test_vector_formats(tmp_path, points, suffix):
    path = tmp_path / f"f.{suffix}"
    if suffix == "parquet":
        points.to_parquet(path)
    elif suffix == "kml":
        points.rename(columns={"名称": "Name"}).to_crs(4326).to_file(path, driver="KML")
    else:
        points.to_file(path)
    raw = read(path)
    assert sorted(raw.table.geometry.x) == pytest.approx([120.3, 120.4])
    assert raw.table.index.tolist() == [1, 2]
    assert raw.crs == ("EPSG:4326" if suffix == "kml" else "EPSG:4490")
    assert raw.table.astype(str).isin(["一园"]).to_numpy().sum() == 1


NAMES = ["一园", "下沙街道" * 20]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("declared", ["GB18030", "GB2312", "ldid", "trial", "utf-8"])
def test_shapefile_encodings(tmp_path, points, declared, packed):
    path = tmp_path / "F.shp"
    # a long field, as ArcGIS writes it, in which the second name is cut off within a character
    points.assign(名称=NAMES).to_file(path, encoding="UTF-8" if declared == "utf-8" else "GB18030")
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[29] = 0x4D if declared == "ldid" else 0
    path.with_suffix(".dbf").unlink()
    path.with_suffix(".cpg").unlink()
    path.with_suffix(".DBF").write_bytes(data)
    if declared.startswith("GB"):
        path.with_suffix(".cpg").write_text(declared)
    if packed:
        parts = list(tmp_path.iterdir())
        with zipfile.ZipFile(tmp_path / "any.zip", "w") as archive:
            for part in parts:
                archive.write(part, f"folder/{part.name}")
                part.unlink()
        path = tmp_path / "any.zip"
    notes = Notes("f")
    found = read(path, notes=notes).table["名称"]
    assert found.iloc[0] == "一园"
    assert found.iloc[1].startswith("下沙街道" * 5)
    noted = [n["example"] for n in notes.as_list() if n["note"] == "encoding"]
    assert noted == ([] if declared == "utf-8" else ["GB18030"])


def test_several_layers_must_be_told_apart(tmp_path, points):
    path = tmp_path / "f.gpkg"
    points.to_file(path, layer="a")
    points.iloc[:1].to_file(path, layer="b")
    assert refusal(path) == "layer-several"
    assert refusal(path, layer="c") == "layer-not-in-file"
    assert len(read(path, layer="b").table) == 1


def test_missing_and_empty_files(tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "empty.gpkg").touch()
    assert refusal(tmp_path / "none.csv") == "layer-missing"
    assert refusal(tmp_path / "empty.csv") == "layer-empty"
    assert refusal(tmp_path / "empty.gpkg") == "layer-empty"


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "shp", "parquet"])
def test_truncated_files(tmp_path, points, suffix):
    path = tmp_path / f"f.{suffix}"
    many = gpd.GeoDataFrame(pd.concat([points] * 500, ignore_index=True))
    if suffix == "parquet":
        many.to_parquet(path)
    else:
        many.to_file(path)
    path.write_bytes(path.read_bytes()[:90])
    assert refusal(path) == "file-damaged"


def test_checksum_of_a_folder_is_that_of_its_files(tmp_path):
    (tmp_path / "b").write_text("2")
    (tmp_path / "a").write_text("1")
    joined = tmp_path / "joined"
    both = sha256(tmp_path)
    joined.write_text("12")
    assert sha256(joined) == both


def test_table_without_geometry_is_read_as_cells(tmp_path):
    path = tmp_path / "f.gpkg"
    frame = pd.DataFrame({"code": ["330114001"], "n": [3]})
    import pyogrio

    pyogrio.write_dataframe(frame, path)
    raw = read(path)
    assert not isinstance(raw.table, gpd.GeoDataFrame)
    assert raw.crs is None
