import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from siting.cli import main
from siting.errors import DataError, UsageError
from siting.ranking.checker import check
from siting.ranking.cover_model import cover_model
from siting.ranking.effort import Effort
from siting.ranking.locate import MODELS, locate_files
from siting.ranking.max_coverage import max_coverage


@pytest.fixture
def tables(tmp_path):
    """
    Four homes and three sites; costs in minutes::

              a     b     c
        h1   1.5
        h2   4.0   2.5
        h3         2.5   3.0
        h4               0.5
    """
    write(
        tmp_path,
        demand=[("h1", 10), ("h2", 4), ("h3", 6), ("h4", 1)],
        sites=[("a",), ("b",), ("c",)],
        costs=[
            ("h1", "a", 1.5),
            ("h2", "a", 4.0),
            ("h2", "b", 2.5),
            ("h3", "b", 2.5),
            ("h3", "c", 3.0),
            ("h4", "c", 0.5),
        ],
    )
    return tmp_path


def write(folder, *, demand, sites, costs, site_columns=("id",)):
    pd.DataFrame(demand, columns=["id", "people"]).to_csv(folder / "demand.csv", index=False)
    pd.DataFrame(sites, columns=list(site_columns)).to_csv(folder / "sites.csv", index=False)
    pd.DataFrame(costs, columns=["from_id", "to_id", "cost"]).to_csv(
        folder / "costs.csv", index=False
    )


def run(folder, **options):
    return locate_files(
        folder / "demand.csv", folder / "sites.csv", folder / "costs.csv", **options
    )


@pytest.mark.parametrize(
    ("options", "sites", "objective"),
    [
        ({"model": "max-coverage", "count": 1, "cutoff": 2.5}, {"a"}, 10),
        ({"model": "max-coverage", "count": 2, "cutoff": 2.5}, {"a", "b"}, 20),
        ({"model": "max-coverage", "count": 1, "cutoff": 4}, {"a"}, 14),
        ({"model": "set-cover", "cutoff": 3}, {"a", "b", "c"}, 3),
        ({"model": "set-cover"}, {"a", "c"}, 2),
        ({"model": "p-median", "count": 2}, {"a", "c"}, 10 * 1.5 + 4 * 4 + 6 * 3 + 0.5),
        ({"model": "p-median", "count": 3}, {"a", "b", "c"}, 15 + 10 + 15 + 0.5),
        ({"model": "p-center", "count": 2}, {"a", "c"}, 4.0),
        ({"model": "p-center", "count": 3}, {"a", "b", "c"}, 2.5),
    ],
)
def test_answers_in_the_units_of_the_tables(tables, options, sites, objective):
    found = run(tables, **options)
    assert set(found.answer) == {"model", "sites", "objective", "bound", "gap", "status"}
    assert (set(found.answer["sites"]), found.answer["objective"]) == (sites, objective)
    assert found.answer["bound"] == objective
    assert (found.answer["gap"], found.answer["status"]) == (0.0, "optimal")
    assert check(json.loads(json.dumps(found.certificate)), found.model) == []


def test_status_cost_and_capacity_of_sites(tables):
    write(
        tables,
        demand=[("h1", 10), ("h2", 4)],
        sites=[("a", 3, "existing"), ("b", "", "never"), ("c", 5, "must"), ("d", 9, "")],
        site_columns=("id", "capacity", "status"),
        costs=[("h1", s, 1) for s in "abcd"] + [("h2", "d", 1)],
    )
    found = run(tables, model="capacitated", count=1).answer
    assert (found["sites"], found["objective"]) == (["c"], 8)
    found = run(tables, model="capacitated", count=2).answer
    assert (found["sites"], found["objective"]) == (["d", "c"], 14)


def test_parquet_is_read_like_csv(tables):
    for name in ("demand", "sites", "costs"):
        pd.read_csv(tables / f"{name}.csv").to_parquet(tables / f"{name}.parquet")
    files = [tables / f"{name}.parquet" for name in ("demand", "sites", "costs")]
    assert (
        locate_files(*files, model="p-median", count=2).answer
        == run(tables, model="p-median", count=2).answer
    )


