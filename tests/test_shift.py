"""A layer in a shifted system is found by how it lies to streets; a sound one never is."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.checks.mended import mended, verdicts_flipped
from siting.checks.shift import OPPOSITE, find_shifts, moved_shapes
from siting.checks.shift_notes import as_notes, fit_notes
from siting.layers.model import Layers
from siting.layers.schemas import complete, empty, schemas

CRS = "EPSG:4549"
X, Y = 530_000, 3_354_000  # 下沙
GAPS = np.random.default_rng(7).integers(700, 1100, 8)  # no shift maps streets onto streets
AT = np.concatenate([[0], np.cumsum(GAPS)])
SIDE = int(AT[-1])


def made(name, shapes, **columns):
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)
    return complete(table, schema=schemas()[name])


@pytest.fixture(scope="module")
def town():
    """A square of 7 km with a street every 700 to 1,100 m; people and schools 12 m beside them."""
    streets = [shapely.LineString([(X + a, Y), (X + a, Y + SIDE)]) for a in AT]
    streets += [shapely.LineString([(X, Y + a), (X + SIDE, Y + a)]) for a in AT]
    rng = np.random.default_rng(1)
    spots = AT[rng.integers(0, len(AT) - 1, (300, 2))]
    homes = shapely.points(X + spots[:, 0] + 12, Y + spots[:, 1] + rng.integers(30, 270, 300))
    tables = {n: empty(schemas()[n], crs=CRS) for n in ("barriers", "water", "parcels")}
    return Layers(
        crs=CRS,
        residents=made("residents", homes, id=[f"r{i}" for i in range(300)], outside=False),
        facilities=made("facilities", homes[:90], id=[f"f{i}" for i in range(90)],
                        kind=["kindergarten"] * 60 + ["elder_home"] * 30, outside=False),
        units=made("units", [shapely.box(X, Y, X + SIDE, Y + SIDE)], code=["A"], level=["street"]),
        streets=made("streets", streets, walkable=[True] * len(streets)),
        **tables,
    )  # fmt: skip


def misread(layers, system, mistake, *, kind="kindergarten"):
    """Put the facilities of a kind where that mistake would put them: the opposite of mending."""
    table = layers.facilities
    shapes = table.geometry.to_numpy().copy()
    rows = (table["kind"] == kind).to_numpy()
    shapes[rows] = moved_shapes(shapes[rows], crs=CRS, system=system, mistake=OPPOSITE[mistake])
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
    assert shift.mended.street_m == pytest.approx(12, abs=0.5)
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


def moved_table(layers, name, system, mistake):
    """Put a whole layer where that mistake would put it."""
    table = getattr(layers, name)
    shapes = moved_shapes(
        table.geometry.to_numpy(), crs=CRS, system=system, mistake=OPPOSITE[mistake]
    )
    return replace(layers, **{name: table.set_geometry(shapes, crs=CRS)})


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
@pytest.mark.parametrize("mistake", ["unconverted", "overconverted"])
def test_streets_that_no_layer_agrees_with_are_themselves_suspected(town, system, mistake):
    wrong = moved_table(town, "streets", system, mistake)
    (shift,) = find_shifts(wrong)
    assert (shift.layer, shift.system, shift.mistake) == ("streets", system, mistake)
    back = mended(wrong, shift)
    assert back.streets.geometry.hausdorff_distance(town.streets.geometry).max() < 0.01
    assert find_shifts(back) == []


def test_points_that_all_miss_the_streets_and_the_study_area_are_suspected_each(town):
    wrong = town
    for name in ("residents", "facilities"):
        wrong = moved_table(wrong, name, "BD-09", "unconverted")
    found = find_shifts(wrong)
    assert [shift.layer for shift in found] == [
        "residents", "facilities:elder_home", "facilities:kindergarten",
    ]  # fmt: skip


def test_a_study_area_that_lies_beside_its_people_is_suspected(town):
    wrong = moved_table(town, "units", "BD-09", "unconverted")
    (shift,) = find_shifts(wrong)
    assert (shift.layer, shift.system, shift.mistake) == ("units", "BD-09", "unconverted")
    assert 1100 < shift.offset_m < 1200
    back = mended(wrong, shift)
    assert back.units.geometry.hausdorff_distance(town.units.geometry).max() < 0.01


def test_mending_tells_units_anew_where_the_position_told_them(town):
    table = town.residents.assign(street="A", outside=False)
    west = table.geometry.x.idxmin()
    table.loc[west, "street"] = "B"  # a name of its own, not that of the position
    wrong = moved_table(replace(town, residents=table), "residents", "BD-09", "overconverted")
    inside = wrong.residents.within(town.units.geometry.iloc[0]).to_numpy()
    told = wrong.residents.assign(
        street=np.where(inside, "A", None), outside=~inside
    ).astype({"street": "str"})  # fmt: skip
    told.loc[west, "street"] = "B"
    (shift,) = find_shifts(replace(wrong, residents=told))
    back = mended(replace(wrong, residents=told), shift).residents
    assert not back["outside"].any()
    assert back["street"].drop(west).eq("A").all()
    assert back["street"][west] == "B"


def test_how_every_layer_lies_is_noted(town):
    notes = {n["where"]: n["example"] for n in fit_notes(town)}
    assert list(notes) == ["residents", "facilities:elder_home", "facilities:kindergarten"]
    assert notes["residents"] == "12 m; 0%"
