"""The figures of a report: plain data in, a matplotlib `Figure` out, and its SVG.

Nothing here knows records or studies, and nothing touches a file or a screen. Every figure is as
wide as the text of the page, so that its letters have the size of the page's small print.
"""

import io
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from scenes.report.figures.curve_legend import LEGEND_ROW
from scenes.report.figures.curves import plot_curves
from scenes.report.figures.data import AUGMENTED_CLASSES, NAME_LINE, Point, sample_columns
from scenes.report.figures.error_plots import (
    plot_confusion,
    plot_examples,
    plot_recalls,
    plot_reliability,
)
from scenes.report.figures.jpeg import shrink_photographs
from scenes.report.figures.label_layout import (
    AWAY,
    columns_that_fit,
    free_sides,
    halved,
    short_names,
)
from scenes.report.figures.readings import with_readings
from scenes.report.figures.svg import simplify_svg
from scenes.report.figures.ticks import number_ticks, percent_ticks
from scenes.report.figures.validation_curves import plot_validation
from scenes.report.language.locale import Words
from scenes.report.style import (
    HEIGHT,
    LABEL_SIZE,
    TEXT_WIDTH,
    Stroke,
    figure_style,
    many_strokes,
    text_width,
)

__all__ = [
    "figure_svg",
    "plot_augmentations",
    "plot_confusion",
    "plot_curves",
    "plot_examples",
    "plot_recalls",
    "plot_reliability",
    "plot_samples",
    "plot_scatter",
    "plot_validation",
]

AUGMENTED_SIDE = 0.44
"""Inches from one picture to the next: the figure of five rows takes a quarter of a page."""
AUGMENTATION_MARGIN = 1.3
"""Inches for the names of the augmentations."""
GUTTER = 5
"""Pixels between two pictures."""


def plot_samples(
    pictures: Sequence[tuple[str, NDArray[np.uint8]]], *, columns: int | None = None
) -> Figure:
    """Plot one picture per class in a grid, each with its name.

    Args:
        pictures: Name and uint8 picture (height, width, 3) of each class.
        columns: Beside each other; None for as many as suit these pictures.
    """
    columns = sample_columns(len(pictures)) if columns is None else columns
    rows = math.ceil(len(pictures) / columns)
    with figure_style():
        size = (TEXT_WIDTH, rows * (TEXT_WIDTH / columns + NAME_LINE))
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False).flat
        for axes in grid[len(pictures) :]:
            axes.set_axis_off()
        names = short_names([name for name, _ in pictures])
        for axes, name, (_, picture) in zip(grid, names, pictures, strict=False):
            _draw_picture(axes, picture)
            axes.set_xlabel(name, labelpad=2, fontsize=min(8.5, 76 / columns))
    return figure


def plot_augmentations(
    classes: Sequence[str], rows: Sequence[tuple[str, Sequence[NDArray[np.uint8]]]]
) -> Figure:
    """Plot what each augmentation does: a column per class, a row per augmentation.

    Args:
        classes: Name of each column; those after the first `AUGMENTED_CLASSES` are left out.
        rows: Augmentation and its uint8 pictures (height, width, 3), one per class.
    """
    names = classes[:AUGMENTED_CLASSES]
    with figure_style():
        width = AUGMENTATION_MARGIN + len(names) * AUGMENTED_SIDE
        size = (width, len(rows) * AUGMENTED_SIDE + 0.25)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        mosaic = [pictures[: len(names)] for _, pictures in rows]
        _draw_mosaic(axes, mosaic, len(names))
        step = mosaic[0][0].shape[0] + GUTTER
        middle = step / 2
        axes.set_xticks([middle + step * i for i in range(len(names))], names)
        axes.set_yticks([middle + step * i for i in range(len(rows))], [n for n, _ in rows])
        axes.tick_params(top=False, labeltop=True, bottom=False, labelbottom=False, left=False)
        axes.tick_params(axis="x", labelsize=LABEL_SIZE - 2)
    return figure


def _draw_mosaic(axes: Axes, rows: Sequence[Sequence[NDArray[np.uint8]]], columns: int) -> None:
    """Draw pictures of one size as a single one, with white between them: quicker than many."""
    side = rows[0][0].shape[0]
    step = side + GUTTER
    canvas = np.full((len(rows) * step, columns * step, 3), 255, np.uint8)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            canvas[row * step : row * step + side, column * step : column * step + side] = picture
    axes.imshow(canvas, interpolation="nearest")
    axes.spines[:].set_visible(False)


