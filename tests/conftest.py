"""Fixtures that several modules share. The run is imported late: few tests need all of it."""

from pathlib import Path

import pytest
from chromium import browser, visit  # noqa: F401  fixtures of every module
from hypothesis import settings
from town import write_town

# The same examples on every run, however slow the machine: who breaks a property learns it at once.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def _run(path):
    from siting.project import find_project
    from siting.run import run

    return run(path, project=find_project(path.parent))


@pytest.fixture(scope="session")
def town_result(tmp_path_factory):
    """The town of town.py, run once."""
    return _run(write_town(tmp_path_factory.mktemp("town")))


@pytest.fixture(scope="session")
def baseline_result():
    """The shipped baseline, run once; its tests share a worker: @xdist_group("baseline")."""
    return _run(Path(__file__).parents[1] / "scenarios" / "baseline.toml")


@pytest.fixture
def run_town(tmp_path):
    """Return a function that writes the town with other residents or facilities, and runs it."""
    return lambda **changed: _run(write_town(tmp_path, **changed))


@pytest.fixture(scope="session")
def town_prepared(tmp_path_factory):
    """The town, placed on its streets."""
    from siting.prepare import Stopwatch, prepare
    from siting.project import find_project

    path = write_town(tmp_path_factory.mktemp("town"))
    return prepare(path, project=find_project(path.parent), watch=Stopwatch(lambda _: None))
