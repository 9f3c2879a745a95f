"""Every broken input is answered by its message: where, found, expected, remedy; no traceback.

After a change of wording, `SITING_WRITE_MESSAGES=1 pytest tests/test_broken.py` writes the
messages anew; read every line of the difference before it is committed.
"""

import json
import os
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from broken import recipes
from town import write_town

from siting.errors import DataError, raise_all
from siting.layers.read import read_layers
from siting.layers.reader import Reader
from siting.layers.schemas import complete, schemas
from siting.scenario.model import LayerSpec, LayerSpecs

HERE = Path(__file__).parent / "broken"
CASES = [
    (group, case)
    for group, cases in tomllib.loads((HERE / "cases.toml").read_text("utf-8")).items()
    for case in cases
]
MESSAGES = HERE / "messages.json"
SHARES = {"0-17": 0.2, "18-59": 0.6, "60+": 0.2}
AGES = {"0-17岁": "20", "18-59岁": "60", "60岁以上": "20"}
SPOTS = ({"经度": "120.41", "纬度": "30.30"}, {"经度": "120.42", "纬度": "30.31"})
# Sound tables, two rows each, and the layer that each is read as.
SOUND = {
    "facilities": ("facilities", [
        {"编号": f"K{i}", "名称": f"{i}园", "类型": "幼儿园", **spot, "学位数": "90", "普惠": "是",
         "状态": "运营", "启用年份": "2020"} for i, spot in enumerate(SPOTS, 1)]),
    "residents": ("residents", [{"编号": f"r{i}", **SPOTS[i], **AGES} for i in (0, 1)]),
    "counted": ("residents", [{"编号": f"r{i}", **SPOTS[i], "人口": "9"} for i in (0, 1)]),
    "totals": ("residents", [{"社区": "W", "街道": "", **AGES}, {"社区": "E", "街道": "", **AGES}]),
    "units": ("units", [{"代码": c, "层级": "社区", "陆域面积": "2"} for c in "WE"]),
}  # fmt: skip
# What cases of `files` stand beside; people of both communities, for tables of shares.
GROUND = {
    "units.geojson": None,
    "streets.geojson": ["LINESTRING (120.40 30.30, 120.42 30.30)"],
    "parcels.geojson": ["POLYGON ((120.41 30.3, 120.412 30.3, 120.412 30.302, 120.41 30.3))"],
    "people.csv": "编号,经度,纬度,人口\nr1,120.41,30.30,9\nr2,120.42,30.31,9\n",
}
BOXES = [shapely.box(120.40, 30.2, 120.415, 30.4), shapely.box(120.415, 30.2, 120.43, 30.4)]


def table_of(case):
    """Return the layer of a case and its table with the one thing changed."""
    layer, rows = SOUND[case.get("table", "facilities")]
    changed = [rows[0] | case.get("other", {}), rows[1] | case.get("set", {})]
    columns = [c for c in dict.fromkeys(k for row in changed for k in row)
               if c not in case.get("drop", ())]  # fmt: skip
    changed += [case["extra"]] if "extra" in case else []
    heading = [case.get("rename", {}).get(c, c) for c in columns]
    return layer, heading, [[row.get(c, "") for c in columns] for row in changed]


