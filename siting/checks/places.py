"""What stands where nothing can stand: facilities in water, people whom no street reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import DataError, Problem, problem, raise_all
from siting.layers.spatial import area_at

if TYPE_CHECKING:
    from siting.access.study import Study

# A network that loses more of the people than this is broken, not merely incomplete.
MOST_LOST = 0.5
SHOWN = 5


def check_places(study: Study) -> None:
    """Check that facilities and residents stand on land, and most people on streets.

    Raises
    ------
    DataError
        With one problem for each table that has points in the water, and one if more than half
        of the people find no street.
    """
    problems: list[Problem] = []
    water = study.layers.water.geometry
    for name in ("facilities", "residents"):
        table = getattr(study.layers, name)
        wet = table[area_at(table.geometry, water) >= 0] if len(water) else table.iloc[:0]
        if len(wet):
            shown = zip(wet["id"].head(SHOWN), wet["name"].fillna("").head(SHOWN), strict=True)
            ids = ", ".join(f"{key} {called}".strip() for key, called in shown)
            problems.append(problem("place-in-water", name, count=len(wet), ids=ids))
    people = study.people("residents")
    lost = int(people[~study.placed()].sum())
    if lost > MOST_LOST * people.sum():
        streets = study.streets
        problems.append(
            problem(
                "place-no-streets",
                "streets",
                lost=lost,
                people=int(people.sum()),
                components=len(streets.component_size),
                largest=int(np.max(streets.component_size, initial=0)),
            )
        )
    raise_all(problems, DataError)


def component_notes(study: Study) -> list[dict[str, Any]]:
    """Say into how many components the streets fall, and how many people stand on each.

    One note of a run (sentence in ``layers/notes.toml``); its example lists source nodes and
    people of each component with people, the largest first, and last, under ``–``, the people
    whom only scraps of network are near.
    """
    streets, demand = study.streets, study.demand
    people = study.people("residents")
    on = demand.component >= 0
    here = np.zeros(len(streets.component_size), np.int64)
    np.add.at(here, demand.component[on], people[on])
    order = np.lexsort([np.arange(len(here)), -here, -streets.component_size])
    lived_on = [i for i in order if here[i]]
    parts = [f"{streets.component_size[i]}: {here[i]}" for i in lived_on[:SHOWN]]
    more = sum(int(here[i]) for i in lived_on[SHOWN:])
    parts += [f"…: {more}"] if more else []
    scraps = int(people[demand.reason == "small-component"].sum())
    parts += [f"–: {scraps}"] if scraps else []
    said = {"count": len(here), "example": "; ".join(parts)}
    return [{"note": "components", "where": "streets", "column": "", **said}]
