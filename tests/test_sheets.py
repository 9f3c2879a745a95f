"""Workbooks as offices keep them; long tables in little memory."""

import datetime as dt
import subprocess
import sys

import openpyxl
import pytest

from siting.errors import DataError
from siting.layers.model import Notes
from siting.layers.readers import read_raw
from siting.layers.schemas import schemas
from siting.layers.sheets import read_sheet

FACILITIES = schemas()["facilities"]


def read(path, *, layer=None):
    return read_raw(path, layer=layer, schema=FACILITIES, notes=Notes(path.name))


def book(path, rows, *, title="学校", more=()):
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name in more:
        made.create_sheet(name).append(["名称"])
    made.save(path)
    return path


def test_cells_of_a_workbook_are_what_they_show(tmp_path):
    path = book(
        tmp_path / "f.xlsx",
        [["钱塘区学校一览表"], [], ["编号", "名称", "建成", "床位数（张）", "普惠"],
         ["0012", " 一校 ", dt.date(2020, 9, 1), 1200, True],
         [330114003001, "二校", "2021年", None, "否"], ["合计", None, None, 1200, None]],
    )  # fmt: skip
    raw = read(path)
    assert list(raw.table.columns) == ["编号", "名称", "建成", "床位数（张）", "普惠"]
    assert raw.table.index.tolist() == [4, 5]  # rows as the spreadsheet numbers them
    assert raw.table.loc[4].tolist() == ["0012", "一校", "2020/09/01", "1200", "1"]
    assert raw.table.loc[5].tolist() == ["330114003001", "二校", "2021年", "", "否"]
    assert raw.totals.index.tolist() == [6]


def test_one_of_several_sheets_is_named(tmp_path):
    path = book(tmp_path / "f.xlsx", [["名称"], ["一校"]], more=["说明"])
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.problems[0].key == "layer-several"
    assert read(path, layer="学校").table["名称"].tolist() == ["一校"]


def test_reading_a_workbook_leaves_no_setting_behind(tmp_path):
    import pyogrio

    path = book(tmp_path / "f.xlsx", [["名称"], ["一校"]])
    read(path)
    assert pyogrio.get_gdal_config_option("OGR_XLSX_HEADERS") is None


def test_blocks_of_different_width_make_one_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr("siting.layers.sheets.BLOCK_ROWS", 2)
    path = tmp_path / "f.csv"
    path.write_text("名称,床位数\n甲,1\n乙\n丙,3,多\n", encoding="utf-8")
    sheet = read_sheet(path, notes=Notes("f"))
    assert sheet.to_numpy().tolist() == [
        ["名称", "床位数", ""], ["甲", "1", ""], ["乙", "", ""], ["丙", "3", "多"],
    ]  # fmt: skip
    assert sheet.index.tolist() == [1, 2, 3, 4]


def test_a_quote_that_never_closes_is_named_with_its_line(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text('名称,床位数\n"甲,1\n', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.problems[0].where == "f.csv:2"


MILLION = """
import resource, sys
from pathlib import Path
from siting.layers.model import Notes
from siting.layers.readers import read_raw
from siting.layers.schemas import schemas
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
raw = read_raw(Path(sys.argv[1]), layer=None, schema=schemas()["residents"], notes=Notes("f"))
print(len(raw.table), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_million_rows_in_bounded_memory(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("编号,经度,纬度,人口\n" + "r1,120.3,30.3,3\n" * 1_000_000, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MILLION, str(path)], capture_output=True, text=True, check=True
    )
    count, mebibytes = map(int, done.stdout.split())
    assert count == 1_000_000
    assert mebibytes < 400  # as Python text in lists the same cells take more than 800
