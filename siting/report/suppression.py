"""Hide small counts, and as many others as it takes that none of them can be computed.

Published counts are bound by sums: classes to people, communities to streets, bands to the whole.
Whoever knows the visible cells of such sums can solve for hidden ones; a cell is safe only if the
equations leave it free.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

SMALLEST = 5
PATIENT = 3  # rounds that hide one partner at a time; then ever more, so that it ends soon
_STILL = 1e-6  # a cell that moves less than this in every solution is known


def is_small(counts: NDArray[np.float64]) -> Mask:
    """Tell which counts name so few people that they could be recognised: 1 … 4."""
    found: Mask = (counts > 0) & (counts < SMALLEST)
    return found


def any_small(*columns: pd.Series[Any]) -> Mask:
    """Tell in which rows one of some columns names so few people; what is missing names nobody."""
    counts = [column.to_numpy(np.float64, na_value=0) for column in columns]
    found: Mask = np.any(is_small(np.stack(counts)), axis=0)
    return found


@dataclass
class Cells:
    """Counts by key, and the sums that bind them.

    What is asked for twice is one cell: the elders of a community are the same people in every
    rule. A remainder that no table shows is a cell as well, hidden from the start.
    """

    counts: list[int] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    sums: list[tuple[int, list[int]]] = field(default_factory=list)
    _number: dict[Hashable, int] = field(default_factory=dict)

    def add(self, key: Hashable, count: int, *, shown: bool = True) -> int:
        """Return the number of the cell of this key and count; a new one if there is none."""
        name = (key, count)
        if name not in self._number:
            self._number[name] = len(self.counts)
            self.counts.append(int(count))
            self.shown.append(shown)
        return self._number[name]

    def bind(self, total: int, parts: Sequence[int]) -> None:
        """Say that `parts` are disjoint parts of `total`; who is left over is a cell of its own.

        Raises
        ------
        ValueError
            If the parts are more than their total.
        """
        rest = self.counts[total] - sum(self.counts[part] for part in parts)
        if rest < 0:
            raise ValueError("parts are more than their total")
        left = [self.add(("rest", total, *parts), rest, shown=False)] if rest else []
        self.sums.append((total, [*parts, *left]))

    def hidden(self) -> Mask:
        """Return which cells must not be published (see `suppress`)."""
        return suppress(np.array(self.counts, float), self.sums, shown=np.array(self.shown, bool))


def suppress(
    counts: NDArray[np.float64], sums: list[tuple[int, list[int]]], *, shown: Mask
) -> Mask:
    """Return the cells to hide: the small ones, and those from which a small one would follow.

    Parameters
    ----------
    counts
        People of every cell.
    sums
        A cell, and the cells that add up to it.
    shown
        Cells that tables would show; the others are unknown to readers anyway.

    Returns
    -------
    numpy.ndarray
        Hidden cells. No equation determines a small one, and what is hidden of any sum whose
        total is visible are at least `SMALLEST` people. Of possible partners the smallest count
        goes, so that totals stay.
    """
    small = is_small(counts)
    hidden = small | ~shown
    homes = _sums_of(len(counts), sums)
    rounds = 0
    while True:
        _hide_enough(counts, sums, hidden)
        exposed = np.flatnonzero(small & determined(sums, hidden)).tolist()
        many = 2 ** max(0, rounds - PATIENT)
        partners = [_partners(cell, counts, sums, homes, hidden)[:many] for cell in exposed]
        if not any(partners):
            return hidden
        hidden[[cell for some in partners for cell in some]] = True
        rounds += 1


def _sums_of(count: int, sums: list[tuple[int, list[int]]]) -> list[list[int]]:
    homes: list[list[int]] = [[] for _ in range(count)]
    for number, (total, parts) in enumerate(sums):
        for cell in (total, *parts):
            homes[cell].append(number)
    return homes


def _hide_enough(
    counts: NDArray[np.float64], sums: list[tuple[int, list[int]]], hidden: Mask
) -> None:
    """Hide parts, smallest first, until those hidden under a visible total are not few people."""
    for total, parts in sums:
        few = sum(counts[part] for part in parts if hidden[part])
        visible = sorted((counts[p], p) for p in parts if not hidden[p] and counts[p] > 0)
        while not hidden[total] and 0 < few < SMALLEST and visible:
            count, part = visible.pop(0)
            hidden[part] = True
            few += count


def _partners(
    cell: int,
    counts: NDArray[np.float64],
    sums: list[tuple[int, list[int]]],
    homes: list[list[int]],
    hidden: Mask,
) -> list[int]:
    """Return visible cells with people that share a sum with `cell`, the smallest first.

    Where there are none, the sums of the hidden cells around it are searched, and so on.
    """
    seen, ring, found = {cell}, {cell}, list[int]()
    while ring and not found:
        near = {n for c in ring for home in homes[c] for n in (sums[home][0], *sums[home][1])}
        visible = [(counts[n], n) for n in near if not hidden[n] and counts[n] > 0]
        found = [n for _, n in sorted(visible)]
        ring = near - seen
        seen |= near
    return found


def determined(sums: list[tuple[int, list[int]]], hidden: Mask) -> Mask:
    """Return the hidden cells that the sums determine once all others are known.

    A sum with one hidden cell tells it. A sum that alone holds some hidden cell tells nothing
    about its others: it is set aside, and so on. What is left is solved: some way in which the
    hidden cells can move and all sums still hold. Then the sums set aside say how far their own
    cell moves with its others. Whatever does not move is known.
    """
    lines = [{cell for cell in (total, *parts) if hidden[cell]} for total, parts in sums]
    moves = np.where(hidden, np.random.default_rng(0).uniform(1, 2, len(hidden)), 0)
    moves[_told_alone(lines)] = 0
    aside, core = _set_aside(lines, len(hidden))
    _move(moves, core, sums, hidden & (moves > 0))
    for cell, number in reversed(aside):
        total, parts = sums[number]
        moves[cell] = 0
        gap = moves[total] - moves[parts].sum()
        moves[cell] = -gap if cell == total else gap
    known: Mask = hidden & (np.abs(moves) < _STILL)
    return known


def _told_alone(lines: list[set[int]]) -> list[int]:
    """Return cells that stand alone in a sum, and take them out of all `lines`, again and again."""
    homes: dict[int, list[int]] = {}
    for number, line in enumerate(lines):
        for cell in line:
            homes.setdefault(cell, []).append(number)
    told: list[int] = []
    waiting = [line for line in lines if len(line) == 1]
    while waiting:
        line = waiting.pop()
        if not line:
            continue
        [cell] = line
        told.append(cell)
        for number in homes[cell]:
            lines[number].discard(cell)
            if len(lines[number]) == 1:
                waiting.append(lines[number])
    return told


def _set_aside(lines: list[set[int]], count: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Return cells that one remaining sum alone holds, each with its sum, and the other sums."""
    homes: list[set[int]] = [set() for _ in range(count)]
    for number, line in enumerate(lines):
        for cell in line:
            homes[cell].add(number)
    aside: list[tuple[int, int]] = []
    waiting = [cell for cell in range(count) if len(homes[cell]) == 1]
    left = {number for number, line in enumerate(lines) if line}
    while waiting:
        cell = waiting.pop()
        if len(homes[cell]) != 1:
            continue
        [number] = homes[cell]
        left.discard(number)
        aside.append((cell, number))
        for other in lines[number]:
            homes[other].discard(number)
            if len(homes[other]) == 1:
                waiting.append(other)
    return aside, sorted(left)


def _move(
    moves: NDArray[np.float64], core: list[int], sums: list[tuple[int, list[int]]], hidden: Mask
) -> None:
    """Let cells move only as the sums in `core` let them, group by group of sums that share cells.

    A random vector, projected on the solutions of the homogeneous equations, moves every cell that
    any of them moves.
    """
    if not core:
        return
    entries = [
        (row, cell, sign)
        for row, number in enumerate(core)
        for cell, sign in [(sums[number][0], -1.0), *((part, 1.0) for part in sums[number][1])]
        if hidden[cell]
    ]
    rows, columns, signs = (np.array(one) for one in zip(*entries, strict=True))
    cells, columns = np.unique(columns, return_inverse=True)
    equations = csr_array((signs, (rows, columns)), shape=(len(core), len(cells)))
    _, group = connected_components(abs(equations.T) @ abs(equations))
    for number in range(group.max() + 1):
        mine = np.flatnonzero(group == number)
        own = equations[:, mine].toarray()
        own = own[own.any(axis=1)]
        start = moves[cells[mine]]
        moves[cells[mine]] = start - np.linalg.lstsq(own, own @ start, rcond=None)[0]
