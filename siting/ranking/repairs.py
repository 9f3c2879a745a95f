"""New sites as repairs: the one that would cover most of a gap's people, and parcels that suit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.ranking.candidates import buildable, from_parcels
from siting.ranking.sites import Sites, pairs_of, reached

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.access.evaluate import Evaluation
    from siting.access.gaps import GapMembers
    from siting.access.study import Study


def best_candidates(
    evaluation: Evaluation, gaps: GapMembers, study: Study, *, sites: Sites
) -> pd.DataFrame:
    """Return for each gap `candidate` (site id, empty: none helps) and `fix_people`.

    Ties go to the smaller site id.
    """
    rows = evaluation.verdicts
    best = pd.DataFrame({"candidate": "", "fix_people": 0}, index=range(len(gaps.table)))
    ids = sites.table["id"].to_numpy()
    for part in gaps.table["part"].unique():
        inside = np.flatnonzero((gaps.gap >= 0) & (rows["part"] == part).to_numpy())
        if (rows["cutoff_mm"].to_numpy()[inside] < 0).all():
            continue  # a rule about units, not about distance
        sets = reached(sites, evaluation, study, part=str(part))
        pairs = pd.DataFrame({"site": pairs_of(sets), "demand": sets.demand})
        people = rows.iloc[inside][["demand", "people"]].assign(gap=gaps.gap[inside])
        covers = pairs.merge(people, on="demand").groupby(["gap", "site"])["people"].sum()
        first = (
            covers.reset_index()
            .sort_values(["gap", "people", "site"], ascending=[True, False, True])
            .drop_duplicates("gap")
            .set_index("gap")
        )
        best.loc[first.index, "candidate"] = ids[first["site"]]
        best.loc[first.index, "fix_people"] = first["people"]
    return best


def parcels_for(kind: str, study: Study) -> gpd.GeoDataFrame:
    """Return the parcels on which a facility of a kind could be built, by id.

    Land use and area decide (suitability.toml); of a kind that is not in it nothing is known, and
    no parcel is named.
    """
    parcels = study.layers.parcels
    return from_parcels(parcels, kind=kind).sites if buildable(kind) else parcels.iloc[:0]
