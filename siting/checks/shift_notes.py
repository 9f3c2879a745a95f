"""What a run notes of how its layers lie, and of those that look shifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.checks.shift import fits, samples_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siting.checks.shift import Shift
    from siting.layers.model import Layers


def as_notes(
    shifts: list[Shift], flipped: Mapping[str, list[str]] | None = None
) -> list[dict[str, Any]]:
    """Return suspicions as the notes of a run (sentences in ``layers/notes.toml``).

    Parameters
    ----------
    flipped
        By layer, the rules whose verdict would change; None if nobody asked.
    """
    notes: list[dict[str, Any]] = []
    for shift in shifts:
        note = f"shift-{shift.mistake}"
        seen = (
            f"{shift.offset_m:.0f} m; {shift.found.street_m:.0f} m → {shift.mended.street_m:.0f} m"
            f"; {shift.found.astray:.0%} → {shift.mended.astray:.0%}"
        )
        notes.append(
            {"note": note, "where": shift.layer, "column": shift.system, "count": shift.points,
             "example": seen}
        )  # fmt: skip
        if flipped is not None:
            rules = flipped.get(shift.layer, [])
            notes.append(
                {"note": "shift-flips", "where": shift.layer, "column": shift.system,
                 "count": len(rules), "example": ", ".join(rules) or "–"}
            )  # fmt: skip
    return notes


def fit_notes(layers: Layers) -> list[dict[str, Any]]:
    """Return how each layer of points lies, as notes of a run."""
    return [
        {"note": "layer-fit", "where": name, "column": "", "count": one.of,
         "example": f"{fit.street_m:.0f} m; {fit.astray:.0%}"}
        for (name, fit), one in zip(fits(layers).items(), samples_of(layers).values(), strict=True)
    ]  # fmt: skip
