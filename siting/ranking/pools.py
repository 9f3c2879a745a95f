"""From what a [[rank]] block asks for to the places that may open: kinds, sizes, prices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import Problem, ScenarioError, problem, raise_all
from siting.ranking.candidates import (
    Pool,
    along_streets,
    apart_from,
    clear_of,
    conflicts,
    from_parcels,
    from_spare_places,
    noise_flags,
    on_grid,
    pool,
    suitability,
    within_district,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from siting.layers.model import Layers
    from siting.scenario.model import Candidates, Rank

UNNAMED = ("streets", "grid")
"""Sources of points without names: what is left out of them is only counted."""
LIKE = 5
"""Ids that a message names."""
FROM_SPARE_PLACES = "nursery"
"""The kind for which kindergartens with spare places are candidates."""


@dataclass(frozen=True)
class Pools:
    """All that a ranking may open.

    Attributes
    ----------
    table
        One row per site, kind and size, sorted by ``id``; ``place`` is the id of the parcel or
        point, ``kind``, ``capacity`` (0: none stated) and ``cost`` what opens there, beside the
        columns of `Pool.sites`.
    excluded
        Number of places that are no candidates, by reason.
    left_out
        Those that have a name: ``id``, ``name`` and the reason in words, ``zh`` and ``en``.
    noise
        Candidates for quiet kinds that need protection from noise: ``id``, ``zh``, ``en``.
    """

    table: gpd.GeoDataFrame
    excluded: dict[str, int]
    left_out: pd.DataFrame
    noise: pd.DataFrame


def pools_of(rank: Rank, kinds: Sequence[str], layers: Layers) -> Pools:
    """Gather the candidates that a ranking admits, and count those it does not.

    Raises
    ------
    ScenarioError
        If a must-have site is no candidate, or `must`, `never` or `costs` name one twice or none.
    """
    tables, left_out, noise = [], [], []
    district = layers.units[(layers.units["level"] == "district") & ~layers.units["outside"]]
    for asked in rank.candidates:
        for kind in _kinds_for(asked, kinds):
            found = _source(asked, kind, layers)
            if len(district):
                found = within_district(found, district)
            found = apart_from(found, layers.facilities, kind=kind, least_m=asked.apart_m)
            found = clear_of(found, water=layers.water, barriers=layers.barriers)
            capacity = found.sites["places"] if asked.capacity is None else asked.capacity
            tables.append(found.sites.assign(kind=kind, capacity=capacity, cost=asked.cost))
            noise.append(noise_flags(found, layers.barriers, kind=kind))
            words = {lang: found.reasons(lang) for lang in ("zh", "en")}
            named = asked.layer not in UNNAMED
            left_out.append(found.excluded.assign(**words, named=named))
    excluded = pd.concat(left_out).drop_duplicates(["id", "reason"])
    table = _named(pd.concat(tables, ignore_index=True), kinds)
    _check_ids(rank, table, excluded)
    table["cost"] = table["place"].map(rank.costs).fillna(table["cost"]).astype("int64")
    excluded = excluded[~excluded["id"].isin(table["place"])]
    reasons = {str(k): int(v) for k, v in sorted(Counter(excluded["reason"]).items())}
    told = excluded.loc[excluded["named"].astype(bool), ["id", "name", "zh", "en"]]
    told = told.fillna("").drop_duplicates("id").sort_values("id", ignore_index=True)
    return Pools(table, reasons, told, pd.concat(noise).drop_duplicates(ignore_index=True))


def _kinds_for(asked: Candidates, kinds: Sequence[str]) -> list[str]:
    if asked.kind is not None:
        return [asked.kind]
    spare = asked.layer == "kindergartens" and FROM_SPARE_PLACES in kinds
    return [FROM_SPARE_PLACES] if spare else list(kinds)


def _source(asked: Candidates, kind: str, layers: Layers) -> Pool:
    if asked.layer == "kindergartens":
        return from_spare_places(layers.facilities[~layers.facilities["outside"]])
    if asked.layer == "streets":
        return along_streets(layers.streets, spacing_m=asked.spacing_m)
    if asked.layer == "grid":
        units = layers.units[(layers.units["level"] == "district") & ~layers.units["outside"]]
        return on_grid(units, spacing_m=asked.spacing_m)
    if asked.layer == "parcels":
        return from_parcels(
            layers.parcels,
            kind=kind,
            scale=asked.scale,
            land_use=asked.land_use,
            min_area_m2=asked.min_area_m2,
        )
    return pool(_with_ids(layers.context[asked.layer], asked.layer), source=asked.layer)


def _with_ids(table: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    """Give the rows of a layer without ids their number in it."""
    if "id" in table:
        return table.assign(id=table["id"].astype(str))
    width = len(str(len(table)))
    return table.assign(id=[f"{layer}-{at:0{width}d}" for at in range(1, len(table) + 1)])


def _named(table: gpd.GeoDataFrame, kinds: Sequence[str]) -> gpd.GeoDataFrame:
    """Give every site, kind and size an id; the same one twice is one, the cheaper."""
    table["place"] = table["id"]
    table["capacity"] = table["capacity"].astype("Int64").fillna(0).astype("int64")
    several_sizes = table.groupby(["place", "kind"])["capacity"].transform("nunique") > 1
    kind = ":" + table["kind"] if len(set(kinds)) > 1 else ""
    size = (":" + table["capacity"].astype(str)).where(several_sizes, "")
    table["id"] = table["place"] + kind + size
    table = table.sort_values(["id", "cost"], kind="stable").drop_duplicates("id")
    return gpd.GeoDataFrame(table.reset_index(drop=True))


def _check_ids(rank: Rank, table: gpd.GeoDataFrame, excluded: pd.DataFrame) -> None:
    known = set(table["id"]) | set(table["place"])
    why = dict(zip(excluded["id"], excluded["reason"], strict=True))
    problems: list[Problem] = []
    for key, ids in (("must", rank.must), ("never", rank.never), ("costs", [*rank.costs])):
        for one in ids:
            where = f"rank {rank.name} {key}"
            if one not in known and (key == "must" or one not in why):
                reason = why.get(one, "–")
                problems.append(
                    problem("rank-site", where, site=one, reason=reason, known=near(one, known))
                )
        sizes = table[table["place"].isin(ids) & (table["id"] != table["place"])]
        if key == "must" and sizes["place"].duplicated().any():
            names = ", ".join(sizes["id"])
            problems.append(problem("rank-must-size", f"rank {rank.name} must", sites=names))
    raise_all(problems, ScenarioError)


def near(word: str, known: Collection[str]) -> str:
    """Return how many ids there are, and those that look most like a word."""
    like = sorted(get_close_matches(word, sorted(known), n=LIKE, cutoff=0)) if known else []
    return f"{len(known)}: {', '.join(like)}{' …' if len(known) > len(like) else ''}"


def rivals(table: gpd.GeoDataFrame, *, spacing_m: float) -> NDArray[np.int64]:
    """Return the pairs of sites of which at most one may open: too close, or one place twice."""
    near = conflicts(table, least_m=spacing_m)
    same = [
        (group[i], group[j])
        for group in (rows.tolist() for rows in table.groupby("place").groups.values())
        for i in range(len(group))
        for j in range(i + 1, len(group))
    ]
    return np.concatenate([near.astype(np.int64), np.array(same, np.int64).reshape(-1, 2)])


def floors_of(rank: Rank, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Return the least areas that the candidates had to have, each with its source and its trust.

    An area that the scenario itself states has no source.
    """
    told = []
    for asked in rank.candidates:
        if asked.layer != "parcels":
            continue
        for kind in _kinds_for(asked, kinds):
            _, entry = suitability(kind, asked.scale)
            own = asked.min_area_m2 is not None
            least = asked.min_area_m2 if own else entry.get("min_area_m2")
            if not least:
                continue
            source = None if own else entry["source"]
            words = {"zh": entry["zh"], "en": entry["en"]}
            told.append({"kind": kind, "title": words, "min_area_m2": least, "source": source})
    return told
