"""How somebody at a terminal follows and ends a search: progress, the clock, the interrupt key."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from siting.ranking.prices import Search

    Watch = Callable[[Search], bool]

EVERY_S = 2.0
"""Seconds between two words of progress."""


def progress_lines(
    say: Callable[[str], None], *, every_s: float = EVERY_S
) -> Callable[[Search], None]:
    """Return what tells the best known value and its bound, at most once in so many seconds.

    Both are in the search's own unit, beside what is fixed: they show how fast the gap closes.
    """
    last = time.monotonic()

    def tell(state: Search) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= every_s:
            last = now
            low, high = sorted((abs(state.value), abs(state.bound)))
            say(f"{low:,} ≤ … ≤ {high:,}")

    return tell


@contextmanager
def stopping(time_s: float | None, progress: Callable[[Search], None]) -> Iterator[Watch]:
    """Stop by the clock, or by the interrupt key: then the best known answer is still given."""
    interrupted = False

    def note(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    end = None if time_s is None else time.monotonic() + time_s

    def watch(state: Search) -> bool:
        progress(state)
        return interrupted or (end is not None and time.monotonic() >= end)

    if threading.current_thread() is not threading.main_thread():
        yield watch  # only the main thread hears the key
        return
    previous = signal.signal(signal.SIGINT, note)
    try:
        yield watch
    finally:
        signal.signal(signal.SIGINT, previous)
