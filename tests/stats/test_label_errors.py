"""Labels that were planted wrong are found, and few others."""

import numpy as np
from factories import build_predictions

from scenes.runs.record import Predictions, derive_predictions
from scenes.stats.label_errors import suspect_labels

N, CLASSES, PLANTED = 400, 5, 20


def seeds(
    labels: np.ndarray, classes: np.ndarray, *, count: int, skill: float
) -> list[Predictions]:
    """Return runs that see what a picture shows, whatever its label says."""
    runs = []
    for seed in range(count):
        scores = np.random.default_rng(seed).normal(0, 1, (N, CLASSES))
        scores[np.arange(N), classes] += skill
        probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        names = [str(index) for index in range(N)]
        runs.append(derive_predictions(names, labels, probabilities.astype(np.float32)))
    return runs


def test_planted_errors_are_found() -> None:
    """Of twenty wrong labels at least fifteen, and at most one suspect in ten is right."""
    classes = np.arange(N) % CLASSES
    planted = np.random.default_rng(9).choice(N, PLANTED, replace=False)
    labels = classes.copy()
    labels[planted] = (labels[planted] + 1) % CLASSES
    found = {int(it.picture) for it in suspect_labels(seeds(labels, classes, count=3, skill=4))}
    right = found & set(planted.tolist())
    assert len(right) >= 15
    assert len(found - right) <= len(found) / 10


def test_without_errors_few_are_suspected() -> None:
    """Of 400 right labels that networks get wrong now and then, at most four."""
    classes = np.arange(N) % CLASSES
    assert len(suspect_labels(seeds(classes, classes, count=3, skill=4))) <= 4


def test_every_seed_must_agree() -> None:
    """What one of two networks gets right, or takes for another class, is no suspect."""
    wrong = build_predictions([False, True, True, True], 0.1, 2)
    right = build_predictions([True, True, True, True], 0.9, 2)
    (found,) = suspect_labels([wrong, wrong])
    assert (found.picture, found.truth, found.predicted) == ("val/0.png", 0, 1)
    assert suspect_labels([wrong, right]) == []
