"""Archives are looked into before they are unpacked."""

import stat
import zipfile

import geopandas as gpd
import pytest

from siting.errors import DataError
from siting.layers.archives import check_archive
from siting.layers.model import Notes
from siting.layers.readers import read_raw
from siting.layers.schemas import schemas


def packed(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def refusal(path):
    with pytest.raises(DataError) as caught:
        check_archive(path)
    return caught.value.problems[0].key


def test_a_shapefile_in_an_archive_is_read(tmp_path):
    points = gpd.GeoDataFrame(
        {"名称": ["一园"]}, geometry=gpd.points_from_xy([120.3], [30.3]), crs="EPSG:4490"
    )
    points.to_file(tmp_path / "f.shp", encoding="UTF-8")
    files = {f.name: f.read_bytes() for f in tmp_path.glob("f.*")}
    path = packed(tmp_path / "f.zip", files)
    raw = read_raw(path, layer=None, schema=schemas()["facilities"], notes=Notes("f"))
    assert raw.table["名称"].tolist() == ["一园"]


@pytest.mark.parametrize("name", ["../a.shp", "/etc/a.shp", "x/../../a.shp", "..\\a.shp", "c:\\a"])
def test_names_that_point_outside(tmp_path, name):
    assert refusal(packed(tmp_path / "f.zip", {name: b""})) == "archive-path"


def test_links(tmp_path):
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refusal(packed(tmp_path / "f.zip", {link: b"/etc/passwd"})) == "archive-path"


@pytest.mark.parametrize("suffix", ["zip", "xlsx", "kmz"])
def test_bombs(tmp_path, suffix):
    path = packed(tmp_path / f"f.{suffix}", {"a": bytes(120 << 20)})
    assert path.stat().st_size < 200 << 10
    assert refusal(path) == "archive-bomb"


def test_what_only_claims_to_be_an_archive(tmp_path):
    path = tmp_path / "f.xlsx"
    path.write_bytes(b"PK\x03\x04 not really")
    assert refusal(path) == "file-damaged"


def test_encrypted(tmp_path):
    path = packed(tmp_path / "f.zip", {"a.shp": b"x"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the table of contents
    path.write_bytes(bytes(data))
    assert refusal(path) == "archive-locked"
