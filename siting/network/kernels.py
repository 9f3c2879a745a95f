"""Bounded shortest-path searches: the two loops that every walking cost comes from.

Everything the searches touch is packed into 64-bit words, cost in the upper half, so that one
comparison orders by cost and then by node or facility, and one load brings both:

* adjacency: cost of the edge << 32 | dead-end bit << 31 | neighbour
* heap: cost << 32 | node; adding an adjacency word to it gives the next heap word
* label: cost << 32 | facility; the smallest word is the nearest facility, ties to the smallest

Costs stay below 2³¹, so the words never overflow. The functions call each other within this file
only: numba's cache does not notice changes in other files.
"""

# ruff: noqa: PLR0917 – compiled functions take their arguments by position.

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from siting.network.compiled import compiled

UNREACHABLE = 2**31 - 1

_U = np.uint64
ZERO, ONE, TWO, THREE, FOUR = _U(0), _U(1), _U(2), _U(3), _U(4)
COST_BITS = _U(32)
COST = _U(0xFFFFFFFF00000000)
LOW = _U(0x00000000FFFFFFFF)
NODE = _U(0x000000007FFFFFFF)
DEAD_END = _U(0x0000000080000000)
UNREACHED = _U((UNREACHABLE << 32) | 0xFFFFFFFF)

_HEAP = 4096  # words to begin with; the searches of one facility rarely need more


class Links(NamedTuple):
    """Demand beside each node, or beside each site, with what the walk between them costs.

    `word[start[n]:start[n + 1]]` are the words cost << 32 | demand row of number n.
    """

    start: Any
    word: Any


@compiled
def _push(heap: Any, size: Any, word: Any) -> None:  # pragma: no cover
    """Add a word to a heap of four children per node: half the depth of a binary one."""
    at = _U(size)
    while at > ZERO:
        parent = (at - ONE) >> TWO
        if heap[parent] <= word:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = word


@compiled
def _pop(heap: Any, size: Any) -> Any:  # pragma: no cover
    """Take the smallest word of a heap of `size` words."""
    top = heap[ZERO]
    last = _U(size) - ONE
    word = heap[last]
    at = ZERO
    while True:
        child = FOUR * at + ONE
        if child >= last:
            break
        best, smallest = child, heap[child]
        for other in range(child + ONE, min(child + FOUR, last)):
            if heap[other] < smallest:
                best, smallest = _U(other), heap[other]
        if smallest >= word:
            break
        heap[at] = smallest
        at = best
    heap[at] = word
    return top


@compiled
def _grown(array: Any) -> Any:  # pragma: no cover
    """Return the array with room for twice as much."""
    result = np.empty(2 * len(array), array.dtype)
    result[: len(array)] = array
    return result


@compiled
def _spread(graph: Any, label: Any, heap: Any, size: Any, cut: Any) -> Any:  # pragma: no cover
    """Settle labels until the heap is empty, or too full for one more node's neighbours.

    Never binds an array anew: rebinding inside the hot loop would make the compiler count
    references at every turn. A full heap is the caller's to grow.
    """
    start, adjacency = graph.start, graph.word
    full = len(heap) - graph.room
    settled = 0
    while 0 < size <= full:
        word = _pop(heap, size)
        size -= 1
        node = word & LOW
        cost = word & COST
        if cost > label[node] & COST:
            continue
        settled += 1
        facility = label[node] & LOW
        for link in range(_U(start[node]), _U(start[node + ONE])):
            step = cost + adjacency[link]
            if step > cut:
                continue
            new = (step & COST) | facility
            neighbour = step & NODE
            if new < label[neighbour]:
                label[neighbour] = new
                # From a dead end the search could only come back.
                if step & DEAD_END == ZERO:
                    _push(heap, size, step)
                    size += 1
    return size, settled


@compiled
def _seed(
    label: Any, heap: Any, size: Any, node: Any, word: Any, cut: Any
) -> Any:  # pragma: no cover
    """Begin a search at a node, unless a nearer facility was there before."""
    if word <= cut and word < label[node]:
        label[node] = word
        _push(heap, size, (word & COST) | _U(node))
        size += 1
    return size


