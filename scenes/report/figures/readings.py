"""What can be read off the curves of a figure: a drawn figure in, numbers with their places out.

A page shows the values under the pointer; paper needs none of this. A curve takes part whose
artist is named with `CURVE` and the label of its value.
"""

import json
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

CURVE = "curve:"
"""Begins the id of an artist that draws the values of a study, one per epoch."""
DIGITS = 4


def readings(figure: Figure) -> list[dict[str, Any]]:
    """Return the panels of a figure that was drawn: where they are, and their curves.

    Places are in points from the upper left corner, as in the SVG.
    """
    return [panel for axes in figure.axes if (panel := _panel(figure, axes))["curves"]]


def _panel(figure: Figure, axes: Axes) -> dict[str, Any]:
    scale, height = 72 / figure.dpi, 72 * figure.get_figheight()
    (left, bottom), (right, top) = axes.bbox.get_points() * scale
    low, high = axes.get_xlim()
    return {
        "box": [round(float(one), 2) for one in (left, height - top, right, height - bottom)],
        "epochs": [round(low, 4), round(high, 4)],
        "is_share": "%" in axes.yaxis.get_major_formatter()(0.5, 0),
        "curves": list(_curves(axes)),
    }


def _curves(axes: Axes) -> Iterator[dict[str, Any]]:
    for line in axes.get_lines():
        name = line.get_gid() or ""
        if name.startswith(CURVE):
            values = np.asarray(line.get_ydata(), float)
            yield {
                "label": name.removeprefix(CURVE),
                "colour": to_hex(line.get_color()),
                "first": int(np.asarray(line.get_xdata(), float)[0]) if len(values) else 1,
                "values": [_short(value) for value in values.tolist()],
            }


def _short(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None


def with_readings(svg: bytes, figure: Figure) -> bytes:
    """Return the SVG of a figure with what can be read off it, as data that no printer shows."""
    found = readings(figure)
    if not found:
        return svg
    text = escape(json.dumps(found, ensure_ascii=False, separators=(",", ":")))
    before, end, after = svg.rpartition(b"</svg>")
    return before + f"<metadata>{text}</metadata>".encode() + end + after
