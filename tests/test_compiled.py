"""Without numba, and without a writable cache folder: a notice, and the same numbers."""

import subprocess
import sys

import pytest

TOWN = """
import numpy as np
from siting.network.costs import cover_sets, nearest_costs
from siting.network.isochrones import service_area
from siting.network.snap import snap
from siting.network.chains import build_streets

rng = np.random.default_rng(0)
x, y = (a.ravel() * 100_000 + rng.integers(0, 40_000, 36) for a in np.meshgrid(range(6), range(6)))
node = np.arange(36).reshape(6, 6)
streets = build_streets(
    x_mm=x, y_mm=y,
    segment_u=np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()]),
    segment_v=np.concatenate([node[:, 1:].ravel(), node[1:].ravel()]),
    segment_line=np.arange(60),
)
homes, schools = (snap(*rng.integers(0, 500_000, (2, k)), streets=streets, min_component=9)
                  for k in (30, 4))
cost, school = nearest_costs(streets, demand=homes, facilities=schools)
sets = cover_sets(streets, demand=homes, sites=schools, cutoff_m=300)
area = service_area(streets, facilities=schools, cutoff_m=150)
print(cost.tolist(), school.tolist(), sets.demand.tolist(), sets.cost_mm.tolist(), area.wkt)
"""


DOUBLE = """
from siting.network.compiled import compiled

def double(n):
    return 2 * n

double = compiled(double)
print(double(2), "compiled" if double.signatures else "interpreted")
"""


def answer(program):
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def compiled():
    out, notice = answer(TOWN)
    assert not notice
    return out


def test_without_numba_the_numbers_are_the_same(compiled):
    hide = (
        "import importlib.util, sys\n"
        "sys.modules['numba'] = None\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name: None if name == 'numba' else find(name)\n"
    )
    out, notice = answer(hide + TOWN)
    assert out == compiled
    assert notice.count("numba is not installed") == 1


def test_without_a_cache_folder_loops_compile_in_memory():
    # A program without a file of its own has no place for a cache, like a read-only install.
    out, notice = answer(DOUBLE)
    assert out == "4 compiled\n"
    assert notice.count("no writable cache folder") == 1


def test_without_a_cache_folder_costs_are_the_same(compiled):
    # Numba looks for a place to keep what it compiled among notebooks only, and finds none.
    forget = "import os\nos.environ['NUMBA_CACHE_LOCATOR_CLASSES'] = 'IPythonCacheLocator'\n"
    nearest = TOWN.split("sets =", maxsplit=1)[0] + "print(cost.tolist(), school.tolist())"
    out, notice = answer(forget + nearest)
    assert compiled.startswith(out.strip())
    assert notice.count("no writable cache folder") == 1
