"""What must hold for any facility and any cutoff: properties, on the town."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from town import at

from siting.access.coverage import check_ledger
from siting.access.evaluate import evaluate
from siting.access.placing import study_of
from siting.layers.changes import apply_changes
from siting.scenario.model import Open

FEW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PLACES = st.tuples(
    st.sampled_from(["kindergarten", "nursery", "elder_home"]),
    st.integers(-40, 640),
    st.integers(-40, 270),  # south of the river
)
TOLERANCES = st.tuples(st.floats(-0.5, 1), st.floats(-0.5, 1)).map(sorted)


def with_facility(prepared, place):
    """Return the town's study with one more facility, which passes every filter of its kind."""
    kind, x, y = place
    point = gpd.GeoSeries([shapely.Point(at(x, y))], crs="EPSG:4549").to_crs("EPSG:4490").iloc[0]
    scenario = prepared.scenario
    new = Open(do="open", kind=kind, lon=point.x, lat=point.y, capacity=50)
    layers = apply_changes(prepared.study.layers, [new], places=["test"], as_of=scenario.as_of)
    table = layers.facilities.copy()
    table.loc[table["id"] == "new-001", "inclusive"] = True
    layers = replace(layers, facilities=table)
    return study_of(layers, scenario.walk, modes=["walk"], as_of=scenario.as_of)


def covered(evaluation):
    """Return the people covered, by part and demand point."""
    rows = evaluation.verdicts
    people = rows["people"].where(rows["verdict"] == "covered", 0)
    return people.groupby([rows["part"], rows["group"], rows["demand"]]).sum()


@FEW
@given(place=PLACES)
def test_a_facility_more_never_hurts(town_prepared, place):
    more = with_facility(town_prepared, place)
    for rule in town_prepared.rules:
        before = covered(evaluate(rule, town_prepared.study))
        after = covered(evaluate(rule, more)).reindex(before.index)
        assert (after >= before).all(), rule.id


@FEW
@given(tolerances=TOLERANCES)
def test_a_longer_cutoff_never_lowers_coverage(town_prepared, tolerances):
    for rule in town_prepared.rules[:2]:
        short, long = (
            covered(evaluate(rule.model_copy(update={"tolerance": t}), town_prepared.study))
            for t in tolerances
        )
        assert (long.reindex(short.index) >= short).all(), rule.id


@FEW
@given(place=PLACES, tolerance=st.floats(-0.5, 1))
def test_people_are_conserved(town_prepared, place, tolerance):
    study = with_facility(town_prepared, place)
    rules = [rule.model_copy(update={"tolerance": tolerance}) for rule in town_prepared.rules]
    ledger = check_ledger([evaluate(rule, study) for rule in rules], study)
    assert (ledger["people"] > 0).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_splitting_a_demand_point_changes_nothing(town_prepared, share):
    study = town_prepared.study
    table = study.layers.residents
    ages = [c for c in table.columns if c.startswith("p") and c[1:2] in "_123456789"]
    left, right = table.iloc[[0]].copy(), table.iloc[[0]].copy()
    left[ages] = (table.iloc[[0]][ages] * share).astype(int)
    right[ages] = table.iloc[[0]][ages] - left[ages]
    right["id"] = "d1b"
    split = pd.concat([left, right, table.iloc[1:]]).sort_values("id", ignore_index=True)
    layers = replace(study.layers, residents=split)
    other = study_of(layers, town_prepared.scenario.walk, modes=["walk"], as_of=study.as_of)
    for rule in town_prepared.rules:
        sums = [
            one.verdicts.groupby(["part", "verdict"], observed=False)["people"].sum()
            for one in (evaluate(rule, study), evaluate(rule, other))
        ]
        assert sums[0].equals(sums[1]), rule.id