@compiled
def nearest(
    graph: Any, seed_node: Any, seed_word: Any, cut: Any, label: Any
) -> None:  # pragma: no cover
    """Label each node with the cost to its nearest facility and that facility.

    Facilities are searched one after the other, each stopping where an earlier one is nearer:
    small heaps and few cache lines beat one heap for all while their circles overlap little.
    Where they overlap much (no limit, very many facilities), the remaining ones share a heap.
    The labels end up the same either way: the smallest word per node.

    Parameters
    ----------
    graph
        Packed reversed edges (`siting.network.streets.Inbound`).
    seed_node, seed_word
        Two rows per facility (ends of its edge): node, cost << 32 | facility.
    cut
        Largest cost << 32 | LOW.
    label
        One word per node, in and out; `UNREACHED` where nothing is known yet.
    """
    heap = np.empty(_HEAP + graph.room, np.uint64)
    patience = 4 * len(label)
    seeds = len(seed_node)
    done = 0
    while done < seeds:
        together = 2 if patience > 0 else seeds - done
        while len(heap) < together + graph.room:
            heap = _grown(heap)
        size = 0
        for seed in range(done, done + together):
            size = _seed(label, heap, size, seed_node[seed], seed_word[seed], cut)
        done += together
        while size > 0:
            size, settled = _spread(graph, label, heap, size, cut)
            patience -= settled
            if size > 0:
                heap = _grown(heap)


@compiled
def _reach(
    graph: Any, cost_to: Any, heap: Any, size: Any, reached: Any, count: Any, cut: Any
) -> Any:  # pragma: no cover
    """Like `_spread` for one site, and lists the nodes it reaches."""
    start, adjacency = graph.start, graph.word
    full = len(heap) - graph.room
    listed = len(reached) - graph.room
    while 0 < size <= full and count <= listed:
        word = _pop(heap, size)
        size -= 1
        node = word & LOW
        cost = word & COST
        if cost >> COST_BITS > _U(cost_to[node]):
            continue
        for link in range(_U(start[node]), _U(start[node + ONE])):
            step = cost + adjacency[link]
            if step > cut:
                continue
            new = np.int32(step >> COST_BITS)
            neighbour = step & NODE
            old = cost_to[neighbour]
            if new < old:
                cost_to[neighbour] = new
                if old == UNREACHABLE:
                    reached[count] = neighbour
                    count += 1
                if step & DEAD_END == ZERO:
                    _push(heap, size, step)
                    size += 1
    return size, count


@compiled
def _begin(
    node: Any, word: Any, cut: Any, cost_to: Any, heap: Any, reached: Any
) -> Any:  # pragma: no cover
    """Begin the search of one site at the ends of its edge."""
    size = 0
    count = 0
    for end in range(2):
        cost = np.int32(word[end] >> COST_BITS)
        old = cost_to[node[end]]
        if word[end] <= cut and cost < old:
            cost_to[node[end]] = cost
            if old == UNREACHABLE:
                reached[count] = node[end]
                count += 1
            _push(heap, size, word[end] | _U(node[end]))
            size += 1
    return size, count


@compiled
def _offer(
    link: Any, first: Any, end: Any, cost: Any, cut: Any, row_cost: Any, rows: Any, found: Any
) -> Any:  # pragma: no cover
    """Carry a cost on to the demand of some links, and list the rows it is the first to reach."""
    for at in range(_U(first), _U(end)):
        word = cost + link[at]
        if word <= cut:
            row = word & LOW
            new = np.int32(word >> COST_BITS)
            old = row_cost[row]
            if new < old:
                row_cost[row] = new
                if old == UNREACHABLE:
                    rows[_U(found)] = np.int32(row)
                    found += 1
    return found


@compiled
def _collect(
    reached: Any, cost_to: Any, links: Any, cut: Any, row_cost: Any, rows: Any
) -> Any:  # pragma: no cover
    """Carry the costs of the reached nodes on to the demand beside them, and forget the nodes."""
    found = 0
    for signed in reached:
        node = _U(signed)  # signed indices would be checked for counting from the end
        cost = _U(cost_to[node]) << COST_BITS
        cost_to[node] = UNREACHABLE
        first, end = links.start[node], links.start[node + ONE]
        found = _offer(links.word, first, end, cost, cut, row_cost, rows, found)
    return found


