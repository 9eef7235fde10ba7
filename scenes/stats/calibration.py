"""How far probabilities can be believed: labels and probabilities in, scores and bins out.

Each score takes labels int64 (n,) and probabilities (n, classes), as
`scenes.spec.entries.MetricEntry` asks; lower is better for all of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.stats.class_metrics import Labels, Probabilities, Values
from scenes.stats.inference import losses

BINS = 10
"""Intervals of confidence, of equal width; more of them would need more pictures."""


def log_loss(labels: Labels, probabilities: Probabilities) -> float:
    """Return the mean cross-entropy, in nats."""
    return float(picture_losses(labels, probabilities).mean())


def picture_losses(labels: Labels, probabilities: Probabilities) -> Values:
    """Return the cross-entropy of each picture."""
    return losses(probabilities[np.arange(len(labels)), labels].astype(np.float64))


def brier_score(labels: Labels, probabilities: Probabilities) -> float:
    """Return the mean squared distance from the truth, 0 to 2 (Brier 1950)."""
    return float(picture_briers(labels, probabilities).mean())


def picture_briers(labels: Labels, probabilities: Probabilities) -> Values:
    """Return the squared distance of each picture's probabilities from its class."""
    distance = probabilities.astype(np.float64)
    distance[np.arange(len(labels)), labels] -= 1
    return np.asarray((distance**2).sum(axis=1), np.float64)


def calibration_error(labels: Labels, probabilities: Probabilities) -> float:
    """Return the expected calibration error (Guo et al. 2017), 0 to 1.

    The mean distance between confidence and accuracy over bins of confidence, weighted by their
    pictures. A small split raises it: a perfectly calibrated model does not score 0 on it.
    """
    found = reliability_bins(labels, probabilities)
    distances = np.abs(found.confidence - found.accuracy)
    return float(np.nansum(distances * found.counts) / len(labels))


@dataclass(frozen=True)
class Reliability:
    """Pictures by the confidence of the class that is named, in `BINS` bins.

    Attributes:
        edges: Of the bins: float64 (bins + 1,).
        counts: Pictures: int64 (bins,).
        confidence: Mean of each bin; NaN where it is empty.
        accuracy: Share that is right; NaN where it is empty.
    """

    edges: Values
    counts: NDArray[np.int64]
    confidence: Values
    accuracy: Values


def reliability_bins(labels: Labels, probabilities: Probabilities) -> Reliability:
    """Sort pictures into bins of confidence, each of which holds its upper edge."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    shown = np.where(counts > 0, counts, np.nan)
    return Reliability(
        edges=np.linspace(0, 1, BINS + 1),
        counts=counts.astype(np.int64),
        confidence=np.bincount(bins, confidence, minlength=BINS) / shown,
        accuracy=np.bincount(bins, right, minlength=BINS) / shown,
    )
