"""Warm-up compiles everything that a run needs."""

from siting.network import contours, kernels, noding, outlines, passes, streets
from siting.network.warm import warm_up


def test_warm_up_leaves_nothing_to_compile():
    warm_up()
    entries = [
        kernels.nearest,
        kernels.cover,
        passes.ends,
        passes.carried,
        passes.parted,
        passes.dealt,
        passes.by_site,
        noding.hilbert,
        outlines._measure,
        contours._traced,
        streets._walk_chains,
    ]
    assert all(entry.signatures for entry in entries)
