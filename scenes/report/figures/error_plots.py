"""The figures of what a network gets right and wrong: plain data in, a matplotlib `Figure` out."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scenes.report.figures.data import EXAMPLES, Bin, Example, Recall
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

COUNTS_UP_TO = 24  # classes; the cells of more of them are too small for numbers
SHARES_FROM = 0.005  # a share that rounds to zero percent is not printed
LINE = 0.165  # inches: a class in the plot of recalls


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
        figure = Figure(figsize=(TEXT_WIDTH, TEXT_WIDTH * 0.9), layout="constrained")
        axes = figure.subplots()
        shade = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#9db7d5", ACCENT])
        mesh = axes.pcolormesh(shares, cmap=shade, vmin=0, vmax=1, edgecolor="white", linewidth=0.5)
        if n <= COUNTS_UP_TO:
            _print_cells(axes, matrix, shares, words)
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
            mesh, ax=axes, shrink=0.6, pad=0.02, aspect=30, format=percent_ticks(words)
        )
        bar.outline.set_visible(False)
        bar.set_label(words("axis.row_share"))
    return figure


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
    n = len(recalls)
    with figure_style():
        figure = Figure(figsize=(TEXT_WIDTH, n * LINE + 0.65), layout="constrained")
        axes = figure.subplots()
        _draw_recalls(axes, recalls)
        _draw_overall(axes, overall, words)
        axes.set_yticks(np.arange(n), [recall.name for recall in recalls])
        axes.set_ylim(n - 0.4, -0.9)
        axes.set_xlim(0, 1.001)
        axes.xaxis.set_major_formatter(percent_ticks(words))
        axes.set_xlabel(words("axis.recall"))
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
    return figure


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


def _draw_overall(axes: Axes, overall: float, words: Words) -> None:
    axes.axvline(overall, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
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
