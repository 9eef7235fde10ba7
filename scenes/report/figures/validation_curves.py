"""The one figure of a study in a short paper: accuracy above loss, both in validation."""

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenes.report.figures.curve_legend import LEGEND_ROW, Legend, legend_lines
from scenes.report.figures.curves import (
    draw_split,
    label_ends,
    labels_fit,
    name_epochs,
    set_epochs,
    set_scale,
)
from scenes.report.figures.data import Curve, Metric
from scenes.report.language.locale import Words
from scenes.report.style import COLUMN_WIDTH, LABEL_SIZE, SOFT, figure_style, text_width

PANEL = 0.8
"""Inches: height of a panel."""
LEFT, RIGHT, BOTTOM, TOP, BETWEEN = 41.0, 8.0, 17.0, 6.0, 9.0
"""Points around the panels: axis with its name, end, epochs, top, and from one to the other."""


def plot_validation(
    accuracy: Sequence[Curve], loss: Sequence[Curve], *, words: Words, chance: float
) -> Figure:
    """Plot accuracy above loss in validation, as wide as a column, for every value of a study.

    Args:
        accuracy: One curve per value, 0 to 1, at least one.
        loss: The same values in nats.
        words: Language of labels and numbers.
        chance: Accuracy of guessing, drawn as a dotted line.
    """
    panels: tuple[tuple[Metric, Sequence[Curve]], ...] = (("accuracy", accuracy), ("loss", loss))
    labels = [curve.label for curve in loss] if all(labels_fit(it) for _, it in panels) else []
    with figure_style():
        legend = Legend(() if labels else legend_lines(loss, words, chance), COLUMN_WIDTH)
        height = 2 * PANEL + (BOTTOM + TOP + BETWEEN + LEGEND_ROW * legend.rows) / 72
        figure = Figure(figsize=(COLUMN_WIDTH, height))
        both = figure.subplots(2, 1, sharex=True)
        _set_margins(figure, legend.rows, labels)
        for axes, (metric, curves) in zip(both, panels, strict=True):
            _draw_panel(axes, curves, metric, words)
            if labels:
                label_ends(axes, curves)
        both[0].axhline(chance, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        name_epochs(both[1], words)
        figure.align_ylabels(both)
        legend.add_to(figure)
    return figure


def _draw_panel(axes: Axes, curves: Sequence[Curve], metric: Metric, words: Words) -> None:
    """Draw what validation shows of a metric, on a scale of its own."""
    set_scale(axes, [replace(curve, train=curve.val) for curve in curves], metric, words)
    draw_split(axes, curves, "val")
    set_epochs(axes, curves, words)
    axes.grid(axis="y")
    log = axes.get_yscale() == "log"
    axes.set_ylabel(words(f"axis.{metric}") + (f"\n{words('axis.log')}" if log else ""))


def _set_margins(figure: Figure, rows: int, labels: Sequence[str]) -> None:
    """Place the panels alike in every study, with room for a legend or for names at the ends."""
    width, height = (72 * side for side in figure.get_size_inches())
    beside = max((18 + text_width(label, LABEL_SIZE) for label in labels), default=RIGHT)
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - beside / width,
        bottom=BOTTOM / height,
        top=1 - (TOP + LEGEND_ROW * rows) / height,
        hspace=BETWEEN / (72 * PANEL),
    )
