"""Every problem that the code can name has its sentences, in both languages, and none is idle."""

import re
from pathlib import Path
from string import Formatter

import pytest

from siting.errors import Problem, ScenarioError, problem, raise_all
from siting.words import catalogue

ROOT = Path(__file__).parents[1] / "siting"
SOURCES = {p: p.read_text(encoding="utf-8") for p in sorted(ROOT.rglob("*.py"))}
ENTRIES = catalogue("problems")
SENTENCES = [f"{part}_{lang}" for part in ("found", "expected", "remedy") for lang in ("zh", "en")]
NAMED = re.compile(r"""(?:problem|Problem|Impossible|fault_in_rows)\(\s*["']([a-z0-9-]+)["']""")


def test_every_key_that_the_code_names_exists():
    named = {key for text in SOURCES.values() for key in NAMED.findall(text)}
    assert named
    assert named - set(ENTRIES) == set()


def test_no_entry_is_idle():
    everything = "\n".join(SOURCES.values())
    idle = {key for key in ENTRIES if f'"{key}"' not in everything}
    assert idle == set()


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_an_entry_is_complete_in_both_languages(key):
    entry = ENTRIES[key]
    assert sorted(entry) == sorted(SENTENCES)
    for part in ("found", "expected", "remedy"):
        zh, en = entry[f"{part}_zh"], entry[f"{part}_en"]
        assert zh.strip()
        assert en.strip()
        fields = [{name for _, name, _, _ in Formatter().parse(text)} - {None} for text in (zh, en)]
        assert fields[0] - fields[1] <= {"zh"}
        assert fields[1] - fields[0] <= {"en"}


def test_all_problems_are_raised_at_once():
    problems = [problem("file-missing", name, folder="f", near="–") for name in ("a", "b")]
    with pytest.raises(ScenarioError) as caught:
        raise_all(problems, ScenarioError)
    assert [p.where for p in caught.value.problems] == ["a", "b"]
    raise_all([], ScenarioError)


def test_a_problem_answers_four_questions():
    one = problem("file-missing", "x.toml", folder="scenarios", near="baseline")
    assert isinstance(one, Problem)
    assert one.as_dict("en") == {
        "where": "x.toml",
        "found": "there is no such file",
        "expected": "a file in folder scenarios; there are: baseline",
        "remedy": "check the spelling, or write the file",
    }
