"""JSON for files and for pages; dates are written as ISO 8601."""

from __future__ import annotations

import json
from datetime import date
from typing import Any


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not plain data")


def readable(data: Any) -> str:
    """Return indented JSON for people."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain)


def for_html(data: Any) -> str:
    """Return compact JSON that cannot end the script element around it."""
    text = json.dumps(
        data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain
    )
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
