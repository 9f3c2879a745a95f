"""Warm-up compiles everything that a run needs."""

import numpy as np
from oracle import placed

from siting.access.capacity import step_weights
from siting.network import chains, contours, kernels, noding, outlines, passes, together
from siting.network.chains import build_streets
from siting.network.costs import cover_sets, nearest_costs
from siting.network.isochrones import isochrones, service_area
from siting.network.warm import warm_up
from siting.ranking import kernels as kernels_
from siting.ranking import median_kernels, merging
from siting.ranking import warm as ranking

ENTRIES = [
    kernels.nearest,
    kernels.cover,
    together.cover,
    together.room,
    passes.ends,
    passes.carried,
    passes.parted,
    passes.dealt,
    passes.by_site,
    passes.in_order,
    passes.stepped,
    noding.hilbert,
    contours._traced,
    contours._grouped,
    outlines._measure,
    chains._walk_chains,
]


def test_warm_up_leaves_nothing_to_compile():
    warm_up()
    compiled = [list(entry.signatures) for entry in ENTRIES]
    assert all(compiled)
    square = build_streets(
        x_mm=[0, 90_000, 90_000, 0, 0],
        y_mm=[0, 0, 90_000, 90_000, -50_000],
        segment_u=[0, 1, 2, 3, 0],
        segment_v=[1, 2, 3, 0, 4],
        segment_line=[0, 0, 0, 0, 1],
        factor_uv_permille=[1000, 1500, 1000, 1000, 2000],
    )
    people, places = placed([0, 1, 1], [0, 7, 9000], [3, 0, 0]), placed([1, 0], [50, 60], [0, 9])
    categories = [[0], np.array([True, True])]
    for threads in (1, 2):
        options = {"demand": people, "threads": threads}
        nearest_costs(
            square, facilities=places, categories=categories, cutoff_mm=[1, 2, 3], **options
        )
        cover_sets(square, sites=places, cutoff_mm=[9000, -1, 70], **options)
        isochrones(square, facilities=places, cutoffs_m=[50, 90], threads=threads)
    step_weights([(50, 1), (90, 0.5)])(np.array([7, 9], np.int32))
    service_area(square, facilities=places, cutoff_m=70, cell_m=10)
    assert [list(entry.signatures) for entry in ENTRIES] == compiled


def test_rankings_find_their_kernels_compiled():
    ranking.warm_up()
    entries = [kernels_.cover, kernels_.swap_search, merging._labels, median_kernels.savings]
    assert all(entry.signatures for entry in entries)
