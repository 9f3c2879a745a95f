"""Say what is missing: columns of tables by their declared names, and whole tables."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from siting.layers.schemas import schemas
from siting.words import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.access.bounds import Lacks
    from siting.words import Lang


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("siting.access").joinpath("lacks.toml").read_text("utf-8"))


def text_of(lacks: Lacks, lang: Lang) -> str:
    """Return one phrase that names everything that is missing (empty: nothing is)."""
    return str(_words()["join"][lang]).join(_phrase(what, n, lang) for what, n in lacks.items())


def said(key: str, **values: object) -> Text:
    """Return a phrase of the register, its braces filled in."""
    phrase = _words()["register"][key]
    return Text(zh=phrase["zh"].format(**values), en=phrase["en"].format(**values))


def joined(texts: Iterable[Text], lang: Lang) -> str:
    """Join phrases of what is missing, each once; empty ones are left out."""
    phrases = dict.fromkeys(text.in_(lang) for text in texts)
    return str(_words()["join"][lang]).join(phrase for phrase in phrases if phrase)


def in_words(lacks: Lacks) -> dict[str, str]:
    """Return what is missing as cells of a table: `missing` in Chinese, `missing_en` in English."""
    return {"missing": text_of(lacks, "zh"), "missing_en": text_of(lacks, "en")}


def _phrase(what: str, count: int, lang: Lang) -> str:
    table, _, column = what.partition(".")
    phrases = _words()["missing"][table]
    phrase = phrases if count else phrases.get("whole", phrases)
    form = "one" if lang == "en" and count == 1 and "one" in phrase else lang
    return str(phrase[form].format(name=name_of(table, column, lang), count=count))


def name_of(table: str, column: str, lang: Lang) -> str:
    """Return what people call a column, a layer or a level; other names stand for themselves."""
    own = _words()["name"].get(table, {}).get(column)
    if own is not None:
        return str(own[lang])
    schema = schemas().get(column if table == "layer" else table)
    if schema is None:
        return column
    if table == "layer":
        return schema.text.in_(lang)
    declared = schema.columns.get(column)
    return declared.text.in_(lang) if declared is not None else column
