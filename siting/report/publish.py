"""What may leave the house: people by community, small counts suppressed, no points, no trials.

Points with ages are personal data (domain practice: aggregate, suppress counts below five). A
count that could be computed from its neighbours and their total is suppressed as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.report.result import Result

SMALLEST = 5
CLASSES = ["covered", "uncovered", "undetermined", "not_applicable", "not_assessed", "outside"]
SUMS = ["people", *CLASSES]
DERIVED = ["straight_covered", "borderline"]
PUBLIC_LEVELS = ["district", "block", "street", "community"]
# Communities within a street, streets within a block, blocks within the district add up.
PARENT_LEVEL = {"community": "street", "street": "block", "block": "district"}


def is_small(counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which counts name so few people that they could be recognised: 1 … 4."""
    found: NDArray[np.bool_] = (counts > 0) & (counts < SMALLEST)
    return found


def suppress(
    counts: NDArray[np.float64], hidden: NDArray[np.bool_], *, fixed: int = 0
) -> NDArray[np.bool_]:
    """Hide more cells until no hidden one follows from the others of its row or its column.

    Parameters
    ----------
    counts
        Cells of a table; in each row the first cell is the sum of the others, and in each column
        the first `fixed` rows are the sum of the others.
    hidden
        Cells that must not be published.
    fixed
        Rows, the first ones, in which nothing more can be hidden: they are decided already.

    Returns
    -------
    numpy.ndarray
        Cells to hide: where a row or a column would hold a single hidden cell, its smallest
        other cell with people is hidden too; where there is none, an empty one.
    """
    hidden = hidden.copy()
    free = np.ones_like(hidden)
    free[:fixed] = False
    while True:
        before = int(hidden.sum())
        for cells, mask, may in ((counts, hidden, free), (counts.T, hidden.T, free.T)):
            for line, hides, open_ in zip(cells, mask, may, strict=True):
                partners = np.flatnonzero(open_ & ~hides)
                if hides.sum() == 1 and len(partners):
                    order = np.lexsort((partners, line[partners], line[partners] == 0))
                    hides[partners[order[0]]] = True
        if int(hidden.sum()) == before:
            return hidden


def public(result: Result) -> Result:
    """Return the result as it may be published."""
    communities = _communities(result)
    home = _homes(result, communities)
    demand = _public_demand(result, communities, home)
    coverage = _public_coverage(result.coverage, result.layers.units)
    gaps = result.gaps[result.gaps["people"] >= SMALLEST]
    return replace(
        result,
        rules=[rule | {"live": None} for rule in result.rules],
        demand=demand,
        verdicts=_public_verdicts(result, home),
        coverage=coverage,
        ledger=_public_ledger(result.ledger),
        findings=_public_findings(result, coverage),
        indicators=_public_indicators(result.indicators),
        gaps=_public_gaps(gaps, communities),
        candidates=result.candidates[result.candidates["gain"] >= SMALLEST],
        on_site=result.on_site.iloc[:0],
        manifest=result.manifest | {"published": {"smallest_count": SMALLEST}},
    )


def _communities(result: Result) -> gpd.GeoDataFrame:
    """Return the units to which people are aggregated: communities, or the finest there are."""
    units = result.layers.units
    levels = [level for level in ("community", "grid", "street") if (units["level"] == level).any()]
    chosen: gpd.GeoDataFrame = units[units["level"] == levels[0]].reset_index(drop=True)
    return chosen


