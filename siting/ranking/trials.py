"""Whether a ranking survives: other readings, other people, another pace, a closed street.

Each trial answers the same question again; a site that many answers leave out depends on how the
plan is read, or on the data being exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from siting.access.evaluate import evaluate
from siting.ranking.effort import Effort
from siting.ranking.outcome import answer
from siting.ranking.sites import BOUNDLESS_MM, mode_of
from siting.ranking.tasks import AS_IS, Variation, asked_of, is_conjunctive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from siting.access.evaluate import Evaluation
    from siting.access.study import Study
    from siting.network.streets import Streets
    from siting.ranking.outcome import Outcome
    from siting.ranking.sites import Sites
    from siting.ranking.tasks import Readings
    from siting.scenario.model import Rank

BRIEF = Effort(iterations=100, operations=1, solver_entries=-1)
"""A trial asks which sites are chosen; it needs no bound."""
SPREAD = 0.1
"""People of every address vary at random by up to this share."""
SEEDS = (1, 2, 3)
PACES = {"slower": 0.9, "faster": 1.1}


@dataclass(frozen=True)
class Trial:
    """One way in which things may be otherwise: `kind` reading, people, pace or link.

    `of` names the rule whose reading it is, `name` the reading, seed, pace or street.
    """

    kind: str
    name: str
    of: str = ""

    @property
    def id(self) -> str:
        """Say the trial in one word."""
        return ":".join(filter(None, [self.kind, self.of, self.name]))


def robustness(
    rank: Rank, readings: Mapping[str, list[Evaluation]], study: Study, sites: Sites, main: Outcome
) -> dict[Trial, tuple[str, ...]]:
    """Answer a question again under every trial.

    Parameters
    ----------
    readings
        The evaluations of each rule, the one that counts first.
    main
        The answer that is put to the test.

    Returns
    -------
    dict
        The sites that each trial opens; readings first, then people, pace, link.
    """
    chosen = {rule: every[0] for rule, every in readings.items()}
    found: dict[Trial, tuple[str, ...]] = {}

    def put(trial: Trial, others: Readings, town: Study, variation: Variation) -> None:
        found[trial] = answer(rank, others, town, sites, variation, effort=BRIEF).sites

    for trial, evaluation in _readings(rank, readings):
        put(trial, chosen | {trial.of: evaluation}, study, AS_IS)
    for seed in SEEDS:
        factor = np.random.default_rng(seed).uniform(1 - SPREAD, 1 + SPREAD, study.count)
        put(Trial("people", str(seed)), chosen, study, Variation(people=factor))
    for name, stretch in PACES.items():
        put(Trial("pace", name), chosen, study, Variation(stretch=stretch))
    closed = closed_link(rank, chosen, study, sites, main)
    if closed is not None:
        name, town = closed
        again = {rule: evaluate(one.rule, town) for rule, one in chosen.items()}
        put(Trial("link", name), again, town, AS_IS)
    return found


def _readings(
    rank: Rank, readings: Mapping[str, list[Evaluation]]
) -> Iterator[tuple[Trial, Evaluation]]:
    """Yield the other readings of each rule that has the part asked for."""
    wanted = {one.part for one in asked_of(rank, {rule: e[0] for rule, e in readings.items()})}
    for one in rank.asked:
        for evaluation in readings[one.rule][1:]:
            if wanted & set(evaluation.verdicts["part"].unique()):
                yield Trial("reading", evaluation.reading, one.rule), evaluation


def closed_link(
    rank: Rank, readings: Readings, study: Study, sites: Sites, main: Outcome
) -> tuple[str, Study] | None:
    """Close the street on which most people walk to the ranked sites.

    Returns
    -------
    tuple or None
        The street's name, and the study without it; None where nobody walks along a whole edge.
    """
    asked = asked_of(rank, readings)
    mode = mode_of(readings[asked[0].rule].rule, asked[0].part)
    network = study.networks[mode]
    at = {one: row for row, one in enumerate(sites.table["id"])}
    rows = np.array([at[site] for site in main.sites], np.int64)
    goals = sites.positions[mode].take(rows)
    goals = goals.take(goals.edge >= 0)
    people = np.zeros(study.count, np.int64)
    np.add.at(people, main.task.demand, np.where(main.task.model.covered, 0, main.task.people))
    if is_conjunctive(rank) or not len(goals):
        return None
    limit = max(int(r.verdicts["cutoff_mm"].max()) for r in readings.values())
    edge = busiest_edge(network.streets, network.demand.edge, goals.edge, people, limit)
    if edge is None:
        return None
    closed = replace(network, streets=without(network.streets, edge))
    town = replace(study, networks=study.networks | {mode: closed}, _reaches={})
    return _called(network.streets, edge, study), town


def _called(streets: Streets, edge: int, study: Study) -> str:
    """Return the name (or class) of a street, and where it is: longitude and latitude."""
    line = study.layers.streets.iloc[int(streets.edge_line[edge])]
    name = line["class"] if pd.isna(line["name"]) or not line["name"] else line["name"]
    middle = int(streets.vertex_start[edge : edge + 2].sum()) // 2
    x, y = streets.vertex_x_mm[middle] / 1000, streets.vertex_y_mm[middle] / 1000
    point = gpd.GeoSeries.from_xy([x], [y], crs=study.layers.residents.crs).to_crs("EPSG:4490")
    return f"{name} {point.x.iloc[0]:.4f},{point.y.iloc[0]:.4f}"


def without(streets: Streets, edge: int) -> Streets:
    """Return the streets on which nobody walks along one edge."""
    uv, vu = streets.cost_uv_mm.copy(), streets.cost_vu_mm.copy()
    uv[edge] = vu[edge] = BOUNDLESS_MM
    return replace(streets, cost_uv_mm=uv, cost_vu_mm=vu)


def busiest_edge(
    streets: Streets,
    home: NDArray[np.int32],
    goal: NDArray[np.int32],
    people: NDArray[np.int64],
    limit_mm: int,
) -> int | None:
    """Return the edge that most people walk along, each by a shortest way to the nearest goal.

    People start at the nearer end of their edge; ties go to the smaller edge.
    """
    n, parts = len(streets.node_x_mm), streets.parts
    u, v = parts.u.astype(np.int64), parts.v.astype(np.int64)
    cost = np.minimum(parts.cost_uv_mm, parts.cost_vu_mm).astype(np.int64)
    order = np.lexsort((np.arange(len(u)), cost, np.maximum(u, v), np.minimum(u, v)))
    low, high = np.minimum(u, v)[order], np.maximum(u, v)[order]
    first = np.r_[True, (np.diff(low) != 0) | (np.diff(high) != 0)] & (low != high)
    low, high, part = low[first], high[first], order[first]
    edge = parts.edge[part]
    graph = csr_array((cost[part] + 1.0, (low, high)), shape=(n, n))
    u, v = streets.edge_u.astype(np.int64), streets.edge_v.astype(np.int64)
    goals = np.unique(np.concatenate([u[goal], v[goal]]))
    away, before, _ = dijkstra(
        graph, directed=False, indices=goals, limit=limit_mm, min_only=True,
        return_predecessors=True,
    )  # fmt: skip
    live = np.flatnonzero((home >= 0) & (people > 0))
    ends = np.where(away[u[home[live]]] <= away[v[home[live]]], u[home[live]], v[home[live]])
    load = np.zeros(n, np.int64)
    np.add.at(load, ends, people[live])
    for node in np.argsort(-np.where(np.isfinite(away), away, -1), kind="stable").tolist():
        if not np.isfinite(away[node]):
            break
        if before[node] >= 0:
            load[before[node]] += load[node]
    nodes = np.flatnonzero(np.isfinite(away) & (before >= 0) & (load > 0))
    if not len(nodes):
        return None
    key = low * n + high
    pair = np.minimum(nodes, before[nodes]) * n + np.maximum(nodes, before[nodes])
    walked = edge[np.searchsorted(key, pair)]
    best = np.lexsort((walked, -load[nodes]))[0]
    return int(walked[best])
