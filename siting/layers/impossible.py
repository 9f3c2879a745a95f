"""What is said of a change that cannot be made."""

from __future__ import annotations

from difflib import get_close_matches


class Impossible(Exception):  # noqa: N818 - an outcome, turned into a Problem by `apply_changes`
    """A change that cannot be made; carries the key and values of its problem."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def similar(word: str, known: list[str]) -> str:
    """Return the known words that are most like one that is not; a dash if none is."""
    return ", ".join(get_close_matches(word, known, n=3, cutoff=0.4)) or "–"
