"""Truth tables of the cell readers: what people write, and what it means."""

import numpy as np
import pandas as pd
import pytest

from siting.layers.schemas import Column
from siting.layers.values import narrow, read_column
from siting.words import Text

NAME = Text(zh="列", en="column")


def read(cell, kind, *, factor=1.0, choices=None):
    column = Column("c", kind, NAME, choices=choices or {})
    reading = read_column(pd.Series([cell], index=[7], dtype=object), column=column, factor=factor)
    if reading.faults:
        ((fault, cells),) = reading.faults.items()
        assert list(cells.index) == [7]
        return fault
    value = reading.cells.iloc[0]
    return (None if pd.isna(value) else value), sorted(reading.customs)


@pytest.mark.parametrize(
    ("cell", "value", "customs"),
    [
        ("120", 120, []),
        ("120.0", 120, []),
        ("1,200", 1200, ["thousands"]),
        ("１２０", 120, ["width"]),
        ("1，200", 1200, ["thousands", "width"]),
        ("约120", 120, ["about"]),
        ("3,200人", 3200, ["thousands", "unit-in-cell"]),
        ("1.2万", 12000, ["magnitude"]),
        ("约1.2万人", 12000, ["about", "magnitude", "unit-in-cell"]),
        ("0.003亿", 300000, ["magnitude"]),
        ("1.2e3", 1200, []),
        (" 120 ", 120, ["width"]),
        (120, 120, []),
        (np.float64(120.0), 120, []),
        ("", None, []),
        ("—", None, []),
        ("暂无", None, []),
        ("NaN", None, []),
        (None, None, []),
        (float("nan"), None, []),
        ("-5", -5, []),  # the validator, not the reader, forbids it
    ],
)
def test_whole_numbers(cell, value, customs):
    assert read(cell, "whole") == (value, customs)


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("120.5", "cell-not-whole"),
        ("0.00005万", "cell-not-whole"),
        ("many", "cell-not-a-number"),
        ("100-120", "cell-not-a-number"),
        ("1,20", "cell-not-a-number"),
        ("inf", "cell-not-a-number"),
        ("1e400", "cell-too-large"),
        ("99999999999999999999", "cell-too-large"),
        ("人", "cell-not-a-number"),
        ("=1+1", "cell-not-a-number"),
    ],
)
def test_faulty_numbers(cell, fault):
    assert read(cell, "whole") == fault


def test_percent_and_heading_units():
    assert read("75%", "number") == (0.75, ["magnitude"])
    assert read("1.5", "whole", factor=1e4) == (15000, [])
    assert read("1.1", "whole", factor=1e4) == (11000, [])  # exact: no 11000.000000000002


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (["是", "√", "✔", "有", "1", "Y", "yes", "TRUE", "已", "１", True], True),
        (["否", "×", "无", "0", "N", "no", "false", "未", "☒", False], False),
        (["", "不详", "/", "—", None], None),
    ],
)
def test_yes_and_no(cells, value):
    assert [read(cell, "yes")[0] for cell in cells] == [value] * len(cells)


def test_yes_no_counts_marks_but_not_plain_words():
    assert read("√", "yes")[1] == ["yes-no"]
    assert read("是", "yes")[1] == []
    assert read("maybe", "yes") == "cell-yes-no"


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("2023", 2023),
        ("2023年", 2023),
        ("2023年9月", 2023),
        ("2023年09月01日", 2023),
        ("2023.9", 2023),
        ("2023.12.31", 2023),
        ("2023/9/1", 2023),
        ("2023-09-01", 2023),
        ("2023-09-01 00:00:00", 2023),
        ("20230901", 2023),
        ("202309", 2023),
        ("２０２３年９月", 2023),
        ("45170", 2023),  # Excel: 2023-09-01
        ("45170.0", 2023),
        ("44927", 2023),  # 2023-01-01
        ("44926", 2022),  # 2022-12-31
        (pd.Timestamp("2023-09-01"), 2023),
        ("", None),
        ("待定", None),
    ],
)
def test_years(cell, year):
    assert read(cell, "year")[0] == year


@pytest.mark.parametrize("cell", ["2023.13", "23年", "1023", "3023", "soon", "2023/9/32", "5"])
def test_faulty_years(cell):
    assert read(cell, "year") == "cell-year"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("0330114001", "0330114001"),
        ("330114001.0", "330114001"),
        (330114001.0, "330114001"),
        (330114001, "330114001"),
        ("3.30114001E+08", "330114001"),
        ("3.30114001e8", "330114001"),
        ("<b>x</b>", "<b>x</b>"),
        ("=SUM(A1)", "=SUM(A1)"),
        ("  社区 ", "社区"),
        ("", None),
    ],
)
def test_codes_stay_text(cell, code):
    assert read(cell, "text")[0] == code


def test_a_code_that_lost_digits_is_refused():
    assert read("3.30114E+11", "text") == "cell-code-lost"


def test_choices_and_their_words():
    choices = {"operating": ["运营", "在用"], "planned": ["规划"]}
    assert read("运营", "choice", choices=choices) == ("operating", [])
    assert read("在用", "choice", choices=choices) == ("operating", ["choice"])
    assert read(" PLANNED", "choice", choices=choices) == ("planned", [])
    assert read("停", "choice", choices=choices) == "cell-choice"


def test_counts_and_rows_of_a_whole_column():
    cells = pd.Series(["1", "1,000", "x", "1,000", "", "x"], index=range(2, 8))
    reading = read_column(cells, column=Column("c", "whole", NAME))
    assert reading.cells.dropna().tolist() == [1, 1000, 1000]
    assert str(reading.cells.dtype) == "Int64"
    assert reading.customs == {"thousands": (2, "1,000")}
    assert list(reading.faults["cell-not-a-number"].index) == [4, 7]


def test_narrow_compares_without_width_and_case():
    assert narrow("　ＡＢc（）") == "abc()"
