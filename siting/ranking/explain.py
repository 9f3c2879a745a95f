"""Why these sites: whom each newly covers, what it overlaps, and why the next ones rank lower."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.ranking.cover_model import EXISTING, FREE
from siting.ranking.kernels import counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.ranking.cover_model import CoverModel, Flags


def newly_covered(
    fresh: Sequence[Flags], sites: Sequence[str], people: pd.DataFrame
) -> pd.DataFrame:
    """Count whom each site is the first to serve.

    Parameters
    ----------
    fresh, sites
        Rows of the people whom each site is the first to serve; and the sites, in their order.
    people
        One row per demand row: columns of labels (a street) and of whole numbers (an age group).

    Returns
    -------
    pandas.DataFrame
        ``site``, the labels, and the summed numbers; only rows with anybody in them.
    """
    labels = [c for c in people if not pd.api.types.is_integer_dtype(people[c])]
    numbers = [c for c in people if c not in labels]
    parts = [people[:0].assign(site="")]
    for site, rows in zip(sites, fresh, strict=True):
        parts.append(people[rows].assign(site=site))
    every = pd.concat(parts, ignore_index=True)
    order = pd.CategoricalDtype(list(sites), ordered=True)
    every["site"] = every["site"].astype(order)
    keys = ["site", *labels]
    table = every.groupby(keys, observed=True, as_index=False)[numbers].sum()
    table["site"] = table["site"].astype(str)
    return table[(table[numbers] != 0).any(axis=1)].reset_index(drop=True)


def overlaps(model: CoverModel, sites: Sequence[str]) -> pd.DataFrame:
    """Count the people whom two chosen sites both reach, or a chosen and an existing one.

    Returns
    -------
    pandas.DataFrame
        ``site``, ``other``, ``people``; pairs with anybody, the larger overlaps of a site first.
    """
    at = {site: j for j, site in enumerate(model.site_ids)}
    existing = [model.site_ids[j] for j in np.flatnonzero(model.status == EXISTING)]
    rows = []
    for site in sites:
        mine = _flags(model, at[site])
        found = [
            (site, other, int(model.weights[mine & _flags(model, at[other])].sum()))
            for other in (*sites, *existing)
            if other != site
        ]
        rows += sorted((f for f in found if f[2]), key=lambda f: (-f[2], f[1]))
    return pd.DataFrame(rows, columns=["site", "other", "people"])


def runners_up(model: CoverModel, sites: Sequence[str], *, most: int = 5) -> pd.DataFrame:
    """Say what the best sites that were not chosen would still add, and who stands in their way.

    Returns
    -------
    pandas.DataFrame
        Largest addition first, ties by id: ``site``, ``reached`` (people within reach), ``adds``
        (people not covered by the plan), ``taken`` (people whom the plan covers), ``taken_by``
        (the site that covers most of those; empty if they were covered before).
    """
    at = {site: j for j, site in enumerate(model.site_ids)}
    chosen = {site: _flags(model, at[site]) for site in sites}
    before = _covered_before(model)
    plan = before.copy()
    for reached in chosen.values():
        plan |= reached
    rows = []
    for j in np.flatnonzero(model.status == FREE).tolist():
        if model.site_ids[j] in chosen:
            continue
        mine = _flags(model, j)
        by = {
            site: int(model.weights[mine & rows_of & ~before].sum())
            for site, rows_of in chosen.items()
        }
        main = max(by, key=lambda site: by[site], default="")
        rows.append(
            (
                model.site_ids[j],
                int(model.weights[mine].sum()),
                int(model.weights[mine & ~plan].sum()),
                int(model.weights[mine & plan].sum()),
                main if main and by[main] else "",
            )
        )
    rows.sort(key=lambda row: (-row[2], row[0]))
    return pd.DataFrame(rows[:most], columns=["site", "reached", "adds", "taken", "taken_by"])


def _flags(model: CoverModel, site: int) -> Flags:
    flags = np.zeros(len(model.weights), np.bool_)
    flags[model.rows(site)] = True
    return flags


def _covered_before(model: CoverModel) -> Flags:
    existing = np.flatnonzero(model.status == EXISTING)
    reached: Flags = counts(model.indptr, model.demand, existing, len(model.weights)) > 0
    return model.covered | reached


def new_rows(model: CoverModel, sites: Sequence[str]) -> list[Flags]:
    """Return the rows that each site is the first to cover, in the order of the sites."""
    at = {site: j for j, site in enumerate(model.site_ids)}
    seen = _covered_before(model)
    new = []
    for site in sites:
        mine = _flags(model, at[site])
        new.append(mine & ~seen)
        seen |= mine
    return new


def completed(model: CoverModel, sites: Sequence[str], *, kinds: int) -> list[Flags]:
    """Return the people who lack nothing any more with each site, in the order of the sites.

    Parameters
    ----------
    model, kinds
        As for `siting.ranking.conjunctive`; people stand in the first of `kinds` blocks of rows.
    """
    at = {site: j for j, site in enumerate(model.site_ids)}
    rows, done = _covered_before(model), []
    before = _complete(rows, kinds)
    for site in sites:
        rows = rows | _flags(model, at[site])
        after = _complete(rows, kinds)
        done.append(after & ~before)
        before = after
    return done


def _complete(rows: Flags, kinds: int) -> Flags:
    """Return who has every kind, in the first block; nobody stands in the others."""
    people = np.zeros((kinds, len(rows) // kinds), np.bool_)
    people[0] = rows.reshape(kinds, -1).all(axis=0)
    return people.ravel()


def next_to_complete(
    model: CoverModel, sites: Sequence[str], concerned: Flags, *, kinds: int, most: int = 5
) -> pd.DataFrame:
    """Say whom the best sites that were not chosen would still complete.

    Parameters
    ----------
    concerned
        Rows of people who need what the row asks for.

    Returns
    -------
    pandas.DataFrame
        As `runners_up` does; ``taken`` are people within reach who lack nothing any more, by
        several sites together, so that ``taken_by`` is empty.
    """
    at = {site: j for j, site in enumerate(model.site_ids)}
    rows = _covered_before(model)
    for site in sites:
        rows |= _flags(model, at[site])
    before = _complete(rows, kinds)
    served = np.tile(before[: len(before) // kinds], kinds)
    found = []
    for j in np.flatnonzero(model.status == FREE).tolist():
        if model.site_ids[j] in sites:
            continue
        mine = _flags(model, j)
        new = _complete(rows | mine, kinds) & ~before
        found.append(
            (
                model.site_ids[j],
                int(model.weights[mine & concerned].sum()),
                int(model.weights[new].sum()),
                int(model.weights[mine & concerned & served].sum()),
                "",
            )
        )
    found.sort(key=lambda row: (-row[2], row[0]))
    return pd.DataFrame(found[:most], columns=["site", "reached", "adds", "taken", "taken_by"])
