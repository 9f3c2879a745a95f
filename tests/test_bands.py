"""Each density belongs to exactly one band: truth table of holes and overlaps, ends included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from town import PLAN

from siting.access.density import band_index
from siting.checks.bands import lint_bands
from siting.checks.rules import check_rules
from siting.errors import ScenarioError
from siting.plan.model import Band
from siting.plan.read import read_plans

TEXT = {"zh": "档", "en": "band"}


def bands(*ends):
    return [Band(id="abc"[i], title=TEXT, **one) for i, one in enumerate(ends)]


def found(*ends):
    return [(one.key, one.values["span"]) for one in lint_bands(bands(*ends), where="r")]


@pytest.mark.parametrize(
    ("ends", "wrong"),
    [
        ([{"over": 3000}, {"at_least": 1000, "up_to": 3000}, {"under": 1000}], []),
        ([{"at_least": 0}], []),
        ([{}], []),
        ([{"over": 0}], [("band-hole", "d = 0")]),
        ([{"at_least": 1000}], [("band-hole", "0 ≤ d < 1000")]),
        ([{"under": 1000}], [("band-hole", "1000 ≤ d")]),
        ([{"up_to": 1000}], [("band-hole", "1000 < d")]),
        ([{"over": 3000}, {"under": 3000}], [("band-hole", "d = 3000")]),
        ([{"at_least": 3000}, {"up_to": 3000}], [("band-twice", "d = 3000")]),
        ([{"over": 3000}, {"under": 1000}], [("band-hole", "1000 ≤ d ≤ 3000")]),
        ([{"over": 1000}, {"up_to": 3000}], [("band-twice", "1000 < d ≤ 3000")]),
        ([{"over": 5000, "under": 1000}, {}], []),  # a band that owns nothing takes nothing
        (
            [{"at_least": 2000}, {"at_least": 1000, "under": 3000}],
            [("band-hole", "0 ≤ d < 1000"), ("band-twice", "2000 ≤ d < 3000")],
        ),
        ([{}, {}], [("band-twice", "0 ≤ d")]),
    ],
)
def test_holes_and_overlaps(ends, wrong):
    assert found(*ends) == wrong


ENDS = st.sampled_from([0, 1, 2, 3])
SOME = st.dictionaries(st.sampled_from(["over", "at_least", "up_to", "under"]), ENDS, max_size=3)


@settings(deadline=None, max_examples=150)
@given(st.lists(SOME, min_size=1, max_size=3))
def test_nothing_is_wrong_exactly_where_every_density_has_one_owner(ends):
    values = np.arange(0, 5, 0.25)
    owners = sum((band_index(values, [one]) == 0).astype(int) for one in bands(*ends))
    assert bool(found(*ends)) == bool((owners != 1).any())


def test_a_rule_with_a_hole_is_refused_and_so_is_its_reading(town_prepared, tmp_path):
    hole = PLAN.replace("at_least = 1000\nup_to", "over = 1000\nup_to", 1).replace(
        "set = { same_unit = true }", "set = { band = { high = { over = 2000 } } }", 1
    )
    (tmp_path / "p.toml").write_text(hole, encoding="utf-8")
    (plan,) = read_plans(["p"], folder=tmp_path)
    with pytest.raises(ScenarioError) as caught:
        check_rules(plan.rule, town_prepared.study)
    told = [(one.key, one.where, one.values["span"]) for one in caught.value.problems]
    assert told == [
        ("band-hole", "homes", "d = 1000"),
        ("band-twice", "homes / same-unit", "2000 < d ≤ 3000"),
    ]
