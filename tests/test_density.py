"""Which band owns which density."""

import numpy as np
import pytest

from siting.access.density import band_index
from siting.plan.model import Band
from siting.words import Text

NAME = Text(zh="档", en="band")
BANDS = [
    Band(id="high", title=NAME, over=3000, cutoff_m=500),
    Band(id="medium", title=NAME, at_least=1000, up_to=3000, cutoff_m=1000),
    Band(id="low", title=NAME, under=1000),
]


@pytest.mark.parametrize(
    ("density", "band"),
    [
        (0.0, "low"),
        (999.999, "low"),
        (1000.0, "medium"),
        (2999.9, "medium"),
        (3000.0, "medium"),
        (3000.001, "high"),
        (1e6, "high"),
        (float("nan"), None),
        (float("inf"), "high"),
    ],
)
def test_bands_of_the_elder_home_rule(density, band):
    index = band_index(np.array([density]), BANDS)[0]
    assert ([*(b.id for b in BANDS), None])[index] == band


def test_a_hole_between_bands_belongs_to_none():
    holed = [BANDS[0], BANDS[2]]
    assert band_index(np.array([2000.0]), holed)[0] == len(holed)


def test_the_first_of_overlapping_bands_owns_a_value():
    twice = [BANDS[1], Band(id="other", title=NAME, at_least=0, up_to=5000, cutoff_m=1)]
    assert band_index(np.array([1000.0, 500.0]), twice).tolist() == [0, 1]
