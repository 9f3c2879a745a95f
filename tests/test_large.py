"""A long sheet needs little more memory than its cells: what a row costs is measured."""

import subprocess
import sys
from pathlib import Path

ROWS = 60_000
# Far above what a row of eight columns costs, far below a table kept several times over.
MOST_KB_A_ROW = 2.5
READ = """
import resource, sys
from pathlib import Path
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec

def read(name):
    spec = LayerSpec(path=name, crs="EPSG:4490")
    found = read_layers({"facilities": [spec]}, base=Path(sys.argv[1]), crs="EPSG:4549")
    return len(found.facilities), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

_, before = read("short.csv")
rows, after = read("long.csv")
print(rows, after - before)
"""


def write(path, rows):
    with path.open("w", encoding="gb18030") as stream:
        stream.write("某市设施一览表\n编号,名称,类型,经度,纬度,学位数,普惠,启用年份\n")
        for i in range(rows):
            place = f"{120.3 + i % 1000 / 1e4:.4f},{30.2 + i // 1000 / 1e4:.4f}"
            stream.write(
                f'K{i},第{i}幼儿园,幼儿园,{place},"1,{i % 900 + 100}",是,{2000 + i % 20}\n'
            )


def test_a_long_sheet_in_bounded_memory(tmp_path):
    write(tmp_path / "short.csv", 100)
    write(tmp_path / "long.csv", ROWS)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)], cwd=Path(__file__).parents[1],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows, kilobytes = map(int, done.stdout.split())
    assert rows == ROWS
    assert kilobytes / ROWS < MOST_KB_A_ROW
