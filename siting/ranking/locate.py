"""Location-allocation on any cost table: the same models and certificates, whatever the costs are.

`locate` is the pure part over tables; `locate_files` reads them. Costs may be decimal numbers: they
are counted in the smallest power of ten that makes them whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import DataError, Problem, UsageError, problem, raise_all
from siting.layers.faults import fault_in_rows
from siting.ranking.benchmark_files import read_benchmark
from siting.ranking.capacitated import capacitated
from siting.ranking.cover_model import CoverModel, cover_model, within
from siting.ranking.effort import Effort
from siting.ranking.max_coverage import max_coverage
from siting.ranking.p_center import p_center
from siting.ranking.p_median import p_median
from siting.ranking.set_cover import set_cover
from siting.ranking.stopping import stopping
from siting.ranking.tables import STATUS_WORDS, Field, read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from siting.ranking.prices import Search
    from siting.ranking.ranking import Ranking
    from siting.ranking.stopping import Watch

MODELS = ("max-coverage", "set-cover", "p-median", "p-center", "capacitated")
DEMAND = {"id": Field("id"), "people": Field("whole")}
SITES = {
    "id": Field("id"),
    "cost": Field("whole", needed=False),
    "capacity": Field("whole", needed=False, empty=True),
    "status": Field("status", needed=False),
}
COSTS = {"from_id": Field("id"), "to_id": Field("id"), "cost": Field("number")}
KICKS = 10
DECIMALS = 6
"""Costs are rounded to so many decimals."""
PATIENT = Effort(
    iterations=3000, kicks=KICKS, operations=2**62, numbers=5_000_000, solver_entries=500_000
)
"""The effort under a clock, which ends it."""


@dataclass(frozen=True)
class Located:
    """An answer, its certificate, and the cover sets that the certificate speaks of."""

    answer: dict[str, Any]
    certificate: dict[str, Any]
    model: CoverModel


def locate_files(
    demand: Path,
    sites: Path,
    costs: Path,
    *,
    model: str,
    count: int | None = None,
    cutoff: float | None = None,
    time_s: float | None = None,
    seed: int = 0,
    progress: Callable[[Search], None] = lambda _: None,
) -> Located:
    """Read three tables and choose sites.

    Parameters
    ----------
    demand, sites, costs
        CSV or Parquet: ``id, people``; ``id`` and optionally ``cost, capacity, status`` (existing,
        must, never); ``from_id`` (demand), ``to_id`` (site), ``cost``. A missing pair is
        unreachable, of a pair given twice the least cost counts.
    model, count, cutoff, time_s, seed, progress
        See `locate`.

    Raises
    ------
    UsageError
        If the model is unknown or its count is missing.
    DataError
        With every problem of the three tables.
    """
    _check_usage(model, count)
    demand_table, problems = read_table(demand, DEMAND, key="id")
    site_table, more = read_table(sites, SITES, key="id")
    problems += more
    cost_table, more = read_table(costs, COSTS)
    problems += more
    if model == "capacitated" and "capacity" not in site_table:
        seen = ", ".join(site_table.columns)
        problems.append(problem("table-column", sites.name, column="capacity", seen=seen))
    for column, known in (("from_id", demand_table), ("to_id", site_table)):
        if column in cost_table and "id" in known:
            strange = cost_table[column][~cost_table[column].isin(known["id"])]
            if len(strange):
                problems.append(
                    fault_in_rows("pair-unknown", costs.name, column=column, cells=strange)
                )
    raise_all(problems, DataError)
    return locate(
        demand_table, site_table, cost_table,
        model=model, count=count, cutoff=cutoff, time_s=time_s, seed=seed, progress=progress,
    )  # fmt: skip


def locate_any(
    *,
    tables: tuple[Path | None, Path | None, Path | None],
    benchmark: Path | None,
    model: str,
    count: int | None = None,
    cutoff: float | None = None,
    time_s: float | None = None,
    seed: int = 0,
    progress: Callable[[Search], None] = lambda _: None,
) -> Located:
    """Choose sites on three tables, or on a standard benchmark file.

    Parameters
    ----------
    tables
        Demand, sites and costs, for `locate_files`.
    benchmark
        A file for `read_benchmark`; its own number of sites and radius hold if none are given.
    model, count, cutoff, time_s, seed, progress
        See `locate`.

    Raises
    ------
    UsageError
        If there are neither three tables nor a benchmark file, or both.
    """
    demand, sites, costs = tables
    given = [table for table in tables if table is not None]
    if benchmark is not None and not given:
        known = read_benchmark(benchmark, cutoff=cutoff)
        number = known.count if count is None and model != "set-cover" else count
        return locate(
            known.demand, known.sites, known.costs,
            model=model, count=number, time_s=time_s, seed=seed, progress=progress,
        )  # fmt: skip
    if benchmark is not None or demand is None or sites is None or costs is None:
        raise UsageError(problem("locate-input", "siting locate", count=len(given)))
    return locate_files(
        demand, sites, costs,
        model=model, count=count, cutoff=cutoff, time_s=time_s, seed=seed, progress=progress,
    )  # fmt: skip


def locate(
    demand: pd.DataFrame,
    sites: pd.DataFrame,
    costs: pd.DataFrame,
    *,
    model: str,
    count: int | None = None,
    cutoff: float | None = None,
    time_s: float | None = None,
    seed: int = 0,
    progress: Callable[[Search], None] = lambda _: None,
) -> Located:
    """Choose sites on tables that `locate_files` would accept.

    Parameters
    ----------
    demand, sites, costs
        See `locate_files`.
    model
        One of `MODELS`.
    count
        Most sites to open, must-have ones included, existing ones not; set cover needs none.
    cutoff
        Largest acceptable cost, in the unit of the costs; without it every pair counts.
    time_s
        Stop after so many seconds with the best known answer; otherwise by steps alone.
    seed
        Where the random kicks of the search start.
    progress
        Told what is known, between steps.

    Returns
    -------
    Located
        Its `answer` has ``model``, ``sites``, ``objective``, ``bound``, ``gap`` and ``status``;
        ``solver_bound`` where the solver was asked; ``unserved`` (demand ids) if infeasible. The
        interrupt key stops the search like the clock.
    """
    _check_usage(model, count)
    demand = demand.sort_values("id", ignore_index=True)
    factor, whole = _in_whole_numbers(costs["cost"].to_numpy(np.float64))
    cover_sets = _model(demand, sites, costs, whole)
    if cutoff is not None:
        cover_sets = within(cover_sets, int(Decimal(str(cutoff)) * factor))
    effort = Effort(kicks=KICKS, seed=seed)
    if time_s is not None:
        effort = replace(PATIENT, seed=seed)
    with stopping(time_s, progress) as watch:
        ranking = _solve(cover_sets, model, count, effort, watch)
    unit = factor if model in ("p-median", "p-center") else 1
    return Located(_answer(ranking, demand, unit), ranking.certificate, cover_sets)


def _check_usage(model: str, count: int | None) -> None:
    problems: list[Problem] = []
    if model not in MODELS:
        problems.append(problem("locate-model", "--model", model=model, known=", ".join(MODELS)))
    elif count is None and model != "set-cover":
        problems.append(problem("locate-count", "--count", model=model))
    if count is not None and count < 0:
        problems.append(problem("locate-negative", "--count", value=count))
    raise_all(problems, UsageError)


def _in_whole_numbers(costs: NDArray[np.float64]) -> tuple[int, NDArray[np.int64]]:
    """Return the power of ten that makes all costs whole, and the costs counted in it."""
    for decimals in range(DECIMALS + 1):
        scaled = costs * 10**decimals
        whole = np.floor(scaled + 0.5)
        if decimals == DECIMALS or np.all(np.abs(scaled - whole) <= np.abs(scaled) * 1e-12):
            break
    return 10**decimals, whole.astype(np.int64)


def _model(
    demand: pd.DataFrame, sites: pd.DataFrame, costs: pd.DataFrame, whole: NDArray[np.int64]
) -> CoverModel:
    words = sites["status"] if "status" in sites else pd.Series("", index=sites.index)
    everybody = demand["people"].sum()
    capacity = sites["capacity"].fillna(everybody) if "capacity" in sites else None
    return cover_model(
        list(sites["id"]),
        pd.Index(sites["id"]).get_indexer(costs["to_id"]),
        pd.Index(demand["id"]).get_indexer(costs["from_id"]),
        weights=demand["people"].to_numpy(),
        status=[STATUS_WORDS.index(word) for word in words],
        site_cost=sites["cost"].to_numpy() if "cost" in sites else None,
        cost_mm=whole,
        capacity=None if capacity is None else capacity.to_numpy(),
    )


def _solve(
    cover_sets: CoverModel, model: str, count: int | None, effort: Effort, watch: Watch
) -> Ranking:
    if model == "set-cover":
        return set_cover(cover_sets, effort=effort, watch=watch)
    solvers = {
        "max-coverage": max_coverage,
        "p-median": p_median,
        "p-center": p_center,
        "capacitated": capacitated,
    }
    return solvers[model](cover_sets, sites=count, effort=effort, watch=watch)


def _answer(ranking: Ranking, demand: pd.DataFrame, unit: int) -> dict[str, Any]:
    """Say the result in the units of the tables."""

    def in_unit(value: int | None) -> float | None:
        return value if value is None or unit == 1 else value / unit

    answer: dict[str, Any] = {
        "model": ranking.model,
        "sites": list(ranking.sites),
        "objective": in_unit(ranking.objective),
        "bound": in_unit(ranking.certified_bound),
        "gap": ranking.gap,
        "status": ranking.status,
    }
    if ranking.solver_bound is not None:
        answer["solver_bound"] = in_unit(ranking.solver_bound)
    if ranking.status == "infeasible":
        answer["unserved"] = demand["id"].iloc[list(ranking.unserved)].tolist()
    return answer
