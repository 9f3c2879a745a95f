"""People counted in areas: over buildings, over cells, cut at borders; nobody lost."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.layers.areas import people_at_points
from siting.layers.model import Notes
from siting.layers.people import check_people, counted_columns
from siting.layers.schemas import complete, schemas
from siting.layers.weights import of_buildings

CRS = "EPSG:4549"
RESIDENTS, UNITS = schemas()["residents"], schemas()["units"]


def units(*boxes):
    """Communities side by side, named A, B …"""
    codes = [chr(65 + i) for i in range(len(boxes))]
    table = gpd.GeoDataFrame(
        {"code": codes, "level": "community"}, geometry=[shapely.box(*b) for b in boxes], crs=CRS
    )
    return complete(table, schema=UNITS)


def residents(shapes, *, people, **columns):
    table = gpd.GeoDataFrame(
        {"id": [f"r{i}" for i in range(len(shapes))], "p_3": people, "p80": people, **columns},
        geometry=list(shapes), crs=CRS,
    )  # fmt: skip
    return complete(table, schema=RESIDENTS)


def place(table, parts, homes=None, *, notes=None, **options):
    weights = None if homes is None else of_buildings(homes.assign(spare=False))
    return people_at_points(table, parts, weights, where="r", notes=notes or Notes("r"), **options)


def within(placed, box, key="p_3"):
    return int(placed[placed.within(shapely.box(*box))][key].sum())


def test_an_area_is_cut_where_units_meet():
    table = residents([shapely.box(0, 0, 100, 100)], people=[100])
    placed = place(table, units((-100, 0, 25, 100), (25, 0, 75, 100)))
    assert within(placed, (0, 0, 25, 100)) == 25
    assert within(placed, (25, 0, 75, 100)) == 50
    assert within(placed, (75, 0, 100, 100)) == 25  # outside every unit, but not lost
    assert placed["id"].tolist() == ["r0-0001", "r0-0002", "r0-0003"]


def test_a_row_that_names_its_unit_is_not_cut():
    table = residents([shapely.box(0, 0, 100, 100)], people=[100], community=["A"])
    placed = place(table, units((-100, 0, 25, 100), (25, 0, 175, 100)))
    assert placed["id"].tolist() == ["r0"]
    assert placed["community"].tolist() == ["A"]


def test_a_large_area_is_spread_over_cells_by_ground():
    corner = shapely.Polygon([(0, 0), (400, 0), (400, 100), (100, 100), (100, 400), (0, 400)])
    placed = place(residents([corner], people=[700]), units((0, 0, 400, 400)))
    assert len(placed) == 7  # an L of seven cells
    assert placed["p_3"].tolist() == [100] * 7


def test_buildings_take_people_by_floors():
    homes = gpd.GeoDataFrame(
        {"levels": [1.0, 9.0]},
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(300, 300, 310, 310)], crs=CRS,
    )  # fmt: skip
    table = residents([shapely.box(0, 0, 400, 400)], people=[100])
    placed = place(table, units((0, 0, 400, 400)), homes)
    assert within(placed, (0, 0, 10, 10)) == 10
    assert within(placed, (300, 300, 310, 310)) == 90


def test_an_area_without_buildings_is_told():
    homes = gpd.GeoDataFrame({"levels": [1.0]}, geometry=[shapely.box(0, 0, 9, 9)], crs=CRS)
    both = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]
    notes = Notes("r")
    placed = place(residents(both, people=[5, 7]), units((0, 0, 200, 100)), homes, notes=notes)
    assert within(placed, (100, 0, 200, 100)) == 7
    assert {n["note"]: n["count"] for n in notes.as_list()}["people-no-homes"] == 1


def test_points_footprints_and_missing_positions_stay_one_row():
    shapes = [shapely.Point(5, 5), shapely.box(20, 20, 40, 40), None]
    placed = place(residents(shapes, people=[1, 2, 3]), units((0, 0, 100, 100)))
    assert placed["id"].tolist() == ["r0", "r1", "r2"]
    assert placed.geometry.isna().tolist() == [False, False, True]
    assert placed.geometry.iloc[1].within(shapes[1])


def test_counts_that_are_unknown_stay_unknown():
    table = residents([shapely.box(0, 0, 200, 100)], people=[10], students=[pd.NA])
    assert place(table, units((0, 0, 200, 100)))["students"].isna().all()


def test_losing_people_is_an_error_by_column():
    table = residents([shapely.Point(0, 0)] * 2, people=[3, 4])
    with pytest.raises(DataError) as caught:
        check_people(table, table.iloc[:1], where="r")
    assert [p.where for p in caught.value.problems] == ["r:1 p_3", "r:1 p80"]
    assert "7 people before" in caught.value.problems[0].found("en")
    assert "1 (4 → 0)" in caught.value.problems[0].found("en")


@settings(deadline=None, max_examples=40)
@given(
    people=st.lists(st.integers(0, 3000), min_size=1, max_size=4),
    sides=st.lists(st.integers(40, 900), min_size=4, max_size=4),
    split=st.integers(1, 800),
    levels=st.lists(st.floats(0.1, 30), max_size=8),
    seed=st.integers(0, 2**32 - 1),
)
def test_nobody_is_lost(people, sides, split, levels, seed):
    rng = np.random.default_rng(seed)
    corners = rng.integers(-100, 700, (len(people), 2))
    shapes = [shapely.box(x, y, x + s, y + s)
              for (x, y), s in zip(corners, sides, strict=False)]  # fmt: skip
    spots = rng.integers(0, 800, (len(levels), 2))
    homes = gpd.GeoDataFrame(
        {"levels": levels}, geometry=[shapely.box(x, y, x + 9, y + 9) for x, y in spots], crs=CRS
    )
    table = residents(shapes, people=people)
    placed = place(table, units((0, 0, split, 800), (split, 0, 800, 800)), homes)
    for key in counted_columns(table):
        assert placed[key].sum() == table[key].sum()
    assert placed["id"].is_unique
    assert (placed[["p_3", "p80"]].fillna(0) >= 0).all(axis=None)
