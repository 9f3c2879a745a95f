"""Cover sets of sites near each other: eight searched at a time, costs lowered eight at once.

Sites that follow each other reach much the same streets. Searched together, one look at an edge
serves all eight, and the demand around them is sorted once. It pays while searches are short
(`siting.network.cover` decides): what eight sites far from each other reach, or sites that reach
far, is corrected too often.

Numba's cache does not notice when what is imported here changes: then this file is to be touched.
"""

# ruff: noqa: PLR0917 – compiled functions take their arguments by position.

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from siting.network.compiled import HAS_NUMBA, compiled
from siting.network.kernels import COST_BITS, DEAD_END, LOW, NODE, ONE, UNREACHABLE, ZERO, _grown
from siting.network.passes import _sorted

LANES = 8

_U = np.uint64
_NOTHING = np.uint32(UNREACHABLE)
_ROOM = 2**14


def _lower(to: Any, row: Any, source: Any, source_row: Any, more: Any, most: Any) -> np.uint32:
    """Lower row `row` of `to` to a row of `source` plus `more`, where that is at most `most`.

    Both are tables of `LANES` columns of 32-bit costs, `more` less than 2³¹. Returns a number whose
    bits are the lanes that were lowered.
    """
    new = source[source_row] + np.uint32(more)
    lower = (new < to[row]) & (new <= most)
    to[row] = np.where(lower, new, to[row])
    return np.uint32((lower << np.arange(LANES)).sum())


