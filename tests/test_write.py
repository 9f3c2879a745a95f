"""Outputs appear whole or not at all."""

import dataclasses
import json

import pytest
from result_fixture import sample_result

from siting.report import write
from siting.report.write import write_outputs

FILES = [
    "candidates.csv",
    "coverage.csv",
    "gaps.csv",
    "indicators.csv",
    "map.html",
    "register.csv",
    "report.html",
    "results.gpkg",
    "run.json",
    "sensitivity.csv",
    "tables.xlsx",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("outputs") / "town"
    assert write_outputs(sample_result(), folder=path, lang="zh") == FILES
    return path


def test_every_file_is_there_and_nothing_else(folder):
    assert sorted(file.name for file in folder.iterdir()) == FILES
    assert [file.name for file in folder.parent.iterdir()] == ["town"]
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["omitted"] == []


def test_a_failure_leaves_the_earlier_run_untouched(folder, monkeypatch):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(write, "map_page", fail)
    with pytest.raises(OSError, match="disk full"):
        write_outputs(sample_result(), folder=folder, lang="en")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [file.name for file in folder.parent.iterdir()] == ["town"]


def test_what_an_earlier_run_left_over_is_gone(folder):
    (folder / "stale.csv").write_text("old")
    write_outputs(sample_result(), folder=folder, lang="zh")
    assert sorted(file.name for file in folder.iterdir()) == FILES


def test_a_place_without_geometry_omits_the_spatial_files(tmp_path):
    result = dataclasses.replace(sample_result(), streets=None)
    names = write_outputs(result, folder=tmp_path / "county", lang="zh")
    assert names == [name for name in FILES if name not in ("map.html", "results.gpkg")]
    manifest = json.loads((tmp_path / "county" / "run.json").read_text(encoding="utf-8"))
    assert manifest["omitted"] == ["map.html", "results.gpkg"]
