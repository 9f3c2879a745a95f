"""Every model through the whole run: written, verified, the same bytes again."""

import json
from pathlib import Path

import pytest
from town import SCENARIO, write_town

from siting.errors import DataError
from siting.project import find_project
from siting.report.words import families
from siting.report.write import write_outputs
from siting.run import run
from siting.verify import verify

RANKS = """
[[rank]]
rule = "circle"
need = "kindergarten"
weights = { kindergarten_age = 2 }
spacing_m = 100
must = ["s3"]
candidates = { land_use = [""], min_area_m2 = 0 }
[[rank]]
rule = "circle"
need = "kindergarten"
model = "set-cover"
target = 0.8
candidates = { land_use = [""], min_area_m2 = 0 }
[[rank]]
rule = "circle"
need = "kindergarten"
model = "p-median"
sites = 2
candidates = { layer = "grid", spacing_m = 200 }
[[rank]]
rule = "circle"
need = "kindergarten"
model = "p-center"
sites = 2
candidates = { layer = "streets", spacing_m = 200 }
[[rank]]
rule = "circle"
need = "kindergarten"
model = "capacitated"
budget = 3
candidates = [
  { land_use = [""], min_area_m2 = 0, capacity = 5, cost = 1 },
  { land_use = [""], min_area_m2 = 0, capacity = 12, cost = 2 },
]
[[rank]]
rule = "circle"
need = "kindergarten"
model = "worst-street-first"
sites = 1
candidates = { land_use = [""], min_area_m2 = 0 }
[[rank]]
model = "by-priority"
sites = 2
candidates = { land_use = [""], min_area_m2 = 0 }
rules = [{ rule = "circle", need = "nursery" }, { rule = "homes" }]
[[rank]]
rule = "circle"
need = "all"
sites = 2
candidates = { land_use = [""], min_area_m2 = 0 }
[[rank]]
rule = "homes"
removal = true
sites = 1
"""
COUNT = RANKS.count("[[rank]]")


def test_every_model_is_written_and_verified(tmp_path):
    path = write_town(tmp_path, scenario=SCENARIO[: SCENARIO.index("[[rank]]")] + RANKS)
    project, folder = find_project(tmp_path), tmp_path / "outputs" / "town"
    result = run(path, project=project)
    write_outputs(result, folder=folder, lang="en")
    assert len([*(folder / "certificates").glob("*.json")]) == COUNT
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))["rankings"]
    assert len({one["ranking"] for one in told}) == COUNT
    assert verify(folder, project=project) == []
    for file in sorted((folder / "certificates").glob("*.json")):
        kept = file.read_text(encoding="utf-8")
        false = json.loads(kept)
        false["sites"] = [*false["sites"], false["sites"][0]] if false["sites"] else ["nowhere"]
        file.write_text(json.dumps(false), encoding="utf-8")
    file.write_text("{}", encoding="utf-8")
    found = {one.file: one.what for one in verify(folder, project=project) if one.what != "differs"}
    assert len(found) == COUNT
    assert found[f"certificates/{file.name}"] == "unreadable"
    assert set(found.values()) <= set(families()["discrepancy"])


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["JSON"]),
        ("{", ["JSON"]),
        ("[]", ["JSON"]),
        ('{"scenario": "town", "lang": "en"}', ["inputs"]),
        ('{"inputs": [{"layer": "x", "path": "y"}], "lang": "fr"}',
         ["scenario", "inputs.0.sha256", "lang"]),
    ],
)  # fmt: skip
def test_all_that_cannot_be_read_of_a_manifest_is_named(tmp_path, text, keys):
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        verify(tmp_path, project=find_project(Path(__file__).parents[1]))
    assert {one.key for one in caught.value.problems} == {"verify-unreadable"}
    assert [one.as_dict("en")["found"].split()[0] for one in caught.value.problems] == keys
    assert all(all(one.as_dict("zh").values()) for one in caught.value.problems)
