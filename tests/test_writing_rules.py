"""docs/writing-rules.md is followed to the letter: its clause is judged, its kind is added."""

import re
from pathlib import Path
from typing import Annotated

import measured
import pytest
from measured import at, stated, study_of
from pydantic import Field, TypeAdapter

from siting.access import measure as measuring
from siting.access.measure import measure
from siting.access.register import Outcome, register_table
from siting.plan import measures, model
from siting.plan.read import read_plans

PAGE = (Path(__file__).parents[1] / "docs" / "writing-rules.md").read_text("utf-8")
CODE = re.findall(r"```(?:toml|python)\n(.*?)```", PAGE, re.DOTALL)
BLOCKS = dict(zip(("clause", "model", "function", "line", "table"), CODE, strict=True))


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    (folder / "my-plan.toml").write_text(BLOCKS["clause"], encoding="utf-8")
    (found,) = read_plans(["my-plan"], folder=folder)
    return found


def town():
    """Two streets, one of them with a day-care centre; one home of three has a medical unit."""
    units = [{"code": code, "level": "street", "geometry": measured.box(x, 0, 100, 100)}
             for code, x in (("A", 0), ("B", 100))]  # fmt: skip
    homes = [{"kind": "elder_home", "geometry": at(10, 10), "medical_unit": own, "beds": beds}
             for own, beds in ((True, 80), (False, 40), (False, 40))]  # fmt: skip
    centre = {"kind": "day_care_centre", "geometry": at(50, 50)}
    return study_of(facilities=[*homes, centre], units=units)


def test_a_clause_is_a_record(plan):
    study = town()
    found = {
        (rule.id, reading and reading.id): stated(measure(rule, study, reading=reading).headline)
        for rule in plan.rule
        for reading in (None, *rule.reading)
    }
    assert found == {
        ("day-care-in-every-street", None): (1, "partial"),
        ("day-care-in-every-street", "two-each"): (0, "fail"),
        ("medical-units", None): (pytest.approx(1 / 3), "fail"),
        ("medical-units", "by-beds"): (0.5, "pass"),
    }


def test_the_register_shows_the_clauses(plan):
    outcomes = {rule.id: Outcome("pass", 1.0, 1.0) for rule in plan.rule}
    table = register_table([plan], place="qiantang", outcomes=outcomes)
    assert table["status"].tolist() == ["pass", "pass", "non_spatial"]
    elsewhere = register_table([plan], place="town", outcomes={})
    assert elsewhere["status"].tolist() == ["not_applicable"] * 3


def test_a_kind_is_a_model_a_function_and_a_truth_table(monkeypatch):
    made = dict(vars(measures))
    exec(BLOCKS["model"], made)  # noqa: S102  the page's own code
    kind = made["SpacingRule"]
    monkeypatch.setattr(model, "SpacingRule", kind, raising=False)
    rules = TypeAdapter(Annotated[model.MeasureRule | kind, Field(discriminator="kind")])
    monkeypatch.setattr(measured, "RULE", rules)
    function: dict = {}
    exec(BLOCKS["function"], function)  # noqa: S102
    exec(BLOCKS["line"], vars(measuring) | function)  # noqa: S102
    table: dict = {}
    exec(BLOCKS["table"], table)  # noqa: S102
    (mark,) = table["test_spacing"].pytestmark
    cases = mark.args[1]
    for facilities, found in cases:
        table["test_spacing"](facilities, found)
    assert {found[1] for _, found in cases} == {"pass", "fail", "not_applicable", "not_assessed"}


def test_the_table_names_every_kind_and_true_fields():
    schema = model.Plan.model_json_schema()
    kinds = schema["properties"]["rule"]["items"]["discriminator"]["mapping"]
    rows = re.findall(r"^\| (`[a-z-]+` \| (?!asks).*)$", PAGE, re.MULTILINE)
    found = {}
    for row in rows:
        kind, *named = re.findall(r"`([a-z_0-9-]+)`", row)
        found[kind] = set(named)
        own = schema["$defs"][kinds[kind].rsplit("/", 1)[1]]["properties"]
        parts = [schema["$defs"][p.capitalize()] for p in ("need", "stage") if p in named]
        assert found[kind] <= {*own, *(f for part in parts for f in part["properties"])}, row
    assert sorted(found) == sorted(kinds)
