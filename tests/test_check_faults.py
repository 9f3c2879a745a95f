"""Each fault of a plan, put into the town's: `siting check` says it, where, and how to mend it."""

import json
import sys

import pytest
from town import write_town

from siting.cli import main

HOMES = 'source = { document = "示例镇规划", clause = "二", confidence = "A" }'
# name: what is written in the plan, what instead of it; exit code, where, and words of the answer
FAULTS = {
    "a hole between bands": ("under = 1000", "under = 900", 3, "homes", "900 ≤ d < 1000"),
    "overlapping bands": ("under = 1000", "under = 1100", 3, "homes", "1000 ≤ d < 1100"),
    "an end owned twice": ("over = 3000", "at_least = 3000", 3, "homes", "d = 3000 is in several"),
    "an end owned by nobody": ("up_to = 3000", "under = 3000", 3, "homes", "no band holds d = 30"),
    "a unit that is not there": ('["全镇区块"]', '["全区"]', 3, "circle", "全区"),
    "a level that is not there": (
        'unit_level = "community"', 'unit_level = "planning_unit"', 3, "homes", "planning_unit",
    ),
    "a target without source": (
        HOMES, HOMES.replace("二", " "), 0, "homes", "the target has no source",
    ),
    "a target that is an estimate": (
        HOMES, HOMES.replace('"A"', '"E"'), 0, "homes", "confidence E",
    ),
    "a filter that matches nothing": ("beds = 10", "beds = 999", 0, "homes", "beds ≥ 999"),
    "a group without people": (
        'group = "nursery_age"\nunit_level', 'group = "high_age"\nunit_level', 0, "presence",
        "high_age",
    ),
    "a clause without rule or reason": (
        'reason = { zh = "非空间", en = "not spatial" }', "", 3, "clause[4]",
        "T4: a clause has a rule, or the reason why there is none",
    ),
    "a clause with both": (
        'tier = "N"', 'tier = "N"\nrule = "homes"', 3, "clause[4]",
        "T4: a clause has a rule, or the reason why there is none",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("faults"))


def checked(path, monkeypatch, capsys):
    """Return what `siting check` answers in English, and with which exit code."""
    monkeypatch.setattr(sys, "argv", ["siting", "check", str(path), "--json", "--lang=en"])
    with pytest.raises(SystemExit) as left:
        main()
    return json.loads(capsys.readouterr().out), left.value.code


@pytest.mark.parametrize("fault", FAULTS)
def test_check_tells_each_fault(town, fault, monkeypatch, capsys):
    sound, faulty, code, where, words = FAULTS[fault]
    plan = town.parent / "plans" / "town-plan.toml"
    text = plan.read_text(encoding="utf-8")
    assert sound in text
    plan.write_text(text.replace(sound, faulty, 1), encoding="utf-8")
    try:
        answer, left = checked(town, monkeypatch, capsys)
    finally:
        plan.write_text(text, encoding="utf-8")
    told = answer["error"]["problems"] if "error" in answer else answer["warnings"]
    assert left == code
    found = [one for one in told if where in one["where"] and words in one["found"] + one["where"]]
    assert found, told
    assert all(one["expected"] and one["remedy"] for one in told)


def test_check_is_silent_about_a_sound_plan(town, monkeypatch, capsys):
    answer, left = checked(town, monkeypatch, capsys)
    assert (answer["problems"], answer["warnings"], left) == ([], [], 0)
