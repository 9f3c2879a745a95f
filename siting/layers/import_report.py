"""The import report: one page for the eye, the same words for the console."""

from __future__ import annotations

import tomllib
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.layers.importing import Imported
    from siting.layers.model import Layers
    from siting.words import Lang

    Shapes = NDArray[np.object_]

SHOWN = 8
WIDTH = 1000.0
MARGIN = 0.05
MOST_STREETS = 3000  # the map shows where, not what
MOST_MARKS = 3000
DOT = '<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#08519c"/>'
CROSS = '<path d="M{x:.1f} {y:.1f}m-7-7l14 14m0-14l-14 14" stroke="#7f2704" stroke-width="3"/>'


@cache
def _table(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(files("siting.layers").joinpath(name).read_text("utf-8"))


def _say(key: str, lang: Lang, **values: object) -> str:
    return _table("import_words.toml")[key][lang].format_map(values)


def _sections(done: Imported, lang: Lang) -> dict[str, list[list[str]]]:
    """Return for each heading its entries, each the lines that say one thing."""
    refused = [
        [f"{p.where}: {p.found(lang)}",
         f"{_say('expected', lang)}: {p.expected(lang)}",
         f"{_say('remedy', lang)}: {p.remedy(lang)}"]
        for p in done.refused
    ]  # fmt: skip
    words = _table("notes.toml")
    shifts = [[words[n["note"]][lang].format_map(n)] for n in done.suspicions]
    doubtful = shifts if done.compared else [[_say("alone", lang)]]
    for finding in done.findings:
        more = " …" if len(finding.rows) > SHOWN else ""
        rows = ", ".join(map(str, finding.rows[:SHOWN])) + more
        seen = _say("rows", lang, rows=rows, count=len(finding.rows), example=finding.example)
        doubtful.append([f"{_say(finding.key, lang)}: {seen}"])
    notes = [[words[note["note"]][lang].format_map({"example": ""} | note)] for note in done.notes]
    return {"refused": refused, "doubtful": doubtful, "notes": notes}


def _summary(done: Imported, lang: Lang) -> str:
    values = {"read": done.read, "kept": len(done.table), "refused": len(done.refused_rows)}
    mended = {"rows": done.mended_rows, "cells": done.mended_cells}
    return _say("summary", lang, **values, **mended, crs=done.crs)


def report_text(done: Imported, *, lang: Lang) -> str:
    """Return the report as plain text for a console."""
    lines = [_say("title", lang, name=done.name), _summary(done, lang)]
    for heading, entries in _sections(done, lang).items():
        lines += ["", _say(heading, lang)]
        for first, *others in entries or [[_say("none", lang)]]:
            lines += [f"  {first}", *(f"    {other}" for other in others)]
    return "\n".join(lines) + "\n"


def report_page(done: Imported, *, lang: Lang, against: Layers | None = None) -> str:
    """Return the report as a page of HTML, complete in itself, with a map of what landed where."""
    sections = {key: _list(entries, lang) for key, entries in _sections(done, lang).items()}
    page = Template(files("siting.layers").joinpath("import_report.html").read_text("utf-8"))
    return page.substitute(
        sections,
        lang=lang,
        title=escape(_say("title", lang, name=done.name)),
        summary=escape(_summary(done, lang)),
        refused_title=_say("refused", lang),
        doubtful_title=_say("doubtful", lang),
        map_title=_say("map", lang),
        notes_title=_say("notes", lang),
        map=map_of(done, against),
    )


def _list(entries: list[list[str]], lang: Lang) -> str:
    if not entries:
        return f"<p>{_say('none', lang)}</p>"
    items = []
    for first, *others in entries:
        how = "".join(f'<br><span class="how">{escape(other)}</span>' for other in others)
        items.append(f'<li><span class="where">{escape(first)}</span>{how}</li>')
    return f"<ul>{''.join(items)}</ul>"


def map_of(done: Imported, against: Layers | None) -> str:
    """Draw units, water, some streets, and the rows: dots, or crosses where doubtful, as SVG."""
    points = done.table.geometry.representative_point()
    placed = points[~(points.isna() | points.is_empty)]
    bounds = [placed.total_bounds] if len(placed) else []
    if against is not None and len(against.units):
        bounds.append(against.units.total_bounds)
    if not bounds:
        return ""
    extent = np.array(bounds)
    west, south = extent[:, :2].min(axis=0)
    east, north = extent[:, 2:].max(axis=0)
    margin = MARGIN * max(east - west, north - south, 100.0)
    x0, y0 = west - margin, north + margin
    scale = WIDTH / (east - west + 2 * margin)
    height = (north - south + 2 * margin) * scale

    def screen(shapes: Shapes) -> Shapes:
        plain = shapely.simplify(shapes, 1 / scale)
        moved: Shapes = shapely.transform(plain, lambda xy: (xy - (x0, y0)) * (scale, -scale))
        return moved

    parts = []
    if against is not None:
        streets = against.streets.geometry.to_numpy()
        streets = streets[:: max(1, len(streets) // MOST_STREETS)]
        for shapes, style in (
            (against.water.geometry.to_numpy(), 'fill="#deebf7" stroke="none"'),
            (streets, 'fill="none" stroke="#ccc"'),
            (against.units.geometry.to_numpy(), 'fill="none" stroke="#888"'),
        ):
            path = "".join(_path(shape) for shape in screen(shapes))
            parts.append(f'<path d="{path}" {style}/>')
    doubtful = {row for finding in done.findings for row in finding.rows}
    crosses = placed[placed.index.isin(doubtful)]
    dots = placed[~placed.index.isin(doubtful)]
    for points, mark in ((dots, DOT), (crosses, CROSS)):
        some = points[:: 1 + len(points) // MOST_MARKS].to_numpy()
        parts += [mark.format(x=point.x, y=point.y) for point in screen(some)]
    view = f"0 0 {WIDTH:.0f} {height:.0f}"
    return f'<svg viewBox="{view}" role="img">{"".join(parts)}</svg>'


def _path(shape: shapely.Geometry) -> str:
    lines = shapely.get_parts(shapely.boundary(shape) if shape.area > 0 else shape)
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(line))
        for line in lines
        if not line.is_empty
    )
