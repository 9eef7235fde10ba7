"""Compares two trials: their records in, the paired difference of a metric with its error out.

Pairs are seeds where both sides share several. With one seed they are validation pictures; then
the difference must also be larger than either curve swings over its last epochs, because another
epoch, like another seed, would have given another network.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenes.runs.record import METRICS, History, Record
from scenes.stats.inference import Comparison, compare_pairs, losses

SWING_EPOCHS = 5
"""Over how many of the last epochs the swing of a curve is taken; fewer where a run has fewer."""

SHORT_NAMES = {"train_loss": "loss", "train_accuracy": "accuracy"}
"""Facts that go by another name than Keras' figures."""


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


def compare_records(first: Sequence[Record], second: Sequence[Record], metric: str) -> Comparison:
    """Compare a metric at the last epoch, first minus second.

    Args:
        first: Finished runs of a trial, one per seed.
        second: Of the other.
        metric: One of a history's keys.

    Returns:
        A paired t-test (Student 1908): over the shared seeds where there are several; over the
        validation pictures of the one shared seed, with the curves' swing; else no test (p is 1).
    """
    pairs = shared_seeds(first, second)
    if len(pairs) > 1:
        sides = ([record.final(metric) for record in side] for side in zip(*pairs, strict=True))
        return compare_pairs(next(sides), next(sides), basis="seeds")
    if not pairs or metric not in ("val_loss", "val_accuracy"):
        # Of training figures only the mean is recorded, and one run has no spread.
        means = [np.mean([record.final(metric) for record in side]) for side in (first, second)]
        return compare_pairs(means[:1], means[1:], basis="seeds")
    one, other = pairs[0]
    found = compare_pairs(_per_picture(one, metric), _per_picture(other, metric), basis="pictures")
    return replace(found, swing=max(swing(record.kept_history, metric) for record in pairs[0]))


def shared_seeds(first: Sequence[Record], second: Sequence[Record]) -> list[tuple[Record, Record]]:
    """Return the runs of the same seed on the same validation pictures, side by side."""
    others = {record.identity["seed"]: record for record in second}
    return [
        (record, others[record.identity["seed"]])
        for record in first
        if record.identity["seed"] in others
        and record.predictions.pictures == others[record.identity["seed"]].predictions.pictures
    ]


def swing(history: History, metric: str) -> float:
    """Return the range of a metric over the last `SWING_EPOCHS` epochs; infinite for one epoch.

    It holds the noise between epochs and what the curve still rises or falls.
    """
    values = history[metric][-SWING_EPOCHS:]
    return max(values) - min(values) if len(values) > 1 else float("inf")


def _per_picture(record: Record, metric: str) -> NDArray[np.float64]:
    predictions = record.predictions
    if metric == "val_loss":
        return losses(predictions.truth_probability)
    return np.asarray(predictions.truth == predictions.predicted, np.float64)
