"""The map of one rule as a figure: who is covered, who is not, and where the facilities stand.

Streets and people are drawn as pixels (thousands of marks would make a huge SVG), names and
symbols as vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib import rc_context
from matplotlib.figure import Figure

from siting.report.figures import INK, MUTED, figure_style, svg_text
from siting.report.streetclasses import STREET_CLASSES, street_class

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from siting.report.result import Result

# As on the interactive map: thirds of the limit, up to one and a half of it, beyond.
CLASSES = ["#deebf7", "#9ecae1", "#6baed6", "#d95f0e", "#7f2704"]
BREAKS = [1 / 3, 2 / 3, 1.0, 1.5]
WIDTH_IN = 6.9
TALLEST, FLATTEST = 0.75, 0.4  # height over width
DPI = 130
FAR_M = 12_000  # frames wider than this show main streets only
MAIN_CLASS = STREET_CLASSES.index("tertiary")


def rule_map(result: Result, rule: dict[str, Any]) -> str:
    """Draw one rule's headline at every demand point that it judges; empty if there is none."""
    rows = _worst(result, rule["id"])
    if rows.empty or result.streets is None:
        return ""
    at = result.demand.set_index("id").loc[rows["demand"], ["x_mm", "y_mm"]] / 1000
    points = at.to_numpy(float)
    box = _frame(points)
    with rc_context(figure_style()):
        height = WIDTH_IN * (box[3] - box[1]) / (box[2] - box[0])
        figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(box[0], box[2]), ylim=(box[1], box[3]), xticks=[], yticks=[])
        axes.set_facecolor("#f5f3ee")
        _draw_ground(axes, result, far=box[2] - box[0] > FAR_M)
        _draw_people(axes, points, rows)
        _draw_facilities(axes, result, rule)
        _draw_names(axes, result, box)
        _draw_scale(axes, box)
        axes.text(
            0.012, 0.975, result.scenario["data_nature"], transform=axes.transAxes, va="top",
            color="#a32c20", fontsize=8, fontweight="bold", zorder=6,
        )  # fmt: skip
        for spine in axes.spines.values():
            spine.set(visible=True, color="#9aa4af")
        return svg_text(figure)


def _worst(result: Result, rule: str) -> pd.DataFrame:
    """Return one row per judged point: cost over cutoff where it is worst, and its verdict."""
    rows = result.verdicts
    rows = rows[(rows["rule"] == rule) & (rows["reading"] == "default") & (rows["people"] > 0)]
    rows = rows[rows["verdict"].isin(["covered", "uncovered"])]
    headline = rows["part"] == "all"
    rows = rows[headline] if headline.any() else rows
    ratio = rows["cost_mm"].astype(float) / rows["cutoff_mm"].clip(lower=1)
    rows = rows.assign(ratio=ratio.where(rows["cutoff_mm"] > 0, np.nan))
    return rows.sort_values(["ratio", "demand"]).drop_duplicates("demand", keep="last")


