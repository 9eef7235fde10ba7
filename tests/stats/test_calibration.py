"""Scores of probabilities agree with their definitions."""

import math

import numpy as np
import pytest

from scenes.stats.calibration import (
    BINS,
    brier_score,
    calibration_error,
    log_loss,
    reliability_bins,
)
from scenes.training.loop import validation_figures


def drawn(n: int, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return labels that are drawn from the very probabilities: a calibrated model."""
    draws = np.random.default_rng(1)
    probabilities = draws.dirichlet(np.ones(classes), n)
    labels = np.array([draws.choice(classes, p=row) for row in probabilities])
    return labels, probabilities


def test_scores_by_hand() -> None:
    """Two pictures, one named rightly with 0.8 and one wrongly with 0.6."""
    labels, probabilities = np.array([0, 0]), np.array([[0.8, 0.2], [0.4, 0.6]])
    assert log_loss(labels, probabilities) == pytest.approx(-(math.log(0.8) + math.log(0.4)) / 2)
    assert brier_score(labels, probabilities) == pytest.approx((0.04 * 2 + 0.36 * 2) / 2)
    assert calibration_error(labels, probabilities) == pytest.approx((0.2 + 0.6) / 2)


def test_log_loss_is_the_validation_loss_of_histories() -> None:
    """So a rule may read either: the probabilities of the kept epoch, or its figure."""
    labels, probabilities = drawn(50)
    rounded = probabilities.astype(np.float32)
    expected = validation_figures(rounded, labels)
    assert log_loss(labels, rounded) == expected["val_loss"]


def test_a_calibrated_model_comes_near_zero_and_an_overconfident_one_does_not() -> None:
    """Naming the same classes with a confidence of one leaves accuracy and costs calibration."""
    labels, probabilities = drawn(20_000)
    sure = np.eye(3)[probabilities.argmax(axis=1)]
    assert calibration_error(labels, probabilities) < 0.02
    wrong = np.mean(probabilities.argmax(axis=1) != labels)
    assert calibration_error(labels, sure) == pytest.approx(wrong)


def test_every_picture_is_in_one_bin() -> None:
    """Counts add up, means lie within the edges, and empty bins have none."""
    labels, probabilities = drawn(500)
    bins = reliability_bins(labels, probabilities)
    assert bins.counts.sum() == 500
    assert len(bins.counts) == BINS
    for index in range(BINS):
        if bins.counts[index]:
            assert bins.edges[index] <= bins.confidence[index] <= bins.edges[index + 1]
        else:
            assert math.isnan(bins.confidence[index])
    assert math.isnan(bins.accuracy[0])  # of three classes the largest has a third at least
