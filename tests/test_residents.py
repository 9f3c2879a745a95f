"""People by age: sums of columns, divisions that lose nobody, people spread over buildings."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.layers.model import Notes
from siting.layers.residents import (
    age_columns,
    columns_of_ages,
    largest_remainder,
    parse_band,
    parts_of_band,
    with_ages,
)
from siting.layers.spread import along, people_by_column, people_in_homes

KEYS = [key for key, _, _ in age_columns()]
SHARES = {"0-2": 0.04, "3-5": 0.04, "6-17": 0.14, "18-59": 0.58, "60-64": 0.06, "65+": 0.14}


def refusal(call):
    with pytest.raises(DataError) as caught:
        call()
    return [p.key for p in caught.value.problems]


@pytest.mark.parametrize(
    ("from_age", "to_age", "columns"),
    [
        (0, 2, ["p_0", "p_1", "p_2"]),
        (60, None, ["p60_64", "p65_79", "p80"]),
        (80, None, ["p80"]),
        (17, 59, ["p_17", "p18_59"]),
        (None, None, KEYS),
        (0, 14, KEYS[:15]),
    ],
)
def test_columns_of_groups(from_age, to_age, columns):
    assert columns_of_ages(from_age=from_age, to_age=to_age) == columns


@pytest.mark.parametrize(("from_age", "to_age"), [(20, 59), (60, 69), (0, 20), (70, None)])
def test_groups_that_cut_a_column(from_age, to_age):
    assert refusal(lambda: columns_of_ages(from_age=from_age, to_age=to_age)) == ["ages-cut"]


@pytest.mark.parametrize(
    ("text", "band"),
    [("0-2", (0, 2)), ("3", (3, 3)), ("80+", (80, None)), ("60–64", (60, 64)), ("5-3", None),
     ("old", None), ("", None)],
)  # fmt: skip
def test_bands(text, band):
    assert parse_band(text) == band


def test_parts_of_a_band_are_years_of_age():
    assert parts_of_band(3, 5) == {"p_3": 1, "p_4": 1, "p_5": 1}
    assert parts_of_band(60, 79) == {"p60_64": 5, "p65_79": 15}
    assert parts_of_band(60, None) == {"p60_64": 5, "p65_79": 15, "p80": 10}


@settings(deadline=None, max_examples=200)
@given(
    total=st.integers(0, 10**7),
    weights=st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=30),
)
def test_largest_remainder_adds_up_and_stays_near_the_share(total, weights):
    parts = largest_remainder(total, weights)
    whole = sum(weights)
    assert parts.sum() == (total if whole > 0 else 0)
    assert (parts >= 0).all()
    if whole > 0:
        exact = np.array(weights) / whole * total
        assert (np.abs(parts - exact) < 1 + 1e-6 * total).all()


def test_largest_remainder_on_paper():
    assert largest_remainder(10, [1, 1, 1]).tolist() == [4, 3, 3]  # ties to the first
    assert largest_remainder(7, [0.5, 0.3, 0.2]).tolist() == [4, 2, 1]
    assert largest_remainder(0, [1, 2]).tolist() == [0, 0]


@settings(deadline=None, max_examples=200)
@given(
    total=st.integers(0, 10**6),
    weights=st.lists(st.integers(0, 10**5), min_size=1, max_size=50),
    phase=st.floats(0, 0.999),
)
def test_handing_out_along_a_row(total, weights, phase):
    weights = np.array(weights, np.int64)
    parts = along(total, weights, phase=phase)
    assert parts.sum() == (total if weights.sum() else 0)
    assert (parts >= 0).all()
    if weights.sum():
        exact = weights * (total / weights.sum())
        assert (np.abs(parts - exact) < 2 + 1e-6).all()  # any stretch of the row likewise


def test_shares_become_whole_people():
    people = people_by_column(140_001, SHARES, where="s")
    assert sum(people.values()) == 140_001
    assert people["p_0"] + people["p_1"] + people["p_2"] == round(140_001 * 0.04)
    assert abs(people["p_0"] - people["p_2"]) <= 1
    assert people["p65_79"] + people["p80"] == round(140_001 * 0.14)


@pytest.mark.parametrize(
    ("shares", "faults"),
    [
        ({"0-20": 0.5, "18+": 0.5}, ["shares-band"]),
        ({"young": 0.5, "0+": 0.5}, ["shares-band"]),
        ({"0-17": 0.5, "0+": 0.5}, ["shares-overlap"]),
        ({"0-17": 0.5, "18+": 0.4}, ["shares-sum"]),
        ({"0-17": 1.5, "18+": -0.5}, ["shares-sum"]),
    ],
)
def test_faulty_shares(shares, faults):
    assert refusal(lambda: people_by_column(100, shares, where="s")) == faults


def test_people_live_where_the_floors_are():
    # a row of equal houses, and one block of ten storeys at its end
    homes = gpd.GeoDataFrame(
        {"id": [f"w{i}" for i in range(11)], "name": None, "kind": "house",
         "levels": [1.0] * 10 + [10.0]},
        geometry=[shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(11)],
        crs="EPSG:3057",
    )  # fmt: skip
    people = people_by_column(2000, SHARES, where="s")
    notes = Notes("s")
    placed = people_in_homes(homes, people=people, notes=notes)
    for key, count in people.items():
        assert placed[key].sum() == count
    block = placed[placed["id"] == "w10"]
    assert block[KEYS].sum(axis=1).iloc[0] == pytest.approx(1000, abs=len(KEYS))
    assert placed.geometry.within(shapely.box(0, 0, 300, 10)).all()
    assert notes.as_list()[0]["count"] == 2000


def test_a_rare_group_is_not_left_to_the_largest_houses():
    rng = np.random.default_rng(1)
    sizes = rng.integers(5, 15, 1000)
    homes = gpd.GeoDataFrame(
        {"id": range(1000), "name": None, "kind": "house", "levels": 1.0},
        geometry=[shapely.box(30 * i, 0, 30 * i + s, 10) for i, s in enumerate(sizes)],
        crs="EPSG:3057",
    )
    placed = people_in_homes(homes, people=dict.fromkeys(KEYS, 0) | {"p_0": 70}, notes=Notes("s"))
    children = placed.set_index("id")["p_0"].reindex(range(1000), fill_value=0)
    small = sizes < 10
    share = sizes[small].sum() / sizes.sum()
    assert children[small].sum() == pytest.approx(70 * share, abs=12)


def columns(**people):
    return {key: pd.Series(cells, index=[2, 3], dtype="Int64") for key, cells in people.items()}


def ages(**people):
    notes = Notes("r")
    return with_ages(columns(**people), where="r", notes=notes), notes


def test_bands_and_totals_become_columns():
    done, notes = ages(pop=[100, 50], p0_2=[6, 0], p3_17=[15, 10], p60=[30, 20], p80=[10, 0])
    assert list(done) == KEYS
    frame = pd.DataFrame(done)
    assert frame.sum(axis=1).tolist() == [100, 50]
    assert frame[["p_0", "p_1", "p_2"]].sum(axis=1).tolist() == [6, 0]
    assert frame["p80"].tolist() == [10, 0]
    assert frame["p60_64"].tolist() == [5, 5]  # 20 people of 60–79, by years: 5 and 15
    assert frame["p18_59"].tolist() == [49, 20]  # what the total leaves
    assert {n["column"] for n in notes.as_list()} == {"p0_2", "p3_17", "p60"}


@pytest.mark.parametrize(
    ("people", "fault"),
    [
        ({"pop": [10, 10], "p60": [11, 5], "p0_17": [0, 0]}, "people-exceed"),
        ({"p60": [5, 5], "p80": [6, 1], "p0_59": [1, 1]}, "people-exceed"),
        ({"p0_2": [1, 1], "p60": [1, 1]}, "ages-missing"),
        ({"pop": [1, None]}, "people-empty"),
    ],
)
def test_faulty_ages(people, fault):
    assert refusal(lambda: ages(**people)) == [fault]


def test_no_people_at_all():
    fault = refusal(lambda: with_ages({"name": pd.Series(["a"])}, where="r", notes=Notes("r")))
    assert fault == ["people-missing"]


@settings(deadline=None, max_examples=60)
@given(
    young=st.integers(0, 500), middle=st.integers(0, 500), old=st.integers(0, 500),
    oldest=st.integers(0, 500),
)  # fmt: skip
def test_nobody_is_lost_in_any_division(young, middle, old, oldest):
    total = young + middle + old + oldest
    done, _ = ages(
        pop=[total, total], p0_17=[young, young], p60=[old + oldest] * 2, p80=[oldest] * 2
    )
    assert pd.DataFrame(done).sum(axis=1).tolist() == [total, total]
    assert done["p80"].tolist() == [oldest] * 2
