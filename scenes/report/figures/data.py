"""What the figures of a report show, as plain data: who only names a figure loads no drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Metric = Literal["accuracy", "loss"]
Values = Sequence[Sequence[float]]

COUNTS_UP_TO = 24
"""Classes of a confusion matrix; the cells of more of them are too small for numbers."""
AUGMENTED_CLASSES = 8
"""Classes whose pictures show what augmentations do: more of the same would show no more."""
EXAMPLES = 8
"""Pictures that stand beside each other."""


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
