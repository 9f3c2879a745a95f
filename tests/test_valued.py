"""What the report says of measured values: distances in metres, and each reading's own measure."""

import pytest
from measured import at, rule_of, study_of

from siting.access.measure import measure
from siting.plan.model import Reading
from siting.report.valued import as_read, figure, value_record, value_rows

FACILITIES = [
    {"kind": "nursery", "name": "托", "status": "operating", "geometry": at(0)},
    {"kind": "kindergarten", "name": "园", "status": "operating", "geometry": at(198.6)},
]
INFANTS = {"group": "nursery_age"}
PER_INFANT = Reading(
    id="infants",
    title={"zh": "读法", "en": "reading"},
    set={"denominator": INFANTS, "measure": {"zh": "个/婴幼儿", "en": "per infant"}},
)


def record(kind, study, **more):
    rule = rule_of(kind, **more)
    return rule, value_record(measure(rule, study), [], study, chosen=None)


@pytest.mark.parametrize(("lang", "far"), [("zh", "198.6 米"), ("en", "198.6 m")])
def test_a_distance_is_no_share(lang, far):
    study = study_of(facilities=FACILITIES)
    asked = {"facilities": [{"kind": "nursery"}], "beside": [{"kind": "kindergarten"}]}
    rule, told = record("adjacency", study, within_m=300, **asked)
    rows = value_rows(measure(rule, study).table.assign(rule=rule.id), told, lang)
    assert rows["value"].tolist() == ["100.0%", far]


def test_what_a_line_misses_is_in_metres():
    lines = [{"id": "l", "name": "线", "school": "k", "status": "operating"}]
    stops = [{"line": "l", "order": n, "geometry": at(x)} for n, x in ((1, 400), (2, 900))]
    homes = [{"id": "h", "geometry": at(900), "p_1": 1}]
    school = {"id": "k", "kind": "kindergarten", "status": "operating", "geometry": at(0)}
    study = study_of(facilities=[school], lines=lines, stops=stops, residents=homes)
    rule, told = record("route", study, schools=[{"kind": "kindergarten"}], target=1)
    rows = value_rows(measure(rule, study).table.assign(rule=rule.id), told, "en")
    assert rows["value"].tolist() == ["0 value", "400.0 m"]


def test_a_reading_has_its_own_measure():
    people = {"group": "residents"}
    fields = {"numerator": people, "denominator": people, "reading": [PER_INFANT.model_dump()]}
    _, told = record("ratio", study_of(residents=[{"id": "h", "p_1": 1}]), **fields)
    assert figure(2.5, as_read(told, "default"), "en") == "2.50 value"
    assert figure(2.5, as_read(told, "infants"), "en") == "2.50 per infant"
