"""A layer of web-map coordinates that was declared as plain: a run says so, and what it changes."""

import numpy as np
from town import FACILITIES, NODES, SCENARIO, facility_rows, write_town

from siting.layers.shifted import gcj02_from_wgs84
from siting.project import find_project
from siting.run import run

EVERY = ["kindergarten", "nursery", "elder_home"]
# A kindergarten and a nursery beside every crossing: every child has both within 300 m.
PLACES = {
    f"{kind}{node}": (kind, x + 5, y, {"inclusive": "是", "nursery_places": 9})
    for kind in ("kindergarten", "nursery")
    for node, (x, y) in NODES.items()
} | {key: FACILITIES[key] for key in ("eh1", "eh2")}


def told(tmp_path, *, shifted, crs):
    """Run the town; return its verdicts and the notes on shifts."""
    path = write_town(tmp_path, facilities=PLACES, scenario=SCENARIO.replace("EPSG:4490", crs))
    table = facility_rows(PLACES)
    rows = table["类型"].isin(shifted)
    lonlat = table.loc[rows, ["经度", "纬度"]].to_numpy().T
    table.loc[rows, ["经度", "纬度"]] = np.column_stack(gcj02_from_wgs84(*lonlat))
    table.to_csv(tmp_path / "layers" / "town" / "facilities.csv", index=False)
    manifest = run(path, project=find_project(path.parent)).manifest
    verdicts = {rule["rule"]: rule["verdict"] for rule in manifest["rules"]}
    notes = [n for n in manifest["normalised"] if n["note"].startswith("shift-")]
    return verdicts, notes


def test_a_shifted_layer_is_named_with_the_verdicts_that_it_flips(tmp_path):
    sound, nothing = told(tmp_path / "sound", shifted=[], crs="EPSG:4490")
    assert nothing == []
    verdicts, (suspected, flips) = told(tmp_path / "off", shifted=["kindergarten"], crs="EPSG:4490")
    assert (suspected["note"], suspected["column"]) == ("shift-unconverted", "GCJ-02")
    assert (suspected["where"], suspected["count"]) == ("facilities:kindergarten", len(NODES))
    changed = [rule for rule in sound if sound[rule] != verdicts[rule]]
    assert changed == ["circle"]
    assert (flips["note"], flips["count"]) == ("shift-flips", len(changed))
    assert flips["example"] == ", ".join(changed)


def test_the_same_numbers_declared_as_they_are_raise_no_suspicion(tmp_path):
    sound, _ = told(tmp_path / "sound", shifted=[], crs="EPSG:4490")
    verdicts, notes = told(tmp_path / "declared", shifted=EVERY, crs="GCJ-02")
    assert (verdicts, notes) == (sound, [])
