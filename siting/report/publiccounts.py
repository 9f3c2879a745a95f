"""The coverage table as it may be published: which of its counts, and of what follows from them.

Every count becomes a cell and every way in which published counts add up a sum of cells; what
`suppression.py` hides is blanked.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.coverage import LEVELS
from siting.access.verdicts import CLASSES
from siting.plan.vocabulary import groups
from siting.report.nested import nested_sets
from siting.report.suppression import Cells

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from siting.plan.vocabulary import AgeGroup
    from siting.report.nested import CountedSet
    from siting.report.result import Result

SUMS = ["people", *CLASSES]
DERIVED = ["straight_covered", "borderline"]
OUTSIDE = "outside"  # the unit of the people beyond the district
COUNTS = [*SUMS, *DERIVED]
JUDGED = ["covered", "uncovered", "undetermined", "not_assessed"]


def finest_level(coverage: pd.DataFrame) -> str:
    """Return the level to which people are aggregated."""
    there = [level for level in LEVELS if (coverage["level"] == level).any()]
    return there[-1] if there else LEVELS[-1]


def public_counts(result: Result, level: str) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Return the coverage table and the residents by finest unit, without what must be hidden."""
    table = result.coverage[result.coverage["level"].isin(LEVELS)].reset_index(drop=True)
    cells = Cells()
    numbers = np.array(
        [
            [cells.add(_key(row, name), row[name]) for name in COUNTS]
            for row in table.to_dict("records")
        ],
        dtype=np.int64,
    ).reshape(len(table), len(COUNTS))
    for row in numbers.tolist():
        _bind_row(cells, dict(zip(COUNTS, row, strict=True)))
    _bind_units(cells, numbers, table, result.layers.units)
    _bind_sets(cells, numbers, table, result)
    residents = _residents(result, level)
    home = [cells.add(("people", "residents", code), n) for code, n in residents.items()]
    _bind_groups(cells, numbers, table, dict(zip(residents.index, home, strict=True)))
    hidden = cells.hidden()
    return _masked(table, hidden[numbers]), residents.astype("Int64").mask(
        hidden[np.array(home, np.int64)]
    )


def _key(row: dict[Hashable, Any], name: str) -> Hashable:
    """Name a cell: people of a group and unit are the same people under every rule."""
    if name == "people":
        return (name, row["group"], row["unit"])
    return (name, row["rule"], row["reading"], row["part"], row["unit"])


def _bind_row(cells: Cells, row: dict[str, int]) -> None:
    """Bind the classes to the people, and the sub-counts to those whom the rule concerns."""
    cells.bind(row["people"], [row[name] for name in CLASSES])
    judged = [row[name] for name in JUDGED]
    key = ("judged", *judged)
    whole = cells.add(key, sum(cells.counts[cell] for cell in judged), shown=False)
    cells.bind(whole, judged)
    for name in DERIVED:
        cells.bind(whole, [row[name]])
    more, fewer = sorted(
        (row["straight_covered"], row["covered"]), key=lambda cell: -cells.counts[cell]
    )
    cells.bind(more, [fewer])


def _tables(table: pd.DataFrame) -> Iterator[tuple[Any, pd.DataFrame]]:
    yield from table.groupby(["rule", "reading", "part"], sort=True)


def _bind_units(
    cells: Cells, numbers: NDArray[np.int64], table: pd.DataFrame, units: gpd.GeoDataFrame
) -> None:
    """Communities add up to streets, streets to blocks, blocks to the district."""
    parent = dict(zip(units["code"], units["parent"].fillna(""), strict=True))
    beyond = set(units.loc[units["outside"].astype(bool), "code"])
    for _, block in _tables(table):
        row_of = dict(zip(block["unit"], block.index, strict=True))
        families: dict[int, list[int]] = {}
        for unit, row in row_of.items():
            above = parent.get(unit) or (OUTSIDE if unit in beyond else "")
            if above in row_of:
                families.setdefault(row_of[above], []).append(row)
        for top, rows in families.items():
            for total, *parts in numbers[[top, *rows]].T.tolist():
                cells.bind(total, parts)


def _bind_sets(
    cells: Cells, numbers: NDArray[np.int64], table: pd.DataFrame, result: Result
) -> None:
    """Bind counts to those of people who are among theirs: of other parts and of other rules."""
    rows = {key: dict(zip(one["unit"], one.index, strict=True)) for key, one in _tables(table)}

    def cells_of(found: list[CountedSet], unit: str) -> list[int]:
        there = [(rows[key[:3]].get(unit), COUNTS.index(key[3])) for key in found]
        return [int(numbers[row, column]) for row, column in there if row is not None]

    for caliber, mine in table.groupby("caliber"):
        verdicts = result.verdicts[result.verdicts["rule"].isin(mine["rule"])]
        demand = result.demand if caliber == "resident" else result.demand[["id"]]
        for outer, families in nested_sets(verdicts, demand):
            for unit, family in product(rows[outer[:3]], families):
                [total] = cells_of([outer], unit)
                if cells.counts[total] and unit != OUTSIDE:
                    cells.bind(total, cells_of(family, unit))


def _bind_groups(
    cells: Cells, numbers: NDArray[np.int64], table: pd.DataFrame, residents: dict[str, int]
) -> None:
    """Bind groups of ages to those within them: the difference is a group of people as well."""
    known = groups()
    people = pd.DataFrame(
        {"unit": table["unit"], "group": table["group"], "cell": numbers[:, 0]}
    ).drop_duplicates()
    for unit in people["unit"].unique().tolist():
        rows = people[people["unit"] == unit]
        own = [
            (known[group], cell) for group, cell in zip(rows["group"], rows["cell"], strict=True)
        ]
        if unit in residents:
            own.append((known["residents"], residents[unit]))
        for outer, total in own:
            inner = [(g, cell) for g, cell in own if outer.holds(g) and not g.holds(outer)]
            for _, cell in inner:
                cells.bind(total, [cell])
            if len(inner) > 1:
                cells.bind(total, _disjoint(inner))


def _disjoint(inner: list[tuple[AgeGroup, int]]) -> list[int]:
    """Return cells of groups that do not overlap, the widest first."""
    chosen: list[tuple[AgeGroup, int]] = []
    for group, cell in sorted(inner, key=_widest_first):
        if not any(group.meets(other) for other, _ in chosen):
            chosen.append((group, cell))
    return [cell for _, cell in chosen]


def _widest_first(one: tuple[AgeGroup, int]) -> tuple[int, int]:
    first, last = one[0].ages
    return first - last, one[1]


def _masked(table: pd.DataFrame, hidden: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the table without hidden counts, and without the shares that rest on them."""
    counts = table[COUNTS].astype("Int64").mask(hidden)
    coverage = table["coverage"].astype("Float64").mask(np.asarray(hidden.any(axis=1)))
    return table.assign(**{name: counts[name] for name in COUNTS}, coverage=coverage)


def _residents(result: Result, level: str) -> pd.Series[Any]:
    """Return the residents of every finest unit."""
    units = result.layers.units
    codes = units.loc[units["level"] == level, "code"]
    demand = result.demand
    column = level if level in demand.columns else "community"
    sums = demand.groupby(column)["residents"].sum()
    found: pd.Series[Any] = sums.reindex(sorted(codes), fill_value=0).astype(np.int64)
    return found
