"""Figures of the report: small SVG drawings, the same bytes for the same data.

Texts stay texts, so that a figure is small and its letters are those of the reader's machine;
matplotlib needs a CJK font only to measure them. If the system has none, `cjk_font` says so and
the page tells the reader.
"""

from __future__ import annotations

import io
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from siting.report.words import name, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from siting.words import Lang

INK, MUTED, HAIR = "#1f2a37", "#566373", "#d5dae0"
COVERED, UNCOVERED, STRAIGHT, CANDIDATE = "#6baed6", "#d95f0e", "#1f2a37", "#5b2a86"
CJK_FONTS = [
    "Source Han Sans SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Noto Sans CJK JP",  # the name that matplotlib gives to the collection's first face
]
STACK = ",".join(f"'{family}'" for family in CJK_FONTS[:-1]) + ",sans-serif"


@cache
def cjk_font() -> str | None:
    """Return the first known CJK font of this system, or None."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((family for family in CJK_FONTS if family in installed), None)


def _family() -> str:
    return cjk_font() or "DejaVu Sans"


def figure_style() -> dict[Any, Any]:
    """Return the settings that all figures share."""
    return {
        "font.family": _family(),
        "font.size": 9,
        "svg.fonttype": "none",
        "svg.hashsalt": "siting",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#9aa4af",
        "axes.labelcolor": MUTED,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": INK,
        "axes.unicode_minus": False,
        "text.parse_math": False,  # a name with two dollar signs is a name
    }


def svg_text(figure: Figure) -> str:
    """Return a figure as SVG that bears no date and names our font stack."""
    stream = io.StringIO()
    with warnings.catch_warnings():
        # Without a CJK font there is nothing to measure Chinese with; the page says so.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(
            stream, format="svg", facecolor="none", metadata={"Date": None, "Creator": None}
        )
    svg = stream.getvalue().replace(f"'{_family()}'", STACK)
    return svg[svg.index("<svg") :]


def _share_axis(axes: Axes) -> None:
    axes.set_xlim(0, 1)
    axes.set_xticks(np.linspace(0, 1, 6), [f"{tick:.0%}" for tick in np.linspace(0, 1, 6)])
    axes.tick_params(length=0)
    axes.grid(axis="x", color=HAIR, linewidth=0.6)
    axes.set_axisbelow(True)


def coverage_bars(table: pd.DataFrame, *, lang: Lang) -> str:
    """Draw coverage by unit as bars, the straight-line share as a mark beside it.

    `table` has rows of coverage.csv of one level with the people `judged`; units without any are
    left out.
    """
    rows = table[table["judged"] > 0].sort_values(["coverage", "unit"], ascending=[True, False])
    with rc_context(figure_style()):
        figure = Figure(figsize=(6.6, 0.55 + 0.34 * len(rows)), layout="constrained")
        axes = figure.subplots()
        at = np.arange(len(rows))
        axes.barh(at, 1, height=0.56, color="#f3e3d8")
        axes.barh(at, rows["coverage"], height=0.56, color=COVERED)
        straight = rows["straight_covered"] / rows["judged"]
        if straight.any():
            axes.plot(straight, at, "|", color=STRAIGHT, markersize=13, markeredgewidth=1.6)
            axes.set_xlabel(say("figure", "bars", lang), fontsize=8)
        for y, share in zip(at, rows["coverage"], strict=True):
            axes.text(1.02, float(y), f"{share:.1%}", va="center", clip_on=False)
        axes.set_yticks(at, rows["unit_name"])
        _share_axis(axes)
        axes.spines["left"].set_visible(False)
        return svg_text(figure)


def change_dots(table: pd.DataFrame, *, lang: Lang) -> str:
    """Draw the coverage of each unit before (hollow) and after (filled), joined by a line.

    `table` has `unit_name`, `coverage_before` and `coverage_after`; units without either are left
    out.
    """
    rows = table.dropna(subset=["coverage_before", "coverage_after"]).iloc[::-1]
    before, after = rows["coverage_before"].astype(float), rows["coverage_after"].astype(float)
    with rc_context(figure_style()):
        figure = Figure(figsize=(6.6, 0.55 + 0.34 * len(rows)), layout="constrained")
        axes = figure.subplots()
        at = np.arange(len(rows))
        axes.hlines(at, before, after, color=MUTED, linewidth=2)
        axes.scatter(before, at, s=44, c="#ffffff", edgecolors=INK, zorder=3)
        axes.scatter(after, at, s=26, c=COVERED, edgecolors=INK, zorder=4)
        for y, share, difference in zip(at, after, after - before, strict=True):
            told = f"{share:.1%} ({100 * difference:+.1f})"
            axes.text(1.02, float(y), told, va="center", clip_on=False)
        axes.set_yticks(at, rows["unit_name"])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel(say("figure", "change", lang), fontsize=8)
        _share_axis(axes)
        axes.spines["left"].set_visible(False)
        return svg_text(figure)


def ranking_curve(table: pd.DataFrame, *, chosen: int, lang: Lang) -> str:
    """Draw coverage against the number of sites opened, with the proven upper bound.

    `table` has `sites`, and `covered`, `bound` and `people` in people; the point of the `chosen`
    number of sites is ringed.
    """
    share, bound = table["covered"] / table["people"], table["bound"] / table["people"]
    with rc_context(figure_style()):
        figure = Figure(figsize=(6.6, 2.5), layout="constrained")
        axes = figure.subplots()
        axes.plot(table["sites"], bound, "--", color=MUTED, linewidth=1)
        axes.annotate(
            say("figure", "bound", lang), (table["sites"].iloc[-1], bound.iloc[-1]),
            xytext=(0, 6), textcoords="offset points", color=MUTED, ha="right", fontsize=8,
        )  # fmt: skip
        axes.plot(table["sites"], share, "-o", color=CANDIDATE, markersize=3.5, linewidth=1.8)
        ring = table["sites"] == chosen
        axes.plot(
            table["sites"][ring], share[ring], "o", color=CANDIDATE, markersize=10,
            markerfacecolor="none", markeredgewidth=1.4,
        )  # fmt: skip
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(say("figure", "sites", lang), fontsize=8)
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.margins(y=0.2)
        axes.grid(axis="y", color=HAIR, linewidth=0.6)
        axes.tick_params(length=0)
        return svg_text(figure)


def reading_dots(table: pd.DataFrame, *, lang: Lang) -> str:
    """Draw the coverage of one rule under each reading (`label`), the default one filled.

    A reading that nobody can judge has no dot: it is said to be not assessed.
    """
    unknown = table["verdict"] == "not_assessed"
    rows = table[table["coverage"].notna() | unknown].iloc[::-1]
    rows = rows.assign(coverage=rows["coverage"].mask(unknown).astype(float))
    with rc_context(figure_style()):
        figure = Figure(figsize=(6.6, 0.55 + 0.3 * len(rows)), layout="constrained")
        axes = figure.subplots()
        at = np.arange(len(rows))
        is_default = (rows["reading"] == "default").to_numpy()
        axes.hlines(at, 0, rows["coverage"], color=HAIR, linewidth=1.4)
        colours = np.where(is_default, COVERED, "#ffffff")
        axes.scatter(rows["coverage"], at, s=44, c=colours, edgecolors=INK, zorder=3)
        not_assessed = name("verdict", "not_assessed", lang)
        for y, share in zip(at, rows["coverage"], strict=True):
            told = not_assessed if np.isnan(share) else f"{share:.1%}"
            axes.text(1.02, float(y), told, va="center", clip_on=False)
        axes.set_yticks(at, rows["label"])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        _share_axis(axes)
        axes.spines["left"].set_visible(False)
        return svg_text(figure)
