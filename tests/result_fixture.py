"""A `Result` about the small town of `result_town.py`, as run.py would build one.

Three rules: the child circle (access with parts), elder homes by density (two bands and a low
one), a nursery in every street (presence). `NASTY` names prove that nothing is taken for markup.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
from result_town import (
    COLUMNS,
    CRS,
    DATA_NATURE,
    NORTH,
    STEP,
    STREETS,
    UNREACHABLE,
    X0,
    Y0,
    demand_table,
    facilities_table,
    nearest,
    street_arrays,
    y_of,
)
from shapely.geometry import LineString, Point, box

from siting.report.result import Result

NAMES = {"zh": "示意镇", "en": "Sample town"}


def _text(zh, en):
    return {"zh": zh, "en": en}


PARTS = {
    "nursery": ("nursery_age", "nursery", _text("托育", "nursery")),
    "kindergarten": ("kindergarten_age", "kindergarten", _text("幼儿园", "kindergarten")),
    "play_space": ("children", "play_space", _text("活动场地", "play space")),
}
BANDS = {"high": _text("高密度", "high density"), "medium": _text("中密度", "medium density")}
STRAIGHT = [{"id": "straight-line", "title": _text("直线距离", "straight line")}]
CONCERNS = {  # which parts each age needs, for the headline
    "nursery_age": ("nursery", "play_space"),
    "kindergarten_age": ("kindergarten", "play_space"),
    "school_age": ("play_space",),
}


def _values():
    """One rule about a value: the share of children in public kindergartens, in two readings."""
    return [
        {
            "id": "public-kindergarten-share",
            "kind": "share",
            "is_share": True,
            "counts_parts": False,
            "parts_judged": 100.0,
            "basis": "plan",
            "title": _text("公办幼儿园在园幼儿占比", "Children in public kindergartens"),
            "text": _text("公办园在园幼儿占75%以上", "At least 75 % of children in public ones"),
            "measure": _text("%", "%"),
            "limits": _text("目标 ≥ 75.0%", "target ≥ 75.0%"),
            "clauses": ["Q11"],
            "source": {"document": "规划", "clause": "二", "confidence": "A"},
            "target": 0.75,
            "up_to": None,
            "value": 0.6,
            "verdict": "fail",
            "missing": _text("", ""),
            "readings": [
                {
                    "id": "by-places",
                    "title": _text("学位口径", "by places"),
                    "measure": _text("%", "%"),
                }
            ],
            "outcomes": [
                {"reading": "default", "value": 0.6, "verdict": "fail"},
                {"reading": "by-places", "value": 0.8, "verdict": "pass"},
            ],
            "live": None,
        }
    ]


def _measurements():
    rows = {
        "rule": "public-kindergarten-share",
        "reading": "default",
        "part": ["all", "all"],
        "level": ["district", "street"],
        "unit": ["330114", "S1"],
        "unit_name": ["示意镇", "东街"],
        "value": [0.6, 0.5],
        "numerator": [60.0, 10.0],
        "denominator": [100.0, 20.0],
        "target": [0.75, 0.75],
        "up_to": [None, None],
        "verdict": ["fail", "fail"],
        "missing": ["", "一处缺在园人数"],
        "missing_en": ["", "children of one place"],
    }
    return pd.DataFrame(rows)


def _rules(facilities):
    def serving(kind):
        chosen = (facilities["kind"] == kind) & facilities["counted"]
        return facilities.loc[chosen, "id"].tolist()

    def part(name, title, group, kind):
        return {
            "part": name,
            "title": title,
            "group": group,
            "facility_kind": kind,
            "facilities": serving(kind),
        }

    source = {
        "document": "钱塘区“十四五”人口发展规划",
        "clause": "二（二）2",
        "confidence": "A",
    }
    return [
        {
            "id": "child-circle-5min",
            "kind": "access",
            "basis": "plan",
            "title": _text("儿童友好5分钟生活圈", "Child-friendly 5-minute circle"),
            "text": _text(
                "下沙区块的儿童步行5分钟可达与其年龄相关的各类设施。",
                "Every child of the Xiasha block reaches each facility of its age in 5 minutes.",
            ),
            "limits": _text("步行300米（5分钟）", "300 m on foot (5 minutes)"),
            "clauses": ["Q16"],
            "source": source,
            "group": "children",
            "target": 1.0,
            "parts": [part(k, t, g, f) for k, (g, f, t) in PARTS.items()],
            "readings": STRAIGHT,
            "live": None,
        },
        {
            "id": "elder-home-by-density",
            "kind": "density-access",
            "basis": "plan",
            "title": _text("养老机构密度分级覆盖", "Elder homes by density of elders"),
            "text": _text(
                "老年人高密度社区500米、中密度社区1000米范围内有1家养老机构。",
                "An elder home within 500 m in dense communities, 1,000 m in medium ones.",
            ),
            "limits": _text(
                "高密度500米，中密度1000米；低密度不适用",
                "500 m where dense, 1,000 m where medium; low density not applicable",
            ),
            "clauses": ["J11", "J12"],
            "source": {
                "document": "杭州市养老服务设施布局专项规划",
                "clause": "—",
                "confidence": "A",
            },
            "group": "elders",
            "target": 1.0,
            "parts": [part(k, t, "elders", "elder_home") for k, t in BANDS.items()],
            "readings": STRAIGHT,
            "live": None,
        },
        {
            "id": "nursery-in-every-street",
            "kind": "presence",
            "basis": "plan",
            "title": _text("街道普惠托育全覆盖", "An inclusive nursery in every street"),
            "text": _text(
                "每个街道至少有1处普惠性托育服务。",
                "Every street has at least one inclusive nursery.",
            ),
            "limits": _text("每街道至少1处", "at least one in each street"),
            "clauses": ["Q04"],
            "source": source,
            "group": "nursery_age",
            "target": 1.0,
            "parts": [part("all", _text("托育", "nursery"), "nursery_age", "nursery")],
            "readings": [],
            "live": None,
        },
    ]


def _rows(rule, part, group, kind, *, demand, cost, cutoff_mm, applies=None):
    """One verdict row per demand point for one part of a rule."""
    applies = np.ones(len(demand), bool) if applies is None else applies
    cutoff = np.broadcast_to(cutoff_mm, len(demand)).astype(np.int64)
    verdict = np.where(cost["cost_mm"] <= cutoff, "covered", "uncovered")
    lost = (demand["component"] > 0) & (verdict == "uncovered")
    verdict = np.where(lost, "undetermined", verdict)
    verdict = np.where(applies, verdict, "not_applicable")
    verdict = np.where(demand["outside"], "outside", verdict)
    ratio = cost["cost_mm"] / np.maximum(cutoff, 1)
    return pd.DataFrame(
        {
            "rule": rule,
            "reading": "default",
            "part": part,
            "group": group,
            "facility_kind": kind,
            "demand": demand["id"],
            "people": demand[group],
            "cost_mm": cost["cost_mm"],
            "straight_mm": cost["straight_mm"],
            "facility": cost["facility"],
            "cutoff_mm": cutoff,
            "verdict": verdict,
            "borderline": ratio.between(0.9, 1.1) & applies,
            "straight_covered": (cost["straight_mm"] <= cutoff)
            & np.isin(verdict, ["covered", "uncovered"]),
        }
    )


def _verdicts(streets, demand, facilities, rules):
    near = {
        part["facility_kind"]: nearest(streets, demand, facilities, part["facilities"])
        for rule in rules
        for part in rule["parts"]
    }
    block = (demand["block"] == "下沙区块").to_numpy()
    child = {
        k: _rows(
            "child-circle-5min",
            k,
            g,
            f,
            demand=demand,
            cost=near[f],
            cutoff_mm=300_000,
            applies=block,
        )
        for k, (g, f, _) in PARTS.items()
    }
    tables = list(child.values())
    for group, needs in CONCERNS.items():
        stacked = pd.concat([child[k].assign(k=i) for i, k in enumerate(needs)])
        worst = stacked.sort_values(["demand", "cost_mm", "k"]).groupby("demand").tail(1)
        worst = worst.sort_values("demand").drop(columns="k")
        worst = worst.assign(part="all", group=group, people=demand[group].to_numpy())
        tables.append(worst)
    dense = demand["community"].str[-1].map({"0": 500_000, "1": 1_000_000, "4": 500_000})
    dense = dense.fillna(demand["community"].str[-1].map({"3": 1_000_000})).fillna(0)
    for part, mine in [("all", dense > 0), ("high", dense == 500_000), ("medium", dense > 500_000)]:
        tables.append(
            _rows(
                "elder-home-by-density",
                part,
                "elders",
                "elder_home",
                demand=demand,
                cost=near["elder_home"],
                cutoff_mm=np.where(mine, dense, -1),
                applies=mine.to_numpy(),
            )
        )
    return pd.concat(tables, ignore_index=True)


CLASSES = ["covered", "uncovered", "undetermined", "not_applicable", "not_assessed", "outside"]


def _coverage(verdicts, demand, rules):
    where = demand.set_index("id")
    rows = []
    for rule in rules:
        mine = verdicts[verdicts["rule"] == rule["id"]]
        for part, table in mine.groupby("part", sort=True):
            mixed = part == "all" and len(set(table["group"])) > 1
            kind = "all" if mixed else table["facility_kind"].iloc[0]
            home = table["demand"].map(where["street"])
            units = [("district", "330114", NAMES["zh"], table)]
            units += [("street", c, n, table[home == c]) for c, n in STREETS.items()]
            for level, unit, name, rows_of in units:
                people = rows_of.groupby("verdict")["people"].sum()
                by = {c: int(people.get(c, 0)) for c in CLASSES}
                judged = sum(by.values()) - by["not_applicable"] - by["outside"]
                straight = rows_of[rows_of["straight_covered"]]
                rows.append(
                    {
                        "rule": rule["id"],
                        "clause": " ".join(rule["clauses"]),
                        "basis": rule["basis"],
                        "reading": "default",
                        "caliber": "resident",
                        "part": part,
                        "group": rule["group"] if part == "all" else table["group"].iloc[0],
                        "facility_kind": kind,
                        "level": level,
                        "unit": unit,
                        "unit_name": name,
                        "as_of": "2020-11-01",
                        "people": int(rows_of["people"].sum()),
                        **by,
                        "coverage": by["covered"] / judged if judged else np.nan,
                        "straight_covered": int(straight["people"].sum()),
                        "borderline": int(rows_of.loc[rows_of["borderline"], "people"].sum()),
                        "target": rule["target"],
                        "verdict": "partial" if judged else "not_applicable",
                        "data_nature": DATA_NATURE,
                    }
                )
    return pd.DataFrame(rows)


def _gaps(verdicts, demand, facilities):
    """Uncovered people, one gap per rule, part and community."""
    at = demand.set_index("id")
    open_ = verdicts[(verdicts["verdict"] == "uncovered") & (verdicts["part"] != "all")]
    open_ = open_[open_["rule"] == "child-circle-5min"]
    elder = (verdicts["rule"] == "elder-home-by-density") & (verdicts["part"] == "all")
    open_ = pd.concat([open_, verdicts[elder & (verdicts["verdict"] == "uncovered")]])
    open_ = open_.assign(community=open_["demand"].map(at["community"]))
    rows = []
    for (rule, kind, unit), part in open_.groupby(["rule", "facility_kind", "community"]):
        worst = part.sort_values(["people", "demand"], ascending=[False, True]).iloc[0]
        x, y = at.loc[worst["demand"], ["x_mm", "y_mm"]]
        place = gpd.GeoSeries([Point(x / 1000, y / 1000)], crs=CRS).to_crs(4326).iloc[0]
        detour = worst["straight_mm"] <= worst["cutoff_mm"]
        rows.append(
            {
                "gap": f"g{len(rows) + 1:03d}",
                "rule": rule,
                "basis": "plan",
                "street": STREETS[unit[:9]],
                "unit": unit,
                "place": at.loc[worst["demand"], "name"],
                "group": worst["group"],
                "people": int(part["people"].sum()),
                "facility_kind": kind,
                "nearest": facilities.set_index("id")["name"].get(worst["facility"], ""),
                "nearest_m": worst["cost_mm"] / 1000 if worst["cost_mm"] < UNREACHABLE else np.nan,
                "straight_m": worst["straight_mm"] / 1000,
                "cutoff_m": worst["cutoff_mm"] / 1000,
                "cause": "detour" if detour else "no_facility",
                "barrier": "water" if detour else "",
                "barrier_name": "示意河" if detour else "",
                "fix": "new_facility",
                "fix_people": int(part["people"].sum() * 0.8),
                "candidate": "p01",
                "readings_failing": 3,
                "readings_total": 4,
                "priority": 0,
                "lon": round(place.x, 6),
                "lat": round(place.y, 6),
            }
        )
    table = pd.DataFrame(rows).sort_values(["people", "gap"], ascending=[False, True])
    table["priority"] = range(1, len(table) + 1)
    return table.reset_index(drop=True)


def _candidates(parcels):
    points = parcels.geometry.centroid.to_crs(4326)
    rows = []
    for rule, total in [("child-circle-5min", 9_000), ("elder-home-by-density", 20_000)]:
        covered = total // 3
        for rank in range(1, 5):
            gain = total // (6 * rank)
            covered += gain
            rows.append(
                {
                    "rule": rule,
                    "rank": rank,
                    "site": parcels["id"].iloc[rank - 1],
                    "name": parcels["name"].iloc[rank - 1],
                    "lon": round(points.x.iloc[rank - 1], 6),
                    "lat": round(points.y.iloc[rank - 1], 6),
                    "unit": parcels["street"].iloc[rank - 1],
                    "gain": gain,
                    "covered": covered,
                    "coverage": covered / total,
                    "bound": min(1.0, covered / total * 1.02),
                    "optimality_gap": 0.02,
                    "robust_share": 1 - rank / 10,
                    "reason": "",
                    "ranking": rule,
                    "model": "max-coverage",
                    "facility_kind": "kindergarten",
                    "capacity": float("nan"),
                    "cost": 1,
                    "objective": 1.5 * total,
                    "measure": "people",
                    "status": "feasible",
                    "replacement": "",
                    "regret": gain // 2,
                    "drops_out": "",
                    "objective_then": 1.4 * total,
                    "street": "南街道",
                    "youngest_oldest": gain // 4,
                    "nearest_m": 640.0,
                    "main_road_m": float("nan"),
                    "reach": 2 * gain,
                    "score": float(gain),
                }
            )
    return pd.DataFrame(rows)


def _ranking(rule):
    """What a run says of the ranking whose rows `_candidates` makes: not proved to be the best."""
    return {
        "ranking": rule,
        "rule": rule,
        "need": None,
        "rules": [{"rule": rule, "need": None}],
        "model": "max-coverage",
        "limits": {"sites": 4},
        "people": 20_000,
        "covered_before": 6_000,
        "covered": 13_000,
        "candidates": 12,
        "excluded": {"land-use": 3},
        "least_areas": [
            {
                "kind": "kindergarten",
                "title": {"zh": "幼儿园", "en": "kindergarten"},
                "min_area_m2": 5240,
                "source": {"document": "GB 50180-2018", "clause": "C.0.3", "confidence": "G"},
            }
        ],
        "objective": 13_000,
        "measure": "people",
        "certified_bound": 13_400,
        "gap": 0.029851,
        "solver": "HiGHS",
        "solver_bound": 13_100,
        "solver_gap": 0.007634,
        "status": "feasible",
        "proved_by": None,
        "alternatives": {
            "plans": 2,
            "within": 0.01,
            "shared": ["P01"],
            "others": [{"out": ["P02"], "in": ["P09"], "objective": 12_900}],
        },
        "regret": [
            {"site": "P01", "replacement": "P09", "loss": 312, "objective": 12_688},
            {"site": "P02", "replacement": "", "loss": 40, "objective": 12_960},
        ],
        "curve": [
            {"sites": n, "covered": 6_000 + 2_000 * n, "bound": 6_000 + 2_100 * n, "gain": 2_000}
            for n in range(5)
        ],
        "diminishing": 2,
        "robustness": {
            "trials": [
                {"id": "people:1", "kind": "people", "name": "1", "rule": ""},
                {"id": "pace:slower", "kind": "pace", "name": "slower", "rule": ""},
            ],
            "sites": [
                {"site": "P01", "share": 1.0, "drops_out": ""},
                {"site": "P02", "share": 0.5, "drops_out": "pace:slower"},
            ],
        },
        "names": {"P01": "<b>一号地块</b>", "P02": "二号地块", "P09": "九号地块"},
        "explanation": [
            {
                "site": "P01",
                "streets": [{"street": "南街道", "people": 900, "elders_80": 100}],
                "overlaps": [{"other": "P02", "people": 25}],
                "kind": "elder_home",
                "reach": 1_500,
                "capacity": 40,
                "nearest": {"id": "EH1", "name": "颐养院", "metres": 1_200, "places": 60},
                "gaps": [{"gap": f"{rule}-0001", "place": "小区一", "people": 700, "of": 800}],
            }
        ],
        "runners_up": [
            {"site": "P09", "reached": 700, "adds": 20, "taken": 680, "taken_by": "P01"}
        ],
    }


def _layers(streets, demand, facilities):
    def polygons(names, boxes, **columns):
        return gpd.GeoDataFrame(
            {**names, **columns, "data_nature": DATA_NATURE},
            geometry=[box(*(v / 1000 for v in b)) for b in boxes],
            crs=CRS,
        )

    low, river, high = Y0 - STEP, Y0 + 4 * STEP, Y0 + 17 * STEP + STEP
    bank, mid = river + 4 * STEP, X0 + 12 * STEP - STEP // 2
    left, right = X0 - STEP, X0 + COLUMNS * STEP
    streets_of = [(left, bank, mid, high), (mid, bank, right, high), (left, low, right, river)]
    cut = [left] + [X0 + 4 * k * STEP - STEP // 2 for k in range(1, 6)] + [right]
    cells = [(cut[k], bank, cut[k + 1], high) for k in range(6)]
    cells += [(left, low, mid, river), (mid, low, right, river)]
    codes = [f"{list(STREETS)[0 if k < 3 else 1 if k < 6 else 2]}{k:03d}" for k in range(8)]
    units = polygons(
        {
            "code": ["330114", *STREETS, *codes],
            "name": [NAMES["zh"], *STREETS.values(), *(f"社区{k}" for k in range(8))],
            "level": ["district"] + ["street"] * 3 + ["community"] * 8,
            "parent": ["", "330114", "330114", "330114", *(c[:9] for c in codes)],
        },
        [(left, low, right, high), *streets_of, *cells],
        urban_rural="111",
        land_km2=1.0,
        outside=False,
    )
    lines = []
    for k in range(len(streets.edge_u)):
        part = slice(streets.vertex_start[k], streets.vertex_start[k + 1])
        xy = np.column_stack([streets.vertex_x_mm[part], streets.vertex_y_mm[part]]) / 1000
        lines.append(LineString(xy))
    main = [k % 9 == 0 for k in range(len(lines))]
    classes = ["secondary" if m else "residential" for m in main]
    parcels = [
        (X0 + k * 3 * STEP, bank + (k % 3) * 3 * STEP, X0 + k * 3 * STEP + 90_000) for k in range(6)
    ]
    return SimpleNamespace(
        residents=demand,
        facilities=facilities,
        units=units,
        streets=gpd.GeoDataFrame(
            {
                "class": classes,
                "name": ["学林街" if m else "" for m in main],
                "walkable": True,
                "data_nature": DATA_NATURE,
            },
            geometry=lines,
            crs=CRS,
        ),
        barriers=gpd.GeoDataFrame(
            {"kind": ["railway"], "name": ["沪杭线"]},
            geometry=[LineString([(left / 1000, high / 1000), (mid / 1000, bank / 1000)])],
            crs=CRS,
        ),
        water=polygons({"name": ["钱塘江"]}, [(left, river, right, bank)]),
        parcels=polygons(
            {"id": [f"p{k:02d}" for k in range(1, 7)], "name": [f"地块{k}" for k in range(1, 7)]},
            [(x, y, x2, y + 90_000) for x, y, x2 in parcels],
            land_use="A6",
            area_m2=8_100.0,
            community=codes[0],
            street=next(iter(STREETS.values())),
        ),
        context={},
    )


def _service_areas(facilities, rules):
    rows = []
    for rule in rules[:2]:
        for part in rule["parts"]:
            chosen = facilities[facilities["id"].isin(part["facilities"])]
            points = gpd.GeoSeries(
                [Point(x / 1000, y / 1000) for x, y in chosen[["x_mm", "y_mm"]].to_numpy()], crs=CRS
            )
            cutoff = 300 if rule["id"].startswith("child") else 500
            area = points.buffer(cutoff * 0.75)
            rows.append((rule["id"], part["part"], part["facility_kind"], cutoff, area))
    return gpd.GeoDataFrame(
        {
            "rule": [r[0] for r in rows],
            "part": [r[1] for r in rows],
            "facility_kind": [r[2] for r in rows],
            "cutoff_m": [float(r[3]) for r in rows],
        },
        geometry=[r[4].union_all() for r in rows],
        crs=CRS,
    )


def _findings(rules, coverage):
    found = []
    for rule in rules:
        head = coverage[(coverage["rule"] == rule["id"]) & (coverage["level"] == "district")]
        head = head[head["part"] == "all"]
        share = "—" if head.empty else f"{head['coverage'].iloc[0]:.1%}"
        left = 0 if head.empty else int(head["uncovered"].iloc[0])
        found.append(
            {
                "rule": rule["id"],
                "verdict": "not_assessed" if head.empty else "partial",
                "sentence": {
                    "conclusion": _text(
                        f"覆盖率{share}，{left:,}人未覆盖。", f"{share} covered, {left:,} left out."
                    ),
                    "data": _text(
                        "数据为示意（合成）数据，时点2020年11月1日。",
                        "Synthetic sample data as of 1 November 2020.",
                    ),
                    "caliber": _text(
                        "常住人口口径，按步行网络距离判定。",
                        "Residents, judged by walking distance on the network.",
                    ),
                    "advice": _text(
                        "优先在缺口最大的社区补点。", "Open a site in the largest gap first."
                    ),
                },
            }
        )
    return found


@cache
def sample_result() -> Result:
    """Build the result once; nobody may change its tables."""
    streets = street_arrays()
    demand = demand_table(streets)
    facilities = facilities_table(streets)
    rules = _rules(facilities)
    verdicts = _verdicts(streets, demand, facilities, rules)
    coverage = _coverage(verdicts, demand, rules)
    layers = _layers(streets, demand, facilities)
    assert y_of(NORTH) < y_of(NORTH - 1)
    ledger = verdicts.pivot_table(
        index=["rule", "reading", "part"],
        columns="verdict",
        values="people",
        aggfunc="sum",
        fill_value=0,
    )
    ledger = ledger.reindex(columns=CLASSES, fill_value=0).reset_index()
    ledger.columns.name = None
    ledger.insert(3, "group", "children")
    ledger.insert(4, "people", ledger[CLASSES].sum(axis=1))
    headline = coverage[(coverage["level"] == "district") & (coverage["part"] == "all")]
    return Result(
        scenario={
            "name": "town",
            "title": _text("示意镇现状（2020）", "Sample town today (2020)"),
            "place": "town",
            "place_title": NAMES,
            "as_of": "2020-11-01",
            "crs": CRS,
            "walk": {
                "mode": "standard",
                "max_snap_m": 200,
                "min_component_nodes": 30,
                "factors": {},
            },
            "plans": ["town-plan"],
            "extends": None,
            "data_nature": DATA_NATURE,
            "attribution": ["路网与人口均为合成数据"],
        },
        rules=rules,
        measures=_values(),
        measurements=_measurements(),
        before={
            "name": "earlier",
            "title": _text("较早的情景", "An earlier scenario"),
            "figures": {"child-circle-5min": 0.1, "public-kindergarten-share": 0.5},
        },
        layers=layers,
        streets=streets,
        demand=demand,
        facilities=facilities,
        verdicts=verdicts,
        coverage=coverage,
        gaps=_gaps(verdicts, demand, facilities),
        candidates=_candidates(layers.parcels),
        sensitivity=pd.concat(
            [
                headline[["rule", "reading", "people", "covered", "coverage", "verdict"]],
                headline[["rule", "reading", "people", "covered", "coverage", "verdict"]].assign(
                    reading="straight-line", coverage=lambda t: (t["coverage"] * 1.2).clip(upper=1)
                ),
                pd.DataFrame(
                    {
                        "rule": ["public-kindergarten-share"] * 2,
                        "reading": ["default", "by-places"],
                        "verdict": ["fail", "pass"],
                        "value": [0.6, 0.8],
                    }
                ),
            ],
            ignore_index=True,
        ).assign(not_assessed=0, missing="", missing_en=""),
        indicators=pd.DataFrame(
            [
                {
                    "rule": "nursery-in-every-street",
                    "reading": "default",
                    "level": "district",
                    "unit": "330114",
                    "indicator": "units_passing",
                    "value": 2.0,
                    "target": 3.0,
                    "measure": "units",
                }
            ]
        ),
        register=pd.DataFrame(
            [
                {
                    "id": clause,
                    "class": letter,
                    "rule": rule,
                    "status": status,
                    "value": np.nan,
                    "target": np.nan,
                    "missing": missing,
                    "missing_en": missing,
                    "text": f"条文{clause}",
                    "text_en": f"clause {clause}",
                }
                for clause, letter, rule, status, missing in [
                    ("Q04", "b", "nursery-in-every-street", "not_assessed", "inclusive"),
                    ("Q16", "a", "child-circle-5min", "partial", ""),
                    ("Q29", "a", "", "not_assessed", "service_points"),
                    ("J11", "a", "elder-home-by-density", "partial", ""),
                    ("J12", "a", "elder-home-by-density", "partial", ""),
                ]
            ]
        ),
        service_areas=_service_areas(facilities, rules),
        on_site=pd.DataFrame(
            {
                "demand": pd.Series(dtype=str),
                "facility": pd.Series(dtype=str),
                "straight_mm": pd.Series(dtype="int64"),
            }
        ),
        ledger=ledger,
        findings=_findings(rules, coverage),
        manifest={
            "scenario": "town",
            "versions": {"siting": "0.1.0"},
            "inputs": [{"path": "residents.csv", "sha256": "0" * 64, "rows": 360, "crs": CRS}],
            "warnings": [],
            "rankings": [_ranking(rule) for rule in ("child-circle-5min", "elder-home-by-density")],
        },
    )
