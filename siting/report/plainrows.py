"""Rows of tables as plain data for JSON, without empty fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain data without their empty fields."""
    rows = table.astype(object).to_dict("records")
    return [
        {str(key): _scalar(value) for key, value in row.items() if not _is_empty(value)}
        for row in rows
    ]


def _is_empty(value: Any) -> bool:
    return bool(pd.isna(value)) or value == ""


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
