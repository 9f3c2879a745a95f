"""tables.xlsx: the reviewers' sheets read back, nothing that a spreadsheet would run."""

import dataclasses
import io
import os
import shutil
import subprocess
import zipfile

import openpyxl
import pandas as pd
import pytest
from result_fixture import sample_result

from siting.report import sheets
from siting.report.rows import headline, ordered_rules
from siting.report.words import families
from siting.report.workbook import HEADER_ROW, LINE, note_text, write_workbook

NAMES = [
    "结论",
    "表1 覆盖情况",
    "表2 密度分级",
    "表2续 密度单元",
    "表3 缺口清单",
    "表4 候选点排序",
    "表5 重点项目",
    "表6 敏感性",
    "表7 指标",
    "表8 热点区块",
    "条款登记",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("workbook")
    write_workbook(sample_result(), path, lang="zh")
    return path


@pytest.fixture(scope="module")
def book(folder):
    return read_book(folder)


def read_book(folder):
    return openpyxl.load_workbook(io.BytesIO((folder / "tables.xlsx").read_bytes()))


def rows_of(sheet, count):
    header = [cell.value for cell in sheet[HEADER_ROW + 1]]
    body = sheet.iter_rows(min_row=HEADER_ROW + 2, max_row=HEADER_ROW + 1 + count, values_only=True)
    return [dict(zip(header, row, strict=True)) for row in body]


def test_sheets_and_headings(book):
    assert book.sheetnames == NAMES
    for key, layout in sheets.declared_sheets().items():
        sheet = book[layout["zh"]]
        headings = [cell.value for cell in sheet[HEADER_ROW + 1]]
        assert headings == [column["zh"] for column in layout["column"]], key
        assert sheet.freeze_panes == f"A{HEADER_ROW + 2}"
        assert sheet.auto_filter.ref.startswith(f"A{HEADER_ROW + 1}:")
        assert "示意镇" in sheet["A1"].value
        assert sheet["D2"].value == "示意(合成)"


def test_figures_are_those_of_the_result(book):
    result = sample_result()
    table = sheets.coverage_sheet(result, "zh")
    rows = rows_of(book["表1 覆盖情况"], len(table))
    total = [row for row in rows if row["街道"] == "合计" and row["设施"] == "全部相关设施"]
    district = headline(result).set_index("rule").loc["child-circle-5min"]
    assert [row["未覆盖人口（人）"] for row in total] == [district["uncovered"]]
    assert total[0]["步行覆盖率（%）"] == pytest.approx(district["coverage"])
    assert total[0]["设施数（处）"] == "—"


def test_totals_are_sums_over_sums():
    table = sheets.coverage_sheet(sample_result(), "zh")
    for (_, _), block in table.groupby(["rule", "facility"], sort=False):
        streets, total = block[~block["is_total"]], block[block["is_total"]].iloc[0]
        for column in ("judged", "covered", "uncovered", "residents"):
            assert streets[column].sum() == total[column]
        if total["judged"]:
            assert total["coverage"] == pytest.approx(streets["covered"].sum() / total["judged"])


def test_walks_of_five_ten_and_fifteen_minutes_grow():
    table = sheets.coverage_sheet(sample_result(), "zh").dropna(subset=["walk_5"])
    assert len(table)
    assert (table["walk_5"] <= table["walk_10"]).all()
    assert (table["walk_10"] <= table["walk_15"]).all()


def test_density_classes_and_the_people_in_none():
    table = sheets.density_sheet(sample_result(), "zh").set_index("band")
    district = headline(sample_result()).set_index("rule").loc["elder-home-by-density"]
    assert table.loc[["高密度", "中密度"], "people"].sum() == district["judged"]
    assert table.loc["低密度（不适用）", "not_applicable"] == district["not_applicable"]
    assert table.loc["高密度", "cutoff_m"] == 500


def indicators_of(rule, figures):
    """Return rows of indicators.csv: unit, code, value, reading."""
    columns = ["unit", "indicator", "value", "reading"]
    return pd.DataFrame(figures, columns=columns).assign(
        rule=rule, level="unit", target=None, measure="people"
    )


def test_hot_spots_are_the_blocks_with_the_most_children_without_a_place():
    result = sample_result()
    part = result.rules[0]["parts"][0]
    unserved = {"a": 5, "b": 40, "c": 40, "d": 0}
    rows = [
        row
        for unit, left in unserved.items()
        for row in [
            (unit, f"unserved:{part['part']}", left, "default"),
            (unit, f"children:{part['part']}", 100, "default"),
        ]
    ]
    rows.append(("town", f"hot_blocks:{part['part']}", 2, "default"))
    table = indicators_of(result.rules[0]["id"], rows)
    found = sheets.blocks_sheet(dataclasses.replace(result, indicators=table), "en")
    assert found["unit_name"].tolist() == ["b", "c", "a", "d"]
    assert found["hot"].tolist() == ["yes", "yes", "no", "no"]
    assert found["rank"].tolist() == [1, 2, 3, 4]
    assert set(found["stage"]) == {part["title"]["en"]}
    assert found["places"].isna().all()


def test_density_units_tell_who_changes_class():
    result = sample_result()
    rule = "elder-home-by-density"
    rows = [
        ("town", "units_in_band:high", 3, "default"),
        ("town", "people_in_band:high", 700, "default"),
        ("town", "people_changed_band", 90, "grid"),
        ("town", "units_in_band:high", 6, "grid"),
        ("town", "people_in_band:high", 610, "grid"),
        ("town", "units_in_band:unknown", 1, "grid"),
    ]
    table = indicators_of(rule, rows)
    found = sheets.density_units_sheet(dataclasses.replace(result, indicators=table), "zh")
    assert found["changed"].tolist() == [0, 90, 90]
    assert found["units"].tolist() == [3, 6, 1]
    assert found["people"].tolist()[:2] == [700, 610]
    assert found["band"].tolist() == ["高密度", "高密度", "密度未知"]


def test_a_walking_link_reads_from_here_to_there_and_projects_tell_what_they_cover():
    result = sample_result()
    project = result.facilities[result.facilities["project"].fillna("") != ""].iloc[0]
    gaps = result.gaps.iloc[:3].assign(
        fix=["link", "open", ""],
        candidate=["120.1,30.2>120.3,30.4", project["id"], ""],
        fix_people=[10, 25, 0],
    )
    facilities = result.facilities.assign(counted=False)
    changed = dataclasses.replace(result, gaps=gaps, facilities=facilities)
    found = sheets.gaps_sheet(changed, "en").set_index("gap").loc[gaps["gap"]]
    assert found["candidate"].iloc[0] == "from 120.1, 30.2 to 120.3, 30.4"
    assert found["candidate"].iloc[1] == project["name"]
    assert pd.isna(found["candidate"].iloc[2])
    assert pd.isna(found["fix"].iloc[2])
    assert found["readings"].tolist() == ["3 of 4"] * 3
    effects = sheets.projects_sheet(changed, "en").set_index("id")["effect"]
    assert effects[project["id"]].endswith("+25")
    assert effects.drop(project["id"]).isna().all()


def test_every_table_carries_its_notes(book):
    layout = sheets.declared_sheets()["coverage"]
    texts = [cell.value for cell in book[layout["zh"]]["A"] if cell.value]
    assert sum(text[:2] in {f"{n}." for n in range(1, 9)} for text in texts) == len(layout["notes"])
    assert any("EPSG:4549" in text for text in texts)


def test_a_note_is_as_wide_as_its_table_and_as_high_as_it_needs(book):
    """A long note in one line made the whole table so small on paper that nobody could read it."""
    layout = sheets.declared_sheets()["coverage"]
    sheet = book[layout["zh"]]
    across = {merged.min_row: merged.max_col for merged in sheet.merged_cells.ranges}
    notes = [cell for cell in sheet["A"] if str(cell.value or "")[1:2] == "."]
    assert len(notes) == len(layout["notes"])
    width = sum(column["width"] for column in layout["column"])
    for cell in notes:
        assert cell.alignment.wrap_text
        assert across[cell.row] == len(layout["column"])
        lines = (sheet.row_dimensions[cell.row].height or LINE) / LINE
        assert lines >= len(cell.value.encode("gb18030")) / width


def test_a_row_is_as_high_as_its_longest_text(tmp_path):
    """LibreOffice wrote the second line of a remark over the next row."""
    result = sample_result()
    names = ["很长的名称" * 12] + ["短"] * (len(result.gaps) - 1)
    write_workbook(
        dataclasses.replace(result, gaps=result.gaps.assign(nearest=names)), tmp_path, lang="zh"
    )
    layout = sheets.declared_sheets()["gaps"]
    sheet = read_book(tmp_path)[layout["zh"]]
    width = {column["key"]: column["width"] for column in layout["column"]}["nearest"]
    for row in sheet.iter_rows(min_row=HEADER_ROW + 2):
        if any(cell.value == names[0] for cell in row):
            assert sheet.row_dimensions[row[0].row].height / LINE >= 2 * len(names[0]) / width
            break
    else:
        raise AssertionError("the gap is not in the table")


def test_no_verdict_is_broken_inside_a_word():
    """A column narrower than "undetermined" breaks it between two letters."""
    told = [family[lang] for family in families()["verdict"].values() for lang in ("zh", "en")]
    longest = max(len(word.encode("gb18030")) for text in told for word in text.split())
    columns = [
        (sheet, column)
        for sheet, layout in sheets.declared_sheets().items()
        for column in layout["column"]
        if column["key"] == "verdict" or (sheet, column["key"]) == ("register", "status")
    ]
    assert len(columns) > 3
    for sheet, column in columns:
        assert column["width"] > longest, sheet


def test_every_printed_page_says_what_it_is_and_that_it_is_synthetic(book):
    for sheet in book:
        assert sheet.print_title_rows == f"$1:${HEADER_ROW + 1}"
        assert sheet["D2"].value == "示意(合成)"


def test_only_clauses_that_were_not_assessed_are_said_to_be():
    result = sample_result()
    statuses = ["not_assessed", "pass", "non_spatial", "not_applicable"]
    register = pd.DataFrame(
        {"id": ["Q01", "Q02", "Q03", "J01"], "status": statuses, "missing": "x", "missing_en": "x"}
    )
    note = note_text("missing", dataclasses.replace(result, register=register), "en")
    assert "Q01" in note
    assert not any(clause in note for clause in ("Q02", "Q03", "J01"))


def test_nothing_is_a_formula_or_a_link(tmp_path):
    result = sample_result()
    nasty = result.gaps.assign(place='=HYPERLINK("http://x")', nearest="https://example.org")
    write_workbook(dataclasses.replace(result, gaps=nasty), tmp_path, lang="en")
    with zipfile.ZipFile(tmp_path / "tables.xlsx") as package:
        for part in package.namelist():
            if part.startswith("xl/worksheets/"):
                text = package.read(part).decode()
                assert "<f>" not in text
                assert "<hyperlink" not in text
    book = read_book(tmp_path)
    assert book["3 Gaps"].cell(HEADER_ROW + 2, 6).value == '=HYPERLINK("http://x")'
    assert book["3 Gaps"].cell(HEADER_ROW + 2, 6).data_type == "s"


def test_empty_tables_are_written(tmp_path):
    result = sample_result()
    empty = {name: getattr(result, name).iloc[:0] for name in ("gaps", "candidates", "register")}
    write_workbook(dataclasses.replace(result, **empty), tmp_path, lang="zh")
    assert read_book(tmp_path)["表3 缺口清单"]["A1"].value


def test_the_same_bytes_on_every_run(folder, tmp_path):
    write_workbook(sample_result(), tmp_path, lang="zh")
    assert (tmp_path / "tables.xlsx").read_bytes() == (folder / "tables.xlsx").read_bytes()


def test_libreoffice_reads_it(folder, tmp_path):
    if shutil.which("soffice") is None:
        if os.environ.get("SITING_REQUIRE_OFFICE") == "1":
            pytest.fail("no LibreOffice, and SITING_REQUIRE_OFFICE is set")
        pytest.skip("LibreOffice is not installed")
    as_utf8 = "csv:Text - txt - csv (StarCalc):44,34,76,1"
    # A profile of its own: an office that is open elsewhere would answer with nothing.
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", as_utf8, "--outdir", str(tmp_path)]
    run = subprocess.run(
        [*command, str(folder / "tables.xlsx")],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    # Without Java, which it needs for databases, it says so whatever it opens.
    assert [line for line in run.stderr.splitlines() if "java" not in line] == []
    first = pd.read_csv(tmp_path / "tables.csv", skiprows=HEADER_ROW, nrows=3)
    assert first["规则"].tolist() == [
        rule["title"]["zh"] for rule in ordered_rules(sample_result())[:3]
    ]


# The columns that reviewers of plans expect, table by table; others may stand between them.
REVIEWED = {
    "coverage": "序号 街道 常住人口 目标人群 设施数 规模 千人指标 直线覆盖人口 直线覆盖率 "
    "步行覆盖人口 步行覆盖率 步行<5分钟 步行<10分钟 步行<15分钟 未覆盖人口 缺口 评价 备注",
    "density": "密度档 单元数 老年人口 规则距离 直线覆盖率 步行覆盖率 临界 不适用人数",
    "gaps": "序号 设施类型 街道 社区（村） 区块/小区 未覆盖目标人口 最近设施 最近距离 规则阈值 "
    "建议措施 建议候选地块 优先级 责任单位 实施年度",
    "candidates": "序号 候选点 街道 用地性质/面积 新增覆盖人口 其中高龄/0–2岁 覆盖率提升 "
    "距最近同类 距干路 容量适配 综合得分 不推荐原因",
    "projects": "项目 类型 规模 位置 状态 投用后覆盖变化",
    "sensitivity": "读法 覆盖率",
}


@pytest.mark.parametrize("sheet", sorted(REVIEWED))
def test_the_reviewers_find_their_columns_in_their_order(sheet):
    headings = iter(column["zh"] for column in sheets.declared_sheets()[sheet]["column"])
    for wanted in REVIEWED[sheet].split():
        assert any(heading.startswith(wanted) for heading in headings), wanted
