"""Bounded shortest-path searches: the two loops that every walking cost comes from.

Everything the searches touch is packed into 64-bit words, cost in the upper half, so that one
comparison orders by cost and then by node or facility, and one load brings both:

* adjacency: cost of the edge << 32 | dead-end bit << 31 | neighbour
* heap: cost << 32 | node; adding an adjacency word to it gives the next heap word
* label: cost << 32 | facility; the smallest word is the nearest facility, ties to the smallest

Costs stay below 2³¹, so the words never overflow. The functions call each other within this file
only, because numba's cache does not notice changes in other files: what calls none of them stands
in `siting.network.passes`.
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

_ROOM = 2**14  # words to begin with; the searches of a few facilities rarely need more
_FAR = 5000  # nodes walked from, after which a search has gone so far that a heap is faster
_TOGETHER = 8  # seeds, two for each facility: their searches side by side correct each other less


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
def _grown(array: Any, size: Any) -> Any:  # pragma: no cover
    """Return the array with room for twice as much and for `size`."""
    result = np.empty(max(2 * len(array), size), array.dtype)
    result[: len(array)] = array
    return result


@compiled
def _roomy(graph: Any, array: Any, size: Any) -> Any:  # pragma: no cover
    """Return the array, grown if less than half of it is left beyond `size`."""
    return _grown(array, 0) if size + graph.room > len(array) // 2 else array


@compiled
def _walk(
    graph: Any, label: Any, queue: Any, size: Any, cut: Any, patience: Any
) -> Any:  # pragma: no cover
    """Correct labels from a queue of words, first in, first out, without ordering them by cost.

    Within a few thousand nodes this beats a heap by two to one: nodes come nearly in order of
    cost by themselves, a third of them twice, and nothing in the loop over neighbours has to be
    guessed. Every neighbour's label is written, changed or not, every word is queued, and what
    was not nearer is overwritten by the next: no branches, which in a search mispredict half of
    the time. The labels end up the same in any order.

    Stops when the queue is empty, too full for one more node, or after `patience` nodes; the words
    left are moved to its front. Never binds an array anew: that would make the compiler count
    references at every turn. Returns their number and that of the nodes walked from.
    """
    start, adjacency = graph.start, graph.word
    head, tail = ZERO, _U(size)
    full = _U(len(queue) - graph.room)
    walked = 0
    while head < tail <= full and walked < patience:
        word = queue[head]
        head += ONE
        node = word & LOW
        cost = word & COST
        own = label[node]
        if cost > own & COST:
            continue
        walked += 1
        facility = own & LOW
        link, end = _U(start[node]), _U(start[node + ONE])
        while link < end:
            step = cost + adjacency[link]
            link += ONE
            neighbour = step & NODE
            old = label[neighbour]
            new = (step & COST) | facility
            nearer = (new < old) & (step <= cut)
            label[neighbour] = new if nearer else old
            queue[tail] = step
            # From a dead end the search could only come back.
            tail += _U(nearer & (step & DEAD_END == ZERO))
    left = tail - head
    for at in range(left):
        queue[at] = queue[head + at]
    return np.int64(left), walked


@compiled
def _settle(graph: Any, label: Any, heap: Any, size: Any, cut: Any) -> Any:  # pragma: no cover
    """Like `_walk`, but nearest nodes first, from a heap: for searches that go far.

    Beyond some thousand nodes a queue corrects the same labels over and over.
    """
    start, adjacency = graph.start, graph.word
    full = len(heap) - graph.room
    walked = 0
    while 0 < size <= full:
        word = _pop(heap, size)
        size -= 1
        node = word & LOW
        cost = word & COST
        if cost > label[node] & COST:
            continue
        walked += 1
        facility = label[node] & LOW
        for link in range(_U(start[node]), _U(start[node + ONE])):
            step = cost + adjacency[link]
            new = (step & COST) | facility
            neighbour = step & NODE
            if step <= cut and new < label[neighbour]:
                label[neighbour] = new
                if step & DEAD_END == ZERO:
                    _push(heap, size, step)
                    size += 1
    return size, walked


@compiled
def _heaped(words: Any, size: Any) -> None:  # pragma: no cover
    """Turn the first words into a heap."""
    for at in range(size):
        _push(words, at, words[at])


@compiled
def _spread(graph: Any, label: Any, words: Any, size: Any, cut: Any) -> Any:  # pragma: no cover
    """Search on from the first `size` words; return the array they grew into, and nodes walked."""
    walked = 0
    while size > 0 and walked < _FAR:
        size, more = _walk(graph, label, words, size, cut, _FAR - walked)
        walked += more
        words = _roomy(graph, words, size)
    _heaped(words, size)
    while size > 0:
        size, more = _settle(graph, label, words, size, cut)
        walked += more
        words = _roomy(graph, words, size)
    return words, walked


@compiled
def nearest(
    graph: Any, seed_node: Any, seed_word: Any, cut: Any, label: Any
) -> None:  # pragma: no cover
    """Label each node with the cost to its nearest facility and that facility.

    Facilities are searched a few at a time, each stopping where an earlier one is nearer: short
    queues and few cache lines beat one search for all while their circles overlap little. Where
    they overlap much (no limit, very many facilities), the remaining ones are searched together.
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
    words = np.empty(_ROOM + graph.room, np.uint64)
    patience = 4 * len(label)
    seeds = len(seed_node)
    done = 0
    while done < seeds:
        together = _TOGETHER if patience > 0 else seeds
        end = min(done + together, seeds)
        if len(words) < end - done + graph.room:
            words = _grown(words, end - done + graph.room)
        size = 0
        for seed in range(done, end):
            node, word = seed_node[seed], seed_word[seed]
            if word <= cut and word < label[node]:
                label[node] = word
                words[size] = (word & COST) | _U(node)
                size += 1
        done = end
        words, walked = _spread(graph, label, words, size, cut)
        patience -= walked


