"""Figures of merit of one run: a history or predictions in, numbers out.

A metric that a report can name is a function of labels int64 (n,) and probabilities (n, classes),
held by the registry with its direction, range and name (`scenes.spec.entries.MetricEntry`). Rules,
claims and tables ask for it here by name, so that a metric of a user's own works like a built-in
one. `val_loss` and `val_accuracy` are read from histories; the two ways agree, since histories are
computed from the probabilities that are recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.runs.record import METRICS, History, Predictions, Record
from scenes.spec import registry
from scenes.spec.study import Epoch, Metric
from scenes.stats.metric_intervals import evaluate, picture_interval
from scenes.stats.own_metrics import is_own, refuse_undefined


def best_epoch(history: History, by: Metric = "val_loss") -> int:
    """Return the index of the epoch with the best loss or accuracy, the first of ties."""
    values = np.asarray(history[by])
    return int(np.argmin(values) if registry.is_lower_better(by) else np.argmax(values))


def score(history: History, by: Metric, epoch: Epoch) -> float:
    """Return a metric at the last epoch, or at the epoch where that metric is best."""
    return history[by][-1 if epoch == "last" else best_epoch(history, by)]


def score_of(record: Record, by: Metric, epoch: Epoch) -> float:
    """Return a metric of the epoch that a run kept, or of the epoch where that metric is best.

    Raises:
        KeyError: There is no such metric or class.
    """
    if epoch == "last":
        return value_of(record, by)
    return score(record.kept_history, by, epoch)


def value_of(record: Record, metric: str) -> float:
    """Return a metric of the model that a run kept, on the validation pictures.

    Args:
        record: Of the run.
        metric: Of the registry, such as `macro_f1` or `recall:cat`, or a key of its history.

    Raises:
        KeyError: There is no such metric or class.
    """
    if metric in METRICS:
        return record.final(metric)
    return value_in(metric, record.classes, record.predictions)


def value_in(metric: str, classes: Sequence[str], predictions: Predictions) -> float:
    """Return a metric of predictions.

    Args:
        metric: Of the registry.
        classes: Names, in the order of the indices.
        predictions: Of any split.

    Raises:
        KeyError: There is no such metric or class.
        UserError: It is of own code, and fails.
    """
    entry = registry.find_metric(metric)
    labels, probabilities = predictions.truth, predictions.probabilities
    value = evaluate(entry, labels, probabilities, class_index(metric, classes))
    if is_own(entry):
        refuse_undefined(entry, value)
    return value


def interval_in(
    metric: str, classes: Sequence[str], predictions: Predictions
) -> tuple[float, float]:
    """Return the 95 % interval of a metric, from the number of pictures; see `value_in`."""
    entry = registry.find_metric(metric)
    return picture_interval(entry, predictions, class_index(metric, classes))


def class_index(metric: str, classes: Sequence[str]) -> int | None:
    """Return the index of the class that a metric names; None where it names none.

    Raises:
        KeyError: There is no such class.
    """
    _, colon, name = metric.partition(":")
    if not colon:
        return None
    if name not in classes:
        raise KeyError(f"{metric!r}: there is no class {name!r}; the classes: {', '.join(classes)}")
    return list(classes).index(name)


def rank(scores: Mapping[str, Sequence[float]], by: Metric) -> list[str]:
    """Order keys from best to worst by their mean over seeds.

    Args:
        scores: For each key, one score per seed; a key without scores (its runs failed) is left
            out.
        by: Decides whether low values or high ones come first.

    Returns:
        The keys; ties keep the order in which they came, and a metric that is not defined for a
        key puts it last.
    """
    means = {key: float(np.mean(values)) for key, values in scores.items() if len(values)}
    sign = 1.0 if registry.is_lower_better(by) else -1.0
    return sorted(means, key=lambda key: (np.isnan(means[key]), sign * means[key]))


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
