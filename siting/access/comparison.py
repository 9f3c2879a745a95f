"""Compare two evaluations of one rule: who gained, who lost, and by what kind of difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.evaluate import Evaluation
    from siting.access.gaps import GapMembers
    from siting.access.study import Study

KEYS = ["part", "group", "demand"]


def transitions(before: Evaluation, after: Evaluation) -> pd.DataFrame:
    """Return one row per part, group and demand point with what changed for its people.

    The demand points of both are the same rows; their people may differ. Columns: the keys,
    `people_before`, `people_after`, `covered_before`, `covered_after` (people), and the three
    parts of the difference in people covered, which add up to it:

    - `by_access`: the same people under the same limit, now covered or no longer;
    - `by_band`: their limit changed, or the rule began or ceased to apply to them;
    - `by_people`: people came or went.
    """
    both = _points(before).merge(
        _points(after), on=KEYS, how="outer", suffixes=("_before", "_after"), sort=True
    )
    people, covered = (
        {side: both[f"{name}_{side}"].fillna(0).to_numpy(np.int64) for side in ("before", "after")}
        for name in ("people", "covered")
    )
    stayed = np.minimum(people["before"], people["after"])
    # Of a point that is split, those who stayed keep their places first.
    changed = np.minimum(covered["after"], stayed) - np.minimum(covered["before"], stayed)
    # Where nobody stayed nothing changed, whatever holds there.
    band = (both["cutoff_mm_before"] != both["cutoff_mm_after"]) | (
        both["applies_before"] != both["applies_after"]
    )
    return pd.DataFrame(
        {
            **{key: both[key] for key in KEYS},
            **{f"people_{side}": people[side] for side in people},
            **{f"covered_{side}": covered[side] for side in covered},
            "by_access": np.where(band, 0, changed),
            "by_band": np.where(band, changed, 0),
            "by_people": covered["after"] - covered["before"] - changed,
        }
    )


def _points(evaluation: Evaluation) -> pd.DataFrame:
    """Return one row per part, group and demand point, which a rule may have split."""
    rows = evaluation.verdicts
    is_covered = (rows["verdict"] == "covered").to_numpy()
    table = pd.DataFrame(
        {
            **{key: rows[key] for key in [*KEYS, "people", "cutoff_mm"]},
            "covered": np.where(is_covered, rows["people"], 0),
            "applies": rows["verdict"] != "not_applicable",
        }
    )
    return table.groupby(KEYS, as_index=False, sort=False).agg(
        {"people": "sum", "covered": "sum", "cutoff_mm": "first", "applies": "first"}
    )


def difference_table(moves: pd.DataFrame, study: Study, *, level: str) -> pd.DataFrame:
    """Sum `transitions` by part and unit of a level, people beyond the district left out."""
    homes = study.units(level).fillna("").to_numpy()
    inside = ~study.outside
    rows = moves[inside[moves["demand"]]]
    sums = rows.drop(columns=["group", "demand"]).assign(unit=homes[rows["demand"]])
    table = sums.groupby(["part", "unit"], as_index=False, sort=True).sum()
    table.insert(2, "difference", table["covered_after"] - table["covered_before"])
    return table


def uncovered_at(evaluation: Evaluation, *, part: str, count: int) -> NDArray[np.int64]:
    """Return the uncovered people of a part at each of `count` demand points."""
    rows = evaluation.verdicts
    rows = rows[(rows["part"] == part) & (rows["verdict"] == "uncovered")]
    people = np.zeros(count, np.int64)
    np.add.at(people, rows["demand"].to_numpy(), rows["people"].to_numpy())
    return people


def gap_changes(before: GapMembers, after: GapMembers, *, steps: list[Evaluation]) -> pd.DataFrame:
    """Match the gaps before and after by the demand points they share, and say what changed.

    Parameters
    ----------
    steps
        The rule's evaluations: before, after the first change, …, after the last one.

    Returns
    -------
    DataFrame
        One row per gap that is not the same on both sides: `part`, `place`, `community`,
        `street`, `what` (opened, closed, changed), `people_before`, `people_after`, `change`
        (position of the change that moved most of its people, ties to the first; −1: none did).
    """
    rows = []
    for part in sorted({*_parts(before), *_parts(after)}):
        members = [
            _members(side, one, part) for side, one in ((before, steps[0]), (after, steps[-1]))
        ]
        count = 1 + max((int(m.max()) for side in members for m in side.values()), default=0)
        people = np.stack([uncovered_at(one, part=part, count=count) for one in steps])
        gap_after = np.full(count, -1, np.int64)
        for row, points in members[1].items():
            gap_after[points] = row
        shared: set[int] = set()
        for row, points in members[0].items():
            partners = sorted(set(gap_after[points].tolist()) - {-1})
            shared.update(partners)
            there = np.unique(np.concatenate([points, *(members[1][r] for r in partners)]))
            what = "changed" if partners else "closed"
            rows.append(_row(before.table.iloc[row], people[:, there].sum(axis=1), what))
        for row, points in members[1].items():
            if row not in shared:
                rows.append(_row(after.table.iloc[row], people[:, points].sum(axis=1), "opened"))
    table = pd.DataFrame(rows, columns=GAP_COLUMNS)
    return table[table["people_before"] != table["people_after"]].reset_index(drop=True)


GAP_COLUMNS = [
    "part", "place", "community", "street", "what", "people_before", "people_after", "change",
]  # fmt: skip


def _parts(gaps: GapMembers) -> list[str]:
    return list(gaps.table["part"].unique()) if len(gaps.table) else []


def _members(gaps: GapMembers, evaluation: Evaluation, part: str) -> dict[int, NDArray[np.int64]]:
    """Return the demand points of each gap of a part, by the gap's row."""
    demand = evaluation.verdicts["demand"].to_numpy()
    inside = (gaps.gap >= 0) & (evaluation.verdicts["part"] == part).to_numpy()
    if not inside.any():
        return {}
    order = np.argsort(gaps.gap[inside], kind="stable")
    labels, start = np.unique(gaps.gap[inside][order], return_index=True)
    points = np.split(demand[inside][order], start[1:])
    return dict(zip(labels.tolist(), points, strict=True))


def _row(gap: pd.Series, people: NDArray[np.int64], what: str) -> dict[str, object]:
    moved = np.abs(np.diff(people))
    return {
        **{name: gap[name] for name in ("part", "place", "community", "street")},
        "what": what,
        "people_before": int(people[0]),
        "people_after": int(people[-1]),
        "change": int(moved.argmax()) if len(moved) and moved.any() else -1,
    }
