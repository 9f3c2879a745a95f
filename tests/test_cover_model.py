from dataclasses import replace

import numpy as np
import pytest
from brute import cover_models
from hypothesis import given, settings

from siting.ranking import merging
from siting.ranking.core import core_of
from siting.ranking.cover_model import EXISTING, MUST, NEVER, cover_model, digest, within
from siting.ranking.merging import merge_rows


def drawn(**options):
    """
    Three sites over four rows, people above::

        people   5  3  2  7
        a        x  x
        b           x  x
        c              x  x
    """
    given_order = ["c", "a", "b"]
    pairs = [(0, 3), (0, 2), (1, 0), (1, 1), (2, 2), (2, 1)]
    return cover_model(given_order, *np.array(pairs).T, weights=[5, 3, 2, 7], **options)


def test_sites_and_rows_are_sorted():
    model = drawn(cost_mm=[30, 20, 0, 10, 25, 15], site_cost=[3, 1, 2])
    assert model.site_ids == ("a", "b", "c")
    assert [model.rows(j).tolist() for j in range(3)] == [[0, 1], [1, 2], [2, 3]]
    assert model.cost_mm.tolist() == [0, 10, 15, 25, 20, 30]
    assert model.site_cost.tolist() == [1, 2, 3]


def test_a_pair_given_twice_counts_once_at_its_least_cost():
    model = cover_model(["a"], [0, 0, 0], [0, 1, 0], weights=[1, 1], cost_mm=[9, 5, 4])
    assert model.demand.tolist() == [0, 1]
    assert model.cost_mm.tolist() == [4, 5]


def test_cutoff_is_inclusive_and_may_differ_by_row():
    model = drawn(cost_mm=[30, 20, 0, 10, 25, 15])
    assert within(model, 20).demand.tolist() == [0, 1, 1, 2]
    assert within(model, [0, 9, 25, 30]).demand.tolist() == [0, 2, 2, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": [1.5, 1]}, "whole numbers"),
        ({"weights": [-1, 1]}, "not negative"),
        ({"weights": [1]}, "beyond the last"),
        ({"weights": [1, 1], "status": [0]}, "expected 2 values"),
        ({"weights": [1, 1], "cost_mm": [1]}, "expected 2 values"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        cover_model(["a", "b"], [0, 1], [0, 1], **options)


def test_a_site_id_may_stand_once():
    with pytest.raises(ValueError, match="twice"):
        cover_model(["a", "a"], [0], [0], weights=[1])


def test_core_takes_out_what_is_fixed():
    core = core_of(drawn(status=[0, EXISTING, 0]))
    assert (core.base, core.site.tolist(), core.weights.tolist()) == (8, [1, 2], [2, 7])
    core = core_of(drawn(status=[MUST, NEVER, 0]))
    assert (core.base, core.site.tolist()) == (9, [1])
    assert core.weights.tolist() == [3]


def test_a_rival_of_a_fixed_site_is_not_open_to_choice():
    core = core_of(drawn(status=[0, EXISTING, 0], conflicts=[(1, 2)]))
    assert core.site.tolist() == [2]


def sites_of_rows(lists):
    """Turn lists of sites into rows of each site, in CSR form."""
    sites = range(1 + max(j for reached in lists for j in reached))
    rows = [[i for i, reached in enumerate(lists) if j in reached] for j in sites]
    return np.cumsum([0, *map(len, rows)]), np.concatenate(rows).astype(np.int32)


def test_rows_reached_by_the_same_sites_are_merged():
    lists = [[0, 1], [2], [], [0, 1], [2], [0], [1, 2]]
    rows = merge_rows(*sites_of_rows(lists), np.arange(1, 8), np.arange(3))
    assert rows.label.tolist() == [0, 1, -1, 0, 1, 2, 3]
    assert rows.weights.tolist() == [1 + 4, 2 + 5, 6, 7]
    assert [r.tolist() for r in np.split(rows.row, rows.indptr[1:-1])] == [[0, 2], [0, 3], [1, 3]]


def test_rows_without_people_or_site_are_dropped_and_sites_stand_as_asked():
    lists = [[0], [1], [1, 2], [2]]
    rows = merge_rows(*sites_of_rows(lists), np.array([5, 0, 7, 9]), np.array([2, 1]))
    assert rows.label.tolist() == [-1, -1, 0, 1]
    assert [r.tolist() for r in np.split(rows.row, rows.indptr[1:-1])] == [[0, 1], [0]]


def test_equal_codes_never_merge_what_differs(monkeypatch):
    """All codes alike: rows with as many sites collide, and only those that are equal may merge."""
    lists = [[0, 1], [1, 2], [0, 1], [2], [2]]
    monkeypatch.setattr(merging, "_codes", lambda sites: np.ones(len(sites), np.uint64))
    rows = merge_rows(*sites_of_rows(lists), np.ones(5, np.int64), np.arange(3))
    assert rows.label.tolist() == [0, 1, 2, 3, 3]
    assert rows.weights.tolist() == [1, 1, 1, 2]


@settings(deadline=None, max_examples=60)
@given(cover_models())
def test_core_keeps_every_value(model):
    core = core_of(model)
    for j, site in enumerate(core.site):
        rows = model.rows(site)
        fixed = [m for m in range(len(model.site_ids)) if model.status[m] in (MUST, EXISTING)]
        served = model.covered.copy()
        for m in fixed:
            served[model.rows(m)] = True
        assert core.value(np.array([j])) == model.weights[rows[~served[rows]]].sum()


def test_digest_sees_every_change():
    model = drawn(capacity=[1, 2, 3])
    changed = [
        replace(model, weights=model.weights + 1),
        replace(model, covered=~model.covered),
        replace(model, status=model.status + np.int8(1)),
        replace(model, site_cost=model.site_cost + 1),
        replace(model, capacity=None),
        replace(model, site_ids=("a", "b", "d")),
        drawn(capacity=[1, 2, 3], conflicts=[(0, 1)]),
        drawn(capacity=[1, 2, 3], cost_mm=[0] * 6),
    ]
    assert len({digest(m) for m in [model, *changed]}) == 1 + len(changed)
    assert digest(model) == digest(drawn(capacity=[1, 2, 3]))
