"""Warm-up compiles everything that a run needs."""

from siting.network import isochrones, kernels, streets
from siting.network.warm import warm_up


def test_warm_up_leaves_nothing_to_compile():
    warm_up()
    entries = [kernels.nearest, kernels.cover, isochrones._measure, streets._walk_chains]
    assert all(entry.signatures for entry in entries)
