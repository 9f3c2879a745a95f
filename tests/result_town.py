"""The network, the people and the facilities of the town of `result_fixture.py`.

        下沙街道        白杨街道
      c0  c1  c2  |  c3  c4  c5        24 × 9 crossings, 140 m apart, north of the river;
      ------------+-------------       one bridge at column 12;
      ======== river ==========
      c6     河庄街道      c7           24 × 4 crossings south of it.

Costs are computed with networkx, so that what the page computes can be checked against another
engine.
"""

from __future__ import annotations

from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd

from siting.network.joints import NO_JOINTS

CRS = "EPSG:4549"
X0, Y0, STEP = 533_000_000, 3_353_000_000, 140_000
COLUMNS, NORTH, SOUTH = 24, 9, 4
UNREACHABLE = 2**31 - 1
STREETS = {
    "330114001": "下沙街道",
    "330114002": "白杨街道",
    "330114003": "河庄街道",
}
GROUPS = {
    "nursery_age": 0.10,
    "kindergarten_age": 0.12,
    "school_age": 0.2,
    "elders": 0.25,
}
DATA_NATURE = "示意(合成)"


def y_of(row: int) -> int:
    gap = 5 * STEP if row < NORTH else 0
    return Y0 + (NORTH + SOUTH - 1 - row) * STEP + gap


