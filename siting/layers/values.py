"""From cells as people write them to typed values; every customary form is counted, never silent.

Words and marks are data (`values.toml`). A cell that cannot be read is a fault, not a gap.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.layers.schemas import Column

OWN_WORDS = 2  # a choice's key and its first Chinese word need no note
LONGEST_MISSING = 8
PLAIN_ANSWERS = ("是", "否", "yes", "no", "true", "false")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
# Excel counts days from 1899-12-30; these serials are the first of 1927 and the end of 2099.
EXCEL_FIRST, EXCEL_LAST = 10_000, 73_050

_NUMBER = re.compile(r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?e\+?\d+$", re.IGNORECASE)
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATE = re.compile(
    rf"^(\d{{4}})(?:[年\-./](?:{_MONTH}(?:[月\-./](?:{_DAY}日?)?)?)?)?(?:[t ].*)?$"
    rf"|^(?P<compact>\d{{4}})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?$"
)


class CellError(ValueError):
    """A cell cannot be read; its argument is the key of the problem."""


@dataclass(frozen=True)
class Cell:
    """One value read, and the customs that had to be followed to read it."""

    value: Any
    customs: tuple[str, ...] = ()


@dataclass
class Reading:
    """A column read: typed values, faulty cells by problem key, counted customs and their rows."""

    cells: pd.Series
    faults: dict[str, pd.Series] = field(default_factory=dict)
    customs: dict[str, tuple[int, str]] = field(default_factory=dict)
    rows: pd.Index = field(default_factory=lambda: pd.Index([]))


@cache
def words() -> dict[str, Any]:
    """Return the words of `values.toml`."""
    return tomllib.loads(files("siting.layers").joinpath("values.toml").read_text("utf-8"))


def narrow(text: str) -> str:
    """Return a text in half width, without case and surrounding spaces."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return plain.strip().casefold()


def is_missing(text: str) -> bool:
    """Tell whether a cell is empty, or says so in words; they are short."""
    bare = text.strip()
    return len(bare) <= LONGEST_MISSING and narrow(bare) in words()["missing"]


def read_column(cells: pd.Series, *, column: Column, factor: float = 1.0) -> Reading:
    """Read the cells of one column.

    Parameters
    ----------
    cells
        As they stand in the source (text, numbers or booleans), indexed by row number.
    factor
        What a number is multiplied by, because the heading names another unit.

    Returns
    -------
    Reading
        Typed values with the index of `cells`; a faulty cell is empty there and stands in
        `faults`.
    """
    codes, forms = pd.factorize(cells, use_na_sentinel=True)
    reader = _reader(column, factor)
    read: list[Any] = []
    customs: dict[str, tuple[int, str]] = {}
    faulty: dict[str, list[int]] = {}
    counts = np.bincount(codes[codes >= 0], minlength=len(forms))
    customary = np.zeros(len(forms) + 1, bool)  # the last entry answers for code −1, as below
    for code, form in enumerate(forms):
        try:
            cell = reader(form)
        except CellError as error:
            faulty.setdefault(str(error), []).append(code)
            read.append(None)
            continue
        read.append(cell.value)
        customary[code] = bool(cell.customs)
        for custom in cell.customs:
            seen, example = customs.get(custom, (0, str(form)))
            customs[custom] = (seen + int(counts[code]), example)
    # The last entry answers for code −1, a cell without any value.
    table = pd.Series([*read, None], dtype=object)
    values = pd.Series(table.to_numpy()[codes], index=cells.index).astype(cast("Any", column.dtype))
    faults = {key: cells[np.isin(codes, which)] for key, which in faulty.items()}
    return Reading(values, faults, customs, cells.index[customary[codes]])


def _reader(column: Column, factor: float) -> Callable[[Any], Cell]:
    if column.type in ("whole", "number"):
        return lambda form: _number(form, whole=column.type == "whole", factor=factor)
    if column.type == "choice":
        choices = {
            narrow(word): (key, rank < OWN_WORDS)
            for key, aliases in column.choices.items()
            for rank, word in enumerate((key, *aliases))
        }
        return lambda form: _choice(form, choices)
    return {"yes": _yes, "year": _year, "text": _text, "answer": _answer}[column.type]


