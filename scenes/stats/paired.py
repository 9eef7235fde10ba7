"""Describes two trained networks beside each other: by picture, and how far their curves swing.

With one seed for each value this is all that can be said. It speaks of these networks only:
another seed would have given others, so nothing here decides between the values of a study.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.runs.record import METRICS, History, Record
from scenes.spec import registry
from scenes.stats.inference import half_width, losses

SWING_EPOCHS = 5
"""Over how many of the last epochs the swing of a curve is taken; fewer where a run has fewer."""

SHORT_NAMES = {"train_loss": "loss", "train_accuracy": "accuracy"}
"""Facts that go by another name than Keras' figures."""


@dataclass(frozen=True)
class PictureDifference:
    """The mean difference of two networks over the same pictures.

    Attributes:
        difference: First minus second.
        margin: Half of its 95 % interval, from the number of pictures alone; infinite where
            every picture differs by the same amount.
        n: Pictures.
    """

    difference: float
    margin: float
    n: int


def history_key(metric: str) -> str:
    """Return Keras' name of a metric.

    Raises:
        KeyError: There is no such metric.
    """
    key = SHORT_NAMES.get(metric, metric)
    if key not in METRICS:
        choices = ", ".join([*METRICS, *SHORT_NAMES])
        raise KeyError(f"there is no metric {metric!r}; the metrics are {choices}")
    return key


def metric_key(metric: str) -> str:
    """Return the name by which `value_of` knows a metric: Keras' own, or the registry's.

    Raises:
        KeyError: There is no such metric; the choices are listed.
    """
    key = SHORT_NAMES.get(metric, metric)
    if key not in METRICS:
        registry.find_metric(key)
    return key


def compare_pictures(first: Record, second: Record, metric: str) -> PictureDifference | None:
    """Compare two trained networks picture by picture.

    Args:
        first: A finished run.
        second: Another.
        metric: `val_loss` or `val_accuracy`.

    Returns:
        First minus second; None for other metrics, of which only means are recorded, and where
        the two were measured on other pictures.
    """
    is_known = metric in ("val_loss", "val_accuracy")
    if not is_known or first.predictions.pictures != second.predictions.pictures:
        return None
    return compare_paired(_per_picture(first, metric), _per_picture(second, metric))


def compare_paired(first: ArrayLike, second: ArrayLike) -> PictureDifference:
    """Return the mean of paired differences with Student's margin."""
    differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    n = len(differences)
    deviation = float(differences.std(ddof=1)) if n > 1 else 0.0
    margin = half_width(deviation, n) if deviation > 0 else math.inf
    return PictureDifference(float(differences.mean()) if n else math.nan, margin, n)


def swing(history: History, metric: str) -> float:
    """Return how far a metric moves about its own trend over the last `SWING_EPOCHS` epochs.

    The range of what is left after a straight line is taken out: a curve that still falls steadily
    does not swing. Infinite for fewer than three epochs, which always lie on a line.
    """
    values = np.asarray(history[metric][-SWING_EPOCHS:], np.float64)
    if len(values) < 3:
        return math.inf
    epochs = np.arange(len(values)) - (len(values) - 1) / 2
    slope = float(epochs @ values / (epochs @ epochs))
    return float(np.ptp(values - slope * epochs))


def _per_picture(record: Record, metric: str) -> NDArray[np.float64]:
    predictions = record.predictions
    if metric == "val_loss":
        return losses(predictions.truth_probability)
    return np.asarray(predictions.truth == predictions.predicted, np.float64)
