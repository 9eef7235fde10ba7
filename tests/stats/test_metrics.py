"""Figures of merit agree with their definitions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from conftest import MakeRecord
from factories import prescribe_predictions
from hypothesis import given
from hypothesis import strategies as st

from scenes.runs.record import Predictions
from scenes.spec.study import Epoch, Metric
from scenes.stats import metrics
from scenes.stats.metrics import (
    accuracy,
    best_epoch,
    confusion_matrix,
    gap,
    mean,
    rank,
    score,
    score_of,
    value_of,
)

HISTORY = {
    "loss": [0.9, 0.5, 0.2],
    "accuracy": [0.5, 0.7, 0.9],
    "val_loss": [0.8, 0.6, 0.7],
    "val_accuracy": [0.6, 0.5, 0.6],
}

SHARES = st.floats(0, 1, width=32)


@pytest.mark.parametrize(
    ("by", "epoch", "expected"),
    [
        ("val_loss", "last", 0.7),
        ("val_loss", "best", 0.6),
        ("val_accuracy", "last", 0.6),
        ("val_accuracy", "best", 0.6),
    ],
)
def test_score(by: Metric, epoch: Epoch, expected: float) -> None:
    """A score is the metric at the last epoch, or at the epoch where it is best."""
    assert score(HISTORY, by, epoch) == expected


def test_the_best_epoch_is_the_first_of_ties() -> None:
    """Losses are best when low, accuracies when high."""
    assert best_epoch(HISTORY) == 1
    assert best_epoch(HISTORY, "val_accuracy") == 0


def test_gap() -> None:
    """Training minus validation accuracy, at the last epoch unless another is named."""
    assert gap(HISTORY) == pytest.approx(0.3)


def test_rank_takes_means_over_seeds() -> None:
    """Losses rank upwards, accuracies downwards; what has no result is left out."""
    scores = {"a": [0.5, 0.7], "b": [0.1, 0.9], "c": [], "d": [0.8]}
    assert rank(scores, "val_loss") == ["b", "a", "d"]
    assert rank(scores, "val_accuracy") == ["d", "a", "b"]
    assert rank({}, "val_loss") == []


def test_rank_keeps_the_order_of_ties() -> None:
    """Equal values stay as the study lists them, whichever way they rank."""
    scores = {"b": [0.5], "a": [0.5], "c": [0.5]}
    assert rank(scores, "val_loss") == rank(scores, "val_accuracy") == ["b", "a", "c"]


@given(st.dictionaries(st.text(max_size=3), st.lists(SHARES, min_size=1, max_size=3)))
def test_rank_is_sorted(scores: dict[str, Sequence[float]]) -> None:
    """A rank holds every key once, from the lowest mean loss to the highest."""
    order = rank(scores, "val_loss")
    means = [float(np.mean(scores[key])) for key in order]
    assert sorted(order) == sorted(scores)
    assert means == sorted(means)


def predictions_of(pairs: Sequence[tuple[int, int]]) -> Predictions:
    """Return predictions of (true, predicted) classes."""
    truth, predicted = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    return prescribe_predictions(truth, predicted)


PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@given(PAIRS)
def test_confusion_matrix_counts(pairs: list[tuple[int, int]]) -> None:
    """Row is the true class, column the predicted one; classes without pictures have zeros."""
    expected = np.zeros((5, 5), np.int64)
    for true, predicted in pairs:
        expected[true, predicted] += 1
    np.testing.assert_array_equal(confusion_matrix(predictions_of(pairs), 5), expected)


@given(PAIRS)
def test_accuracy_is_the_diagonal(pairs: list[tuple[int, int]]) -> None:
    """The share of right predictions is the trace of the matrix over its sum."""
    matrix = confusion_matrix(predictions_of(pairs), 4)
    assert accuracy(predictions_of(pairs)) == pytest.approx(np.trace(matrix) / matrix.sum())


def test_accuracy_of_a_record(make_record: MakeRecord) -> None:
    """Three of four right is 0.75."""
    assert accuracy(make_record(right=[True, True, False, True]).predictions) == 0.75


def test_mean_takes_any_iterable() -> None:
    """The mean of 1, 2 and 6 is 3."""
    assert mean(iter([1, 2, 6])) == 3.0


def test_a_pair_is_ranked_by_its_share_of_the_true_class() -> None:
    """Three of four outweigh five of twenty; what is right is no confusion, nor is a zero."""
    matrix = np.array([[1, 3, 0], [5, 15, 0], [0, 0, 7]])
    pairs = metrics.confused_pairs(matrix, 9)
    assert pairs == [metrics.Pair(0, 1, 3, 0.75), metrics.Pair(1, 0, 5, 0.25)]
    assert metrics.confused_pairs(matrix, 1) == pairs[:1]
    assert metrics.confused_pairs(np.diag([2, 3]), 5) == []


def test_a_class_without_pictures_has_no_recall() -> None:
    """The recall of the others is their share on the diagonal."""
    np.testing.assert_array_equal(metrics.recalls(np.array([[3, 1], [0, 0]])), [0.75, np.nan])


@given(PAIRS, st.integers(1, 3))
def test_pooled_counts_are_the_sum_of_the_runs(pairs: list[tuple[int, int]], runs: int) -> None:
    """Each run counts every picture once."""
    one = predictions_of(pairs)
    np.testing.assert_array_equal(
        metrics.pooled_confusion([one] * runs, 5), runs * confusion_matrix(one, 5)
    )


def test_each_picture_is_mistaken_once_and_the_surest_comes_first() -> None:
    """Of several runs the one that is surest of a picture tells; what is right is left out."""
    first = replace(predictions_of([(0, 1), (1, 1), (2, 0)]), confidence=np.array([0.6, 0.9, 0.7]))
    second = replace(predictions_of([(0, 2), (1, 0), (2, 2)]), confidence=np.array([0.8, 0.5, 1]))
    mistakes = metrics.confident_mistakes([first, second])
    told = [(mistake.truth, mistake.predicted, mistake.confidence) for mistake in mistakes]
    assert told == [(0, 2, 0.8), (2, 0, 0.7), (1, 0, 0.5)]


@pytest.mark.parametrize("by", ["val_loss", "val_accuracy", "macro_f1", "brier", "recall:class 1"])
def test_a_metric_is_found_by_name(by: Metric, make_record: MakeRecord) -> None:
    """Histories answer for what they hold, probabilities for the rest; a score is that value."""
    record = make_record(history={"val_loss": [0.8, 0.7], "val_accuracy": [0.5, 0.75]})
    value = value_of(record, by)
    assert value == score_of(record, by, "last")
    expected = {"val_loss": 0.7, "val_accuracy": 0.75, "recall:class 1": 0.5}
    expected |= {"macro_f1": (0.8 + 2 / 3) / 2, "brier": 2 * 0.3**2 * 0.75 + 2 * 0.7**2 * 0.25}
    assert value == pytest.approx(expected[by])


def test_a_metric_of_an_unknown_name_or_class_is_refused(make_record: MakeRecord) -> None:
    """The choices are listed: metrics, or classes."""
    with pytest.raises(KeyError, match=r"no metric 'f2'; the metrics are .*recall:CLASS"):
        value_of(make_record(), "f2")
    with pytest.raises(KeyError, match="no class 'cat'; the classes: class 0, class 1"):
        value_of(make_record(), "recall:cat")
    with pytest.raises(KeyError, match="recall has a value for each class"):
        value_of(make_record(), "recall")


def test_an_undefined_value_ranks_last() -> None:
    """Wherever the best ones stand."""
    assert rank({"a": [float("nan")], "b": [0.5], "c": [0.9]}, "macro_f1") == ["c", "b", "a"]
    assert rank({"a": [float("nan")], "b": [0.5], "c": [0.9]}, "brier") == ["b", "c", "a"]
