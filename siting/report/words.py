"""Words of the outputs: codes of the tables, and the sentences of page, workbook and map."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from siting.plan.vocabulary import groups, kinds

if TYPE_CHECKING:
    from siting.words import Lang


def read_data(name: str) -> dict[str, Any]:
    """Read a TOML file that stands beside this module."""
    return tomllib.loads(files("siting.report").joinpath(name).read_text(encoding="utf-8"))


@cache
def families() -> dict[str, dict[str, dict[str, str]]]:
    """Return all words by family and code, those of the plan's vocabulary included."""
    words: dict[str, dict[str, dict[str, str]]] = read_data("words.toml")
    vocabulary = {"group": groups(), "kind": kinds()}
    for family, entries in vocabulary.items():
        texts = {key: entry.text.model_dump() for key, entry in entries.items()}
        words[family] = texts | words.get(family, {})
    return words


def say(family: str, key: str, lang: Lang, /, **values: object) -> str:
    """Return a sentence of ours, its braces filled; an unknown key is a defect."""
    text = families()[family][key][lang]
    return text.format(**values) if values else text


def name(family: str, code: object, lang: Lang) -> str:
    """Return the word for a code found in a table; a code without a word stands for itself."""
    entry = families()[family].get(str(code))
    return entry[lang] if entry else str(code)
