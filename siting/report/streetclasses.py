"""Classes of streets as the maps draw them, whatever a source calls them."""

from __future__ import annotations

# Drawn from back to front; what is not named is drawn as the first.
STREET_CLASSES = [
    "path",
    "service",
    "residential",
    "tertiary",
    "secondary",
    "primary",
    "trunk",
    "motorway",
]
CLASS_OF = {
    "footway": "path",
    "steps": "path",
    "pedestrian": "path",
    "track": "path",
    "cycleway": "path",
    "lane": "service",
    "inner": "service",
    "living_street": "residential",
    "unclassified": "residential",
    "branch": "residential",
    "expressway": "motorway",
    "bridge": "primary",
}


def street_class(value: object) -> int:
    """Return the place in `STREET_CLASSES` of a class as the source writes it."""
    word = str(value)
    word = CLASS_OF.get(word, word).removesuffix("_link")
    return STREET_CLASSES.index(word) if word in STREET_CLASSES else 0
