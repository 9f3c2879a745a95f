"""From the headings of a source to the columns of a schema, by the alias dictionary.

The dictionary is data (`columns.toml`); a scenario extends it with `fields`. Two headings of equal
standing for one column, or none for a required one, are problems that name the candidates.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from siting.errors import Problem, problem
from siting.layers.schemas import Schema, schemas

if TYPE_CHECKING:
    from collections.abc import Iterable

# Headings that are no columns of a table but say where its rows lie.
PLACE_KEYS = ("lon", "lat", "coordinates", "crs", "parcel")
# Tables that may have a column for any band of ages.
OF_AGES = ("residents", "shares")

_UNIT = re.compile(r"[(\[（【]([^()\[\]]*)[)\]）】]$")
_DASH = re.compile("[~–—至到]")
_SINGLE_YEAR = re.compile(r"^(\d{1,2})周?岁(?:人口|人数)?$")
_BAND = re.compile(r"^(\d{1,2})(?:周?岁)?[-~–—至到](\d{1,2})周?岁(?:人口|人数|儿童)?$")
_OPEN = re.compile(r"^(\d{1,3})周?岁(?:及其?)?以上(?:人口|人数|老年人口?|老人)?$")
AGE_KEY = re.compile(r"^p(?:_(?P<year>\d{1,2})|(?P<first>\d{1,3})(?:_(?P<last>\d{1,3}))?)$")


@dataclass(frozen=True)
class Mapping:
    """Which heading became which column.

    `columns` maps canonical key to heading, `factors` the keys whose heading has another unit to
    their factor, `passed_over` a key to the headings of that meaning that were not used.
    """

    columns: dict[str, str] = field(default_factory=dict)
    factors: dict[str, float] = field(default_factory=dict)
    passed_over: dict[str, list[str]] = field(default_factory=dict)


def plain(heading: object) -> str:
    """Return a heading without width, case, spaces and line breaks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(heading))).casefold()


def split_unit(heading: str) -> tuple[str, str]:
    """Split a plain heading into its name and the unit in its trailing brackets, if any."""
    match = _UNIT.search(heading)
    return (heading[: match.start()], match[1]) if match else (heading, "")


