"""Figures of merit of one run: a history or predictions in, numbers out."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scenes.record import History, Predictions
from scenes.spec import Epoch, Metric


def best_epoch(history: History, by: Metric = "val_loss") -> int:
    """Return the index of the epoch with the best loss or accuracy, the first of ties."""
    values = np.asarray(history[by])
    return int(np.argmin(values) if by.endswith("loss") else np.argmax(values))


def score(history: History, by: Metric, epoch: Epoch) -> float:
    """Return a metric at the last epoch, or at the epoch where that metric is best."""
    return history[by][-1 if epoch == "last" else best_epoch(history, by)]


def rank(scores: Mapping[str, Sequence[float]], by: Metric) -> list[str]:
    """Order keys from best to worst by their mean over seeds.

    Args:
        scores: For each key, one score per seed; a key without scores (its runs failed) is left
            out.
        by: Losses rank upwards, accuracies downwards.

    Returns:
        The keys; ties keep the order in which they came.
    """
    means = {key: float(np.mean(values)) for key, values in scores.items() if len(values)}
    sign = 1.0 if by.endswith("loss") else -1.0
    return sorted(means, key=lambda key: sign * means[key])


def gap(history: History, epoch: int = -1) -> float:
    """Return training minus validation accuracy: what overfitting shows as."""
    return history["accuracy"][epoch] - history["val_accuracy"][epoch]


def accuracy(predictions: Predictions) -> float:
    """Return the share of pictures whose class is predicted right."""
    return float(np.mean(predictions.truth == predictions.predicted))


def confusion_matrix(predictions: Predictions, classes: int) -> NDArray[np.int64]:
    """Count pictures by (true class, predicted class): int64 (classes, classes)."""
    cells = predictions.truth * classes + predictions.predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def mean(values: Iterable[float]) -> float:
    """Return the arithmetic mean."""
    return float(np.mean(list(values)))
