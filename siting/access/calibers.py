"""Whose people count: residents, the registered, residents without students in halls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.layers.residents import age_columns, largest_remainder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.plan.records import Caliber

STUDENT_AGES = "p18_59"


def ages_counted(residents: pd.DataFrame, *, caliber: Caliber) -> pd.DataFrame:
    """Return the people of every column of age at each demand point, as a caliber counts them.

    ``registered`` spreads a point's registered residents over its ages by largest remainder (over
    those of the whole table where nobody lives); ``without-students`` takes students in halls out
    of those of 18 to 59. Where the figure is not known, residents stand (`caliber_unknown`).
    """
    columns = [key for key, _, _ in age_columns()]
    ages = residents[columns].to_numpy(np.int64, na_value=0)
    if caliber == "registered":
        registered = residents["hukou"].to_numpy(np.int64, na_value=-1)
        whole = ages.sum(axis=0)
        ages = np.array(
            [
                row if count < 0 else largest_remainder(int(count), row if row.any() else whole)
                for row, count in zip(ages, registered, strict=True)
            ],
            np.int64,
        ).reshape(-1, len(columns))
    if caliber == "without-students":
        adults = columns.index(STUDENT_AGES)
        ages[:, adults] -= np.minimum(_students(residents), ages[:, adults])
    return pd.DataFrame(ages, columns=columns)


def caliber_unknown(
    residents: pd.DataFrame, columns: list[str], *, caliber: Caliber
) -> NDArray[np.bool_]:
    """Tell where it is not known how many people of some columns of age a caliber counts."""
    if caliber == "registered":
        return residents["hukou"].isna().to_numpy(bool)
    if caliber == "without-students" and STUDENT_AGES in columns:
        return residents["students"].isna().to_numpy(bool)
    return np.zeros(len(residents), bool)


def _students(residents: pd.DataFrame) -> NDArray[np.int64]:
    return residents["students"].to_numpy(np.int64, na_value=0)