def plot_scatter(
    points: Sequence[Point],
    *,
    x_label: str,
    words: Words,
    groups: Mapping[int, str] = MappingProxyType({}),
) -> Figure:
    """Plot accuracy against what it costs (parameters, seconds).

    A point is labelled where its label covers no other; where points belong to several groups, a
    legend names those.

    Args:
        points: One per network.
        x_label: What the cost is, with its unit.
        words: Language of numbers.
        groups: Names of the groups, by their index.
    """
    with figure_style():
        rows = math.ceil(len(groups) / _group_columns(groups)) if groups else 0
        height = HEIGHT * 1.36 + max(0, rows - 2) * LEGEND_ROW / 72
        figure = Figure(figsize=(TEXT_WIDTH, height), layout="constrained")
        axes = figure.subplots()
        places = [at if point.group is None else point.group for at, point in enumerate(points)]
        strokes = many_strokes(max(places) + 1)
        for place, point in zip(places, points, strict=True):
            drawn = strokes[place]
            axes.errorbar([point.x], [point.y], yerr=point.spread, marker=drawn.marker,
                          color=drawn.colour, markersize=5.5, linestyle="",
                          elinewidth=0.8)  # fmt: skip
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.xaxis.set_major_formatter(number_ticks(words))
        axes.yaxis.set_major_formatter(percent_ticks(words))
        axes.margins(x=0.12, y=0.15)
        axes.set(xlabel=x_label, ylabel=halved(words("axis.val_accuracy")))
        axes.grid()
        if groups:
            _name_groups(figure, groups, strokes)
        _label_points(figure, axes, points)
    return figure


def _name_groups(figure: Figure, groups: Mapping[int, str], strokes: Sequence[Stroke]) -> None:
    """Name the groups of points above the axes."""
    handles = [
        Line2D([], [], linestyle="", marker=strokes[index].marker, markersize=5.5,
               color=strokes[index].colour, label=name)
        for index, name in groups.items()
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper left", ncols=_group_columns(groups),
                  handlelength=1, columnspacing=1.3, borderaxespad=0.2)  # fmt: skip


def _group_columns(groups: Mapping[int, str]) -> int:
    widths = [30 + text_width(name, 8.5) for name in groups.values()]
    return columns_that_fit(widths, room=TEXT_WIDTH * 72)


def figure_svg(figure: Figure, *, title: str) -> bytes:
    """Return a figure as SVG with real text: the same bytes each time, no date inside."""
    out = io.BytesIO()
    with figure_style():
        FigureCanvasSVG(figure)
        figure.savefig(out, format="svg", dpi=200, metadata={"Title": title, "Date": None})
    # Smoothed pictures are not allowed in a PDF/A.
    pixelated = out.getvalue().replace(b"<image ", b'<image image-rendering="pixelated" ')
    return shrink_photographs(with_readings(simplify_svg(pixelated), figure))


def _label_points(figure: Figure, axes: Axes, points: Sequence[Point]) -> None:
    """Write each label beside its point, where it covers nothing else."""
    figure.draw_without_rendering()  # decides where the axes are
    scale = 72 / figure.dpi  # typographic points of a pixel

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = scale * (axes.transData.transform((x, y)) - axes.bbox.p0)
        return float(across), float(up)

    places = [place(point.x, point.y) for point in points]
    tops = [place(point.x, point.y + (point.spread or 0.0))[1] for point in points]
    bars = [(x - 1, 2 * y - top, x + 1, top) for (x, y), top in zip(places, tops, strict=True)]
    widths = [text_width(point.label, LABEL_SIZE) for point in points]
    room = (scale * axes.bbox.width, scale * axes.bbox.height)
    sides = free_sides(widths, places, room=room, taken=bars)
    for point, side in zip(points, sides, strict=True):
        if side is None:
            continue
        right, up = side
        axes.annotate(
            point.label,
            (point.x, point.y),
            xytext=(AWAY[0] * right, AWAY[1] * up),
            textcoords="offset points",
            fontsize=LABEL_SIZE,
            ha={1: "left", 0: "center", -1: "right"}[right],
            va={1: "bottom", 0: "center", -1: "top"}[up],
        )


def _draw_picture(axes: Axes, picture: NDArray[np.uint8]) -> None:
    axes.imshow(picture, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
