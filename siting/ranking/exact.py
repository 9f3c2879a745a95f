"""HiGHS as a solver whose claims are labelled as claims.

`scipy.optimize.milp` cannot be interrupted, so it runs in a child process. It stops by its number
of branches, never by the clock; only the caller's `stop` may end it early.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

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


def solve(programme: Programme, *, nodes: int, stop: Callable[[], bool] = lambda: False) -> Claim:
    """Solve a programme in a child process.

    Parameters
    ----------
    programme
        What to solve.
    nodes
        Most branches.
    stop
        Asked every 50 ms; True ends the child, and then nothing is claimed.
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
        if not _run([sys.executable, str(_CHILD), str(source), str(target)], stop):
            return Claim()
        with np.load(target) as found:
            status, values, bound = int(found["status"]), found["values"], float(found["bound"])
    return Claim(
        opened=np.flatnonzero(values[: programme.sites] > _HALF) if len(values) else None,
        bound=None if np.isnan(bound) else bound,
        infeasible=status == _INFEASIBLE,
    )


def _run(command: list[str], stop: Callable[[], bool]) -> bool:
    """Run a command in its own session, safe from the terminal's Ctrl-C; False if it was ended."""
    child = subprocess.Popen(  # noqa: S603 - our own file, run by our own interpreter
        command, start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        while child.poll() is None:
            if stop():
                return False
            try:
                child.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                continue
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)
        return True
    finally:
        child.kill()
        child.wait()
