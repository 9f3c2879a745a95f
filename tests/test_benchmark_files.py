from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from siting.errors import DataError, UsageError
from siting.ranking.benchmark_files import read_benchmark
from siting.ranking.checker import check
from siting.ranking.locate import locate, locate_any
from siting.ranking.stopping import progress_lines

GRAPH = """\
5 5 2
1 2 3
2 3 9
3 4 1
4 5 2
2 3 4
"""
"""
A path with one edge given twice (the last counts)::

    1 --3-- 2 --4-- 3 --1-- 4 --2-- 5
"""

POINTS = """\
4 1 1.5
0 0 5
1 0 1
2 0 1
9 9 4
"""


def solve(benchmark, **options):
    found = locate(
        benchmark.demand, benchmark.sites, benchmark.costs, count=benchmark.count, **options
    )
    assert check(found.certificate, found.model) == []
    return found.answer


def test_p_median_graph(tmp_path):
    (tmp_path / "graph.txt").write_text(GRAPH)
    benchmark = read_benchmark(tmp_path / "graph.txt")
    assert len(benchmark.costs) == 25
    longest = benchmark.costs.set_index(["from_id", "to_id"])["cost"]
    assert longest["1", "5"] == 3 + 4 + 1 + 2
    answer = solve(benchmark, model="p-median")
    assert (sorted(answer["sites"]), answer["objective"]) == (["1", "4"], 3 + 0 + 1 + 0 + 2)
    assert answer["status"] == "optimal"
    assert solve(benchmark, model="p-center")["objective"] == 3


def test_coordinates_with_a_heading(tmp_path):
    (tmp_path / "points.txt").write_text(POINTS)
    benchmark = read_benchmark(tmp_path / "points.txt")
    assert (benchmark.count, benchmark.cutoff, len(benchmark.costs)) == (1, 1.5, 4 + 4)
    answer = solve(benchmark, model="max-coverage")
    assert (answer["sites"], answer["objective"]) == (["2"], 7)


def test_coordinates_without_a_heading(tmp_path):
    (tmp_path / "points.txt").write_text(POINTS.split("\n", 1)[1])
    benchmark = read_benchmark(tmp_path / "points.txt")
    assert (benchmark.count, benchmark.cutoff, len(benchmark.costs)) == (None, None, 16)
    near = read_benchmark(tmp_path / "points.txt", cutoff=1.0)
    assert len(near.costs) == 4 + 4
    assert near.costs["cost"].max() == 1.0


def test_order_of_ids_is_that_of_the_file(tmp_path):
    rows = np.random.default_rng(1).integers(0, 100, (12, 3))
    (tmp_path / "p.txt").write_text("\n".join(" ".join(map(str, row)) for row in rows))
    benchmark = read_benchmark(tmp_path / "p.txt", cutoff=10)
    assert benchmark.demand["id"].is_monotonic_increasing
    assert benchmark.demand["people"].tolist() == rows[:, 2].tolist()


@pytest.mark.parametrize("text", ["", "a b c\n", "1 2\n3 4\n", "3 1 2\n1 2\n"])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "x.txt").write_text(text)
    with pytest.raises(DataError, match="no known benchmark format"):
        read_benchmark(tmp_path / "x.txt")


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_benchmark(tmp_path / "none.txt")


def located(path, **options):
    return locate_any(tables=(None, None, None), benchmark=path, **options).answer


def test_a_file_brings_its_own_number_and_radius(tmp_path):
    (tmp_path / "graph.txt").write_text(GRAPH)
    (tmp_path / "points.txt").write_text(POINTS)
    graph, points = tmp_path / "graph.txt", tmp_path / "points.txt"
    assert located(graph, model="p-median")["objective"] == 6
    assert located(graph, model="p-median", count=1)["objective"] > 6
    assert located(points, model="max-coverage")["objective"] == 7
    assert located(points, model="max-coverage", cutoff=0.5)["objective"] == 5
    assert located(points, model="set-cover")["objective"] == 2
    assert located(graph, model="set-cover", cutoff=4)["objective"] == 2


@pytest.mark.parametrize("tables", [(None, None, None), ("a.csv", None, None)])
def test_neither_tables_nor_file_is_a_usage_error(tables):
    paths = tuple(None if table is None else Path(table) for table in tables)
    with pytest.raises(UsageError, match="no complete input"):
        locate_any(tables=paths, benchmark=None, model="p-median", count=1)


def test_progress_is_told_now_and_then():
    said = []
    tell = progress_lines(said.append, every_s=0)
    tell(SimpleNamespace(value=1000, bound=2500))
    assert said == ["1,000 ≤ … ≤ 2,500"]
    silent = progress_lines(said.append, every_s=100)
    silent(SimpleNamespace(value=1, bound=2))
    assert len(said) == 1