def street_arrays() -> SimpleNamespace:
    """Crossings with a little jitter; every edge has a bend in the middle."""
    rng = np.random.default_rng(7)
    rows = NORTH + SOUTH
    at = [(c, r) for r in range(rows) for c in range(COLUMNS)]
    number = {place: i for i, place in enumerate(at)}
    jitter = rng.integers(-25_000, 25_001, (len(at), 2))
    x = np.array([X0 + c * STEP for c, _ in at]) + jitter[:, 0]
    y = np.array([y_of(r) for _, r in at]) + jitter[:, 1]
    pairs = []
    for c, r in at:
        if c + 1 < COLUMNS:
            pairs.append((number[c, r], number[c + 1, r]))
        if r + 1 < rows and (r != NORTH - 1 or c == 12):
            pairs.append((number[c, r], number[c, r + 1]))
    keep = rng.random(len(pairs)) > 0.08
    bridge = (number[12, NORTH - 1], number[12, NORTH])
    pairs = [p for p, k in zip(pairs, keep, strict=True) if k or p == bridge]
    vertex_x, vertex_y, vertex_at, start, length = [], [], [], [0], []
    for u, v in pairs:
        bend = rng.integers(-9_000, 9_001, 2)
        xs = [x[u], (x[u] + x[v]) // 2 + bend[0], x[v]]
        ys = [y[u], (y[u] + y[v]) // 2 + bend[1], y[v]]
        steps = np.floor(np.sqrt(np.diff(xs) ** 2.0 + np.diff(ys) ** 2.0) + 0.5).astype(int)
        vertex_x += xs
        vertex_y += ys
        vertex_at += [0, steps[0], steps.sum()]
        start.append(len(vertex_x))
        length.append(steps.sum())
    uv = np.array(pairs)
    graph = nx.Graph(pairs)
    component = np.zeros(len(at), np.int32)
    sizes = []
    for k, nodes in enumerate(sorted(nx.connected_components(graph), key=len, reverse=True)):
        component[list(nodes)] = k
        sizes.append(len(nodes))
    cost = np.array(length, np.int32)
    return SimpleNamespace(
        node_x_mm=x.astype(np.int64),
        node_y_mm=y.astype(np.int64),
        edge_u=uv[:, 0].astype(np.int32),
        edge_v=uv[:, 1].astype(np.int32),
        length_mm=cost,
        cost_uv_mm=cost,
        cost_vu_mm=cost,
        vertex_start=np.array(start, np.int64),
        vertex_x_mm=np.array(vertex_x, np.int64),
        vertex_y_mm=np.array(vertex_y, np.int64),
        vertex_at_mm=np.array(vertex_at, np.int32),
        component=component,
        component_size=np.array(sizes, np.int32),
        edge_line=np.arange(len(pairs), dtype=np.int32),
        joints=NO_JOINTS,
    )


def _community(x_mm: int, y_mm: int) -> int:
    if y_mm < y_of(NORTH):
        return 6 + int(x_mm > X0 + 12 * STEP)
    return min(5, (x_mm - X0) // (4 * STEP))


def _placed(streets: SimpleNamespace, rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Points up to 40 m beside random edges, with the foot of the perpendicular as position."""
    rows = []
    for _ in range(count):
        edge = int(rng.integers(len(streets.edge_u)))
        k = int(streets.vertex_start[edge]) + int(rng.integers(2))
        share, leg = rng.random(), int(rng.integers(3_000, 40_000))
        ax, ay = int(streets.vertex_x_mm[k]), int(streets.vertex_y_mm[k])
        bx, by = int(streets.vertex_x_mm[k + 1]), int(streets.vertex_y_mm[k + 1])
        long = float(np.sqrt(float((bx - ax) ** 2 + (by - ay) ** 2)))
        nx_, ny_ = -(by - ay) / long, (bx - ax) / long
        x = int(ax + share * (bx - ax) + leg * nx_)
        y = int(ay + share * (by - ay) + leg * ny_)
        offset = int(streets.vertex_at_mm[k]) + int(share * long)
        rows.append((x, y, edge, min(offset, int(streets.length_mm[edge])), leg))
    table = pd.DataFrame(rows, columns=["x_mm", "y_mm", "edge", "offset_mm", "leg_mm"])
    table["component"] = streets.component[streets.edge_u[table["edge"]]]
    table["reason"] = ""
    unit = [_community(x, y) for x, y in zip(table["x_mm"], table["y_mm"], strict=True)]
    table["community"] = [f"{street_of(u)}{u:03d}" for u in unit]
    table["street"] = [street_of(u) for u in unit]
    table["block"] = ["大江东区块" if u > 5 else "下沙区块" for u in unit]
    return table


def street_of(community: int) -> str:
    return "330114003" if community > 5 else "330114001" if community < 3 else "330114002"


def demand_table(streets: SimpleNamespace) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    table = _placed(streets, rng, 360)
    table.insert(0, "id", [f"d{i:04d}" for i in range(len(table))])
    table.insert(1, "name", [f"{'东南西北'[i % 4]}苑{i // 4 + 1}号" for i in range(len(table))])
    table.insert(2, "kind", "compound")
    table["outside"] = False
    table.loc[table.index[-6:], "outside"] = True
    people = rng.integers(40, 900, len(table))
    for group, share in GROUPS.items():
        table[group] = np.floor(people * share).astype(np.int64)
    table["children"] = table[["nursery_age", "kindergarten_age", "school_age"]].sum(axis=1)
    table["residents"] = people
    return table


SITES = [
    ("kindergarten", "沿江幼儿园", 24, "operating"),
    ("nursery", "小满托育", 18, "operating"),
    ("elder_home", "颐和养老院", 6, "operating"),
    ("kindergarten", "规划幼儿园", 3, "planned"),
    ("play_space", "口袋公园", 30, "operating"),
]


def facilities_table(streets: SimpleNamespace) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = [(kind, f"{name}{i + 1}", status) for kind, name, n, status in SITES for i in range(n)]
    table = _placed(streets, rng, len(rows)).drop(columns="block")
    head = pd.DataFrame(rows, columns=["kind", "name", "status"])
    head.insert(0, "id", [f"f{i:03d}" for i in range(len(rows))])
    table = pd.concat([head, table], axis=1)
    table["year_open"] = pd.array([2015 if s == "operating" else 2024 for s in table["status"]])
    table["project"] = ["规划项目" if s == "planned" else "" for s in table["status"]]
    table["beds"] = pd.array(
        [60 + 20 * (i % 4) if k == "elder_home" else pd.NA for i, k in enumerate(table["kind"])],
        dtype="Int64",
    )
    table["places"] = pd.array(
        [270 if k == "kindergarten" else pd.NA for k in table["kind"]], dtype="Int64"
    )
    table["nursery_places"] = pd.array(
        [45 if k == "nursery" else pd.NA for k in table["kind"]], dtype="Int64"
    )
    table["inclusive"] = pd.array([None] * len(table), dtype="boolean")
    table["outside"] = False
    table["counted"] = table["status"] == "operating"
    table["data_nature"] = DATA_NATURE
    return table


def nearest(streets, demand, facilities, ids) -> pd.DataFrame:
    """Return each demand point's nearest of the facilities: cost, straight line, facility."""
    graph = nx.Graph()
    for u, v, cost in zip(streets.edge_u, streets.edge_v, streets.length_mm, strict=True):
        if not graph.has_edge(u, v) or graph[u][v]["cost"] > cost:
            graph.add_edge(int(u), int(v), cost=int(cost))
    best = pd.DataFrame(
        {"cost_mm": UNREACHABLE, "straight_mm": UNREACHABLE, "facility": ""}, index=demand.index
    )
    edges, offsets = demand["edge"].to_numpy(), demand["offset_mm"].to_numpy()
    legs, length = demand["leg_mm"].to_numpy(), streets.length_mm[edges].astype(np.int64)
    for f in facilities[facilities["id"].isin(ids)].itertuples():
        far = {int(streets.edge_u[f.edge]): f.offset_mm + f.leg_mm}
        other = int(streets.edge_v[f.edge])
        far[other] = int(streets.length_mm[f.edge]) - f.offset_mm + f.leg_mm
        graph.add_node("site")
        for node, cost in far.items():
            graph.add_edge("site", node, cost=int(cost))
        cost = nx.single_source_dijkstra_path_length(graph, "site", weight="cost")
        graph.remove_node("site")
        u = np.array([cost.get(int(n), UNREACHABLE) for n in streets.edge_u[edges]])
        v = np.array([cost.get(int(n), UNREACHABLE) for n in streets.edge_v[edges]])
        total = np.minimum(u + offsets, v + length - offsets) + legs
        along = np.abs(offsets - f.offset_mm) + legs + f.leg_mm
        total = np.where(edges == f.edge, np.minimum(total, along), total)
        dx, dy = demand["x_mm"] - f.x_mm, demand["y_mm"] - f.y_mm
        straight = np.floor(np.sqrt((dx * dx + dy * dy).astype(float)) + 0.5).astype(np.int64)
        better = (total < best["cost_mm"]) & (total < UNREACHABLE)
        best["cost_mm"] = best["cost_mm"].mask(better, total)
        best["facility"] = best["facility"].mask(better, f.id)
        best["straight_mm"] = np.minimum(best["straight_mm"], straight)
    return best
