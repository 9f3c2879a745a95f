"""Every published cost, recomputed from the published layers alone by scipy."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from siting.report.geopackage import write_geopackage

UNREACHABLE = 2**31 - 1


class Network:
    """Published streets as a scipy graph with one more node, the source."""

    def __init__(self, streets):
        self.streets = streets.set_index("edge")
        self.nodes = int(max(streets["u"].max(), streets["v"].max())) + 1

    def shares(self, places):
        """Return the costs from places to both ends of their edges (equal both ways)."""
        edge = self.streets.loc[places["edge"]]
        assert (edge["cost_uv_mm"] == edge["cost_vu_mm"]).all()
        assert (edge["cost_uv_mm"] == edge["length_mm"]).all()
        to_u = places["offset_mm"].to_numpy()
        to_v = edge["length_mm"].to_numpy() - to_u
        leg = places["leg_mm"].to_numpy()
        return edge["u"].to_numpy(), to_u + leg, edge["v"].to_numpy(), to_v + leg

    def nearest(self, demand, facilities):
        """Return the least cost from each demand point to any of the facilities."""
        u, to_u, v, to_v = self.shares(facilities)
        s = self.streets
        source = np.full(len(u), self.nodes)
        rows = np.concatenate([s["u"], s["v"], source, source])
        columns = np.concatenate([s["v"], s["u"], u, v])
        costs = np.concatenate([s["cost_uv_mm"], s["cost_vu_mm"], to_u, to_v]).astype(float)
        # scipy adds parallel edges: keep the shortest. It also drops zeros: a hair instead.
        table = pd.DataFrame({"r": rows, "c": columns, "w": np.maximum(costs, 1e-6)})
        table = table.groupby(["r", "c"], as_index=False)["w"].min()
        shape = (self.nodes + 1, self.nodes + 1)
        graph = coo_array((table["w"], (table["r"], table["c"])), shape=shape).tocsr()
        cost = dijkstra(graph, indices=self.nodes)
        a, from_u, b, from_v = self.shares(demand)
        best = np.minimum(cost[a] + from_u, cost[b] + from_v)
        return np.minimum(best, self.along_one_edge(demand, facilities))

    def along_one_edge(self, demand, facilities):
        """Return the cost of walking straight along a shared edge."""
        left = demand[["edge", "offset_mm", "leg_mm"]].assign(row=np.arange(len(demand)))
        both = left.merge(facilities[["edge", "offset_mm", "leg_mm"]], on="edge")
        cost = (
            (both["offset_mm_x"] - both["offset_mm_y"]).abs() + both["leg_mm_x"] + both["leg_mm_y"]
        )
        best = np.full(len(demand), np.inf)
        np.minimum.at(best, both["row"].to_numpy(), cost.to_numpy(float))
        return best


def audit(result, folder):
    """Recompute the costs of every part that has facilities; return how many rows were checked."""
    path = folder / write_geopackage(result, folder, lang="en")
    tables = {name: gpd.read_file(path, layer=name) for name, _ in pyogrio.list_layers(path)}
    on_site = tables["on_site"]
    verdicts = tables["verdicts"]
    checked = 0
    for rule in result.rules:
        for part in rule["parts"]:
            suffix = "" if part.get("mode", "walk") == "walk" else f"_{part['mode']}"
            rows = verdicts[(verdicts["rule"] == rule["id"]) & (verdicts["part"] == part["part"])]
            rows = rows[rows["verdict"].isin(["covered", "uncovered"])]
            if rule["kind"] == "presence" or not len(rows):
                continue
            if rule["kind"] == "capacity":
                checked += audit_places(rows, tables)
                continue
            demand = tables[f"demand{suffix}"].set_index("id").loc[rows["demand"]]
            table = tables[f"facilities{suffix}"]
            chosen = table[table["id"].isin(part["facilities"]) & (table["edge"] >= 0)]
            if len(chosen):
                cost = Network(tables[f"streets{suffix}"]).nearest(demand, chosen)
            else:
                cost = np.full(len(rows), np.inf)
            pairs = on_site[on_site["facility"].isin(part["facilities"])]
            near = pairs.groupby("demand")["straight_mm"].min().reindex(rows["demand"])
            cost = np.fmin(cost, near.to_numpy(float))
            found = np.where(np.isfinite(cost), np.rint(cost), UNREACHABLE).astype(np.int64)
            assert (found == rows["cost_mm"].to_numpy()).all(), (rule["id"], part["part"])
            covered = (found <= rows["cutoff_mm"].to_numpy()) == (rows["verdict"] == "covered")
            assert covered.all()
            checked += len(rows)
    return checked


def audit_places(rows, tables):
    """Recompute the walks to a dozen facilities of a stage from those who have a place there."""
    taken = rows[rows["verdict"] == "covered"]
    network = Network(tables["streets"])
    facilities, places = tables["facilities"], sorted(set(taken["facility"]))
    checked = 0
    for place in places[:: max(1, len(places) // 12)]:
        mine = taken[taken["facility"] == place]
        demand = tables["demand"].set_index("id").loc[mine["demand"]]
        cost = network.nearest(demand, facilities[facilities["id"] == place])
        pairs = tables["on_site"]
        near = pairs[pairs["facility"] == place].set_index("demand")["straight_mm"]
        cost = np.rint(np.fmin(cost, near.reindex(mine["demand"]).to_numpy(float)))
        assert (cost == mine["cost_mm"].to_numpy()).all(), place
        assert (mine["cost_mm"] <= mine["cutoff_mm"]).all()
        checked += len(mine)
    return checked


def test_the_town(town_result, tmp_path):
    assert audit(town_result, tmp_path) == 4 * 2 + 3


@pytest.mark.xdist_group("baseline")
def test_the_baseline(baseline_result, tmp_path):
    assert audit(baseline_result, tmp_path) > 50_000
