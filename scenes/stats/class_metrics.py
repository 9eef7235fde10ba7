"""Figures of merit from which class a model names: labels and probabilities in, numbers out.

Each takes labels int64 (n,) and probabilities (n, classes), as `scenes.spec.entries.MetricEntry`
asks. A class that has no pictures and is never named has no part in a mean over classes.
"""

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Probabilities = NDArray[np.floating]
Values = NDArray[np.float64]


def accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Return the share of pictures whose class is named."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def top_2_accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Return the share of pictures whose class is among the two most probable."""
    return top_accuracy(labels, probabilities, 2)


def top_3_accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Return the share of pictures whose class is among the three most probable."""
    return top_accuracy(labels, probabilities, 3)


def top_5_accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Return the share of pictures whose class is among the five most probable."""
    return top_accuracy(labels, probabilities, 5)


def top_accuracy(labels: Labels, probabilities: Probabilities, k: int) -> float:
    """Return the share of pictures whose class is among the k most probable.

    Of equally probable classes the first counts as more probable, as it does for k = 1.
    """
    own = probabilities[np.arange(len(labels)), labels][:, None]
    places = np.arange(probabilities.shape[1])
    before = (probabilities > own) | ((probabilities == own) & (places < labels[:, None]))
    return float(np.mean(before.sum(axis=1) < k))


def count_outcomes(labels: Labels, probabilities: Probabilities) -> tuple[Values, Values, Values]:
    """Return, for each class, pictures that are right, that are named so, and that are of it."""
    classes = probabilities.shape[1]
    named = probabilities.argmax(axis=1)
    right, names, of_class = (
        np.bincount(of, minlength=classes).astype(np.float64)
        for of in (labels[named == labels], named, labels)
    )
    return right, names, of_class


def count_named(labels: Labels, probabilities: Probabilities) -> Values:
    """Return how many pictures are named as each class."""
    return count_outcomes(labels, probabilities)[1]


def count_of_class(labels: Labels, probabilities: Probabilities) -> Values:
    """Return how many pictures each class has."""
    return count_outcomes(labels, probabilities)[2]


def recalls_of(labels: Labels, probabilities: Probabilities) -> Values:
    """Return the share of each class's pictures that is named so; NaN for a class without any."""
    right, _, of_class = count_outcomes(labels, probabilities)
    return np.where(of_class > 0, right / np.maximum(of_class, 1), np.nan)


def precisions(labels: Labels, probabilities: Probabilities) -> Values:
    """Return the share of the pictures named so that are of the class.

    0 for a class that has pictures and is never named, NaN for one that has none either.
    """
    right, named, of_class = count_outcomes(labels, probabilities)
    return np.where(named + of_class > 0, right / np.maximum(named, 1), np.nan)


def f1_scores(labels: Labels, probabilities: Probabilities) -> Values:
    """Return the harmonic mean of precision and recall of each class; NaN where neither exists."""
    right, named, of_class = count_outcomes(labels, probabilities)
    return np.where(named + of_class > 0, 2 * right / np.maximum(named + of_class, 1), np.nan)


def macro_f1(labels: Labels, probabilities: Probabilities) -> float:
    """Return the mean F1 of the classes, which counts a rare class as much as a frequent one."""
    return float(np.nanmean(f1_scores(labels, probabilities)))


def balanced_accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Return the mean recall of the classes that have pictures."""
    return float(np.nanmean(recalls_of(labels, probabilities)))
