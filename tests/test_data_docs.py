"""docs/data.md: its walk is walked, and its tables are those of the code.

After a change of a schema, `SITING_WRITE_DOCS=1 pytest tests/test_data_docs.py` writes the tables.
"""

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

from siting.cli import main
from siting.layers.read import read_layers
from siting.layers.schemas import schemas
from siting.scenario.model import LayerSpec, LayerSpecs

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {"en": DOCS / "data.md", "zh": DOCS / "data.zh-CN.md"}
MARK = "<!-- schemas: written by tests/test_data_docs.py -->\n"
HEADS = {
    "en": ("column", "type", "meaning"),
    "zh": ("列", "类型", "含义"),
}
TYPES = {
    "en": {
        "text": "text",
        "answer": "text",
        "whole": "whole number",
        "number": "number",
        "yes": "yes or no",
        "year": "year",
        "choice": "one of",
    },
    "zh": {
        "text": "文字",
        "answer": "文字",
        "whole": "整数",
        "number": "数",
        "yes": "是否",
        "year": "年份",
        "choice": "下列之一",
    },
}
SHAPES = {
    "en": {
        "point": "points",
        "line": "lines",
        "polygon": "areas",
        "any": "any geometry",
        "none": "no geometry",
    },
    "zh": {"point": "点", "line": "线", "polygon": "面", "any": "任意图形", "none": "无图形"},
}


def rows(schema, lang):
    """Yield one line per column; the single years of age share one."""
    for column in schema.columns.values():
        year = re.fullmatch(r"p_(\d+)", column.key)
        if year and year[1] != "0":
            continue
        name = "`p_0` … `p_17`" if year else f"`{column.key}`"
        meaning = column.text.in_(lang).replace("0", "0–17") if year else column.text.in_(lang)
        kind = TYPES[lang][column.type]
        if column.choices:
            words = (f"`{key}`" + (f" {names[0]}" if lang == "zh" else "")
                     for key, names in column.choices.items())  # fmt: skip
            kind += ": " + ", ".join(words)
        if column.unit:
            kind += f" ({column.unit})"
        yield f"| {name}{' ●' if column.required else ''} | {kind} | {meaning} |"


def tables(lang):
    head = HEADS[lang]
    parts = []
    for name, schema in schemas().items():
        title = f"### {name}" if lang == "en" else f"### {name} {schema.text.zh}"
        parts += [
            "",
            f"{title} ({SHAPES[lang][schema.geometry]})",
            "",
            f"| {head[0]} | {head[1]} | {head[2]} |",
            "|---|---|---|",
            *rows(schema, lang),
        ]
    return "\n".join(parts) + "\n"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_tables_are_those_of_the_code(lang):
    page = PAGES[lang]
    before, mark, found = page.read_text("utf-8").partition(MARK)
    assert mark
    if os.environ.get("SITING_WRITE_DOCS") == "1":
        page.write_text(before + MARK + tables(lang), encoding="utf-8")
        found = tables(lang)
    assert found == tables(lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_the_walk_leads_to_a_layer(tmp_path, monkeypatch, capsys, lang, encoding):
    text = PAGES[lang].read_text("utf-8")
    (sheet,) = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    (command,) = re.findall(r"```sh\n(siting .*?)\n```", text, re.DOTALL)
    block = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "kindergartens.csv"
    path.write_text(sheet, encoding=encoding)
    monkeypatch.setattr(sys, "argv", command.split())
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 0
    said = capsys.readouterr().out
    assert "kindergartens.csv:5" in said  # the row that is refused
    assert {"clean.gpkg", "clean.html"} <= {file.name for file in tmp_path.iterdir()}
    specs = LayerSpecs(**tomllib.loads(block)["layers"]).facilities
    path.write_text("".join(sheet.splitlines(keepends=True)[:4]), encoding=encoding)  # mended
    for spec in (*specs, LayerSpec(path="clean.gpkg")):
        layers = read_layers({"facilities": [spec]}, base=tmp_path, crs="EPSG:4549")
        assert layers.facilities["places"].tolist() == [1200, 270]
        assert layers.facilities["kind"].tolist() == ["kindergarten"] * 2
        assert layers.facilities["inclusive"].tolist() == [True, False]
