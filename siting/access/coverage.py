"""From verdicts to the coverage table: people of each class, by unit of every level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.access.parts import group_of
from siting.access.verdicts import CLASSES, COVERED, HEADLINE, UNCOVERED, unit_verdict
from siting.errors import LedgerError, Problem, problem, raise_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.access.evaluate import Evaluation
    from siting.access.study import Study

LEVELS = ("district", "block", "street", "community")
OUTSIDE_UNIT = "outside"
UNIT_FIGURES = (
    "covered",
    "uncovered",
    "undetermined",
    "not_assessed",
    "borderline_covered",
    "borderline_uncovered",
)


def part_totals(evaluation: Evaluation, study: Study, *, level: str) -> pd.DataFrame:
    """Return one row per part of the rule and unit of `level`, parts in the rule's order.

    Columns: `part`, `facility_kind`, `group`, `unit`, `people`, one per class of `CLASSES`,
    `straight_covered`, `borderline`, `borderline_covered`, `borderline_uncovered`. People beyond
    the district stand in the unit ``outside``.
    """
    rows = evaluation.verdicts
    unit_of_demand, units = study.once(("homes by", level), lambda: _homes_by(level, study))
    part, parts = pd.factorize(rows["part"])
    cell = part * len(units) + unit_of_demand[rows["demand"].to_numpy()]
    sums = _sums(rows, cell, count=len(parts) * len(units))
    first = rows.drop_duplicates("part").set_index("part").loc[parts]
    group = [group_of(evaluation.rule, part) for part in parts]
    table = pd.DataFrame(
        {
            "part": np.repeat(parts, len(units)),
            "facility_kind": np.repeat(first["facility_kind"].to_numpy(), len(units)),
            "group": np.repeat(group, len(units)),
            "unit": np.tile(units, len(parts)),
            "people": sum(sums[name] for name in CLASSES),
            **sums,
        }
    )
    return table[table["people"] > 0].reset_index(drop=True)


def _homes_by(level: str, study: Study) -> tuple[NDArray[np.int64], pd.Index]:
    """Return the position of each demand point's unit among all units, and those by code."""
    return pd.factorize(
        study.units(level).where(~study.outside, OUTSIDE_UNIT).fillna(""), sort=True
    )


def _sums(
    rows: pd.DataFrame, cell: NDArray[np.int64], *, count: int
) -> dict[str, NDArray[np.int64]]:
    """Add up the people of each figure over the rows of each cell."""
    people = rows["people"].to_numpy()
    verdict = rows["verdict"].cat.codes.to_numpy()
    near = rows["borderline"].to_numpy()
    masks = {name: verdict == code for code, name in enumerate(CLASSES)} | {
        "straight_covered": rows["straight_covered"].to_numpy(),
        "borderline": near,
        "borderline_covered": near & (verdict == COVERED),
        "borderline_uncovered": near & (verdict == UNCOVERED),
    }
    return {
        name: np.bincount(cell[mask], people[mask], minlength=count).astype(np.int64)
        for name, mask in masks.items()
    }


def coverage_table(
    evaluation: Evaluation, study: Study, *, as_of: str, nature: str
) -> pd.DataFrame:
    """Return the rule's rows of coverage.csv (docs/outputs.md), district first.

    `coverage` is covered ÷ people to whom the rule applies (Σ/Σ, never a mean of rates); the
    undetermined and the not assessed stay in the denominator: missing is not passing.
    """
    rule = evaluation.rule
    names = dict(zip(study.layers.units["code"], study.layers.units["name"], strict=True))
    tables = []
    for level in LEVELS:
        if level != "district" and not (study.layers.units["level"] == level).any():
            continue
        totals = part_totals(evaluation, study, level=level)
        totals["level"] = level
        tables.append(totals)
    table = pd.concat(tables, ignore_index=True)
    applies = table["people"] - table["not_applicable"] - table["outside"]
    figures = table[list(UNIT_FIGURES)].to_numpy(int)
    verdicts = [
        unit_verdict(**dict(zip(UNIT_FIGURES, row, strict=True)), target=rule.target)
        for row in figures.tolist()
    ]
    return pd.DataFrame(
        {
            "rule": rule.id,
            "clause": ";".join(rule.clauses),
            "basis": rule.basis,
            "reading": evaluation.reading,
            "caliber": rule.caliber,
            "part": table["part"],
            "group": table["group"],
            "facility_kind": table["facility_kind"],
            "level": table["level"],
            "unit": table["unit"],
            "unit_name": [names.get(unit, "") for unit in table["unit"]],
            "as_of": as_of,
            "people": table["people"],
            **{name: table[name] for name in CLASSES},
            "coverage": (table["covered"] / applies.where(applies > 0)).astype("Float64"),
            "straight_covered": table["straight_covered"],
            "borderline": table["borderline"],
            "target": rule.target,
            "verdict": verdicts,
            "data_nature": nature,
        }
    )


def headline(evaluation: Evaluation, study: Study) -> dict[str, Any]:
    """Return the district's figures of a rule's headline, people beyond it left out.

    Keys: `people`, the classes, `straight_covered`, `borderline`, `applies` (the people to whom
    the rule applies), `coverage` (None if it applies to nobody), `verdict`.
    """
    rows = evaluation.verdicts
    beyond = study.outside[rows["demand"].to_numpy()]
    inside = rows[(rows["part"] == HEADLINE).to_numpy(bool) & ~beyond]
    sums = _sums(inside, np.zeros(len(inside), np.int64), count=1)
    figures: dict[str, Any] = {"people": int(inside["people"].sum())}
    figures |= {name: int(value[0]) for name, value in sums.items()}
    applies = figures["people"] - figures["not_applicable"] - figures["outside"]
    return figures | {
        "applies": applies,
        "coverage": figures["covered"] / applies if applies else None,
        "verdict": unit_verdict(
            **{name: figures[name] for name in UNIT_FIGURES}, target=evaluation.rule.target
        ),
    }


def check_ledger(evaluations: list[Evaluation], study: Study) -> pd.DataFrame:
    """Return the ledger: for each rule, reading and part, where every person of the group went.

    Raises
    ------
    LedgerError
        If for any of them the classes do not add up to the people in the source.
    """
    rows: list[dict[str, object]] = []
    problems: list[Problem] = []
    for evaluation in evaluations:
        found, parts = pd.factorize(evaluation.verdicts["part"])
        sums = _sums(evaluation.verdicts, found, count=len(parts))
        for at, part in enumerate(parts):
            group = group_of(evaluation.rule, part)
            source = int(study.people(group, caliber=evaluation.rule.caliber).sum())
            counted = {name: int(sums[name][at]) for name in CLASSES}
            total = sum(counted.values())
            where = f"{evaluation.rule.id} {evaluation.reading} {part}"
            if total != source:
                problems.append(problem("ledger-open", where, people=source, counted=total))
            rows.append(
                {
                    "rule": evaluation.rule.id,
                    "reading": evaluation.reading,
                    "part": part,
                    "caliber": evaluation.rule.caliber,
                    "group": group,
                    "people": source,
                    **counted,
                }
            )
    raise_all(problems, LedgerError)
    columns = ["rule", "reading", "part", "caliber", "group", "people", *CLASSES]
    return pd.DataFrame(rows, columns=columns)
