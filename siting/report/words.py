"""Words of the outputs: codes of the tables, and the sentences of page, workbook and map."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from siting.plan.vocabulary import groups, kinds

if TYPE_CHECKING:
    from siting.words import Lang


@cache
def read_data(name: str) -> dict[str, Any]:
    """Read a TOML file that stands beside this module; nobody changes what it returns."""
    return tomllib.loads(files("siting.report").joinpath(name).read_text(encoding="utf-8"))


@cache
def families() -> dict[str, dict[str, dict[str, str]]]:
    """Return all words by family and code, those of the plan's vocabulary included."""
    words: dict[str, dict[str, dict[str, str]]] = read_data("words.toml")
    groups_ = {key: group.text.model_dump() for key, group in groups().items()}
    kinds_ = {key: kind.text.model_dump() for key, kind in kinds().items()}
    return words | {"group": groups_, "kind": kinds_ | words["kind"]}


def say(family: str, key: str, lang: Lang, /, **values: object) -> str:
    """Return a sentence of ours, its braces filled; an unknown key is a defect."""
    text = families()[family][key][lang]
    return text.format(**values) if values else text


def name(family: str, code: object, lang: Lang) -> str:
    """Return the word for a code found in a table; a code without a word stands for itself.

    A code may carry the part it speaks of after a colon (``nearest_p50:nursery``), and a group
    without a name of its own gives its ages (``age_6_11``).
    """
    word, _, part = str(code).partition(":")
    entry = families()[family].get(word)
    ages = re.fullmatch(r"age_(\d+)_(\d+)", word)
    if entry is None and ages:
        return say("ages", "span", lang, low=ages[1], high=ages[2])
    text = entry[lang] if entry else word
    return f"{text} ({part})" if part else text
