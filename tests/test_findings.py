"""A rate is the same figure wherever it is said: in sentences, on the command line, in tables."""

import re
from pathlib import Path

import pytest

from siting.access.findings import percent
from siting.report.grids import written
from siting.report.rows import headline
from siting.voice import Voice


@pytest.mark.parametrize("whole", [7, 80, 160, 2000])
def test_a_rate_between_two_tenths_is_written_in_sentences_as_in_tables(whole):
    """23 of 80 were 28.8% in the sentence and 28.7% in the table below it."""
    for part in range(whole + 1):
        assert percent(part, whole) == written(part / whole, "share")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_rate_that_is_said_is_one_of_the_coverage_table(town_result, lang):
    table = headline(town_result).set_index("rule")
    titles = {rule["id"]: rule["title"][lang] for rule in town_result.rules}
    summary = Voice(lang=lang, as_json=False).summary(town_result, Path("out"))
    on_the_command_line = dict(line.split(": ", 1) for line in summary.splitlines()[:-1])
    conclusions = {one["rule"]: one["sentence"]["conclusion"][lang] for one in town_result.findings}
    assert set(table.index) == set(conclusions)
    for rule, row in table.iterrows():
        covered, straight, undetermined = (
            written(row[name] / row["judged"], "share")
            for name in ("covered", "straight_covered", "undetermined")
        )
        assert covered == written(row["coverage"], "share")
        assert re.findall(r"[\d.]+%", on_the_command_line[titles[rule]]) == [covered]
        of_all = written(row["judged"] / row["people"], "share")
        said = re.findall(r"[\d.]+%", conclusions[rule])
        assert covered in said
        assert set(said) <= {covered, straight, undetermined, of_all}
