"""What rules about a measured value say: counts, ratios, shares, neighbours, projects, registers.

One pure function per kind: a study's tables and a rule in, a table of values out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.model import MeasureRule

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
)


@dataclass(frozen=True)
class Measurement:
    """What a rule says about a measured value under one reading.

    Attributes
    ----------
    table
        One row per part and unit, the columns of `COLUMNS`; the first row, part ``all``, is the
        headline. `value`, `numerator`, `denominator`, `target`, `up_to` are Float64 and may be
        missing; `verdict` is one of `UNIT_VERDICTS`; `missing` names what would have to be known
        (empty: nothing).
    """

    rule: MeasureRule
    reading: str
    table: pd.DataFrame