def test_ids_are_text_and_order_does_not_matter(tmp_path):
    write(
        tmp_path,
        demand=[("010", 1), ("01", 2)],
        sites=[("007",), ("07",)],
        costs=[("01", "07", 1), ("010", "007", 1)],
    )
    assert run(tmp_path, model="max-coverage", count=1).answer["sites"] == ["07"]


@pytest.mark.parametrize("model", ["set-cover", "p-median", "p-center"])
def test_unreachable_demand_is_infeasible_with_its_ids(tables, model):
    found = run(tables, model=model, count=3, cutoff=1.5).answer
    assert (found["status"], found["objective"]) == ("infeasible", None)
    assert found["unserved"] == ["h2", "h3"]


@pytest.mark.parametrize("model", ["p-median", "p-center"])
def test_too_few_sites_are_infeasible_with_who_is_left(tables, model):
    found = run(tables, model=model, count=1)
    assert found.answer["status"] == "infeasible"
    assert found.answer["unserved"] == ["h3", "h4"]
    assert check(found.certificate, found.model) == []


def test_every_fault_is_reported_at_once(tables):
    write(
        tables,
        demand=[("h1", "many"), ("h1", 2.5), ("", -3)],
        sites=[("a", "open"), ("a", "must")],
        site_columns=("id", "status"),
        costs=[("h9", "a", 1), ("h1", "z", "far"), ("h1", "a", -1)],
    )
    with pytest.raises(DataError) as caught:
        run(tables, model="capacitated", count=1)
    problems = caught.value.problems
    assert sorted((p.key, p.where) for p in problems) == [
        ("cell-choice", "sites.csv:2 status"),
        ("cell-empty", "demand.csv:4 id"),
        ("cell-negative", "costs.csv:4 cost"),
        ("cell-negative", "demand.csv:4 people"),
        ("cell-not-a-number", "costs.csv:3 cost"),
        ("cell-not-a-number", "demand.csv:2 people"),
        ("cell-not-whole", "demand.csv:3 people"),
        ("key-twice", "demand.csv:3 id"),
        ("key-twice", "sites.csv:3 id"),
        ("pair-unknown", "costs.csv:2 from_id"),
        ("pair-unknown", "costs.csv:3 to_id"),
        ("table-column", "sites.csv"),
    ]
    assert all(p.as_dict(lang)["remedy"] for p in problems for lang in ("zh", "en"))


def test_missing_file_column_and_rows(tables):
    (tables / "sites.csv").write_text("name\na\n")
    with pytest.raises(DataError, match="no column id"):
        run(tables, model="set-cover")
    (tables / "sites.csv").write_text("id\n")
    with pytest.raises(DataError, match="no rows"):
        run(tables, model="set-cover")
    (tables / "sites.csv").unlink()
    with pytest.raises(DataError, match="no such file"):
        run(tables, model="set-cover")


def test_usage(tables):
    with pytest.raises(UsageError, match="unknown model"):
        run(tables, model="p-mediam", count=1)
    for model in set(MODELS) - {"set-cover"}:
        with pytest.raises(UsageError, match="number of sites"):
            run(tables, model=model)
    with pytest.raises(UsageError, match="negative"):
        run(tables, model="set-cover", count=-1)


def hard(folder):
    """Write an instance that no proof closes in a moment."""
    rng = np.random.default_rng(3)
    homes, sites = rng.random((1500, 2)), rng.random((300, 2))
    far = np.hypot(*(homes[:, None] - sites[None]).T).T
    home, site = np.nonzero(far < 0.15)
    write(
        folder,
        demand=[(f"h{i}", int(w)) for i, w in enumerate(rng.integers(1, 50, 1500))],
        sites=[(f"s{j}",) for j in range(300)],
        costs=[
            (f"h{i}", f"s{j}", round(float(far[i, j]), 4))
            for i, j in zip(home.tolist(), site.tolist(), strict=True)
        ],
    )


