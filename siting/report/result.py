"""`Result`: everything a run found out, and all that the report floor needs to tell it.

Plain tables and dictionaries only, so that nothing here depends on how a figure was computed.
Texts for users are dictionaries ``{"zh": …, "en": …}``; the language is chosen when writing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from siting.layers.model import Layers
    from siting.network.streets import Streets


@dataclass(frozen=True)
class Result:
    """The findings of one run. Tables follow the rules of docs/architecture.md.

    Attributes
    ----------
    scenario
        ``name``, ``title`` (text), ``place``, ``place_title`` (text), ``as_of`` (ISO date),
        ``crs``, ``walk`` (``mode``, ``max_snap_m``, …), ``plans`` (list), ``extends`` (or None),
        ``data_nature`` (``示意(合成)``, or empty for real data), ``attribution`` (lines to print).
    rules
        One dictionary per rule, in the order of the plan: ``id``, ``kind``, ``basis`` (plan,
        standard, reference), ``title``, ``text`` (paraphrase), ``limits`` (texts), ``clauses``
        (ids such as Q16), ``source`` (``document``, ``clause``, ``confidence``), ``group``,
        ``target`` (share), ``readings`` (``id``, ``title``) and ``parts``: dictionaries with
        ``part``, ``title`` (text), ``group``, ``facility_kind`` and ``facilities`` (ids that
        serve it), and ``live``: how the page judges the rule again (`live.py`), or None.
    measures
        One dictionary per rule about a measured value, in the order of the plan: ``id`` to
        ``source`` as in `rules`, ``measure`` (unit, text), ``target``, ``up_to``, ``value``,
        ``verdict``, ``missing`` (what would have to be known, text), ``readings``, ``outcomes``
        (``reading``, ``value``, ``verdict``) and ``live`` as in `rules`.
    measurements
        The rows of those rules by part and unit: ``rule``, ``reading`` and the columns of
        `siting.access.measure`.
    before
        The scenario that this one extends: ``name``, ``title`` and ``figures``, the coverage or
        value of each rule there; None if it extends none, or one of other layers.
    layers, streets
        The checked layers and the street network; ``streets`` is None for a place without
        geometry, and then no spatial file is written.
    demand
        ``id``, ``name``, ``kind``, ``community``, ``street``, ``block``, ``outside``, the columns
        of `Positions`, and one integer column per people group.
    facilities
        The columns of the facilities layer, without geometry, with those of `Positions` and
        ``counted`` (it serves on the evaluation date).
    verdicts
        ``rule``, ``reading``, ``part``, ``group``, ``facility_kind``, ``demand``, ``people``,
        ``cost_mm``, ``straight_mm`` (`UNREACHABLE` where there is none), ``facility`` (id or
        empty), ``cutoff_mm`` (negative where there is none), ``verdict`` (covered, uncovered,
        undetermined, not_applicable, not_assessed, outside), ``borderline``,
        ``straight_covered``. The part ``all`` is the headline.
    coverage, gaps, candidates, sensitivity, indicators, register
        The tables that docs/outputs.md describes, column for column.
    service_areas
        ``rule``, ``part``, ``facility_kind``, ``cutoff_m``, geometry; one dissolved area each.
    streets_by_mode, places_by_mode
        For modes of travel beside walking: the network, and tables named ``demand_<mode>`` and
        ``facilities_<mode>`` with ``id``, ``edge``, ``offset_mm``, ``leg_mm``.
    certificates
        What proves each ranking, by the name of its file; `siting.ranking.checker` reads them.
    on_site
        ``demand``, ``facility``, ``straight_mm``: pairs that count by the straight line.
    ledger
        One row per rule, reading and stage, with the people of every class.
    findings
        One dictionary per rule: ``rule``, ``verdict`` and ``sentence``, whose entries
        ``conclusion``, ``data``, ``caliber``, ``advice`` are texts.
    manifest
        What becomes run.json.
    silent
        The rules that nobody can judge in a place without geometry: ``id``, ``title``, ``readings``
        as in `rules`.
    """

    scenario: dict[str, Any]
    rules: list[dict[str, Any]]
    measures: list[dict[str, Any]]
    measurements: pd.DataFrame
    before: dict[str, Any] | None
    layers: Layers
    streets: Streets | None
    demand: pd.DataFrame
    facilities: pd.DataFrame
    verdicts: pd.DataFrame
    coverage: pd.DataFrame
    gaps: pd.DataFrame
    candidates: pd.DataFrame
    sensitivity: pd.DataFrame
    indicators: pd.DataFrame
    register: pd.DataFrame
    service_areas: gpd.GeoDataFrame
    on_site: pd.DataFrame
    ledger: pd.DataFrame
    findings: list[dict[str, Any]]
    manifest: dict[str, Any]
    certificates: dict[str, dict[str, Any]] = field(default_factory=dict)
    streets_by_mode: dict[str, Streets] = field(default_factory=dict)
    places_by_mode: dict[str, pd.DataFrame] = field(default_factory=dict)
    silent: list[dict[str, Any]] = field(default_factory=list)
