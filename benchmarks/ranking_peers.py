"""Peers of the rankings, each in a process of its own: highspy and ortools cannot share one.

``python -m benchmarks.ranking_peers highs|scip|cp-sat IN SECONDS`` solves the programme in IN (a
numpy archive) and prints what the peer says as JSON. Reading and importing are not timed, handing
the programme over is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csc_array, csr_array

if TYPE_CHECKING:
    from siting.ranking.exact import Programme

GAP = 1e-4
_GRACE_S = 15
_FIELDS = ("cost", "row_low", "row_high", "low", "high")
OR_TOOLS = {"scip": "SCIP", "cp-sat": "CP-SAT"}


def name_of(peer: str) -> str:
    """Return a peer's name and version."""
    if peer in OR_TOOLS:
        return f"OR-Tools {version('ortools')} {OR_TOOLS[peer]}"
    return f"HiGHS (highspy {version('highspy')})" if find_spec("highspy") else "HiGHS (scipy)"


def answer(peer: str, programme: Programme, *, seconds: float) -> dict[str, float]:
    """Let a peer solve a programme to a gap of 1e-4, or for so many seconds.

    A peer that overruns its limit is ended; then it has no gap.
    """
    with tempfile.TemporaryDirectory(prefix="siting-") as folder:
        source = Path(folder, "in.npz")
        matrix = programme.matrix.tocsc()
        arrays = {field: getattr(programme, field) for field in _FIELDS}
        np.savez(
            source,
            data=matrix.data,
            indices=matrix.indices,
            indptr=matrix.indptr,
            shape=matrix.shape,
            sites=programme.sites,
            **arrays,
        )
        command = [sys.executable, "-m", "benchmarks.ranking_peers", peer, source, str(seconds)]
        try:
            said = subprocess.run(
                command, capture_output=True, check=True, timeout=seconds + _GRACE_S
            ).stdout
        except subprocess.TimeoutExpired:
            return {"seconds": seconds, "gap": np.inf, "objective": np.nan}
    return json.loads(said.splitlines()[-1])


def _highs(given: Any, matrix: csc_array, seconds: float) -> tuple[float, float]:
    """Solve with highspy, or through scipy where that is not installed."""
    integer = np.arange(len(given["cost"])) < given["sites"]
    if find_spec("highspy") is None:
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415

        found = milp(
            given["cost"],
            constraints=LinearConstraint(matrix, given["row_low"], given["row_high"]),
            bounds=Bounds(given["low"], given["high"]),
            integrality=integer,
            options={"time_limit": seconds, "mip_rel_gap": GAP},
        )
        return (np.nan, np.inf) if found.x is None else (found.fun, found.mip_gap)
    import highspy  # noqa: PLC0415 - not beside ortools

    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = given["cost"], given["low"], given["high"]
    lp.row_lower_, lp.row_upper_ = given["row_low"], given["row_high"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(whole)] for whole in integer]
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("time_limit", seconds),
        ("mip_rel_gap", GAP),
        ("threads", 2),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    solver.run()
    info = solver.getInfo()
    return info.objective_function_value, info.mip_gap


def _or_tools(peer: str, given: Any, matrix: csc_array, seconds: float) -> tuple[float, float]:
    """Solve with a solver of OR-Tools; in CP-SAT all variables are whole, as they may be."""
    from ortools.linear_solver.python import model_builder_helper as helper  # noqa: PLC0415

    model = helper.ModelBuilderHelper()
    model.fill_model_from_sparse_data(
        given["low"], given["high"], given["cost"], given["row_low"], given["row_high"],
        csr_array(matrix),
    )  # fmt: skip
    whole = len(given["cost"]) if peer == "cp-sat" else int(given["sites"])
    for j in range(whole):
        model.set_var_integrality(j, True)
    solver = helper.ModelSolverHelper("sat" if peer == "cp-sat" else "scip")
    solver.set_time_limit_in_seconds(seconds)
    solver.set_solver_specific_parameters(
        f"relative_gap_limit:{GAP},num_workers:2" if peer == "cp-sat" else f"limits/gap={GAP}"
    )
    solver.solve(model)
    if not solver.has_solution():
        return np.nan, np.inf
    value, bound = solver.objective_value(), solver.best_objective_bound()
    return value, abs(value - bound) / max(abs(value), 1e-9)


def main(peer: str, source: str, seconds: str) -> None:
    """Solve, and print seconds, objective and the peer's own gap."""
    given = dict(np.load(source))
    matrix = csc_array((given["data"], given["indices"], given["indptr"]), shape=given["shape"])
    __import__(
        "ortools.linear_solver.python.model_builder" if peer in OR_TOOLS else "scipy.optimize"
    )
    started = time.perf_counter()
    if peer in OR_TOOLS:
        value, gap = _or_tools(peer, given, matrix, float(seconds))
    else:
        value, gap = _highs(given, matrix, float(seconds))
    elapsed = time.perf_counter() - started
    print(json.dumps({"seconds": elapsed, "objective": value, "gap": gap}))


if __name__ == "__main__":
    main(*sys.argv[1:])
