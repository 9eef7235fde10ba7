"""What the figures of a report show, as plain data: who only names a figure loads no drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenes.report.style import TEXT_WIDTH

Metric = Literal["accuracy", "loss"]
Values = Sequence[Sequence[float]]

COUNTS_UP_TO = 24
"""Classes of a confusion matrix; the cells of more of them are too small for numbers."""
AUGMENTED_CLASSES = 8
"""Classes whose pictures show what augmentations do: more of the same would show no more."""
EXAMPLES = 8
"""Pictures that stand beside each other."""
COLUMNS = (5, 8, 10, 12, 16, 20, 24)
"""Pictures beside each other: five of five classes, eight of more, and so on."""
NAME_LINE = 0.14
"""Inches for the name below a picture."""
TALLEST_SAMPLES = 5.8
"""Inches for a picture of each class, which leave a third of a page to the text."""
TALLEST_STRIP = 1.6
"""Inches of a row or more of them that no page divides: what it may leave empty below."""


@dataclass(frozen=True)
class Curve:
    """The training of one value of a study.

    Args:
        label: The value as the reader knows it.
        train: Metric on the training split, per seed and epoch.
        val: The same on the validation split.
        best: Best epoch, counted from 1, which a ring marks; None for no ring.
        stroke: Index of its colour, dash and marker; by default its place in the figure.
    """

    label: str
    train: Values
    val: Values
    best: int | None = None
    stroke: int | None = None


@dataclass(frozen=True)
class Point:
    """A network in a figure of accuracy against cost.

    Attributes:
        label: What it is called.
        x: What it costs.
        y: Validation accuracy, 0 to 1: the mean over seeds.
        spread: Standard deviation over seeds; None for one seed.
        group: Index of its study, which decides colour and marker; by default its place.
    """

    label: str
    x: float
    y: float
    spread: float | None = None
    group: int | None = None


@dataclass(frozen=True)
class Recall:
    """How much of a class is recognised.

    Attributes:
        name: Of the class.
        value: Mean over the runs, 0 to 1.
        low: Lower end of its interval.
        high: Upper end.
        runs: The share in each run.
    """

    name: str
    value: float
    low: float
    high: float
    runs: tuple[float, ...]


@dataclass(frozen=True)
class Bin:
    """Predictions of like confidence.

    Attributes:
        confidence: Mean probability of the class that is named, 0 to 1.
        accuracy: Share that is right.
        low: Lower end of its interval.
        high: Upper end.
        count: How many.
    """

    confidence: float
    accuracy: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Example:
    """A picture with what is said below it; `picture` is None where it cannot be read."""

    picture: NDArray[np.uint8] | None
    lines: tuple[str, ...]


def rows_of(examples: Sequence[Example]) -> list[tuple[str, Sequence[Example]]]:
    """Break pictures without headings into rows."""
    return [
        ("", examples[index * EXAMPLES : (index + 1) * EXAMPLES])
        for index in range(math.ceil(len(examples) / EXAMPLES))
    ]


def sample_columns(count: int) -> int:
    """Return beside how many others a picture stands: more where a page would not hold them."""
    if count <= COLUMNS[0]:
        return COLUMNS[0]
    fits = (
        columns
        for columns in COLUMNS[1:]
        if math.ceil(count / columns) * _row_height(columns) <= TALLEST_SAMPLES
    )
    return next(fits, COLUMNS[-1])


def sample_strips(count: int) -> list[range]:
    """Return which of some pictures stand in one drawing: all, unless they take a third of a page.

    Many are drawn in strips of a few rows, between which a page may end.
    """
    columns = sample_columns(count)
    whole = math.ceil(count / columns) * _row_height(columns) <= 2 * TALLEST_STRIP
    rows = max(1, int(TALLEST_STRIP / _row_height(columns)))
    step = count if whole else rows * columns
    if count <= step:
        return [range(count)]
    return [range(start, min(start + step, count)) for start in range(0, count, step)]


def _row_height(columns: int) -> float:
    """Return inches of a row of square pictures with their names."""
    return TEXT_WIDTH / columns + NAME_LINE
