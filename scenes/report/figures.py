"""The figures of a report: plain data in, a matplotlib `Figure` out, and its SVG.

Nothing here knows records or studies, and nothing touches a file or a screen. Every figure is as
wide as the text of the page, so that its letters have the size of the page's small print.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from matplotlib.transforms import blended_transform_factory
from numpy.typing import NDArray

from scenes.report.labels import AWAY, choose_sides, columns_that_fit, spread
from scenes.report.locale import Words
from scenes.report.style import (
    ACCENT,
    INK,
    SOFT,
    TEXT_WIDTH,
    Stroke,
    figure_style,
    stroke,
    text_width,
)

Metric = Literal["accuracy", "loss"]
Split = Literal["train", "val"]
Values = Sequence[Sequence[float]]

THIN_LINES_BELOW = 5  # with fewer seeds each of them is drawn; a band alone would hide how few
LABELS_UP_TO = 6  # more curves than this leave no room for a label at each
LABEL_SIZE = 8.0
LABEL_WIDTH = 96.0  # points: longer names stand in the legend alone
LEGEND_LINE = 40.0  # points of line and gaps in a legend's entry
LABEL_GAP = 0.085  # of the axis: a line of print
HEIGHT = 2.55  # inches: two figures, the question and the settings share a page
EXPLODES_AT = 6.0  # a curve that many times above the middle of the others needs a log axis


@dataclass(frozen=True)
class Curve:
    """The training of one value of a study.

    Args:
        label: The value as the reader knows it.
        train: Metric on the training split, per seed and epoch.
        val: The same on the validation split.
        best: Best epoch, counted from 1; by default the best of the mean over seeds of `val`.
        stroke: Index of its colour, dash and marker; by default its place in the figure.
    """

    label: str
    train: Values
    val: Values
    best: int | None = None
    stroke: int | None = None


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
        figure = Figure(figsize=(TEXT_WIDTH, HEIGHT))
        train, val = figure.subplots(1, 2, sharey=True)
        _set_scale(train, curves, metric, words)
        panels: tuple[tuple[Axes, Split], ...] = ((train, "train"), (val, "val"))
        for axes, split in panels:
            _draw_split(axes, curves, split, metric)
            _set_epochs(axes, curves, words)
            axes.set_title(words(f"split.{split}"), fontstyle="italic")
            axes.grid(axis="y")
            if metric == "accuracy" and chance is not None:
                axes.axhline(chance, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        label = words(f"axis.{metric}")
        log = train.get_yscale() == "log"
        train.set_ylabel(f"{label}\n{words('axis.log')}" if log else label)
        rows = _add_legend(figure, curves, words, chance if metric == "accuracy" else None)
        labels = [curve.label for curve in curves] if _labels_fit(curves) else []
        _set_margins(figure, left=2 if log else 1, top=rows, labels=labels)
        if labels:
            _label_ends(val, curves)
    return figure


def plot_samples(pictures: Sequence[tuple[str, NDArray[np.uint8]]]) -> Figure:
    """Plot one picture per class in a grid, each with its name.

    Args:
        pictures: Name and uint8 picture (height, width, 3) of each class.
    """
    columns = min(5, max(1, len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    with figure_style():
        size = (TEXT_WIDTH, rows * (TEXT_WIDTH / columns + 0.14))
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False).flat
        for axes in grid[len(pictures) :]:
            axes.set_axis_off()
        for axes, (name, picture) in zip(grid, pictures, strict=False):
            _draw_picture(axes, picture)
            axes.set_xlabel(name, labelpad=2)
    return figure


def plot_augmentations(
    names: Sequence[str], rows: Sequence[tuple[str, Sequence[NDArray[np.uint8]]]]
) -> Figure:
    """Plot what each augmentation does: a row per class, a column per augmentation.

    Args:
        names: Name of each column.
        rows: Class and its uint8 pictures (height, width, 3), one per column.
    """
    width = TEXT_WIDTH / len(names)
    with figure_style():
        figure = Figure(figsize=(TEXT_WIDTH, len(rows) * width + 0.2), layout="constrained")
        grid = figure.subplots(len(rows), len(names), squeeze=False)
        for cells, (label, pictures) in zip(grid, rows, strict=True):
            for axes, picture in zip(cells, pictures, strict=True):
                _draw_picture(axes, picture)
            cells[0].set_ylabel(label)
        for axes, name in zip(grid[0], names, strict=True):
            axes.set_title(name, loc="center")
    return figure


def plot_confusion(matrix: NDArray[np.int64], classes: Sequence[str], *, words: Words) -> Figure:
    """Plot a confusion matrix: counts in the cells, shares of each row as shade.

    Args:
        matrix: Counts (classes, classes), rows true, columns predicted.
        classes: Their names.
        words: Language of labels and numbers.
    """
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    n = len(classes)
    with figure_style():
        figure = Figure(figsize=(TEXT_WIDTH, TEXT_WIDTH * 0.9), layout="constrained")
        axes = figure.subplots()
        shade = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#9db7d5", ACCENT])
        mesh = axes.pcolormesh(shares, cmap=shade, vmin=0, vmax=1, edgecolor="white", linewidth=0.5)
        for (row, column), count in np.ndenumerate(matrix):
            if count:
                colour = "white" if shares[row, column] > 0.55 else INK
                place = (column + 0.5, row + 0.53)
                axes.text(*place, words.integer(int(count)), color=colour, fontsize=6.5,
                          ha="center", va="center")  # fmt: skip
        axes.set_xticks(
            np.arange(n) + 0.5, classes, rotation=45, ha="right", rotation_mode="anchor"
        )
        axes.set_yticks(np.arange(n) + 0.5, classes)
        axes.tick_params(length=0)
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.spines[:].set_visible(False)
        axes.set(xlabel=words("axis.predicted"), ylabel=words("axis.true"))
        bar = figure.colorbar(
            mesh, ax=axes, shrink=0.6, pad=0.02, aspect=30, format=_percents(words)
        )
        bar.outline.set_visible(False)
        bar.set_label(words("axis.row_share"))
    return figure


def plot_scatter(
    points: Sequence[tuple[str, float, float]],
    *,
    x_label: str,
    words: Words,
    x_scale: Literal["linear", "log"] = "log",
) -> Figure:
    """Plot accuracy against what it costs (parameters, seconds), each point labelled.

    Args:
        points: Label, cost and validation accuracy (0 to 1) of each value.
        x_label: What the cost is, with its unit.
        words: Language of numbers.
        x_scale: Scale of the cost.
    """
    with figure_style():
        figure = Figure(figsize=(TEXT_WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        for index, (_, x, y) in enumerate(points):
            drawn = stroke(index)
            axes.plot([x], [y], marker=drawn.marker, color=drawn.colour, markersize=6, linestyle="")
        axes.set_xscale(x_scale)
        axes.minorticks_off()
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _plain(value, words)))
        axes.yaxis.set_major_formatter(_percents(words))
        axes.margins(x=0.15, y=0.2)
        axes.set(xlabel=x_label, ylabel=words("axis.val_accuracy"))
        axes.grid()
        _label_points(axes, points)
    return figure


def figure_svg(figure: Figure, *, title: str) -> bytes:
    """Return a figure as SVG with real text: the same bytes each time, no date inside."""
    out = io.BytesIO()
    with figure_style():
        FigureCanvasSVG(figure)
        figure.savefig(out, format="svg", dpi=200, metadata={"Title": title, "Date": None})
    # Smoothed pictures are not allowed in a PDF/A.
    return out.getvalue().replace(b"<image ", b'<image image-rendering="pixelated" ')


def _draw_split(axes: Axes, curves: Sequence[Curve], split: Split, metric: Metric) -> None:
    """Draw the mean of each value, its seeds as band and thin lines, its best epoch."""
    for index, curve in enumerate(curves):
        seeds = _matrix(getattr(curve, split))
        drawn = _stroke_of(curve, index)
        epochs = np.arange(1, seeds.shape[1] + 1)
        mean = _mean(seeds)
        if len(seeds) > 1:
            low, high = _band(seeds)
            axes.fill_between(epochs, low, high, color=drawn.colour, alpha=0.13, linewidth=0)
        if 1 < len(seeds) < THIN_LINES_BELOW:
            axes.plot(epochs, seeds.T, color=drawn.colour, linewidth=0.4, alpha=0.55)
        step = max(1, len(epochs) // 6)
        axes.plot(
            epochs,
            mean,
            color=drawn.colour,
            linestyle=drawn.line,
            marker=drawn.marker,
            markevery=(min(index, step - 1), step),
            zorder=3,
        )
        best = _best_epoch(curve, metric)
        if best is not None and best <= len(mean):
            axes.plot(
                [best],
                [mean[best - 1]],
                marker="o",
                markersize=7,
                markerfacecolor="white",
                markeredgecolor=drawn.colour,
                markeredgewidth=1.3,
                zorder=4,
            )
        _mark_divergence(axes, mean, drawn.colour)


def _mark_divergence(axes: Axes, mean: NDArray[np.float64], colour: str) -> None:
    """Mark with a cross where a curve leaves the numbers (infinite or undefined)."""
    finite = np.isfinite(mean)
    if finite.all() or not finite.any():
        return
    last = int(np.flatnonzero(finite)[-1])
    axes.plot([last + 1], [mean[last]], marker="x", markersize=8, color=colour, zorder=5)


def _set_scale(axes: Axes, curves: Sequence[Curve], metric: Metric, words: Words) -> None:
    """Give both panels one vertical scale that hides no curve."""
    tops = [_largest(curve) for curve in curves]
    top = max([value for value in tops if math.isfinite(value)], default=1.0)
    if metric == "accuracy":
        axes.set_ylim(0, min(1.0, math.ceil(top * 10 + 0.3) / 10) * 1.001)
        axes.yaxis.set_major_formatter(_percents(words))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        return
    if top > EXPLODES_AT * float(np.median(tops)):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    else:
        axes.set_ylim(0, top * 1.06 or 1.0)
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _plain(value, words)))


def _set_epochs(axes: Axes, curves: Sequence[Curve], words: Words) -> None:
    last = max(_matrix(curve.train).shape[1] for curve in curves)
    margin = 0.02 * last if last > 1 else 0.5
    axes.set_xlim(1 - margin, last + margin)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.integer(value)))
    axes.set_xlabel(words("axis.epoch"))


def _set_margins(figure: Figure, *, left: int, top: int, labels: Sequence[str]) -> None:
    """Place the panels alike in every figure of curves, with room for what stands around them.

    Args:
        figure: The figure.
        left: Lines of the axis label.
        top: Lines of the legend.
        labels: Names at the ends of the curves.
    """
    width, height = TEXT_WIDTH * 72, HEIGHT * 72
    beside = max((18 + text_width(label, LABEL_SIZE) for label in labels), default=8)
    figure.subplots_adjust(
        left=(30 + 11 * left) / width,
        right=1 - beside / width,
        bottom=34 / height,
        top=1 - (20 + 13 * top) / height,
        wspace=0.06,
    )
    figure.axes[0].yaxis.set_label_coords(
        11 * left / width,
        0.5,
        transform=blended_transform_factory(figure.transFigure, figure.axes[0].transAxes),
    )


def _labels_fit(curves: Sequence[Curve]) -> bool:
    """Tell whether each curve can be named at its end."""
    return (
        len(curves) <= LABELS_UP_TO
        and all(text_width(curve.label, LABEL_SIZE) <= LABEL_WIDTH for curve in curves)
        and all(math.isfinite(_last(_mean(_matrix(curve.val)))) for curve in curves)
    )


def _label_ends(axes: Axes, curves: Sequence[Curve]) -> None:
    """Write the name of each value at the end of its curve."""
    ends = [_last(_mean(_matrix(curve.val))) for curve in curves]
    to_axes = axes.transScale + axes.transLimits
    heights = [float(to_axes.transform((1, y))[1]) for y in ends]
    placed = spread(heights, LABEL_GAP)
    for index, (curve, end, height) in enumerate(zip(curves, ends, placed, strict=True)):
        colour = _stroke_of(curve, index).colour
        line = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 3}
        axes.annotate(
            curve.label,
            xy=(_matrix(curve.val).shape[1], end),
            xytext=(1.05, height),
            textcoords="axes fraction",
            fontsize=LABEL_SIZE,
            va="center",
            annotation_clip=False,
            arrowprops=line,
        )


def _label_points(axes: Axes, points: Sequence[tuple[str, float, float]]) -> None:
    """Write each label beside its point, where it covers nothing else."""
    scale = np.array([TEXT_WIDTH * 72 * 0.88, HEIGHT * 72 * 0.8])  # points, about
    to_axes = axes.transScale + axes.transLimits
    places = [tuple(to_axes.transform((x, y)) * scale) for _, x, y in points]
    sides = choose_sides([text_width(label, LABEL_SIZE) for label, *_ in points], places)
    for (label, x, y), (right, up) in zip(points, sides, strict=True):
        axes.annotate(
            label,
            (x, y),
            xytext=(AWAY[0] * right, AWAY[1] * up),
            textcoords="offset points",
            fontsize=LABEL_SIZE,
            ha={1: "left", 0: "center", -1: "right"}[right],
            va={1: "bottom", 0: "center", -1: "top"}[up],
        )


def _add_legend(figure: Figure, curves: Sequence[Curve], words: Words, chance: float | None) -> int:
    """Name every stroke above the panels and return how many lines that takes."""
    handles = [_legend_line(curve, index) for index, curve in enumerate(curves)]
    ring = Line2D([], [], linestyle="", marker="o", markersize=7, markerfacecolor="white",
                  markeredgecolor=SOFT, markeredgewidth=1.3)  # fmt: skip
    ring.set_label(words("legend.best_epoch"))
    handles.append(ring)
    if not all(np.isfinite(_matrix(curve.val)).all() for curve in curves):
        cross = Line2D([], [], linestyle="", marker="x", markersize=8, color=SOFT)
        cross.set_label(words("legend.diverges"))
        handles.append(cross)
    if chance is not None:
        dots = Line2D([], [], color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)))
        dots.set_label(words("legend.chance"))
        handles.append(dots)
    widths = [LEGEND_LINE + text_width(str(handle.get_label()), 8.5) for handle in handles]
    columns = columns_that_fit(widths, room=TEXT_WIDTH * 72)
    figure.legend(
        handles=_by_rows(handles, columns),
        loc="upper left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.2,
        ncols=columns,
        columnspacing=1.3,
        borderpad=0,
        handletextpad=0.6,
    )
    return math.ceil(len(handles) / columns)


def _legend_line(curve: Curve, index: int) -> Line2D:
    drawn = _stroke_of(curve, index)
    return Line2D(
        [],
        [],
        color=drawn.colour,
        linestyle=drawn.line,
        marker=drawn.marker,
        label=curve.label,
    )


def _by_rows(handles: Sequence[Line2D], columns: int) -> list[Line2D]:
    """Reorder so that matplotlib, which fills columns, reads along the rows."""
    return [handle for column in range(columns) for handle in handles[column::columns]]


def _draw_picture(axes: Axes, picture: NDArray[np.uint8]) -> None:
    axes.imshow(picture, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _stroke_of(curve: Curve, index: int) -> Stroke:
    return stroke(index if curve.stroke is None else curve.stroke)


def _matrix(values: Values) -> NDArray[np.float64]:
    """Return (seeds, epochs); seeds that ended early are filled up with NaN."""
    longest = max(len(seed) for seed in values)
    rows = [[*seed, *[math.nan] * (longest - len(seed))] for seed in values]
    return np.array(rows, dtype=np.float64)


def _mean(seeds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over seeds per epoch; not a number where any seed is not."""
    return np.asarray(seeds.mean(axis=0))


def _band(seeds: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest seed per epoch."""
    return np.asarray(seeds.min(axis=0)), np.asarray(seeds.max(axis=0))


def _best_epoch(curve: Curve, metric: Metric) -> int | None:
    if curve.best is not None:
        return curve.best
    mean = _mean(_matrix(curve.val))
    if not np.isfinite(mean).any():
        return None
    return 1 + int(np.nanargmax(mean) if metric == "accuracy" else np.nanargmin(mean))


def _largest(curve: Curve) -> float:
    both = np.concatenate([_matrix(curve.train).ravel(), _matrix(curve.val).ravel()])
    finite = both[np.isfinite(both)]
    return float(finite.max()) if len(finite) else math.nan


def _last(mean: NDArray[np.float64]) -> float:
    return float(mean[-1])


def _percents(words: Words) -> FuncFormatter:
    return FuncFormatter(lambda value, _: words.percent(value, 0))


def _plain(value: float, words: Words) -> str:
    """Return a tick with as many decimals as it has, at most three."""
    digits = next((d for d in range(3) if math.isclose(value, round(value, d), abs_tol=1e-9)), 3)
    return words.decimal(value, digits)
