"""CSV files: columns as declared, BOM, no live formula, figures rounded once."""

import csv
import io

import pandas as pd
import pytest
from result_fixture import sample_result

from siting.report.tables import csv_text, declared, safe_cell, write_csv

FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_is_text(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["幼儿园", "a=b", "3-5岁", "", "'quoted'", "https://example.org"])
def test_other_text_stays_as_it_is(text):
    assert safe_cell(text) == text


@pytest.mark.parametrize("table", sorted(declared()))
def test_every_table_is_written_with_its_declared_columns(table, tmp_path):
    frame = getattr(sample_result(), table)
    assert write_csv(frame, table, tmp_path) == f"{table}.csv"
    data = (tmp_path / f"{table}.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" not in data
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[0] == list(declared()[table])
    assert len(rows) == len(frame) + 1


def test_other_columns_are_a_defect():
    with pytest.raises(ValueError, match="declared"):
        csv_text(sample_result().sensitivity.drop(columns="people"), "sensitivity")


def test_forms_of_figures():
    row = {
        "rule": "=cmd",
        "reading": 'a,b\n"c"',
        "people": 7,
        "covered": pd.NA,
        "coverage": 1 / 3,
        "verdict": "pass",
        "value": 2.5,
        "not_assessed": 0,
        "missing": "",
        "missing_en": "+1",
    }
    text = csv_text(pd.DataFrame([row]), "sensitivity")
    assert list(csv.reader(io.StringIO(text)))[1] == [
        "'=cmd",
        'a,b\n"c"',
        "7",
        "",
        "0.333333",
        "pass",
        "2.5",
        "0",
        "",
        "'+1",
    ]


def test_the_tables_of_the_town_add_up():
    table = pd.read_csv(io.StringIO(csv_text(sample_result().coverage, "coverage")))
    classes = ["covered", "uncovered", "undetermined", "not_applicable", "not_assessed", "outside"]
    assert (table[classes].sum(axis=1) == table["people"]).all()
