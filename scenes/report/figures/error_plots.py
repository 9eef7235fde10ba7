"""The figures of what a network gets right and wrong: plain data in, a matplotlib `Figure` out."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scenes.report.figures.data import COUNTS_UP_TO, EXAMPLES, Bin, Example, Recall
from scenes.report.figures.label_layout import short_name
from scenes.report.figures.ticks import number_ticks, percent_ticks
from scenes.report.language.locale import Words
from scenes.report.style import (
    ACCENT,
    INK,
    LABEL_SIZE,
    RULE,
    SOFT,
    TEXT_WIDTH,
    figure_style,
    text_width,
)

SHARES_FROM = 0.005  # a share that rounds to zero percent is not printed
LINE = 0.14  # inches: a class in the plot of recalls
CLASSES_A_COLUMN = 40  # classes of the plot of recalls that stand one below the other
TALLEST = 8.2  # inches: what a page has room for
BLOCK = 10  # classes of the worst block of a large confusion matrix


def plot_confusion(matrix: NDArray[np.int64], classes: Sequence[str], *, words: Words) -> Figure:
    """Plot a confusion matrix: counts and shares of the row in the cells, shares as shade.

    Args:
        matrix: Counts (classes, classes), rows true, columns predicted.
        classes: Their names.
        words: Language of labels and numbers.
    """
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    n = len(classes)
    with figure_style():
        if n <= COUNTS_UP_TO:
            figure = Figure(figsize=(TEXT_WIDTH, TEXT_WIDTH * 0.6), layout="constrained")
            axes = figure.subplots()
            mesh = _draw_matrix(axes, matrix, shares, classes, words)
        else:
            figure = Figure(figsize=(TEXT_WIDTH, TEXT_WIDTH * 1.25), layout="constrained")
            axes, block = figure.subplots(2, 1, height_ratios=(1.15, 1))
            mesh = _draw_overview(axes, shares, words)
            worst = worst_block(matrix)
            part = np.ix_(worst, worst)
            names = [short_name(classes[index]) for index in worst]
            _draw_matrix(block, matrix[part], shares[part], names, words)
        bar = figure.colorbar(
            mesh, ax=axes, shrink=0.6, pad=0.02, aspect=30, format=percent_ticks(words)
        )
        bar.outline.set_visible(False)
        bar.set_label(words("axis.row_share"))
    return figure


def worst_block(matrix: NDArray[np.int64]) -> list[int]:
    """Return the classes of the most frequent confusions, in their order: `BLOCK` at most."""
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    chosen: list[int] = []
    for flat in np.argsort(-wrong, axis=None, kind="stable"):
        pair = [int(index) for index in np.unravel_index(flat, wrong.shape)]
        new = [index for index in dict.fromkeys(pair) if index not in chosen]
        if not wrong[pair[0], pair[1]] or len(chosen) + len(new) > BLOCK:
            break
        chosen += new
    return sorted(chosen) or list(range(min(BLOCK, len(matrix))))


def _draw_matrix(
    axes: Axes,
    matrix: NDArray[np.int64],
    shares: NDArray[np.float64],
    classes: Sequence[str],
    words: Words,
) -> QuadMesh:
    """Draw a matrix with a number in every cell and a name at every row and column."""
    n = len(classes)
    mesh = axes.pcolormesh(shares, cmap=_shade(), vmin=0, vmax=1, edgecolor="white", linewidth=0.5)
    _print_cells(axes, matrix, shares, words)
    axes.set_xticks(np.arange(n) + 0.5, classes, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(np.arange(n) + 0.5, classes)
    _frame_matrix(axes, words)
    return mesh


def _draw_overview(axes: Axes, shares: NDArray[np.float64], words: Words) -> QuadMesh:
    """Draw a large matrix as shades, with the numbers of some of its classes."""
    n = len(shares)
    mesh = axes.pcolormesh(shares, cmap=_shade(), vmin=0, vmax=1, rasterized=True)
    step = 5 if n <= 60 else 10 if n <= 120 else 10 * math.ceil(n / 120)
    places = [0, *range(step - 1, n, step)]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([place + 0.5 for place in places], [words.integer(i + 1) for i in places])
    _frame_matrix(axes, words)
    return mesh


def _shade() -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("ink", ["#ffffff", "#9db7d5", ACCENT])


def _frame_matrix(axes: Axes, words: Words) -> None:
    axes.tick_params(length=0)
    axes.invert_yaxis()
    axes.set_aspect("equal")
    axes.spines[:].set_visible(False)
    axes.set(xlabel=words("axis.predicted"), ylabel=words("axis.true"))


def _print_cells(
    axes: Axes, matrix: NDArray[np.int64], shares: NDArray[np.float64], words: Words
) -> None:
    """Print each count that is not zero, and below it its percent of the row."""
    for (row, column), count in np.ndenumerate(matrix):
        share = float(shares[row, column])
        if not count:
            continue
        colour = "white" if share > 0.55 else INK
        has_share = share >= SHARES_FROM
        above = row + (0.36 if has_share else 0.53)
        axes.text(column + 0.5, above, words.integer(int(count)), color=colour, fontsize=6.5,
                  ha="center", va="center")  # fmt: skip
        if has_share:
            axes.text(column + 0.5, row + 0.74, words.percent(share, 0), color=colour, fontsize=5,
                      ha="center", va="center")  # fmt: skip


def plot_recalls(recalls: Sequence[Recall], *, overall: float, words: Words) -> Figure:
    """Plot how much of each class is recognised, with its interval and a dot per run.

    Args:
        recalls: One per class, in the order from top to bottom.
        overall: Accuracy over all pictures, 0 to 1, drawn as a dotted line.
        words: Language of labels and numbers.
    """
    columns = math.ceil(len(recalls) / CLASSES_A_COLUMN)
    n = math.ceil(len(recalls) / columns)
    line = min(LINE, TALLEST / n)
    with figure_style():
        figure = Figure(figsize=(TEXT_WIDTH, n * line + 0.65), layout="constrained")
        for column, axes in enumerate(figure.subplots(1, columns, squeeze=False).flat):
            part = recalls[column * n : (column + 1) * n]
            _draw_recalls(axes, part)
            _draw_overall(axes, overall, words, is_named=column == 0)
            names = [short_name(recall.name) for recall in part]
            axes.set_yticks(np.arange(len(part)), names, fontsize=min(8.0, 72 * line * 0.85))
            _frame_recalls(axes, n, words, is_narrow=columns > 1)
        figure.supxlabel(words("axis.recall"), fontsize=8.5)
    return figure


def _frame_recalls(axes: Axes, n: int, words: Words, *, is_narrow: bool) -> None:
    axes.set_ylim(n - 0.4, -0.9)
    axes.set_xlim(0, 1.001)
    axes.xaxis.set_major_formatter(percent_ticks(words))
    if is_narrow:
        axes.set_xticks([0, 0.5, 1])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _draw_recalls(axes: Axes, recalls: Sequence[Recall]) -> None:
    """Draw a line for the interval of each class, a stroke for each run, a dot for the mean."""
    places = np.arange(len(recalls))
    lows, highs = [recall.low for recall in recalls], [recall.high for recall in recalls]
    axes.hlines(places, lows, highs, color=SOFT, linewidth=0.9)
    if any(len(recall.runs) > 1 for recall in recalls):
        for place, recall in zip(places, recalls, strict=True):
            axes.plot(recall.runs, [place] * len(recall.runs), linestyle="", marker="|",
                      markersize=5, color=SOFT, markeredgewidth=0.7)  # fmt: skip
    means = np.array([recall.value for recall in recalls])
    axes.plot(means, places, linestyle="", marker="o", markersize=4.5, color=ACCENT, zorder=3)


def _draw_overall(axes: Axes, overall: float, words: Words, *, is_named: bool) -> None:
    axes.axvline(overall, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
    if not is_named:
        return
    axes.annotate(
        words("label.overall", accuracy=words.percent(overall)),
        (overall, -0.75),
        xytext=(4, 0),
        textcoords="offset points",
        fontsize=LABEL_SIZE,
        color=SOFT,
        va="bottom",
    )


def plot_examples(rows: Sequence[tuple[str, Sequence[Example]]]) -> Figure:
    """Plot pictures side by side, rows with a heading; where one is missing its place is empty.

    Args:
        rows: Heading ("" for none) and pictures of each row.
    """
    headings = [line for heading, _ in rows for line in heading.split("\n")]
    lines = max((len(example.lines) for _, row in rows for example in row), default=0)
    margin = max(text_width(line, LABEL_SIZE) for line in headings) / 72
    margin += 0.12 if margin else 0.0
    side = (TEXT_WIDTH - margin) / EXAMPLES
    height = side + lines * 0.125
    with figure_style():
        figure = Figure(figsize=(TEXT_WIDTH, len(rows) * height))
        for row, (heading, examples) in enumerate(rows):
            top = 1 - row / len(rows)
            figure.text(0, top - side / 2 / (height * len(rows)), heading, va="center",
                        fontsize=LABEL_SIZE, linespacing=1.3)  # fmt: skip
            for column, example in enumerate(examples):
                place = (
                    (margin + column * side) / TEXT_WIDTH,
                    top - side * 0.97 / (height * len(rows)),
                    side * 0.95 / TEXT_WIDTH,
                    side * 0.94 / (height * len(rows)),
                )
                _draw_example(figure.add_axes(place), example)
    return figure


def _draw_example(axes: Axes, example: Example) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(example.picture is None)
    if example.picture is None:
        axes.spines[:].set_color(RULE)
    else:
        axes.imshow(_square(example.picture), interpolation="nearest")
    axes.set_xlabel(
        "\n".join(example.lines), fontsize=LABEL_SIZE - 1.5, labelpad=2, linespacing=1.15
    )


def _square(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle of a picture, as high as wide."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return picture[top : top + side, left : left + side]


def plot_reliability(bins: Sequence[Bin], *, words: Words) -> Figure:
    """Plot accuracy against confidence, and below it how many predictions have which confidence.

    Args:
        bins: Those with predictions, in ascending order of confidence.
        words: Language of labels and numbers.
    """
    places = [one.confidence for one in bins]
    with figure_style():
        figure = Figure(figsize=(TEXT_WIDTH * 0.62, TEXT_WIDTH * 0.66), layout="constrained")
        above, below = figure.subplots(2, height_ratios=(3, 1), sharex=True)
        above.plot([0, 1], [0, 1], color=SOFT, linewidth=0.9, linestyle=":")
        above.vlines(
            places, [one.low for one in bins], [one.high for one in bins], color=SOFT, linewidth=0.9
        )
        above.plot(places, [one.accuracy for one in bins], "o-", color=ACCENT, markersize=4)
        above.set(xlim=(0, 1), ylim=(0, 1), ylabel=words("axis.accuracy"))
        below.bar(places, [one.count for one in bins], width=0.06, color=ACCENT)
        below.set(xlabel=words("axis.confidence"), ylabel=words("axis.predictions"))
        for axis in (above.xaxis, above.yaxis, below.xaxis):
            axis.set_major_formatter(percent_ticks(words))
        below.yaxis.set_major_formatter(number_ticks(words))
        above.grid(axis="y")
    return figure
