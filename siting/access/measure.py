"""What rules about a measured value say: counts, ratios, shares, neighbours, projects, registers.

One pure function per kind: a study's tables and a rule in, a table of values out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING

import pandas as pd

from siting.access.lacks import in_words
from siting.access.neighbours import adjacency_rows
from siting.access.projects import project_rows
from siting.access.ratios import count_rows, ratio_rows
from siting.access.registers import register_rows
from siting.access.routes import route_rows
from siting.access.shares import share_rows
from siting.access.stock import stock_rows
from siting.plan.model import (
    AdjacencyRule,
    CountRule,
    ProjectRule,
    RatioRule,
    RegisterRule,
    RouteRule,
    ShareRule,
    StockRule,
)
from siting.plan.read import with_reading

if TYPE_CHECKING:
    from siting.access.bounds import Lacks, Row
    from siting.access.study import Study
    from siting.plan.model import MeasureRule, Reading

COLUMNS = (
    "part",
    "level",
    "unit",
    "unit_name",
    "value",
    "numerator",
    "denominator",
    "target",
    "up_to",
    "verdict",
    "missing",
    "missing_en",
)
NUMBERS = ("value", "numerator", "denominator", "target", "up_to")


@dataclass(frozen=True)
class Measurement:
    """What a rule says about a measured value under one reading.

    Attributes
    ----------
    table
        One row per part and unit, the columns of `COLUMNS`; the first row, part ``all``, is the
        headline. `value` is the least that the known facts allow, exact where `missing` is empty;
        it, `numerator`, `denominator`, `target`, `up_to` are Float64 and may be missing; `verdict`
        is one of `UNIT_VERDICTS`; `missing` and `missing_en` name in Chinese and English what
        would have to be known (empty: nothing).
    lacks
        What the headline's value lacks, for sentences in any language
        (`siting.access.lacks.text_of`).
    """

    rule: MeasureRule
    reading: str
    table: pd.DataFrame
    lacks: Lacks

    @property
    def headline(self) -> pd.Series:
        """The row that speaks for the rule."""
        first: pd.Series = self.table.iloc[0]
        return first


def measure(rule: MeasureRule, study: Study, *, reading: Reading | None = None) -> Measurement:
    """Measure what `rule` asks for, as `reading` understands it, on `study`."""
    understood = rule if reading is None else with_reading(rule, reading)
    rows = _rows(understood, study)
    name = "default" if reading is None else reading.id
    return Measurement(understood, name, _table(rows), rows[0].lacks)


def _table(rows: list[Row]) -> pd.DataFrame:
    cells = [vars(row) | in_words(row.lacks) for row in rows]
    table = pd.DataFrame(cells)[list(COLUMNS)]
    return table.astype(dict.fromkeys(NUMBERS, "Float64"))


@singledispatch
def _rows(rule: object, _study: Study) -> list[Row]:
    raise TypeError(f"no function measures {type(rule).__name__}")


_rows.register(CountRule, count_rows)
_rows.register(RatioRule, ratio_rows)
_rows.register(ShareRule, share_rows)
_rows.register(RegisterRule, register_rows)
_rows.register(AdjacencyRule, adjacency_rows)
_rows.register(ProjectRule, project_rows)
_rows.register(RouteRule, route_rows)
_rows.register(StockRule, stock_rows)