@compiled
def _walk_listing(
    graph: Any,
    cost_to: Any,
    queue: Any,
    size: Any,
    reached: Any,
    count: Any,
    cut: Any,
    patience: Any,
) -> Any:  # pragma: no cover
    """Like `_walk` for one site, and lists the nodes it reaches."""
    start, adjacency = graph.start, graph.word
    head, tail, listed = ZERO, _U(size), _U(count)
    full, all_listed = _U(len(queue) - graph.room), _U(len(reached) - graph.room)
    walked = 0
    while head < tail <= full and listed <= all_listed and walked < patience:
        word = queue[head]
        head += ONE
        node = word & LOW
        cost = word & COST
        if cost >> COST_BITS > _U(cost_to[node]):
            continue
        walked += 1
        link, end = _U(start[node]), _U(start[node + ONE])
        while link < end:
            step = cost + adjacency[link]
            link += ONE
            neighbour = step & NODE
            old = cost_to[neighbour]
            nearer = (step >> COST_BITS < _U(old)) & (step <= cut)
            cost_to[neighbour] = np.int32(step >> COST_BITS) if nearer else old
            reached[listed] = neighbour
            listed += _U(nearer & (old == UNREACHABLE))
            queue[tail] = step
            tail += _U(nearer & (step & DEAD_END == ZERO))
    left = tail - head
    for at in range(left):
        queue[at] = queue[head + at]
    return np.int64(left), np.int64(listed), walked


@compiled
def _settle_listing(
    graph: Any, cost_to: Any, heap: Any, size: Any, reached: Any, count: Any, cut: Any
) -> Any:  # pragma: no cover
    """Like `_settle` for one site, and lists the nodes it reaches."""
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
            neighbour = step & NODE
            old = cost_to[neighbour]
            if step <= cut and step >> COST_BITS < _U(old):
                cost_to[neighbour] = np.int32(step >> COST_BITS)
                if old == UNREACHABLE:
                    reached[count] = neighbour
                    count += 1
                if step & DEAD_END == ZERO:
                    _push(heap, size, step)
                    size += 1
    return size, count


@compiled
def _reach(
    graph: Any, node: Any, word: Any, cut: Any, cost_to: Any, words: Any, reached: Any
) -> Any:  # pragma: no cover
    """Search from both ends of one site's edge; return both arrays as grown, and nodes reached."""
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
            words[size] = word[end] | _U(node[end])
            size += 1
    walked = 0
    while size > 0 and walked < _FAR:
        size, count, more = _walk_listing(
            graph, cost_to, words, size, reached, count, cut, _FAR - walked
        )
        walked += more
        words, reached = _roomy(graph, words, size), _roomy(graph, reached, count)
    _heaped(words, size)
    while size > 0:
        size, count = _settle_listing(graph, cost_to, words, size, reached, count, cut)
        words, reached = _roomy(graph, words, size), _roomy(graph, reached, count)
    return words, reached, count


@compiled
def _offer(
    link: Any, first: Any, end: Any, cost: Any, cut: Any, row_cost: Any, rows: Any, found: Any
) -> Any:  # pragma: no cover
    """Carry a cost on to the demand of some links, and list the rows it is the first to reach."""
    for at in range(_U(first), _U(end)):
        word = cost + link[at]
        row = word & LOW
        new = np.int32(word >> COST_BITS)
        old = row_cost[row]
        nearer = (word <= cut) & (new < old)
        row_cost[row] = new if nearer else old
        rows[found] = np.int32(row)
        found += _U(nearer & (old == UNREACHABLE))
    return found


@compiled
def _collect(
    reached: Any, cost_to: Any, links: Any, cut: Any, row_cost: Any, rows: Any
) -> Any:  # pragma: no cover
    """Carry the costs of the reached nodes on to the demand beside them, and forget the nodes."""
    found = ZERO
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
        words[total] = (row << COST_BITS) | _U(cost)
        total += _U(cost <= row_cut[row])
    return total


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
        Where the words of each site searched begin; the words, row << 32 | cost, as they were
        found (`siting.network.passes.by_site` sorts them); how many nodes the sites reach, each
        counted for itself.
    """
    cost_to = np.full(len(graph.start) - 1, UNREACHABLE, np.int32)
    row_cost = np.full(len(row_cut), UNREACHABLE, np.int32)
    rows = np.empty(len(row_cut) + 1, np.int32)
    queue = np.empty(_ROOM + graph.room, np.uint64)
    reached = np.empty(_ROOM + graph.room, np.int32)
    words = np.empty(_ROOM, np.uint64)
    begin = np.zeros(len(sites) + 1, np.int64)
    total, nodes = ZERO, 0
    for number in range(len(sites)):
        site = sites[number]
        ends = seed_node[site], seed_word[site]
        queue, reached, count = _reach(graph, *ends, cut, cost_to, queue, reached)
        nodes += count
        found = _collect(reached[:count], cost_to, links, cut, row_cost, rows)
        first, end = pairs.start[site], pairs.start[site + 1]
        found = _offer(pairs.word, first, end, ZERO, cut, row_cost, rows, found)
        while total + found >= len(words):
            words = _grown(words, 0)
        total = _keep(rows[:found], row_cost, row_cut, words, total)
        begin[number + 1] = total
    return begin, words[:total], nodes
