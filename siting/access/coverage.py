"""From verdicts to the coverage table: people of each class, by unit of every level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.access.evaluate import HEADLINE, Evaluation
from siting.access.verdicts import CLASSES, unit_verdict
from siting.errors import LedgerError, Problem, problem, raise_all

if TYPE_CHECKING:
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
    """Return one row per part of the rule and unit of `level`.

    Columns: `part`, `facility_kind`, `group`, `unit`, `people`, one per class of `CLASSES`,
    `straight_covered`, `borderline`, `borderline_covered`, `borderline_uncovered`. People beyond
    the district stand in the unit ``outside``.
    """
    rows = evaluation.verdicts
    homes = study.units(level).where(~study.outside, OUTSIDE_UNIT)
    rows = rows.assign(unit=homes.to_numpy()[rows["demand"]])
    rows["unit"] = rows["unit"].fillna("")
    keys = ["part", "facility_kind", "unit"]
    classes = (
        rows.pivot_table(
            index=keys,
            columns="verdict",
            values="people",
            aggfunc="sum",
            observed=False,
            fill_value=0,
            sort=True,
        )
        .reindex(columns=list(CLASSES), fill_value=0)
        .astype("int64")
    )
    classes = classes[classes.sum(axis=1) > 0]
    extra = {
        "straight_covered": rows["straight_covered"],
        "borderline": rows["borderline"],
        "borderline_covered": rows["borderline"] & (rows["verdict"] == "covered"),
        "borderline_uncovered": rows["borderline"] & (rows["verdict"] == "uncovered"),
    }
    for name, mask in extra.items():
        summed = rows["people"].where(mask, 0).groupby([rows[k] for k in keys]).sum()
        classes[name] = summed.reindex(classes.index, fill_value=0).astype("int64")
    classes.insert(0, "people", classes[list(CLASSES)].sum(axis=1))
    table = classes.reset_index()
    table.columns.name = None
    groups = rows.groupby("part")["group"].first()
    table["group"] = [
        evaluation.rule.group if part == HEADLINE else groups[part] for part in table["part"]
    ]
    return table


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
            "caliber": "resident",
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


def headline(coverage: pd.DataFrame) -> dict[str, object]:
    """Return the district's figures of a rule's headline, ring left out."""
    row = coverage[
        (coverage["part"] == HEADLINE)
        & (coverage["level"] == "district")
        & (coverage["unit"] != OUTSIDE_UNIT)
    ]
    total = row[["people", *CLASSES, "straight_covered", "borderline"]].sum()
    applies = int(total["people"] - total["not_applicable"] - total["outside"])
    return {
        **{str(name): int(value) for name, value in total.items()},
        "applies": applies,
        "coverage": int(total["covered"]) / applies if applies else None,
        "verdict": row["verdict"].iloc[0] if len(row) else "not_applicable",
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
        for part, table in evaluation.verdicts.groupby("part", sort=False):
            group = evaluation.rule.group if part == HEADLINE else table["group"].iloc[0]
            source = int(study.people(group).sum())
            classes = table.groupby("verdict", observed=False)["people"].sum()
            counted = {name: int(classes[name]) for name in CLASSES}
            total = sum(counted.values())
            where = f"{evaluation.rule.id} {evaluation.reading} {part}"
            if total != source:
                problems.append(problem("ledger-open", where, people=source, counted=total))
            rows.append(
                {
                    "rule": evaluation.rule.id,
                    "reading": evaluation.reading,
                    "part": part,
                    "group": group,
                    "people": source,
                    **counted,
                }
            )
    raise_all(problems, LedgerError)
    return pd.DataFrame(rows)
