"""How hard to look: counted in steps, never in seconds, so that every machine finds the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Limits of one search.

    Attributes
    ----------
    iterations
        Steps of the bound at the root.
    kicks, seed
        Random perturbations of the best choice, and where their random numbers start.
    operations
        Basic operations of the whole proof by bounds and branching.
    numbers
        Prices that a certificate may hold.
    solver_entries, solver_nodes
        Largest model (non-zero entries) that is handed to HiGHS, and its branches.
    """

    iterations: int = 1000
    kicks: int = 0
    seed: int = 0
    operations: int = 500_000_000
    numbers: int = 500_000
    solver_entries: int = 30_000
    solver_nodes: int = 1_000


NORMAL = Effort()
"""Seconds at most for what one city district asks."""
