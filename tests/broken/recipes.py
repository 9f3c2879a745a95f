"""Broken files that are no text, each made from a few values of its case."""

import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import rasterio
import shapely
from rasterio.transform import Affine

LINES = [shapely.LineString([(120.40 + i / 1000, 30.3), (120.41, 30.31)]) for i in range(40)]


def nothing(path, case):
    """Write no file."""


def folder(path, _case):
    path.mkdir()


def data(path, case):
    path.write_bytes(bytes.fromhex(case["hex"]))


def long_cell(path, _case):
    path.write_text("编号,名称\n1," + "长" * 200_000, encoding="utf-8")


def wide_row(path, _case):
    path.write_text("编号,名称\n" + "," * 5000, encoding="utf-8")


def shape(path, case):
    table = gpd.GeoDataFrame({"name": ["x"]}, geometry=[shapely.from_wkt(case["wkt"])])
    table.set_crs(case.get("crs", "EPSG:4490") or None).to_parquet(path)


def infinite(path, _case):
    line = shapely.LineString([(120.42, 30.31), (np.inf, 30.32)])
    gpd.GeoDataFrame({"name": ["x"]}, geometry=[line], crs="EPSG:4490").to_parquet(path)


def truncated(path, _case):
    table = gpd.GeoDataFrame({"name": ["路"] * 40}, geometry=LINES, crs="EPSG:4326")
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_file(path, driver="KML" if path.suffix == ".kml" else None)
    path.write_bytes(path.read_bytes()[:90])


def lone_shapefile(path, _case):
    box = shapely.box(120.4, 30.2, 120.5, 30.4)
    gpd.GeoDataFrame({"code": ["A"], "level": ["街道"]}, geometry=[box], crs="EPSG:4490").to_file(
        path, encoding="UTF-8"
    )
    for suffix in (".dbf", ".shx", ".cpg"):
        path.with_suffix(suffix).unlink()


def two_layers(path, _case):
    table = gpd.GeoDataFrame({"name": ["路"] * 40}, geometry=LINES, crs="EPSG:4326")
    for layer in ("a", "b"):
        table.to_file(path, layer=layer)


def two_sheets(path, _case):
    book = openpyxl.Workbook()
    book.active.title = "一"
    book.active.append(["名称", "经度", "纬度"])
    book.create_sheet("二").append(["名称"])
    book.create_sheet("空")
    book.save(path)


def book_cell(path, case):
    book = openpyxl.Workbook()
    book.active.append(["幼儿园一览表"])
    row = {"名称": "一园", "类型": "幼儿园", "经度": 120.41, "纬度": 30.3, "学位数": 9} | case[
        "set"
    ]
    for cells in (row, row.values()):
        book.active.append(list(cells))
    book.save(path)


def truncated_book(path, case):
    two_sheets(path, case)
    path.write_bytes(path.read_bytes()[:2000])


def archive(path, case):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr(case["member"], bytes(case.get("zeros", 4)))


def raster(path, case):
    cells = np.array([[case.get("cells", [5.0, 3.0])]], np.float32)
    placed = {"crs": "EPSG:4549", "transform": Affine(100, 0, 540_000, 0, -100, 3_354_000)}
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=1, width=2, dtype="float32", nodata=-99,
        **(placed if case.get("placed", True) else {}),
    ) as grid:  # fmt: skip
        grid.write(cells)
    path.write_bytes(path.read_bytes()[: case.get("keep")])


def osm_pbf(path, case):
    import osmium

    with osmium.SimpleWriter(str(path)) as writer:
        for i in range(400):
            writer.add_node(osmium.osm.mutable.Node(id=i + 1, location=(120.4 + i / 1e4, 30.3)))
        refs = list(range(1, 401))
        writer.add_way(osmium.osm.mutable.Way(id=1, nodes=refs, tags={"highway": "footway"}))
    path.write_bytes(path.read_bytes()[: case["keep"]])
