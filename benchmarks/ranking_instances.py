"""Models to measure rankings on: clustered people on the edges of a synthetic network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.engine_networks import at_nodes, on_edges, some_nodes, town
from siting.network.costs import cover_sets
from siting.ranking.cover_model import CoverModel, cover_model


@dataclass(frozen=True)
class Instance:
    """A network, demand and candidates on it, what to solve, and how long a peer may take.

    `raw` asks for HiGHS on the rows as they are, too; `solver` lets the own search ask HiGHS for
    what its prices leave open.
    """

    nodes: int
    demand: int
    sites: int
    cutoff_m: int
    count: int
    seconds: float
    raw: bool = False
    solver: bool = True

    def __str__(self) -> str:
        return f"{self.demand:,} × {self.sites:,}, {self.cutoff_m} m, p = {self.count}"


@dataclass(frozen=True)
class Sizes:
    """The instances of one size of the benchmark."""

    coverage: tuple[Instance, ...]
    many_pairs: Instance
    models: Instance
    places: Instance
    spopt: Instance


SMALL = Sizes(
    coverage=(
        Instance(2_000, 6_000, 200, 500, 10, 2, raw=True),
        Instance(5_000, 20_000, 500, 800, 20, 2),
    ),
    many_pairs=Instance(10_000, 40_000, 1_000, 1_200, 0, 0),
    models=Instance(2_000, 2_000, 150, 2_000, 40, 1),
    places=Instance(1_000, 1_000, 80, 1_500, 20, 1),
    spopt=Instance(2_000, 1_000, 100, 500, 10, 10),
)
FULL = Sizes(
    coverage=(
        Instance(100_000, 152_000, 1_000, 1_200, 50, 130, raw=True),
        Instance(100_000, 152_000, 1_000, 1_200, 100, 160, raw=True),
        Instance(100_000, 152_000, 5_000, 1_200, 50, 60, solver=False),
        Instance(1_000_000, 1_500_000, 20_000, 1_200, 100, 480),
    ),
    many_pairs=Instance(1_000_000, 1_500_000, 20_000, 1_900, 0, 0),
    models=Instance(10_000, 10_000, 500, 3_000, 60, 40),
    places=Instance(2_000, 2_000, 150, 2_000, 20, 40),
    spopt=Instance(100_000, 20_000, 1_000, 1_200, 50, 300),
)


def build(instance: Instance, *, seed: int = 0) -> CoverModel:
    """Put clustered people on the edges of a network, candidates on its nodes."""
    rng = np.random.default_rng(seed)
    streets = town(instance.nodes, seed=seed)
    demand = on_edges(streets, instance.demand, seed=seed + 1)
    sites = at_nodes(streets, some_nodes(streets, instance.sites, seed=seed + 2))
    field = np.full(instance.demand, 0.05)
    extent = float(demand.x_mm.max())
    for _ in range(max(3, int((extent / 6_300_000) ** 2))):
        x, y = rng.uniform(0, extent, 2)
        spread = rng.uniform(500_000, 2_200_000)
        square = (demand.x_mm - x) ** 2 + (demand.y_mm - y) ** 2
        field += rng.uniform(0.2, 1) * np.exp(-square / (2 * spread**2))
    weights = np.maximum(1, np.rint(field * rng.integers(10, 60, instance.demand))).astype(np.int64)
    sets = cover_sets(streets, demand=demand, sites=sites, cutoff_m=instance.cutoff_m)
    return cover_model(
        [f"{j:06}" for j in range(instance.sites)],
        np.repeat(np.arange(instance.sites), np.diff(sets.indptr)),
        sets.demand,
        weights=weights,
        cost_mm=sets.cost_mm,
    )


def reached(model: CoverModel) -> CoverModel:
    """Take the people out whom no site reaches."""
    some = np.bincount(model.demand, minlength=len(model.weights)) > 0
    return replace(model, weights=np.where(some, model.weights, 0))


def with_places(model: CoverModel, count: int) -> CoverModel:
    """Give the sites places of different number, for four fifths of the people in `count` sites."""
    mean = 0.8 * model.weights.sum() / count
    part = np.random.default_rng(3).uniform(0.3, 1.7, len(model.site_ids))
    return replace(model, capacity=np.rint(part * mean).astype(np.int64))
