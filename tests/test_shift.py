"""A layer in a shifted system is found by how it lies to streets; a sound one never is."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.checks.shift import as_notes, find_shifts, mended, moved_points, verdicts_flipped
from siting.layers.model import Layers
from siting.layers.schemas import complete, empty, schemas

CRS = "EPSG:4549"
X, Y = 530_000, 3_354_000  # 下沙
SIDE, BLOCK = 16 * 370, 370


def made(name, shapes, **columns):
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)
    return complete(table, schema=schemas()[name])


@pytest.fixture(scope="module")
def town():
    """A square of 6 km with streets every 370 m and people and schools 12 m beside them."""
    at = np.arange(0, SIDE + 1, BLOCK)
    streets = [shapely.LineString([(X + a, Y), (X + a, Y + SIDE)]) for a in at]
    streets += [shapely.LineString([(X, Y + a), (X + SIDE, Y + a)]) for a in at]
    rng = np.random.default_rng(1)
    spots = rng.integers(1, len(at) - 1, (300, 2)) * BLOCK
    homes = shapely.points(X + spots[:, 0] + 22, Y + spots[:, 1] + rng.integers(30, 340, 300))
    tables = {n: empty(schemas()[n], crs=CRS) for n in ("barriers", "water", "parcels")}
    return Layers(
        crs=CRS,
        residents=made("residents", homes, id=[f"r{i}" for i in range(300)]),
        facilities=made("facilities", homes[:90], id=[f"f{i}" for i in range(90)],
                        kind=["kindergarten"] * 60 + ["elder_home"] * 30),
        units=made("units", [shapely.box(X, Y, X + SIDE, Y + SIDE)], code=["A"], level=["street"]),
        streets=made("streets", streets, walkable=[True] * len(streets)),
        **tables,
    )  # fmt: skip


def misread(layers, system, mistake, *, kind="kindergarten"):
    """Put the facilities of a kind where that mistake would put them: the opposite of mending."""
    opposite = {"unconverted": "overconverted", "overconverted": "unconverted"}[mistake]
    table = layers.facilities
    shapes = table.geometry.to_numpy().copy()
    rows = (table["kind"] == kind).to_numpy()
    shapes[rows] = moved_points(shapes[rows], crs=CRS, system=system, mistake=opposite)
    return replace(layers, facilities=table.set_geometry(shapes, crs=CRS))


def test_a_sound_town_raises_no_suspicion(town):
    assert find_shifts(town) == []


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
@pytest.mark.parametrize("mistake", ["unconverted", "overconverted"])
def test_every_mistake_is_named(town, system, mistake):
    (shift,) = find_shifts(misread(town, system, mistake))
    assert (shift.layer, shift.system, shift.mistake) == (
        "facilities:kindergarten", system, mistake,
    )  # fmt: skip
    assert shift.points == 60
    low, high = {"GCJ-02": (480, 530), "BD-09": (1100, 1200)}[system]
    assert low < shift.offset_m < high
    assert shift.mended.street_m == pytest.approx(22, abs=0.5)
    assert shift.mended.street_m < shift.found.street_m


def test_mending_brings_the_layer_back(town):
    wrong = misread(town, "GCJ-02", "unconverted")
    (shift,) = find_shifts(wrong)
    back = mended(wrong, shift)
    assert back.facilities.geometry.distance(town.facilities.geometry).max() < 0.01
    assert find_shifts(back) == []
    assert wrong.facilities.geometry.distance(town.facilities.geometry).max() > 400  # a new table


def test_flips_are_counted_by_the_callers_own_judgement(town):
    wrong = misread(town, "GCJ-02", "unconverted")
    (shift,) = find_shifts(wrong)

    def judge(layers):
        near = layers.facilities.geometry.distance(town.facilities.geometry) < 1
        return {"near": "pass" if near.all() else "fail", "always": "pass"}

    flipped = verdicts_flipped(wrong, shift, judge)
    assert flipped == ["near"]
    suspected, flips = as_notes([shift], {shift.layer: flipped})
    assert suspected["note"] == "shift-unconverted"
    assert suspected["column"] == "GCJ-02"
    assert (flips["note"], flips["count"], flips["example"]) == ("shift-flips", 1, "near")


def test_an_honest_layer_far_from_streets_is_not_suspected(town):
    rng = np.random.default_rng(2)
    lonely = shapely.points(X + rng.integers(0, SIDE, 40), Y + rng.integers(0, SIDE, 40))
    table = made("facilities", lonely, id=[f"p{i}" for i in range(40)], kind=["play_space"] * 40)
    assert find_shifts(replace(town, facilities=table)) == []


def test_few_points_say_nothing(town):
    few = replace(town, facilities=town.facilities.iloc[:5])
    assert find_shifts(misread(few, "GCJ-02", "unconverted")) == []