def _compiled() -> Any:
    from llvmlite import ir  # noqa: PLC0415 – comes with numba
    from numba import types  # noqa: PLC0415 – where it is installed
    from numba.extending import intrinsic  # noqa: PLC0415

    word = ir.IntType(32)
    vector = ir.VectorType(word, LANES)
    nothing = ir.Constant(vector, ir.Undefined)

    def same(builder: Any, value: Any) -> Any:
        first = builder.insert_element(nothing, value, ir.Constant(word, 0))
        return builder.shuffle_vector(first, nothing, ir.Constant(vector, [0] * LANES))

    def generated(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        to, row, source, source_row, more, most = values
        at, from_at = (
            builder.gep(
                builder.bitcast(
                    context.make_array(kind)(context, builder, table).data, vector.as_pointer()
                ),
                [number],
            )
            for kind, table, number in (
                (signature.args[0], to, row),
                (signature.args[2], source, source_row),
            )
        )
        old = builder.load(at, align=4)
        new = builder.add(builder.load(from_at, align=4), same(builder, more))
        lower = builder.and_(
            builder.icmp_unsigned("<", new, old),
            builder.icmp_unsigned("<=", new, same(builder, most)),
        )
        builder.store(builder.select(lower, new, old), at, align=4)
        return builder.zext(builder.bitcast(lower, ir.IntType(LANES)), word)

    @intrinsic
    def lower(_: Any, to: Any, row: Any, source: Any, source_row: Any, more: Any, most: Any) -> Any:  # noqa: ARG001
        row, more = types.uint64, types.uint32
        return types.uint32(to, row, source, row, more, more), generated

    return lower


lower: Any = _compiled() if HAS_NUMBA else _lower
"""As two instructions, which numba does not find by itself: it unrolls a loop over eight numbers
before it looks for vectors, and takes three times as long."""


class _Near(NamedTuple):
    """What some sites, searched together, have reached: a slot of `cost` for each node or row.

    `slot` says for each node (or demand row) which slot is its own, −1 if none; `number` says for
    each slot whose it is, `cost` what the way to each site costs, a lane a site.
    """

    slot: Any
    number: Any
    cost: Any
    waiting: Any


@compiled
def _near(size: Any, room: Any) -> Any:  # pragma: no cover
    return _Near(
        np.full(size, -1, np.int32),
        np.empty(room, np.int32),
        np.empty((room, LANES), np.uint32),
        np.empty(room, np.bool_),
    )


@compiled
def _with_room(near: Any, size: Any) -> Any:  # pragma: no cover
    """Return slots for twice as many, and for `size`, if half of them are taken or fewer left."""
    if size <= len(near.number) // 2:
        return near
    room = max(2 * len(near.number), 2 * size)
    grown = _Near(
        near.slot,
        np.empty(room, np.int32),
        np.empty((room, LANES), np.uint32),
        np.empty(room, np.bool_),
    )
    taken = len(near.number)
    grown.number[:taken], grown.cost[:taken] = near.number, near.cost
    grown.waiting[:taken] = near.waiting
    return grown


@compiled
def _slot(
    slot_of: Any, number: Any, cost: Any, waiting: Any, whose: Any, count: Any
) -> Any:  # pragma: no cover
    """Return the slot of a node or row, a new one if it has none: then there is one more."""
    slot = slot_of[whose]
    if slot >= 0:
        return _U(slot), count
    new = _U(count)
    slot_of[whose] = np.int32(new)
    number[new] = np.int32(whose)
    waiting[new] = False
    for lane in range(LANES):
        cost[new, lane] = _NOTHING
    return new, count + ONE


@compiled
def _walk(
    graph: Any, near: Any, queue: Any, size: Any, count: Any, cut_mm: Any
) -> Any:  # pragma: no cover
    """Lower costs from a queue of slots, first in, first out, as `siting.network.kernels` does.

    A node waits in the queue once, however many of its lanes were lowered meanwhile. Stops when the
    queue is empty, or too full for one more node, and says how many slots are left in its front.
    """
    start, adjacency = graph.start, graph.word
    slot_of, number, cost, waiting = near.slot, near.number, near.cost, near.waiting
    head, tail = ZERO, _U(size)
    full, slots = _U(len(queue) - graph.room), _U(len(number) - graph.room)
    while head < tail <= full and count <= slots:
        own = _U(queue[head])
        head += ONE
        waiting[own] = False
        node = _U(number[own])
        for link in range(_U(start[node]), _U(start[node + ONE])):
            step = adjacency[link]
            slot, count = _slot(slot_of, number, cost, waiting, step & NODE, count)
            lowered = lower(cost, slot, cost, own, np.uint32(step >> COST_BITS), cut_mm)
            # From a dead end the search could only come back.
            goes_on = (lowered != 0) & (step & DEAD_END == ZERO) & (not waiting[slot])
            waiting[slot] |= goes_on
            queue[tail] = slot
            tail += _U(goes_on)
    left = tail - head
    for at in range(left):
        queue[at] = queue[head + at]
    return np.int64(left), count


@compiled
def _reach(
    graph: Any, sites: Any, seed_node: Any, seed_word: Any, cut: Any, near: Any, queue: Any
) -> Any:  # pragma: no cover
    """Search from both ends of the edges of up to eight sites; return what grew, nodes reached."""
    slot_of, number, cost, waiting = near.slot, near.number, near.cost, near.waiting
    size, count = 0, ZERO
    for lane in range(len(sites)):
        for end in range(2):
            word = seed_word[sites[lane], end]
            if word <= cut:
                node = seed_node[sites[lane], end]
                slot, count = _slot(slot_of, number, cost, waiting, node, count)
                cost[slot, lane] = min(cost[slot, lane], np.uint32(word >> COST_BITS))
                if not waiting[slot]:
                    waiting[slot] = True
                    queue[size] = slot
                    size += 1
    while size > 0:
        size, count = _walk(graph, near, queue, size, count, np.uint32(cut >> COST_BITS))
        if size + graph.room > len(queue) // 2:
            queue = _grown(queue, 0)
        near = _with_room(near, count + graph.room)
    return queue, near, count


@compiled
def _collect(
    near: Any, count: Any, links: Any, sites: Any, pairs: Any, cut_mm: Any, beside: Any
) -> Any:  # pragma: no cover
    """Carry the costs of the reached nodes on to the demand beside them, and forget the nodes."""
    begin, link = links.start, links.word
    most = 0
    for slot in range(_U(count)):
        node = _U(near.number[slot])
        near.slot[node] = -1
        most += begin[node + ONE] - begin[node]
    for site in sites:
        most += pairs.start[site + 1] - pairs.start[site]
    beside = _with_room(beside, most)
    row_slot, rows, row_cost, waiting = beside.slot, beside.number, beside.cost, beside.waiting
    number, cost = near.number, near.cost
    found = ZERO
    for own in range(_U(count)):
        node = _U(number[own])
        for at in range(_U(begin[node]), _U(begin[node + ONE])):
            word = link[at]
            slot, found = _slot(row_slot, rows, row_cost, waiting, word & LOW, found)
            lower(row_cost, slot, cost, own, np.uint32(word >> COST_BITS), cut_mm)
    for lane in range(len(sites)):
        for at in range(pairs.start[sites[lane]], pairs.start[sites[lane] + 1]):
            word = pairs.word[at]
            slot, found = _slot(row_slot, rows, row_cost, waiting, word & LOW, found)
            row_cost[slot, lane] = min(row_cost[slot, lane], np.uint32(word >> COST_BITS))
    return beside, found


class Room(NamedTuple):
    """What searches work in; kept from one to the next, because new memory comes slowly."""

    near: _Near
    beside: _Near
    queue: Any
    rows: Any
    costs: Any


@compiled
def room(graph: Any, demand_rows: Any) -> Any:  # pragma: no cover
    """Return room to begin with for `cover`: four bytes a node and four a demand row."""
    return Room(
        _near(len(graph.start) - 1, _ROOM + graph.room),
        _near(demand_rows, _ROOM),
        np.empty(_ROOM + graph.room, np.int32),
        np.empty(_ROOM, np.int32),
        np.empty(_ROOM, np.int32),
    )


@compiled
def cover(
    graph: Any,
    sites: Any,
    seed_node: Any,
    seed_word: Any,
    cut: Any,
    links: Any,
    pairs: Any,
    row_cut: Any,
    room: Any,
) -> Any:  # pragma: no cover
    """For each site, find the demand rows within their cutoffs, eight sites at a time.

    Parameters
    ----------
    graph, sites, seed_node, seed_word, cut, links, pairs, row_cut
        As for `siting.network.kernels.cover`.
    room
        `Room`; it comes back grown.

    Returns
    -------
    tuple
        Where each site searched begins; the demand rows of each, ascending; their costs; the room.
        Rows and costs lie in the room: they hold until its next use.
    """
    cut_mm = np.uint32(cut >> COST_BITS)
    near, beside, queue, rows, costs = room
    begin = np.zeros(len(sites) + 1, np.int64)
    total = ZERO
    for first in range(0, len(sites), LANES):
        some = sites[first : first + LANES]
        queue, near, count = _reach(graph, some, seed_node, seed_word, cut, near, queue)
        beside, found = _collect(near, count, links, some, pairs, cut_mm, beside)
        words = np.empty(found, np.uint64)
        for slot in range(_U(found)):
            words[slot] = _U(beside.number[slot]) << COST_BITS | slot
            beside.slot[beside.number[slot]] = -1
        words = _sorted(words, np.empty_like(words))
        # One more than there is room for may be written, and is written over.
        if total + found * LANES >= len(rows):
            most = total + found * LANES + ONE
            rows, costs = _grown(rows, most), _grown(costs, most)
        for lane in range(len(some)):
            for word in words:
                row = word >> COST_BITS
                cost = np.int32(beside.cost[word & LOW, lane])
                rows[total], costs[total] = np.int32(row), cost
                total += _U(cost <= row_cut[row])
            begin[first + lane + 1] = total
    return begin, rows[:total], costs[:total], Room(near, beside, queue, rows, costs)
