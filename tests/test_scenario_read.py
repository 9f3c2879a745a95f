"""Scenario files: chains, places of changes, and every mistake named with its line."""

from pathlib import Path

import pytest
from town import SCENARIO

from siting.errors import ScenarioError
from siting.scenario.inputs import inputs
from siting.scenario.read import change_places, read_scenario

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "town.toml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path / "scenarios"


def write(folder, name, text):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path):
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    return caught.value.problems


def test_a_chain_appends_changes_and_the_nearer_key_wins(folder):
    write(
        folder,
        "a",
        'extends = "town"\nas_of = 2025-01-01\n[[change]]\ndo = "close"\nfacility = "x"\n',
    )
    path = write(
        folder,
        "b",
        'extends = "a"\ntitle = { zh = "乙", en = "B" }\n'
        '[[change]]\ndo = "close"\nfacility = "y"\n',
    )
    scenario = read_scenario(path)
    assert [c.facility for c in scenario.change] == ["x", "y"]
    assert (scenario.title.en, scenario.as_of.year, scenario.name) == ("B", 2025, "b")
    assert change_places(scenario) == ["a.toml:3 change[1]", "b.toml:3 change[1]"]
    assert scenario.layers.residents.where.startswith("town.toml:")


def test_the_base_is_not_touched_by_what_extends_it(folder):
    before = read_scenario(folder / "town.toml")
    write(folder, "a", 'extends = "town"\n[[change]]\ndo = "close"\nfacility = "x"\n')
    read_scenario(folder / "a.toml")
    assert read_scenario(folder / "town.toml") == before


@pytest.mark.parametrize(
    ("text", "where", "found", "remedy"),
    [
        ('extends = "town"\ntitel = 1\n', "bad.toml:2", 'unknown key "titel"', '"title"'),
        (
            'extends = "town"\n[[change]]\ndo = "open"\nprojekt = "a"\n',
            "bad.toml:4",
            "projekt",
            '"project"',
        ),
        (
            'extends = "town"\n[[change]]\ndo = "close"\n',
            "bad.toml:2",
            '"facility" is missing',
            "facility",
        ),
        ('extends = "town"\n[[change]]\ndo = "opne"\n', "bad.toml:2", "opne", ""),
        (
            'extends = "town"\n\n[[rank]]\nrule = "a"\nsites = "x"\n',
            "bad.toml:5",
            "sites = 'x'",
            "",
        ),
        ('extends = "tonw"\n', "bad.toml:1", 'no scenario "tonw"', ""),
        ('extends = "bad"\n', "bad.toml:1", "bad → bad", ""),
        ('place = "town"\n', "bad.toml", "title", ""),
        ("place = \n", "bad.toml", "is not TOML", ""),
        ('extends = "town"\ncrs = "GCJ-02"\n', "bad.toml", "GCJ-02", ""),
    ],
)
def test_mistakes_are_named_with_their_line(folder, text, where, found, remedy):
    all_problems = problems(write(folder, "bad", text))
    assert any(
        p.where.startswith(where) and found in p.found() and remedy in p.remedy()
        for p in all_problems
    ), [(p.where, p.found(), p.remedy()) for p in all_problems]


def test_all_mistakes_come_at_once(folder):
    text = 'extends = "town"\ntitel = 1\nplase = 2\n[[change]]\ndo = "close"\n'
    assert len(problems(write(folder, "bad", text))) == 3


def test_problems_read_in_both_languages(folder):
    (one,) = problems(write(folder, "bad", 'extends = "town"\ntitel = 1\n'))
    assert "未知的键" in one.found("zh")
    assert set(one.as_dict("zh")) == {"where", "found", "expected", "remedy"}


def test_a_file_that_is_not_utf8_is_named(folder):
    path = folder / "gbk.toml"
    path.write_bytes('title = "现状"'.encode("gbk"))
    assert "cannot be read" in problems(path)[0].found()


def test_make_learns_what_a_scenario_reads():
    found = [str(f) for f in inputs("baseline", root=ROOT)]
    assert "scenarios/baseline.toml" in found
    assert "scenarios/plans/qiantang-2021-2025.toml" in found
    assert "layers/qiantang/streets.gpkg" in found
    assert not any(f.endswith(".py") for f in found)


def test_make_learns_of_the_whole_chain(folder):
    write(folder, "a", 'extends = "town"\n')
    write(folder, "b", 'extends = "a"\n')
    names = [f.name for f in inputs("b", root=folder.parent)]
    assert {"a.toml", "b.toml", "town.toml"} <= set(names)
