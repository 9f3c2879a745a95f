"""HiGHS as a solver whose claims are labelled as claims.

`scipy.optimize.milp` cannot be interrupted, so it runs in a child process. It stops by its number
of branches, never by the clock; only the caller's `stop` may end it early.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csc_array

    from siting.ranking.cover_model import Ints

    Floats = NDArray[np.float64]

_CHILD = Path(__file__).with_name("highs_child.py")
_POLL_S = 0.05
_INFEASIBLE, _HALF = 2, 0.5


@dataclass(frozen=True)
class Programme:
    """Minimise ``cost x`` where ``row_low ≤ matrix x ≤ row_high`` and ``low ≤ x ≤ high``.

    The first `sites` variables are whole: 1 where the site opens.
    """

    cost: Floats
    matrix: csc_array
    row_low: Floats
    row_high: Floats
    low: Floats
    high: Floats
    sites: int


@dataclass(frozen=True)
class Claim:
    """What HiGHS says: the sites it would open, a bound on the cost, or that there is no choice."""

    opened: Ints | None = None
    bound: float | None = None
    infeasible: bool = False


class Child:
    """A process with HiGHS in its own session, safe from the terminal's Ctrl-C.

    It imports while others still search, if it is started early; it solves one programme.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own file, run by our own interpreter
            [sys.executable, str(_CHILD)],
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )

    def run(self, source: Path, target: Path, stop: Callable[[], bool]) -> bool:
        """Let it solve `source` into `target`; False if `stop` ended it."""
        waiting: str | None = f"{source}\n{target}\n"
        while not stop():
            try:
                self._process.communicate(waiting, timeout=_POLL_S)
            except subprocess.TimeoutExpired:
                waiting = None  # it has been sent
                continue
            if self._process.returncode:
                raise subprocess.CalledProcessError(self._process.returncode, str(_CHILD))
            return True
        return False

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()


@contextmanager
def child(*, early: bool) -> Iterator[Child | None]:
    """Start a child for a search that will need one, if `early`; end it with the search."""
    started = Child() if early else None
    try:
        yield started
    finally:
        if started:
            started.end()


def solve(
    programme: Programme,
    *,
    nodes: int,
    stop: Callable[[], bool] = lambda: False,
    by: Child | None = None,
) -> Claim:
    """Solve a programme in a child process.

    Parameters
    ----------
    programme
        What to solve.
    nodes
        Most branches.
    stop
        Asked every 50 ms; True ends the child, and then nothing is claimed.
    by
        A child that was started before.
    """
    with tempfile.TemporaryDirectory(prefix="siting-") as folder:
        source, target = Path(folder, "in.npz"), Path(folder, "out.npz")
        matrix = programme.matrix
        np.savez(
            source,
            cost=programme.cost,
            data=matrix.data,
            indices=matrix.indices,
            indptr=matrix.indptr,
            shape=matrix.shape,
            row_low=programme.row_low,
            row_high=programme.row_high,
            low=programme.low,
            high=programme.high,
            integer=np.arange(len(programme.cost)) < programme.sites,
            nodes=nodes,
        )
        with child(early=by is None) as own:
            worker = by or own
            if worker is None or not worker.run(source, target, stop):
                return Claim()
        with np.load(target) as found:
            status, values, bound = int(found["status"]), found["values"], float(found["bound"])
    return Claim(
        opened=np.flatnonzero(values[: programme.sites] > _HALF) if len(values) else None,
        bound=None if np.isnan(bound) else bound,
        infeasible=status == _INFEASIBLE,
    )
