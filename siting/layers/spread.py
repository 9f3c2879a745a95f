"""People spread over buildings: a stated total, with stated shares of ages, by floor area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import DataError, Problem, problem, raise_all
from siting.layers.residents import age_columns, largest_remainder, parse_band, parts_of_band

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.model import Notes

    Counts = NDArray[np.int64]

SHARES_ERROR = 1e-3
GOLDEN = 0.6180339887498949


def people_by_column(total: int, shares: dict[str, float], *, where: str) -> dict[str, int]:
    """Divide a total among the columns of people.

    Parameters
    ----------
    shares
        Share of each age band in the total, such as ``{"0-2": 0.037, "80+": 0.03}``; they add up
        to one. A band wider than a column is divided evenly by years of age.

    Raises
    ------
    DataError
        If a band cannot be read, cuts through a column, or overlaps another, or the shares do not
        add up to one.
    """
    problems: list[Problem] = []
    parts: dict[str, dict[str, int]] = {}
    for text in shares:
        band = parse_band(text)
        if band is None or not _whole_columns(*band):
            names = ", ".join(key for key, _, _ in age_columns())
            problems.append(problem("shares-band", where, band=text, columns=names))
        else:
            parts[text] = parts_of_band(*band)
    taken = [key for columns in parts.values() for key in columns]
    if len(taken) != len(set(taken)):
        problems.append(problem("shares-overlap", where, bands=", ".join(shares)))
    if abs(sum(shares.values()) - 1) > SHARES_ERROR or min(shares.values()) < 0:
        problems.append(problem("shares-sum", where, total=f"{sum(shares.values()):.4f}"))
    raise_all(problems, DataError)
    of_band = largest_remainder(total, list(shares.values()))
    people = {key: 0 for key, _, _ in age_columns()}
    for (_, columns), count in zip(parts.items(), of_band, strict=True):
        people |= dict(
            zip(columns, largest_remainder(int(count), list(columns.values())), strict=True)
        )
    return {key: int(count) for key, count in people.items()}


def ages_by_shares(pop: pd.Series, shares: dict[str, float], *, where: str) -> dict[str, pd.Series]:
    """Divide counts of people of all ages into the columns of people by stated shares.

    Think of all people in a row, those of each column spread evenly along it: every place takes
    as many as it counts, one after the other. So places and columns both add up.

    Raises
    ------
    DataError
        As `people_by_column` does.
    """
    people = people_by_column(int(pop.sum()), shares, where=where)
    keys = list(people)
    counts = np.array(list(people.values()), np.int64)
    column = np.repeat(np.arange(len(keys)), counts)
    nth = np.arange(len(column)) - np.repeat(np.cumsum(counts) - counts, counts)
    along_row = column[np.argsort((nth + 0.5) / counts[column], kind="stable")]
    place = np.repeat(np.arange(len(pop)), pop.to_numpy(np.int64))
    size = len(pop) * len(keys)
    table = np.bincount(place * len(keys) + along_row, minlength=size).reshape(len(pop), -1)
    return {
        key: pd.Series(table[:, i], index=pop.index, dtype="Int64") for i, key in enumerate(keys)
    }


def _whole_columns(first: int, last: int | None) -> bool:
    """Tell whether a band begins and ends where columns do."""
    return any(low == first for _, low, _ in age_columns()) and any(
        high == last for _, _, high in age_columns()
    )


def people_in_homes(
    homes: gpd.GeoDataFrame, *, people: dict[str, int], notes: Notes
) -> gpd.GeoDataFrame:
    """Place people in residential buildings by floor area (footprint × storeys).

    Parameters
    ----------
    homes
        Areas in a metric CRS with `id`, `name`, `kind`, `levels`.
    people
        People by column, as `people_by_column` gives them.

    Returns
    -------
    geopandas.GeoDataFrame
        One point per building that anyone lives in, with the columns of people; each column adds
        up to what `people` says.
    """
    order = np.argsort(homes.hilbert_distance().to_numpy(), kind="stable")
    homes = homes.iloc[order]
    floor = np.rint(homes.area.to_numpy() * homes["levels"].to_numpy()).astype(np.int64)
    counts = {
        key: along(count, floor, phase=GOLDEN * i % 1)
        for i, (key, count) in enumerate(people.items())
    }
    lived_in = np.sum(list(counts.values()), axis=0) > 0
    notes.add("people-spread", count=sum(people.values()))
    points = homes[["id", "name", "kind"]].assign(**counts, data_nature="估计(E)")
    placed = gpd.GeoDataFrame(points, geometry=homes.geometry.representative_point())
    return placed[lived_in]


def along(total: int, weights: Counts, *, phase: float) -> Counts:
    """Hand out a whole number along a row of weights, each getting its share of the running sum.

    Largest remainders would give a rare group (one in fourteen buildings has a child of a given
    age) to the largest buildings only. Rounding the running sum instead keeps every
    neighbourhood within one person of its share, as neighbours stand next to each other in the
    row; a `phase` (0 to 1) of its own for each group keeps groups from meeting in the same
    buildings.
    """
    running = np.cumsum(weights)
    if total == 0 or running[-1] == 0:
        return np.zeros(len(weights), np.int64)
    handed = np.floor(running * (total / running[-1]) + phase).astype(np.int64)
    handed[-1] = total
    parts: Counts = np.diff(np.minimum(handed, total), prepend=0)
    return parts
