"""Solve one mixed-integer programme with HiGHS, in a process that may be ended at any moment.

Called as ``python highs_child.py``; once everything is imported, it reads the names of two numpy
archives from standard input, the programme's and the answer's, each on a line.
"""

import sys

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array


def main(source: str, target: str) -> None:
    """Read the programme, solve it, write what HiGHS answers."""
    given = np.load(source)
    matrix = csc_array((given["data"], given["indices"], given["indptr"]), shape=given["shape"])
    found = milp(
        given["cost"],
        constraints=LinearConstraint(matrix, given["row_low"], given["row_high"]),
        bounds=Bounds(given["low"], given["high"]),
        integrality=given["integer"],
        options={"node_limit": int(given["nodes"]), "mip_rel_gap": 0.0},
    )
    bound = found.get("mip_dual_bound")
    np.savez(
        target,
        status=found.status,
        values=np.zeros(0) if found.x is None else found.x,
        bound=np.nan if bound is None else bound,
    )


if __name__ == "__main__":
    if names := sys.stdin.read().splitlines():
        main(*names)
