"""QGIS styles (QML) from `styles.toml`: enough for a layer to open as it looks in the report."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

LAYER_CLASS = {"fill": "SimpleFill", "line": "SimpleLine", "marker": "SimpleMarker"}
DEFAULT_WIDTH = 0.2  # millimetres


def _colour(code: str) -> str:
    return ",".join(str(int(code[at : at + 2], 16)) for at in (0, 2, 4, 6))


def _options(symbol: dict[str, Any]) -> dict[str, str]:
    """Return the symbol's properties under the names that QGIS uses for its type."""
    line, width = _colour(symbol["line"]), str(symbol.get("width", DEFAULT_WIDTH))
    if symbol["type"] == "line":
        return {"line_color": line, "line_width": width, "line_width_unit": "MM"}
    options = {
        "color": _colour(symbol["fill"]),
        "outline_color": line,
        "outline_width": width,
        "outline_style": "solid",
    }
    if symbol["type"] == "marker":
        options |= {"name": symbol["shape"], "size": str(symbol["size"]), "size_unit": "MM"}
    return options


def _add_symbol(parent: ET.Element, name: str, symbol: dict[str, Any]) -> None:
    element = ET.SubElement(parent, "symbol", type=symbol["type"], name=name, alpha="1")
    layer = ET.SubElement(element, "layer", {"class": LAYER_CLASS[symbol["type"]], "enabled": "1"})
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in _options(symbol).items():
        ET.SubElement(options, "Option", name=key, type="QString", value=value)


def qml(style: dict[str, Any], *, labels: dict[str, str]) -> str:
    """Return the QML of one layer; `labels` name the values of the column it depends on."""
    root = ET.Element("qgis", version="3.34", styleCategories="Symbology|Labeling")
    by = style.get("by")
    kind = {"type": "categorizedSymbol", "attr": by} if by else {"type": "singleSymbol"}
    renderer = ET.SubElement(root, "renderer-v2", kind)
    if by:
        categories = ET.SubElement(renderer, "categories")
        for at, symbol in enumerate(style["symbol"]):
            value = symbol["value"]
            label = labels.get(value, value)
            ET.SubElement(
                categories, "category", value=value, symbol=str(at), label=label, render="true"
            )
    symbols = ET.SubElement(renderer, "symbols")
    for at, symbol in enumerate(style["symbol"]):
        _add_symbol(symbols, str(at), symbol)
    if "label" in style:
        labeling = ET.SubElement(root, "labeling", type="simple")
        settings = ET.SubElement(labeling, "settings")
        ET.SubElement(settings, "text-style", fieldName=style["label"], fontSize="8")
    return "<!DOCTYPE qgis>" + ET.tostring(root, encoding="unicode")