def write(case, folder):
    """Write the broken file; return its layer and path relative to the folder."""
    if "recipe" in case or "text" in case:
        layer = case.get("layer", "residents" if case.get("recipe") == "raster" else "facilities")
        suffix = {"raster": "tif", "shape": "parquet", "infinite": "parquet"}
        name = case.get("file", f"{layer}.{suffix.get(case.get('recipe'), 'csv')}")
        if "text" in case:
            (folder / name).write_text(case["text"], encoding="utf-8")
        else:
            getattr(recipes, case["recipe"])(folder / name, case)
        return layer, name
    layer, heading, rows = table_of(case)
    if layer == "units":
        table = gpd.GeoDataFrame(
            [dict(zip(heading, row, strict=True)) for row in rows], geometry=BOXES, crs=4490
        )
        table.to_file(folder / "units.geojson")
        return layer, "units.geojson"
    lines = [",".join(f'"{cell}"' for cell in row) for row in (heading, *rows)]
    (folder / f"{layer}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return layer, f"{layer}.csv"


def read_beside(case, folder, units):
    """Read the layers of a case as a scenario does, beside sound ones."""
    units.to_file(folder / "units.geojson")
    for name, given in (GROUND | case["files"]).items():
        if isinstance(given, str):
            (folder / name).write_text(given, encoding="utf-8")
        elif given is not None:
            shapes = gpd.GeoSeries.from_wkt(given, crs=4326)
            ids = [f"P{i}" for i, _ in enumerate(given, 1)]
            table = gpd.GeoDataFrame({"id": ids}, geometry=shapes)
            (folder / name).write_text(table.to_json(), encoding="utf-8")
    ground = {name: {"path": next(f for f in GROUND if f.startswith(name))}
              for name in ("units", "streets", "parcels")}  # fmt: skip
    specs = LayerSpecs(**{k: v for k, v in (ground | case["layers"]).items() if v})
    return read_layers({k: v for k, v in specs if v}, base=folder, crs="EPSG:4549")


def spec_of(case, name):
    given = {"crs": "EPSG:4490"} if name.endswith((".csv", ".xlsx")) else {}
    if case.get("recipe") == "raster":
        given["shares"] = SHARES
    given |= case.get("spec", {})
    return LayerSpec(path=name, **{key: value for key, value in given.items() if value != ""})


@pytest.fixture(scope="module")
def units():
    table = gpd.GeoDataFrame(
        {"code": list("SWE"), "level": ["street", *["community"] * 2], "parent": [None, "S", "S"]},
        geometry=[shapely.union_all(BOXES), *BOXES], crs="EPSG:4490",
    ).to_crs("EPSG:4549")  # fmt: skip
    return complete(table, schema=schemas()["units"])


def read(case, folder, units):
    """Read one layer as a run does, beside sound units."""
    if "files" in case:
        return read_beside(case, folder, units)
    reader = Reader(folder, "EPSG:4549")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other libraries mutter about what we refuse in words
        layer, name = write(case, folder)
        spec = spec_of(case, name)
        table = reader.layer(layer, spec, units=units)
        raise_all(reader.problems, DataError)
        if layer == "residents":
            reader.settled(table, units, spec)
        if layer == "facilities":
            reader.assigned(table, units, where=name)
    raise_all(reader.problems, DataError)
    return table


def answers(case, folder, units):
    with pytest.raises(DataError) as caught:
        read(case, folder, units)
    assert all(all(p.as_dict("zh").values()) for p in caught.value.problems)
    return [p.as_dict("en") for p in caught.value.problems]


def test_every_message_is_the_expected_one(tmp_path_factory, units):
    said = {}
    for group, case in CASES:
        key = f"{group}: {case['name']}"
        try:
            said[key] = answers(case, tmp_path_factory.mktemp("broken"), units)
        except BaseException as error:
            raise AssertionError(f"{key}: {error!r}") from error
    if os.environ.get("SITING_WRITE_MESSAGES") == "1":
        MESSAGES.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")
    expected = json.loads(MESSAGES.read_text("utf-8"))
    assert list(said) == list(expected)
    for key, problems in expected.items():
        assert said[key] == problems, key


def test_a_hundred_inputs_in_twenty_classes():
    groups = [group for group, _ in CASES]
    assert len(CASES) >= 100
    assert len(set(groups)) >= 20
    assert max(map(groups.count, groups)) <= 8
    names = [f"{group}: {case['name']}" for group, case in CASES]
    assert len(names) == len(set(names))


def test_the_sound_tables_are_sound(tmp_path, units):
    for table, spec in [("facilities", {}), ("residents", {}), ("counted", {"shares": SHARES}),
                        ("totals", {}), ("units", {})]:  # fmt: skip
        assert len(read({"table": table, "spec": spec}, tmp_path, units)), table


def test_a_broken_layer_leaves_existing_outputs_alone(tmp_path):
    scenario = write_town(tmp_path)
    (tmp_path / "layers" / "town" / "facilities.csv").write_text("名称\n", encoding="utf-8")
    before = tmp_path / "outputs" / "town" / "run.json"
    before.parent.mkdir(parents=True)
    before.write_text("{}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "siting", "run", str(scenario)],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(HERE.parents[1])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "facilities.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert [f.name for f in before.parent.iterdir()] == ["run.json"]
    assert before.read_text("utf-8") == "{}"
