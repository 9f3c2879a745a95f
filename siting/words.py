"""Words for people: every text that a user reads exists in Chinese and in English."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

Lang = Literal["zh", "en"]


class Text(BaseModel):
    """One text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str

    def in_(self, lang: Lang) -> str:
        """Return the text in `lang`."""
        return self.zh if lang == "zh" else self.en


@cache
def catalogue(folder: str) -> dict[str, dict[str, str]]:
    """Read all TOML files of a data folder of the package into one table of entries.

    `folder` is relative to the package, for example ``"problems"``. An entry that stands in two
    files is an error of ours, never silently the later one.
    """
    entries: dict[str, dict[str, str]] = {}
    for file in sorted(files("siting").joinpath(folder).iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        for key, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if key in entries:
                raise KeyError(f"{folder}/{file.name} defines {key!r} again")
            entries[key] = entry
    return entries