def _frame(points: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return the extent of the points with a margin, in a shape that fits a page."""
    low, high = points.min(axis=0), points.max(axis=0)
    centre, size = (low + high) / 2, np.maximum(high - low, 400.0) * 1.12
    width = max(size[0], size[1] / TALLEST)
    height = max(size[1], width * FLATTEST)
    return (
        float(centre[0] - width / 2),
        float(centre[1] - height / 2),
        float(centre[0] + width / 2),
        float(centre[1] + height / 2),
    )


def _draw_ground(axes: Axes, result: Result, *, far: bool) -> None:
    """Draw water, streets (of a wide area only the main ones) and the borders of the streets."""
    for shape in result.layers.water.geometry:
        for ring in shapely.get_parts(shape):
            axes.fill(*ring.exterior.xy, color="#cfdfea", linewidth=0, rasterized=True)
    streets = result.streets
    if streets is None:
        return
    classes = np.array([street_class(value) for value in result.layers.streets["class"]])
    wide = classes[streets.edge_line] >= (MAIN_CLASS if far else 0)
    # One line that lifts the pen between edges: drawing a collection takes seconds.
    ends = streets.vertex_start[1:-1]
    shown = np.repeat(wide, np.diff(streets.vertex_start))
    x = np.insert(np.where(shown, streets.vertex_x_mm / 1000, np.nan), ends, np.nan)
    y = np.insert(streets.vertex_y_mm / 1000, ends, np.nan)
    axes.plot(x, y, color="#cfc8bb" if far else "#d6d0c5", linewidth=0.4, rasterized=True)
    units = result.layers.units
    for shape in units.loc[units["level"] == "street"].geometry.boundary:
        for line in shapely.get_parts(shape):
            axes.plot(*line.xy, color="#8a6f8f", linewidth=0.7, linestyle=(0, (6, 2, 1, 2)))


def _draw_people(axes: Axes, points: NDArray[np.float64], rows: pd.DataFrame) -> None:
    """Covered people as discs, uncovered ones as diamonds above them."""
    covered = (rows["verdict"] == "covered").to_numpy()
    ratio = rows["ratio"].to_numpy(float)
    ratio = np.where(np.isnan(ratio), np.where(covered, 0.5, 2.0), ratio)
    value = np.digitize(ratio, BREAKS, right=True)
    size = np.clip(np.sqrt(rows["people"].to_numpy(float)), 2.5, 26)
    colours = np.array(CLASSES)[value]
    for chosen, marker in ((covered, "o"), (~covered, "D")):
        axes.scatter(
            points[chosen, 0],
            points[chosen, 1],
            s=size[chosen] * (1.5 if marker == "o" else 1.1),
            c=colours[chosen],
            marker=marker,
            linewidths=0.15,
            edgecolors=INK,
            rasterized=True,
            zorder=3,
        )


def _draw_facilities(axes: Axes, result: Result, rule: dict[str, Any]) -> None:
    table = result.facilities
    kinds = {part["facility_kind"] for part in rule["parts"]}
    serving = {site for part in rule["parts"] for site in part["facilities"]}
    exists = table["id"].isin(serving)
    planned = table["kind"].isin(kinds) & table["status"].isin(["planned", "building"])
    for chosen, face in ((exists, INK), (planned, "#ffffff")):
        at = table.loc[chosen, ["x_mm", "y_mm"]].to_numpy(float) / 1000
        axes.scatter(
            at[:, 0], at[:, 1], s=13, c=face, edgecolors=INK if face != INK else "#ffffff",
            linewidths=0.7, zorder=4,
        )  # fmt: skip


def _draw_names(axes: Axes, result: Result, box: tuple[float, float, float, float]) -> None:
    units = result.layers.units
    streets = units[(units["level"] == "street") & ~units["outside"].astype(bool)]
    at = shapely.get_coordinates(streets.representative_point().to_numpy())
    for label, (x, y) in zip(streets["name"], at, strict=True):
        if box[0] < x < box[2] and box[1] < y < box[3]:
            axes.text(
                x, y, label, ha="center", va="center", fontsize=8.5, color="#4f3d57",
                fontweight="bold", zorder=5,
                bbox={"boxstyle": "round,pad=0.2", "fc": "#ffffffcc", "ec": "none"},
            )  # fmt: skip


def _draw_scale(axes: Axes, box: tuple[float, float, float, float]) -> None:
    """Draw a scale bar of a round length near a fifth of the width, and a north arrow."""
    width, height = box[2] - box[0], box[3] - box[1]
    exact = width / 5
    step = 10.0 ** np.floor(np.log10(exact))
    length = step * max(factor for factor in (1, 2, 5) if factor * step <= exact)
    x, y = box[2] - 0.03 * width - length, box[1] + 0.05 * height
    axes.plot([x, x + length], [y, y], color=INK, linewidth=1.8, solid_capstyle="butt", zorder=6)
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"  # noqa: PLR2004
    axes.text(x + length / 2, y + 0.015 * height, label, ha="center", fontsize=8, zorder=6)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1}
    tip = (box[2] - 0.03 * width, box[3] - 0.04 * height)
    axes.annotate("N", tip, (tip[0], tip[1] - 0.11 * height), ha="center", arrowprops=arrow,
                  color=MUTED, fontsize=8, zorder=6)  # fmt: skip
