"""What answers, compiled kernels or scipy; and how many of their searches run side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from siting.network import kernels, passes, searches
from siting.network import together as kernels_together
from siting.network.compiled import HAS_NUMBA
from siting.network.kernels import COST_BITS, UNREACHABLE
from siting.network.noding import to_mm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import ArrayLike, NDArray

    Longs = NDArray[np.int64]
    Words = NDArray[np.uint64]

Task = TypeVar("Task")
Answer = TypeVar("Answer")

search: Any = kernels if HAS_NUMBA else searches
around: Any = passes if HAS_NUMBA else searches
together: Any = kernels_together if HAS_NUMBA else None

_WORTH_THREADS = 100_000  # nodes; below, starting threads costs more than they save


def high(values: NDArray[np.integer]) -> Words:
    """Put costs into the upper half of words (`siting.network.kernels`)."""
    return np.asarray(values.astype(np.uint64) << COST_BITS)


def low(values: NDArray[np.integer]) -> Words:
    """Put row numbers into the lower half of words."""
    return values.astype(np.uint64)


def within(cut_mm: int) -> np.uint64:
    """Return the largest word whose cost is within a cutoff."""
    return np.uint64((max(cut_mm, 0) << 32) | 0xFFFFFFFF)


def cuts(shape: tuple[int, int], cutoff_m: float | None, cutoff_mm: ArrayLike | None) -> Longs:
    """Spread cutoffs over categories × demand rows; without any, the farthest there is."""
    if cutoff_mm is None:
        cutoff_mm = UNREACHABLE - 1 if cutoff_m is None else to_mm(cutoff_m)
    cut = np.asarray(cutoff_mm, np.int64).clip(-1, UNREACHABLE - 1)
    return np.broadcast_to(cut, shape)


def workers(threads: int | None, nodes: int) -> int:
    """Return how many searches to run side by side, unless the caller says it."""
    if threads is not None:
        return threads
    return 2 if nodes >= _WORTH_THREADS else 1


def side_by_side(task: Callable[[Task], Answer], tasks: Iterable[Task], count: int) -> list[Answer]:
    """Do tasks, `count` at a time; answers in the order of the tasks."""
    if count == 1:
        return [task(one) for one in tasks]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(task, tasks))


def split(count: int, parts: int) -> list[tuple[int, int]]:
    """Cut 0 … count into at most `parts` pieces of about equal size."""
    parts = max(1, min(parts, count))
    return list(pairwise(count * i // parts for i in range(parts + 1)))
