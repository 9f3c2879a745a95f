"""Standard files of location problems, turned into the tables of `siting locate`.

So that a reviewer can compare with published optima. Two formats are read, told apart by content:

* **p-median graphs** of the OR-Library (Beasley 1990): vertices, edges and p; then one edge a line,
  both ends and its cost. The costs between all vertices are shortest paths; of an edge given twice
  the last line counts. Everybody's weight is 1.
* **coordinates**: optionally a heading with the number of points, p and the radius; then one point
  a line, x, y and its weight. Every point is demand and site; costs are straight distances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

from siting.errors import DataError, problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

POINT, EDGE = 3, 3
"""Numbers in a line of either format."""


@dataclass(frozen=True)
class Benchmark:
    """The three tables of `siting locate`, and the limits that the file itself states."""

    demand: pd.DataFrame
    sites: pd.DataFrame
    costs: pd.DataFrame
    count: int | None
    cutoff: float | None


def read_benchmark(path: Path, *, cutoff: float | None = None) -> Benchmark:
    """Read a benchmark file.

    Parameters
    ----------
    path
        The file.
    cutoff
        Leave out pairs beyond it; instead of the radius that the file states.

    Raises
    ------
    DataError
        If the file is missing or follows neither format.
    """
    if not path.is_file():
        near = sorted(f.name for f in path.parent.glob("*")) if path.parent.is_dir() else []
        folder, found = str(path.parent), ", ".join(near) or "–"
        raise DataError(problem("file-missing", path.name, folder=folder, near=found))
    try:
        lines = [[float(cell) for cell in line.split()] for line in path.read_text().splitlines()]
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(problem("benchmark-format", path.name, detail=error)) from error
    lines = [line for line in lines if line]
    head, body = (lines[0], lines[1:]) if lines else ([], [])
    if len(head) == EDGE and len(body) == head[1] != 0 and all(len(b) == EDGE for b in body):
        return _graph(head, body, cutoff=cutoff)
    stated = len(head) <= POINT and len(body) == head[0] if head else False
    points = body if stated else lines
    if not points or any(len(point) != POINT for point in points):
        detail = f"{len(lines)} lines" if lines else "empty"
        raise DataError(problem("benchmark-format", path.name, detail=detail))
    return _coordinates(points, head[1:] if stated else [], cutoff=cutoff)


def _graph(
    head: Sequence[float], edges: Sequence[Sequence[float]], *, cutoff: float | None
) -> Benchmark:
    n = int(head[0])
    last = {(min(a, b), max(a, b)): cost for a, b, cost in edges}
    ends = np.array(list(last), np.int64) - 1
    cost = np.array(list(last.values()))
    graph = csr_array((cost, (ends[:, 0], ends[:, 1])), shape=(n, n))
    between = shortest_path(graph, directed=False)
    start, end = np.nonzero(between <= (np.inf if cutoff is None else cutoff))
    finite = np.isfinite(between[start, end])
    start, end = start[finite], end[finite]
    ids = _ids(n)
    return Benchmark(
        demand=pd.DataFrame({"id": ids, "people": 1}),
        sites=pd.DataFrame({"id": ids}),
        costs=pd.DataFrame({"from_id": ids[start], "to_id": ids[end], "cost": between[start, end]}),
        count=int(head[2]),
        cutoff=cutoff,
    )


def _coordinates(
    points: Sequence[Sequence[float]], stated: Sequence[float], *, cutoff: float | None
) -> Benchmark:
    radius = cutoff if cutoff is not None else (stated[1] if len(stated) > 1 else None)
    table = np.array(points)
    xy, ids = table[:, :2], _ids(len(table))
    if radius is None:
        start, end = (i.ravel() for i in np.indices((len(xy), len(xy))))
    else:
        within = cKDTree(xy).query_ball_point(xy, radius * (1 + 1e-9), return_sorted=True)
        start = np.repeat(np.arange(len(xy)), [len(w) for w in within])
        end = np.concatenate(within).astype(np.int64)
    cost = np.sqrt(((xy[start] - xy[end]) ** 2).sum(axis=1))
    keep = cost <= (np.inf if radius is None else radius)
    return Benchmark(
        demand=pd.DataFrame({"id": ids, "people": table[:, 2]}),
        sites=pd.DataFrame({"id": ids}),
        costs=pd.DataFrame(
            {"from_id": ids[start[keep]], "to_id": ids[end[keep]], "cost": cost[keep]}
        ),
        count=int(stated[0]) if stated else None,
        cutoff=radius,
    )


def _ids(n: int) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return numbers from 1 with leading zeros, so that their order is that of the file."""
    width = len(str(n))
    return np.array([f"{i:0{width}d}" for i in range(1, n + 1)], dtype=object)
