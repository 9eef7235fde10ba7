"""Figures of merit of one run: a history or predictions in, numbers out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.runs.record import History, Predictions
from scenes.spec.study import Epoch, Metric


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


def gap(history: History) -> float:
    """Return final training minus validation accuracy: what overfitting shows as."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]


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


@dataclass(frozen=True)
class Misclassified:
    """A validation picture that is taken for another class.

    Attributes:
        picture: Its path, relative to the data folder.
        truth: Index of its class.
        predicted: Index of the class that it is taken for.
        confidence: Probability of that class, in the run that is surest of it.
    """

    picture: str
    truth: int
    predicted: int
    confidence: float


@dataclass(frozen=True)
class Pair:
    """A class that is taken for another one.

    Attributes:
        truth: Index of the class.
        predicted: Index of the other.
        count: How often, over all runs.
        share: Of the predictions for pictures of the class, 0 to 1.
    """

    truth: int
    predicted: int
    count: int
    share: float


def pooled_confusion(runs: Sequence[Predictions], classes: int) -> NDArray[np.int64]:
    """Add up the confusion matrices of several runs: int64 (classes, classes)."""
    total = np.zeros((classes, classes), np.int64)
    for predictions in runs:
        total += confusion_matrix(predictions, classes)
    return total


def recalls(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of each true class that is recognised; NaN for a class without pictures."""
    totals = matrix.sum(axis=1)
    return np.where(totals > 0, np.diagonal(matrix) / np.maximum(totals, 1), np.nan)


def confused_pairs(matrix: NDArray[np.int64], count: int) -> list[Pair]:
    """Return the pairs (true, predicted) with the largest shares of the true class, largest first.

    Args:
        matrix: Counts, rows true, columns predicted.
        count: How many pairs at most; ties keep the order of the classes.
    """
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0.0)
    order = np.argsort(-shares, axis=None, kind="stable")[:count]
    places = (divmod(int(place), len(matrix)) for place in order)
    return [
        Pair(truth, predicted, int(matrix[truth, predicted]), float(shares[truth, predicted]))
        for truth, predicted in places
        if shares[truth, predicted] > 0
    ]


def confident_mistakes(runs: Sequence[Predictions]) -> list[Misclassified]:
    """Return every picture that a run takes for another class, the surest mistake first."""
    surest: dict[str, Misclassified] = {}
    for predictions in runs:
        for index in np.flatnonzero(predictions.truth != predictions.predicted):
            mistake = Misclassified(
                predictions.pictures[index],
                int(predictions.truth[index]),
                int(predictions.predicted[index]),
                float(predictions.confidence[index]),
            )
            known = surest.get(mistake.picture)
            if known is None or known.confidence < mistake.confidence:
                surest[mistake.picture] = mistake
    return sorted(surest.values(), key=lambda mistake: (-mistake.confidence, mistake.picture))
