"""The figure of a study: training beside validation, a curve for every value."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from matplotlib.transforms import ScaledTranslation, blended_transform_factory
from numpy.typing import NDArray

from scenes.report.figures.curve_legend import LEGEND_ROW, Legend, legend_lines, stroke_of
from scenes.report.figures.data import Curve, Metric, Values
from scenes.report.figures.label_layout import spread
from scenes.report.figures.readings import CURVE
from scenes.report.figures.ticks import number_ticks, percent_ticks
from scenes.report.language.locale import Words
from scenes.report.style import (
    HEIGHT,
    LABEL_SIZE,
    SOFT,
    TEXT_WIDTH,
    figure_style,
    text_width,
)

Split = Literal["train", "val"]

THIN_LINES_BELOW = 5  # with fewer seeds each of them is drawn; a band alone would hide how few
LABELS_UP_TO = 6  # more curves than this leave no room for a label at each
LABEL_WIDTH = 66.0  # points: longer names stand in the legend alone
LABEL_GAP = 9.5  # points: a line of print
FLAT_ABOVE = 0.5  # losses that all stay above this share of the highest get an axis of their own
EXPLODES_AT = 6.0  # a curve that many times above the middle of the others needs a log axis


def plot_curves(
    curves: Sequence[Curve], *, metric: Metric, words: Words, chance: float | None = None
) -> Figure:
    """Plot training beside validation, on one scale, for every value of a study.

    Args:
        curves: One per value, at least one.
        metric: What the numbers are: accuracy (0 to 1) or loss (nats).
        words: Language of labels and numbers.
        chance: Accuracy of guessing, drawn as a dotted line.
    """
    with figure_style():
        labels = [curve.label for curve in curves] if labels_fit(curves) else []
        # Names at the ends of the curves make a legend idle.
        legend = Legend(() if labels else legend_lines(curves, words, chance))
        figure = Figure(figsize=(TEXT_WIDTH, HEIGHT + legend.height))
        train, val = figure.subplots(1, 2, sharey=True)
        set_scale(train, curves, metric, words)
        panels: tuple[tuple[Axes, Split], ...] = ((train, "train"), (val, "val"))
        for axes, split in panels:
            draw_split(axes, curves, split)
            set_epochs(axes, curves, words)
            axes.set_title(words(f"split.{split}"), fontstyle="italic")
            axes.grid(axis="y")
            if metric == "accuracy" and chance is not None:
                axes.axhline(chance, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        label = words(f"axis.{metric}")
        log = train.get_yscale() == "log"
        train.set_ylabel(f"{label}\n{words('axis.log')}" if log else label)
        name_epochs(train, words)
        legend.add_to(figure)
        _set_margins(figure, left=2 if log else 1, top=legend.rows, labels=labels)
        if labels:
            label_ends(val, curves)
    return figure


def draw_split(axes: Axes, curves: Sequence[Curve], split: Split) -> None:
    """Draw the mean of each value, its seeds as band and thin lines, its best epoch."""
    # What lies on the edge of the axes is seen whole; a loss of zero lies far below a log axis.
    hides = axes.get_yscale() == "log"
    for index, curve in enumerate(curves):
        values: Values = getattr(curve, split)
        seeds = _shared(values)
        drawn = stroke_of(curves, index)
        epochs = np.arange(1, seeds.shape[1] + 1)
        mean = _mean(seeds)
        if len(seeds) > 1:
            low, high = _band(seeds)
            axes.fill_between(epochs, low, high, color=drawn.colour, alpha=0.13, linewidth=0)
        if len(seeds) > 1:
            _draw_seeds(axes, values, drawn.colour)
        step = max(1, len(epochs) // 6)
        axes.plot(
            epochs,
            mean,
            color=drawn.colour,
            linestyle=drawn.line,
            marker=drawn.marker,
            gid=CURVE + curve.label,
            markevery=(min(index, step - 1), step),
            zorder=3,
            clip_on=hides,
        )
        if curve.best is not None and curve.best <= len(mean):
            axes.plot(
                [curve.best],
                [mean[curve.best - 1]],
                marker="o",
                markersize=7,
                markerfacecolor="white",
                markeredgecolor=drawn.colour,
                markeredgewidth=1.3,
                zorder=4,
                clip_on=hides,
            )
        _mark_divergence(axes, mean, drawn.colour)


def _draw_seeds(axes: Axes, values: Values, colour: str) -> None:
    """Draw few seeds as thin lines; of many, what goes on after the first of them has stopped."""
    first = 0 if len(values) < THIN_LINES_BELOW else min(map(len, values)) - 1
    for seed in values:
        if len(seed) > first + 1:
            epochs = np.arange(first + 1, len(seed) + 1)
            axes.plot(epochs, seed[first:], color=colour, linewidth=0.4, alpha=0.55)


def _mark_divergence(axes: Axes, mean: NDArray[np.float64], colour: str) -> None:
    """Mark with a cross where a curve leaves the numbers (infinite or undefined)."""
    finite = np.isfinite(mean)
    if finite.all() or not finite.any():
        return
    last = int(np.flatnonzero(finite)[-1])
    axes.plot([last + 1], [mean[last]], marker="x", markersize=8, color=colour, zorder=5)


def set_scale(axes: Axes, curves: Sequence[Curve], metric: Metric, words: Words) -> None:
    """Give both panels one vertical scale that hides no curve."""
    ends = [_extremes(curve) for curve in curves]
    tops = [high for _, high in ends]
    top = max([value for value in tops if math.isfinite(value)], default=1.0)
    if metric == "accuracy":
        axes.set_ylim(0, min(1.0, math.ceil(top * 10 + 0.3) / 10) * 1.001)
        axes.yaxis.set_major_formatter(percent_ticks(words))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        return
    if top > EXPLODES_AT * float(np.median(tops)):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    else:
        lowest = min([low for low, _ in ends if math.isfinite(low)], default=0.0)
        axes.set_ylim(*_loss_limits(lowest, top))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(number_ticks(words))


def _loss_limits(lowest: float, top: float) -> tuple[float, float]:
    """Return the ends of the axis of a loss: from zero, unless that would press the curves flat."""
    if top == 0 or lowest < FLAT_ABOVE * top:
        return 0.0, top * 1.06 or 1.0
    # What rounding alone keeps apart is one value.
    room = 0.08 * (top - lowest) if top - lowest > 1e-6 * top else 0.1 * top
    return lowest - room, top + room


def set_epochs(axes: Axes, curves: Sequence[Curve], words: Words) -> None:
    """Give an axis the epochs of the longest curve, in whole numbers."""
    last = max(_longest(curve.train) for curve in curves)
    margin = 0.02 * last if last > 1 else 0.5
    axes.set_xlim(1 - margin, last + margin)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.integer(value)))


def name_epochs(axes: Axes, words: Words) -> None:
    """Name the horizontal axis of both panels at the start of its row of ticks."""
    axes.set_xlabel(words("axis.epoch"), ha="right", va="top")
    shift = ScaledTranslation(-4 / 72, -4.5 / 72, axes.figure.dpi_scale_trans)
    axes.xaxis.set_label_coords(0, 0, transform=axes.transAxes + shift)


def _set_margins(figure: Figure, *, left: int, top: int, labels: Sequence[str]) -> None:
    """Place the panels alike in every figure of curves, with room for what stands around them.

    Args:
        figure: The figure.
        left: Lines of the axis label.
        top: Lines of the legend.
        labels: Names at the ends of the curves.
    """
    width, height = (72 * side for side in figure.get_size_inches())
    beside = max((18 + text_width(label, LABEL_SIZE) for label in labels), default=8)
    figure.subplots_adjust(
        left=(30 + 11 * left) / width,
        right=1 - beside / width,
        bottom=17 / height,
        top=1 - (16 + LEGEND_ROW * top) / height,
        wspace=0.06,
    )
    figure.axes[0].yaxis.set_label_coords(
        11 * left / width,
        0.5,
        transform=blended_transform_factory(figure.transFigure, figure.axes[0].transAxes),
    )


def labels_fit(curves: Sequence[Curve]) -> bool:
    """Return whether each curve can be named at its end."""
    return (
        len(curves) <= LABELS_UP_TO
        and all(text_width(curve.label, LABEL_SIZE) <= LABEL_WIDTH for curve in curves)
        and all(math.isfinite(_last(_mean(_shared(curve.val)))) for curve in curves)
    )


def label_ends(axes: Axes, curves: Sequence[Curve]) -> None:
    """Write the name of each value at the end of its curve."""
    ends = [_last(_mean(_shared(curve.val))) for curve in curves]
    to_axes = axes.transScale + axes.transLimits
    heights = [float(to_axes.transform((1, y))[1]) for y in ends]
    panel = axes.get_window_extent().height * 72 / axes.figure.dpi
    placed = spread(heights, LABEL_GAP / panel)
    for index, (curve, end, height) in enumerate(zip(curves, ends, placed, strict=True)):
        colour = stroke_of(curves, index).colour
        line = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 3}
        line["relpos"] = (0, 0.5)  # ends at the label's edge, not under its letters
        axes.annotate(
            curve.label,
            xy=(_shared(curve.val).shape[1], end),
            xytext=(1.05, height),
            textcoords="axes fraction",
            fontsize=LABEL_SIZE,
            va="center",
            annotation_clip=False,
            arrowprops=line,
        )


def _shared(values: Values) -> NDArray[np.float64]:
    """Return (seeds, epochs) up to the epoch at which the first seed ended.

    A mean over the seeds that are left would jump where one of them stops.
    """
    shortest = min(len(seed) for seed in values)
    return np.array([seed[:shortest] for seed in values], dtype=np.float64)


def _longest(values: Values) -> int:
    return max(len(seed) for seed in values)


def _mean(seeds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over seeds per epoch; not a number where any seed is not."""
    return np.asarray(seeds.mean(axis=0))


def _band(seeds: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest seed per epoch."""
    return np.asarray(seeds.min(axis=0)), np.asarray(seeds.max(axis=0))


def _extremes(curve: Curve) -> tuple[float, float]:
    """Return the lowest and the highest value of any seed and split."""
    every = np.concatenate([np.asarray(seed, np.float64) for seed in (*curve.train, *curve.val)])
    finite = every[np.isfinite(every)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, math.nan)


def _last(mean: NDArray[np.float64]) -> float:
    return float(mean[-1])
