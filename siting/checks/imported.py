"""Whether a layer just imported looks shifted, beside the layers of its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from siting.checks.shift import find_shifts
from siting.checks.shift_notes import as_notes
from siting.layers.schemas import finish, schemas

if TYPE_CHECKING:
    from siting.layers.importing import Imported
    from siting.layers.model import Layers

JUDGED = ("facilities", "residents")


def with_suspicions(done: Imported, against: Layers, *, table: str) -> Imported:
    """Return an import with the coordinate shifts that would explain how its points lie.

    Parameters
    ----------
    table
        The schema as which it was read; only points of facilities and residents are judged.
    """
    if table not in JUDGED:
        return done
    points = done.table.set_geometry(done.table.geometry.representative_point())
    layer = finish(points, schema=schemas()[table], where=done.name)
    shifts = find_shifts(replace(against, **{table: layer}))
    own = [shift for shift in shifts if shift.layer.partition(":")[0] == table]
    return replace(done, suspicions=as_notes(own))
