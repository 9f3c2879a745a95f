"""The arrays from which the page recomputes walking costs: streets, walls, places on them.

Everything is a whole number, and what can be computed from another array is written as the
difference from it, which is nearly always zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.layers.links import LINK
from siting.network.noding import to_mm
from siting.network.snap import obstacles

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from siting.network.streets import Streets
    from siting.report.projection import LocalPlane
    from siting.report.result import Result

    Arrays = dict[str, ArrayLike]

POSITION = ("edge", "offset_mm", "leg_mm")


def put_live(result: Result, plane: LocalPlane, arrays: Arrays) -> dict[str, Any]:
    """Add the arrays that trials need, and return what else they need to know.

    The polylines of the streets are among the arrays already (``streets.x``, ``.y``, ``.start``).
    """
    streets = result.streets
    if streets is None:
        raise ValueError("a place without streets has no trials")
    arrays["net.u"] = streets.edge_u
    arrays["net.v"] = streets.edge_v
    arrays["net.length"] = streets.length_mm
    arrays["net.uv"] = streets.cost_uv_mm - streets.length_mm
    arrays["net.vu"] = streets.cost_vu_mm - streets.length_mm
    arrays["net.piece"] = piece_lengths(streets) - drawn_lengths(streets)
    arrays["net.component"] = streets.component
    arrays["net.size"] = streets.component_size
    for column, values in streets.joints._asdict().items():
        arrays[f"joint.{column}"] = values
    for name, table in (("demand", result.demand), ("facility", result.facilities)):
        for column in POSITION:
            arrays[f"{name}.{column}"] = table[column]
    arrays["facility.x"] = result.facilities["x_mm"] - plane.origin_mm[0]
    arrays["facility.y"] = result.facilities["y_mm"] - plane.origin_mm[1]
    walls = obstacles(barriers=result.layers.barriers, water=result.layers.water)
    for axis, origin in zip("xy", plane.origin_mm, strict=True):
        arrays[f"wall.a{axis}"] = getattr(walls, f"a{axis}_mm") - origin
        arrays[f"wall.b{axis}"] = getattr(walls, f"b{axis}_mm") - origin
    pairs = result.on_site
    rows = {key: at for at, key in enumerate(result.demand["id"])}
    places = {key: at for at, key in enumerate(result.facilities["id"])}
    arrays["site.demand"] = [rows[key] for key in pairs["demand"]]
    arrays["site.facility"] = [places[key] for key in pairs["facility"]]
    arrays["site.straight_mm"] = pairs["straight_mm"]
    walk = result.scenario["walk"]
    return {
        "max_snap_mm": round(walk["max_snap_m"] * 1000),
        "min_component": walk["min_component_nodes"],
        "link_permille": int(to_mm(walk["factors"].get(LINK, 1))),
    }


def piece_lengths(streets: Streets) -> NDArray[np.int64]:
    """Return the length of every straight piece of the polylines, edge by edge."""
    at = streets.vertex_at_mm.astype(np.int64)
    return _within_edges(streets, at[1:] - at[:-1])


def drawn_lengths(streets: Streets) -> NDArray[np.int64]:
    """Return the same lengths measured on the vertices, each rounded half up."""
    dx = np.diff(streets.vertex_x_mm).astype(np.float64)
    dy = np.diff(streets.vertex_y_mm).astype(np.float64)
    return _within_edges(streets, np.floor(np.sqrt(dx * dx + dy * dy) + 0.5).astype(np.int64))


def _within_edges(streets: Streets, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out the steps from one edge's last vertex to the next edge's first."""
    inside = np.ones(len(steps), bool)
    inside[streets.vertex_start[1:-1] - 1] = False
    return steps[inside]
