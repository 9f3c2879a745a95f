"""run.json: what went in, with checksums, and what came out; only `timings` may differ by run."""

from __future__ import annotations

import platform
from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from siting import __version__

if TYPE_CHECKING:
    from siting.access.study import Study
    from siting.scenario.model import Scenario

LIBRARIES = ("geopandas", "numba", "numpy", "pandas", "pyogrio", "pyproj", "scipy", "shapely")


def scenario_record(scenario: Scenario, study: Study, *, nature: str) -> dict[str, Any]:
    """Return what the report floor says about the scenario (see `Result.scenario`)."""
    units = study.layers.units
    district = units[(units["level"] == "district") & ~units["outside"].astype(bool)]["name"]
    name = str(district.iloc[0]) if len(district) else scenario.place
    unnamed = {"zh": name, "en": scenario.place.capitalize()}
    extended = [file.stem for file in scenario.files[1:]]
    attribution = sorted(
        {str(s["attribution"]) for s in study.layers.sources if s.get("attribution")}
    )
    return {
        "name": scenario.name,
        "title": scenario.title.model_dump(),
        "place": scenario.place,
        "place_title": scenario.place_title.model_dump() if scenario.place_title else unnamed,
        "as_of": scenario.as_of.isoformat(),
        "crs": scenario.crs,
        "walk": scenario.walk.model_dump(),
        "plans": list(scenario.plans),
        "extends": extended[0] if extended else None,
        "data_nature": nature,
        "attribution": attribution,
    }


def manifest(
    scenario: Scenario,
    study: Study,
    *,
    figures: dict[str, dict[str, Any]],
    values: dict[str, dict[str, Any]],
    differs: dict[str, dict[str, int]],
    rankings: list[dict[str, Any]],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """Return run.json.

    `figures` are the headline figures by rule about people, `values` the outcomes of those about a
    value; `differs` the people on whom the drawn service
    area and the verdict disagree, by rule and part.
    """
    streets = study.streets
    placed = {
        name: dict(sorted(Counter(positions.reason.tolist()).items()))
        for name, positions in (("residents", study.demand), ("facilities", study.facilities))
    }
    return {
        "scenario": scenario.name,
        "parameters": scenario.model_dump(mode="json", exclude={"files", "layers"}),
        "inputs": study.layers.sources,
        "normalised": study.layers.notes,
        "network": {
            "source_nodes": streets.source_nodes,
            "nodes": len(streets.node_x_mm),
            "edges": len(streets.edge_u),
        },
        "placed": placed,
        "rules": [
            {
                "rule": rule,
                "verdict": f["verdict"],
                "people": f["applies"],
                "covered": f["covered"],
                "undetermined": f["undetermined"],
                "coverage": f["coverage"],
                "ledger": {k: f[k] for k in _LEDGER},
                "area_disagrees_people": differs[rule],
            }
            for rule, f in figures.items()
        ],
        "values": [{"rule": rule} | found for rule, found in values.items()],
        "rankings": rankings,
        "versions": {
            "siting": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "timings": seconds,
    }


_LEDGER = (
    "people", "covered", "uncovered", "undetermined", "not_applicable", "not_assessed", "outside",
)  # fmt: skip
