"""Entries of registers: what clauses ask for and no geometry can hold."""

from __future__ import annotations

from typing import Any

import pandas as pd

from generator.facts import NATURE

COLUMNS = ["条款", "事项", "名称", "数值", "年份", "状态"]


def register_table(own: dict[str, Any]) -> pd.DataFrame:
    """Return the register as a table, in the order of the facts."""
    table = pd.DataFrame(own["entries"], columns=COLUMNS)
    return table.assign(来源=own["source"], 数据性质=NATURE)
