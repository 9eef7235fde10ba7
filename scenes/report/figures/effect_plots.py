"""The forest plot of a study's values beside its reference: plain data in, a `Figure` out."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenes.report.figures.data import Effect, EffectPanel
from scenes.report.figures.ticks import number_ticks, point_ticks
from scenes.report.language.locale import Words
from scenes.report.style import ACCENT, SOFT, TEXT_WIDTH, figure_style

LINE = 0.2  # inches: a value
TALLEST = 8.2  # inches: what a page has room for; more values stand closer, in smaller print
FRAME = 0.62  # inches: axis and its label
BAND = "#e7ecf3"
MARKS = {"apart": ("o", ACCENT), "equal": ("s", ACCENT), "open": ("o", "white")}
"""Marker and its fill for what an interval decides."""


def plot_effects(labels: Sequence[str], panels: Sequence[EffectPanel], *, words: Words) -> Figure:
    """Plot how far each value is from the reference, with its interval, a panel per metric.

    Args:
        labels: Of the values, from top to bottom.
        panels: Metrics, side by side.
        words: Language of numbers.
    """
    n = len(labels)
    with figure_style():
        line = min(LINE, TALLEST / n)
        size = (TEXT_WIDTH, n * line + FRAME)
        figure = Figure(figsize=size, layout="constrained")
        row = figure.subplots(1, len(panels), sharey=True, squeeze=False).flat
        for axes, panel in zip(row, panels, strict=True):
            _draw_panel(axes, panel)
            ticks = point_ticks(words) if panel.is_share else number_ticks(words)
            axes.xaxis.set_major_formatter(ticks)
            axes.locator_params(axis="x", nbins=5)
            axes.set_xlabel(panel.label)
        row[0].set_yticks(np.arange(n), labels, fontsize=min(8.0, 72 * line * 0.85))
        row[0].set_ylim(n - 0.4, -0.6)
    return figure


def _draw_panel(axes: Axes, panel: EffectPanel) -> None:
    if panel.margin is not None:
        axes.axvspan(-panel.margin, panel.margin, color=BAND, linewidth=0, zorder=0)
    axes.axvline(0, color=SOFT, linewidth=0.8, zorder=1)
    for place, effect in enumerate(panel.effects):
        _draw_effect(axes, place, effect)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _draw_effect(axes: Axes, place: int, effect: Effect) -> None:
    """Draw nothing for a difference that is not known, and no line for an unknown error."""
    if not math.isfinite(effect.difference):
        return
    if math.isfinite(effect.low):
        axes.hlines(place, effect.low, effect.high, color=ACCENT, linewidth=1.1, zorder=2)
    marker, fill = MARKS[effect.mark]
    axes.plot(effect.difference, place, marker=marker, markersize=4.5, linestyle="",
              markeredgecolor=ACCENT, markerfacecolor=fill, zorder=3)  # fmt: skip