@compiled
def _keep(
    rows: Any, row_cost: Any, row_cut: Any, words: Any, total: Any
) -> Any:  # pragma: no cover
    """Write down the rows within their cutoffs, and forget their costs."""
    for signed in rows:
        row = _U(signed)
        cost = row_cost[row]
        row_cost[row] = UNREACHABLE
        if cost <= row_cut[row]:
            words[_U(total)] = (row << COST_BITS) | _U(cost)
            total += 1
    return total


@compiled
def dealt(number: Any, word: Any, size: Any) -> Any:  # pragma: no cover
    """Deal words to their numbers 0 … size - 1, keeping their order: a sort by counting."""
    start = np.zeros(size + 1, np.int64)
    for n in number:
        start[n + 1] += 1
    start = np.cumsum(start)
    place = start[:-1].copy()
    result = np.empty(len(word), np.uint64)
    for i in range(len(word)):
        n = number[i]
        result[place[n]] = word[i]
        place[n] += 1
    return start, result


@compiled
def _sorted(number: Any, begin: Any, words: Any, demand: Any) -> Any:  # pragma: no cover
    """Sort what was found by site, then by demand row, in two passes of counting.

    `number[i]` is the site whose words start at `begin[i]`. Dealing the words to demand rows and
    back to sites brings each site's rows in order, three times faster than sorting each site's.
    """
    start = np.zeros(demand + 1, np.int64)
    indptr = np.zeros(len(number) + 1, np.int64)
    for i in range(len(number)):
        indptr[number[i] + 1] = begin[i + 1] - begin[i]
        for at in range(begin[i], begin[i + 1]):
            start[(words[at] >> COST_BITS) + ONE] += 1
    start = np.cumsum(start)
    indptr = np.cumsum(indptr)
    dealt = np.empty(len(words), np.uint64)
    for i in range(len(number)):
        for at in range(begin[i], begin[i + 1]):
            row = words[at] >> COST_BITS
            dealt[start[row]] = (_U(number[i]) << COST_BITS) | (words[at] & LOW)
            start[row] += 1
    rows, costs = np.empty(len(words), np.int32), np.empty(len(words), np.int32)
    place = indptr[:-1].copy()
    at = 0
    for row in range(demand):
        while at < start[row]:
            site = dealt[at] >> COST_BITS
            rows[place[site]] = row
            costs[place[site]] = np.int32(dealt[at] & LOW)
            place[site] += 1
            at += 1
    return indptr, rows, costs


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
) -> Any:  # pragma: no cover
    """For each site, find the demand rows within their cutoffs.

    Parameters
    ----------
    graph
        As for `nearest`.
    sites
        Sites to search, in this order: 0 to the number of sites, no order better than another
        but for speed.
    seed_node, seed_word
        Two columns per site: node, cost << 32.
    cut
        Largest cutoff << 32 | LOW.
    links
        Per node the demand beside it (`Links`).
    pairs
        Per site the demand whose cost needs no search (same edge, same premises).
    row_cut
        Cutoff of each demand row.

    Returns
    -------
    tuple
        Sparse rows by site: where each site's begin, demand rows (ascending), costs.
    """
    cost_to = np.full(len(graph.start) - 1, UNREACHABLE, np.int32)
    row_cost = np.full(len(row_cut), UNREACHABLE, np.int32)
    rows = np.empty(len(row_cut), np.int32)
    heap = np.empty(_HEAP + graph.room, np.uint64)
    reached = np.empty(_HEAP + graph.room, np.int32)
    words = np.empty(_HEAP, np.uint64)
    begin = np.zeros(len(sites) + 1, np.int64)
    total = 0
    for number in range(len(sites)):
        site = sites[number]
        size, count = _begin(seed_node[site], seed_word[site], cut, cost_to, heap, reached)
        while size > 0:
            size, count = _reach(graph, cost_to, heap, size, reached, count, cut)
            if size > 0:
                heap = _grown(heap)
                reached = _grown(reached)
        found = _collect(reached[:count], cost_to, links, cut, row_cost, rows)
        first, end = pairs.start[site], pairs.start[site + 1]
        found = _offer(pairs.word, first, end, ZERO, cut, row_cost, rows, found)
        while total + found > len(words):
            words = _grown(words)
        total = _keep(rows[:found], row_cost, row_cut, words, total)
        begin[number + 1] = total
    return _sorted(sites, begin, words[:total], len(row_cut))