def _homes(result: Result, communities: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Return the code of the community of each demand point; the street where there is none."""
    codes = result.demand["community"].where(
        result.demand["community"].isin(communities["code"]), result.demand["street"]
    )
    return codes.fillna("").set_axis(result.demand["id"])


def _public_demand(
    result: Result, communities: gpd.GeoDataFrame, home: pd.Series[Any]
) -> pd.DataFrame:
    """Return one row per community: its people rounded out of recognition where they are few."""
    demand = result.demand
    groups = [name for name in demand.columns if pd.api.types.is_integer_dtype(demand[name])]
    groups = [name for name in groups if name not in _POSITION]
    code = home.to_numpy()
    sums = demand.groupby(code, sort=True)[groups].sum()
    first = demand.groupby(code, sort=True)[["community", "street", "block", "outside"]].first()
    sums = sums.where(~is_small(sums.to_numpy(np.float64)), 0)
    points = communities.set_index("code").geometry.representative_point()
    units = result.layers.units.set_index("code").geometry.representative_point()
    places = [points.get(key, units.get(key)) for key in sums.index]
    xy = np.array([[p.x, p.y] if isinstance(p, shapely.Point) else [0, 0] for p in places])
    head = pd.DataFrame({"id": sums.index, "name": "", "kind": "community"})
    position = {
        "x_mm": np.round(xy[:, 0] * 1000).astype(np.int64),
        "y_mm": np.round(xy[:, 1] * 1000).astype(np.int64),
        "edge": -1,
        "offset_mm": 0,
        "leg_mm": 0,
        "component": -1,
        "reason": "aggregated",
    }
    parts = [
        head,
        first.reset_index(drop=True),
        pd.DataFrame(position),
        sums.reset_index(drop=True),
    ]
    return pd.concat(parts, axis=1)


_POSITION = {"x_mm", "y_mm", "edge", "offset_mm", "leg_mm", "component"}


def _public_verdicts(result: Result, home: pd.Series[Any]) -> pd.DataFrame:
    """Return people by community and class, small counts left out; no costs, no facilities."""
    keys = ["rule", "reading", "part", "group", "facility_kind", "demand", "verdict"]
    rows = result.verdicts.assign(
        demand=result.verdicts["demand"].map(home),
        verdict=result.verdicts["verdict"].astype(str),
        near=result.verdicts["people"].where(result.verdicts["straight_covered"], 0),
    )
    sums = rows.groupby(keys, sort=True, observed=True)[["people", "near"]].sum().reset_index()
    people = sums["people"].to_numpy(np.float64)
    sums = sums[~is_small(people)]
    return sums.drop(columns="near").assign(
        cost_mm=np.iinfo(np.int32).max,
        straight_mm=np.iinfo(np.int32).max,
        facility="",
        cutoff_mm=-1,
        borderline=False,
        straight_covered=sums["near"] * 2 > sums["people"],
    )


def _public_coverage(table: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the coverage table without small counts, nor those that would give them away.

    From the district down: what is hidden of a unit must not follow from its parts.
    """
    table = table[table["level"].isin(PUBLIC_LEVELS)].reset_index(drop=True)
    parent = dict(zip(units["code"], units["parent"].fillna(""), strict=True))
    counts = table[SUMS].to_numpy(np.float64)
    hidden = np.zeros(counts.shape, bool)
    keys = [table[key] for key in ("rule", "reading", "part")]
    for _, block in table.groupby(keys, sort=True):
        row_of = dict(
            zip(zip(block["level"], block["unit"], strict=True), block.index, strict=True)
        )
        for level in PUBLIC_LEVELS:
            rows = block[block["level"] == level]
            for above, family in rows.groupby(rows["unit"].map(parent).fillna("")):
                top = [row_of[found, above] for found in PUBLIC_LEVELS if (found, above) in row_of][
                    :1
                ]
                chosen = [*top, *family.index]
                small = hidden[chosen] | is_small(counts[chosen])
                hidden[chosen] = suppress(counts[chosen], small, fixed=len(top))
    for column in [*SUMS, *DERIVED]:
        table[column] = table[column].astype("Int64")
    table["coverage"] = table["coverage"].astype("Float64")
    table[SUMS] = table[SUMS].mask(hidden)
    derived = is_small(table[DERIVED].to_numpy(np.float64, na_value=0))
    table[DERIVED] = table[DERIVED].mask(derived)
    table.loc[hidden[:, :2].any(axis=1), ["coverage", *DERIVED]] = pd.NA
    return table


def _public_ledger(ledger: pd.DataFrame) -> pd.DataFrame:
    counts = ledger[SUMS].to_numpy(np.float64)
    hidden = np.array(
        [
            suppress(row[None], small[None])[0]
            for row, small in zip(counts, is_small(counts), strict=True)
        ]
    ).reshape(counts.shape)
    return ledger.assign(**{name: ledger[name].astype("Int64") for name in SUMS}).assign(
        **{name: ledger[name].astype("Int64").mask(hidden[:, at]) for at, name in enumerate(SUMS)}
    )


def _public_findings(result: Result, coverage: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the sentences; a conclusion whose figures are hidden says nothing."""
    head = coverage[(coverage["level"] == "district") & (coverage["part"] == "all")]
    told = set(head.loc[head[SUMS].notna().all(axis=1), "rule"])
    silent = {"conclusion": {"zh": "", "en": ""}, "advice": {"zh": "", "en": ""}}
    return [
        finding if finding["rule"] in told else finding | {"sentence": finding["sentence"] | silent}
        for finding in result.findings
    ]


def _public_indicators(table: pd.DataFrame) -> pd.DataFrame:
    few = (table["measure"] == "people") & table["value"].between(1, SMALLEST - 1)
    return table.assign(value=table["value"].mask(few))


def _public_gaps(gaps: pd.DataFrame, communities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return gaps at the place of their community, without the name of the compound."""
    points = communities.set_index("name").geometry.representative_point().to_crs("EPSG:4490")
    points = points[~points.index.duplicated()]
    at = gaps["unit"].map(points)
    known = at.notna()
    lon = [p.x if isinstance(p, shapely.Point) else np.nan for p in at]
    lat = [p.y if isinstance(p, shapely.Point) else np.nan for p in at]
    hidden = gaps["fix_people"].between(1, SMALLEST - 1)
    return gaps.assign(
        place="",
        lon=np.round(lon, 4),
        lat=np.round(lat, 4),
        fix_people=gaps["fix_people"].mask(hidden, 0),
    )[known].reset_index(drop=True)
