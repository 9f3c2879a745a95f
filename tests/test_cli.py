"""The command line as its users call it: answers, exit codes, one JSON line, no traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from town import SCENARIO, write_town

ROOT = Path(__file__).parents[1]


def siting(*args, cwd=ROOT):
    command = [sys.executable, "-m", "siting", *map(str, args)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    path = write_town(tmp_path_factory.mktemp("cli"))
    answer = siting("run", path, "--json")
    assert answer.returncode == 0, answer.stderr
    return path, json.loads(answer.stdout), answer


def outputs(path):
    return path.parent.parent / "outputs" / "town"


def test_run_answers_one_json_line(town):
    path, answer, raw = town
    assert raw.stdout.count("\n") == 1
    assert answer["scenario"] == "town"
    assert Path(answer["outputs"]) == outputs(path)
    circle = answer["rules"][0]
    assert set(circle) == {"rule", "verdict", "people", "covered", "undetermined", "coverage"}
    assert (circle["rule"], circle["people"], circle["covered"]) == ("circle", 105, 50)


def test_run_writes_what_the_contract_promises(town):
    path, _, _ = town
    names = {f.name for f in outputs(path).iterdir()}
    assert names >= {
        "report.html", "map.html", "tables.xlsx", "coverage.csv", "gaps.csv", "candidates.csv",
        "sensitivity.csv", "indicators.csv", "register.csv", "results.gpkg", "run.json",
        "certificates",
    }  # fmt: skip


def test_progress_goes_to_stderr(town):
    _, _, raw = town
    assert "逐条评估规则" in raw.stderr


def test_the_same_inputs_give_the_same_bytes(town, tmp_path):
    path, _, _ = town
    again = siting("run", path, "--out", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    for file in sorted(f for f in outputs(path).iterdir() if f.is_file()):
        other = (tmp_path / "again" / file.name).read_bytes()
        if file.name == "run.json":
            left, right = json.loads(file.read_bytes()), json.loads(other)
            assert left | {"timings": 0} == right | {"timings": 0}
        else:
            assert file.read_bytes() == other, file.name


def test_fail_on_gap(town, tmp_path):
    path, _, _ = town
    assert siting("run", path, "--out", tmp_path / "x", "--fail-on-gap").returncode == 10


def test_check(town):
    path, _, _ = town
    answer = siting("check", path, "--json")
    assert answer.returncode == 0
    told = json.loads(answer.stdout)
    assert told["rules"] == ["circle", "homes", "presence"]
    assert (told["problems"], told["warnings"]) == ([], [])


def test_check_warns_of_what_looks_odd_and_refuses_what_is_wrong(tmp_path):
    path = write_town(tmp_path)
    plan = path.parent / "plans" / "town-plan.toml"
    sound = plan.read_text(encoding="utf-8")
    plan.write_text(sound.replace("beds = 10", "beds = 9999", 1), encoding="utf-8")
    answer = siting("check", path, "--json", "--lang=en")
    assert answer.returncode == 0
    (warning,) = json.loads(answer.stdout)["warnings"]
    assert set(warning) == {"where", "found", "expected", "remedy"}
    assert (warning["where"], "9999" in warning["found"]) == ("homes", True)
    for lang, labels in (("zh", ("应为", "改法")), ("en", ("expected", "remedy"))):
        head, found, expected, remedy = siting("check", path, "--lang", lang).stdout.splitlines()
        assert "✔" in head
        assert found.startswith("⚠ homes: ")
        assert (expected.split(":")[0].strip(), remedy.split(":")[0].strip()) == labels
    plan.write_text(sound.replace("under = 1000", "under = 900", 1), encoding="utf-8")
    assert siting("check", path).returncode == 3


@pytest.mark.parametrize(
    ("args", "code", "kind"),
    [
        (("run", "nowhere"), 3, "scenario"),
        (("check", "nowhere"), 3, "scenario"),
        (("run", "baseline", "--nope"), 2, "usage"),
        (("frobnicate",), 2, "usage"),
        (("schema", "nothing"), 2, "usage"),
        (("--lang", "fr", "check", "baseline"), 2, "usage"),
    ],
)
def test_a_mistake_has_its_exit_code_and_no_traceback(args, code, kind):
    answer = siting(*args, "--json")
    assert answer.returncode == code, answer.stderr
    assert "Traceback" not in answer.stderr
    error = json.loads(answer.stdout)["error"]
    assert error["kind"] == kind
    assert set(error["problems"][0]) == {"where", "found", "expected", "remedy"}


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ('path = "units.gpkg"', 'path = "unit.gpkg"', 4, "units.gpkg"),
        ('crs = "EPSG:4490"\n', "", 4, "facilities.csv"),
        ('plans = ["town-plan"]', 'plans = ["city-plan"]', 3, "town-plan"),
        ("max_snap_m", "max_snap", 3, "max_snap_m"),
        ('need = "kindergarten"', 'need = "school"', 3, "kindergarten"),
    ],
)
def test_a_broken_scenario_leaves_the_outputs_alone(town, old, new, code, said):
    path, _, _ = town
    before = {f: f.stat().st_mtime_ns for f in outputs(path).iterdir()}
    assert old in SCENARIO
    path.write_text(SCENARIO.replace(old, new), encoding="utf-8")
    try:
        answer = siting("run", path, "--lang", "en")
    finally:
        path.write_text(SCENARIO, encoding="utf-8")
    assert answer.returncode == code, answer.stderr
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    assert {f: f.stat().st_mtime_ns for f in outputs(path).iterdir()} == before


def test_schema_is_json():
    answer = siting("schema", "plan")
    assert "rule" in json.loads(answer.stdout)["properties"]


@pytest.mark.browser
def test_compare(town, visit):
    path, _, _ = town
    other = path.with_name("more.toml")
    other.write_text(
        'extends = "town"\ntitle = { zh = "多", en = "More" }\n'
        '[[change]]\ndo = "open"\nproject = "东幼儿园"\n',
        encoding="utf-8",
    )
    answer = siting("compare", path, other, "--json")
    assert answer.returncode == 0, answer.stderr
    data = json.loads(answer.stdout)
    assert [r["difference"] for r in data["rules"]] == [15 - 5, 0, 0]
    assert {f.name for f in Path(data["outputs"]).iterdir()} == {
        "answers.csv", "differences.csv", "attribution.csv", "gaps.csv", "swipe.csv", "report.html",
        "map.html", "run.json",
    }  # fmt: skip
    with visit((Path(data["outputs"]) / "report.html").as_uri()) as tab:
        assert tab.get_by_role("link", name="地图").get_attribute("href") == "map.html"
    with visit((Path(data["outputs"]) / "map.html").as_uri()) as tab:
        shares = [
            tab.inner_text(".number.was").strip("→"),
            tab.locator(".number").last.inner_text(),
        ]
        counts = [data["rules"][0][f"covered_{when}"] / 105 for when in ("before", "after")]
        assert shares == [f"{share:.1%}" for share in counts]
        tab.get_by_role("button", name="前后对比").click()
        assert tab.locator("#swipe-line").inner_text().split() == ["示例镇", "多"]
        assert tab.locator("#swipe").is_visible()


def test_verify_accepts_what_was_written_and_rejects_what_was_changed(town):
    path, _, _ = town
    folder = outputs(path)
    assert siting("verify", folder).returncode == 0
    (certificate,) = (folder / "certificates").glob("circle*.json")
    kept = certificate.read_text(encoding="utf-8")
    stated = json.loads(kept)
    certificate.write_text(json.dumps(stated | {"objective": stated["objective"] + 1}))
    try:
        answer = siting("verify", folder, "--json")
    finally:
        certificate.write_text(kept, encoding="utf-8", newline="\n")
    assert answer.returncode == 4
    files = {d["file"] for d in json.loads(answer.stdout)["discrepancies"]}
    assert files == {f"certificates/{certificate.name}"}


def test_locate(tmp_path):
    (tmp_path / "demand.csv").write_text("id,people\na,10\nb,20\nc,5\n")
    (tmp_path / "sites.csv").write_text("id\nx\ny\n")
    (tmp_path / "costs.csv").write_text("from_id,to_id,cost\na,x,1\nb,y,2\nc,y,9\n")
    files = [f"--{name}={tmp_path}/{name}.csv" for name in ("demand", "sites", "costs")]
    answer = siting("locate", *files, "--model=max-coverage", "--count=1", "--cutoff=5", "--json")
    assert answer.returncode == 0, answer.stderr
    data = json.loads(answer.stdout)
    assert (data["sites"], data["objective"], data["bound"], data["status"]) == (
        ["y"], 20, 20, "optimal",
    )  # fmt: skip
    answer = siting("locate", *files, "--model=p-median", "--count=1", "--json")
    assert answer.returncode == 4
    assert json.loads(answer.stdout)["status"] == "infeasible"