def test_the_clock_stops_a_search_with_a_bound(tmp_path):
    hard(tmp_path)
    started = time.monotonic()
    found = run(tmp_path, model="max-coverage", count=12, time_s=1.0)
    assert time.monotonic() - started < 30
    assert found.answer["status"] == "stopped"
    assert found.answer["bound"] > found.answer["objective"] > 0
    assert check(found.certificate, found.model) == []


def siting(*args, **options):
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "siting", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        **options,
    )


def given(folder, *, ending="csv"):
    return [
        word
        for name in ("demand", "sites", "costs")
        for word in (f"--{name}", folder / f"{name}.{ending}")
    ]


def test_the_interrupt_key_gives_the_best_known_answer(tmp_path):
    """Ctrl-C reaches every process of the terminal's group, as it does here."""
    hard(tmp_path)
    proof = tmp_path / "proof.json"
    command = [*given(tmp_path), "--model", "max-coverage", "--count", 12, "--time", 300]
    child = siting("locate", *command, "--certificate", proof, "--json", start_new_session=True)
    assert "≤ … ≤" in child.stderr.readline()  # value and bound: it is searching
    os.killpg(child.pid, signal.SIGINT)
    told, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    answer = json.loads(told)
    assert answer["status"] == "stopped"
    assert answer["bound"] >= answer["objective"] > 0
    model = run(tmp_path, model="max-coverage", count=12, time_s=0.0).model
    assert check(json.loads(proof.read_text(encoding="utf-8")), model) == []


def test_highs_is_ended_with_the_best_known_answer():
    """What runs in the child process hears no key; the search that waits for it stops it."""
    rng = np.random.default_rng(7)
    site, demand = np.nonzero(rng.random((60, 400)) < 0.06)
    model = cover_model(
        [f"{j:02}" for j in range(60)], site, demand, weights=rng.integers(1, 9, 400)
    )
    asked = []

    def watch(_):
        asked.append(time.monotonic())
        return len(asked) > 12  # the search itself asks less often

    endless = Effort(iterations=1, operations=1, solver_entries=10**9, solver_nodes=10**9)
    started = time.monotonic()
    found = max_coverage(model, sites=15, effort=endless, watch=watch)
    assert time.monotonic() - started < 60
    assert (found.status, found.solver_bound) == ("stopped", None)
    assert found.objective < found.certified_bound
    assert check(found.certificate, model) == []


def test_tables_as_parquet_by_the_command_line(tables, monkeypatch, capsys):
    for name in ("demand", "sites", "costs"):
        pd.read_csv(tables / f"{name}.csv").to_parquet(tables / f"{name}.parquet")
    files = [str(word) for word in given(tables, ending="parquet")]
    command = ["siting", "locate", *files, "--model", "p-median", "--count", "2", "--json"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 0
    answer = json.loads(capsys.readouterr().out)
    assert (sorted(answer["sites"]), answer["objective"]) == (["a", "c"], 49.5)


@pytest.mark.parametrize(
    "case",
    [
        ("5 4 2\n1 2 3\n2 3 4\n3 4 1\n4 5 2\n", "p-median", [], 6, 0),
        ("4 1 1.5\n0 0 5\n1 0 1\n2 0 1\n9 9 4\n", "max-coverage", [], 7, 0),
        ("0 0 5\n1 0 1\n2 0 1\n9 9 4\n", "set-cover", ["--cutoff", "1"], 2, 0),
        ("4 1 1.5\n0 0 5\n1 0 1\n2 0 1\n9 9 4\n", "p-center", [], None, 4),
    ],
)
def test_standard_files_by_the_command_line(case, tmp_path, monkeypatch, capsys):
    text, model, options, objective, code = case
    (tmp_path / "known.txt").write_text(text)
    command = ["--benchmark", str(tmp_path / "known.txt"), "--model", model, *options, "--json"]
    monkeypatch.setattr(sys, "argv", ["siting", "locate", *command])
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == code
    assert json.loads(capsys.readouterr().out)["objective"] == objective
