"""The legend of a figure of curves: curves in, lines with names above the panels out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scenes.report.figures.data import Curve
from scenes.report.figures.label_layout import columns_that_fit
from scenes.report.language.locale import Words
from scenes.report.style import SOFT, TEXT_WIDTH, Stroke, many_strokes, text_width

LEGEND_ROW = 13.0  # points
LEGEND_LINE = 40.0  # points of line and gaps in an entry


def stroke_of(curves: Sequence[Curve], index: int) -> Stroke:
    """Return how a curve is drawn: as no other of its figure."""
    own = [curve.stroke if curve.stroke is not None else i for i, curve in enumerate(curves)]
    return many_strokes(max(own) + 1)[own[index]]


def legend_lines(
    curves: Sequence[Curve], words: Words, chance: float | None = None
) -> tuple[Line2D, ...]:
    """Return the entries of a legend: a line per curve, and what else is drawn."""
    lines = [_line(stroke_of(curves, index), curve.label) for index, curve in enumerate(curves)]
    if any(curve.best is not None for curve in curves):
        lines.append(Line2D([], [], linestyle="", marker="o", markersize=7, markeredgecolor=SOFT,
                            markerfacecolor="white", markeredgewidth=1.3,
                            label=words("legend.best_epoch")))  # fmt: skip
    if not all(np.isfinite(seed).all() for curve in curves for seed in curve.val):
        lines.append(Line2D([], [], linestyle="", marker="x", markersize=8, color=SOFT,
                            label=words("legend.diverges")))  # fmt: skip
    if chance is not None:
        lines.append(Line2D([], [], color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)),
                            label=words("legend.chance")))  # fmt: skip
    return tuple(lines)


def _line(drawn: Stroke, label: str) -> Line2D:
    return Line2D(
        [], [], color=drawn.colour, linestyle=drawn.line, marker=drawn.marker, label=label
    )


@dataclass(frozen=True)
class Legend:
    """Entries that stand above the panels, in as many columns as fit."""

    lines: Sequence[Line2D]
    room: float = TEXT_WIDTH
    """Inches for a row."""

    @cached_property
    def columns(self) -> int:
        """How many entries stand side by side."""
        widths = [LEGEND_LINE + text_width(str(line.get_label()), 8.5) for line in self.lines]
        return columns_that_fit(widths, room=self.room * 72)

    @property
    def rows(self) -> int:
        """How many lines it takes."""
        return math.ceil(len(self.lines) / self.columns)

    @property
    def height(self) -> float:
        """Inches by which a long one makes the figure higher, and not its panels lower."""
        return LEGEND_ROW * max(0, self.rows - 1) / 72

    def add_to(self, figure: Figure) -> None:
        """Draw it at the top of a figure; nothing where there are no entries."""
        if not self.lines:
            return
        figure.legend(
            handles=_by_rows(self.lines, self.columns),
            loc="upper left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0.2,
            ncols=self.columns,
            columnspacing=1.3,
            borderpad=0,
            handletextpad=0.6,
        )


def _by_rows(lines: Sequence[Line2D], columns: int) -> list[Line2D]:
    """Reorder so that matplotlib, which fills columns, reads along the rows."""
    return [line for column in range(columns) for line in lines[column::columns]]
