"""Words: both languages everywhere, codes never lost, braces that match between languages."""

import inspect
import re

import pytest

from siting.access import indicators, supply
from siting.access.indicators import PLACES
from siting.report import sheets
from siting.report.tables import declared
from siting.report.words import families, name, read_data, say


def test_every_word_exists_in_both_languages():
    for family, entries in families().items():
        for key, text in entries.items():
            assert set(text) >= {"zh", "en"}, f"{family}.{key}"
            assert all(text[lang].strip() for lang in ("zh", "en")), f"{family}.{key}"


def test_braces_are_the_same_in_both_languages():
    for family, entries in families().items():
        for key, text in entries.items():
            braces = [sorted(re.findall(r"\{(\w+)\}", text[lang])) for lang in ("zh", "en")]
            assert braces[0] == braces[1], f"{family}.{key}"


@pytest.mark.parametrize(
    ("family", "code", "zh", "en"),
    [
        ("verdict", "partial", "未全覆盖", "not full"),
        ("basis", "standard", "标准", "standard"),
        ("group", "elders", "60周岁及以上老年人", "elders 60+"),
        ("group", "age_6_11", "6–11岁", "ages 6–11"),
        ("kind", "all", "全部相关设施", "all that concern one"),
        ("indicator", "nearest_p50:nursery", "半数人最近步行距离 (nursery)", None),
        ("verdict", "没有的词", "没有的词", "没有的词"),
    ],
)
def test_codes_have_words_and_unknown_codes_stand_for_themselves(family, code, zh, en):
    assert name(family, code, "zh") == zh
    assert en is None or name(family, code, "en") == en


def test_an_unknown_sentence_is_a_defect():
    with pytest.raises(KeyError):
        say("page", "no-such-sentence", "zh")


def test_columns_and_sheets_name_known_forms_families_and_notes():
    for table, columns in declared().items():
        for column, form in columns.items():
            assert {"zh", "en", "as"} <= set(form), f"{table}.{column}"
            assert form["as"] != "code" or form["family"] in families()
    for key, layout in sheets.declared_sheets().items():
        assert key in sheets.SHEETS
        assert all(note in families()["note"] for note in layout["notes"])
        assert all({"key", "zh", "en", "width"} <= set(column) for column in layout["column"])
    for sheet, keys in read_data("page.toml")["columns"].items():
        known = {column["key"] for column in sheets.declared_sheets()[sheet]["column"]}
        assert set(keys) <= known


def test_every_indicator_and_its_measure_has_a_word():
    code = inspect.getsource(indicators) + inspect.getsource(supply)
    named = re.findall(r"indicator\(\s*f?\"(\w+)[:\"{]", code)
    measured = ["measured", "passing", "numerator", "denominator", "open", "distance"]
    wanted = {key for key in (*named, *PLACES, *measured) if not key.endswith("_")}
    assert len(wanted) > 20
    assert wanted - set(families()["indicator"]) == set()
    assert set(PLACES.values()) - set(families()["measure"]) == set()
