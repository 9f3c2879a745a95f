"""Links on a network: they add ways, and change none of those there are."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import NETWORKS, PLACES, positions_of, streets_of, walking_costs

from siting.network import engine as network_engine
from siting.network import kernels, passes, searches
from siting.network.costs import UNREACHABLE, cover_sets, nearest_costs
from siting.network.isochrones import reached_edges
from siting.network.joints import share
from siting.network.links import Link, with_links
from siting.network.noding import to_mm
from siting.network.snap import snap

ENDS = st.tuples(st.integers(0, 999), st.fractions(0, 1, max_denominator=7))
"""A place on a street: edge (taken modulo the number of edges), share of its length."""
LINKS = st.lists(
    st.tuples(
        ENDS,
        st.tuples(st.integers(0, 5000), st.integers(0, 5000)),
        st.none() | ENDS,
        st.sampled_from([1000, 1300]),
    ),
    min_size=1,
    max_size=4,
)
"""From a place on a street over a point to another, or to nowhere; and what a metre of it costs."""
COLUMNS = ["node_x_mm", "node_y_mm", "edge_u", "edge_v", "length_mm", "cost_uv_mm", "cost_vu_mm"]
COLUMNS += ["vertex_x_mm", "vertex_y_mm", "vertex_at_mm", "edge_line"]
EXAMPLES = settings(max_examples=60, deadline=None)


def on_street(streets, end):
    """Return a place on a street in metres, rounded to millimetres."""
    edge = end[0] % len(streets.edge_u)
    part = slice(streets.vertex_start[edge], streets.vertex_start[edge + 1])
    at = float(end[1]) * streets.length_mm[edge]
    axes = (streets.vertex_x_mm[part], streets.vertex_y_mm[part])
    return tuple(np.floor(np.interp(at, streets.vertex_at_mm[part], a) + 0.5) / 1000 for a in axes)


def position(streets, end):
    """Return where on the network that place is found."""
    x, y = (to_mm([metres]) for metres in on_street(streets, end))
    found = snap(x, y, streets=streets, min_component=1)
    return replace(found, leg_mm=np.zeros_like(found.leg_mm))


def linked(streets, drawn):
    """Add links one after the other: each may end on the one before."""
    for row, (start, over, end, permille) in enumerate(drawn):
        xy = [on_street(streets, start), tuple(np.array(over) / 1000)]
        xy += [] if end is None else [on_street(streets, end)]
        streets = with_links(streets, [Link(shapely.LineString(xy), row, permille)])
    return streets


def joined(streets, *lines):
    return with_links(streets, [Link(shapely.LineString(xy), 0, 1000) for xy in lines])


@EXAMPLES
@given(drawn=NETWORKS, links=LINKS)
def test_nothing_there_changes_and_parts_add_up_to_their_edge(drawn, links):
    before = streets_of(drawn)
    after = linked(before, links)
    for name in COLUMNS:
        old = getattr(before, name)
        assert getattr(after, name)[: len(old)].tolist() == old.tolist(), name
        assert getattr(after, name).dtype == old.dtype, name
    parts = after.parts
    for name in ("cost_uv_mm", "cost_vu_mm"):
        sums = np.bincount(parts.edge, getattr(parts, name))
        assert sums.tolist() == getattr(after, name).tolist()
    assert np.bincount(parts.edge, parts.to_mm - parts.from_mm).tolist() == after.length_mm.tolist()
    assert len(parts.u) == len(after.edge_u) + len(after.joints.node)
    inner = after.joints.offset_mm
    assert ((inner > 0) & (inner < after.length_mm[after.joints.edge])).all()


@EXAMPLES
@given(drawn=NETWORKS, links=LINKS)
def test_components_are_what_is_connected(drawn, links):
    streets = linked(streets_of(drawn), links)
    group = np.arange(len(streets.node_x_mm))
    for _ in group:
        np.minimum.at(group, streets.parts.u, group[streets.parts.v])
        np.minimum.at(group, streets.parts.v, group[streets.parts.u])
    pairs = set(zip(group.tolist(), streets.component.tolist(), strict=True))
    assert len(pairs) == len(set(group.tolist())) == len(streets.component_size)
    assert streets.component_size.sum() == streets.source_nodes


@pytest.mark.parametrize("engine", [(kernels, passes), (searches, searches)])
@settings(max_examples=40, deadline=None)
@given(drawn=NETWORKS, links=LINKS, demand=PLACES, facilities=PLACES)
def test_costs_agree_with_networkx_and_never_rise(engine, drawn, links, demand, facilities):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network_engine, "search", engine[0])
        patch.setattr(network_engine, "around", engine[1])
        patch.setattr(network_engine, "together", None)
        before = streets_of(drawn)
        after = linked(before, links)
        people, there = positions_of(after, demand), positions_of(after, facilities)
        found = nearest_costs(after, demand=people, facilities=there)
        pairs = walking_costs(after, people, there)
        expected = pairs.min(axis=1, initial=np.inf)
        cost = np.where(found.cost_mm == UNREACHABLE, np.inf, found.cost_mm)
        assert cost.tolist() == expected.tolist()
        sets = cover_sets(after, demand=people, sites=there, cutoff_m=100)
        site = np.repeat(np.arange(len(there)), np.diff(sets.indptr))
        dense = np.full(pairs.shape, np.inf)
        dense[sets.demand, site] = sets.cost_mm
        assert dense.tolist() == np.where(pairs <= 100_000, pairs, np.inf).tolist()
        old, at = positions_of(before, demand), positions_of(before, facilities)
        was = nearest_costs(before, demand=old, facilities=at).cost_mm
        assert (nearest_costs(after, demand=old, facilities=at).cost_mm <= was).all()


@EXAMPLES
@given(drawn=NETWORKS, link=LINKS.map(lambda links: links[:1]), demand=PLACES, facilities=PLACES)
def test_a_walk_is_the_old_one_or_crosses_the_link(drawn, link, demand, facilities):
    """Known from costs without the link alone: to its ends, along it, and on from there."""
    before = streets_of(drawn)
    after = linked(before, link)
    people, there = positions_of(before, demand), positions_of(before, facilities)
    old = walking_costs(before, people, there).min(axis=1, initial=np.inf)
    expected = old
    if link[0][2] is not None and len(after.edge_u) == len(before.edge_u) + 1:
        ends = [position(before, link[0][at]) for at in (0, 2)]
        across = int(after.cost_uv_mm[-1])
        for one, other in (ends, ends[::-1]):
            onward = walking_costs(before, other, there).min(axis=1, initial=np.inf)[0]
            there_by = walking_costs(before, people, one)[:, 0] + across + onward
            expected = np.minimum(expected, there_by)
    found = nearest_costs(after, demand=people, facilities=there).cost_mm
    assert np.where(found == UNREACHABLE, np.inf, found).tolist() == expected.tolist()


@EXAMPLES
@given(drawn=NETWORKS, links=LINKS, seed=st.integers(0, 99))
def test_people_stay_on_their_street_or_come_to_a_link(drawn, links, seed):
    before = streets_of(drawn)
    after = linked(before, links)
    x, y = np.random.default_rng(seed).integers(-1000, 6000, (2, 40))
    was, now = (snap(x, y, streets=one, min_component=1) for one in (before, after))
    stays = now.edge < len(before.edge_u)
    for name in ("edge", "offset_mm", "leg_mm"):
        assert getattr(now, name)[stays].tolist() == getattr(was, name)[stays].tolist()
    assert (now.leg_mm <= was.leg_mm)[was.edge >= 0].all()


LADDER = [(0, 0, 5, 0, 1000, 1000), (0, 3, 5, 3, 1000, 1000)]


def test_two_links_on_one_street_are_three_parts():
    streets = joined(streets_of(LADDER), [(1, 0), (1, 3)], [(4, 0), (4, 3)])
    assert len(streets.edge_u) == 4
    assert streets.joints.offset_mm.tolist() == [1000, 4000, 1000, 4000]
    assert streets.parts.to_mm.tolist() == [1000, 4000, 5000] * 2 + [3000, 3000]
    assert len(streets.component_size) == 1


def test_a_link_that_ends_on_a_link_or_where_another_does():
    streets = joined(streets_of(LADDER), [(2, 0), (2, 3)], [(2, 0), (3, 1), (2, 2)])
    assert streets.joints.edge.tolist() == [0, 1, 2]
    assert streets.edge_u[2] == streets.edge_u[3]
    assert streets.edge_v[3] == streets.joints.node[2]


def test_a_link_to_the_end_of_a_street_needs_no_joint_and_one_to_nowhere_ends_there():
    streets = joined(streets_of(LADDER), [(0, 0), (0, 3)], [(5, 3), (6, 6)])
    assert len(streets.joints.node) == 0
    assert streets.node_x_mm.tolist() == [*streets_of(LADDER).node_x_mm.tolist(), 6000]
    assert streets.component_size.tolist() == [5]


def test_a_link_without_length_is_none():
    base = streets_of(LADDER)
    assert joined(base, [(1, 0), (1, 0)]).edge_u.tolist() == base.edge_u.tolist()


def test_shares_are_rounded_half_up():
    cost, length = np.array([3, 3], np.int32), np.array([2, 2], np.int32)
    assert share(cost, np.array([1, 2], np.int32), length).tolist() == [2, 3]


def test_what_is_reached_is_drawn_over_a_link():
    """From the far end of the lower street, over the link in its middle, into the upper one."""
    streets = joined(streets_of(LADDER), [(2, 0), (2, 3)])
    place = snap(np.array([5000]), np.array([0]), streets=streets, min_component=1)
    drawn = shapely.union_all(reached_edges(streets, place, cutoff_m=7))
    assert drawn.length == pytest.approx(5 + 3 + 2)
    assert drawn.bounds == (0, 0, 5, 3)
