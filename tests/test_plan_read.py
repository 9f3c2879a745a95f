"""Plan files: rules, clauses, readings, and their mistakes."""

from pathlib import Path

import pytest
from town import PLAN

from siting.errors import ScenarioError
from siting.plan.read import read_plans, with_reading
from siting.plan.vocabulary import groups, kinds

PLANS = Path(__file__).parents[1] / "scenarios" / "plans"


def read(folder, text, name="p"):
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return read_plans([name], folder=folder)


def problems(folder, text):
    with pytest.raises(ScenarioError) as caught:
        read(folder, text)
    return [f"{p.where}: {p.found()} {p.remedy()}" for p in caught.value.problems]


def test_shipped_plans_are_sound():
    names = sorted(f.stem for f in PLANS.glob("*.toml"))
    plans = [read_plans([name], folder=PLANS)[0] for name in names]
    assert [p.id for p in plans] == names
    for plan in plans:
        for rule in plan.rule:
            assert rule.source.document
            assert rule.source.clause
            assert rule.text.zh
            assert rule.text.en


def test_a_reading_sets_fields_of_the_rule(tmp_path):
    (plan,) = read(tmp_path, PLAN)
    circle = plan.rule[0]
    straight = with_reading(circle, circle.reading[0])
    assert (circle.distance, straight.distance) == ("walking", "straight")
    assert straight.need == circle.need


def test_a_reading_changes_records_by_their_ids(tmp_path):
    text = PLAN.replace(
        'set = { distance = "straight" }',
        'set = { need = { "*" = { cutoff_m = 240 }, nursery = { mode = "ebike" } } }',
        1,
    )
    (plan,) = read(tmp_path, text)
    circle = plan.rule[0]
    changed = with_reading(circle, circle.reading[0])
    assert [n.cutoff_m for n in changed.need] == [240] * len(circle.need)
    assert [n.mode for n in changed.need if n.id == "nursery"] == ["ebike"]
    assert [n.facilities for n in changed.need] == [n.facilities for n in circle.need]
    assert {n.mode for n in changed.need if n.id != "nursery"} <= {"walk"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('set = { distance = "straight" }', "set = { speed = 1 }", "speed"),
        ('set = { distance = "straight" }', 'set = { distance = "flying" }', "distance"),
        ('set = { distance = "straight" }', "set = { need = { x = { cutoff_m = 1 } } }", "need"),
        ('rule = "circle"', 'rule = "cirkle"', "cirkle"),
        ('id = "homes"\n', 'id = "circle"\n', "already used"),
        ('group = "children"', 'group = "childern"', "childern"),
        ('kind = "nursery" }', 'kind = "nursrey" }', "nursrey"),
        ("cutoff_m = 300", "cutoff_m = -1", "cutoff_m"),
        ("unit_level = ", "unit_levle = ", '"unit_level"'),
        ('source = { document = "示例镇规划", clause = "一", confidence = "A" }\n', "", "source"),
        ('rule = "presence"\ntext', "text", "a clause has a rule"),
    ],
)  # fmt: skip
def test_mistakes_are_named(tmp_path, old, new, said):
    assert old in PLAN
    found = problems(tmp_path, PLAN.replace(old, new, 1))
    assert any(said in one for one in found), found


def test_a_plan_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ScenarioError) as caught:
        read_plans(["nowhere"], folder=tmp_path)
    assert caught.value.problems[0].where == "nowhere.toml"


def test_the_vocabulary_speaks_both_languages():
    for entry in (*groups().values(), *kinds().values()):
        assert entry.text.zh
        assert entry.text.en
        assert entry.text.zh != entry.text.en


@pytest.mark.parametrize(
    ("one", "other", "holds", "meets"),
    [
        ("children", "school_age", True, True),
        ("school_age", "children", False, True),
        ("kindergarten_age", "kindergarten_heading", False, True),
        ("kindergarten_age", "primary_age", False, False),
        ("residents", "high_age", True, True),
        ("high_age", "residents", False, True),
        ("elders", "elders", True, True),
    ],
)
def test_groups_of_ages_hold_and_meet_each_other(one, other, holds, meets):
    first, second = groups()[one], groups()[other]
    assert (first.holds(second), first.meets(second)) == (holds, meets)