def _text(form: Any) -> Cell:
    """Codes are text: a number that a spreadsheet made of one is written out, or refused."""
    text = repr(float(form)) if isinstance(form, np.floating) else str(form).strip()
    if is_missing(text):
        return Cell(None)
    if _SCIENTIFIC.match(text):
        digits, exponent = re.split("e", text, flags=re.IGNORECASE)
        if len(digits.partition(".")[2]) < int(exponent):
            raise CellError("cell-code-lost")
        return Cell(str(int(Decimal(text))), ("code-number",))
    if re.fullmatch(r"\d+\.0", text):
        return Cell(text[:-2], ("code-number",))
    if "\n" in text:
        return Cell("".join(map(str.strip, text.splitlines())), ("line-break",))
    return Cell(text)


def _answer(form: Any) -> Cell:
    """Text in which 无 is a word: a register says with it that there is none."""
    text = str(form).strip()
    return Cell(text) if narrow(text) in words()["no"] else _text(form)


def _yes(form: Any) -> Cell:
    text = narrow(str(form))
    plain = text in PLAIN_ANSWERS
    for answer in ("yes", "no"):
        if text in words()[answer]:
            return Cell(answer == "yes", () if plain else ("yes-no",))
    if is_missing(text):
        return Cell(None)
    raise CellError("cell-yes-no")


def _choice(form: Any, choices: dict[str, tuple[str, bool]]) -> Cell:
    """Read one of the listed words; each comes with its key and whether it is the key's own."""
    text = narrow(str(form))
    if is_missing(text):
        return Cell(None)
    if text not in choices:
        raise CellError("cell-choice")
    key, own = choices[text]
    return Cell(key, () if own else ("choice",))


def _year(form: Any) -> Cell:
    if isinstance(form, pd.Timestamp) or hasattr(form, "year"):
        return Cell(int(form.year), ("year",))
    text = narrow(str(form)).removesuffix(".0")
    if is_missing(text):
        return Cell(None)
    if text.isdigit() and EXCEL_FIRST <= int(text) <= EXCEL_LAST:
        day = pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(text))
        return Cell(day.year, ("excel-date",))
    match = _DATE.match(text)
    year = match and (match[1] or match["compact"])
    if not year or not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        raise CellError("cell-year")
    return Cell(int(year), () if text == year else ("year",))


def _number(form: Any, *, whole: bool, factor: float) -> Cell:
    value, customs = _decimal(form)
    if value is None:
        return Cell(None, customs)
    value *= Decimal(repr(factor)) if factor != 1 else 1
    if not whole:
        return Cell(float(value), customs)
    if value != value.to_integral_value():
        raise CellError("cell-not-whole")
    if abs(value) >= 2**53:
        raise CellError("cell-too-large")
    return Cell(int(value), customs)


def _decimal(form: Any) -> tuple[Decimal | None, tuple[str, ...]]:
    """Read a number exactly, whatever people write around it."""
    raw = str(form)
    text = narrow(raw)
    if isinstance(form, (float, np.floating)) and np.isnan(form):
        return None, ()
    customs = [] if text == raw.casefold() else ["width"]
    if _NUMBER.match(text):
        return _exact(text), tuple(customs)
    if is_missing(text):
        return None, ()
    bare = _strip_words(text, words()["about"])
    customs += ["about"] if bare != text else []
    without_unit = _strip_words(bare, words()["units"])
    customs += ["unit-in-cell"] if without_unit != bare else []
    scale = Decimal(1)
    for mark, factor in words()["magnitudes"].items():
        if without_unit.endswith(mark):
            without_unit = without_unit.removesuffix(mark).strip()
            scale *= Decimal(factor)
            customs.append("magnitude")
    if _THOUSANDS.match(without_unit):
        without_unit = without_unit.replace(",", "")
        customs.append("thousands")
    if not _NUMBER.match(without_unit):
        raise CellError("cell-not-a-number")
    return _exact(without_unit) * scale, tuple(customs)


def _exact(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise CellError("cell-not-a-number") from error
    if not value.is_finite() or abs(value.adjusted()) > 30:  # noqa: PLR2004  no count of people
        raise CellError("cell-too-large")
    return value


def _strip_words(text: str, listed: list[str]) -> str:
    """Take listed words off both ends, longest first, until none is left."""
    changed = True
    while changed:
        changed = False
        for word in sorted(listed, key=len, reverse=True):
            bare = text.removeprefix(word).removesuffix(word).strip()
            if bare and bare != text:
                text, changed = bare, True
    return text