@cache
def _dictionary() -> dict[str, Any]:
    text = files("siting.layers").joinpath("columns.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _units() -> dict[str, dict[str, float]]:
    """Return the factors of each kind of unit, by their plain words."""
    return {
        kind: {plain(word): factor for word, factor in table.items()}
        for kind, table in _dictionary()["units"].items()
    }


@cache
def _names(table: str) -> dict[str, dict[str, int]]:
    """Return for each plain heading the keys of `table` it may mean, with their rank (0 best)."""
    schema = schemas()[table]
    aliases, only = _dictionary()["aliases"], _dictionary()["only"].get(table, {})
    names: dict[str, dict[str, int]] = defaultdict(dict)
    for key in [*schema.columns, *PLACE_KEYS, *(k for k in aliases if _extra_key(schema, k))]:
        column = schema.columns.get(key)
        words_of = [*aliases.get(key, []), *only.get(key, [])]
        ranked = [[key], [column.text.zh] if column else [], words_of]
        for rank, words in enumerate(ranked):
            for word in words:
                names[plain(word)].setdefault(key, rank)
    return names


def _extra_key(schema: Schema, key: str) -> bool:
    """Tell whether a table may bring `key`: residents totals and any ages, shares any ages."""
    total = schema.name == "residents" and key == "pop"
    return total or (schema.name in OF_AGES and AGE_KEY.match(key) is not None)


def meanings(heading: object, *, schema: Schema) -> dict[str, int]:
    """Return the canonical keys that a heading may mean in a table, with their rank (0 best)."""
    text = plain(heading)
    names = _names(schema.name)
    bare, _ = split_unit(text)
    found = names.get(text) or names.get(bare) or names.get(_DASH.sub("-", bare)) or {}
    if not found and schema.name in OF_AGES and (key := age_key(bare)):
        found = {key: 1}
    return found


def age_key(heading: str) -> str | None:
    """Read a heading of ages: 3岁 → p_3, 3-5岁 → p3_5, 80岁以上 → p80; None for any other."""
    if match := _SINGLE_YEAR.match(heading):
        return f"p_{int(match[1])}"
    if match := _BAND.match(heading):
        return f"p{int(match[1])}_{int(match[2])}"
    if match := _OPEN.match(heading):
        return f"p{int(match[1])}"
    return heading if AGE_KEY.match(heading) else None


def map_columns(
    headings: Iterable[object], *, schema: Schema, fields: dict[str, str], where: str
) -> tuple[Mapping, list[Problem]]:
    """Find the column of the schema that each heading means.

    Parameters
    ----------
    headings
        As they stand in the source.
    fields
        The scenario's own mapping, canonical key → heading; it goes before the dictionary.

    Returns
    -------
    tuple
        The mapping, and the problems: a heading of `fields` that the source lacks, and a column
        for which several headings of equal standing offer themselves.
    """
    listed = [str(heading) for heading in headings]
    found, problems = _declared(listed, schema=schema, fields=fields, where=where)
    offers: dict[str, dict[str, int]] = defaultdict(dict)
    for heading in listed:
        if heading not in found.values():
            for key, rank in meanings(heading, schema=schema).items():
                offers[key][heading] = rank
    factors: dict[str, float] = {}
    passed_over: dict[str, list[str]] = {}
    for key, ranked in _clear_rivals(offers).items():
        if key in found:
            continue
        best = [heading for heading, rank in ranked.items() if rank == min(ranked.values())]
        if len(best) > 1:
            problems.append(
                problem("column-ambiguous", where, column=key, seen=", ".join(best), first=best[0])
            )
        else:
            found[key] = best[0]
            passed_over[key] = [heading for heading in ranked if heading != best[0]]
    for key, heading in found.items():
        factor = _factor(heading, key=key, schema=schema)
        if factor != 1:
            factors[key] = factor
    return Mapping(found, factors, {k: v for k, v in passed_over.items() if v}), problems


def _declared(
    listed: list[str], *, schema: Schema, fields: dict[str, str], where: str
) -> tuple[dict[str, str], list[Problem]]:
    """Look up the scenario's own mapping in the source."""
    by_plain = {plain(heading): heading for heading in listed}
    found, problems = {}, []
    for key, wanted in fields.items():
        known = key in schema.columns or key in PLACE_KEYS or _extra_key(schema, key)
        heading = by_plain.get(plain(wanted))
        if not known:
            problems.append(
                problem("field-unknown", where, column=key, known=", ".join(schema.columns))
            )
        elif heading is None:
            problems.append(
                problem("field-missing", where, column=key, wanted=wanted, seen=", ".join(listed))
            )
        else:
            found[key] = heading
    return found, problems


def _clear_rivals(offers: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Give a heading that may mean several columns to the one it names best.

    办学规模 stands for classes only if nothing names classes better; a heading equally good for
    two columns goes to the one that has no other offer.
    """
    cleared = {key: dict(ranked) for key, ranked in offers.items()}
    headings = {heading for ranked in offers.values() for heading in ranked}
    for heading in sorted(headings):
        rivals = sorted(
            (key for key in cleared if heading in cleared[key]),
            key=lambda key: (cleared[key][heading], len(cleared[key])),
        )
        for key in rivals[1:]:
            del cleared[key][heading]
    return {key: ranked for key, ranked in cleared.items() if ranked}


def _factor(heading: str, *, key: str, schema: Schema) -> float:
    """Return the factor from the unit in a heading to the unit of its column."""
    _, unit = split_unit(plain(heading))
    column = schema.columns.get(key)
    units = _units()
    if column is not None and column.unit in units["area"]:
        return units["area"].get(unit, units["area"][column.unit]) / units["area"][column.unit]
    counts = (column is not None and column.type in ("whole", "number")) or column is None
    return units["count"].get(unit, 1.0) if counts and key not in PLACE_KEYS else 1.0
